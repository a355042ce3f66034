"""Do the examples notice? A guideline is altered in one place at a time, and an example beside it has to come out
otherwise: every parameter and every limit number moved by one step either way, every criterion, exemption and waiver
negated and dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from workbench.engine.interpret import Facts
from workbench.engine.reference import Step, decide
from workbench.engine.setting import Setting
from workbench.guideline.examples import Example
from workbench.guideline.model import Criterion, Exemption, Guideline, Library, LimitRow, Rules, Waiver
from workbench.language.build import call
from workbench.language.tree import Node, parameter_names
from workbench.review.examples import deciding, examples_of, facts_of_examples, latest, outcome

ENOUGH = 0.8  # of the alterations of each guideline
Alter = Callable[[Rules], Rules]
Concerns = Callable[[Step], bool]


@dataclass(frozen=True)
class _Alteration:
    """In words; how the rules are altered; which step of a trace it can change; whose reasons make it likely."""

    what: str
    alter: Alter
    concerns: Concerns
    ids: frozenset[str]


@dataclass(frozen=True)
class _Case:
    """An example that comes out as expected: its facts, trace and reasons."""

    example: Example
    facts: Facts
    steps: tuple[Step, ...]
    reasons: frozenset[str]


@dataclass(frozen=True)
class Mutant:
    """One alteration, in words, and the first example that notices it ("" where none does)."""

    guideline: str
    what: str
    noticed_by: str = ""


@dataclass(frozen=True)
class Mutation:
    mutants: tuple[Mutant, ...]

    @property
    def survivors(self) -> tuple[Mutant, ...]:
        return tuple(m for m in self.mutants if not m.noticed_by)

    @property
    def by_guideline(self) -> dict[str, tuple[int, int]]:
        """Guideline → (alterations noticed, alterations)."""
        names = dict.fromkeys(m.guideline for m in self.mutants)
        mine = {n: [m for m in self.mutants if m.guideline == n] for n in names}
        return {n: (sum(bool(m.noticed_by) for m in some), len(some)) for n, some in mine.items()}

    @property
    def good_enough(self) -> bool:
        return all(noticed >= ENOUGH * every for noticed, every in self.by_guideline.values())

    def as_dict(self) -> dict[str, object]:
        counts = {n: {"mutants": every, "noticed": noticed, "ratio": round(noticed / every, 4)}
                  for n, (noticed, every) in self.by_guideline.items()}
        return {"guidelines": counts, "enough": ENOUGH,
                "survivors": [{"guideline": m.guideline, "what": m.what} for m in self.survivors]}

    def lines(self) -> list[str]:
        return [*(f"{m.guideline}: no example notices {m.what}" for m in self.survivors),
                *(f"mutation: {n}: the examples notice {noticed} of {every} alterations ({noticed / every:.0%})"
                  for n, (noticed, every) in self.by_guideline.items())]


def mutate_library(library: Library) -> Mutation:
    """The latest published version of each guideline. Raises ProblemsFound for broken examples."""
    return Mutation(tuple(m for g in latest(library) for m in mutate(library, g).mutants))


def mutate(library: Library, guideline: Guideline) -> Mutation:
    """Every alteration of one guideline, tried on the examples beside it. An example that fails already notices
    nothing, and only those are decided again that had to do with what is altered."""
    chosen = deciding(library, guideline)
    examples = examples_of(library, guideline)
    cases: list[_Case] = []
    for example, facts in zip(examples, facts_of_examples(examples, chosen), strict=True):
        traced = decide(facts, chosen)
        if outcome(traced.decision, example.expect) == dict(example.expect):
            cases.append(_Case(example, facts, traced.steps, frozenset(traced.decision.reasons)))
    mutants = []
    for alteration in _alterations(chosen.rules(guideline, None)):
        altered = _altered(chosen, guideline, alteration.alter)
        concerned = [c for c in cases if any(map(alteration.concerns, c.steps))]
        concerned.sort(key=lambda c, ids=alteration.ids: ids.isdisjoint(c.reasons))  # likely ones first
        noticed = next((c.example.name for c in concerned if _differs(c.example, c.facts, altered)), "")
        mutants.append(Mutant(guideline.name, alteration.what, noticed))
    return Mutation(tuple(mutants))


def _differs(example: Example, facts: Facts, altered: Setting) -> bool:
    return outcome(decide(facts, altered).decision, example.expect) != dict(example.expect)


def _altered(chosen: Setting, guideline: Guideline, alter: Alter) -> Setting:
    """The setting with the guideline's rules altered, under every plan."""
    day = chosen.as_of
    overlays = {o.name: o for o in chosen.library.overlays if o == chosen.overlay(o.plan, o.lines_of_business[0], day)}
    rules = {("rules", guideline.name, name): alter(chosen.rules(guideline, overlay))
             for name, overlay in {None: None, **overlays}.items()}
    return replace(chosen, _cache={**chosen._cache, **rules})


def _alterations(rules: Rules) -> Iterator[_Alteration]:
    for p in rules.parameters:
        uses = frozenset(i.id for i in (*rules.criteria, *rules.exemptions, *rules.waivers)
                         if p.id in parameter_names(*_conditions(i)))
        for sign in (1, -1):
            value = p.value + sign * p.step
            if p.low <= value <= p.high:
                yield _Alteration(f"{p.id} {_plain(p.value)} → {_plain(value)}", _put("parameters", p.id, value=value),
                                  lambda s, id_=p.id: any(name == id_ for name, _ in s.parameters), uses)
    for row in rules.limits:
        yield from _moved("limits", row, ("visits", "weeks", "per_week"), _step("limit", row.id))
    for target, kind in (("criteria", "criterion"), ("exemptions", "exemption"), ("waivers", "waiver")):
        for item in getattr(rules, target):
            concerns, id_ = _step(kind, item.id), frozenset({item.id})
            yield _Alteration(f"{kind} {item.id} dropped", _drop(target, item.id), concerns, id_)
            key = "requires" if target == "criteria" else "when"
            node = getattr(item, key)
            if node is not None:
                negated = _put(target, item.id, **{key: call("not", node)})
                yield _Alteration(f"{kind} {item.id} negated", negated, concerns, id_)
            if target == "waivers":
                yield from _moved(target, item, ("visits", "weeks"), concerns)


def _moved(target: str, item: LimitRow | Waiver, keys: tuple[str, ...], concerns: Concerns) -> Iterator[_Alteration]:
    for key in keys:
        value = getattr(item, key)
        for sign in (1, -1) if value is not None else ():
            new = Decimal(value) + sign
            if new >= 0:
                what = f"{key} of {item.id} {_plain(value)} → {_plain(new)}"
                alter = _put(target, item.id, **{key: new if key == "per_week" else int(new)})
                yield _Alteration(what, alter, concerns, frozenset({item.id}))


def _step(kind: str, id_: str) -> Concerns:
    return lambda step: step.kind == kind and step.id == id_


def _conditions(item: Criterion | Exemption | Waiver) -> list[Node]:
    return [n for key in ("applies", "requires", "when") if (n := getattr(item, key, None)) is not None]


def _put(target: str, id_: str, **values: object) -> Alter:
    return lambda rules: replace(rules, **{target: tuple(replace(i, **values) if i.id == id_ else i
                                                         for i in getattr(rules, target))})


def _drop(target: str, id_: str) -> Alter:
    return lambda rules: replace(rules, **{target: tuple(i for i in getattr(rules, target) if i.id != id_)})


def _plain(value: Decimal | int) -> str:
    return format(Decimal(value).normalize(), "f")

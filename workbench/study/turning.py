"""What would make one request come out otherwise: of each control the nearest value on either side, and of each fact
that is missing or that a provider can still bring the nearest value, all else as it is.

Found by deciding the request again at each value (the reference), so that nothing is assumed of how rules read a
number. A control is tried at every value of its usual range; beyond it, and where a fact has thousands of values, what
turns once between two values is found by halving.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from workbench.engine.decision import Decision
from workbench.engine.reference import decide
from workbench.engine.setting import Setting
from workbench.errors import ProblemsFound
from workbench.facts import Fact, facts, inputs
from workbench.guideline.addresses import SWITCH, Handle
from workbench.guideline.model import Rules
from workbench.guideline.moves import Movable
from workbench.guideline.versions import overlay_named
from workbench.language.interpret import Facts
from workbench.language.tree import Literal, Node, Parameter, fact_names, walk
from workbench.study.controls import controls_of, with_moves
from workbench.study.fares import RANK

_ASKED = ("requested_visits", "requested_weeks")
_At = Callable[[Decimal], Decision | None]
# Kind of rule → its steps, and how those stand of which nothing follows.
_IDLE = {
    "criteria": ("criterion", ("met",)),
    "exemptions": ("exemption", ("false", "unmet")),
    "waivers": ("waiver", ("false", "unmet")),
}
SCANNED = 400  # values of a fact that are tried one by one
_HUNDREDTH = Decimal("0.01")  # how near a decimal fact is told


@dataclass(frozen=True)
class Turn:
    """A value at which the request comes out otherwise. `what` is a control or the name of a fact; `now` is where it
    stands, None for a fact that is missing; `further` tells whether the determination supports the person further
    (True), less far (False), or neither."""

    what: Movable | str
    now: object
    value: object
    decision: Decision
    further: bool | None


def turning(facts_: Facts, setting: Setting) -> Generator[None, None, list[Turn]]:
    """Everything single that turns a request, as its guideline has it in the setting (draft included): of a number the
    nearest value below and above. Empty where nothing alone does."""
    traced = decide(facts_, setting)
    before = _outcome(traced.decision)
    found: list[Turn] = []

    def told(what: Movable | str, now: object, value: object, decision: Decision) -> None:
        found.append(Turn(what, now, value, decision, _further(traced.decision, decision)))

    tries = _Tries.of(facts_, setting, traced.decision)
    if tries is not None:
        read = {n for s in traced.steps for n, _ in s.parameters} | tries.named()
        stands = {(s.kind, s.id): s.state for s in traced.steps}
        for control in controls_of(setting, tries.rules.guideline):
            if _felt(control, read, stands, facts_.get("plan")):
                yield
                at = tries.of_control(control)
                for number, decision in _nearest_of(control, at, before) if at else ():
                    told(control, control.published, number, decision)
    rules = tries.rules if tries is not None else None
    for name in _of_interest(facts_, (n for s in traced.steps for n, _ in s.facts)):
        known = facts_.get(name)
        yield

        def with_fact(value: object, name: str = name) -> Decision:
            return decide({**facts_, name: value}, setting).decision

        for value, decision in _nearest_fact(facts()[name], known, with_fact, before, rules):
            # Who asks for a visit more is granted a visit more: that is no other answer.
            if name not in _ASKED or decision.determination != traced.decision.determination:
                told(name, known, value, decision)
    return found


@dataclass(frozen=True)
class _Tries:
    """Deciding one request with a control elsewhere. Only the rules that decide are made anew: of the other guidelines
    none claims the request, whatever their numbers."""

    facts: Facts
    setting: Setting
    overlay: str | None
    rules: Rules
    others: Mapping[tuple[str, str], Rules]

    @classmethod
    def of(cls, facts_: Facts, setting: Setting, decided: Decision) -> _Tries | None:
        """None where no guideline decides."""
        day = decided.deciding_day
        if not decided.guideline or not decided.version or day is None:
            return None
        overlay = overlay_named(setting.library, decided.overlay)
        others = {(g.name, decided.overlay or ""): setting.rules(g, overlay) for g in setting.guidelines(day)}
        rules = setting.rules_named(decided.guideline, decided.version, decided.overlay)
        return cls(facts_, setting, decided.overlay, rules, others)

    def named(self) -> set[str]:
        """Parameters that the trace does not tell of: those that decide whom the guideline is for."""
        return {n.name for n in walk(self.rules.scope) if isinstance(n, Parameter)}

    def of_control(self, control: Movable) -> _At | None:
        """What decides at a value of a control, None for a value that does not fit what lies above it; None in all
        where an overlay lets nothing of it through."""
        ends = [self._resolved(control, v) for v in (control.low, control.high)]
        bare = replace(control.handle, rule=replace(control.handle.rule, plan=""))
        felt = [None if r is None else bare.value_in(r) for r in ends]
        if felt == [control.low, control.high] and control.handle.amount != SWITCH:
            # What lies above lets it through as it is: the number can be set in the rules themselves.
            return lambda value: self._decided(_put(self.rules, bare, value))
        if felt[0] is not None and felt[0] == felt[1] == bare.value_in(self.rules):
            return None

        def resolved(value: Decimal) -> Decision | None:
            rules = self._resolved(control, value)
            return None if rules is None else self._decided(rules)

        return resolved

    def _resolved(self, control: Movable, value: Decimal) -> Rules | None:
        try:
            moved = with_moves(self.setting, [(control, value)])
            return moved.rules_named(self.rules.guideline, self.rules.version, self.overlay)
        except ProblemsFound:
            return None

    def _decided(self, rules: Rules) -> Decision:
        mine = {(f"{rules.guideline}/{rules.version}", self.overlay or ""): rules}
        return decide(self.facts, self.setting.ruled_by({**self.others, **mine})).decision


def _put(rules: Rules, handle: Handle, value: Decimal) -> Rules:
    """Rules with one number elsewhere."""
    number: Any = {handle.amount: int(value) if handle.whole else value}
    if handle.target == "benefit_limit":
        assert rules.benefit_limit is not None, "its number was found"
        return replace(rules, benefit_limit=replace(rules.benefit_limit, **number))
    things: Any = tuple(replace(t, **number) if t.id == handle.id else t for t in getattr(rules, handle.target))
    return replace(rules, **{handle.target: things})


def _outcome(decision: Decision | None) -> tuple[object, ...] | None:
    return None if decision is None else (decision.determination, decision.granted_visits, decision.granted_weeks)


def _further(one: Decision, other: Decision) -> bool | None:
    def rank(d: Decision) -> tuple[int, int, int]:
        alike = one.determination == other.determination
        return RANK[d.determination], alike * (d.granted_visits or 0), alike * (d.granted_weeks or 0)

    return None if rank(one) == rank(other) else rank(other) > rank(one)


def _felt(control: Movable, read: set[str], stands: Mapping[tuple[str, str], str], plan: object) -> bool:
    """Whether the request can feel a control at all: of what was never read no value matters, nor does it matter that
    a rule is gone which asks nothing of it."""
    if control.plan and control.plan != plan:
        return False
    if control.kind == "switch" or control.kind == "waiver":
        kind, idle = _IDLE[control.handle.target]
        return stands.get((kind, control.handle.id), idle[0]) not in idle
    if control.kind == "limit":
        return stands.get(("limit", control.row)) is not None
    return control.kind != "parameter" or control.handle.id in read


def _nearest_of(control: Movable, at: _At, before: object) -> Iterator[tuple[Decimal, Decision]]:
    here = control.published
    values = [control.low, *control.values(), control.high]
    for side in ([v for v in reversed(sorted(set(values))) if v < here], [v for v in sorted(set(values)) if v > here]):
        found = _first(side, at, before, here, control.step)
        if found is not None:
            yield found


def _first(
    values: Iterable[Decimal], at: _At, before: object, here: Decimal, step: Decimal
) -> tuple[Decimal, Decision] | None:
    """The first of these values, walking away from `here`, at which it comes out otherwise; where the walk leaps over
    several steps, the first of those between."""
    last = here
    for value in values:
        decision = at(value)
        if decision is None or _outcome(decision) == before:
            last = value
            continue
        low, high = 0, int(abs(value - last) // step)
        if low + 1 >= high or last + step * high * (1 if value > last else -1) != value:
            return value, decision
        towards = step if value > last else -step
        while high - low > 1:
            middle = (low + high) // 2
            tried = at(last + towards * middle)
            if tried is not None and _outcome(tried) != before:
                high, decision = middle, tried
            else:
                low = middle
        return last + towards * high, decision
    return None


def _of_interest(facts_: Facts, read: Iterable[str]) -> Iterator[str]:
    """Facts that were looked at and are missing, or that a provider can still bring or change."""
    known = facts()
    for name in dict.fromkeys((*read, *_ASKED)):
        fact = known.get(name)
        if fact is None or fact.kind in ("text", "date", "code list"):
            continue
        if facts_.get(name) is None or fact.actionable or any(known[i.name].actionable for i in inputs(name)):
            yield name


def _nearest_fact(
    fact: Fact, known: object, at: Callable[[object], Decision], before: object, rules: Rules | None
) -> Iterator[tuple[object, Decision]]:
    if fact.kind in ("boolean", "choice"):
        choices: tuple[object, ...] = (True, False) if fact.kind == "boolean" else fact.choices
        for choice in choices:
            if choice != known and _outcome(decision := at(choice)) != before:
                yield choice, decision
        return
    low, high = fact.span
    step = Decimal(1) if fact.kind == "integer" else _HUNDREDTH
    values = _worth_trying(fact, step, rules)
    if fact.kind == "integer" and high - low <= SCANNED:
        values = [low + i for i in range(int(high - low) + 1)]

    if known is None:
        # Nothing is near to what is not known: the first value of each way to come out.
        seen = {before}
        for value in values:
            decision = at(value)
            if (outcome := _outcome(decision)) not in seen:
                seen.add(outcome)
                yield value, decision
        return
    here = Decimal(str(known))
    for side in ([v for v in reversed(values) if v < here], [v for v in values if v > here]):
        found = _first(side, at, before, here, step)
        if found is not None:
            yield found


def _worth_trying(fact: Fact, step: Decimal, rules: Rules | None) -> list[Decimal]:
    """The numbers that rules hold a fact against, with their neighbours, within what the fact may be."""
    low, high = fact.span
    found = {Decimal(0)} | ({low, high} if fact.kind == "integer" else set())
    for node in _conditions(rules) if rules else ():
        if fact.name not in fact_names(node):
            continue
        for part in walk(node):
            if isinstance(part, Literal) and isinstance(part.value, int | Decimal) and not isinstance(part.value, bool):
                found.add(Decimal(part.value))
            elif isinstance(part, Parameter) and rules is not None:
                found.add(rules.values[part.name])
    near = {v + step * k for v in found for k in (-1, 0, 1)}
    return sorted(v for v in near if low <= v <= high)


def _conditions(rules: Rules) -> list[Node]:
    nodes: list[Node | None] = [n for c in rules.criteria for n in (c.applies, c.requires)]
    nodes += [*(e.when for e in rules.exemptions), *(w.when for w in rules.waivers)]
    return [n for n in nodes if n is not None]


def by_worth(turns: Iterable[Turn]) -> list[Turn]:
    """What supports the person further first, then the nearest in steps."""

    def key(turn: Turn) -> tuple[int, int, Decimal]:
        far = Decimal(0)
        if isinstance(turn.what, Movable) and isinstance(turn.value, Decimal):
            far = abs(turn.value - turn.what.published) / turn.what.step
        return (0 if turn.further else 1 if turn.further is None else 2), isinstance(turn.what, Movable), far

    return sorted(turns, key=key)

"""Alterations of a guideline's rules: every parameter and every limit number moved by one step either way, every
criterion, exemption and waiver negated and dropped. What a base lends is altered once, for all that it lends to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from workbench.engine.decision import Decision
from workbench.engine.reference import Step, decide
from workbench.engine.setting import Setting
from workbench.guideline.model import Criterion, Exemption, Guideline, Library, LimitRow, Rules, Waiver
from workbench.language.build import call
from workbench.language.tree import Node, parameter_names
from workbench.review.alterations import Alteration, Bench, Case, bases, plain
from workbench.review.examples import deciding, running

RULES, LIMITS = "rules", "limits"
Alter = Callable[[Rules], Rules]
Concerns = Callable[[Step], bool]
_Item = Criterion | Exemption | Waiver


@dataclass(frozen=True)
class _Change:
    """In words; how rules are altered; which step of a trace it can change; whose reasons make it likely."""

    kind: str
    what: str
    alter: Alter
    concerns: Concerns
    ids: frozenset[str]
    would: str


def alter_rules(bench: Bench) -> Iterator[Alteration]:
    """The alterations of every version that runs, and of what its base lends."""
    versions = running(bench.library)
    for guideline in versions:
        rules = deciding(bench.library, guideline).rules(guideline, None)
        lent = _lent(bench.library, guideline)
        for change in _changes(rules, _own(lent)):
            yield _alteration(guideline.name, change, {guideline.name: guideline})
    for name, base in bases(bench.library).items():
        heirs = {g.name: g for g in versions if bench.library.base_of(g) == base}
        first = next(iter(heirs.values()))
        rules = deciding(bench.library, first).rules(first, None)
        lent = _lent(bench.library, first)
        for change in _changes(rules, lent.__contains__):
            yield _alteration(name, change, heirs)


def _lent(library: Library, guideline: Guideline) -> tuple[object, ...]:
    base = library.base_of(guideline)
    return () if base is None else (*base.parameters, *base.exemptions, *base.waivers, *base.criteria)


def _own(lent: tuple[object, ...]) -> Callable[[object], bool]:
    return lambda item: item not in lent


def _alteration(of: str, change: _Change, versions: dict[str, Guideline]) -> Alteration:
    settings: dict[Setting, Setting] = {}

    def concerns(case: Case) -> bool:
        return any(map(change.concerns, case.steps))

    def decided(case: Case) -> Decision:
        if case.chosen not in settings:
            settings[case.chosen] = altered(case.chosen, tuple(versions.values()), change.alter)
        return decide(case.facts, settings[case.chosen]).decision

    return Alteration(change.kind, of, change.what, concerns, decided, change.would, change.ids)


def altered(chosen: Setting, guidelines: tuple[Guideline, ...], alter: Alter) -> Setting:
    """The setting with the rules of guideline versions altered, under every plan."""
    rules = {}
    for guideline in guidelines:
        day = chosen.as_of or guideline.effective
        overlays = [o for o in chosen.library.overlays if o == chosen.overlay(o.plan, o.lines_of_business[0], day)]
        for overlay in (None, *overlays):
            key = (guideline.name, overlay.name if overlay else "")
            rules[key] = alter(chosen.rules(guideline, overlay))
    return chosen.ruled_by(rules)


def _changes(rules: Rules, mine: Callable[[object], bool]) -> Iterator[_Change]:
    every: tuple[_Item, ...] = (*rules.criteria, *rules.exemptions, *rules.waivers)
    for p in filter(mine, rules.parameters):
        uses = frozenset(i.id for i in every if p.id in parameter_names(*_conditions(i)))
        for sign in (1, -1):
            value = p.value + sign * p.step
            if p.low <= value <= p.high:
                what = f"{p.id} {plain(p.value)} → {plain(value)}"
                would = f"a request that {p.id} alone settles: at {plain(p.value)}, and one step to the other side"
                yield _Change(RULES, what, _put("parameters", p.id, value=value), _reads(p.id), uses, would)
    for row in filter(mine, rules.limits):
        would = f"a request that takes {row.id} and asks for one more than it supports"
        yield from _moved(LIMITS, "limits", row, ("visits", "weeks", "per_week"), _step("limit", row.id), would)
    for target, kind in (("criteria", "criterion"), ("exemptions", "exemption"), ("waivers", "waiver")):
        items: tuple[_Item, ...] = getattr(rules, target)
        for item in filter(mine, items):
            concerns, ids = _step(kind, item.id), frozenset({item.id})
            would = f"a request that {kind} {item.id} alone decides"
            yield _Change(RULES, f"{kind} {item.id} dropped", _drop(target, item.id), concerns, ids, would)
            key = "requires" if target == "criteria" else "when"
            node = getattr(item, key)
            if node is not None:
                negated = _put(target, item.id, **{key: call("not", node)})
                yield _Change(RULES, f"{kind} {item.id} negated", negated, concerns, ids, would)
            if isinstance(item, Waiver):
                yield from _moved(RULES, target, item, ("visits", "weeks"), concerns, would)


def _moved(
    kind: str, target: str, item: LimitRow | Waiver, keys: tuple[str, ...], concerns: Concerns, would: str
) -> Iterator[_Change]:
    for key in keys:
        value = getattr(item, key)
        for sign in (1, -1) if value is not None else ():
            new = Decimal(value) + sign
            if new >= 0:
                what = f"{key} of {item.id} {plain(value)} → {plain(new)}"
                alter = _put(target, item.id, **{key: new if key == "per_week" else int(new)})
                yield _Change(kind, what, alter, concerns, frozenset({item.id}), would)


def _reads(parameter: str) -> Concerns:
    return lambda step: any(name == parameter for name, _ in step.parameters)


def _step(kind: str, id_: str) -> Concerns:
    return lambda step: step.kind == kind and step.id == id_


def _conditions(item: _Item) -> list[Node]:
    return [n for key in ("applies", "requires", "when") if (n := getattr(item, key, None)) is not None]


def _put(target: str, id_: str, **values: object) -> Alter:
    return lambda rules: _with(
        rules, target, tuple(replace(i, **values) if i.id == id_ else i for i in getattr(rules, target))
    )


def _drop(target: str, id_: str) -> Alter:
    return lambda rules: _with(rules, target, tuple(i for i in getattr(rules, target) if i.id != id_))


def _with(rules: Rules, target: str, things: tuple[Any, ...]) -> Rules:
    parts: dict[str, Any] = {target: things}
    return replace(rules, **parts)

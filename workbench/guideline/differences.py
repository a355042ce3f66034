"""What differs between two sets of rules, overlays or programs, as data: one item for each number, condition or text.

Nothing here is said in words (words/differences.py does that): an item can be sorted, filtered and counted by what it
is of, and its values are those of the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from typing import TypeAlias

from workbench.documents.text import entries
from workbench.guideline.addresses import Rule, Thing, own_of
from workbench.guideline.model import (
    BenefitLimit,
    Cell,
    Change,
    Criterion,
    Exemption,
    Guideline,
    LimitRow,
    Overlay,
    Parameter,
    Program,
    Rules,
    Waiver,
)
from workbench.language.tree import Node, parameter_names

CHANGED, ADDED, DROPPED, MOVED = "changed", "added", "dropped", "moved"
KINDS = ("about", "parameter", "exemption", "waiver", "criterion", "limit", "plan", "program", "condition", "measure",
         "property", "exception")  # fmt: skip
TARGETS = {
    "parameter": "parameters",
    "exemption": "exemptions",
    "waiver": "waivers",
    "criterion": "criteria",
    "limit": "limits",
}
_HEAD = ("title", "status", "effective", "published", "extends", "scope", "lines_of_business", "monitoring", "note")
_MEASURED = ("value", "low", "high", "step")  # of a parameter, in its unit
_UNITS = {"visits": "visits", "weeks": "weeks", "per_week": "visits a week"}


@dataclass(frozen=True)
class Key:
    """A key of a file that is no rule: `title`, `excluded_procedures`."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class ForWhom:
    """Whom a row of a program is for. `states`: None among them stands for all that no other row names."""

    line_of_business: str
    states: tuple[str | None, ...]
    disciplines: tuple[str, ...]

    def __str__(self) -> str:
        states = ";".join(s or "others" for s in self.states)
        return f"{self.line_of_business}.{states}.{';'.join(self.disciplines)}"


@dataclass(frozen=True)
class Condition:
    """An expression with the parameters that it names, as they stand on its side."""

    node: Node
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True)
class Whole:
    """All of a rule, with the parameters that its conditions name."""

    thing: Thing
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True)
class Cells:
    """The key cells of a limit row."""

    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Terms:
    """What a row of a program says of those whom it is for."""

    requests_from: date | None
    review_from: date | None
    planned: str
    exempt_when: Node | None


Address: TypeAlias = Rule | Key | ForWhom
Value: TypeAlias = (
    Decimal
    | int
    | str
    | bool
    | date
    | tuple[str, ...]
    | Condition
    | Whole
    | Cells
    | Terms
    | BenefitLimit
    | Change
    | None
)


@dataclass(frozen=True)
class Place:
    """Who feels it: the members of a plan (`plan/version` of its overlay) or everybody, under a guideline
    (`id/version`) or any; or those whom a program is for. `against` names the other side where two versions are
    compared."""

    guideline: str = ""
    overlay: str = ""
    program: str = ""
    against: str = ""


@dataclass(frozen=True)
class Item:
    """One thing that changes. `part` is the key of it that does ("" for the thing itself); `old` is None where there
    was nothing, `new` None where nothing is left. `label` is what the thing is called, `sources` and `evidence` those
    of its new side, or of what was dropped; `before`: the row that it now stands before, "" for the last."""

    kind: str  # one of KINDS
    address: Address
    how: str = CHANGED
    part: str = ""
    old: Value = None
    new: Value = None
    unit: str = ""
    label: str | Cells = ""
    sources: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    before: str | None = None
    places: tuple[Place, ...] = ()

    def at(self, *places: Place) -> Item:
        """The same, where these feel it."""
        return replace(self, places=places)


def compare_rules(old: Rules | Guideline, new: Rules | Guideline) -> list[Item]:
    """What differs between two sets of rules, kind by kind, in the order of the new files."""
    items: list[Item] = []
    sides = [{p.id: p for p in r.parameters} for r in (old, new)]
    for kind, target in TARGETS.items():
        items += _things(kind, getattr(old, target) or (), getattr(new, target) or (), *sides)
    if isinstance(old, Rules) and isinstance(new, Rules):
        items += _own(old, new, "")
    return items


def compare_overlays(old: Overlay, new: Overlay) -> list[Item]:
    """What differs between two overlays: their own keys, and the steps of their changes."""
    items = [*_things("waiver", old.waivers, new.waivers, {}, {}), *_own(old, new, new.source)]
    for how, mine, others, source in ((ADDED, new, old, new.source), (DROPPED, old, new, old.source)):
        for change in mine.changes:
            if change not in others.changes:
                old_, new_ = (None, change) if how == ADDED else (change, None)
                items.append(Item("plan", Key("changes"), how, old=old_, new=new_, sources=entries(source)))
    return items


Both: TypeAlias = tuple[Terms | None, Terms | None]


def compare_programs(old: Program, new: Program) -> list[Item]:
    """What differs between two programs, state by state; those that change alike are one item."""
    olds, news = _terms(old), _terms(new)
    alike: dict[tuple[str, str, Both], list[str | None]] = {}
    for key in dict.fromkeys((*olds, *news)):
        business, state, discipline = key
        if olds.get(key) != news.get(key):
            alike.setdefault((business, discipline, (olds.get(key), news.get(key))), []).append(state)
    merged: dict[tuple[str, tuple[str | None, ...], Both], list[str]] = {}
    for (business, discipline, both), states in alike.items():
        merged.setdefault((business, tuple(states), both), []).append(discipline)
    return [
        Item(
            "program",
            ForWhom(business, states, tuple(disciplines)),
            ADDED if a is None else DROPPED if b is None else CHANGED,
            old=a,
            new=b,
        )
        for (business, states, (a, b)), disciplines in merged.items()
    ]


def compare_heads(old: object, new: object) -> list[Item]:
    """Heads of files: title, status, the day a version takes effect."""
    items = []
    for name in _HEAD:
        a, b = getattr(old, name, None), getattr(new, name, None)
        if a != b:
            items.append(Item("about", Key(name), old=_value(name, a, {}), new=_value(name, b, {})))
    return items


Named: TypeAlias = Mapping[str, Parameter]


def _things(kind: str, old: Iterable[Thing], new: Iterable[Thing], before: Named, after: Named) -> Iterator[Item]:
    olds, news = {x.id: x for x in old}, {x.id: x for x in new}
    order = list(news)
    for id_, thing in news.items():
        if id_ not in olds:
            stands = _before(order, id_) if kind == "limit" else None
            yield replace(_item(kind, thing, ADDED), new=_whole(thing, after), before=stands)
        elif thing != olds[id_]:
            yield from _parts(kind, olds[id_], thing, before, after)
    for id_, thing in olds.items():
        if id_ not in news:
            yield replace(_item(kind, thing, DROPPED), old=_whole(thing, before))
    if kind == "limit":  # the first row that matches is taken, so that order decides
        for id_ in moved_rows(list(olds), order):
            yield replace(_item(kind, news[id_], MOVED), before=_before(order, id_))


def _before(order: list[str], id_: str) -> str:
    at = order.index(id_) + 1
    return order[at] if at < len(order) else ""


def moved_rows(old: list[str], new: list[str]) -> list[str]:
    """Rows that stand elsewhere than before, as few as tell the new order."""
    one, two = [i for i in old if i in new], [i for i in new if i in old]
    blocks = SequenceMatcher(None, one, two, autojunk=False).get_matching_blocks()
    kept = {one[k] for b in blocks for k in range(b.a, b.a + b.size)}
    return [i for i in two if i not in kept]


def _item(kind: str, thing: Thing, how: str = CHANGED) -> Item:
    label = (
        thing.label
        if isinstance(thing, Parameter)
        else Cells(thing.cells)
        if isinstance(thing, LimitRow)
        else thing.text.rstrip(".")
    )
    evidence = thing.evidence if isinstance(thing, Parameter | LimitRow) else ""
    sources = entries(thing.source)
    return Item(kind, Rule(TARGETS[kind], thing.id), how, label=label, sources=sources, evidence=entries(evidence))


def _parts(kind: str, old: Thing, new: Thing, before: Named, after: Named) -> Iterator[Item]:
    """The fields of one rule that differ."""
    for name in (f.name for f in fields(new)):
        a, b = getattr(old, name), getattr(new, name)
        if name in ("at", "id") or a == b:
            continue
        unit = new.unit if isinstance(new, Parameter) and name in _MEASURED else _UNITS.get(name, "")
        sides = _value(name, a, before), _value(name, b, after)
        item = replace(_item(kind, new), part=name, old=sides[0], new=sides[1], unit=unit)
        yield replace(item, sources=own_of(item.sources, name), evidence=own_of(item.evidence, name))


def _value(name: str, value: object, known: Named) -> Value:
    if value is None or value == "" or value == ():
        return Cells(()) if name == "cells" else None
    if isinstance(value, Node):
        return Condition(value, _used([value], known))
    if name == "cells" and isinstance(value, tuple):
        return Cells(value)
    assert isinstance(value, Decimal | int | str | date | tuple)
    return value


def _used(nodes: Iterable[Node | None], known: Named) -> tuple[Parameter, ...]:
    names = dict.fromkeys(n for node in nodes if node is not None for n in parameter_names(node))
    return tuple(known[n] for n in names if n in known)


def _whole(thing: Thing, known: Named) -> Whole:
    if isinstance(thing, Criterion):
        return Whole(thing, _used((thing.requires, thing.applies), known))
    return Whole(thing, _used((thing.when,), known) if isinstance(thing, Exemption | Waiver) else ())


def _own(old: Rules | Overlay, new: Rules | Overlay, source: str) -> Iterator[Item]:
    """What an overlay alone has: procedures not covered, benefit limit, gap between episodes."""
    gone, came = (
        tuple(sorted(set(a.excluded_procedures) - set(b.excluded_procedures))) for a, b in ((old, new), (new, old))
    )
    if came:
        yield Item("plan", Key("excluded_procedures"), ADDED, new=came, sources=entries(source))
    if gone:
        yield Item("plan", Key("excluded_procedures"), DROPPED, old=gone, sources=entries(source))
    a, b = old.benefit_limit, new.benefit_limit
    if a != b:
        yield Item("plan", Key("benefit_limit"), old=a, new=b, sources=entries(b.source if b else ""))
    if old.episode_gap_days != new.episode_gap_days:
        gap = Item("plan", Key("episode_gap_days"), unit="days", sources=entries(source))
        yield replace(gap, old=old.episode_gap_days, new=new.episode_gap_days)


def _terms(program: Program) -> dict[tuple[str, str | None, str], Terms]:
    """(line of business, state or None for all others, discipline) → what its row says."""
    return {
        (row.line_of_business, state, discipline): Terms(
            row.requests_from, row.review_from, row.planned, row.exempt_when
        )
        for row in program.rows
        for state in row.states or (None,)
        for discipline in row.disciplines
    }

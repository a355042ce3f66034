"""What differs between two versions of a condition or measure table, and in what guidelines say of themselves, as items
of the same shape as what differs between rules (differences.py)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from workbench.documents.text import entries
from workbench.guideline.addresses import Rule
from workbench.guideline.declared import Excepted, Property
from workbench.guideline.differences import ADDED, CHANGED, DROPPED, Condition, Item, Key, Value
from workbench.guideline.model import ConditionRow, Measure

_MEASURED = ("lowest", "highest", "better", "mcid", "label", "note")


def compare_conditions(old: Iterable[ConditionRow], new: Iterable[ConditionRow]) -> Iterator[Item]:
    """Condition by condition: its name, its disciplines, and the codes that come to it, each row with its cells."""
    sides = [_by_condition(rows) for rows in (old, new)]
    for name in dict.fromkeys((*sides[1], *sides[0])):
        a, b = (side.get(name, []) for side in sides)
        item = Item("condition", Rule("conditions", name), label=(b or a)[0].label)
        if not a or not b:
            how, codes = (DROPPED, _codes(a)) if a else (ADDED, _codes(b))
            yield replace(item, how=how, old=codes if a else None, new=codes if b else None)
            continue
        parts: dict[str, tuple[Value, Value]] = {
            "label": (a[0].label, b[0].label),
            "disciplines": (_disciplines(a), _disciplines(b)),
            "codes": (_codes(a), _codes(b)),
        }
        yield from _changed(item, parts)


def compare_measures(old: Mapping[str, Measure], new: Mapping[str, Measure]) -> Iterator[Item]:
    """Measure by measure: its ends, which way is better, its smallest important change."""
    for name in dict.fromkeys((*new, *old)):
        a, b = old.get(name), new.get(name)
        now = b or a
        assert now is not None
        item = Item("measure", Rule("measures", name), label=now.label)
        item = replace(item, sources=entries(now.source), evidence=entries(now.evidence))
        if a is None or b is None:
            how = ADDED if a is None else DROPPED
            yield replace(item, how=how, old=_scale(a) if a else None, new=_scale(b) if b else None)
            continue
        parts: dict[str, tuple[Value, Value]] = {n: (getattr(a, n) or None, getattr(b, n) or None) for n in _MEASURED}
        parts |= {n: (getattr(a, n), getattr(b, n)) for n in ("lowest", "highest", "mcid")}  # 0 is an end
        yield from _changed(item, parts)


def compare_declared(
    old: tuple[Sequence[Property], Sequence[Excepted]], new: tuple[Sequence[Property], Sequence[Excepted]]
) -> Iterator[Item]:
    """Properties and exceptions of two guideline versions, each with those of its base."""
    olds, news = ({p.id: p for p in side[0]} for side in (old, new))
    for name in dict.fromkeys((*news, *olds)):
        a, b = olds.get(name), news.get(name)
        now = b or a
        assert now is not None
        item = Item("property", Rule("properties", name), label=now.text.rstrip("."), sources=entries(now.source))
        if a is None or b is None:
            how = ADDED if a is None else DROPPED
            yield replace(item, how=how, old=_claim(a) if a else None, new=_claim(b) if b else None)
            continue
        parts: dict[str, tuple[Value, Value]] = {n: (getattr(a, n), getattr(b, n)) for n in ("text", "claim")}
        yield from _changed(item, parts | {"when": (Condition(a.when), Condition(b.when))})
    for how, mine, others in ((ADDED, new[1], old[1]), (DROPPED, old[1], new[1])):
        for e in mine:
            if e not in others:
                item = Item("exception", Key(f"exception to {e.law}"), how, sources=entries(e.source))
                yield replace(item, new=_why(e) if how == ADDED else None, old=_why(e) if how == DROPPED else None)


def _changed(item: Item, parts: Mapping[str, tuple[Value, Value]]) -> Iterator[Item]:
    for part, (a, b) in parts.items():
        if a != b:
            yield replace(item, how=CHANGED, part=part, old=a, new=b)


def _by_condition(rows: Iterable[ConditionRow]) -> dict[str, list[ConditionRow]]:
    out: dict[str, list[ConditionRow]] = {}
    for row in rows:
        out.setdefault(row.condition, []).append(row)
    return out


def _disciplines(rows: Sequence[ConditionRow]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(x for row in rows for x in row.disciplines))


def _codes(rows: Sequence[ConditionRow]) -> tuple[str, ...]:
    """Every prefix with the cells that it asks for, sorted: which row says it means nothing."""
    return tuple(sorted(f"{p}{_cells(row)}" for row in rows for p in row.prefixes))


def _cells(row: ConditionRow) -> str:
    said = ", ".join(f"{c.fact.replace('_', ' ')} {c.text}" for c in row.cells)
    return f" ({said})" if said else ""


def _scale(m: Measure) -> str:
    ends = " to ".join("open" if end is None else format(end.normalize(), "f") for end in (m.lowest, m.highest))
    least = "none agreed" if m.mcid is None else format(m.mcid.normalize(), "f")
    return f"{ends}, {m.better} is better, smallest important change {least}"


def _claim(p: Property) -> tuple[str, ...]:
    return (f"the other request is {p.claim.replace('_', ' ')}",)


def _why(e: Excepted) -> str:
    return f"{e.reason} (about {'; '.join(e.about)})" if e.about else e.reason

"""Each thing that changes by itself: one parameter, criterion or row of the new rules in place of the old one, all else
as it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from workbench.guideline.differences import TARGETS
from workbench.guideline.mixing import decides
from workbench.guideline.model import Criterion, Exemption, LimitRow, Parameter, Rules, Waiver

Thing = TypeVar("Thing", Parameter, Exemption, Waiver, Criterion, LimitRow)


@dataclass(frozen=True)
class Moved:
    """A thing that changes how something is decided, and the old rules with it alone changed."""

    kind: str
    id: str
    rules: Rules


def moved(old: Rules, new: Rules) -> Iterator[Moved]:
    """Each thing that decides otherwise, put alone into the old rules. (A new parameter decides nothing by itself; it
    comes with the criterion that names it.)"""
    added = tuple(p for p in new.parameters if p.id not in {q.id for q in old.parameters})
    base = replace(old, parameters=(*old.parameters, *added))
    for kind, target in TARGETS.items():
        olds, news = ({x.id: x for x in getattr(r, target)} for r in (old, new))
        for id_ in dict.fromkeys((*news, *olds)):
            if kind == "parameter" and id_ not in olds or decides(olds.get(id_)) == decides(news.get(id_)):
                continue
            things = _with(getattr(base, target), getattr(new, target), id_)
            yield Moved(kind, id_, _set(base, target, things))


def _set(rules: Rules, target: str, things: object) -> Rules:
    changed: dict[str, Any] = {target: things}
    return replace(rules, **changed)


def _with(old: tuple[Thing, ...], new: tuple[Thing, ...], id_: str) -> tuple[Thing, ...]:
    """The old things with one of the new: in its place, before what follows it there, or gone."""
    ids = [x.id for x in new]
    if id_ not in ids:
        return tuple(x for x in old if x.id != id_)
    at = ids.index(id_)
    thing: Thing = new[at]
    if any(x.id == id_ for x in old):
        return tuple(thing if x.id == id_ else x for x in old)
    after = ids[at + 1 :]
    place = next((i for i, x in enumerate(old) if x.id in after), len(old))
    return old[:place] + (thing,) + old[place:]

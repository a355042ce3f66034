"""Two sets of rules taken apart: the things that decide otherwise, and the old rules with some of them as in the new.

A thing is (kind, id): a parameter, exemption, waiver, criterion or limit row; or what rules have one of, (plan, benefit
limit). All of the things together make the new rules of the old ones.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, TypeVar

from workbench.guideline.differences import TARGETS, moved_rows
from workbench.guideline.model import Criterion, Exemption, LimitRow, Parameter, Rules, Waiver

NOT_DECIDING = ("at", "text", "label", "source", "evidence", "checked", "note", "help", "cure", "cures", "low", "high",
                "step", "medicare")  # fmt: skip
ONE_OF = {"scope": "about", "excluded_procedures": "plan", "benefit_limit": "plan", "episode_gap_days": "plan"}
Name = tuple[str, str]  # kind, id
Thing = TypeVar("Thing", Parameter, Exemption, Waiver, Criterion, LimitRow)


def decides(thing: object) -> object:
    """What of a thing bears on a decision."""
    return None if thing is None else {k: v for k, v in vars(thing).items() if k not in NOT_DECIDING}


def differing(old: Rules, new: Rules) -> list[Name]:
    """The things that decide otherwise, or that stand elsewhere where the first match is taken, in the order of the
    new rules. A parameter that only one side has decides nothing by itself; it comes and goes with what names it."""
    out: list[Name] = []
    for kind, target in TARGETS.items():
        olds, news = ({x.id: x for x in getattr(r, target)} for r in (old, new))
        moved = set(moved_rows(list(olds), list(news))) if kind == "limit" else set()
        for id_ in dict.fromkeys((*news, *olds)):
            bare = kind == "parameter" and (id_ not in olds or id_ not in news)
            if not bare and (id_ in moved or decides(olds.get(id_)) != decides(news.get(id_))):
                out.append((kind, id_))
    return out + [(kind, name) for name, kind in ONE_OF.items() if getattr(old, name) != getattr(new, name)]


def mixed(old: Rules, new: Rules, chosen: Collection[Name]) -> Rules:
    """The old rules with the chosen things as in the new; their digest, of which nobody is told, names them."""
    came = tuple(p for p in new.parameters if p.id not in old.values)
    made: dict[str, Any] = {"parameters": (*old.parameters, *came)}
    for kind, target in TARGETS.items():
        ids = {id_ for k, id_ in chosen if k == kind}
        if ids:
            made[target] = _with(made.get(target, getattr(old, target)), getattr(new, target), ids)
    made |= {name: getattr(new, name) for name, kind in ONE_OF.items() if (kind, name) in chosen}
    names = ",".join(f"{kind} {id_}" for kind, id_ in sorted(chosen))
    digests = f"{old.guideline_digest}+{new.guideline_digest}: {names}", f"{old.overlay_digest}+{new.overlay_digest}"
    return replace(old, **made, guideline_digest=digests[0], overlay_digest=digests[1] if old.plan else "")


def _with(old: tuple[Thing, ...], new: tuple[Thing, ...], ids: Collection[str]) -> tuple[Thing, ...]:
    """The old things, some of them as in the new: changed in place, gone, or before what follows them there."""
    news: dict[str, Thing] = {x.id: x for x in new}
    out = [news[x.id] if x.id in ids and x.id in news else x for x in old if x.id not in ids or x.id in news]
    moved = {*moved_rows([x.id for x in old], list(news)), *(news.keys() - {x.id for x in old})} & set(ids)
    order = list(news)
    for id_ in reversed(order):
        if id_ in moved:
            out = [x for x in out if x.id != id_]
            here = [x.id for x in out]
            after = next((i for i in order[order.index(id_) + 1 :] if i in here), None)
            out.insert(len(here) if after is None else here.index(after), news[id_])
    return tuple(out)

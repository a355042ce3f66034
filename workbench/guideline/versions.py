"""Which version counts on which day: guidelines and overlays by `effective`, programs by `published`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TypeAlias, TypeVar

from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.model import DECIDES, Guideline, Library, Overlay, Program

Version: TypeAlias = Guideline | Overlay | Program
Dated = TypeVar("Dated", Guideline, Overlay)


def _latest(dated: Iterable[Dated], day: date) -> Dated | None:
    able = [d for d in dated if d.status in DECIDES and d.effective <= day]
    return max(able, key=lambda d: d.effective, default=None)


def _dated(library: Library) -> tuple[Guideline | Overlay, ...]:
    return *library.guidelines, *library.overlays


def every_version(library: Library) -> tuple[Version, ...]:
    """All that has versions, of whatever status: programs, overlays, guidelines and their bases."""
    return *library.waiting, *library.programs, *library.overlays, *library.guidelines


def begins(item: Version) -> date:
    """The day from which a version counts, where it decides."""
    return item.published if isinstance(item, Program) else item.effective


def versions_on(library: Library, day: date) -> dict[str, Guideline]:
    """Guideline id → the version that decides on the day, for all that are no base."""
    ids = dict.fromkeys(g.id for g in library.guidelines if not g.base)
    found = {i: _latest((g for g in library.guidelines if g.id == i), day) for i in ids}
    return {i: g for i, g in found.items() if g is not None and not g.base}


def latest_published(library: Library) -> tuple[Guideline, ...]:
    """The latest published version of each guideline that decides, by id."""
    able = [g for g in library.guidelines if not g.base and g.status == "published"]
    ids = sorted({g.id for g in able})
    return tuple(max((g for g in able if g.id == i), key=lambda g: g.effective) for i in ids)


def overlay_on(library: Library, plan: str, day: date) -> Overlay | None:
    """The plan's overlay on the day; None where it has none (yet)."""
    return _latest((o for o in library.overlays if o.plan == plan), day)


def program_on(library: Library, program: str, received_on: date | None) -> Program:
    """The version of a program known on the day: the newest published by then; without a day the newest; where none
    was published yet the oldest. Raises ProblemsFound where there is no such program."""
    versions = sorted((p for p in library.programs if p.program == program), key=lambda p: p.published)
    if not versions:
        raise ProblemsFound(
            [
                Problem(
                    "unknown-program",
                    f"there is no program {program}",
                    f"{library.root}/programs",
                    hint=nearest(program, {p.program for p in library.programs}),
                )
            ]
        )
    known = [p for p in versions if received_on is None or p.published <= received_on]
    # Before the first one the oldest counts, not none: a request that came a day early would otherwise need no review.
    return known[-1] if known else versions[0]


def default_day(library: Library) -> date:
    """The deciding day of a replay that names none: the latest `effective` among published guidelines and overlays.
    Raises ProblemsFound where nothing is published."""
    days = [x.effective for x in _dated(library) if x.status == "published"]
    if not days:
        raise ProblemsFound(
            [
                Problem(
                    "bad-call",
                    "nothing is published, so there is no day to decide as of",
                    library.root,
                    hint="name a day, or publish a guideline",
                )
            ]
        )
    return max(days)


def cut_days(library: Library) -> tuple[date, ...]:
    """Every day on which anything begins to count, sorted: between two of them nothing changes."""
    dated = [x.effective for x in _dated(library) if x.status in DECIDES]
    return tuple(sorted({*dated, *map(begins, library.programs)}))


def period(item: Guideline | Overlay, library: Library) -> tuple[date, date]:
    """From when until (not included) when a version counts, given the versions that follow it."""
    if isinstance(item, Guideline):
        same: Sequence[Guideline | Overlay] = [g for g in library.guidelines if g.id == item.id]
    else:
        same = [o for o in library.overlays if o.plan == item.plan]
    # One in review ends nothing: 2026.1 goes on deciding until the day from which a published 2026.2 counts.
    later = [x.effective for x in same if x.status in DECIDES and x.effective > item.effective]
    return item.effective, min(later, default=date.max)


def overlap(one: tuple[date, date], other: tuple[date, date]) -> bool:
    """Whether two periods share a day."""
    return one[0] < other[1] and other[0] < one[1]


def find_guideline(library: Library, id_: str, version: str) -> Guideline:
    """One version of a guideline. Raises ProblemsFound with the nearest name."""
    found = next((g for g in library.guidelines if (g.id, g.version) == (id_, version)), None)
    if found is None:
        versions = [g.version for g in library.guidelines if g.id == id_]
        message, hint = f"there is no guideline {id_}", nearest(id_, {g.id for g in library.guidelines})
        if versions:
            message, hint = f"there is no version {version} of {id_}", nearest(version, versions)
        raise ProblemsFound([Problem("unknown-guideline", message, library.root, hint=hint)])
    return found


def find_overlay(library: Library, plan: str, version: str) -> Overlay:
    """One version of a plan's overlay. Raises ProblemsFound with the nearest name."""
    found = next((o for o in library.overlays if (o.plan, o.version) == (plan, version)), None)
    if found is None:
        versions = [o.version for o in library.overlays if o.plan == plan]
        message, hint = f"{plan} has no overlay", nearest(plan, {o.plan for o in library.overlays})
        if versions:
            message, hint = f"the overlay of {plan} has no version {version}", nearest(version, versions)
        raise ProblemsFound([Problem("unknown-plan", message, f"{library.root}/plans", hint=hint)])
    return found


def lineage(library: Library, guideline: Guideline) -> tuple[Guideline, ...]:
    """A guideline, its base, the base of that, and so on: a change of any of them is felt in it."""
    base = library.base_of(guideline)
    return (guideline, *(lineage(library, base) if base is not None else ()))


def overlay_named(library: Library, name: str | None) -> Overlay | None:
    """The overlay that records and calls name `plan/version`; None for no name. Raises ProblemsFound."""
    if not name:
        return None
    plan, _, version = name.partition("/")
    return find_overlay(library, plan, version)


_QUARTER = re.compile(r"\b(first|second|third|fourth) quarter(?: of)? (20[0-9]{2})\b")
_DAY = re.compile(r"\b(20[0-9]{2})-([0-9]{2})-([0-9]{2})\b")
_YEAR = re.compile(r"^(20[0-9]{2})$")


def planned_until(planned: str) -> date | None:
    """The last day of the time for which a program's row is planned: a quarter, a day or a year; None where its words
    name none of these."""
    if found := _QUARTER.search(planned):
        month = 3 * (("first", "second", "third", "fourth").index(found[1]) + 1)
        return date(int(found[2]), month, 31 if month in (3, 12) else 30)
    if found := _DAY.search(planned):
        try:
            return date(*map(int, found.groups()))
        except ValueError:
            return None
    found = _YEAR.search(planned.strip())
    return date(int(found[1]), 12, 31) if found else None

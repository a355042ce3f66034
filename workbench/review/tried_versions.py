"""A guideline folder as it would decide with other versions of plan overlays and programs, of whatever status.

    library_with(library, {"mesa-medicaid": "2026.2"})      # as if that one were in force, and no other of this plan
    library_with(library, {"mesa-medicaid": ""})            # as if the plan had no overlay

Versions of guidelines are pinned by a setting; overlays and programs are chosen by day alone, and so the folder is what
is another one here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TypeVar

from workbench.guideline.model import Guideline, Library, Overlay, Program
from workbench.guideline.versions import Version, default_day, every_version

Kind = TypeVar("Kind", Overlay, Program)


def known_versions(library: Library) -> dict[str, dict[str, Version]]:
    """Id of a guideline, plan or program → version → what it is; bases are left out."""
    found: dict[str, dict[str, Version]] = {}
    for item in every_version(library):
        if not (isinstance(item, Guideline) and item.base):
            found.setdefault(id_of(item), {})[item.version] = item
    return found


def id_of(item: Version) -> str:
    """What a version is one of."""
    match item:
        case Overlay():
            return item.plan
        case Program():
            return item.program
    return item.id


def library_with(library: Library, versions: Mapping[str, str]) -> Library:
    """The folder as if these versions (plan or program → version; "" for none) were in force and no other of theirs;
    the same library where there are none."""
    if not versions:
        return library
    return replace(
        library,
        overlays=_with(library.overlays, versions),
        programs=_with((*library.waiting, *library.programs), versions, wait=library.waiting),
        waiting=(),
    )


def _with(items: tuple[Kind, ...], versions: Mapping[str, str], wait: tuple[Kind, ...] = ()) -> tuple[Kind, ...]:
    kept = [
        i if id_of(i) not in versions else replace(i, status="published")
        for i in items
        if (versions[id_of(i)] == i.version if id_of(i) in versions else i not in wait)
    ]
    return tuple(kept)


def day_of(library: Library, versions: Mapping[str, str]) -> date:
    """The first day on which all that is published, and each of these versions, has begun to count."""
    known = known_versions(library)
    tried = (known[id_].get(version) for id_, version in versions.items())
    return max(default_day(library), *(i.effective for i in tried if isinstance(i, Overlay)), date.min)


def no_overlay(new: Overlay) -> Overlay:
    """What decides for a plan that has no overlay yet: one that changes nothing."""
    return Overlay(new.plan, "none", new.title, new.status, new.effective, new.lines_of_business, new.source)

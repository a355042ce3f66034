"""A guideline folder, whole: every problem of every file at once, or a Library."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from workbench.documents.yaml_places import Value, read_yaml
from workbench.errors import Problem, Problems, ProblemsFound, closest, nearest
from workbench.guideline.layers import published_parts
from workbench.guideline.load_declared import check_exceptions
from workbench.guideline.load_guideline import Opened, build_guideline, open_guideline
from workbench.guideline.load_plan import read_overlay
from workbench.guideline.load_program import read_program
from workbench.guideline.load_tables import Shared, read_shared
from workbench.guideline.model import DECIDES, Guideline, Library, Overlay, Program
from workbench.guideline.resolve import resolve
from workbench.guideline.versions import begins, overlap, period
from workbench.language.tree import Type
from workbench.log import timed

log = logging.getLogger(__name__)

EXAMPLES = "examples.yaml"
Read = TypeVar("Read")


@timed(log, "guidelines loaded")
def load_guidelines(root: Path | str) -> Library:
    """The guidelines, plans and programs of a folder. Raises ProblemsFound with all problems of all its files;
    they name the files under `root` as it was given."""
    shown, root = str(root).rstrip("/") or "/", Path(root)
    problems = Problems()
    if not root.is_dir():
        raise ProblemsFound([Problem("missing-file", f"there is no folder {shown}", shown)])
    shared = read_shared(root, shown, problems)
    guidelines = _guidelines(root, shown, shared)
    overlays = _all(root / "plans", f"{shown}/plans", read_overlay, shared)
    programs = _all(root / "programs", f"{shown}/programs", read_program, shared)
    if not guidelines and not problems:
        problems.add(Problem("missing-file", "there is no guideline in the folder", shown))
    for versions in (guidelines, overlays, programs):
        _distinct_days(versions, problems)
    decide, wait = (tuple(p for p in programs if (p.status in DECIDES) is able) for able in (True, False))
    library = Library(shown, shared.sources or {}, shared.measures, shared.conditions, guidelines, overlays, decide)
    library = replace(library, waiting=wait)
    whole = _whole(guidelines, problems)
    _check_tables(library, whole, problems)
    check_exceptions(whole, problems)
    for guideline in whole:
        published_parts(library, guideline, problems)
    warnings = _check_overlays(library, whole, problems)
    problems.check()
    log.info(
        "%s: %d guideline versions, %d overlays, %d programs", shown, len(guidelines), len(overlays), len(programs)
    )
    return replace(library, warnings=tuple(dict.fromkeys(warnings)))


def _files(folder: Path, shown: str) -> Iterable[tuple[Path, str]]:
    """The YAML files one folder down, by name; hidden folders are passed over."""
    for inner in sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")):
        for path in sorted(inner.glob("*.yaml")):
            if path.name != EXAMPLES and not path.name.startswith("."):
                yield path, f"{shown}/{inner.name}/{path.name}"


def _all(
    folder: Path, shown: str, read: Callable[[Value | None, Path, str, Shared], Read | None], shared: Shared
) -> tuple[Read, ...]:
    if not folder.is_dir():
        return ()
    every = (
        read(read_yaml(path, shared.problems, shown=name), path, name, shared) for path, name in _files(folder, shown)
    )
    return tuple(x for x in every if x is not None)


def _guidelines(root: Path, shown: str, shared: Shared) -> tuple[Guideline, ...]:
    opened: dict[str, Opened] = {}
    for path, name in _files(root, shown):
        if path.parent.name in ("plans", "programs", "conditions", "measures", "seals"):
            continue
        one = open_guideline(read_yaml(path, shared.problems, shown=name), path, name, shared)
        if one is not None:
            opened[one.name] = one
    built = (build_guideline(one, _lent(one, opened), shared) for one in opened.values())
    return tuple(one for one in built if one is not None)


def _check_tables(library: Library, whole: Iterable[Guideline], problems: Problems) -> None:
    """What decides names both of its tables, itself or through its base."""
    for guideline in whole:
        tables = library.tables(guideline)
        missing = [k for k in ("conditions", "measures") if not getattr(tables, k)]
        if missing and not guideline.base:
            problems.add(
                Problem(
                    "missing-key",
                    f"{guideline.name} names no version of the {' and the '.join(missing)} table",
                    *guideline.at,
                    'write tables: {conditions: "2026.1", measures: "2026.1"}, here or in its base',
                )
            )


def _lent(one: Opened, opened: dict[str, Opened]) -> dict[str, Type]:
    """The types of the parameters that a guideline's bases lend; what is wrong with `extends` is reported."""
    chain = [one]
    while chain[-1].extends:
        name = chain[-1].extends
        if name not in opened:
            hint = nearest(name, opened)
            if chain[-1] is one:
                one.section.fail("unknown-base", f"there is no {name} to extend", hint, "extends")
            name = closest(name, opened) or ""  # read on with the one that was meant
            if name not in opened:
                break
        if any(o.name == name for o in chain):
            one.section.fail("extends-circle", " extends ".join([*(o.name for o in chain), name]), key="extends")
            break
        if "limits" in opened[name].section and chain[-1] is one:
            one.section.fail("unknown-base", f"{name} has limits of its own and is no base", key="extends")
        chain.append(opened[name])
    types: dict[str, Type] = {}
    for base in reversed(chain[1:]):
        types.update(base.types)
    return types


def _dated(item: Guideline | Overlay | Program) -> tuple[str, date] | None:
    """What a version is one of, and the day from which it counts; None where it never does."""
    if item.status not in DECIDES:
        return None
    id_ = item.id if isinstance(item, Guideline) else item.plan if isinstance(item, Overlay) else item.program
    return id_, begins(item)


def _distinct_days(items: Iterable[Guideline | Overlay | Program], problems: Problems) -> None:
    seen: dict[tuple[str, date], str] = {}
    for item in items:
        dated = _dated(item)
        if dated is None:
            continue
        other = seen.setdefault(dated, item.file)
        if other != item.file:
            problems.add(
                Problem(
                    "duplicate-version",
                    f"{item.name} takes effect on {dated[1]}, as another version does",
                    *item.at,
                    f"the other is {other}",
                )
            )


def _whole(guidelines: tuple[Guideline, ...], problems: Problems) -> tuple[Guideline, ...]:
    """The guidelines that have no problem of their own and whose bases have none."""
    # A problem in a limits file counts against the guidelines of its folder.
    broken = {p.file for p in problems} | {
        g.file
        for g in guidelines
        for p in problems
        if p.file.endswith(".csv") and Path(p.file).parent == Path(g.file).parent
    }
    names = {g.name: g for g in guidelines}

    def sound(guideline: Guideline | None) -> bool:
        if guideline is None or guideline.file in broken:
            return False
        return not guideline.extends or sound(names.get(guideline.extends))

    return tuple(g for g in guidelines if sound(g))


def _check_overlays(library: Library, whole: tuple[Guideline, ...], problems: Problems) -> list[Problem]:
    """Lay every overlay over each version that it meets; what is wrong goes to `problems`, what is doubtful is
    returned."""
    warnings: list[Problem] = []
    ids = {g.id for g in library.guidelines}
    unread = {Path(p.file).parent.name for p in problems}
    bases = {g.id for g in library.guidelines if g.base}
    for overlay in library.overlays:
        named = {c.guideline: c for c in overlay.changes}
        for id_, change in named.items():
            if id_ in unread:
                continue  # what is wrong there comes first
            if id_ not in ids:
                problems.add(
                    Problem("unknown-guideline", f"there is no guideline {id_}", *change.at, nearest(id_, ids - bases))
                )
            elif id_ in bases:
                problems.add(_base_item(id_, change.at, library))
            elif not any(g.id == id_ and _meet(overlay, g, library) for g in library.guidelines):
                problems.add(
                    Problem("matches-nothing", f"no version of {id_} counts while {overlay.name} does", *change.at)
                )
        for guideline in whole:
            if not guideline.base and guideline.status in DECIDES and _meet(overlay, guideline, library):
                try:
                    warnings += resolve(library, guideline.id, guideline.version, overlay).warnings
                except ProblemsFound as found:
                    problems.extend(found.problems)
    return warnings


def _meet(overlay: Overlay, guideline: Guideline, library: Library) -> bool:
    return overlap(period(overlay, library), period(guideline, library))


def _base_item(base: str, at: tuple[str, int, int], library: Library) -> Problem:
    bases = {g.id: library.base_of(g) for g in library.guidelines}
    heirs = sorted(id_ for id_, lent in bases.items() if lent is not None and lent.id == base)
    return Problem(
        "base-item",
        f"{base} is a base; what it lends is changed under the guideline that decides",
        *at,
        f"write it under {' or '.join(heirs)}" if heirs else "",
    )

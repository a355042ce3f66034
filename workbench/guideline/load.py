"""A guideline folder, whole: every problem of every file at once, or a Library."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.load_guideline import Opened, build_guideline, open_guideline
from workbench.guideline.load_plan import read_overlay
from workbench.guideline.load_program import read_program
from workbench.guideline.load_tables import Shared, read_shared
from workbench.guideline.model import DECIDES, Guideline, Library, Overlay
from workbench.guideline.resolve import published_parts, resolve
from workbench.guideline.versions import overlap, period
from workbench.guideline.yamlfile import Value, read_yaml

EXAMPLES = "examples.yaml"
Read = TypeVar("Read")


def load_guidelines(root: Path | str) -> Library:
    """The guidelines, plans and programs of a folder. Raises ProblemsFound with all problems of all its files;
    they name the files under `root` as it was given."""
    shown, root = str(root).rstrip("/") or "/", Path(root)
    problems: list[Problem] = []
    if not root.is_dir():
        raise ProblemsFound([Problem("missing-file", f"there is no folder {shown}", shown)])
    shared = read_shared(root, shown, problems)
    guidelines = _guidelines(root, shown, shared)
    overlays = _all(root / "plans", f"{shown}/plans", read_overlay, shared)
    programs = _all(root / "programs", f"{shown}/programs", read_program, shared)
    if not guidelines and not problems:
        problems.append(Problem("missing-file", "there is no guideline in the folder", shown))
    _distinct_days(guidelines, "effective", lambda g: g.id, problems)
    _distinct_days(overlays, "effective", lambda o: o.plan, problems)
    _distinct_days(programs, "published", lambda p: p.program, problems)
    library = Library(shown, shared.sources, shared.measures, shared.conditions, guidelines, overlays, programs)
    whole = _whole(guidelines, problems)
    for guideline in whole:
        published_parts(library, guideline, problems=problems)
    warnings = _check_overlays(library, whole, problems)
    if problems:
        raise ProblemsFound(problems)
    return replace(library, warnings=tuple(dict.fromkeys(warnings)))


def _files(folder: Path, shown: str) -> Iterable[tuple[Path, str]]:
    """The YAML files one folder down, by name; hidden folders are passed over."""
    for inner in sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")):
        for path in sorted(inner.glob("*.yaml")):
            if path.name != EXAMPLES and not path.name.startswith("."):
                yield path, f"{shown}/{inner.name}/{path.name}"


def _all(folder: Path, shown: str, read: Callable[[Value | None, Path, str, Shared], Read | None],
         shared: Shared) -> tuple[Read, ...]:
    if not folder.is_dir():
        return ()
    every = (read(read_yaml(path, shared.problems, shown=name), path, name, shared) for path, name in
             _files(folder, shown))
    return tuple(x for x in every if x is not None)


def _guidelines(root: Path, shown: str, shared: Shared) -> tuple[Guideline, ...]:
    opened: dict[str, Opened] = {}
    for path, name in _files(root, shown):
        if path.parent.name in ("plans", "programs"):
            continue
        one = open_guideline(read_yaml(path, shared.problems, shown=name), path, name, shared)
        if one is not None:
            opened[one.name] = one
    return tuple(build_guideline(one, _lent(one, opened), shared) for one in opened.values())


def _lent(one: Opened, opened: dict[str, Opened]) -> dict:
    """The parameters that a guideline's bases lend; what is wrong with `extends` is reported."""
    chain = [one]
    while chain[-1].extends:
        name = chain[-1].extends
        if name not in opened:
            hint = nearest(name, opened)
            if chain[-1] is one:
                one.section.fail("unknown-base", f"there is no {name} to extend", hint, "extends")
            name = hint.removeprefix("did you mean ").rstrip("?")  # read on with the one that was meant
            if name not in opened:
                break
        if any(o.name == name for o in chain):
            one.section.fail("extends-circle", " extends ".join([*(o.name for o in chain), name]), key="extends")
            break
        if "limits" in opened[name].section and chain[-1] is one:
            one.section.fail("unknown-base", f"{name} has limits of its own and is no base", key="extends")
        chain.append(opened[name])
    parameters: dict = {}
    for base in reversed(chain[1:]):
        parameters.update(base.parameters)
    return parameters


def _distinct_days(items: Iterable, key: str, name: Callable, problems: list[Problem]) -> None:
    seen: dict[tuple[str, date], str] = {}
    for item in items:
        day = getattr(item, key)
        if day is None or getattr(item, "status", DECIDES[0]) not in DECIDES:
            continue
        other = seen.setdefault((name(item), day), item.file)
        if other != item.file:
            problems.append(Problem("duplicate-version", f"{item.name} takes effect on {day}, as another version does",
                                    item.file, *item.at[1:], f"the other is {other}"))


def _whole(guidelines: tuple[Guideline, ...], problems: list[Problem]) -> tuple[Guideline, ...]:
    """The guidelines that have no problem of their own and whose bases have none."""
    # A problem in a limits file counts against the guidelines of its folder.
    broken = {p.file for p in problems} | {g.file for g in guidelines for p in problems
                                           if p.file.endswith(".csv") and Path(p.file).parent == Path(g.file).parent}
    names = {g.name: g for g in guidelines}

    def sound(guideline: Guideline | None) -> bool:
        if guideline is None or guideline.file in broken or guideline.effective is None:
            return False
        return not guideline.extends or sound(names.get(guideline.extends))

    return tuple(g for g in guidelines if sound(g))


def _check_overlays(library: Library, whole: tuple[Guideline, ...], problems: list[Problem]) -> list[Problem]:
    """Lay every overlay over each version that it meets; what is wrong goes to `problems`, what is doubtful is
    returned."""
    warnings: list[Problem] = []
    ids = {g.id for g in library.guidelines}
    unread = {Path(p.file).parent.name for p in problems}
    bases = {g.id for g in library.guidelines if g.base}
    for overlay in library.overlays:
        named = {c.guideline: c for c in overlay.changes}
        for id_, change in named.items():
            if id_ not in ids and id_ in unread:
                continue
            if id_ not in ids:
                problems.append(Problem("unknown-guideline", f"there is no guideline {id_}", *change.at,
                                        nearest(id_, ids - bases)))
            elif id_ in bases:
                problems.append(_base_item(id_, change.at, library))
            elif overlay.effective and not any(g.id == id_ and (not g.effective or _meet(overlay, g, library))
                                               for g in library.guidelines):
                problems.append(Problem("matches-nothing", f"no version of {id_} counts while {overlay.name} does",
                                        *change.at))
        for guideline in whole if overlay.effective else ():
            if not guideline.base and guideline.status in DECIDES and _meet(overlay, guideline, library):
                try:
                    warnings += resolve(library, guideline.id, guideline.version, overlay).warnings
                except ProblemsFound as found:
                    problems += found.problems
    return warnings


def _meet(overlay: Overlay, guideline: Guideline, library: Library) -> bool:
    return overlap(period(overlay, library), period(guideline, library))


def _base_item(base: str, at: tuple[str, int, int], library: Library) -> Problem:
    heirs = sorted({g.id for g in library.guidelines if g.extends.partition("/")[0] == base})
    return Problem("base-item", f"{base} is a base; what it lends is changed under the guideline that decides", *at,
                   f"write it under {' or '.join(heirs)}" if heirs else "")



"""The one guideline that decides: base, guideline, overlay, draft of the guideline, draft of the overlay, each laid
over the last. This is the only place where a plan's change meets a guideline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from workbench.errors import Problem, ProblemsFound
from workbench.guideline.cells import CellReader
from workbench.guideline.changes import TARGETS, Entry, Item, Work
from workbench.guideline.expressions import guideline_names, reread
from workbench.guideline.model import (
    Criterion,
    Draft,
    Exemption,
    Guideline,
    Library,
    Overlay,
    Parameter,
    Rules,
    Waiver,
    digest,
)
from workbench.guideline.overlays import changed_overlay
from workbench.guideline.versions import (
    cut_days,
    default_day,
    find_guideline,
    find_overlay,
    overlap,
    overlay_on,
    period,
    program_on,
    versions_on,
)
from workbench.language.syntax import Names, show
from workbench.language.tree import Node, parameter_names

# Choosing the versions of a day and laying them over one another are asked for together.
__all__ = ["Resolved", "base_digest", "cut_days", "default_day", "guideline_digest", "overlay_digest", "overlay_on",
           "program_on", "published_parts", "resolve", "versions_on"]

Parts = dict[str, tuple[Item, ...]]


@dataclass(frozen=True)
class Resolved:
    """The rules, what is doubtful about how they came about, and what each layer changed (overlay first)."""

    rules: Rules
    warnings: tuple[Problem, ...]
    log: tuple[Entry, ...]


def resolve(library: Library, guideline: str, version: str, overlay: Overlay | str | None = None,
            draft: Draft | None = None) -> Resolved:
    """The rules of a guideline version, under an overlay of the library (or its name, "plan/version") and a draft
    where given. What was resolved once is kept.

    Raises ProblemsFound: unknown names, a base (it never decides), a stale draft, changes that do not apply.
    """
    name = overlay.name if isinstance(overlay, Overlay) else overlay or ""
    return _resolve(library, guideline, version, name, draft)


def guideline_digest(library: Library, guideline: str, version: str, draft: Draft | None = None) -> str:
    """The digest of base + guideline (+ draft of it); a base has one too. Raises ProblemsFound."""
    return _drafted(library, guideline, version, draft)[0]


def overlay_digest(overlay: Overlay) -> str:
    """The digest of an overlay as it stands."""
    return digest(replace(overlay, status=""))


@lru_cache(maxsize=512)
def _resolve(library: Library, id_: str, version: str, overlay_name: str, draft: Draft | None) -> Resolved:
    guideline = find_guideline(library, id_, version)
    overlay = find_overlay(library, *overlay_name.rsplit("/", 1)) if overlay_name else None
    if guideline.base:
        raise ProblemsFound([Problem("bad-call", f"{guideline.name} is a base: it lends to others and never decides",
                                     guideline.file)])
    digest_, warnings = _drafted(library, id_, version, draft)
    work = _work(library, guideline, draft)
    own = overlay
    if overlay is not None:
        origin = f"overlay {overlay.name}"
        if overlap(period(overlay, library), period(guideline, library)):
            work.apply((c for c in overlay.changes if c.guideline == id_), origin)
        work.lend("waivers", overlay.waivers, origin)
    if draft is not None and _concerns(draft, id_, version):
        work.apply((c for c in draft.changes if c.guideline == id_), f"draft {draft.draft}")
    if overlay is not None and draft is not None and _concerns(draft, overlay.plan, overlay.version):
        origin = f"draft {draft.draft} of {overlay.plan}"
        changes = dict(draft.plans).get(overlay.plan, ())
        own = changed_overlay(overlay, changes, origin, work)
        before = len(work.log)
        here = tuple(c for c in changes if c.guideline == id_)
        work.apply(here, origin)
        if len(work.log) > before:
            own = replace(own, changes=(*own.changes, *here))
    if work.problems:
        raise ProblemsFound(work.problems)
    return Resolved(_rules(guideline, work.parts, digest_, own), _once((*warnings, *work.warnings)), tuple(work.log))


def _rules(guideline: Guideline, parts: Parts, digest_: str, overlay: Overlay | None) -> Rules:
    return Rules(
        guideline.id, guideline.version, guideline.title, digest_, overlay.plan if overlay else "",
        overlay.version if overlay else "", overlay_digest(overlay) if overlay else "", guideline.scope,
        *(parts[t] for t in TARGETS), overlay.excluded_procedures if overlay else (),
        overlay.benefit_limit if overlay else None, overlay.episode_gap_days if overlay else 90)


def _once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(dict.fromkeys(problems))


def _concerns(draft: Draft, name: str, version: str) -> bool:
    """Whether the draft was made on this version; one that names no base takes any."""
    base = dict(draft.base).get(name)
    return base is None or base.version == version


# base and guideline

@lru_cache(maxsize=512)
def _drafted(library: Library, id_: str, version: str, draft: Draft | None) -> tuple[str, tuple[Problem, ...]]:
    """The digest of base + guideline + draft of it, without any overlay, and what is doubtful about the draft."""
    guideline, warnings = find_guideline(library, id_, version), ()
    if draft is not None:
        _check_fresh(library, draft)
    work = _work(library, guideline, draft)
    if draft is not None and not guideline.base:
        changes = [c for c in draft.changes if c.guideline == id_]
        if _concerns(draft, id_, version):
            work.apply(changes, f"draft {draft.draft}")
        elif changes:
            made_on = dict(draft.base)[id_].version
            warnings = (Problem("other-version", f"the draft {draft.draft} was made on {id_}/{made_on} and changes "
                                f"nothing in {guideline.name}", draft.file),)
    if work.problems:
        raise ProblemsFound(work.problems)
    content = {"id": id_, "version": version, "title": guideline.title, "scope": guideline.scope}
    return digest({**content, **work.parts}), warnings


@lru_cache(maxsize=64)
def _check_fresh(library: Library, draft: Draft) -> None:
    """Raise ProblemsFound where the draft was made on another text than the one loaded."""
    problems = []
    for name, base in draft.base:
        now = base_digest(library, name, base.version)
        if base.digest != now:
            problems.append(Problem(
                "stale-digest", f"{name}/{base.version} is no longer the text that the draft {draft.draft} was made "
                f"on: its digest was {base.digest} and is {now}", *base.at,
                hint="look at what changed, then carry the draft over"))
    if problems:
        raise ProblemsFound(problems)


def base_digest(library: Library, name: str, version: str) -> str:
    """The digest that a draft on this version of a guideline, or of a plan's overlay, names. Raises ProblemsFound."""
    if any(o.plan == name for o in library.overlays) and not any(g.id == name for g in library.guidelines):
        return overlay_digest(find_overlay(library, name, version))
    return guideline_digest(library, name, version)


def _work(library: Library, guideline: Guideline, draft: Draft | None) -> Work:
    """Base and guideline laid over one another, ready for further layers."""
    return Work(guideline.id, published_parts(library, guideline, draft), library.choices, _reader(library))


@lru_cache(maxsize=8)
def _reader(library: Library) -> CellReader:
    return CellReader(library.choices)


def published_parts(library: Library, guideline: Guideline, draft: Draft | None = None,
                    problems: list[Problem] | None = None) -> Parts:
    """What a guideline holds once its base is under it. A draft of nothing but bases is laid over the bases.
    Conditions of the base that no longer fit a parameter put in its place go to `problems`."""
    own = _own(guideline)
    if guideline.extends:
        base_id, _, base_version = guideline.extends.partition("/")
        base = find_guideline(library, base_id, base_version)
        lent = published_parts(library, base, draft, problems)
        own = {t: _laid(lent[t], own[t]) for t in TARGETS}
        replaced = {p.id: p for p in guideline.parameters if any(q.id == p.id and _type(q) != _type(p)
                                                                 for q in lent["parameters"])}
        if replaced:
            own = _retyped(own, replaced, library, [] if problems is None else problems)
    if guideline.base and draft is not None and _drafts_bases(library, draft) \
            and _concerns(draft, guideline.id, guideline.version):
        work = Work(guideline.id, own, library.choices, _reader(library))
        work.apply((c for c in draft.changes if c.guideline == guideline.id), f"draft {draft.draft}")
        if work.problems:
            raise ProblemsFound(work.problems)
        own = work.parts
    return own


def _drafts_bases(library: Library, draft: Draft) -> bool:
    bases = {g.id for g in library.guidelines if g.base}
    return all(c.guideline in bases for c in draft.changes)


def _own(guideline: Guideline) -> Parts:
    return {"parameters": guideline.parameters, "exemptions": guideline.exemptions, "waivers": guideline.waivers,
            "criteria": guideline.criteria, "limits": guideline.limits or ()}


def _laid(lower: tuple[Item, ...], upper: tuple[Item, ...]) -> tuple[Item, ...]:
    """The lower items, then the upper ones; the same id takes its place."""
    mine = {i.id: i for i in upper}
    ids = {i.id for i in lower}
    return (*(mine.get(i.id, i) for i in lower), *(i for i in upper if i.id not in ids))


def _type(parameter: Parameter) -> tuple:
    return parameter.unit, parameter.low, parameter.high


def _retyped(parts: Parts, replaced: Mapping[str, Parameter], library: Library, problems: list[Problem]) -> Parts:
    """The conditions that use a replaced parameter, read again with its new type."""
    known = guideline_names({p.id: p for p in parts["parameters"]}, library.choices)
    return {t: tuple(_reread_item(i, known, replaced, problems) for i in items) for t, items in parts.items()}


def _reread_item(item: Item, known: Names, replaced: Mapping[str, Parameter], problems: list[Problem]) -> Item:
    if not isinstance(item, Exemption | Waiver | Criterion):
        return item
    for key in ("when", "applies", "requires"):
        node = getattr(item, key, None)
        used = [n for n in parameter_names(node) if n in replaced] if isinstance(node, Node) else []
        if used:
            new, wrong = reread(show(node), known, replaced[used[0]].at)
            problems.extend(replace(p, message=f"{key} of {item.id} no longer fits: {p.message}") for p in wrong)
            item = replace(item, **{key: new or node})
    return item



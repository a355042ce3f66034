"""Base, draft of the base, guideline, draft of the guideline: each laid over the last, before any overlay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from workbench.errors import Problem, Problems, ProblemsFound
from workbench.facts import DERIVED_VERSION, facts
from workbench.guideline.changes import TARGETS, Work
from workbench.guideline.digests import digest
from workbench.guideline.expressions import guideline_names, reread
from workbench.guideline.kept import Kept
from workbench.guideline.limit_cells import CellReader
from workbench.guideline.model import Change, Criterion, Draft, Exemption, Guideline, Library, Parameter, Waiver
from workbench.guideline.new_items import Item
from workbench.guideline.versions import lineage
from workbench.language.show import show
from workbench.language.syntax import Names
from workbench.language.tree import Node, parameter_names

Parts = dict[str, tuple[Item, ...]]


@dataclass(frozen=True)
class Layered:
    """Base and guideline with their drafts, ready for overlays; which layer set what, and dropped what."""

    parts: Parts
    by: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    gone: Mapping[tuple[str, str], str] = field(default_factory=dict)
    written: Mapping[str, dict[str, str]] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()
    digest: str = ""

    def work(self, guideline: Guideline, library: Library) -> Work:
        # As if the layers so far had been published: cells are now as they would stand in the file.
        return Work(
            guideline.id,
            dict(self.parts),
            library.choices,
            reader(library),
            by=dict(self.by),
            gone=dict(self.gone),
            written=dict(self.written),
        )


_LAYERED: Kept[Layered] = Kept(256)
_READERS: Kept[CellReader] = Kept(1)
_TABLES: Kept[str] = Kept(64)


def concerns(draft: Draft, name: str, version: str) -> bool:
    """Whether the draft was made on this version; one that names no base takes any."""
    base = dict(draft.base).get(name)
    return base is None or base.version == version


def changes(draft: Draft, guideline: Guideline) -> tuple[Change, ...]:
    return tuple(c for c in draft.changes if c.guideline == guideline.id)


def felt(library: Library, guideline: Guideline, draft: Draft) -> bool:
    """Whether the draft changes the guideline or one of its bases (or was made on another version of it, which is
    worth a warning)."""
    return any(changes(draft, g) for g in lineage(library, guideline))


def reader(library: Library) -> CellReader:
    return _READERS.get(library, (), lambda: CellReader(library.choices))


def published_parts(library: Library, guideline: Guideline, problems: Problems | None = None) -> Parts:
    """What a guideline holds once its base is under it. Conditions of the base that no longer fit a parameter put in
    its place go to `problems`."""
    return _over_base(library, guideline, None, Problems() if problems is None else problems).parts


def layers(library: Library, guideline: Guideline, draft: Draft | None) -> Layered:
    """A guideline over its base, with a draft of either where given. Raises ProblemsFound where it does not apply."""
    if draft is not None and not felt(library, guideline, draft):
        draft = None
    return _LAYERED.get(library, (guideline.name, draft), lambda: _lay(library, guideline, draft))


def _lay(library: Library, guideline: Guideline, draft: Draft | None) -> Layered:
    found = _over_base(library, guideline, draft, Problems())
    if draft is not None and not guideline.base:
        found = _with_draft(library, guideline, draft, found)
    return replace(found, digest=_digest(library, guideline, found.parts))


def _with_draft(library: Library, guideline: Guideline, draft: Draft, layered: Layered) -> Layered:
    mine = changes(draft, guideline)
    if not mine:
        return layered
    if not concerns(draft, guideline.id, guideline.version):
        made_on = f"{guideline.id}/{dict(draft.base)[guideline.id].version}"
        message = f"the draft {draft.draft} was made on {made_on} and changes nothing in {guideline.name}"
        return replace(layered, warnings=(*layered.warnings, Problem("other-version", message, draft.file)))
    work = layered.work(guideline, library)
    work.apply(mine, f"draft {draft.draft}")
    if work.problems:
        raise ProblemsFound(work.problems)
    return Layered(work.parts, work.by, work.gone, work.written, (*layered.warnings, *work.warnings))


def _digest(library: Library, guideline: Guideline, parts: Parts) -> str:
    """Over everything that can change what the guideline decides."""
    # Neither status nor the day: to publish a version is not to change what it says, and a draft made on it stays good.
    tables = library.tables(guideline)
    content = {
        "id": guideline.id,
        "version": guideline.version,
        "title": guideline.title,
        "scope": guideline.scope,
        "tables": tables,
        "read": _tables_digest(library, tables.conditions, tables.measures),
        **parts,
    }
    return digest(content)


def _tables_digest(library: Library, conditions: str, measures: str) -> str:
    """Of the condition and measure tables of these versions, the fact table and the derived facts."""
    return _TABLES.get(
        library,
        (conditions, measures),
        lambda: digest(
            {
                "conditions": library.condition_tables.get(conditions, ()),
                "measures": library.measure_tables.get(measures, {}),
                "facts": facts(),
                "derived": DERIVED_VERSION,
            }
        ),
    )


def _over_base(library: Library, guideline: Guideline, draft: Draft | None, problems: Problems) -> Layered:
    """A guideline over its base. A draft of nothing but bases is laid over the bases; what the guideline sets itself
    it keeps, with a warning."""
    layered = Layered(_own(guideline))
    base = library.base_of(guideline)
    if base is not None:
        lent = _over_base(library, base, draft, problems)
        own = {t: _laid(lent.parts[t], layered.parts[t]) for t in TARGETS}
        replaced = {
            p.id: p
            for p in guideline.parameters
            if any(isinstance(q, Parameter) and q.id == p.id and _type(q) != _type(p) for q in lent.parts["parameters"])
        }
        if replaced:
            own = _retyped(own, replaced, library, problems)
        kept = {(t, i.id): i for t in TARGETS for i in layered.parts[t]}
        warnings = [
            _kept_warning(guideline, key[0], kept[key[:2]], by) for key, by in lent.by.items() if key[:2] in kept
        ]
        layered = Layered(own, lent.by, lent.gone, lent.written, (*lent.warnings, *warnings))
    if guideline.base and draft is not None and _drafts_bases(library, draft):
        layered = _with_draft(library, guideline, draft, layered)
    return layered


def _kept_warning(guideline: Guideline, target: str, item: Item, origin: str) -> Problem:
    message = f"{item.id} in {target} is set by {origin} and by {guideline.name}; the later wins"
    return Problem("layers-clash", message, *item.at)


def _drafts_bases(library: Library, draft: Draft) -> bool:
    bases = {g.id for g in library.guidelines if g.base}
    return all(c.guideline in bases for c in draft.changes)


def _own(guideline: Guideline) -> Parts:
    return {
        "parameters": guideline.parameters,
        "exemptions": guideline.exemptions,
        "waivers": guideline.waivers,
        "criteria": guideline.criteria,
        "limits": guideline.limits or (),
    }


def _laid(lower: tuple[Item, ...], upper: tuple[Item, ...]) -> tuple[Item, ...]:
    """The lower items, then the upper ones; the same id takes its place."""
    mine = {i.id: i for i in upper}
    ids = {i.id for i in lower}
    return (*(mine.get(i.id, i) for i in lower), *(i for i in upper if i.id not in ids))


def _type(parameter: Parameter) -> tuple[object, ...]:
    return parameter.unit, parameter.low, parameter.high


def _retyped(parts: Parts, replaced: Mapping[str, Parameter], library: Library, problems: Problems) -> Parts:
    """The conditions that use a replaced parameter, read again with its new type."""
    known = guideline_names({p.id: p for p in parts["parameters"] if isinstance(p, Parameter)}, library.choices)
    return {t: tuple(_reread_item(i, known, replaced, problems) for i in items) for t, items in parts.items()}


def _reread_item(item: Item, known: Names, replaced: Mapping[str, Parameter], problems: Problems) -> Item:
    def again(key: str, node: Node | None) -> Node | None:
        used = [n for n in parameter_names(node) if n in replaced] if node is not None else []
        if node is None or not used:
            return node
        new, wrong = reread(show(node), known, replaced[used[0]].at)
        problems.extend(replace(p, message=f"{key} of {item.id} no longer fits: {p.message}") for p in wrong)
        return new or node

    if isinstance(item, Exemption):
        return replace(item, when=again("when", item.when) or item.when)
    if isinstance(item, Waiver):
        return replace(item, when=again("when", item.when))
    if isinstance(item, Criterion):
        requires = again("requires", item.requires) or item.requires
        return replace(item, applies=again("applies", item.applies), requires=requires)
    return item

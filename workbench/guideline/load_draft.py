"""A draft: who changes what, why, and on which text it was made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from workbench.documents.section import Section, open_section, take_value
from workbench.documents.yaml_places import Value, from_plain, read_yaml
from workbench.errors import Problem, Problems, ProblemsFound, nearest
from workbench.guideline.change_forms import BASE, DRAFT, PLAN_CHANGES, UNSIGNED
from workbench.guideline.limit_cells import CellReader
from workbench.guideline.load_plan import procedure, read_benefit
from workbench.guideline.load_tables import Shared
from workbench.guideline.model import DECIDES, Change, Draft, DraftBase, Guideline, Library, Overlay
from workbench.guideline.read_changes import Body, item_changes, read_changes, read_operations, step_change
from workbench.guideline.resolve import base_digest, resolve
from workbench.guideline.versions import overlap, period


def load_draft(
    source: Path | str | Mapping[str, object] | Section | Value, library: Library, *, stale: bool = False
) -> Draft:
    """The draft that a file, a mapping or a section of another file holds, checked against every version and
    overlay that it meets. A file says who and why; a mapping may leave that out. Without `base` a draft applies to
    every version that decides; a base without a digest, as written by hand, takes today's. Raises ProblemsFound;
    with `stale`, the names are checked but not the changes, so that it can be carried over."""
    problems = Problems()
    root: Value | None
    if isinstance(source, Path | str):
        file, root = str(source), read_yaml(source, problems)
    else:
        value = source.value if isinstance(source, Section) else source
        root = value if isinstance(value, Value) else from_plain(value, problems, "draft")
        file, problems = (root.document.file if root.line else ""), root.document.problems
    whole, within = isinstance(source, Path | str), isinstance(source, Section | Value)
    shared = Shared(
        library.sources,
        library.measure_tables,
        library.condition_tables,
        library.choices,
        CellReader(library.choices),
        problems,
    )
    with problems.meanwhile() as here:
        section = open_section(root, "a draft", DRAFT if whole else UNSIGNED)
        draft = None if section is None else _draft(section, library, shared, file, whole)
        found = here if within else problems  # what is wrong elsewhere in another file is that file's affair
        if draft is not None and not found and not stale:
            problems.extend(check_draft(draft, library))
    if draft is None or found:
        raise ProblemsFound(problems)
    return draft


def check_draft(draft: Draft, library: Library) -> tuple[Problem, ...]:
    """What is wrong with a draft on this library: it must apply to each version and overlay that it meets."""
    problems = Problems()
    broken: set[str] = set()
    for guideline, overlay in _met(draft, library):
        if guideline.name in broken:
            continue  # under an overlay the same would come again
        try:
            resolve(library, guideline.id, guideline.version, overlay, draft)
        except ProblemsFound as found:
            problems.extend(found.problems)
            broken.add(guideline.name)
    return tuple(dict.fromkeys(problems))


def draft_warnings(draft: Draft, library: Library) -> tuple[Problem, ...]:
    """What is doubtful about a draft on this library, beyond what is so without it: where a plan's overlay sets the
    same thing and keeps its own, above all. Each names both origins. Raises ProblemsFound."""
    found: dict[Problem, None] = {}
    for guideline, overlay in _met(draft, library):
        before = resolve(library, guideline.id, guideline.version, overlay).warnings
        after = resolve(library, guideline.id, guideline.version, overlay, draft).warnings
        found.update((w, None) for w in after if w not in before)
    # Cases are derived once for both sides of a comparison, so that a draft of the gap can move no request.
    found.update((_gap_unfelt(plan, c), None) for plan, cs in draft.plans for c in cs if c.target == "episode_gap_days")
    return tuple(found)


def _gap_unfelt(plan: str, change: Change) -> Problem:
    message = f"the episodes of cases are derived by the published gap of {plan}; a replay does not feel this change"
    return Problem("gap-unfelt", message, *change.at, "publish the overlay to see what it does")


def _met(draft: Draft, library: Library) -> Iterator[tuple[Guideline, Overlay | None]]:
    """The guideline versions that a draft changes, alone and under each overlay that meets them."""
    bases = {g.id for g in library.guidelines if g.base}
    touched = {c.guideline for c in (*draft.changes, *(c for _, cs in draft.plans for c in cs))}
    for guideline in library.guidelines:
        base = dict(draft.base).get(guideline.id)
        if guideline.base or (guideline.status not in DECIDES if base is None else base.version != guideline.version):
            continue
        if not touched & {guideline.id, *bases} and not draft.plans:
            continue
        yield guideline, None
        for overlay in library.overlays:
            if overlay.status in DECIDES and overlap(period(overlay, library), period(guideline, library)):
                yield guideline, overlay


def carry_over(draft: Draft, library: Library, versions: Mapping[str, str] | None = None) -> Draft:
    """The draft on the text as it is loaded now, or on other `versions` (guideline or plan → version). Raises
    ProblemsFound where its changes no longer apply."""
    versions = versions or {}
    base = []
    for name, old in draft.base:
        version = versions.get(name, old.version)
        base.append((name, DraftBase(version, base_digest(library, name, version))))
    carried = replace(draft, base=tuple(base))
    Problems(check_draft(carried, library)).check()
    return carried


def _draft(section: Section, library: Library, shared: Shared, file: str, whole: bool) -> Draft:
    draft = Draft(
        section.take("draft", "name", default="unnamed"),
        section.take("author", "text", default=""),
        section.take("reason", "text", default=""),
        section.take("created", "date"),
        _base(section.take("base", "section"), library),
        read_changes(section.take("changes", "section"), shared),
        tuple(_plans(section.take("plans", "section"), library, shared)),
        file,
    )
    if not draft.changes and not draft.plans and "changes" not in section and "plans" not in section:
        section.fail("missing-key", "a draft lacks `changes`")
    section.finish()
    _check_names(draft, library, shared.problems, whole)
    return draft


def _base(section: Section | None, library: Library) -> tuple[tuple[str, DraftBase], ...]:
    out = []
    names = {g.id for g in library.guidelines} | {o.plan for o in library.overlays}
    for key, value in section.value if section else ():
        one = open_section(value, f"the base {key.text}", BASE)
        if key.text not in names:
            key.fail("unknown-guideline", f"there is no guideline or plan {key.text}", nearest(key.text, names))
        if one is None:
            continue
        version = one.take("version", "version", default="")
        digest = one.take("digest", "line", default="")
        known = [g.version for g in library.guidelines if g.id == key.text] + [
            o.version for o in library.overlays if o.plan == key.text
        ]
        if version and known and version not in known:
            one.fail(
                "unknown-guideline", f"there is no version {version} of {key.text}", nearest(version, known), "version"
            )
        elif version and known and not digest:
            digest = base_digest(library, key.text, version)
        out.append((key.text, DraftBase(version, digest, at=key.spot)))
        one.finish()
    return tuple(out)


def _check_names(draft: Draft, library: Library, problems: Problems, whole: bool) -> None:
    bases = {g.id for g in library.guidelines if g.base}
    ids = {g.id for g in library.guidelines}
    every = (*draft.changes, *(c for _, changes in draft.plans for c in changes if c.guideline))
    drafted = {c.guideline for c in every} - bases
    based = {name for name, _ in draft.base}
    for change in {c.guideline: c for c in every}.values():
        id_ = change.guideline
        if id_ not in ids:
            problems.add(Problem("unknown-guideline", f"there is no guideline {id_}", *change.at, nearest(id_, ids)))
        elif id_ in bases and (drafted or draft.plans):
            problems.add(
                Problem(
                    "base-item",
                    f"{id_} is a base; while a guideline is drafted, what it lends is changed there",
                    *change.at,
                    f"write it under {' or '.join(sorted(drafted & ids)) or 'the guideline'}",
                )
            )
        elif whole and based and id_ not in based:
            problems.add(
                Problem("missing-key", f"`base` does not say on which version of {id_} the draft was made", *change.at)
            )


def _plans(section: Section | None, library: Library, shared: Shared) -> Iterator[tuple[str, tuple[Change, ...]]]:
    plans = {o.plan for o in library.overlays}
    for key, value in section.value if section else ():
        one = open_section(value, f"plan {key.text}", PLAN_CHANGES)
        if key.text not in plans:
            key.fail("unknown-plan", f"{key.text} has no overlay", nearest(key.text, plans))
        elif one is not None:
            yield key.text, tuple(_plan_changes(one, shared))


def _plan_changes(one: Section, shared: Shared) -> list[Change]:
    """Changes of an overlay's own keys (their `guideline` is ""), then those of guidelines for this plan alone."""
    changes: list[Change] = []
    gap = one.take("episode_gap_days", "any")
    if gap is not None:
        body = read_operations("value", gap, "`episode_gap_days`")
        if body:
            changes.append(
                step_change("", "episode_gap_days", "change", ("episode_gap_days",), body, {"": gap, "value": gap})
            )
    waivers = one.take("waivers", "section")
    if waivers is not None:
        changes += item_changes("", "waivers", waivers, shared)
    codes = one.take("excluded_procedures", "section")
    if codes is not None:
        changes += _procedures(codes)
    benefit = one.take("benefit_limit", "section")
    if benefit is not None:
        changes += _benefit(benefit, shared)
    changes += read_changes(one.take("changes", "section"), shared)
    one.finish()
    return changes


def _procedures(codes: Section) -> list[Change]:
    changes = []
    for kind in ("drop", "add"):
        for entry in codes.take(kind, "items", default=()):
            code = take_value(entry, f"`{kind}`", "line")
            if code is not None and procedure(code, entry):
                changes.append(step_change("", "excluded_procedures", kind, (code,), {}, {"": entry}))
    codes.finish()
    return changes


def _benefit(benefit: Section, shared: Shared) -> list[Change]:
    """`visits: {set: 40}`, `disciplines`, `intents`, `source` change a limit; `add: {…}` gives one; `drop: true`
    takes it away."""
    if "add" in benefit:
        places: dict[str, Value] = {"": benefit.at("add")}
        limit = read_benefit(benefit.take("add", "section"), shared)
        benefit.finish()
        if limit is None:
            return []
        added: Body = {
            "visits": Decimal(limit.visits),
            "source": limit.source,
            "disciplines": limit.disciplines,
            "intents": limit.intents,
        }
        return [step_change("", "benefit_limit", "add", ("benefit_limit",), added, places)]
    if "drop" in benefit:
        dropped = benefit.take("drop", "boolean")
        benefit.finish()
        return (
            [step_change("", "benefit_limit", "drop", ("benefit_limit",), {}, {"": benefit.at("drop")})]
            if dropped
            else []
        )
    body: Body = {}
    places = {"": benefit.value, **{k: benefit.at(k) for k in benefit.keys}}
    visits = benefit.take("visits", "any")
    if visits is not None:
        body.update(read_operations("visits", visits, "`visits`"))
    for key in ("disciplines", "intents"):
        if key in benefit:
            body[key] = benefit.take(key, "texts", default=())
    if "source" in benefit:
        body["source"] = shared.source(benefit)
    benefit.finish()
    return [step_change("", "benefit_limit", "change", ("benefit_limit",), body, places)]

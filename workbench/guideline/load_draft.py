"""A draft: who changes what, why, and on which text it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from workbench.errors import Problem, ProblemsFound, nearest
from workbench.facts import facts
from workbench.guideline.cells import CellReader
from workbench.guideline.load_plan import PROCEDURE, read_benefit
from workbench.guideline.load_tables import Shared
from workbench.guideline.model import DECIDES, Change, Draft, DraftBase, Library
from workbench.guideline.read_changes import item_changes, read_changes, read_operations, step_change
from workbench.guideline.resolve import base_digest, resolve
from workbench.guideline.section import Section, open_section, take_value
from workbench.guideline.versions import overlap, period
from workbench.guideline.yamlfile import Value, from_plain, read_yaml


def load_draft(source: Path | str | Mapping | Section | Value, library: Library, *, stale: bool = False) -> Draft:
    """The draft that a file, a mapping or a section of another file holds, checked against every version and
    overlay that it meets. A file says who and why; a mapping may leave that out. Without `base` a draft applies to
    every version that decides; a base without a digest, as written by hand, takes today's. Raises ProblemsFound;
    with `stale`, the names are checked but not the changes, so that it can be carried over."""
    problems: list[Problem] = []
    whole = isinstance(source, Path | str)
    if whole:
        file, root = str(source), read_yaml(source, problems)
    else:
        source = source.value if isinstance(source, Section) else source
        root = source if isinstance(source, Value) else from_plain(source, problems, "draft")
        file = root.document.file if root.line else ""
        problems = root.document.problems
    shared = Shared(library.sources, library.measures, library.conditions, library.choices,
                    CellReader(library.choices), problems)
    before = len(problems)
    section = open_section(root, "a draft")
    draft = None if section is None else _draft(section, library, shared, file, whole)
    if len(problems) == before and draft is not None and not stale:
        problems += check_draft(draft, library)
    if draft is None or len(problems) > before:
        raise ProblemsFound(problems)
    return draft


def check_draft(draft: Draft, library: Library) -> list[Problem]:
    """What is wrong with a draft on this library: it must apply to each version and overlay that it meets."""
    problems: list[Problem] = []
    bases = {g.id for g in library.guidelines if g.base}
    touched = {c.guideline for c in (*draft.changes, *(c for _, cs in draft.plans for c in cs))}
    for guideline in library.guidelines:
        base = dict(draft.base).get(guideline.id)
        if guideline.base or (guideline.status not in DECIDES if base is None else base.version != guideline.version):
            continue
        if not touched & {guideline.id, *bases} and not draft.plans:
            continue
        plans = [o for o in library.overlays if o.status in DECIDES and overlap(period(o, library),
                                                                                period(guideline, library))]
        for overlay in (None, *plans):
            try:
                resolve(library, guideline.id, guideline.version, overlay, draft)
            except ProblemsFound as found:
                problems += found.problems
                break  # under an overlay the same would come again
    return list(dict.fromkeys(problems))


def carry_over(draft: Draft, library: Library, versions: Mapping[str, str] | None = None) -> Draft:
    """The draft on the text as it is loaded now, or on other `versions` (guideline or plan → version). Raises
    ProblemsFound where its changes no longer apply."""
    versions = versions or {}
    base = []
    for name, old in draft.base:
        version = versions.get(name, old.version)
        base.append((name, DraftBase(version, base_digest(library, name, version))))
    carried = replace(draft, base=tuple(base))
    problems = check_draft(carried, library)
    if problems:
        raise ProblemsFound(problems)
    return carried


def _draft(section: Section, library: Library, shared: Shared, file: str, whole: bool) -> Draft:
    draft = Draft(
        section.take("draft", "name", required=whole, default="unnamed"),
        section.take("author", "text", required=whole, default=""),
        section.take("reason", "text", required=whole, default=""), section.take("created", "date", required=whole),
        _base(section.take("base", "section", required=False), library),
        read_changes(section.take("changes", "section", required=False), shared),
        tuple(_plans(section.take("plans", "section", required=False), library, shared)), file)
    if not draft.changes and not draft.plans and "changes" not in section and "plans" not in section:
        section.fail("missing-key", "a draft lacks `changes`")
    section.finish()
    _check_names(draft, library, shared.problems, whole)
    return draft


def _base(section: Section | None, library: Library) -> tuple[tuple[str, DraftBase], ...]:
    out = []
    names = {g.id for g in library.guidelines} | {o.plan for o in library.overlays}
    for key, value in section.value if section else ():
        one = open_section(value, f"the base {key.text}")
        if key.text not in names:
            key.fail("unknown-guideline", f"there is no guideline or plan {key.text}", nearest(key.text, names))
        if one is None:
            continue
        version = one.take("version", "version", default="")
        digest = one.take("digest", "line", required=False, default="")
        known = [g.version for g in library.guidelines if g.id == key.text] + \
            [o.version for o in library.overlays if o.plan == key.text]
        if version and known and version not in known:
            one.fail("unknown-guideline", f"there is no version {version} of {key.text}", nearest(version, known),
                     "version")
        elif version and known and not digest:
            digest = base_digest(library, key.text, version)
        out.append((key.text, DraftBase(version, digest, at=key.spot)))
        one.finish()
    return tuple(out)


def _check_names(draft: Draft, library: Library, problems: list[Problem], whole: bool) -> None:
    bases = {g.id for g in library.guidelines if g.base}
    ids = {g.id for g in library.guidelines}
    every = (*draft.changes, *(c for _, changes in draft.plans for c in changes if c.guideline))
    drafted = {c.guideline for c in every} - bases
    based = {name for name, _ in draft.base}
    for change in {c.guideline: c for c in every}.values():
        id_ = change.guideline
        if id_ not in ids:
            problems.append(Problem("unknown-guideline", f"there is no guideline {id_}", *change.at,
                                    nearest(id_, ids)))
        elif id_ in bases and (drafted or draft.plans):
            problems.append(Problem(
                "base-item", f"{id_} is a base; while a guideline is drafted, what it lends is changed there",
                *change.at, f"write it under {' or '.join(sorted(drafted & ids)) or 'the guideline'}"))
        elif whole and based and id_ not in based:
            problems.append(Problem("missing-key", f"`base` does not say on which version of {id_} the draft was made",
                                    *change.at))


def _plans(section: Section | None, library: Library, shared: Shared):
    plans = {o.plan for o in library.overlays}
    for key, value in section.value if section else ():
        one = open_section(value, f"plan {key.text}")
        if key.text not in plans:
            key.fail("unknown-plan", f"{key.text} has no overlay", nearest(key.text, plans))
        elif one is not None:
            yield key.text, tuple(_plan_changes(one, shared))


def _plan_changes(one: Section, shared: Shared) -> list[Change]:
    """Changes of an overlay's own keys (their `guideline` is ""), then those of guidelines for this plan alone."""
    changes: list[Change] = []
    gap = one.take("episode_gap_days", "any", required=False)
    if gap is not None:
        body: dict = {}
        read_operations("value", gap, "`episode_gap_days`", body)
        changes.append(step_change("", "episode_gap_days", "change", ("episode_gap_days",), body,
                                   {"": gap, "value": gap}))
    waivers = one.take("waivers", "section", required=False)
    if waivers is not None:
        changes += item_changes("", "waivers", waivers, shared)
    codes = one.take("excluded_procedures", "section", required=False)
    if codes is not None:
        changes += _procedures(codes)
    benefit = one.take("benefit_limit", "section", required=False)
    if benefit is not None:
        changes += _benefit(benefit, shared)
    changes += read_changes(one.take("changes", "section", required=False), shared)
    one.finish()
    return changes


def _procedures(codes: Section) -> list[Change]:
    changes = []
    for kind in ("drop", "add"):
        for entry in codes.take(kind, "items", required=False, default=()):
            code = take_value(entry, f"`{kind}`", "line")
            if code is not None and not PROCEDURE.fullmatch(code):
                entry.fail("bad-procedure", f"{code!r} is not a procedure code", "five digits, or four and a letter")
            elif code is not None:
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
        body = {} if limit is None else {"visits": Decimal(limit.visits), "source": limit.source,
                                         "disciplines": limit.disciplines, "intents": limit.intents}
        return [step_change("", "benefit_limit", "add", ("benefit_limit",), body, places)] if body else []
    if "drop" in benefit:
        dropped = benefit.take("drop", "boolean")
        benefit.finish()
        return [step_change("", "benefit_limit", "drop", ("benefit_limit",), {}, {"": benefit.at("drop")})] \
            if dropped else []
    body: dict = {}
    places = {"": benefit.value, **{k: benefit.at(k) for k in benefit.keys}}
    if "visits" in benefit:
        read_operations("visits", benefit.take("visits", "any"), "`visits`", body)
    for key, fact in (("disciplines", "discipline"), ("intents", "intent")):
        if key in benefit:
            body[key] = benefit.take(key, "texts", choices=facts()[fact].choices, choice_code="bad-benefit", default=(),
                                     empty=True)
    if "source" in benefit:
        body["source"] = shared.source(benefit)
    benefit.finish()
    return [step_change("", "benefit_limit", "change", ("benefit_limit",), body, places)]

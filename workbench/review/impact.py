"""What a draft, or one version against another, would have done to given cases: both sides decided, compared, and the
effect put down to edits. What comes out is plain frozen data (study/impact.py).

    found = impact_of_versions(library, cases, {"physical-therapy": ("2026.1", "2026.2")})
    found = impact_of_draft(library, cases, draft)
    found.as_dict()
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from workbench.cases.assume import Assumptions
from workbench.cases.frame import CaseFrame
from workbench.cases.prepared import PreparedCases
from workbench.engine.setting import Setting, setting
from workbench.errors import Problem, ProblemsFound
from workbench.guideline.model import Draft, Library
from workbench.review.tried_versions import day_of, library_with
from workbench.study.attribute import ORDERS, UNITS, Attributed, attribute_edits
from workbench.study.edits import Edits
from workbench.study.impact import MINUTES, MOST, Cause, Impact, impact
from workbench.study.replay import prepare, replay
from workbench.study.rule_edits import RuleEdits

TOLD = ("changed_requests", "changed_people", "newly_referred", "granted_visits", "approved", "clinician_review")
REST = "the tables of conditions and measures"


@dataclass(frozen=True)
class How:
    """How history is decided again. `edits`: whether the effect is put down to edits, which takes as many replays as
    there are combinations of them (of more than twelve, `orders` orders are drawn with `seed`)."""

    as_of: date | None = None
    program: str | None = None
    assumptions: Assumptions | None = None
    mode: str = "as_recorded"
    policy: str = "history"
    minutes: float = MINUTES  # of a clinician for one request that is referred
    most: int = MOST  # requests told one by one
    edits: bool = True
    orders: int = ORDERS
    seed: int = 1


def impact_of_versions(
    library: Library, cases: CaseFrame, versions: Mapping[str, tuple[str, str]], how: How | None = None
) -> Impact:
    """Guideline, plan or program → (the version as it is, the version that is to come, of whatever status); "" for a
    plan's overlay that is not there yet. Overlays and programs are decided as of the day from which the later one
    counts, and their edits are not told apart. Raises ProblemsFound for names that are not there."""
    how, ids = how or How(), {g.id for g in library.guidelines}
    others = {i: pair for i, pair in versions.items() if i not in ids}
    programs = {p.program for p in (*library.programs, *library.waiting)}
    program = how.program or next((i for i in others if i in programs), None)
    day = how.as_of or (day_of(library, {i: pair[1] for i, pair in others.items()}) if others else None)
    one, two = (
        setting(
            library_with(library, {i: pair[side] for i, pair in others.items()}),
            as_of=day,
            program=program,
            pins={i: pair[side] for i, pair in versions.items() if i in ids},
        )
        for side in (0, 1)
    )
    return impact_of(library, cases, one, two, replace(how, edits=False) if others else how)


def impact_of_draft(
    library: Library, cases: CaseFrame, draft: Draft, how: How | None = None, *, before: Draft | None = None
) -> Impact:
    """A draft against the versions that it was made on, or against another draft of them (`before`). Raises
    ProblemsFound where a draft does not apply, or the two were made on different versions."""
    how = how or How()
    pins = [_made_on(library, d) for d in (before or draft, draft)]
    if pins[0] != pins[1]:
        text = "the two drafts were made on different versions"
        raise ProblemsFound([Problem("bad-call", text, hint="carry one of them over")])
    one, two = (setting(library, as_of=how.as_of, program=how.program, draft=d, pins=pins[0]) for d in (before, draft))
    return impact_of(library, cases, one, two, how)


def _made_on(library: Library, draft: Draft) -> dict[str, str]:
    known = {g.id for g in library.guidelines if not g.base}
    return {name: base.version for name, base in draft.base if name in known}


def impact_of(library: Library, cases: CaseFrame, published: Setting, other: Setting, how: How) -> Impact:
    """Of two settings that differ in rules alone. Each side has the derived facts of its own tables."""
    ready = [prepare(cases, s, how.assumptions) for s in (published, other)]
    one, two = (replay(r, s, mode=how.mode, policy=how.policy) for r, s in zip(ready, (published, other), strict=True))
    return with_edits(impact(one, two, minutes=how.minutes, most=how.most), ready[0], published, other, how)


def with_edits(found: Impact, cases: PreparedCases, published: Setting, other: Setting, how: How) -> Impact:
    """An impact of two settings on the published side's cases, put down to edits, with what stands in the way of that
    among its remarks."""
    library = published.library
    tables = [{library.tables(g) for g in s.guidelines(s.as_of)} if s.as_of else set() for s in (published, other)]
    remarks = [*found.remarks]
    if tables[0] != tables[1]:
        remarks.append("the two sides decide by different tables of conditions or measures")
    if not how.edits:
        return replace(found, remarks=tuple(remarks))
    if how.mode != "as_recorded":
        remarks.append("edits are told apart on histories as recorded: none are here")
        return replace(found, remarks=tuple(remarks))
    edits = Edits(other) if published.draft is None and other.draft is not None else RuleEdits(published, other)
    if len(edits):
        due = attribute_edits(cases, published, edits, orders=how.orders, seed=how.seed)
        causes = [*_causes(due), *_rest(due, found)]
        if due.sampled:
            remarks.append(f"what is due to edits is estimated from {due.sampled:,} orders of them, within 95 % bounds")
        found = replace(found, causes=tuple(causes))
    return replace(found, remarks=tuple(remarks))


def _causes(due: Attributed) -> Iterator[Cause]:
    """Each edit, and of it what is told, in the order of the edits."""
    for row in due.table.iter_rows(named=True):
        if row["measure"] in TOLD:
            yield Cause(*(row[n] for n in ("edit", "measure", "unit", "alone", "meeting", "due", "low", "high")))


def _rest(due: Attributed, found: Impact) -> Iterator[Cause]:
    """What no edit accounts for: other tables decide which condition a request has."""
    amounts = {a.name: a.difference for a in found.amounts}
    sides: dict[str, float] = {}
    for became in found.matrix:
        sides[became.draft] = sides.get(became.draft, 0) + became.requests
        sides[became.published] = sides.get(became.published, 0) - became.requests
    whole = {**sides, **amounts, "newly_referred": _newly(found)}
    for measure in TOLD:
        left = whole.get(measure, due.total[measure]) - due.total[measure]
        if left:
            yield Cause(REST, measure, UNITS.get(measure, "requests"), left, 0.0, left)


def _newly(found: Impact) -> float:
    return next(float(r.draft or 0) for r in found.rates if r.name == "newly_referred")

"""The verbs of `import workbench as wb` that search through a guideline: which control matters, what a change does to
people, what is due to each edit of a draft, the smallest change to a goal. As in `workbench.api`, each loads its rooms
when it is first called, and its example runs as a test."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from workbench.cases.assume import Assumptions
    from workbench.guideline.model import Draft, Library
    from workbench.results import Replayed
    from workbench.studied import Attributed, Impacted, Ranked, Sought
    from workbench.studied_claims import Monitored, Planted

__all__ = ["attribute", "impact", "monitor", "plant_claims", "rank_controls", "seek"]


def rank_controls(
    cases: pd.DataFrame,
    guidelines: Library,
    guideline: str,
    *,
    goal: str = "approval_rate",
    order: str = "effect",
    by: str = "condition",
    controls: Iterable[str] | None = None,
    draft: Draft | None = None,
    as_of: date | None = None,
    program: str | None = None,
    assume: Assumptions | None = None,
) -> Ranked:
    """Which control matters: all that may be moved in a guideline, ranked by what moving it alone does to a goal.

    Controls are parameters, numbers of limit rows and waivers, switches (of criteria, exemptions and waivers), and the
    numbers that plan overlays set themselves (`PLAN:limits.ROW.visits`); `controls` names some of them. `goal` is a
    rate, `newly_referred` or a determination; `order` is effect (of a step), swing (of the goal over its range), reach
    (requests that change at any value tried) or loses (requests for which the step supports less). `by` is the fact in
    whose groups the worst is looked for, or "". `draft` is held below the moves. Histories as recorded.

    Shape: a `Ranked`; its `table` has a row for each control.
    Units: told in `unit` (of the control) and `.attrs["unit"]` (of the goal).
    Errors: ProblemsFound for a guideline that does not decide or a control that it does not have; ValueError for a
    goal, order or fact that is none.

    >>> ranked = wb.rank_controls(
    ...     cases, guidelines, "physical-therapy", controls=["parameters.attendance_needed", "limits.lbp.visits"]
    ... )
    >>> ranked.table["rank"].to_list()
    [1, 2]
    """
    from workbench.engine.setting import setting
    from workbench.results import ready
    from workbench.studied import Ranked
    from workbench.study.rank import rank_controls as run

    held = setting(guidelines, as_of=as_of, program=program, draft=draft)
    keys = None if controls is None else list(controls)
    return Ranked(
        run(ready(cases, guidelines, held, assume), held, guideline, goal=goal, by=by, order=order, keys=keys)
    )


def attribute(published: Replayed, draft: Replayed, *, orders: int = 200, seed: int = 1) -> Attributed:
    """What of a draft's effect is due to each of its edits, and what to their meeting: Shapley values, which add up.

    Each combination of edits is decided, exactly; beyond twelve edits, those of `orders` orders drawn with `seed`, with
    a 95 % bound. Two numbers of one row are two edits; what can not be had without another is one edit with it.

    Shape: an `Attributed`; its `table` has a row for each edit and measure.
    Units: told in `unit`.
    Errors: ValueError where the second replay has no draft, or the two are not of the same cases.

    >>> fewer = wb.load_draft({"changes": {"physical-therapy": {
    ...     "parameters": {"attendance_needed": {"set": 90}}, "criteria": {"drop": ["plan_of_care"]}}}}, guidelines)
    >>> found = wb.attribute(wb.replay(cases, guidelines), wb.replay(cases, guidelines, draft=fewer))
    >>> sorted(found.table["edit"].unique())
    ['physical-therapy criteria.plan_of_care (drop)', 'physical-therapy parameters.attendance_needed']
    """
    from workbench.cases.prepared import PreparedCases
    from workbench.studied import Attributed
    from workbench.study.attribute import attribute as run
    from workbench.study.compare import compare

    compare(published.result, draft.result)  # raises where they can not be held against each other
    if draft.result.about.mode != "as_recorded":
        raise ValueError("edits are told apart on histories as recorded")
    return Attributed(
        run(PreparedCases(draft.result.cases), published.setting, draft.setting, orders=orders, seed=seed)
    )


def impact(
    published: Replayed, draft: Replayed, *, edits: bool = False, minutes: float = 20.0, most: int = 200
) -> Impacted:
    """What a draft, or another version, does to the people of a history: who loses and who gains, in which groups,
    whose care may stop, which denials that were overturned on appeal would now pass, and the hours of review.

    The two replays are of the same cases; the second has a draft, or other versions (`wb.replay(…, versions=…)`). With
    `edits` the effect is put down to them (as `wb.attribute` does, for versions too), which takes many replays.
    `minutes` is what a clinician is assumed to take for one request; `most` requests are told one by one, losers first.

    Shape: an `Impacted`: `.fares`, `.requests`, `.numbers`, `.groups`, `.appeals`, `.edits`, `.text`.
    Units: told in `unit`; every difference is draft − published with its 95 % interval.
    Errors: ValueError where the two replays are not of the same cases, or differ in more than the rules, and for
    `minutes` below 0.

    >>> fewer = wb.load_draft({"changes": {"physical-therapy": {"limits": {"change": [
    ...     {"where": {}, "visits": {"at_most": 4}}]}}}}, guidelines)
    >>> found = wb.impact(wb.replay(cases, guidelines), wb.replay(cases, guidelines, draft=fewer), most=3)
    >>> found.nobody_loses, len(found.requests)
    (False, 3)
    """
    from workbench.cases.prepared import PreparedCases
    from workbench.review.impact import How, with_edits
    from workbench.studied import Impacted
    from workbench.study.impact import impact as run

    found = run(published.result, draft.result, minutes=minutes, most=most)
    how = How(mode=draft.result.about.mode, edits=edits)
    return Impacted(with_edits(found, PreparedCases(published.result.cases), published.setting, draft.setting, how))


def seek(
    cases: pd.DataFrame,
    guidelines: Library,
    guideline: str,
    metric: str,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    among: str = "all",
    newly_referred: int | None = None,
    by: str = "",
    points: float | None = None,
    steps: int = 8,
    also: Iterable[str] = (),
    seed: int = 1,
    draft: Draft | None = None,
    as_of: date | None = None,
    program: str | None = None,
    assume: Assumptions | None = None,
) -> Sought:
    """Goal seek: the smallest change of a guideline's numbers that brings a rate to a goal, or why there is none.

    `metric` is a rate, `at_least` or `at_most` a share of 1, `among` all requests that the guideline decides or those
    that are `complete` (of which published asks for no missing fact). Bounds: at most so many `newly_referred`; no
    group of the fact `by` worse by more than `points` (of 100). Numbers of all limit rows are moved, each row by up to
    `steps` steps in all, and one of `also` (parameters by up to three steps, switches off, which counts as ten). The
    size of a change is its steps, then how many numbers; nothing smaller does. `draft` is held below. Histories as
    recorded. Each proposal is decided by the full engine; the same seed gives the same proposals.

    Shape: a `Sought`: `.table`, `.moves`, `.drafts`, `.frontier`, `.obstacles`, `.text`, `.figure()`.
    Units: shares of 1; points of 100.
    Errors: ProblemsFound for a guideline or control that is none; ValueError for a goal that can not be read;
    ModuleNotFoundError without the extra `[search]`.

    >>> sought = wb.seek(cases, guidelines, "physical-therapy", "any_approval_rate", at_least=0.01, steps=1)
    >>> print(sought.text.splitlines()[-1].split(":")[0])
    1. Nothing need be moved
    """
    from fractions import Fraction

    from workbench.engine.setting import setting
    from workbench.results import ready
    from workbench.studied import Sought
    from workbench.study.search import Wish
    from workbench.study.search import seek as run

    if (at_least is None) == (at_most is None):
        raise ValueError("a goal is either at_least or at_most a share")
    share = Fraction(str(at_least if at_most is None else at_most))
    worse = None if points is None else Fraction(str(points))
    wish = Wish(metric, share, at_most is not None, among, newly_referred, by, worse)
    held = setting(guidelines, as_of=as_of, program=program, draft=draft)
    cases_ = ready(cases, guidelines, held, assume)
    return Sought(run(cases_, held, guideline, wish, steps=steps, also=tuple(also), seed=seed))


def monitor(
    claims: pd.DataFrame | str | Path,
    guidelines: Library,
    *,
    source: str = "",
    since: date | None = None,
    today: date | None = None,
    as_of: date | None = None,
    program: str | None = None,
    q: float = 0.05,
) -> Monitored:
    """Monitor claims where review is not required, or not yet: utilization by month, provider, condition, state and
    line of business; episodes by gap; what review would have seen; outliers; validation; before and after a day.

    `claims` is a frame or a file: cases (a row a request, with `visits_attended`), or lines of claims (a row a visit,
    docs/monitoring.md), which a frame is taken for where it has a `service_on`; a file says its `source`: cases, claims
    (DE-SynPUF) or lines. `since` holds what was before a day against what came after; without it the days of `program`.
    What lies after `today` has not happened. `q`: the share of false alarms among the providers flagged.

    Shape: a `Monitored`: `.text`, `.trends`, `.groups(…)`, `.limits`, `.providers`, `.findings`, `.steps`,
    `.picture(…)`, `.report(path)`.
    Units: visits; people, episodes and rows are three counts, always named.
    Errors: ProblemsFound for columns that are missing or do not fit, and a program that is none; ValueError for a `q`
    that is no share; ProblemsFound (`missing-extra`) for `since` or `program` without the extra `[simulate]`.

    >>> from datetime import date
    >>> planted = wb.plant_claims(500, guidelines, seed=3)
    >>> found = wb.monitor(planted.lines, guidelines, today=date(2026, 1, 31))
    >>> found.checks.query("code == 'npi-check-digit'")["rows"].tolist()
    [5]
    """
    from workbench.engine.setting import setting
    from workbench.reading.sources.claim_lines import of_cases, of_lines, read_claims_file
    from workbench.results import to_polars
    from workbench.studied_claims import Monitored
    from workbench.study.case_source import sound
    from workbench.study.monitor import monitor as run

    if isinstance(claims, str | Path):
        known = read_claims_file(claims, guidelines, source or "cases")
    elif source == "lines" or "service_on" in claims.columns:
        known = of_lines(to_polars(claims), guidelines)
    else:
        known = of_cases(sound(to_polars(claims), guidelines), guidelines)
    chosen = setting(guidelines, as_of=as_of, program=program)
    return Monitored(
        run(
            known.lines,
            chosen,
            today=today or date.today(),
            rows_are=known.rows_are,
            cases=known.cases,
            since=since,
            q=q,
            notes=known.notes,
        )
    )


def plant_claims(
    requests: int,
    guidelines: Library,
    *,
    seed: int = 1,
    providers: int = 60,
    outliers: int = 8,
    faults: int = 5,
    step_factor: float = 0.85,
) -> Planted:
    """Invented claims of two years with planted outliers, faults and a step, to see what monitoring finds of them.

    Made of so many generated requests. `providers` in each discipline, of all sizes; `outliers` of all of them take 1.5
    or 2 times the visits; `faults` lines of each kind are made wrong; episodes that begin from 2025-01-01 on take
    `step_factor` times the visits.

    Shape: a `Planted`: `.lines`, `.outliers`, `.faults`, `.held_against(monitored)`.
    Units: visits.
    Errors: none; the same seed gives the same claims.

    >>> planted = wb.plant_claims(500, guidelines, seed=3)
    >>> set(planted.faults["code"]) >= {"npi-form", "before-birth", "duplicate-line"}
    True
    """
    from workbench.generator.claim_lines import plant
    from workbench.studied_claims import Planted as Made

    return Made(
        plant(
            requests,
            guidelines,
            seed=seed,
            providers=providers,
            outliers=outliers,
            faults=faults,
            step_factor=step_factor,
        )
    )

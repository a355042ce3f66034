"""The verbs of `import workbench as wb`: pandas in and out, or a path for what does not fit memory.

Each verb loads its rooms when it is first called, so that importing costs nothing. The examples run as tests, with
`guidelines = wb.load_guidelines("guidelines")` and `cases = wb.generate(200, guidelines, seed=7)`.
Whatever is wrong with an input raises `workbench.errors.ProblemsFound`, with all problems at once.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, overload

if TYPE_CHECKING:
    import pandas as pd

    from workbench.cases.assume import Assumptions
    from workbench.engine.reference import Traced
    from workbench.guideline.model import Draft, Library
    from workbench.results import Cases, Comparison, Proved, Replayed, Swept, Tried
    from workbench.study.replay import About

__all__ = [
    "compare",
    "decide",
    "diff",
    "generate",
    "load_assumptions",
    "load_draft",
    "load_guidelines",
    "prove",
    "read_cases",
    "replay",
    "sweep",
    "try_scenario",
]


def load_guidelines(root: str | Path) -> Library:
    """A guideline folder, read and checked whole: guidelines, tables, plan overlays, programs.

    Shape: a `Library`, frozen: `.guidelines`, `.overlays`, `.programs` (tuples, a value for each version), `.choices`
    (fact → the choices that the folder closes), `.warnings` (what is doubtful, each a Problem with its place).
    Units: none of its own; each parameter says its `unit`.
    Errors: ProblemsFound with everything that is wrong in any of its files; then nothing is loaded.

    >>> sorted({g.id for g in guidelines.guidelines})
    ['occupational-therapy', 'physical-therapy', 'speech-therapy', 'therapy-common']
    """
    from workbench.guideline.load import load_guidelines as load

    return load(root)


def load_draft(source: str | Path | Mapping[str, object], guidelines: Library) -> Draft:
    """A draft: a file, or its keys as a mapping (which may leave out who and why), checked against all it meets.

    Shape: a `Draft`, frozen: `.draft`, `.author`, `.reason`, `.created`, `.base`, `.changes`, `.plans`. What a file
    holds: docs/formats/draft.md.
    Units: those of the numbers changed (visits, weeks, or the parameter's own).
    Errors: ProblemsFound with everything that is wrong with it, a stale digest included.

    >>> more = wb.load_draft(
    ...     {"changes": {"physical-therapy": {"limits": {"change": [{"where": {}, "visits": {"add": 2}}]}}}}, guidelines
    ... )
    >>> [change.guideline for change in more.changes]
    ['physical-therapy']
    """
    from workbench.guideline.load_draft import load_draft as load

    return load(source, guidelines)


def load_assumptions(path: str | Path, guidelines: Library) -> Assumptions:
    """An assumptions file: values, each with its reason, that stand in for missing facts in a replay.

    Shape: an `Assumptions`, frozen: `.name`, `.entries` (fact, value, reason, where), `.file`. What a file holds:
    docs/formats/assumptions.md.
    Units: those of the facts (docs/formats/request.md).
    Errors: ProblemsFound with everything that is wrong in it.

    >>> wb.load_assumptions("scenarios/assumptions/hearing-orders.yaml", guidelines).name
    'hearing-orders'
    """
    from workbench.cases.assume import load_assumptions as load

    return load(path, guidelines)


def read_cases(
    path: str | Path,
    guidelines: Library,
    *,
    mapping: str | Path | Mapping[str, object] | None = None,
    source: str | None = None,
) -> Cases:
    """Read cases from CSV, newline-delimited JSON, Parquet or Excel with a mapping, or from a known `source`
    (narratives, imr, claims), whose columns a mapping may rename.

    Shape: `Cases`: `.accepted` (a row a request, a column a fact), `.set_aside`, `.notes`, `.read`, `.skipped`.
    Units: those of the facts (docs/formats/request.md): visits, weeks, days, years, percent.
    Errors: ProblemsFound where the file as a whole can not be read, or the mapping does not fit; rows with problems
    are set aside instead.

    >>> wb.read_cases("scenarios/cases/hearing_orders.csv", guidelines, source="narratives")
    Cases: 30 read = 30 accepted + 0 set aside
    """
    from workbench.reading.read import read_cases as read
    from workbench.reading.sources import read_source
    from workbench.results import Cases, to_pandas

    found = read_source(source, path, guidelines, mapping) if source else read(path, guidelines, mapping)
    return Cases(
        to_pandas(found.accepted), to_pandas(found.set_aside), to_pandas(found.notes), found.read, dict(found.skipped)
    )


def generate(requests: int, guidelines: Library, *, seed: int = 1) -> pd.DataFrame:
    """Invented requests, calibrated and seeded: the same seed gives the same requests on any machine.

    Shape: a frame of `requests` rows, one a request; `request_id` and all facts as columns, Arrow-backed.
    Units: those of the facts (docs/formats/request.md).
    Errors: none; `requests` of 0 or less gives no rows.

    >>> len(wb.generate(50, guidelines, seed=7))
    50
    """
    from workbench.generator import generate as _generate
    from workbench.results import to_pandas

    return to_pandas(_generate.generate(requests, seed, guidelines))


def decide(
    request: str | Path | Mapping[str, object],
    guidelines: Library,
    *,
    program: str | None = None,
    as_of: date | None = None,
    draft: Draft | None = None,
) -> Traced:
    """Decide one request (facts by name, or a YAML file), with the trace. It goes by its own `received_on` unless
    `as_of` names a day; without either by today, and the record says so (`day_from`). Assumptions never apply to a
    single decision.

    Shape: a `Traced`: `.decision` (a `Decision`, one field a column of a replay) and `.steps` (how it came about).
    Units: whole visits and weeks; `granted_visits` is None where no authorization is needed.
    Errors: ProblemsFound with every fact that does not fit.

    >>> request = {"received_on": "2026-02-01", "discipline": "PT", "evaluation_only": True}
    >>> wb.decide(request, guidelines).decision.determination
    'not_required'
    """
    from workbench.cases.request import read_request
    from workbench.engine import reference
    from workbench.engine.setting import setting
    from workbench.study.replay import facts_of, prepare

    today = date.today()
    chosen = setting(guidelines, as_of=as_of, by_date=as_of is None, program=program, draft=draft, asked_on=today)
    frame = prepare(read_request(request, guidelines), chosen).frame
    return reference.decide(facts_of(frame.row(0, named=True)), chosen)


@overload
def replay(
    cases: pd.DataFrame,
    guidelines: Library,
    *,
    draft: Draft | None = None,
    as_of: date | None = None,
    by_date: bool = False,
    program: str | None = None,
    versions: Mapping[str, str] | None = None,
    assume: Assumptions | None = None,
    mode: Literal["as_recorded", "carried_forward"] = "as_recorded",
    policy: Literal["history", "all", "none"] = "history",
    engine: Literal["columnar", "reference", "spark"] = "columnar",
    master: str | None = None,
    out: None = None,
    force: bool = False,
) -> Replayed: ...
@overload
def replay(
    cases: str | Path,
    guidelines: Library,
    *,
    draft: Draft | None = None,
    as_of: date | None = None,
    by_date: bool = False,
    program: str | None = None,
    versions: Mapping[str, str] | None = None,
    assume: Assumptions | None = None,
    mode: Literal["as_recorded", "carried_forward"] = "as_recorded",
    policy: Literal["history", "all", "none"] = "history",
    engine: Literal["columnar", "reference", "spark"] = "columnar",
    master: str | None = None,
    out: str | Path,
    force: bool = False,
) -> About: ...
def replay(
    cases: pd.DataFrame | str | Path,
    guidelines: Library,
    *,
    draft: Draft | None = None,
    as_of: date | None = None,
    by_date: bool = False,
    program: str | None = None,
    versions: Mapping[str, str] | None = None,
    assume: Assumptions | None = None,
    mode: str = "as_recorded",
    policy: str = "history",
    engine: str = "columnar",
    master: str | None = None,
    out: str | Path | None = None,
    force: bool = False,
) -> Replayed | About:
    """Decide history. A frame gives a `Replayed`; a path to Parquet needs `out` (Parquet) and gives what it rests on;
    `out` is never a file that is read, and replaces one that is there only with `force`. What
    was not checked is checked first: rows of a frame that can not be decided raise ProblemsFound, those of a file are
    set aside with a warning.

    All are decided by the versions of one day (`as_of`; default: the latest on which a published version took effect),
    or, `by_date`, each by its `received_on`. `versions` (guideline → version) tries those versions, of whatever status,
    in place of the ones the day chooses. `carried_forward` makes what was granted the history of later requests;
    `policy` says what an undecided request supports there. `engine="spark"` decides on a cluster (`master`; None: the
    session that there is): a path is then Parquet, a file or a folder, and `out` a folder (docs/spark.md).

    Shape: `Replayed` with one decision a request, in the order of the cases; or, for a path, an `About`.
    Units: whole visits and weeks.
    Errors: ProblemsFound for rows that can not be decided, versions and programs that are not there, and outputs that
    may not be written, and for Spark where it is not installed (`missing-extra`); ValueError for a path without `out`,
    or `out` with a frame.

    >>> len(wb.replay(cases, guidelines).decisions)
    200
    """
    from workbench.engine.setting import setting
    from workbench.results import Replayed, to_polars
    from workbench.study.case_source import sound
    from workbench.study.decision_file import replay_file
    from workbench.study.replay import replay as run

    chosen = setting(guidelines, as_of=as_of, by_date=by_date, program=program, draft=draft, pins=versions)
    if isinstance(cases, str | Path):
        if out is None:
            raise ValueError("a replay of a file needs out=PATH for its decisions")
        if engine == "spark":
            from workbench.study.spark_replay import replay_folder

            return replay_folder(cases, out, chosen, master, assumptions=assume, mode=mode, policy=policy, force=force)[
                0
            ]
        about, read = replay_file(
            Path(cases), Path(out), chosen, assumptions=assume, mode=mode, policy=policy, engine=engine, force=force
        )
        if read is not None and read.set_aside:
            warnings.warn(read.lines()[0], stacklevel=2)
        return about
    if out is not None:
        raise ValueError("out= is for a replay of a file; `.write(path)` keeps that of a frame")
    frame = sound(to_polars(cases), guidelines)
    if engine == "spark":
        from workbench.study.spark_replay import replay_frame

        return Replayed(replay_frame(frame, chosen, master, assumptions=assume, mode=mode, policy=policy), chosen)
    return Replayed(run(frame, chosen, assumptions=assume, mode=mode, policy=policy, engine=engine), chosen)


def compare(published: Replayed, draft: Replayed) -> Comparison:
    """Two replays of the same cases side by side; every difference is draft − published.

    Shape: a `Comparison`: `.sentence`, and the frames `.matrix`, `.rates`, `.flips`, `.split`, `.by(fact)`,
    `.history()`.
    Units: requests, episodes and people are three counts, always named; rates are shares of 1.
    Errors: NotComparable where they are of other cases, or differ in more than the draft.

    >>> same = wb.replay(cases, guidelines)
    >>> len(wb.compare(same, same).flips)
    0
    """
    from workbench.results import Comparison
    from workbench.study import compare as _compare

    return Comparison(_compare.compare(published.result, draft.result))


def sweep(
    cases: pd.DataFrame,
    guidelines: Library,
    control: tuple[str, str],
    values: Iterable[object] | None = None,
    *,
    second: tuple[str, str] | None = None,
    second_values: Iterable[object] | None = None,
    draft: Draft | None = None,
    by: str = "",
    as_of: date | None = None,
    program: str | None = None,
    assume: Assumptions | None = None,
) -> Swept:
    """Move one number of a guideline, or two together, and see what every rate and count comes to at each value.

    `control`: a guideline and `parameters.ID`, `limits.ROW.visits` (weeks, per_week), `waivers.ID.visits` (weeks) or
    `criteria.ID` (1 on, 0 off); with a plan before it, as in `mesa-medicaid:limits.lbp.visits`, in its overlay, which
    also has `PLAN:benefit_limit.visits`.
    `values`: any that may be set, else the parameter's range, or up to 2½ times the limit. `draft` is held below the
    moves; `by` groups by a fact, as in `age_band`. Histories as recorded.

    Shape: a `Swept`; its `table` has a row for each combination of values, metric and group.
    Units: told in `unit`; shares of 1; differences are draft − published.
    Errors: ProblemsFound for a control that is not there or a value that may not be set; ValueError for a `by` that
    is none.

    >>> swept = wb.sweep(cases, guidelines, ("physical-therapy", "parameters.attendance_needed"), [60, 75, 90])
    >>> len(swept.table.query("metric == 'approval_rate'"))
    3
    """
    from workbench.engine.setting import setting
    from workbench.results import Swept, ready
    from workbench.study.sweep import axis_of
    from workbench.study.sweep import sweep as run

    published = setting(guidelines, as_of=as_of, program=program)
    axes = [axis_of(published, *control, values)] + ([axis_of(published, *second, second_values)] if second else [])
    return Swept(run(ready(cases, guidelines, published, assume), published, axes, draft=draft, by=by))


def diff(guidelines: Library, one: Draft | str, two: str = "") -> pd.DataFrame:
    """What a draft, or one version against another (`"physical-therapy/2026.1"`), changes.

    Shape: a frame, a row for each number or text: in, what, part, old, new, unit, source, evidence (all texts).
    Units: told in `unit`.
    Errors: ProblemsFound for a version that is not there.

    >>> len(wb.diff(guidelines, "physical-therapy/2026.1", "physical-therapy/2026.1"))
    0
    """
    from workbench.results import changes_table
    from workbench.review import difference

    return changes_table(
        difference.diff_versions(guidelines, one, two)
        if isinstance(one, str)
        else difference.diff_draft(guidelines, one)
    )


def prove(
    guidelines: Library,
    names: Iterable[str] = (),
    *,
    questions: Iterable[str] = (),
    plan: str | None = None,
    draft: Draft | None = None,
    seconds: float = 10,
) -> Proved:
    """Ask of every request that there can be whether a guideline keeps its laws (docs/proof.md). `names`: guidelines as
    `ID` or `ID/VERSION` (default: all that decide); `questions`: default all; `plan` None: alone and under every one.

    Shape: a `Proved`: `.holds`, `.table` (a row for each answer), `.lines`.
    Units: `seconds` is the solver's time for one formula.
    Errors: ProblemsFound for names that are not there; ModuleNotFoundError without the extra `[proof]`.

    >>> wb.prove(guidelines, ["speech-therapy"], questions=["every-reason"], plan="").holds
    True
    """
    from workbench.results import Proved
    from workbench.review.proof.prove import prove as run

    return Proved(run(guidelines, names, questions=questions, plan=plan, draft=draft, seconds=seconds))


def try_scenario(scenario: str | Path | Mapping[str, object], guidelines: Library) -> Tried:
    """Try a scenario: a file, or its keys as a mapping (those that are None count as absent).

    Shape: a `Tried`: `.verdict`, `.holds`, `.words`, and the frames `.changes`, `.gates`, `.numbers`, `.by(fact)`.
    Units: gates are shares of 1, or requests for `newly_referred`; numbers say their unit.
    Errors: ProblemsFound with all that is wrong with it.

    >>> keys = {
    ...     "scenario": "two-more-visits",
    ...     "question": "What do two more visits change?",
    ...     "baseline": {"physical-therapy": "2026.1"},
    ...     "draft": {"changes": {"physical-therapy": {"limits": {"change": [{"where": {}, "visits": {"add": 2}}]}}}},
    ...     "cases": {"generate": 100, "seed": 7},
    ... }
    >>> wb.try_scenario(keys, guidelines).holds
    True
    """
    from workbench.results import Tried
    from workbench.review.scenario_file import load_scenario
    from workbench.review.scenario_result import try_scenario as run

    if isinstance(scenario, Mapping):
        scenario = {k: v for k, v in scenario.items() if v is not None and v != ""}
    return Tried(run(load_scenario(scenario, guidelines), guidelines))

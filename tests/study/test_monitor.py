"""Monitoring of claims: what was done, whom it concerns, what can not be, and outliers that chance does not make."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from workbench.cases.claim_lines import LINES, conform_lines, episode_cases, lines_of_cases, with_line_episodes
from workbench.engine.setting import setting
from workbench.errors import ProblemsFound
from workbench.generator.claim_lines import Planted, plant
from workbench.generator.generate import generate
from workbench.guideline.load import load_guidelines
from workbench.study import monitor_checks, monitor_funnel, monitor_limits, monitor_series, monitor_trends
from workbench.study.monitor import monitor

HERE = Path(__file__).parent
TODAY = date(2026, 2, 1)
ROWS = pl.read_csv(HERE / "monitor" / "lines.csv", infer_schema_length=0)


@pytest.fixture(scope="module")
def found() -> pl.DataFrame:
    lines = conform_lines(ROWS)
    return monitor_checks.findings(
        with_line_episodes(lines, load_guidelines(HERE.parent / "errors/_base/guidelines")), TODAY
    )


@pytest.mark.parametrize(("row", "expected"), list(ROWS.select("row", "expected").iter_rows()))
def test_a_line_gives_its_findings_and_no_other(found: pl.DataFrame, row: str, expected: str | None) -> None:
    mine = found.filter(pl.col("row") == int(row))
    assert mine["code"].sort().to_list() == sorted((expected or "").split(";")) if expected else mine.is_empty()
    assert all(why for why in mine["why"])


def test_every_finding_is_tried() -> None:
    tried = {c for cell in ROWS["expected"].drop_nulls() for c in cell.split(";")}
    assert tried == set(monitor_checks.codes())


def test_what_is_not_told_is_not_checked() -> None:
    bare = conform_lines(pl.DataFrame({"claim_id": ["a"], "member_id": ["m"], "service_on": [TODAY]}))
    assert set(monitor_checks.unchecked(bare)) == {
        "npi-form",
        "before-birth",
        "after-death",
        "not-covered",
        "cover-gap",
        "more-than-a-day",
        "provider-day",
        "overlapping-disciplines",
    }
    assert monitor_checks.unchecked(conform_lines(ROWS)) == ()


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"claim": ["a"], "member_id": ["m"], "service_on": [TODAY]}, "no column holds claim_id"),
        ({"claim_id": ["a"], "member_id": ["m"], "service_on": ["soon"]}, "service_on is no day"),
        (
            {"claim_id": ["a"], "member_id": ["m"], "service_on": [TODAY], "visits": ["two"]},
            "visits is no whole number",
        ),
        (
            {"claim_id": ["a"], "member_id": ["m"], "service_on": [TODAY], "eligible": ["maybe"]},
            "eligible is no true or false",
        ),
    ],
)
def test_lines_that_do_not_fit_are_told(columns: dict[str, list[object]], says: str) -> None:
    with pytest.raises(ProblemsFound, match=says):
        conform_lines(pl.DataFrame(columns))


def test_an_empty_frame_is_no_lines() -> None:
    empty = conform_lines(pl.DataFrame(schema={n: pl.String for n in ("claim_id", "member_id", "service_on")}))
    assert dict(empty.schema) == LINES and monitor_checks.findings(empty, TODAY).is_empty()
    assert monitor_trends.trends(empty).is_empty()


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_few_lines_are_monitored_too(library, rows: int) -> None:
    """Nothing is too little to be told: no line, a line without anything but its name, one whose visits are not told."""
    told = [{"claim_id": "a"}, {"claim_id": "b", "member_id": "m", "service_on": date(2025, 2, 1), "discipline": "PT"}]
    lines = conform_lines(pl.DataFrame(told[:rows], schema={**LINES, "row": pl.Int64}).drop("row", "visits"))
    found = monitor(with_line_episodes(lines, library), setting(library), today=TODAY, rows_are="claims", since=TODAY)
    about = found.about
    assert (about.rows, about.counted, about.episodes, about.visits) == (
        rows,
        max(rows - 1, 0),
        max(rows - 1, 0),
        max(rows - 1, 0),
    )
    assert found.interrupted is not None and all(s.level is None and s.why for s in found.interrupted.steps)
    assert about.period == ((None, None) if rows < 2 else (date(2025, 2, 1),) * 2) and found.funnel.judged == 0


def visits(*rows: tuple[str, str, str, int | None]) -> pl.DataFrame:
    """member, day, state, visits"""
    names = ("member_id", "service_on", "state", "visits")
    frame = pl.DataFrame(rows, schema=names, orient="row").with_columns(
        pl.format("c{}", pl.int_range(pl.len())).alias("claim_id"),
        pl.lit("PT").alias("discipline"),
        pl.lit("1234567893").alias("provider_npi"),
    )
    return conform_lines(frame)


def test_people_episodes_and_rows_are_three_counts(library) -> None:
    lines = with_line_episodes(
        visits(
            ("m", "2025-01-30", "CA", 1),
            ("m", "2025-02-02", "CA", 2),
            ("m", "2025-05-04", "CA", 1),  # 91 days later: another episode
            ("n", "2025-02-02", "NV", None),
        ),
        library,
    )
    table = monitor_trends.trends(lines, ("state",))
    whole = table.filter(dimension="all").drop("dimension", "value")
    assert whole.rows() == [
        (date(2025, 1, 1), 1, 1, 0, 1, 1, 1),
        (date(2025, 2, 1), 2, 2, 1, 1, 2, 2),
        (date(2025, 5, 1), 1, 1, 0, 1, 1, 1),
    ]
    assert table.filter(dimension="state", value="NV")["rows_without_visits"].to_list() == [1]
    assert lines["episode_id"].n_unique() == 3
    each = monitor_trends.episodes(lines)
    assert each.sort("first_on", "member_id")["visits"].to_list() == [3, None, 1]
    # Ninety days are no gap.
    near = with_line_episodes(visits(("m", "2025-02-02", "CA", 1), ("m", "2025-05-03", "CA", 1)), library)
    assert near["episode_id"].n_unique() == 1


def test_small_groups_are_put_together() -> None:
    rows = [(f"m{i}", "2025-01-01", state, 1) for state, n in (("CA", 30), ("NV", 12), ("UT", 9)) for i in range(n)]
    shown = monitor_trends.groups(visits(*rows), "state", fewest=11)
    # Utah alone has nine people: Nevada joins it, though the same people may stand in both.
    assert shown.select("value", "rows", "people", "merged").rows() == [("CA", 30, 30, 1), ("all others", 21, 12, 2)]
    assert monitor_trends.groups(visits(*rows[:42]), "state", fewest=11)["value"].to_list() == ["CA", "NV"]
    assert shown["rows"].sum() == len(rows)


def test_rows_of_limits_are_held_against_whole_episodes(library) -> None:
    cases = generate(150, 5, library)
    lines = lines_of_cases(cases, library)
    first = cases.filter(pl.col("request_number") == 1).with_columns(
        pl.lit(500).cast(pl.Int64).alias("visits_attended")
    )
    each, rows = monitor_limits.held_against_rows(first, setting(library, program="rehab-review-2019"))
    with_row = each.filter(pl.col("rows") > 0)
    assert with_row.height and with_row["beyond"].all() and set(each["required"]) == {True, False}
    table = monitor_limits.limit_table(each, rows)
    assert (table["share"] == 1).all() and (table["low"] < 1).all() and (table["sure"] <= table["episodes"]).all()
    # Of lines alone less is known: an episode could meet more rows than the one that its request meets.
    fewer, could = monitor_limits.held_against_rows(episode_cases(lines), setting(library))
    sure = rows.filter("sure").select("episode_id", "guideline", "limit_row")
    met = sure.join(could, on=["episode_id", "guideline", "limit_row"], how="semi")
    assert met.height == sure.height and could["sure"].sum() < sure.height and fewer["required"].is_null().all()


def test_a_certain_row_is_the_one_that_the_reference_meets(library) -> None:
    from workbench.engine import reference
    from workbench.study.replay import facts_of, prepare

    chosen = setting(library)
    cases = generate(40, 6, library)
    frame = prepare(cases, chosen).frame
    _, rows = monitor_limits.held_against_rows(cases, chosen)
    seen = 0
    for case in frame.iter_rows(named=True):
        mine = rows.filter((pl.col("episode_id") == case["episode_id"]) & pl.col("sure"))
        said = str(reference.decide(facts_of(case), chosen).steps)
        if mine.height == 1:
            seen += 1
            assert mine["limit_row"][0] in said
    assert seen


@pytest.mark.parametrize(
    ("yes", "members", "low", "high"),
    [
        # Wilson's interval of 5 of 10, as tables have it.
        ([1] * 5 + [0] * 5, [f"m{i}" for i in range(10)], 0.2366, 0.7634),
        ([0] * 10, [f"m{i}" for i in range(10)], 0.0, 0.2775),
        # Each person twice, alike: five people know half as much.
        ([1] * 4 + [0] * 6, [f"m{i // 2}" for i in range(10)], 0.1176, 0.7693),
    ],
)
def test_intervals_of_shares(yes: list[int], members: list[str], low: float, high: float) -> None:
    _, at_least, at_most = monitor_limits.share_of(np.array(yes, float), pl.Series(members))
    assert at_least == pytest.approx(low, abs=2e-4) and at_most == pytest.approx(high, abs=2e-4)


def test_benjamini_and_hochberg() -> None:
    # The fifteen p-values of their paper: four are flagged at 0.05, and Bonferroni flags three.
    p = np.array(
        [
            0.0001,
            0.0004,
            0.0019,
            0.0095,
            0.0201,
            0.0278,
            0.0298,
            0.0344,
            0.0459,
            0.3240,
            0.4262,
            0.5719,
            0.6528,
            0.7590,
            1.0,
        ]
    )
    mixed = np.random.default_rng(1).permutation(15)
    adjusted = monitor_funnel.benjamini_hochberg(p[mixed])
    assert sorted(p[mixed][adjusted <= 0.05]) == list(p[:4]) and (p * 15 <= 0.05).sum() == 3
    assert monitor_funnel.benjamini_hochberg(np.array([])).size == 0


@pytest.fixture(scope="module")
def planted(library) -> Planted:
    return plant(9000, library, seed=2, providers=20, outliers=4, factors=(2.0,))


def standing(lines: pl.DataFrame, library) -> monitor_funnel.Funnel:
    return monitor_funnel.funnel(monitor_funnel.early(monitor_trends.episodes(with_line_episodes(lines, library))))


def test_planted_faults_are_found_and_nothing_else_is(planted, library) -> None:
    lines = with_line_episodes(planted.lines, library)
    got = monitor_checks.findings(lines, date(2026, 12, 31)).select("code", "row").unique()
    missed = planted.faults.join(got, on=["code", "row"], how="anti")
    assert missed.is_empty() and planted.faults["code"].n_unique() == 11
    more = got.join(planted.faults, on=["code", "row"], how="anti")
    # Each follows from a fault: a slipped NPI is another provider, 25 hours of one member are 25 of the provider.
    assert set(more["code"]) <= {"overlapping-episodes", "provider-day"}


def test_planted_outliers_stand_out(planted, library) -> None:
    result = standing(planted.lines, library)
    judged = result.providers.filter(pl.col("flag") != monitor_funnel.NOT_JUDGED)
    there = planted.outliers.join(judged, on="provider_npi")
    large = there.filter(pl.col("people") >= 60)
    assert large.height == 2 and set(large["flag"]) == {"more"}
    false = result.flagged.join(planted.outliers, on="provider_npi", how="anti")
    assert false.is_empty()
    assert 0 < result.between < 0.2  # 0.08 was planted
    assert (judged["people"] >= monitor_funnel.FEWEST_PEOPLE).all()
    assert result.providers["provider_npi"].is_sorted()


def test_no_outliers_where_none_are(library) -> None:
    """Over four sets of claims without outliers; scripts/monitor_planted.py counts over more."""
    flagged = judged = 0
    for seed in range(4):
        lines = plant(1500, library, seed=seed, providers=8, outliers=0, faults=0).lines
        result = standing(lines, library)
        flagged, judged = flagged + result.flagged.height, judged + result.judged
    assert judged > 20 and flagged == 0


def test_case_mix_alone_makes_no_outlier() -> None:
    """One provider sees the condition that takes thrice the visits; by itself that is no reason to look."""
    rng = np.random.default_rng(2)
    rows = [
        (f"p{p}", f"m{p}-{i}", "PT", "long" if (i % 10 < (8 if p == 0 else 3)) else "short", 40, None)
        for p in range(10)
        for i in range(60)
    ]
    names = ("provider_npi", "member_id", "discipline", "condition", "age_years", "visits")
    frame = pl.DataFrame(
        rows, schema={n: pl.String for n in names[:4]} | {"age_years": pl.Int64, "visits": pl.Int64}, orient="row"
    )
    took = np.where(
        frame["condition"].to_numpy() == "long", rng.poisson(24, frame.height), rng.poisson(8, frame.height)
    )
    result = monitor_funnel.funnel(frame.with_columns(pl.Series("visits", took)))
    assert result.flagged.is_empty()
    first = result.providers.filter(provider_npi="p0")
    assert first["visits"][0] > 1.5 * result.providers["visits"].median() and abs(first["ratio"][0] - 1) < 0.1
    with pytest.raises(ValueError, match="between 0 and 1"):
        monitor_funnel.funnel(frame, q=1.5)


def month(n: int) -> date:
    return date(2020 + n // 12, n % 12 + 1, 1)


@pytest.mark.parametrize(("step", "slope"), [(0.0, 0.0), (-3.0, 0.0), (0.0, 0.5), (2.0, -0.25)])
def test_a_step_without_noise_is_found_exactly(step: float, slope: float) -> None:
    rows = [(month(n), 1, 10 + 0.1 * n + (step + slope * (n - 12) if n >= 12 else 0.0)) for n in range(24)]
    series = pl.DataFrame(rows, schema={"month": pl.Date, "n": pl.Int64, "value": pl.Float64}, orient="row")
    found, points = monitor_series.regressed(series, month(12), "visits", monitor_series.ALONE)
    assert (found.before, found.after, found.why) == (12, 12, "")
    assert found.level == pytest.approx(step, abs=1e-6) and found.slope == pytest.approx(slope, abs=1e-6)
    assert found.expected == pytest.approx(11.2) and points["without"][-1] == pytest.approx(12.3)
    # In the middle of a month: that month is on neither side.
    middle, _ = monitor_series.regressed(series, date(2021, 1, 15), "visits", monitor_series.ALONE)
    assert (middle.before, middle.after) == (12, 11)
    few, bare = monitor_series.regressed(series, month(4), "visits", monitor_series.ALONE)
    assert few.level is None and "4 months before" in few.why and bare["fitted"].is_null().all()


def test_the_planted_step_lies_in_its_interval(library) -> None:
    made = plant(4000, library, seed=3, outliers=0, faults=0, step_factor=0.6)
    found = monitor_series.since_day(with_line_episodes(made.lines, library), made.step)
    early = found.steps[0]
    assert early.outcome == monitor_series.EARLY and early.expected is not None
    assert early.level_high < 0 and early.level_low < -0.4 * early.expected < early.level_high
    assert {p for p in found.points["outcome"]} == set(monitor_series.OUTCOMES) and found.table.height == 3


def test_a_program_is_held_against_those_whom_it_never_reviews(library) -> None:
    rows = [
        (f"{state}{n}-{i}", f"{month(n):%Y-%m}-{i + 1:02}", state, 10 if state == "ME" and n >= 12 else 12)
        for n in range(24)
        for i in range(4)
        for state in ("ME", "TX")
    ]
    lines = visits(*rows).with_columns(pl.lit("commercial").alias("line_of_business"))
    moved = lines.with_columns(pl.col("service_on").dt.offset_by("-14mo"))  # January 2020 becomes November 2018
    found = monitor_series.since_program(with_line_episodes(moved, library), library, "rehab-review-2019")
    steps = {(s.day, s.outcome, s.against): s for s in found.steps}
    compared = steps[date(2019, 11, 1), monitor_series.EARLY, monitor_series.COMPARED]
    assert {s.day for s in found.steps} == {date(2019, 11, 1)}
    assert compared.level == pytest.approx(-2) and compared.slope == pytest.approx(0, abs=1e-9)
    with pytest.raises(ProblemsFound, match="no program"):
        monitor_series.since_program(lines, library, "none")

"""Four laws over the shipped guidelines, every version and every overlay: asking for less, or over longer, never costs
anything; more progress never hurts; full recovery from a mild start is progress; a late paper is asked for, not referred.

Generated requests with complete papers are decided, changed in one way, and decided again. Exceptions stand by name.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from workbench.engine.columnar import decide_frame
from workbench.engine.setting import Setting, setting
from workbench.generator.generate import generate
from workbench.guideline.load import load_guidelines
from workbench.guideline.model import Library
from workbench.study.replay import prepare

ROOT = Path(__file__).parents[2]
DAYS = {"2026.1": date(2026, 11, 20), "2026.2": date(2027, 1, 1)}
GUIDELINES = ("physical-therapy", "occupational-therapy", "speech-therapy")
# How far an outcome is from care that may start; `approved_in_part` starts, the rest is looked at.
RANK = {
    "not_required": 2,
    "approved": 2,
    "approved_in_part": 1,
    "administrative": 0,
    "information_needed": 0,
    "clinician_review": 0,
}
# What a law does not hold for, by name, and why.
EXCEPTIONS = {
    "weeks_beyond_the_row": "no visit is lost: all that are asked for are granted within the weeks of the row (whole "
    "plan periods), and only the weeks beyond them are for a clinician, as a plan of care runs out with its period",
    "goals_remain": "who has reached every goal needs discharge or a new plan before more visits",
    "urgent": "what can not wait is never held back for a paper",
    "papers_wait": "nor is a serious diagnosis",
}


@pytest.fixture(scope="module")
def shipped() -> Library:
    return load_guidelines(ROOT / "guidelines")


@pytest.fixture(scope="module", params=DAYS)
def chosen(request: pytest.FixtureRequest, shipped: Library) -> Setting:
    pins = {g: request.param for g in GUIDELINES}
    return setting(shipped, as_of=DAYS[request.param], pins=pins)


@pytest.fixture(scope="module")
def asked(shipped: Library) -> pl.DataFrame:
    """Requests with complete papers, spread over all overlays and no plan."""
    frame = generate(3_000, 20261126, shipped)
    frame = frame.filter(
        pl.col("intent").is_not_null() & pl.col("diagnosis").is_not_null() & ~pl.col("evaluation_only")
    )
    overlays = [(None, None)] + [(o.plan, line) for o in shipped.overlays for line in o.lines_of_business]
    names = pl.Series("plan", [overlays[i % len(overlays)][0] for i in range(len(frame))], dtype=pl.String)
    lines = pl.Series("line", [overlays[i % len(overlays)][1] for i in range(len(frame))], dtype=pl.String)
    yes = (
        "member_eligible",
        "plan_of_care",
        "goals_measurable",
        "skilled_care",
        "home_program",
        "improvement_expected",
    )
    continuing = pl.col("review_type") == "continuing"
    return frame.with_columns(
        names,
        pl.coalesce(lines, "line_of_business").alias("line_of_business"),
        *(pl.lit(True).alias(n) for n in yes),
        pl.lit(False).alias("duplicate_therapy"),
        pl.lit("1234567893").alias("provider_npi"),
        pl.lit(True).alias("provider_valid"),
        pl.col("complexity").fill_null("moderate"),
        pl.col("visits_used").fill_null(0),
        pl.col("weeks_used").fill_null(0),
        pl.col("visits_used_this_year").fill_null(0),
        pl.col("requested_visits").fill_null(6),
        pl.col("requested_weeks").fill_null(6),
        pl.col("standard_score_sd").fill_null(-2.0),
        *(
            pl.when(continuing).then(pl.col(n).fill_null(v)).alias(n)
            for n, v in (
                ("attendance_percent", 90),
                ("goals_met_percent", 40),
                ("days_since_reevaluation", 7),
                ("visits_since_reevaluation", 1),
            )
        ),
    )


def decided(frame: pl.DataFrame, chosen: Setting) -> pl.DataFrame:
    """determination, its rank, supported visits, reasons, urgent and missing of each request, derived facts anew."""
    gone = ("improvement_mcid", "improvement_since_last_mcid", "remaining_deficit_percent")
    gone += tuple(f"second_{n}" for n in gone)
    frame = frame.with_columns(pl.lit(None, frame.schema[n]).alias(n) for n in gone if n in frame.columns)
    frame = prepare(frame, chosen).frame
    record = decide_frame(frame, chosen)
    free = record["determination"] == "not_required"
    supported = pl.select(
        pl.when(free)
        .then(frame["requested_visits"])
        .otherwise(pl.max_horizontal(record["granted_visits"].fill_null(0), record["waived_visits"]))
    ).to_series()
    return record.select("determination", "reasons", "missing", "urgent", "referred_visits").with_columns(
        supported.alias("supported"),
        pl.col("determination").replace_strict(RANK, return_dtype=pl.Int64).alias("rank"),
        frame["requested_visits"].alias("asked"),
    )


@pytest.fixture(scope="module")
def before(asked: pl.DataFrame, chosen: Setting) -> pl.DataFrame:
    """What each request comes to as it is asked: once for all laws."""
    return decided(asked, chosen).with_columns(asked["request_id"])


def both(changed: pl.DataFrame, before: pl.DataFrame, chosen: Setting) -> pl.DataFrame:
    """Before and, with `_after`, after, of the changed requests, of those that could start as first asked."""
    after = decided(changed, chosen)
    after = after.rename({c: f"{c}_after" for c in after.columns}).with_columns(changed["request_id"])
    pairs = after.join(before, on="request_id", how="inner", validate="1:1", maintain_order="left")
    assert len(pairs) == len(changed)
    return pairs.filter(pl.col("rank") > 0)


@pytest.mark.parametrize("less", ["one fewer", "half"])
def test_asking_for_less_never_costs_anything(
    asked: pl.DataFrame, before: pl.DataFrame, chosen: Setting, less: str
) -> None:
    visits = pl.col("requested_visits")
    fewer = {"one fewer": (visits - 1).clip(1), "half": (visits // 2).clip(1)}[less]
    pairs = both(asked.with_columns(fewer.alias("requested_visits")), before, chosen)
    assert len(pairs) > 1_000
    lost = pairs.filter(
        (pl.col("rank_after") < pl.col("rank"))
        | (pl.col("supported_after") < pl.min_horizontal("supported", "asked_after"))
    )
    assert lost.is_empty(), lost.head(5)


@pytest.mark.parametrize("longer", [1, 26])
def test_asking_over_longer_never_costs_a_visit(
    asked: pl.DataFrame, before: pl.DataFrame, chosen: Setting, longer: int
) -> None:
    weeks = (pl.col("requested_weeks") + longer).clip(1, 104)
    pairs = both(asked.with_columns(weeks.alias("requested_weeks")), before, chosen)
    lost = pairs.filter((pl.col("rank_after") == 0) | (pl.col("supported_after") < pl.col("supported")))
    assert lost.is_empty(), lost.head(5)
    # weeks_beyond_the_row: what was approved may leave weeks, and never visits, to a clinician.
    part = pairs.filter((pl.col("rank") == 2) & (pl.col("rank_after") == 1))
    assert (part["referred_visits_after"] == 0).all(), part.head(5)
    if longer == 1:  # a holiday week
        assert len(part) < 0.05 * len(pairs)


@pytest.mark.parametrize("how", ["score", "goals", "both"])
@pytest.mark.parametrize("step", [0.34, 1.0])
def test_more_progress_never_hurts(
    asked: pl.DataFrame, before: pl.DataFrame, chosen: Setting, how: str, step: float
) -> None:
    """The score moves a share of the way to its best end; goals to as many as can be left to reach."""
    frame = asked.filter((pl.col("review_type") == "continuing") & pl.col("score_current").is_not_null())
    measures = chosen.library.measures
    best = {
        m.id: float(e) for m in measures.values() if (e := m.highest if m.better == "higher" else m.lowest) is not None
    }
    end = pl.col("measure").replace_strict(best, default=None, return_dtype=pl.Float64)
    nearer = (pl.col("score_current") + (end - pl.col("score_current")) * step).round(4)
    more = pl.max_horizontal(
        pl.col("goals_met_percent"), (99 - (99 - pl.col("goals_met_percent")) * (1 - step)).cast(int)
    )
    moved = {"score_current": pl.coalesce(nearer, "score_current")} if how != "goals" else {}
    moved |= {"goals_met_percent": pl.min_horizontal(more, 99)} if how != "score" else {}
    frame = frame.filter(pl.col("goals_met_percent") < 100)  # goals_remain
    pairs = both(frame.with_columns(**moved), before, chosen)
    assert len(pairs) > 150
    lost = pairs.filter((pl.col("rank_after") < pl.col("rank")) | (pl.col("supported_after") < pl.col("supported")))
    assert lost.is_empty(), lost.head(5)


def test_full_recovery_from_a_mild_start_is_progress(asked: pl.DataFrame, chosen: Setting) -> None:
    """Whatever the measure, and however late in the course; at the previous request recovered as well, or not yet."""
    continuing = asked.filter(
        (pl.col("review_type") == "continuing") & (pl.col("intent") != "maintenance") & (pl.col("visits_used") >= 10)
    )
    base = continuing.head(25).with_columns(pl.lit(45).alias("goals_met_percent"), pl.lit(20).alias("visits_used"))
    parts = []
    for m in chosen.library.measures.values():
        if m.lowest is None or m.highest is None or m.id == "nprs":
            continue
        best, sign = (m.highest, -1) if m.better == "higher" else (m.lowest, 1)
        mild = float(best) + sign * float(m.highest - m.lowest) * 0.04
        for previous in (mild, float(best)):
            parts.append(
                base.with_columns(
                    pl.concat_str("request_id", pl.lit(f" {m.id} {previous}")).alias("request_id"),
                    pl.lit(m.id).alias("measure"),
                    pl.lit(mild).alias("score_baseline"),
                    pl.lit(previous).alias("score_previous"),
                    pl.lit(float(best)).alias("score_current"),
                    pl.lit(None, pl.Float64).alias("deficit_percent"),
                )
            )
    assert len(parts) > 60
    reasons = decided(pl.concat(parts), chosen)["reasons"].explode().drop_nulls().to_list()
    assert not {"measured_progress", "no_plateau", "habilitative_progress", "carpal_tunnel_recheck"} & set(reasons)


PAPERS = {
    "days_since_reevaluation": 400,
    "visits_since_reevaluation": 40,
    "plan_of_care": False,
    "goals_measurable": False,
    "home_program": False,
}


@pytest.mark.parametrize("paper", PAPERS)
def test_a_late_paper_is_asked_for(asked: pl.DataFrame, before: pl.DataFrame, chosen: Setting, paper: str) -> None:
    frame = asked.filter(pl.col("review_type") == "continuing")
    if paper == "visits_since_reevaluation":  # asked of rehabilitative care alone, where ten visits have passed
        frame = frame.filter((pl.col("visits_used") > 10) & (pl.col("intent") == "rehabilitative"))
    late = frame.with_columns(pl.lit(PAPERS[paper]).alias(paper))
    pairs = both(late, before, chosen).filter(pl.col("determination") != "not_required")
    assert len(pairs) > 40
    kept = pairs.filter(pl.col("rank_after") > 0)  # maintenance, where no such paper is asked for
    wrong = pairs.filter((pl.col("rank_after") == 0) & (pl.col("determination_after") != "administrative"))
    assert wrong.is_empty(), wrong.head(5)
    assert len(kept) < 0.5 * len(pairs)
    missing = frame.with_columns(pl.lit(None, frame.schema[paper]).alias(paper))
    pairs = both(missing, before, chosen).filter(pl.col("determination") != "not_required")
    wrong = pairs.filter(~pl.col("determination_after").is_in(["information_needed", "approved", "approved_in_part"]))
    assert wrong.is_empty(), wrong.head(5)


def test_what_can_not_wait_is_never_held_back_for_a_paper(asked: pl.DataFrame, chosen: Setting) -> None:
    """The exceptions to the law above (`urgent`, `papers_wait`)."""
    frame = asked.head(500).with_columns(pl.lit("infection").alias("red_flag"), pl.lit(False).alias("plan_of_care"))
    out = decided(frame, chosen).filter(pl.col("determination") != "not_required")
    assert (out["determination"] == "clinician_review").all() and out["urgent"].all()
    serious = frame.with_columns(pl.lit("none").alias("red_flag"), pl.lit("serious_condition").alias("condition"))
    out = decided(serious, chosen).filter(pl.col("determination") != "not_required")
    assert (out["determination"] == "clinician_review").all() and not out["urgent"].all()
    assert set(EXCEPTIONS) == {"weeks_beyond_the_row", "goals_remain", "urgent", "papers_wait"}

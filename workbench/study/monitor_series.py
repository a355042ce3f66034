"""Before and after a day: an interrupted time series of monthly numbers, by segmented regression.

Months run on as they did, with a step on the day and another slope from then on; what would have been is the line
before, drawn on. Standard errors are those that allow for neighbouring months being alike (Newey and West), or the
plain ones where these are wider, since the former run small in short series. It says what changed with the day, not
that the day did it: whatever else began then is in the same step.

Of episodes, the visits of their first 90 days count, so that those still running are not taken for short ones; those
that began too late for that are left out, and so are those that began before a gap could be seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

import polars as pl

from workbench.cases.claim_lines import Lines
from workbench.errors import Problem, ProblemsFound
from workbench.guideline.model import GAP_DAYS, Library, Program
from workbench.guideline.versions import program_on
from workbench.study.monitor_trends import WITHIN, episodes

FEWEST_MONTHS = 6  # on each side
LEVEL = 0.95
EARLY = "visits_in_90_days"
# Outcome → what it is, in its unit.
OUTCOMES = {
    EARLY: "visits in the first 90 days, an episode begun",
    "episodes_begun": "episodes begun a month",
    "visits": "visits a month",
}
ALONE, COMPARED = "alone", "less those without review"


@dataclass(frozen=True)
class Step:
    """What changes with a day. `level` is the step in the first month from then on, `slope` the change of the monthly
    slope, each with its 95 % interval, in the outcome's unit; None where `why` says that there are too few months.
    `expected` is what the line before gives for that first month; `alike` the correlation of what is left of one month
    with the next: above 0.3 or so the intervals are too narrow. `against` is alone, or less those without review: there
    the series is the difference between those whom the day concerns and those whom it does not."""

    day: date
    outcome: str
    against: str
    before: int
    after: int
    level: float | None = None
    level_low: float | None = None
    level_high: float | None = None
    slope: float | None = None
    slope_low: float | None = None
    slope_high: float | None = None
    expected: float | None = None
    alike: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Interrupted:
    """`steps`, one for each outcome (and comparison); `points`: day, outcome, against, month, n (episodes, or rows),
    value, fitted, without (the line before, drawn on)."""

    steps: tuple[Step, ...]
    points: pl.DataFrame = field(repr=False)

    @property
    def table(self) -> pl.DataFrame:
        """A row a step."""
        return pl.DataFrame([vars(s) for s in self.steps], schema=_STEP)


_STEP = {"day": pl.Date, "outcome": pl.String, "against": pl.String, "before": pl.Int64, "after": pl.Int64} | {
    n: pl.Float64 for n in ("level", "level_low", "level_high", "slope", "slope_low", "slope_high", "expected", "alike")
}
_STEP |= {"why": pl.String}
_POINT = {"day": pl.Date, "outcome": pl.String, "against": pl.String, "month": pl.Date, "n": pl.Int64}
_POINT |= {n: pl.Float64 for n in ("value", "fitted", "without")}


def since_day(lines: Lines, day: date) -> Interrupted:
    """The series of all lines (with their episodes), before and after a day."""
    return _joined([_one(lines, None, day)])


def since_program(lines: Lines, library: Library, program: str) -> Interrupted:
    """For each day on which the program (its newest version) begins to review: those whom it concerns, and those less
    whoever it never reviews. What a row exempts is not taken out. Raises ProblemsFound for a program that is none."""
    from workbench.engine.setting import setting

    setting(library, program=program)  # raises where there is none
    begins = _begins(lines, program_on(library, program, None))
    known = lines.join(begins, on=("line_of_business", "state", "discipline"), how="left", nulls_equal=True)
    never = known.filter(pl.col("_from").is_null())
    first, last = lines.select(pl.col("service_on").min(), pl.col("service_on").max().alias("last")).row(0)
    days = sorted(d for d in begins["_from"].drop_nulls().unique() if first is not None and first < d <= last)
    return _joined([_one(known.filter(pl.col("_from") == d).drop("_from"), never.drop("_from"), d) for d in days])


def _begins(lines: Lines, program: Program) -> pl.DataFrame:
    """line_of_business, state, discipline, _from: the day from which the program reviews them; null for never."""
    keys = lines.select("line_of_business", "state", "discipline").unique()
    rows = []
    for line, state, discipline in keys.iter_rows():
        known = line is not None and state is not None and discipline is not None
        days = [r.review_from for r in program.rows if known and program.meets(r, line, state, discipline)]
        rows.append((line, state, discipline, min((d for d in days if d), default=None)))
    return pl.DataFrame(rows, schema={**keys.schema, "_from": pl.Date}, orient="row")


def _joined(parts: list[Interrupted]) -> Interrupted:
    points = pl.concat([pl.DataFrame(schema=_POINT), *(p.points for p in parts)])
    return Interrupted(tuple(s for p in parts for s in p.steps), points)


def _one(lines: Lines, others: Lines | None, day: date) -> Interrupted:
    steps, points = [], []
    both: Mapping[str, pl.DataFrame] = monthly(lines, lines)
    beside = None if others is None or not others.height else monthly(others, lines)
    for outcome, series in both.items():
        found = [(ALONE, series)]
        if beside is not None and outcome == EARLY:  # counts of groups of another size do not compare
            less = series.join(beside[outcome], on="month", suffix="_other", maintain_order="left")
            found.append((COMPARED, less.select("month", "n", pl.col("value") - pl.col("value_other"))))
        for against, held in found:
            step, fitted = regressed(held, day, outcome, against)
            steps.append(step)
            points.append(fitted)
    return Interrupted(tuple(steps), pl.concat(points))


def monthly(lines: Lines, bounds: Lines) -> dict[str, pl.DataFrame]:
    """Outcome → month, n, value, over whole months of the days that `bounds` has."""
    first, last = bounds.select(pl.col("service_on").min(), pl.col("service_on").max().alias("last")).row(0)
    if first is None:
        return {n: pl.DataFrame(schema={"month": pl.Date, "n": pl.Int64, "value": pl.Float64}) for n in OUTCOMES}
    month = pl.col("service_on").dt.truncate("1mo").alias("month")
    begun = pl.col("first_on").dt.truncate("1mo").alias("month")
    each = episodes(lines)
    n = pl.len().cast(pl.Int64).alias("n")
    opened, closed = first + timedelta(GAP_DAYS), last - timedelta(WITHIN)
    known = {
        EARLY: each.group_by(begun).agg(n, pl.col("early").mean().alias("value")),
        "episodes_begun": each.group_by(begun).agg(n, pl.len().cast(pl.Float64).alias("value")),
        "visits": lines.group_by(month).agg(n, pl.col("visits").sum().cast(pl.Float64).alias("value")),
    }
    ends = {EARLY: (opened, closed), "episodes_begun": (opened, last), "visits": (first, last)}
    return {name: _whole(series.drop_nulls("month"), *ends[name]) for name, series in known.items()}


def _whole(series: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    """The months that lie wholly between two days; a few days at the end stay out by that."""
    ends = pl.col("month").dt.offset_by("1mo").dt.offset_by("-1d")
    near = timedelta(3)  # a month whose last days are a weekend is whole
    return series.filter((pl.col("month") >= first - near) & (ends <= last + near)).sort("month")


def regressed(series: pl.DataFrame, day: date, outcome: str, against: str) -> tuple[Step, pl.DataFrame]:
    month = date(day.year, day.month, 1)
    # A month in which the day falls in the middle belongs to neither side.
    held = series if day == month else series.filter(pl.col("month") != month)
    after = held["month"] >= day
    counts = (int((~after).sum()), int(after.sum()))
    name = {"day": day, "outcome": outcome, "against": against}
    bare = held.select(
        *(pl.lit(v).alias(n) for n, v in name.items()),
        "month",
        "n",
        "value",
        *(pl.lit(None, pl.Float64).alias(n) for n in ("fitted", "without")),
    )
    if min(counts) < FEWEST_MONTHS:
        why = f"{counts[0]} months before and {counts[1]} after; {FEWEST_MONTHS} are needed on each side"
        return Step(day, outcome, against, *counts, why=why), bare
    return _fitted(held, bare, Step(day, outcome, against, *counts))


def _fitted(held: pl.DataFrame, bare: pl.DataFrame, step: Step) -> tuple[Step, pl.DataFrame]:
    try:
        import statsmodels.api as sm
    except ModuleNotFoundError:
        hint = "pip install 'therapy-workbench[simulate]'"
        raise ProblemsFound(
            [Problem("missing-extra", "an interrupted time series needs statsmodels", hint=hint)]
        ) from None
    from dataclasses import replace

    import numpy as np

    months = held["month"]
    since = ((months.dt.year() - step.day.year) * 12 + months.dt.month() - step.day.month).to_numpy().astype(float)
    if step.day.day > 1:
        since = np.where(since > 0, since - 1, since)
    later = (months >= step.day).to_numpy().astype(float)
    x = np.column_stack([np.ones(len(since)), since, later, since * later])
    model = sm.OLS(held["value"].to_numpy(), x)
    lags = max(1, int(4 * (len(since) / 100) ** (2 / 9)))
    plain = model.fit()
    robust = model.fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True}, use_t=True)
    half = np.maximum(*(np.ptp(m.conf_int(alpha=1 - LEVEL), axis=1) / 2 for m in (plain, robust)))
    b, left = plain.params, plain.resid
    found = replace(
        step,
        level=float(b[2]),
        level_low=float(b[2] - half[2]),
        level_high=float(b[2] + half[2]),
        slope=float(b[3]),
        slope_low=float(b[3] - half[3]),
        slope_high=float(b[3] + half[3]),
        expected=float(b[0]),
        alike=float(left[1:] @ left[:-1] / (left @ left)) if left @ left else 0.0,
    )
    lines = {"fitted": x @ b, "without": b[0] + b[1] * since}
    return found, bare.with_columns(pl.Series(n, v, dtype=pl.Float64) for n, v in lines.items())

"""Claims as lines: what took place, a row a visit (or, of cases, a row a request with the visits that it came to).

Requests say what was asked for; lines say what was done, by whom and when. Where no review is required there are no
requests, and lines are all that is known.
"""

from __future__ import annotations

import polars as pl

from workbench.cases.derive import derive
from workbench.cases.episodes import NEEDED, with_episodes
from workbench.cases.frame import SCHEMA
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.model import Library

CLAIMS, REQUESTS = "claims", "requests"  # what a row of lines is

# Column → its type. `row` is the place in the file; `visits` the visits that the row stands for (null: not told);
# `minutes` of treatment; `covered_from` and `covered_until` bound the member's cover, `eligible` says whether cover was
# active where the source tells no days. Missing is null.
LINES: dict[str, pl.DataType] = {
    "row": pl.Int64(),
    "claim_id": pl.String(),
    "member_id": pl.String(),
    "provider_npi": pl.String(),
    "discipline": pl.String(),
    "service_on": pl.Date(),
    "through_on": pl.Date(),
    "visits": pl.Int64(),
    "minutes": pl.Int64(),
    "procedures": pl.List(pl.String),
    "condition": pl.String(),
    "diagnosis": pl.String(),
    "state": pl.String(),
    "line_of_business": pl.String(),
    "plan": pl.String(),
    "age_years": pl.Int64(),
    "sex": pl.String(),
    "born_on": pl.Date(),
    "died_on": pl.Date(),
    "covered_from": pl.Date(),
    "covered_until": pl.Date(),
    "eligible": pl.Boolean(),
    "episode_id": pl.String(),
}
REQUIRED = ("claim_id", "member_id", "service_on")
Lines = pl.DataFrame  # of the columns of LINES


def conform_lines(frame: pl.DataFrame, file: str = "<frame>") -> Lines:
    """The frame with every column of LINES, in order and typed; other columns are left out. Where the frame has no
    such column, rows are counted from 1, and each is one visit. Raises ProblemsFound for a column that is missing or
    does not fit its type.
    """
    wrong = [
        Problem("missing-column", f"no column holds {name}", file, hint=nearest(name, frame.columns))
        for name in REQUIRED
        if name not in frame.columns
    ]
    columns = []
    for name, dtype in LINES.items():
        if name not in frame.columns:
            columns.append(_MADE.get(name, pl.lit(None, dtype)).alias(name))
            continue
        column = _typed(frame[name], dtype)
        if column is None:
            wrong.append(Problem("bad-value", f"the column {name} is no {_KINDS[dtype]}", file))
        else:
            columns.append(pl.lit(column).alias(name) if frame.height else pl.lit(None, dtype).alias(name))
    if wrong:
        raise ProblemsFound(wrong)
    return frame.select(columns) if frame.height else pl.DataFrame(schema=LINES)


_MADE = {"row": pl.int_range(1, pl.len() + 1, dtype=pl.Int64), "visits": pl.lit(1, pl.Int64)}
_KINDS: dict[pl.DataType, str] = {
    pl.Int64(): "whole number",
    pl.String(): "text",
    pl.Date(): "day (as 2026-01-31)",
    pl.Boolean(): "true or false",
    pl.List(pl.String): "list of codes (in a CSV cell separated by ;)",
}


def _typed(column: pl.Series, dtype: pl.DataType) -> pl.Series | None:
    """The column in its type; None where a value does not fit. Empty texts are missing."""
    if column.dtype == pl.String:
        stripped = column.str.strip_chars()
        column = stripped.set(stripped == "", None)
        if dtype == pl.List(pl.String):
            return column.str.split(";").rename(column.name)
        if dtype == pl.Boolean:
            flags = column.str.to_lowercase()
            found = flags.replace_strict({"true": True, "false": False}, default=None, return_dtype=pl.Boolean)
            return found if found.null_count() == column.null_count() else None
    if isinstance(column.dtype, pl.Datetime) and dtype == pl.Date:
        return column.dt.date()
    try:
        return column.str.to_date("%Y-%m-%d") if column.dtype == pl.String and dtype == pl.Date else column.cast(dtype)
    except pl.exceptions.PolarsError:
        return None


def lines_of_cases(cases: pl.DataFrame, library: Library) -> Lines:
    """A row a request: the visits that took place under it (`visits_attended`; missing stays missing), from the first
    day of treatment asked for (else the day received). Episodes, conditions and the rest as they are derived."""
    return derive(cases, library).select(
        pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("row"),
        pl.col("request_id").alias("claim_id"),
        "member_id",
        "provider_npi",
        "discipline",
        pl.coalesce("requested_start", "received_on").alias("service_on"),
        pl.lit(None, pl.Date()).alias("through_on"),
        pl.col("visits_attended").alias("visits"),
        pl.lit(None, pl.Int64()).alias("minutes"),
        "procedures",
        "condition",
        "diagnosis",
        "state",
        "line_of_business",
        "plan",
        "age_years",
        "sex",
        *(pl.lit(None, pl.Date()).alias(n) for n in ("born_on", "died_on", "covered_from", "covered_until")),
        pl.col("member_eligible").alias("eligible"),
        "episode_id",
    )


def with_line_episodes(lines: Lines, library: Library) -> Lines:
    """Lines with `episode_id` filled in where it is absent: those of one member in one discipline for one condition
    (else diagnosis, else none stated), until a gap of more than the plan's days. Without member, discipline or day
    there is none."""
    if not lines["episode_id"].null_count():
        return lines
    of_facts = {
        "received_on": pl.col("service_on"),
        "condition": pl.coalesce("condition", pl.col("diagnosis").str.head(3), pl.lit("not stated")),
    }
    asked = lines.select(
        *(of_facts.get(n, pl.col(n) if n in LINES else pl.lit(None, SCHEMA[n])).alias(n) for n in NEEDED)
    )
    return lines.with_columns(with_episodes(asked, library)["episode_id"])


def episode_cases(lines: Lines) -> pl.DataFrame:
    """A request for each episode, as a case frame: it asks for all its visits on its first day. Facts that lines do
    not hold are missing."""
    first = (
        lines.filter(pl.col("episode_id").is_not_null() & pl.col("service_on").is_not_null())
        .sort("service_on", "row")
        .group_by("episode_id", maintain_order=True)
        .agg(
            pl.col("service_on").first(),
            pl.col("service_on").max().alias("_last"),
            pl.col("visits").sum().alias("_visits"),
            *(pl.col(n).drop_nulls().first() for n in _FIRST),
            pl.col("procedures").explode().drop_nulls().unique(maintain_order=True),
        )
    )
    facts = {
        "request_id": pl.col("episode_id"),
        "episode_id": pl.col("episode_id"),
        "received_on": pl.col("service_on"),
        "requested_start": pl.col("service_on"),
        "review_type": pl.lit("initial"),
        "requested_visits": pl.when(pl.col("_visits") > 0).then("_visits"),
        "visits_attended": pl.col("_visits"),
        "requested_weeks": -(-((pl.col("_last") - pl.col("service_on")).dt.total_days() + 1) // 7),
        "visits_used": pl.lit(0),
        "weeks_used": pl.lit(0),
        "procedures": pl.when(pl.col("procedures").list.len() > 0).then("procedures"),
    } | {n: pl.col(n) for n in _FIRST}
    return first.select(
        *(facts[n].cast(t).alias(n) if n in facts else pl.lit(None, t).alias(n) for n, t in SCHEMA.items())
    )


_FIRST = (
    "member_id",
    "provider_npi",
    "discipline",
    "condition",
    "state",
    "line_of_business",
    "plan",
    "age_years",
    "sex",
)

"""Carried forward: what the draft granted becomes the history of the later requests of an episode.

Episodes are walked by the place of a request within its episode, all episodes at once (docs/meaning.md, Episodes and
state). A request whose history can not be known keeps the recorded one, as does the rest of its episode.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from workbench.engine import decision as d
from workbench.language.interpret import Facts

POLICIES = ("history", "all", "none")


@dataclass(frozen=True)
class Carried:
    """Requests that were decided on carried history, on recorded history because a needed fact was unknown
    (and the episodes that hold those), and carried ones that rest on improvement as it was recorded."""

    requests_carried: int
    requests_not_carried: int
    episodes_not_carried: int
    requests_on_recorded_improvement: int


def supported(policy: str) -> tuple[pl.Expr, pl.Expr]:
    """Visits and weeks that a decided request supports for the later ones; null where that is not known."""
    decided = pl.col("determination")
    open_ = decided.is_in([d.CLINICIAN, d.INFORMATION])
    visits_asked, weeks_asked = pl.col("requested_visits"), pl.col("requested_weeks")
    history = pl.col("historical_determination")
    approved = history.is_in(["approved", "approved_in_part", "not_required"])
    if policy == "all":
        visits, weeks = visits_asked, weeks_asked
    elif policy == "none":
        visits = weeks = pl.lit(0, dtype=pl.Int64)
    else:
        # What history approved; without a number, an approval approved what was asked and a denial nothing.
        known = pl.coalesce(
            "historical_visits",
            pl.when(history.is_in(["approved", "not_required"]))
            .then(visits_asked)
            .when(history.is_in(["denied", "withdrawn"]))
            .then(0),
        )
        visits = known
        weeks = pl.when(known == 0).then(0).when(approved | (known > 0)).then(weeks_asked)
    granted = pl.col("granted_visits")  # known wherever an authorization is needed
    waived = pl.col("waived_visits")
    visits = (
        pl.when(decided == d.NOT_REQUIRED)
        .then(visits_asked)
        .when(open_)
        .then(pl.when(waived > visits).then(waived).otherwise(visits))
        .otherwise(pl.when(waived > granted).then(waived).otherwise(granted))
    )
    weeks = pl.when(decided == d.NOT_REQUIRED).then(weeks_asked).when(open_).then(weeks).otherwise("granted_weeks")
    return visits, weeks


def used_after(policy: str) -> tuple[pl.Expr, pl.Expr]:
    """Visits and weeks used once a decided request has run: what was used before, and of what is supported so much as
    was taken; null where that is not known."""
    visits, weeks = supported(policy)
    took = pl.coalesce("visits_attended", "historical_visits", "requested_visits")
    return (
        pl.col("visits_used") + _least(took, visits),
        pl.col("weeks_used") + _least(pl.col("requested_weeks"), weeks),
    )


def used_after_one(request: Facts, record: Mapping[str, object]) -> tuple[int | None, int | None]:
    """The same of one request and its record (of which determination, granted and waived amounts are looked at), where
    no history supports what is still undecided."""
    whole = ("visits_used", "weeks_used", "requested_visits", "requested_weeks", "visits_attended", "historical_visits")
    told = ("granted_visits", "granted_weeks", "waived_visits")
    row = {n: request.get(n) for n in whole} | {n: record.get(n) for n in told}
    texts = {"determination": record.get("determination"), "historical_determination": None}
    schema = dict.fromkeys(row, pl.Int64()) | dict.fromkeys(texts, pl.String())
    visits, weeks = used_after("history")
    frame = pl.DataFrame([row | texts], schema=schema).select(visits.alias("visits"), weeks.alias("weeks"))
    return frame.row(0)


def carry_forward(
    frame: pl.DataFrame, decide: Callable[[pl.DataFrame], pl.DataFrame], policy: str
) -> tuple[pl.DataFrame, Carried]:
    """Decide a frame with carried history. Shapes: records in the order of `frame`, and the counts."""
    if frame.is_empty():
        return decide(frame), Carried(0, 0, 0, 0)
    alone = pl.col("episode_id").is_null()
    order = frame.with_row_index("_at").with_columns(
        pl.when(alone).then(pl.format("alone {}", "_at")).otherwise(pl.format("in {}", "episode_id")).alias("_episode")
    )
    order = order.sort("_episode", pl.col("received_on"), pl.col("request_number"), "_at", nulls_last=True)
    order = order.with_columns(
        pl.int_range(pl.len()).over("_episode").alias("_turn"),
        pl.col("received_on").is_null().any().over("_episode").alias("_undated"),
    )
    history = pl.DataFrame(schema={"_episode": pl.String, "_visits": pl.Int64, "_weeks": pl.Int64, "_kept": pl.Boolean})
    done = []
    for turn in range(order.select(pl.col("_turn").max()).item() + 1):
        rows = order.filter(pl.col("_turn") == turn).join(history, on="_episode", how="left", maintain_order="left")
        carried = pl.col("_kept").fill_null(False)
        rows = rows.with_columns(
            pl.when(carried).then("_visits").otherwise("visits_used").alias("visits_used"),
            pl.when(carried).then("_weeks").otherwise("weeks_used").alias("weeks_used"),
            carried.alias("_carried"),
        )
        decisions = decide(rows.select(frame.columns))
        both = pl.concat(
            [rows, decisions.select("determination", "granted_visits", "granted_weeks", "waived_visits")],
            how="horizontal",
        )
        visits, weeks = used_after(policy)
        history = both.select(
            "_episode",
            visits.alias("_visits"),
            weeks.alias("_weeks"),
            (~pl.col("_undated") & (pl.col("_carried") | (turn == 0))).alias("_kept"),
        )
        history = history.with_columns(
            pl.col("_kept") & pl.col("_visits").is_not_null() & pl.col("_weeks").is_not_null()
        )
        done.append(
            decisions.with_columns(
                rows["_at"],
                rows["_carried"],
                rows["_episode"],
                _turn=pl.lit(turn),
                _measured=rows["improvement_mcid"].is_not_null(),
            )
        )
    result = pl.concat(done).sort("_at")
    later = pl.col("_turn") > 0
    stayed = result.filter(later & ~pl.col("_carried"))
    moved = result.filter(later & pl.col("_carried"))
    counts = Carried(moved.height, stayed.height, stayed["_episode"].n_unique(), moved.filter("_measured").height)
    return result.drop("_at", "_carried", "_episode", "_turn", "_measured"), counts


def _least(a: pl.Expr, b: pl.Expr) -> pl.Expr:
    """The smaller of two, unknown where either is."""
    return pl.when(a.is_null() | b.is_null()).then(None).when(b < a).then(b).otherwise(a)

"""What review would have seen: episodes that took place, held against the limit rows that each meets or could meet.

Nothing is decided here and nobody was denied: a row's visits are where a clinician would have been asked. Claims lack
facts that rows look at (an operation, complexity); then an episode could meet several rows, and counts with each.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from operator import and_

import numpy as np
import polars as pl
from scipy import special

from workbench.engine.setting import Setting
from workbench.guideline.model import LimitRow, Rules
from workbench.language.columnar import compile_
from workbench.study.replay import UNDER_REVIEW, Replay, replay

_CANDIDATE = {
    "episode_id": pl.String,
    "guideline": pl.String,
    "limit_row": pl.String,
    "limit_visits": pl.Int64,
    "sure": pl.Boolean,
}
_TABLE = {
    "guideline": pl.String,
    "limit_row": pl.String,
    "limit_visits": pl.Int64,
    "episodes": pl.Int64,
    "sure": pl.Int64,
    "people": pl.Int64,
    "beyond": pl.Int64,
    "share": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "visits_beyond": pl.Int64,
}


def held_against_rows(episodes: pl.DataFrame, setting: Setting) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(episodes, candidates) of a case frame with one request an episode, whose `visits_attended` are the visits of the
    whole episode.

    `episodes`: a row each, in order: episode_id, member_id, discipline, visits, `rows` (limit rows that it meets or
    could meet), `beyond` (it has more visits than any of them), `may` (than the strictest of them; both null where no
    row or no number of visits is known), and `required`: whether the program requires review (null without one).
    `candidates`: a row for each episode and limit row that it meets (`sure`) or could meet: episode_id, guideline
    (id/version), limit_row, limit_visits, sure."""
    done = replay(episodes, replace(setting, program=None))
    found = _candidates(done, setting)
    required = pl.lit(None, pl.Boolean).alias("required")
    if setting.program and episodes.height:
        seen = replay(episodes, setting).decisions.select(UNDER_REVIEW.alias("required"))["required"]
        required = pl.lit(seen).alias("required")
    each = done.cases.select("episode_id", "member_id", "discipline", pl.col("visits_attended").alias("visits"))
    span = found.group_by("episode_id").agg(
        pl.len().cast(pl.Int64).alias("rows"),
        pl.col("limit_visits").max().alias("_most"),
        pl.col("limit_visits").min().alias("_least"),
    )
    each = each.join(span, on="episode_id", how="left", maintain_order="left").with_columns(
        pl.col("rows").fill_null(0),
        (pl.col("visits") > pl.col("_most")).alias("beyond"),
        (pl.col("visits") > pl.col("_least")).alias("may"),
        required,
    )
    return each.drop("_most", "_least"), found


def _candidates(done: Replay, setting: Setting) -> pl.DataFrame:
    keys = done.decisions.select("guideline", "version", pl.col("overlay").fill_null("").alias("overlay"))
    cases = pl.concat([done.cases, keys.rename(lambda n: f"_{n}")], how="horizontal")
    parts = [pl.DataFrame(schema=_CANDIDATE)]
    for guideline, version, overlay in keys.drop_nulls("guideline").unique().sort(pl.all()).iter_rows():
        of = {"_guideline": guideline, "_version": version}
        mine = cases.filter(*(pl.col(n) == v for n, v in of.items()), pl.col("_overlay").fill_null("") == overlay)
        rules = setting.rules_named(guideline, version, overlay)
        parts += _meets(mine, rules, f"{guideline}/{version}")
    return pl.concat(parts)


def _meets(mine: pl.DataFrame, rules: Rules, name: str) -> list[pl.DataFrame]:
    """From the top: a row whose cells are all true is met and ends the search; one with an unknown and no false cell
    could be met, and the search goes on."""
    out, left = [], mine.with_columns(pl.lit(True).alias("_sure"))
    for row in rules.limits:
        if not left.height:
            break
        left = left.with_columns(_matches(row, rules).alias("_met"))
        could = left.filter(pl.col("_met").fill_null(True))
        out.append(
            could.select(
                "episode_id",
                pl.lit(name).alias("guideline"),
                pl.lit(row.id).alias("limit_row"),
                pl.lit(row.visits, pl.Int64).alias("limit_visits"),
                (pl.col("_sure") & pl.col("_met").fill_null(False)).alias("sure"),
            )
        )
        left = left.filter(~pl.col("_met").fill_null(False)).with_columns(
            (pl.col("_sure") & pl.col("_met").is_not_null()).alias("_sure")
        )
    return out


def _matches(row: LimitRow, rules: Rules) -> pl.Expr:
    return reduce(and_, (compile_(c.node, rules.values) for c in row.cells), pl.lit(True))


def limit_table(each: pl.DataFrame, candidates: pl.DataFrame) -> pl.DataFrame:
    """A row a limit row: guideline, limit_row, limit_visits (null where plans differ), `episodes` that meet it or could
    (`sure` of them for certain) and whose visits are known, their people, `beyond` (episodes with more visits than the
    row), `share` of the episodes with its 95 % interval (`low`, `high`; clustered by member), visits_beyond."""
    known = candidates.join(each.select("episode_id", "member_id", "visits"), on="episode_id").drop_nulls("visits")
    known = known.with_columns((pl.col("visits") - pl.col("limit_visits")).clip(0).alias("over"))
    out = []
    for (guideline, row), part in known.group_by("guideline", "limit_row"):
        limits = part["limit_visits"].unique()
        share, low, high = share_of((part["over"] > 0).to_numpy().astype(float), part["member_id"])
        out.append(
            {
                "guideline": guideline,
                "limit_row": row,
                "limit_visits": limits[0] if len(limits) == 1 else None,
                "episodes": part.height,
                "sure": int(part["sure"].sum()),
                "people": part["member_id"].drop_nulls().n_unique(),
                "beyond": int((part["over"] > 0).sum()),
                "share": share,
                "low": low,
                "high": high,
                "visits_beyond": int(part["over"].sum()),
            }
        )
    return pl.DataFrame(out, schema=_TABLE).sort("guideline", "episodes", "limit_row", descending=[False, True, False])


def share_of(yes: np.ndarray, member: pl.Series) -> tuple[float | None, float | None, float | None]:
    """A share and its 95 % interval (Wilson's, over as many independent episodes as the clustering by member leaves;
    an episode without a member stands for itself)."""
    n = len(yes)
    if not n:
        return None, None, None
    share = float(yes.mean())
    who = pl.DataFrame({"member": member, "off": yes - share}).with_row_index("at")
    sums = who.group_by(pl.coalesce("member", pl.col("at").cast(pl.String))).agg(pl.col("off").sum())["off"]
    plain = n * share * (1 - share)
    worth = n / max(1.0, float((sums**2).sum()) / plain) if plain else float(n)
    z = float(special.ndtri(0.975))
    middle, half = share + z * z / (2 * worth), z * (share * (1 - share) / worth + z * z / (4 * worth**2)) ** 0.5
    low, high = ((middle + sign * half) / (1 + z * z / worth) for sign in (-1, 1))
    return share, max(0.0, low), min(1.0, high)

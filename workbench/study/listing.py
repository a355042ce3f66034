"""A comparison as people go through it: the list of requests behind a number, and the groups that it lands on."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from workbench.study.compare import Comparison
from workbench.study.rates import RATES, as_draft

_COLUMNS = ("request_id", "member_id", "episode_id", "condition", "complexity", "plan", "requested_visits",
            "requested_weeks", "visits_used", "weeks_used", "determination", "granted_visits", "granted_weeks",
            "determination_draft", "granted_visits_draft", "granted_weeks_draft", "reasons", "reasons_draft", "flipped",
            "on_assumptions")
_SEARCHED = ("request_id", "member_id", "condition", "complexity", "plan")
SORTED = ("request_id", "condition", "requested_visits", "visits_used", "determination", "determination_draft")
_BANDS = ((0, 17), (18, 39), (40, 64), (65, 74), (75, 120))
# What groups may be made by: fact → what people call it.
GROUPED = {"age_band": "age", "complexity": "complexity", "plan": "plan", "condition": "condition",
           "review_type": "first or continuing", "discipline": "discipline", "intent": "intent",
           "line_of_business": "line of business", "rural": "rural", "language": "language", "sex": "sex"}
UNKNOWN = "not recorded"


def as_frame(cases: object) -> pl.DataFrame:
    """A frame of requests, Polars or pandas, as Polars."""
    return cases if isinstance(cases, pl.DataFrame) else pl.from_pandas(cases)


@dataclass(frozen=True)
class Listed:
    """Some rows of a list, as plain mappings, and how many there are in all, how many of them flips."""

    rows: list[dict[str, object]]
    total: int
    flips: int


def requests(comparison: Comparison, *, cell: tuple[str, str] | None = None, search: str = "",
             sort: str = "request_id", descending: bool = False) -> pl.DataFrame:
    """The requests of a cell of the flip matrix, or all flips: what changes comes first."""
    pair = comparison.flips if cell is None else comparison.pair.filter(
        (pl.col("determination") == cell[0]) & (pl.col("determination_draft") == cell[1]))
    for word in search.lower().split():
        texts = (pl.col(n).fill_null("").str.to_lowercase().str.replace_all("_", " ", literal=True) for n in _SEARCHED)
        pair = pair.filter(pl.any_horizontal(t.str.contains(word.replace("_", " "), literal=True) for t in texts))
    key = sort if sort in SORTED else "request_id"
    return pair.select(_COLUMNS).sort(pl.col("flipped"), pl.col(key), "request_id", maintain_order=True,
                                      descending=[True, descending, False], nulls_last=True)


def listed(comparison: Comparison, *, limit: int = 50, **how: object) -> Listed:
    """The first rows of such a list."""
    found = requests(comparison, **how)
    return Listed(found.head(limit).to_dicts(), found.height, int(found["flipped"].sum() or 0))


def as_csv(comparison: Comparison, **how: object) -> str:
    """The whole list as CSV; lists of ids are joined by a semicolon."""
    found = requests(comparison, **how)
    return found.with_columns(pl.col("reasons", "reasons_draft").list.join(";")).write_csv()


def lands(comparison: Comparison, cases: pl.DataFrame, by: str) -> list[dict[str, object]]:
    """The groups of a fact, largest first (ages by age): requests, people, changed, and the approval rate of both
    sides. `cases` are those of the replays, in their order."""
    pair = comparison.pair.with_columns(_key(cases, by).alias("_group"))
    over, under = RATES[0].over, RATES[0].under
    table = pl.concat([pair.select("_group", "flipped", "member_id", over=over, under=under),
                       as_draft(pair).select(over_draft=over, under_draft=under)], how="horizontal")
    table = table.group_by("_group").agg(
        pl.len().alias("requests"), pl.col("member_id").drop_nulls().n_unique().alias("people"),
        pl.col("flipped").sum().alias("changed"), pl.col("over", "under", "over_draft", "under_draft").sum())
    share = [pl.when(pl.col(f"under{s}") > 0).then(pl.col(f"over{s}") / pl.col(f"under{s}")).alias(n)
             for s, n in (("", "published"), ("_draft", "draft"))]
    order = ["_group"] if by == "age_band" else ["requests", "_group"]
    table = table.with_columns(share).sort(order, descending=[o == "requests" for o in order], nulls_last=True)
    return table.select(pl.col("_group").alias("group"), "requests", "people", "changed", "published",
                        "draft").to_dicts()


def _key(cases: pl.DataFrame, by: str) -> pl.Series:
    if by not in GROUPED:
        raise ValueError(f"{by!r} is none of {', '.join(GROUPED)}")
    if by != "age_band":
        return cases[by].cast(pl.String).fill_null(UNKNOWN)
    age = pl.col("age_years")
    band = pl.lit(UNKNOWN)
    for low, high in _BANDS:
        name = f"{low} and over" if high == _BANDS[-1][1] else f"{low}–{high}"
        band = pl.when(age.is_between(low, high)).then(pl.lit(name)).otherwise(band)
    return cases.select(band.alias(by)).to_series()

"""A comparison as people go through it: the list of requests behind a number, and the groups that it lands on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, Unpack

import polars as pl
import pyarrow as pa

from workbench.cases.spreadsheet import csv_safe
from workbench.study.clocks import answer_by, first
from workbench.study.compare import Comparison
from workbench.study.fares import ALIKE, FARES, fares

COLUMNS = (
    "request_id",
    "member_id",
    "episode_id",
    "condition",
    "complexity",
    "plan",
    "requested_visits",
    "requested_weeks",
    "visits_used",
    "weeks_used",
    "determination",
    "granted_visits",
    "granted_weeks",
    "determination_draft",
    "granted_visits_draft",
    "granted_weeks_draft",
    "reasons",
    "reasons_draft",
    "flipped",
    "on_assumptions",
    "urgent",
    "urgent_draft",
    "expedited",
    "review_timing",
    "answer_by",
    "fares",
)
SHOWN = tuple(c for c in COLUMNS if not c.startswith("reasons"))  # what a list on a page has
_SEARCHED = ("request_id", "member_id", "condition", "complexity", "plan")
SORTED = ("fares", "request_id", "condition", "requested_visits", "visits_used", "determination", "determination_draft")
_BANDS = ((0, 17), (18, 39), (40, 64), (65, 74), (75, 120))
# What groups may be made by: fact → what people call it.
GROUPED = {
    "age_band": "age",
    "complexity": "complexity",
    "plan": "plan",
    "condition": "condition",
    "review_type": "first or continuing",
    "discipline": "discipline",
    "intent": "intent",
    "line_of_business": "line of business",
    "rural": "rural",
    "language": "language",
    "sex": "sex",
}
UNKNOWN = "not recorded"


def as_frame(cases: object) -> pl.DataFrame:
    """A frame of requests, Polars or pandas, as Polars; by way of Arrow, so that pandas need not be known here."""
    found = (
        cases if isinstance(cases, pl.DataFrame) else pl.from_arrow(pa.Table.from_pandas(cases, preserve_index=False))
    )
    assert isinstance(found, pl.DataFrame)
    return found


@dataclass(frozen=True)
class Listed:
    """Some rows of a list, as plain mappings, how many there are in all, and how many of them flips."""

    rows: list[dict[str, object]]
    total: int
    flips: int
    first: int = 0  # how many stand before these


def requests(
    comparison: Comparison,
    *,
    cell: tuple[str, str] | None = None,
    search: str = "",
    sort: str = "request_id",
    descending: bool = False,
    words: Mapping[str, Mapping[str, str]] | None = None,
    columns: Sequence[str] = COLUMNS,
) -> pl.DataFrame:
    """The requests of a cell of the flip matrix, or all flips: urgent first, then those of which an expedited review
    was asked, then what changes; `answer_by` is the day by which each is owed an answer. `words`: column → value →
    what the reader sees in its place; the search finds that too, and the order follows it. `fares` (study/fares.py)
    sorts losers first."""
    pair = comparison.flips if cell is None else comparison.of_cell(*cell)
    for word in search.lower().split():
        texts = [pl.col(n).fill_null("").str.to_lowercase().str.replace_all("_", " ", literal=True) for n in _SEARCHED]
        texts += [_said(n, said).str.to_lowercase() for n, said in (words or {}).items()]
        pair = pair.filter(pl.any_horizontal(t.str.contains(word.replace("_", " "), literal=True) for t in texts))
    key = sort if sort in SORTED else "request_id"
    pair = pair.with_columns(fares().alias("fares"))
    losers = pl.col("fares").replace_strict([*FARES, ALIKE], range(len(FARES) + 1), return_dtype=pl.Int8)
    by = (
        losers
        if key == "fares"
        else _said(key, words[key]).str.to_lowercase()
        if words and key in words
        else pl.col(key)
    )
    return (
        pair.with_columns(answer_by().alias("answer_by"))
        .select(columns)
        .sort(
            *first("", "_draft"),
            pl.col("flipped"),
            by,
            "request_id",
            maintain_order=True,
            descending=[True, True, True, descending, False],
            nulls_last=True,
        )
    )


def _said(column: str, words: Mapping[str, str]) -> pl.Expr:
    """A column in the words of the reader."""
    return pl.col(column).cast(pl.String).replace(list(words), list(words.values())).str.replace_all("_", " ")


class How(TypedDict, total=False):
    """Which requests are listed, and in which order: see `requests`."""

    cell: tuple[str, str] | None
    search: str
    sort: str
    descending: bool
    words: Mapping[str, Mapping[str, str]] | None


def listed(comparison: Comparison, *, limit: int = 50, skip: int = 0, **how: Unpack[How]) -> Listed:
    """At most `limit` rows of such a list, from the one after `skip` on; past its end, the first."""
    found = requests(comparison, columns=SHOWN, **how)
    skip = skip if 0 <= skip < found.height else 0
    return Listed(found[skip : skip + limit].to_dicts(), found.height, int(found["flipped"].sum() or 0), skip)


def as_csv(comparison: Comparison, *, said: Mapping[str, Mapping[str, str]] | None = None, **how: Unpack[How]) -> str:
    """The whole list as CSV; lists of ids are joined by a semicolon. `said`: column → value → the words that stand in
    the file in its place."""
    found = requests(comparison.whole(), **how)
    for name, words in (said or {}).items():
        old, new = list(words), list(words.values())
        column = pl.col(name)
        in_words = (
            column.list.eval(pl.element().replace(old, new))
            if found.schema[name] == pl.List(pl.String)
            else column.cast(pl.String).replace(old, new)
        )
        found = found.with_columns(in_words)
    return csv_safe(found).write_csv()


def lands(comparison: Comparison, cases: pl.DataFrame, by: str) -> list[dict[str, object]]:
    """The groups of a fact, largest first (ages by age): requests, people, changed, and the approval rate of both
    sides. `cases` are those of the replays, in their order."""
    table = comparison.landed(by, lambda: group_key(cases, by))
    share = [
        pl.when(pl.col(f"under{s}") > 0).then(pl.col(f"over{s}") / pl.col(f"under{s}")).alias(n)
        for s, n in (("", "published"), ("_draft", "draft"))
    ]
    order = ["group"] if by == "age_band" else ["requests", "group"]
    table = table.with_columns(share).sort(order, descending=[o == "requests" for o in order], nulls_last=True)
    return table.select("group", "requests", "people", "changed", "published", "draft").to_dicts()


def group_key(cases: pl.DataFrame, by: str) -> pl.Series:
    """The group of each request. Raises ValueError for a fact that groups are not made by."""
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

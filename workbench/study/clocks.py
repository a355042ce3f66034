"""By when a request is owed an answer, and which requests come first in a list.

A clock decides nothing: it says how long an answer may take, by kind of cover, by whether the visits are over already,
and by whether somebody asked for an expedited review (`clocks.csv`; the sources are those of docs/evidence.md).
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from itertools import product
from typing import NamedTuple

import polars as pl

from workbench.language.interpret import Facts
from workbench.shipped import shipped_rows


class Clock(NamedTuple):
    """`amount` hours or days from the day of receipt; `source` is a code of docs/evidence.md."""

    amount: int
    unit: str  # hours | days
    source: str

    @property
    def days(self) -> int:
        """In whole days; the hour of receipt is no fact."""
        return self.amount if self.unit == "days" else -(-self.amount // 24)


@lru_cache(maxsize=1)
def clocks() -> dict[tuple[str, str, bool], Clock]:
    """(line of business, review timing, expedited) → clock; a cover that stands in none has no clock that was read."""
    found = {}
    for row in shipped_rows("workbench.study", "clocks.csv"):
        parts = (row[n].split(";") for n in ("lines_of_business", "review_timing", "expedited"))
        for line, timing, expedited in product(*parts):
            found[line, timing, expedited == "true"] = Clock(int(row["amount"]), row["unit"], row["source"])
    return found


def clock(facts: Facts) -> Clock | None:
    """The clock of a request. A timing that is not stated counts as before the visits, which is never the longer one;
    an expedited review that nobody asked for was not asked for."""
    timing = facts.get("review_timing") or "pre_service"
    return clocks().get((str(facts.get("line_of_business")), str(timing), facts.get("expedited") is True))


def due(facts: Facts) -> date | None:
    """The day by which an answer is owed; None without a clock or a day of receipt."""
    found, received = clock(facts), facts.get("received_on")
    return received + timedelta(days=found.days) if found and isinstance(received, date) else None


def pressing() -> pl.Expr:
    """Whether an expedited review was asked for of visits that have not all taken place."""
    return (pl.col("expedited") & pl.col("review_timing").ne_missing("post_service")).fill_null(False)


def answer_by() -> pl.Expr:
    """The same as `due`, of a frame."""
    found = clocks()
    keys = {f"{line} {timing} {expedited}".lower(): c.days for (line, timing, expedited), c in found.items()}
    expedited = pl.when(pl.col("expedited").fill_null(False)).then(pl.lit("true")).otherwise(pl.lit("false"))
    key = pl.concat_str("line_of_business", pl.col("review_timing").fill_null("pre_service"), expedited, separator=" ")
    days = key.replace_strict(keys, default=None, return_dtype=pl.Int64)
    return (pl.col("received_on") + pl.duration(days=days)).cast(pl.Date)


def first(*sides: str) -> list[pl.Expr]:
    """What every list of requests is sorted by before all else, both descending: urgent on any of these sides
    ("" and "_draft"), then an expedited review asked for."""
    return [pl.any_horizontal(pl.col(f"urgent{side}").fill_null(False) for side in sides), pressing()]

"""By when an answer is owed, alike for one request and for a frame; urgent and expedited first in every list."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from workbench.study.clocks import answer_by, clock, due, first

DAY = date(2026, 11, 20)
# line of business, timing, expedited → (amount, unit), the day by which an answer is owed
ROWS = [
    ("medicaid", "pre_service", True, (72, "hours"), date(2026, 11, 23)),
    ("medicaid", "concurrent", False, (7, "days"), date(2026, 11, 27)),
    ("medicare_advantage", None, None, (7, "days"), date(2026, 11, 27)),
    ("medicare_advantage", "post_service", True, (30, "days"), date(2026, 12, 20)),
    ("commercial", "pre_service", True, (72, "hours"), date(2026, 11, 23)),
    ("commercial", "concurrent", True, (24, "hours"), date(2026, 11, 21)),
    ("marketplace", "concurrent", False, (15, "days"), date(2026, 12, 5)),
    ("marketplace", None, True, (72, "hours"), date(2026, 11, 23)),
    ("medicare", "pre_service", True, None, None),
    ("workers_compensation", "concurrent", False, None, None),
    (None, "pre_service", True, None, None),
]
NAMES = ("line_of_business", "review_timing", "expedited")


@pytest.mark.parametrize(("line", "timing", "expedited", "amount", "owed"), ROWS)
def test_a_clock_by_cover_timing_and_haste(line, timing, expedited, amount, owed) -> None:
    facts = dict(zip(NAMES, (line, timing, expedited), strict=True)) | {"received_on": DAY}
    found = clock(facts)
    assert (None if found is None else found[:2]) == amount and due(facts) == owed
    assert due(facts | {"received_on": None}) is None


def test_a_frame_says_the_same_as_each_request() -> None:
    frame = pl.DataFrame(
        {n: [r[i] for r in ROWS] for i, n in enumerate(NAMES)} | {"received_on": [DAY] * len(ROWS)},
        schema={"line_of_business": pl.String, "review_timing": pl.String, "expedited": pl.Boolean}
        | {"received_on": pl.Date},
    )
    assert frame.select(answer_by()).to_series().to_list() == [r[4] for r in ROWS]


def test_what_can_not_wait_comes_first_and_what_is_over_does_not() -> None:
    frame = pl.DataFrame(
        {
            "id": ["plain", "over", "asked", "urgent as drafted", "urgent"],
            "urgent": [False, False, False, False, True],
            "urgent_draft": [False, False, None, True, True],
            "expedited": [None, True, True, False, True],
            "review_timing": ["concurrent", "post_service", None, "concurrent", "pre_service"],
        }
    )
    order = frame.sort(*first("", "_draft"), descending=True, maintain_order=True)["id"].to_list()
    assert order == ["urgent", "urgent as drafted", "asked", "plain", "over"]

"""The queue beside a queue written by hand and Erlang's formula; hours on the calendar; the metrics counted again."""

from __future__ import annotations

import heapq
from datetime import date
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from workbench.errors import ProblemsFound
from workbench.study.simulate.workload import Calendar, Clinicians, erlang_c, serve, workload

ABOUT = SimpleNamespace(requests=0)


def by_hand(came: np.ndarray, takes: np.ndarray, reviewers: int) -> np.ndarray:
    free, done = [0.0] * reviewers, np.empty(len(came))
    for i, (a, t) in enumerate(zip(came, takes, strict=True)):
        done[i] = max(a, heapq.heappop(free)) + t
        heapq.heappush(free, done[i])
    return done


def test_the_queue_is_one_written_by_hand() -> None:
    rng = np.random.default_rng(2)
    came, takes = np.cumsum(rng.exponential(0.2, 3_000)), rng.exponential(0.5, 3_000)
    assert np.array_equal(serve(came, takes, 3, np.zeros(3_000, bool)), by_hand(came, takes, 3))


@pytest.mark.parametrize("reviewers, arrivals", [(1, 1.5), (3, 6.0)])
def test_waits_are_erlangs(reviewers: int, arrivals: float) -> None:
    """Poisson arrivals and exponential reviews of 20 minutes: the mean wait of 400,000 within 5 %."""
    rng = np.random.default_rng(7)
    came = np.cumsum(rng.exponential(1 / arrivals, 400_000))
    takes = rng.exponential(1 / 3, 400_000)
    waited = (by_hand(came, takes, reviewers) - came - takes).mean()
    assert waited == pytest.approx(erlang_c(arrivals, 3.0, reviewers), rel=0.05)


def test_erlang_of_one_reviewer_is_the_plain_formula() -> None:
    assert erlang_c(2.0, 3.0, 1) == pytest.approx((2 / 3) / (3 - 2))
    assert erlang_c(3.0, 3.0, 1) == float("inf")


def test_what_presses_is_taken_first() -> None:
    came, takes = np.array([0.0, 0.1, 0.2]), np.ones(3)
    assert list(serve(came, takes, 1, np.array([False, False, True]))) == [1.0, 3.0, 2.0]


def test_working_hours_on_the_calendar() -> None:
    """Received at noon on a Friday, nine working hours before it is done: on Monday at one."""
    calendar = Calendar(date(2025, 1, 3), 8)
    came = calendar.work_time(pl.Series([date(2025, 1, 3), date(2025, 1, 4)]), np.array([0.5, 0.5]))
    assert list(came) == [4.0, 8.0]  # on Saturday nobody is there: as Monday opens
    assert calendar.hours(came + 9)[0] - calendar.hours(came)[0] == 3 * 24 + 1
    assert calendar.hours(np.array([8.0]))[0] == 3 * 24 + 8


def made(rows: list[tuple[str, bool, str]]) -> SimpleNamespace:
    """Received on one day: determination, expedited, line of business."""
    cases = pl.DataFrame(
        [
            {
                "request_id": f"r{i}",
                "received_on": date(2025, 1, 6),
                "expedited": e,
                "line_of_business": b,
                "review_timing": "pre_service",
            }
            for i, (_, e, b) in enumerate(rows)
        ]
    )
    decisions = pl.DataFrame({"determination": [r[0] for r in rows], "urgent": [False] * len(rows)})
    return SimpleNamespace(cases=cases, decisions=decisions, about=ABOUT)


def test_metrics_are_counted_of_what_is_decided() -> None:
    rows = [("approved", False, "medicaid")] * 6 + [("clinician_review", False, "medicaid")] * 3
    rows += [
        ("approved_in_part", True, "medicaid"),
        ("information_needed", False, "medicaid"),
        ("not_required", False, "medicaid"),
    ]
    said = Clinicians(approve=0, appeal=1, overturn=1)
    found = workload(made(rows), [1, 2], minutes=60, spread="fixed", clinicians=said, seed=1)  # type: ignore[arg-type]
    public = {(r["metric"], r["review"]): r["value"] for r in found.public.to_dicts()}
    assert public["requests decided", "standard"] == 9 and public["requests decided", "expedited"] == 1
    assert public["approved", "standard"] == pytest.approx(6 / 9)
    assert (
        public["denied, by a clinician", "standard"]
        == public["approved after appeal", "standard"]
        == pytest.approx(3 / 9)
    )
    assert public["median time to decision", "standard"] == 0 and public["denied, by a clinician", "expedited"] == 1
    assert found.undecided == 1 and found.table["hours"].to_list() == [4.0, 4.0]
    assert found.table["late"].to_list() == [0, 0] and found.table["in_time"][0] == 4
    assert found.table["wait_mean"][1] < found.table["wait_mean"][0]
    assert {a.why for a in found.assumptions} >= {"given by the caller"}


def test_slow_review_is_late() -> None:
    """Thirty reviews of eight hours by one clinician: those after the seventh day are late, the expedited first."""
    rows = [("clinician_review", i == 29, "medicaid") for i in range(30)]
    found = workload(made(rows), [1], minutes=480, spread="fixed", seed=1)  # type: ignore[arg-type]
    assert found.requests.filter("expedited")["in_time"].to_list() == [True]
    assert found.table["late"][0] == 30 - found.requests["in_time"].sum() > 20


@pytest.mark.parametrize(
    "call",
    [{"reviewers": []}, {"reviewers": [0]}, {"reviewers": [1], "minutes": 0}, {"reviewers": [1], "spread": "even"}],
)
def test_numbers_that_are_none_are_refused(call: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        workload(made([("approved", False, "medicaid")]), **call)  # type: ignore[arg-type]


def test_without_days_there_is_no_queue() -> None:
    one = made([("approved", False, "medicaid")])
    one.cases = one.cases.with_columns(pl.lit(None, dtype=pl.Date).alias("received_on"))
    with pytest.raises(ProblemsFound):
        workload(one, [1])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="share from 0 to 1"):
        Clinicians(approve=2)

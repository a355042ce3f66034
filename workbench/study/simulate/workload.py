"""What is sent to clinicians as work: a queue in working hours, time to decision against the clock of each request, and
the yearly metrics that CMS-0057-F has payers publish.

Requests come in within the working day on which they were received (the next one, on a day off), are taken in order of
arrival, urgent and expedited ones before the others, and a review that has begun is finished. What the rules decide
takes no time. Requests that wait for papers or for an office are not decided here; they are counted.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.util import find_spec

import numpy as np
import polars as pl

from workbench.engine import decision as d
from workbench.errors import Problem, ProblemsFound
from workbench.study.clocks import clocks, first, pressing
from workbench.study.impact import MINUTES, Assumption, minutes_per_review
from workbench.study.replay import About, Replay

SPREADS = ("exponential", "fixed")
_WEEK = "1111100"
STANDARD, EXPEDITED = "standard", "expedited"


@dataclass(frozen=True)
class Clinicians:
    """What clinicians do with what is referred, and members after a denial: shares of 1, each with its source. None of
    it decides anything: it is what a simulated year rests on, and printed with it."""

    approve: float = 0.923
    appeal: float = 0.115
    overturn: float = 0.807

    def __post_init__(self) -> None:
        for name in ("approve", "appeal", "overturn"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is a share from 0 to 1, not {getattr(self, name):g}")

    def assumptions(self) -> tuple[Assumption, ...]:
        """Each number with where it comes from; another than the default is the caller's."""
        own, plain = "given by the caller", Clinicians()
        source = "KFF analysis of Medicare Advantage prior authorization in 2024, all services (G51 to G53)"
        return tuple(
            Assumption(label, getattr(self, n), "share of 1", source if getattr(self, n) == getattr(plain, n) else own)
            for n, label in (
                ("approve", "referred requests that clinicians approve"),
                ("appeal", "denials that are appealed"),
                ("overturn", "appeals that are overturned"),
            )
        )


@dataclass(frozen=True)
class Worked:
    """`table` has a row for each number of reviewers: `reviewers`, `reviews`, `hours` (of review), `busy` (share of
    their time), `wait_mean`, `wait_median`, `wait_p95` (hours on the calendar from receipt to decision, of referred
    requests), `in_time` and `late` (referred requests with a clock). `public` has the yearly metrics with the first
    number of reviewers: `metric`, `review`, `value`, `unit`. `requests` has a row a referred request with that number:
    request_id, expedited, hours, limit_hours, in_time, outcome."""

    table: pl.DataFrame = field(repr=False)
    public: pl.DataFrame = field(repr=False)
    requests: pl.DataFrame = field(repr=False)
    assumptions: tuple[Assumption, ...]
    undecided: int
    about: About
    seed: int


def workload(
    replay: Replay, reviewers: Sequence[int], *, minutes: float = MINUTES, hours_a_day: float = 8.0,
    spread: str = "exponential", clinicians: Clinicians | None = None, seed: int = 1,
) -> Worked:  # fmt: skip
    """A queue for each number of reviewers. Raises ValueError for numbers that are none, ProblemsFound where no request
    has a day of receipt (`bad-call`) and without simpy (`missing-extra`)."""
    if find_spec("simpy") is None:
        what = "there is no queue without simpy, which is not installed"
        raise ProblemsFound([Problem("missing-extra", what, hint="install therapy-workbench[simulate]")])
    clinicians = clinicians or Clinicians()
    if not reviewers or min(reviewers) < 1 or minutes <= 0 or not 0 < hours_a_day <= 24:
        raise ValueError("there is at least one reviewer, and a review and a working day take some time")
    if spread not in SPREADS:
        raise ValueError(f"{spread!r} is none of {', '.join(SPREADS)}")
    cases = replay.cases.hstack(replay.decisions.select("determination", "urgent"))
    cases = cases.with_columns(
        _limit_hours().alias("limit_hours"), first("")[0].alias("pressed"), pressing().alias("quick")
    )
    dated = cases.filter(pl.col("received_on").is_not_null())
    if dated.is_empty():
        raise ProblemsFound([Problem("bad-call", "no request has received_on, so that nothing can queue")])
    rng = np.random.default_rng(seed)
    referred = dated.filter(pl.col("determination").is_in([d.CLINICIAN, d.IN_PART])).sort("received_on", "request_id")
    calendar = Calendar(dated["received_on"].min(), hours_a_day)
    came = calendar.work_time(referred["received_on"], rng.random(referred.height))
    takes = (
        rng.exponential(minutes / 60, referred.height)
        if spread == "exponential"
        else np.full(referred.height, minutes / 60)
    )
    approved = rng.random(referred.height) < clinicians.approve
    appealed = ~approved & (rng.random(referred.height) < clinicians.appeal)
    turned = appealed & (rng.random(referred.height) < clinicians.overturn)
    ahead = referred.select(pl.col("pressed") | pl.col("quick")).to_series().to_numpy()
    limit = referred["limit_hours"].to_numpy().astype(float)
    rows, kept = [], np.zeros(referred.height)
    for i, number in enumerate(reviewers):
        done = serve(came, takes, number, ahead)
        hours = calendar.hours(done) - calendar.hours(came)
        kept = hours if i == 0 else kept
        spanned = max(float(done.max(initial=0.0) - came.min(initial=0.0)), 1e-9)
        has = ~np.isnan(limit)
        rows.append(
            {"reviewers": number, "reviews": referred.height, "hours": float(takes.sum()),
             "busy": float(takes.sum() / number / spanned) if referred.height else 0.0,
             **{f"wait_{n}": _of(hours, q) for n, q in (("mean", None), ("median", 0.5), ("p95", 0.95))},
             "in_time": int((hours[has] <= limit[has]).sum()), "late": int((hours[has] > limit[has]).sum())}
        )  # fmt: skip
    outcome = np.select([approved, turned], ["approved", "approved after appeal"], "denied by the clinician")
    requests = referred.select("request_id", pl.col("quick").alias(EXPEDITED), "limit_hours").with_columns(
        pl.Series("hours", kept), pl.Series("outcome", outcome, dtype=pl.String)
    )
    requests = requests.with_columns((pl.col("hours") <= pl.col("limit_hours")).alias("in_time"))
    assumed = (
        minutes_per_review(minutes),
        Assumption("length of a review", 1.0, spread, "its distribution around the mean"),
        Assumption("working hours a day, Monday to Friday", hours_a_day, "hours", "a house assumption"),
        *clinicians.assumptions(),
    )
    undecided = dated.filter(pl.col("determination").is_in([d.INFORMATION, d.ADMINISTRATIVE])).height
    return Worked(pl.DataFrame(rows), _public(dated, requests), requests, assumed, undecided, replay.about, seed)


def _of(hours: np.ndarray, at: float | None) -> float | None:
    if not len(hours):
        return None
    return float(hours.mean() if at is None else np.quantile(hours, at))


def _limit_hours() -> pl.Expr:
    """Hours from receipt by which an answer is owed; null without a clock (study/clocks.py)."""
    found = {
        f"{line} {timing} {quick}".lower(): float(c.amount if c.unit == "hours" else 24 * c.amount)
        for (line, timing, quick), c in clocks().items()
    }
    quick = pl.when(pl.col("expedited").fill_null(False)).then(pl.lit("true")).otherwise(pl.lit("false"))
    key = pl.concat_str("line_of_business", pl.col("review_timing").fill_null("pre_service"), quick, separator=" ")
    return key.replace_strict(found, default=None, return_dtype=pl.Float64)


def serve(came: np.ndarray, takes: np.ndarray, reviewers: int, ahead: np.ndarray) -> np.ndarray:
    """When each job is done: `came` and `takes` in working hours; those `ahead` are taken before the others."""
    import simpy

    environment = simpy.Environment()
    desk = simpy.PriorityResource(environment, capacity=reviewers)
    done = np.zeros(len(came))

    def job(i: int) -> Generator[simpy.Event, None, None]:
        yield environment.timeout(float(came[i]))
        with desk.request(priority=0 if ahead[i] else 1) as turn:
            yield turn
            yield environment.timeout(float(takes[i]))
        done[i] = environment.now

    for i in range(len(came)):
        environment.process(job(i))
    environment.run()
    return done


def erlang_c(arrivals: float, service: float, reviewers: int) -> float:
    """The mean wait in a queue of Poisson arrivals (an hour), exponential services (an hour each reviewer) and so many
    reviewers, in hours; infinite where more comes in than is done."""
    load = arrivals / service
    if load >= reviewers:
        return math.inf
    last = load**reviewers / math.factorial(reviewers) * reviewers / (reviewers - load)
    waits = last / (sum(load**k / math.factorial(k) for k in range(reviewers)) + last)
    return waits / (reviewers * service - arrivals)


class Calendar:
    """Working hours from the first working day on, Monday to Friday, and hours on the calendar."""

    def __init__(self, start: object, hours_a_day: float, opens: float = 8.0):
        assert isinstance(start, date)
        self.start = np.busday_offset(np.datetime64(start), 0, roll="forward", weekmask=_WEEK)
        self.day, self.opens = hours_a_day, min(opens, 24 - hours_a_day)

    def work_time(self, received: pl.Series, share: np.ndarray) -> np.ndarray:
        """Working hours at which requests come in: within the day of receipt, or as the next working day opens."""
        days = received.to_numpy().astype("datetime64[D]")
        before = np.busday_count(self.start, days, weekmask=_WEEK)
        return np.asarray(self.day * (before + np.where(np.is_busday(days, weekmask=_WEEK), share, 0.0)))

    def hours(self, work: np.ndarray) -> np.ndarray:
        """The same moments in hours on the calendar since the first midnight."""
        whole = np.floor(work / self.day + 1e-12).astype(np.int64)
        days = np.busday_offset(self.start, whole, weekmask=_WEEK) - self.start
        return np.asarray(24.0 * days.astype(np.int64) + self.opens + (work - whole * self.day))


def _public(dated: pl.DataFrame, referred: pl.DataFrame) -> pl.DataFrame:
    """The metrics of 42 CFR 422.122(c) and its like: shares of the requests decided, and times, by kind of review."""
    at_once = dated.filter(pl.col("determination") == d.APPROVED).select("request_id", pl.col("quick").alias(EXPEDITED))
    at_once = at_once.with_columns(pl.lit(0.0).alias("hours"), pl.lit("approved").alias("outcome"))
    every = pl.concat([at_once, referred.select(at_once.columns)])
    rows: list[tuple[str, str, float | None, str]] = []
    for name, quick in ((STANDARD, False), (EXPEDITED, True)):
        mine = every.filter(pl.col(EXPEDITED) == quick)
        many = mine.height
        counts = dict(mine["outcome"].value_counts().rows())
        first_denied = many - counts.get("approved", 0)
        rows.append(("requests decided", name, float(many), "requests"))
        for label, number in (
            ("approved", counts.get("approved", 0)),
            ("denied, by a clinician", first_denied),
            ("approved after appeal", counts.get("approved after appeal", 0)),
        ):
            rows.append((label, name, number / many if many else None, "share of requests decided"))
        rows.append(("approved after the time was extended", name, None, "not simulated"))
        times, unit = (1.0, "hours") if quick else (24.0, "days")
        for label, found in (
            ("mean time to decision", mine["hours"].mean()),
            ("median time to decision", mine["hours"].median()),
        ):
            rows.append((label, name, float(found) / times if isinstance(found, float) else None, unit))
    return pl.DataFrame(
        rows, schema={"metric": pl.String, "review": pl.String, "value": pl.Float64, "unit": pl.String}, orient="row"
    )

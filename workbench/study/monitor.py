"""Monitoring where review is not required, or not yet: everything that lines of claims tell, put together.

    found = monitor(claims, setting, today=date(2026, 1, 31))
    found.trends, found.groups("state"), found.limits, found.funnel, found.findings, found.interrupted

Counts of people, episodes and rows (claims or requests) stand apart. Lines that stand twice, have no day or lie in the
future are told among the findings and are in no count; everything else is counted as it is, wrong or not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from workbench.cases.claim_lines import Lines, episode_cases
from workbench.cases.frame import CaseFrame
from workbench.engine.setting import Setting
from workbench.study import monitor_checks, monitor_limits, monitor_trends
from workbench.study.monitor_funnel import Funnel, early, funnel
from workbench.study.monitor_series import Interrupted, since_day, since_program

_NOT_COUNTED = ("duplicate-line", "no-day", "in-the-future")


@dataclass(frozen=True)
class About:
    """What a monitoring rests on. `rows_are`: claims or requests; `not_counted` of them by the code of the finding;
    `guidelines`: the versions whose limit rows episodes were held against."""

    rows_are: str
    rows: int
    counted: int
    episodes: int
    people: int
    providers: int
    visits: int
    period: tuple[date | None, date | None]  # first and last day of service counted
    today: date
    deciding_day: date | None
    guidelines: tuple[str, ...]
    program: str | None
    not_counted: tuple[tuple[str, int], ...]
    unchecked: tuple[str, ...]
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """As JSON has it."""
        out = dict(vars(self))
        out["period"] = [d and d.isoformat() for d in self.period]
        out["today"], out["deciding_day"] = self.today.isoformat(), self.deciding_day and self.deciding_day.isoformat()
        out["not_counted"] = dict(self.not_counted)
        return out


@dataclass(frozen=True)
class Monitoring:
    """All of it. `lines` are those counted; `episodes` a row each (monitor_trends.episodes); `each` and `limits`: the
    episodes against limit rows (monitor_limits); `interrupted` None where no day and no program was named."""

    about: About
    lines: Lines = field(repr=False)
    trends: pl.DataFrame = field(repr=False)
    episodes: pl.DataFrame = field(repr=False)
    each: pl.DataFrame = field(repr=False)
    limits: pl.DataFrame = field(repr=False)
    funnel: Funnel = field(repr=False)
    findings: pl.DataFrame = field(repr=False)
    interrupted: Interrupted | None = field(repr=False, default=None)

    def groups(self, dimension: str, *, fewest: int = 0) -> pl.DataFrame:
        """The counts of each value of a dimension (monitor_trends.groups)."""
        return monitor_trends.groups(self.lines, dimension, fewest=fewest)


def monitor(
    lines: Lines,
    setting: Setting,
    *,
    today: date,
    rows_are: str,
    cases: CaseFrame | None = None,
    since: date | None = None,
    q: float = 0.05,
    notes: tuple[str, ...] = (),
) -> Monitoring:
    """Monitor lines (with their episodes). `cases`: the requests that they come of, whose facts an episode is held
    against limit rows by. `since`: a day to hold what was before against what came after; without it the days of the
    setting's program. Raises ProblemsFound."""
    found = monitor_checks.findings(lines, today)
    outside = found.filter(pl.col("code").is_in(_NOT_COUNTED))
    counted = lines.filter(~pl.col("row").is_in(outside["row"].implode()))
    episodes = monitor_trends.episodes(counted)
    asked = episode_cases(counted) if cases is None else _first_requests(cases, counted, episodes)
    each, candidates = monitor_limits.held_against_rows(asked, setting)
    interrupted = None
    if since is not None:
        interrupted = since_day(counted, since)
    elif setting.program is not None:
        interrupted = since_program(counted, setting.library, setting.program)
    first, last = counted.select(pl.col("service_on").min(), pl.col("service_on").max().alias("last")).row(0)
    about = About(
        rows_are,
        lines.height,
        counted.height,
        episodes.height,
        counted["member_id"].drop_nulls().n_unique(),
        counted["provider_npi"].drop_nulls().n_unique(),
        int(counted["visits"].sum()),
        (first, last),
        today,
        setting.as_of,
        tuple(sorted(candidates["guideline"].unique())),
        setting.program,
        tuple((c, n) for c in _NOT_COUNTED if (n := outside.filter(code=c).height)),
        monitor_checks.unchecked(lines),
        notes,
    )
    return Monitoring(
        about,
        counted,
        monitor_trends.trends(counted),
        episodes,
        each,
        monitor_limits.limit_table(each, candidates),
        funnel(early(episodes), q=q),
        found,
        interrupted,
    )


def _first_requests(cases: CaseFrame, lines: Lines, episodes: pl.DataFrame) -> CaseFrame:
    """The first request of each episode, with the visits of the whole one; those that it had before the file count."""
    named = lines.select(pl.col("claim_id").alias("request_id"), "episode_id", "service_on").drop_nulls("episode_id")
    first = named.sort("service_on", maintain_order=True).unique("episode_id", keep="first", maintain_order=True)
    known = cases.drop("episode_id", strict=False).join(
        first.drop("service_on"), on="request_id", maintain_order="left"
    )
    visits = known.join(episodes.select("episode_id", "visits"), on="episode_id", how="left", maintain_order="left")
    return known.with_columns((visits["visits"] + visits["visits_used"].fill_null(0)).alias("visits_attended"))

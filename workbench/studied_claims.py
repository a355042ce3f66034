"""What `wb.monitor` and `wb.plant_claims` give: pandas tables, figures and the page of monitoring."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd
import polars as pl

from workbench.generator import claim_lines as _planted
from workbench.results import Picture, to_pandas
from workbench.study import monitor as _monitor
from workbench.study import monitor_checks as _checks


@dataclass(frozen=True)
class Monitored:
    """Claims as monitored: utilization, episodes against limit rows, providers against their case mix, findings.

    Shape: `trends`: a row for each month and each value of each dimension (all, provider_npi, condition, state,
    line_of_business, discipline): rows (claims or requests, as `.about.rows_are` says), visits, rows_without_visits,
    episodes_begun, episodes, people; `groups(dimension)`: the same over the whole period, with visits_an_episode;
    `episodes`: a row an episode; `limits`: a row a limit row: visits, episodes that meet it or could, sure, people,
    beyond, share, low, high, visits_beyond; `providers`: a row a provider, by NPI: episodes, people, visits, expected,
    ratio, low, high, z, p, q, flag, bonferroni, why; `findings`: a row a finding: code, kind (wrong, look), row,
    claim_id, member_id, provider_npi, service_on, why; `checks`: a row a code with its counts; `steps`: a row a series
    of before and after (empty without one).
    Units: visits, and counts by their names; shares of 1; `low` to `high` is a 95 % interval (of `providers`: the
    limits within which the ratio is expected).
    Errors: none of its own.

    >>> from datetime import date
    >>> found = wb.monitor(cases, guidelines, today=date(2026, 12, 31))
    >>> found.about.rows_are, found.about.rows
    ('requests', 200)
    """

    result: _monitor.Monitoring = field(repr=False)

    @property
    def about(self) -> _monitor.About:
        """What it rests on: counts by their names, period, versions, what is in no count, what was not checked."""
        return self.result.about

    @cached_property
    def trends(self) -> pd.DataFrame:
        """Counts by month, over all and by each value of each dimension."""
        return to_pandas(self.result.trends)

    def groups(self, dimension: str, *, fewest: int = 0) -> pd.DataFrame:
        """Counts of each value of a dimension; groups of fewer people than `fewest` stand together."""
        return to_pandas(self.result.groups(dimension, fewest=fewest))

    @cached_property
    def episodes(self) -> pd.DataFrame:
        """A row an episode: visits, early (of its first 90 days), followed, who gave most of them."""
        return to_pandas(self.result.episodes)

    @cached_property
    def limits(self) -> pd.DataFrame:
        """What review would have seen: a row a limit row."""
        return to_pandas(self.result.limits)

    @cached_property
    def providers(self) -> pd.DataFrame:
        """The funnel: a row a provider, by NPI, never by rank."""
        return to_pandas(self.result.funnel.providers)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What can not be, or should be looked at: where, and why."""
        return to_pandas(self.result.findings)

    @cached_property
    def checks(self) -> pd.DataFrame:
        """Every check with how many lines and people it found."""
        return to_pandas(_checks.counts(self.result.findings))

    @cached_property
    def steps(self) -> pd.DataFrame:
        """Before and after a day: level and slope of each series with their intervals."""
        found = self.result.interrupted
        return pd.DataFrame() if found is None else to_pandas(found.table)

    @property
    def text(self) -> str:
        """The summary in words."""
        from workbench.words.monitor import lines

        return "\n".join(lines(self.result))

    def picture(self, name: str = "utilization", number: int = 0) -> Picture:
        """The figure `utilization`, `funnel` or `series` (of the step `number`) with its text. Raises KeyError for
        another name, and IndexError for a step that is none."""
        from workbench.review.monitor_page import picture

        return Picture(*picture(self.result, name, number))

    def report(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the page (HTML). A file that is there is replaced only with `force`; raises ProblemsFound."""
        from workbench.documents.outputs import claim, write_bytes
        from workbench.review.monitor_page import monitor_page

        claim([str(path)], [], force=force, endings=(".html",))
        write_bytes(Path(path), monitor_page(self.result).encode())
        return Path(path)


@dataclass(frozen=True)
class Planted:
    """Invented claims with planted outliers and faults.

    Shape: `lines`: a row a visit (docs/monitoring.md lists the columns); `outliers`: provider_npi, factor; `faults`:
    code, row.
    Units: `factor` times the visits; `step` is the day from which new episodes take `step_factor` times the visits.
    Errors: as `held_against` says.

    >>> planted = wb.plant_claims(500, guidelines, seed=3)
    >>> sorted(planted.outliers.columns)
    ['factor', 'provider_npi']
    """

    result: _planted.Planted = field(repr=False)

    @cached_property
    def lines(self) -> pd.DataFrame:
        """The lines of claims."""
        return to_pandas(self.result.lines)

    @cached_property
    def outliers(self) -> pd.DataFrame:
        """Who was made an outlier, and by how much."""
        return to_pandas(self.result.outliers)

    @cached_property
    def faults(self) -> pd.DataFrame:
        """Which rows were made wrong, and how."""
        return to_pandas(self.result.faults)

    def held_against(self, found: Monitored) -> pd.DataFrame:
        """What monitoring of these lines found of what is there: a row for each kind of thing planted (outliers, and
        faults by code): what, planted, found, false_alarms. Raises KeyError for a monitoring of other lines."""
        funnel, faults = found.result.funnel, self.result.faults
        named = self.result.outliers["provider_npi"].implode()
        flagged = funnel.flagged.filter(flag="more")
        right = flagged.filter(pl.col("provider_npi").is_in(named)).height
        rows = [("outliers", self.result.outliers.height, right, funnel.flagged.height - right)]
        got = found.result.findings.select("code", "row").unique()
        for code in sorted({*faults["code"], *got["code"]}):
            mine, seen = faults.filter(code=code), got.filter(code=code)
            hit = mine.join(seen, on="row", how="semi").height
            rows.append((code, mine.height, hit, seen.height - hit))
        return pd.DataFrame(rows, columns=["what", "planted", "found", "false_alarms"])

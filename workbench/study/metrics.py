"""Every metric of an outcome, of all requests or within groups: rates with their paired, clustered intervals, counts,
amounts. Always draft − published."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from workbench.engine.decision import DETERMINATIONS
from workbench.study.compare import Groups
from workbench.study.ledger import CODE, Ledger, Numbers
from workbench.study.listing import group_key
from workbench.study.outcomes import Outcome
from workbench.study.rates import NEWLY_REFERRED, RATES, rates_of
from workbench.study.replay import Replay

COUNTS = ("changed_requests", "changed_episodes", "changed_people")
AMOUNTS = ("granted_visits", "granted_weeks")
UNITS = dict(zip((*COUNTS, *AMOUNTS), ("requests", "episodes", "people", "visits", "weeks"), strict=True))
METRICS = (*(k.name for k in RATES), NEWLY_REFERRED, *COUNTS, *AMOUNTS, *DETERMINATIONS)


@dataclass(frozen=True)
class Measured:
    """`unit`: share (of 1), requests, episodes, people, visits or weeks. None: a rate without a denominator; `low` and
    `high`, the 95 % interval of the difference, stand for rates and `newly_referred` alone."""

    metric: str
    unit: str
    published: float | None
    draft: float | None
    difference: float | None
    low: float | None = None
    high: float | None = None


def measured(ledger: Ledger, outcome: Outcome) -> Iterator[Measured]:
    """Every metric of an outcome, in the order of METRICS."""
    rows, side = outcome.rows, outcome.side
    sums, people = ledger.sums(rows, side.determination, side.visits)
    for rate in rates_of(sums):
        unit = "requests" if rate.name == NEWLY_REFERRED else "share"
        yield Measured(rate.name, unit, rate.published, rate.draft, rate.difference, rate.low, rate.high)
    for name, count in zip(COUNTS, (len(rows), ledger.episodes(rows), people), strict=True):
        yield _whole(name, UNITS[name], 0, count)
    for name, before, after in zip(AMOUNTS, (ledger.visits, ledger.weeks), (side.visits, side.weeks), strict=True):
        yield _whole(name, UNITS[name], ledger.granted[name], _sum(after) - _sum(before[rows]))
    moved = counted(side.determination) - counted(ledger.determination[rows])
    for name, code in CODE.items():
        yield _whole(name, "requests", int(ledger.counts[code]), int(moved[code]))


def counted(determinations: Numbers) -> Numbers:
    """Requests by determination, in the order of DETERMINATIONS."""
    return np.bincount(determinations, minlength=len(CODE))


def _sum(amounts: Numbers) -> int:
    return int(np.maximum(amounts, 0).sum())


def _whole(name: str, unit: str, published: int, moved: int) -> Measured:
    return Measured(name, unit, float(published), float(published + moved), float(moved))


class Breakdown:
    """The requests of a ledger in the groups of a fact, each with a ledger of its own. Raises ValueError for a fact
    that groups are not made by."""

    def __init__(self, ledger: Ledger, by: str):
        groups = Groups.of(group_key(ledger.replay.cases, by))
        self.names, self.place = groups.names, groups.place
        self._within = np.empty(len(self.place), dtype=np.int64)
        self.ledgers = []
        for i in range(len(self.names)):
            rows = np.flatnonzero(self.place == i)
            self._within[rows] = np.arange(len(rows))
            cases, decisions = ledger.replay.cases[rows], ledger.replay.decisions[rows]
            part = Replay(cases, decisions, ledger.replay.about)
            self.ledgers.append(Ledger(ledger.ready.some(cases), ledger.setting, part))

    def parts(self, outcome: Outcome) -> Iterator[tuple[str, Ledger, Outcome]]:
        """Group, its ledger, and what of the outcome falls into it."""
        at = self.place[outcome.rows]
        for i, (name, ledger) in enumerate(zip(self.names, self.ledgers, strict=True)):
            mine = np.flatnonzero(at == i)
            yield name, ledger, Outcome(self._within[outcome.rows[mine]], outcome.side[mine])

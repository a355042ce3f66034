"""What settings change of a published replay: the requests that come out otherwise, and how; exact, by look-up where
groups can be decided in place of requests (hand.py), else by deciding all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from workbench.engine.retune import DoesNotPay, at_once
from workbench.engine.setting import Setting
from workbench.errors import ProblemsFound
from workbench.study.hand import Hand, Side, take
from workbench.study.ledger import Ledger, Numbers


@dataclass(frozen=True)
class Outcome:
    """`rows`: places of the requests whose determination, visits or weeks differ from published, ascending; `side`:
    how they come out."""

    rows: Numbers
    side: Side

    def some(self, mine: Numbers) -> Outcome:
        """Of those rows alone for which `mine`, one truth for each request of the ledger, holds."""
        kept = np.flatnonzero(mine[self.rows])
        return Outcome(self.rows[kept], self.side[kept])


class Outcomes:
    """The outcome of each of some settings, which differ from that of a ledger in their draft alone."""

    def __init__(self, ledger: Ledger, settings: Sequence[Setting]):
        self.ledger, self.settings = ledger, tuple(settings)
        self.hand = in_hand(ledger, self.settings)

    @property
    def looked_up(self) -> bool:
        return self.hand is not None

    def as_before(self, at: int) -> bool:
        """Whether this setting is known to decide everything as the one before it does."""
        if self.hand is None or not at:
            return False
        found = self.hand.retuned.outcomes
        return found[at].equals(found[at - 1])

    def __len__(self) -> int:
        return len(self.settings)

    def __iter__(self) -> Iterator[Outcome]:
        return (self[i] for i in range(len(self.settings)))

    def __getitem__(self, at: int) -> Outcome:
        return decided(self.ledger, self.settings[at]) if self.hand is None else _sorted(*self.hand.changed(at))


def in_hand(ledger: Ledger, settings: Sequence[Setting]) -> Hand | None:
    """The settings in hand, by their places; None where deciding them one by one is cheaper."""
    try:
        return at_once(take(ledger, [Decimal(i) for i in range(len(settings))], settings))
    except (DoesNotPay, ProblemsFound):  # rules that decide nobody are looked at here, and may not fit a draft
        return None


def decided(ledger: Ledger, setting: Setting) -> Outcome:
    """The same by the full engine, request by request."""
    side = Side(ledger.replayed(setting).decisions)
    rows = np.arange(len(side.determination))
    rows = np.flatnonzero(ledger.flipped(rows, side.determination, side.visits, side.weeks))
    return Outcome(rows, side[rows])


def _sorted(rows: Numbers, side: Side) -> Outcome:
    order = np.argsort(rows, kind="stable")
    return Outcome(rows[order].astype(np.int64), side[order])

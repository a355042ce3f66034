"""A control in hand: what moving it changes, looked up among groups instead of decided (engine/retune.py).

Exact: a comparison at a value of the control says what the comparison of two whole replays says.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cached_property

import numpy as np
import polars as pl

from workbench.engine import decision as d
from workbench.engine.base import Base
from workbench.engine.retune import Retuned, retuning
from workbench.engine.setting import Setting
from workbench.study.compare import Comparison, Counts, Groups, compare
from workbench.study.ledger import CODE, Ledger, Numbers, codes, whole
from workbench.study.rates import Rate, Sums, rates_of, weights
from workbench.study.replay import About, Pin

PAGE = ("determination", "granted_visits", "granted_weeks", "urgent", "waived_visits")
_BESIDE = {f"_published_{n}": n for n in PAGE[:3]}  # rows of one group come out alike as published too


class Side:
    """Some rows and how they come out: determination, visits and weeks as the ledger has them, whether urgent, and
    visits waived."""

    _NAMES = ("determination", "visits", "weeks", "urgent", "waived")

    def __init__(self, frame: pl.DataFrame):
        self.determination = codes(frame["determination"])
        self.visits, self.weeks = whole(frame["granted_visits"]), whole(frame["granted_weeks"])
        self.urgent = frame["urgent"].to_numpy()
        self.waived = whole(frame["waived_visits"])

    def __getitem__(self, at: Numbers) -> Side:
        out = object.__new__(Side)
        for name in self._NAMES:
            setattr(out, name, getattr(self, name)[at])
        return out

    def beside(self, other: Side) -> Side:
        out = object.__new__(Side)
        for name in self._NAMES:
            setattr(out, name, np.concatenate([getattr(self, name), getattr(other, name)]))
        return out


class Hand:
    """All values of one control, everything else held at its draft value."""

    def __init__(self, ledger: Ledger, values: Sequence[Decimal], settings: Sequence[Setting], retuned: Retuned):
        self.ledger, self.settings, self.retuned = ledger, tuple(settings), retuned
        self.places = {value: i for i, value in enumerate(values)}
        self.values = tuple(values)
        order = np.argsort(retuned.group, kind="stable").astype(np.int32)
        self._rows = order[int((retuned.group < 0).sum()) :]  # rows that move, by group
        self._sizes = np.bincount(retuned.group[self._rows], minlength=retuned.outcomes[0].height)
        self._first = self._rows[np.cumsum(self._sizes) - self._sizes] if len(self._sizes) else self._rows
        self._kept: dict[int, Tuned] = {}

    @cached_property
    def _base(self) -> Side:
        return Side(self.retuned.base)

    @cached_property
    def _still(self) -> Numbers:
        """Rows that come out otherwise than published at every value, since other things are drafted too."""
        base = self._base
        differs = self.ledger.flipped(np.arange(len(base.urgent)), base.determination, base.visits, base.weeks)
        return np.flatnonzero(differs & (self.retuned.group < 0)).astype(np.int32)

    def outcome(self, at: int) -> Side:
        """How each group comes out at the value of a place."""
        found = self.retuned.outcomes[at]
        # A column that does not move is as in the base, which one row of the group tells.
        lacks = [c for c in PAGE if c not in found.columns]
        first = pl.Series(self._first, dtype=pl.UInt32)
        return Side(found.with_columns(self.retuned.base[c][first] for c in lacks))

    def changed(self, at: int) -> tuple[Numbers, Side]:
        """The rows that come out otherwise than published at a value, and how."""
        groups = self.outcome(at)
        flips = self.ledger.flipped(self._first, groups.determination, groups.visits, groups.weeks)
        rows = self._rows[np.repeat(flips, self._sizes)]
        side = self._as_base(groups[self.retuned.group[rows]], rows)
        return np.concatenate([rows, self._still]), side.beside(self._base[self._still])

    def all_rows(self, at: int) -> Side:
        """How every request comes out at a value."""
        groups, group = self.outcome(at), self.retuned.group
        if not len(groups.urgent):
            return self._base
        every = np.arange(len(group))
        return self._as_base(self._base.beside(groups)[np.where(group >= 0, group + len(group), every)], every)

    def _as_base(self, side: Side, rows: Numbers) -> Side:
        """These rows with what does not move as each of them has it: rows of one group may differ in that."""
        found = self.retuned.outcomes[0].columns
        for column, name in zip(PAGE, ("determination", "visits", "weeks", "urgent", "waived"), strict=True):
            if column not in found:
                setattr(side, name, getattr(self._base, name)[rows])
        return side

    def at(self, value: Decimal) -> Tuned:
        """The comparison at a value of the control. Raises KeyError for a value that is none of them."""
        place = self.places[value]
        if place not in self._kept:
            self._kept[place] = Tuned(self, place)
        return self._kept[place]


def take(ledger: Ledger, values: Sequence[Decimal], settings: Sequence[Setting]) -> Generator[None, None, Hand]:
    """Take a control in hand, step by step: `settings` are those of its values. Raises DoesNotPay."""
    if ledger.base is None:
        published = ledger.replay.decisions.select(pl.col(n).alias(name) for name, n in _BESIDE.items())
        ledger.base = Base(ledger.ready.frame.hstack(published), ledger.setting, PAGE)
    retuned = yield from retuning(ledger.base, settings, tuple(_BESIDE))
    return Hand(ledger, values, settings, retuned)


class Tuned(Comparison):
    """The comparison at one value of a control in hand. What a page shows is looked up; the pair with all its columns
    is decided when it is asked for."""

    _hand: Hand
    _at: int

    def __init__(self, hand: Hand, at: int):
        self.__dict__.update(_hand=hand, _at=at, published=hand.ledger.replay.about, draft=about_of(hand, at))

    @cached_property
    def _changed(self) -> tuple[Numbers, Side]:
        return self._hand.changed(self._at)

    @cached_property
    def _sums(self) -> tuple[Sums, int]:
        rows, side = self._changed
        return self._hand.ledger.sums(rows, side.determination, side.visits)

    @cached_property
    def _whole(self) -> Comparison:
        ledger = self._hand.ledger
        return compare(ledger.replay, ledger.replayed(self._hand.settings[self._at]))

    def whole(self) -> Comparison:
        return self._whole

    @cached_property
    def pair(self) -> pl.DataFrame:
        return self._whole.pair

    @cached_property
    def flips(self) -> pl.DataFrame:
        rows, side = self._changed
        order = np.argsort(rows, kind="stable")
        return self._listed(rows[order], side[order])

    def of_cell(self, published: str, draft: str) -> pl.DataFrame:
        rows, side = self._changed
        if published != draft:
            mine = (self._hand.ledger.determination[rows] == CODE[published]) & (side.determination == CODE[draft])
            order = np.flatnonzero(mine)
            order = order[np.argsort(rows[order], kind="stable")]
            return self._listed(rows[order], side[order])
        every = self._hand.all_rows(self._at)
        same = (self._hand.ledger.determination == CODE[published]) & (every.determination == CODE[draft])
        rows = np.flatnonzero(same)
        return self._listed(rows, every[rows])

    def _listed(self, rows: Numbers, side: Side) -> pl.DataFrame:
        """These requests with the columns that lists show."""
        ledger = self._hand.ledger
        at = pl.Series(rows, dtype=pl.UInt32)
        names = pl.Series(d.DETERMINATIONS)

        def amount(numbers: Numbers) -> pl.Series:
            found = pl.Series(numbers, dtype=pl.Int64)
            return found.set(found < 0, None)

        return ledger.shown[at].with_columns(
            names[pl.Series(side.determination, dtype=pl.UInt32)].alias("determination_draft"),
            amount(side.visits).alias("granted_visits_draft"),
            amount(side.weeks).alias("granted_weeks_draft"),
            amount(side.waived).alias("waived_visits_draft"),
            pl.Series("urgent_draft", side.urgent, dtype=pl.Boolean),
            pl.Series("flipped", ledger.flipped(rows, side.determination, side.visits, side.weeks), dtype=pl.Boolean),
        )

    @cached_property
    def matrix(self) -> dict[str, dict[str, int]]:
        rows, side = self._changed
        kinds, ledger = len(CODE), self._hand.ledger
        before = ledger.determination[rows]
        table = np.diag(ledger.counts - np.bincount(before, minlength=kinds))
        table += np.bincount(before.astype(np.int64) * kinds + side.determination, minlength=kinds**2).reshape(
            kinds, kinds
        )
        return {a: {b: int(table[i, j]) for b, j in CODE.items()} for a, i in CODE.items()}

    @cached_property
    def rates(self) -> tuple[Rate, ...]:
        return rates_of(self._sums[0])

    @property
    def total(self) -> Counts:
        return self._hand.ledger.total

    @cached_property
    def flipped(self) -> Counts:
        rows, _ = self._changed
        return Counts(len(rows), self._hand.ledger.episodes(rows), self._sums[1])

    def amount(self, name: str) -> dict[str, int]:
        ledger, (rows, side) = self._hand.ledger, self._changed
        known = {"granted_visits": (ledger.visits, side.visits), "granted_weeks": (ledger.weeks, side.weeks)}
        if name not in known:
            return self._whole.amount(name)
        published, draft = known[name]
        total = ledger.granted[name]
        moved = int(np.maximum(draft, 0).sum()) - int(np.maximum(published[rows], 0).sum())
        return {"published": total, "draft": total + moved, "difference": moved}

    def grouped(self, by: str, key: Callable[[], pl.Series]) -> tuple[list[str], Numbers, Numbers, Numbers]:
        ledger, (rows, side) = self._hand.ledger, self._changed
        if by not in ledger.groups:
            made = Groups.of(key())
            ledger.groups[by] = made, made.sums(ledger.features())
        groups, before = ledger.groups[by]
        moved = groups.sums(ledger.features_moved(rows, side.determination, side.visits), rows)
        changed = np.bincount(groups.place[rows], minlength=len(groups.names))
        return groups.names, before, before + moved, changed

    def landed(self, by: str, key: Callable[[], pl.Series]) -> pl.DataFrame:
        ledger, (rows, side) = self._hand.ledger, self._changed
        if by not in ledger.landed:
            still = Comparison.landed(compare(ledger.replay, ledger.replay), by, key).sort("group", nulls_last=True)
            places = {group: i for i, group in enumerate(still["group"])}
            ledger.landed[by] = still, key().replace_strict(places, return_dtype=pl.Int32).to_numpy()
        still, place = ledger.landed[by]
        over, under = (w[: len(CODE)] for w in weights()["approval_rate"])
        at, before = place[rows], ledger.determination[rows]

        def moved(weight: Numbers) -> Numbers:
            return np.bincount(at, weights=weight[side.determination] - weight[before], minlength=still.height)

        return still.with_columns(
            pl.Series("changed", np.bincount(at, minlength=still.height), dtype=still.schema["changed"]),
            pl.col("over_draft") + pl.Series(moved(over)),
            pl.col("under_draft") + pl.Series(moved(under)),
        )


def about_of(hand: Hand, at: int) -> About:
    """What a comparison at a value rests on: as published, but for the draft and the digests of what decided."""
    before, setting = hand.ledger.replay.about, hand.settings[at]
    decided = hand.ledger.decided
    rules = [setting.rules_named(*named) for named in decided]
    guidelines = {Pin(f"{r.guideline}/{r.version}", r.guideline_digest) for r in rules}
    overlays = {Pin(f"{r.plan}/{r.overlay_version}", r.overlay_digest) for r in rules if r.plan}
    return replace(
        before,
        draft=setting.draft.draft if setting.draft else None,
        guidelines=tuple(sorted(guidelines)),
        overlays=tuple(sorted(overlays)),
    )

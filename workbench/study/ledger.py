"""A replay as numbers, made once: what each tick of a control adds to, instead of counting everything again."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import polars as pl

from workbench.cases.prepared import PreparedCases
from workbench.engine import decision as d
from workbench.engine.base import Base
from workbench.engine.columnar import Decided
from workbench.engine.setting import Setting
from workbench.study.compare import CASE, Counts, Groups, count
from workbench.study.rates import FEATURES, Sums, features
from workbench.study.replay import UNDER_REVIEW, Replay, replay

Numbers = np.ndarray
CODE = {name: i for i, name in enumerate(d.DETERMINATIONS)}
NOTHING = -1  # where a number is not applicable or not known
_SHOWN = ("determination", "granted_visits", "granted_weeks", "urgent", "waived_visits")


def codes(determination: pl.Series) -> Numbers:
    """Determinations by their places in DETERMINATIONS."""
    return determination.cast(pl.Enum(d.DETERMINATIONS)).to_physical().to_numpy().astype(np.int8)


def whole(numbers: pl.Series) -> Numbers:
    """Whole numbers with NOTHING where there is none."""
    return numbers.fill_null(NOTHING).to_numpy().astype(np.int32)


class Ledger:
    """The published side of everything that a screen or a sweep asks."""

    def __init__(self, ready: PreparedCases, setting: Setting, replay: Replay):
        self.ready, self.setting, self.replay = ready, setting, replay
        decisions, cases = replay.decisions, replay.cases
        self.determination = codes(decisions["determination"])
        self.visits, self.weeks = (whole(decisions[n]) for n in ("granted_visits", "granted_weeks"))
        self.waived = whole(decisions["waived_visits"])
        self.asked, self.asked_weeks = (whole(cases[n]) for n in d.LIMIT_FACTS[:2])
        # Members first, then the requests that name none, each for itself.
        named = cases["member_id"].is_not_null().to_numpy()
        self.people = cases["member_id"].drop_nulls().n_unique()
        self.member = np.empty(cases.height, dtype=np.int32)
        self.member[named] = cases["member_id"].drop_nulls().rank("dense").to_numpy() - 1
        self.member[~named] = self.people + np.arange(int((~named).sum()))
        self.clusters = self.people + int((~named).sum())
        self.episode = whole(cases["episode_id"].rank("dense"))
        self.groups: dict[str, tuple[Groups, Numbers]] = {}  # by what: the groups, and their features as published
        self.base: Base | None = None  # made when a control is first taken in hand
        self.landed: dict[str, tuple[pl.DataFrame, Numbers]] = {}  # by what: the groups as published, and of each row

    def replayed(self, setting: Setting) -> Replay:
        """The same cases under another setting: only what its draft touches is decided anew."""
        return replay(self.ready, setting, known=Decided(self.setting, self.replay.decisions))

    @cached_property
    def decided(self) -> list[tuple[str, str, str | None]]:
        """Guideline, version and overlay of what decided anything."""
        names = self.replay.decisions.filter(UNDER_REVIEW).select("guideline", "version", "overlay")
        return names.filter(pl.col("guideline").is_not_null()).unique().sort(pl.all()).rows()

    def features(self) -> Numbers:
        """Requests × features as published."""
        side = self.replay.decisions.select("determination", "granted_visits")
        return features(side.with_columns(self.replay.cases["requested_visits"]))

    @cached_property
    def by_member(self) -> Numbers:
        """Sums of the features, clusters × features."""
        found = self.features()
        return np.column_stack(
            [np.bincount(self.member, weights=found[:, i], minlength=self.clusters) for i in range(len(FEATURES))]
        )

    @cached_property
    def sum_of_features(self) -> Numbers:
        return np.asarray(self.by_member.sum(axis=0))

    @cached_property
    def counts(self) -> Numbers:
        """Requests by determination, in the order of DETERMINATIONS."""
        return np.bincount(self.determination, minlength=len(CODE))

    @cached_property
    def granted(self) -> dict[str, int]:
        """Visits and weeks granted in all."""
        found = {"granted_visits": self.visits, "granted_weeks": self.weeks}
        return {name: int(np.maximum(numbers, 0).sum()) for name, numbers in found.items()}

    @cached_property
    def squares(self) -> Numbers:
        return np.asarray(self.by_member.T @ self.by_member)

    @cached_property
    def total(self) -> Counts:
        return count(self.replay.cases)

    @cached_property
    def shown(self) -> pl.DataFrame:
        """What a list has of each request: the case and the published side."""
        known = self.replay.decisions.select(*_SHOWN, on_assumptions=pl.col("assumed").list.len() > 0)
        return self.replay.cases.select("request_id", *CASE).hstack(known)

    def flipped(self, rows: Numbers, determination: Numbers, visits: Numbers, weeks: Numbers) -> Numbers:
        """Which of these rows come out otherwise than published."""
        return np.asarray(
            (self.determination[rows] != determination) | (self.visits[rows] != visits) | (self.weeks[rows] != weeks)
        )

    def sums(self, rows: Numbers, determination: Numbers, visits: Numbers) -> tuple[Sums, int]:
        """The sums of all requests where these rows come out so and all others as published, and how many people
        these rows name."""
        n, before = len(FEATURES), self.determination[rows]
        granted, requested = self._amounts_moved(rows, determination, visits)
        new = self.newly_referred(rows, determination)
        who = self.member[rows]
        some = np.flatnonzero(np.bincount(who, minlength=self.clusters))
        place = np.empty(self.clusters, dtype=np.int64)
        place[some] = np.arange(len(some))
        at, kinds = place[who], len(CODE)
        size = len(some) * kinds
        after, was = (np.bincount(at * kinds + c, minlength=size) for c in (determination, before))
        moved = np.column_stack(
            [
                (after - was).reshape(len(some), kinds),
                *(np.bincount(at, weights=w, minlength=len(some)) for w in (granted, requested, new)),
            ]
        ).astype(np.float64)
        cross = self.by_member[some].T @ moved
        squares = np.block([[self.squares, cross], [cross.T, moved.T @ moved]])
        total = np.concatenate([self.sum_of_features, moved.sum(axis=0)])
        assert len(total) == 2 * n + 1
        return Sums(len(self.member), self.clusters, total, squares), int((some < self.people).sum())

    def newly_referred(self, rows: Numbers, determination: Numbers) -> Numbers:
        """Which of these rows were approved or exempted as published and are referred, wholly or in part, now."""
        before = self.determination[rows]
        refers = (determination == CODE[d.CLINICIAN]) | (determination == CODE[d.IN_PART])
        return np.asarray(refers & ((before == CODE[d.APPROVED]) | (before == CODE[d.NOT_REQUIRED])))

    def _amounts_moved(self, rows: Numbers, determination: Numbers, visits: Numbers) -> tuple[Numbers, Numbers]:
        """What visits granted and visits asked, as rates count them, are more by where these rows come out so."""
        asked = self.asked[rows]

        def amounts(side: Numbers, granted: Numbers) -> tuple[Numbers, Numbers]:
            counts = (asked != NOTHING) & (side != CODE[d.NOT_REQUIRED])
            return np.where(counts, np.maximum(granted, 0), 0), np.where(counts, asked, 0)

        before = amounts(self.determination[rows], self.visits[rows])
        granted, requested = (b - a for a, b in zip(before, amounts(determination, visits), strict=True))
        return granted, requested

    def features_moved(self, rows: Numbers, determination: Numbers, visits: Numbers) -> Numbers:
        """The features of these rows, less those as published: rows × features."""
        kinds = np.eye(len(CODE))
        moved = kinds[determination] - kinds[self.determination[rows]]
        return np.column_stack([moved, *self._amounts_moved(rows, determination, visits)])

    def supports(
        self, rows: Numbers, determination: Numbers, visits: Numbers, weeks: Numbers, waived: Numbers
    ) -> Numbers:
        """What is supported of these rows, as numbers that can be compared: visits first, then weeks. What needs no
        authorization supports all that was asked, however much that is where it is unknown."""
        free, most = determination == CODE[d.NOT_REQUIRED], np.int64(1_000_000)
        all_visits, all_weeks = (np.where(a[rows] < 0, most, a[rows]) for a in (self.asked, self.asked_weeks))
        some = np.maximum(np.maximum(visits, waived), 0).astype(np.int64)
        return np.asarray(
            np.where(free, all_visits, some) * (most + 1) + np.where(free, all_weeks, np.maximum(weeks, 0))
        )

    def people_of(self, rows: Numbers) -> int:
        """How many people these rows name."""
        who = np.unique(self.member[rows])
        return int((who < self.people).sum())

    def episodes(self, rows: Numbers) -> int:
        """How many episodes these rows belong to."""
        found = self.episode[rows]
        return int(np.count_nonzero(np.bincount(found[found != NOTHING], minlength=1)))

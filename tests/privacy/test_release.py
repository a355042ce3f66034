"""A released comparison: an attack on all its tables together, from what is released alone."""
from __future__ import annotations

import json
from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy import sparse
from scipy.optimize import linprog

from workbench.engine import decision as d
from workbench.study.compare import Comparison
from workbench.study.rates import NEWLY_REFERRED, newly_referred
from workbench.study.release import BY, OTHERS, THRESHOLD, TOO_FEW, release, release_lines
from workbench.study.replay import About

D = d.DETERMINATIONS
REFERRED = {(a, b) for a in (d.APPROVED, d.NOT_REQUIRED) for b in (d.CLINICIAN, d.IN_PART)}


def comparison(requests: int, seed: int, moved: float = 0.03, plans: tuple[str, ...] = ("gold", "silver"),
               one_each: bool = False) -> Comparison:
    """Requests whose conditions belong to one discipline, or to two, some of which a draft decides otherwise."""
    rng = np.random.default_rng(seed)
    discipline = rng.choice(["PT", "OT", "ST"], requests, p=[0.6, 0.3, 0.1])
    shared = rng.random(requests) < 0.4
    condition = np.where(shared & (discipline != "ST"), "hand", np.char.add(discipline, rng.choice(["1", "2"], requests,
                                                                                                  p=[0.8, 0.2])))
    one = rng.choice(6, requests, p=[0.5, 0.15, 0.14, 0.12, 0.01, 0.08])
    two = np.where(rng.random(requests) < moved, rng.choice([0, 1, 3], requests), one)
    granted = np.where(one < 2, rng.integers(1, 9, requests), 0)
    granted_draft = np.where(two < 2, np.where((rng.random(requests) < moved) | (granted == 0), granted + 1, granted), 0)
    member = np.arange(requests) if one_each else rng.integers(0, max(requests * 2 // 3, 1), requests)
    pair = pl.DataFrame({
        "request_id": [f"r{i}" for i in range(requests)], "member_id": [f"m{i}" for i in member],
        "episode_id": [f"e{i}" for i in member], "discipline": discipline, "condition": condition,
        "plan": rng.choice([*plans], requests), "determination": np.array(D)[one],
        "determination_draft": np.array(D)[two], "granted_visits": granted, "granted_visits_draft": granted_draft,
        "granted_weeks": granted, "granted_weeks_draft": granted_draft, "referred_visits": 9 - granted,
        "referred_visits_draft": 9 - granted_draft, "requested_visits": np.full(requests, 9),
        "on_assumptions": rng.random(requests) < 0.3, "historical_determination": ["approved"] * requests,
        "appeal_outcome": pl.Series([None] * requests, dtype=pl.String)})
    flipped = (pl.col("determination") != pl.col("determination_draft")) | (
        pl.col("granted_visits") != pl.col("granted_visits_draft"))
    about = About(requests, 1, 1, 0, (date(2025, 1, 7), date(2025, 12, 9)), "2026-01-01", "as_recorded", None, (), (),
                  None, "a draft", None, 0, (("silver", 3),), "columnar 1")
    return Comparison(about, about, pair.with_columns(flipped.alias("flipped")))


class Attack:
    """Everything that anyone could be counting: requests by discipline and condition (that these two go together is
    known), plan, kind of facts, published and draft determination, and whether anything changed. What is released are
    sums of these; a bound is sought on any other sum."""

    def __init__(self, told: dict[str, object], pair: pl.DataFrame):
        self.labels = {name: self.label(told, name, pair) for name in BY}
        pairs = set(zip(self.labels["discipline"], self.labels["condition"], strict=True))
        plans, kinds = set(self.labels["plan"]), set(self.labels["facts"])
        self.cells = [(*both, plan, kind, a, b, c) for both in sorted(pairs) for plan in sorted(plans)
                      for kind in sorted(kinds) for a in D for b in D for c in ((True, False) if a == b else (True,))]
        self.columns = [np.array(x, dtype=object) for x in zip(*self.cells, strict=True)]
        self.rows: list[np.ndarray] = []
        self.known: list[int] = []
        self.least: list[np.ndarray] = []
        self.read(told)

    @staticmethod
    def label(told: dict[str, object], name: str, pair: pl.DataFrame) -> list[str]:
        named = {row[name] for row in told["groups"][name]}
        true = pair["on_assumptions"].replace_strict({True: "assumed", False: "recorded"}) if name == "facts" else pair[name]
        return [v if v in named else OTHERS for v in true.to_list()]

    def where(self, **chosen: object) -> np.ndarray:
        """The sum of all cells with these values, as a row of ones and zeros."""
        mask = np.ones(len(self.cells), dtype=bool)
        for name, value in chosen.items():
            if name == "new":
                mask &= np.array([cell[4:6] in REFERRED for cell in self.cells]) == value
            else:
                at = ("discipline", "condition", "plan", "facts", "published", "draft", "changed").index(name)
                mask &= self.columns[at] == value
        return mask.astype(float)

    def tell(self, count: int | None, **chosen: object) -> None:
        if count is not None:
            self.rows.append(self.where(**chosen))
            self.known.append(count)

    def read(self, told: dict[str, object]) -> None:
        self.tell(told["cases"]["requests"])
        self.tell(told["flips"]["requests"], changed=True)
        self.tell(told["rates"][NEWLY_REFERRED]["draft"], new=True)
        for a in D:
            for b in D:
                self.tell(told["matrix"][a][b], published=a, draft=b)
            for side in ("published", "draft"):
                self.tell(told["totals"][side][a], **{side: a})
        for name, rows in told["groups"].items():
            for row in rows:
                group = {name: row[name]}
                self.tell(row["requests"], **group)
                self.tell(row["changed"], changed=True, **group)
                self.tell(row["newly_referred"], new=True, **group)
                for a in D:
                    for side in ("published", "draft"):
                        self.tell(row[f"{a} {side}"], **group, **{side: a})
                if row[name] != OTHERS:  # a named group has 11
                    self.least.append(self.where(**group))

    def bounds(self, **chosen: object) -> tuple[float, float]:
        """The least and the most that a sum of cells can be."""
        target, ends = self.where(**chosen), []
        system: dict[str, object] = {"bounds": (0, None)}
        if self.rows:
            system |= {"A_eq": sparse.csr_matrix(np.array(self.rows)), "b_eq": np.array(self.known, dtype=float)}
        if self.least:
            system |= {"A_ub": -sparse.csr_matrix(np.array(self.least)),
                       "b_ub": np.full(len(self.least), -float(THRESHOLD))}
        for sign in (1, -1):
            result = linprog(sign * target, **system)
            ends.append(np.inf * sign * -1 if result.status == 3 else sign * result.fun)
            assert result.status in (0, 3), result.message
        return ends[0], ends[1]

    def true(self, pair: pl.DataFrame) -> pl.DataFrame:
        return pair.select(published="determination", draft="determination_draft", changed="flipped",
                           new=newly_referred(pair), person="member_id",
                           **{n: pl.Series(v) for n, v in self.labels.items()})


def small(frame: pl.DataFrame, *by: str) -> list[dict[str, object]]:
    """The combinations of values that few requests, or few people, have."""
    counted = frame.group_by(by).agg(pl.len().alias("n"), pl.col("person").n_unique().alias("people"))
    return counted.filter(pl.min_horizontal("n", "people") < THRESHOLD).drop("n", "people").rows(named=True)


@pytest.mark.parametrize("requests, seed, moved", [(150, 1, 0.05), (600, 2, 0.02), (600, 3, 0.3), (4000, 4, 0.01),
                                                   (25, 5, 0.1)])
def test_no_small_count_can_be_derived_from_all_tables_together(requests: int, seed: int, moved: float) -> None:
    whole = comparison(requests, seed, moved)
    told = release(whole)
    attack = Attack(told, whole.pair)
    true = attack.true(whole.pair)
    tried = 0
    for by in (("published", "draft"), ("published",), ("draft",), ("changed",),
               *((g, x) for g in BY for x in ("published", "draft", "changed")), *((g,) for g in BY),
               *((g, "published", "draft") for g in BY)):
        for chosen in small(true, *by):
            low, high = attack.bounds(**chosen)
            assert low < 1e-6 and high > THRESHOLD - 1e-6, (chosen, low, high)
            tried += 1
    assert tried > 20

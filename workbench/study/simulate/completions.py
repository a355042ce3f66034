"""Completions that are real requests: what is missing is taken from an invented request, and the whole is decided.

A determination that one of them comes to is reached for certain; where all that `possible.py` allows is reached, what
it says is exact.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from workbench.cases.frame import SCHEMA
from workbench.engine import decision as d
from workbench.engine.columnar import decide_frame
from workbench.engine.setting import Setting
from workbench.facts import INPUTS, facts
from workbench.study.replay import prepare
from workbench.study.simulate.opened import Fillable
from workbench.study.simulate.possible import BIT

_ALONE = ("member_id", "episode_id")  # a completion is a request by itself
MOST = 20_000  # requests that are completed; of more, so many drawn at random
_TOGETHER = 40_000  # completions decided at once


def fill(rows: pl.DataFrame, donors: pl.DataFrame, spared: frozenset[str]) -> pl.DataFrame:
    """Each row with what it lacks taken from the donor beside it, where it makes sense; derived facts are left to their
    inputs."""
    outcome = {n for n, f in facts().items() if f.group == "outcome"}
    fillable = Fillable(spared)
    names = [n for n in facts() if n in rows.columns and n not in outcome and n not in INPUTS and n not in _ALONE]
    names = [n for n in names if n not in ("request_id", "plan", "diagnosis")]
    given = donors.select(pl.col(n).alias(f"_{n}") for n in names)
    frame = rows.hstack(given)
    for phase in ([n for n in names if not facts()[n].only_where], [n for n in names if facts()[n].only_where]):
        frame = frame.with_columns(pl.when(fillable(n)).then(f"_{n}").otherwise(n).alias(n) for n in phase)
    return frame.drop(given.columns).with_columns(pl.lit(None, dtype=pl.String).alias(n) for n in _ALONE)


def reached(
    frame: pl.DataFrame, mask: np.ndarray, donors: pl.DataFrame, setting: Setting, spared: frozenset[str], *,
    tries: int, seed: int,
) -> np.ndarray:  # fmt: skip
    """For each row the determinations (bits) that some of `tries` completions come to. Rows of which nothing is open
    have their own."""
    rng = np.random.default_rng(seed)
    found = np.where((mask & (mask - 1)) == 0, mask, 0)
    open_ = np.flatnonzero(found != mask)
    if len(open_) > MOST:
        open_ = np.sort(rng.choice(open_, MOST, replace=False))
    pools = _Pools(donors, rng)
    bare = frame.select(n for n in SCHEMA if n in frame.columns)
    attempt = 0
    while attempt < tries:
        open_ = open_[found[open_] != mask[open_]]
        if not len(open_):
            break
        some = range(attempt, min(tries, attempt + max(1, _TOGETHER // len(open_))))
        rows = bare[open_]
        picked = pl.concat([pools.donors[pools.draw(rows, rng, a)] for a in some])
        at = np.tile(open_, len(some))
        whole = fill(bare[at], picked, spared).with_columns(pl.Series("request_id", map(str, range(len(at)))))
        said = decide_frame(prepare(whole, setting).frame, setting)["determination"]
        bits = said.replace_strict(BIT, return_dtype=pl.Int64).to_numpy()
        # Still unknown: a donor's score does not fit the measure, so that this is no completion.
        np.bitwise_or.at(found, at, np.where(bits == BIT[d.INFORMATION], 0, bits))
        attempt = some[-1] + 1
    return np.asarray(found & mask)


class _Pools:
    """Donors by discipline, and by discipline with measure or condition, which a row that knows one draws from; and as
    many whose facts are mixed, so that what is rare is tried too."""

    def __init__(self, donors: pl.DataFrame, rng: np.random.Generator):
        mixed = donors.with_columns(
            _spread(known, donors.height, rng)
            for name in donors.columns
            if name != "discipline" and (known := donors[name].drop_nulls()).len()
        )
        self.donors, self.first = pl.concat([donors, mixed]), donors.height
        self.by: dict[tuple[object, ...], np.ndarray] = {}
        at = donors.with_row_index("_at")
        for keys in (["discipline"], ["discipline", "condition"], ["discipline", "measure"]):
            for key, part in at.group_by(keys):
                self.by[(keys[-1], *key)] = part["_at"].to_numpy()

    def draw(self, rows: pl.DataFrame, rng: np.random.Generator, attempt: int) -> np.ndarray:
        """The donor of each row."""
        like = ("measure", "mixed", "condition", "discipline")[attempt % 4]
        if like == "mixed":
            return self.first + rng.integers(0, self.first, rows.height)
        out = np.empty(rows.height, dtype=np.int64)
        keys = rows.select("discipline", pl.col(like).alias("_like")).with_row_index("_at")
        for key, part in keys.group_by("discipline", "_like", maintain_order=True):
            pool = self.by.get((like, *key) if like != "discipline" else (like, key[0]))
            if pool is None:
                pool = self.by.get(("discipline", key[0]), np.arange(1))
            out[part["_at"].to_numpy()] = rng.choice(pool, part.height)
        return out


def _spread(known: pl.Series, height: int, rng: np.random.Generator) -> pl.Series:
    """As many values, each different one as often as any other."""
    different = known.unique(maintain_order=True)
    return different[rng.integers(0, different.len(), height)]

"""A file's rates between what its missing facts could make of them: all of `bounds`, `completions` and `narrow`."""

from __future__ import annotations

import numpy as np
import polars as pl

from workbench.cases.assume import Assumptions
from workbench.cases.prepared import PreparedCases
from workbench.engine.setting import Setting
from workbench.generator.generate import generate
from workbench.study.ledger import CODE
from workbench.study.replay import prepare, replay
from workbench.study.simulate.bounds import Bounded, bounds_table
from workbench.study.simulate.completions import reached
from workbench.study.simulate.narrow import narrowing
from workbench.study.simulate.possible import BIT, Possible, alike, possible, spared_by

DONORS = 3_000


def bound(
    frame: pl.DataFrame, setting: Setting, *, by: str = "", assumptions: Assumptions | None = None, spare: bool = True,
    tries: int = 60, facts: bool = True, seed: int = 1,
) -> Bounded:  # fmt: skip
    """`frame` is checked cases. `spare` leaves out of completions what the rules can do without; `tries` completions of
    each open request show what is reached (0: none), and `facts` asks which fact narrows most, of what the assumptions
    leave open. Raises ValueError for a `by` that groups are not made by."""
    ready = prepare(frame, setting)
    spared = spared_by(setting) if spare else frozenset[str]()
    said = replay(ready, setting)
    some, place, found = _possible(ready, setting, spared)
    donors = prepare(generate(DONORS, seed, setting.library), setting).frame if tries or facts else some
    mask = found.table["mask"].to_numpy()
    shown = reached(some, mask, donors, setting, spared, tries=tries, seed=seed)
    whole = Possible(found.table[place], spared)
    within, left = None, (some, place, found)
    if assumptions is not None:
        left = _possible(prepare(frame, setting, assumptions), setting, spared)
        within = Possible(left[2].table[left[1]], spared)
    times = np.bincount(left[1], minlength=left[0].height)
    told = narrowing(left[0], times, left[2], donors, setting, seed=seed) if facts else pl.DataFrame()
    names = [name for name, _ in sorted(CODE.items(), key=lambda pair: pair[1])]
    requests = (
        ready.frame.select("request_id")
        .hstack(
            whole.table.select(
                pl.col("now").replace_strict(range(len(names)), names, return_dtype=pl.String),
                *(((pl.col("mask") & bit) > 0).alias(name) for name, bit in BIT.items()),
                pl.col("least").alias("visits_least"),
                pl.col("most").alias("visits_most"),
            )
        )
        .with_columns(pl.Series("settled", whole.settled), pl.Series("shown", (shown == mask)[place]))
    )
    table = bounds_table(said, whole, shown[place], by, within)
    return Bounded(table, requests, told, by, said.about, tuple(sorted(spared)), tries, seed)


def _possible(
    ready: PreparedCases, setting: Setting, spared: frozenset[str]
) -> tuple[pl.DataFrame, np.ndarray, Possible]:
    """Requests that differ, the place of each row among them, and what they can come to."""
    some, place = alike(ready.frame)
    return some, place, possible(some, replay(ready.some(some), setting).decisions, setting, spared)

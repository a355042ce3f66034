"""A second measure beside the first: pain beside function, for those who have pain."""

from __future__ import annotations

import numpy as np
import polars as pl

from workbench.generator.tables import normal
from workbench.guideline.model import Library

PAIN = "nprs"
SHARE = 0.35  # of painful problems in physical and occupational therapy whose pain is told as well (assumed)
HELD = 0.75  # of the gain in function that pain shares, with an error of its own (assumed)
LOST = 0.05  # of later scores that are missing (assumed)
_PAINFUL = r"^(M|S|G5[0-9]|G90\.5|N94|R10|Z96\.6|Z47\.1)"


def second_measure(rng: np.random.Generator, frame: pl.DataFrame, library: Library) -> list[pl.Series]:
    """The facts `second_…` of generated requests: pain at rest and under load on one scale. Nobody's where the folder
    has no such measure. Every request of an episode starts from the same score."""
    pain = library.measures.get(PAIN)
    names = ("second_measure", "second_score_baseline", "second_score_current", "second_score_previous")
    if pain is None or pain.mcid is None or pain.lowest is None or pain.highest is None:
        return [pl.Series(n, [None] * frame.height, dtype=frame.schema[n]) for n in names]
    low, high, unit = float(pain.lowest), float(pain.highest), float(pain.mcid)
    episode = frame["episode_id"].rank("dense").to_numpy().astype(np.int64) - 1
    episodes = int(episode.max(initial=-1)) + 1
    painful = frame["diagnosis"].str.contains(_PAINFUL).fill_null(False).to_numpy()
    told = painful & (rng.random(episodes) < SHARE)[episode]
    told &= (frame["intent"] == "rehabilitative").fill_null(False).to_numpy()
    told &= (frame["measure"] != PAIN).fill_null(False).to_numpy()
    first = np.round(np.clip(5.5 + 1.8 * normal(rng, episodes), 1, 10))[episode]
    own = (0.5 * normal(rng, episodes))[episode]

    def scored(gain: np.ndarray, lost: np.ndarray, name: str) -> pl.Series:
        value = np.clip(np.round(first - unit * gain), low, high)
        return pl.Series(name, [float(v) if k else None for v, k in zip(value, told & ~lost, strict=True)], pl.Float64)

    gain = HELD * frame["latent_progress_mcid"].fill_null(0).to_numpy() + own
    continuing = (frame["review_type"] == "continuing").fill_null(False).to_numpy()
    before = pl.Series(gain).shift(1).fill_null(0).to_numpy()
    number = frame["request_number"].to_numpy()
    return [
        pl.Series(names[0], [PAIN if t else None for t in told], dtype=pl.String),
        scored(np.zeros(len(first)), np.zeros(len(first), dtype=bool), names[1]),
        scored(gain, ~continuing | (rng.random(len(first)) < LOST), names[2]),
        scored(np.where(number > 2, before, 0.0), ~continuing | (rng.random(len(first)) < LOST), names[3]),
    ]

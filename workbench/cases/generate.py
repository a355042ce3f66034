"""Generated cases: people, their episodes, the requests of each episode, correlated like life.

One seed gives the same bytes for any number of requests: a shorter run is the beginning of a longer one. Everything
comes in chunks of people, each with a random stream of its own, so that a file of any size streams to disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl

from workbench.cases.derive import derive
from workbench.cases.frame import empty
from workbench.cases.generator import asking, course, people, table, tables
from workbench.cases.store import Writer
from workbench.guideline.model import Library

CHUNK = 4096  # people


def generate(requests: int, seed: int, library: Library) -> pl.DataFrame:
    """A case frame of `requests` rows received in 2025, with derived facts, plus columns `latent_…` that hold what no
    paper tells (need, response, progress); readers and engines ignore those."""
    parts, count = [], 0
    for chunk in _chunks(seed, library):
        if count >= requests:
            break
        parts.append(chunk.head(requests - count))
        count += len(parts[-1])
    return derive(pl.concat(parts), library) if parts else derive(empty(), library)


def generate_to(path: str | Path, requests: int, seed: int, library: Library) -> int:
    """The same rows as a Parquet file, written chunk by chunk; returns how many were written."""
    with Writer(path) as writer:
        for chunk in _chunks(seed, library):
            writer.write(derive(chunk.head(requests - writer.rows), library))
            if writer.rows >= requests:
                break
        return writer.rows


def _chunks(seed: int, library: Library) -> Iterator[pl.DataFrame]:
    profiles, offices = tables.profiles(library), people.providers(seed)
    scale = tables.scores(profiles.all_measures, library)
    lines = tables.cover()[1]
    number = 0
    while True:
        rng = np.random.Generator(np.random.PCG64([seed, 2, number]))
        who = people.people(rng, CHUNK, profiles, library)
        case = course.episodes(rng, who, profiles, offices)
        ask = asking.requests(rng, case, who, profiles, offices, lines)
        yield table.frame(rng, number * CHUNK, who, case, ask, profiles, scale, offices, library)
        number += 1

"""Generated cases: people, their episodes, the requests of each episode, correlated like life.

One seed gives the same bytes for any number of requests: a shorter run is the beginning of a longer one. Everything
comes in chunks of people, each with a random stream of its own, so that a file of any size streams to disk.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from tqdm import tqdm

from workbench.cases.case_file import Writer
from workbench.cases.derive import derive
from workbench.cases.frame import empty
from workbench.documents.outputs import claim
from workbench.generator import asking, course, people, table, tables
from workbench.generator.second import second_measure
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


def generate_to(
    path: str | Path, requests: int, seed: int, library: Library, *, force: bool = False, quiet: bool = True
) -> int:
    """The same rows as a Parquet file, written chunk by chunk; returns how many were written. Raises ProblemsFound
    where the file can not be written, or is there already and `force` does not say to replace it."""
    claim([path], [library.root], force=force, endings=[".parquet"])
    with Writer(path) as writer, tqdm(total=requests, unit=" requests", disable=quiet, desc="generate") as bar:
        for chunk in _chunks(seed, library):
            part = derive(chunk.head(requests - writer.rows), library)
            writer.write(part)
            bar.update(len(part))
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
        whole = table.frame(rng, number * CHUNK, who, case, ask, profiles, scale, offices, library)
        # Drawn apart, so that the second measure moves nothing of what is calibrated.
        beside = np.random.Generator(np.random.PCG64([seed, 3, number]))
        yield whole.with_columns(second_measure(beside, whole, library))
        number += 1

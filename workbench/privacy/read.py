"""A CSV or Parquet file for de-identification: its header with places, its rows in batches. CSV is read as `read` reads
it. Nothing of a row is ever repeated in a message, since rows name people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.cases.frame import as_frame
from workbench.documents.csv_places import Entry
from workbench.errors import Problem, ProblemsFound
from workbench.reading.batches import Opened
from workbench.reading.csv_table import open_csv
from workbench.reading.mapping import Mapping
from workbench.reading.not_tables import instead, not_a_table

ROWS = 65_536  # in a batch of Parquet
_SHOWN = 20  # broken rows that are named one by one


def header(path: Path) -> tuple[Entry, ...]:
    """The names of the columns. Raises ProblemsFound: unreadable, no names, a name twice."""
    if path.suffix == ".parquet":
        names, places = _parquet(path).schema_arrow.names, None
        doubled = {n for n in names if names.count(n) > 1}
    else:
        opened = _opened(path)
        names, doubled, places = list(opened.columns), set(opened.doubled), _places(opened)
    if doubled:
        told = [Problem("duplicate-key", f"the column {n} stands twice", str(path)) for n in sorted(doubled)]
        raise ProblemsFound(told)
    if places is None:
        return tuple(Entry(name, str(path), 0, 0) for name in names)
    return tuple(Entry(name, str(path), opened.line, place) for name, place in zip(names, places, strict=True))


def _places(opened: Opened) -> list[int]:
    """Where in the first line each name stands, from 1; 0 where it stands otherwise than it is read."""
    found, at = [], 0
    for name in opened.columns:
        here = opened.top.find(name, at)
        found.append(here + 1)
        at = here + len(name) if here >= 0 else at
    return found


def frames(path: Path, columns: list[str]) -> Iterator[pl.DataFrame]:
    """These columns in batches, one batch at least; CSV as texts. Raises ProblemsFound with every row of a CSV file
    that can not be split into the columns of the header, and where the file can not be read to its end."""
    if path.suffix != ".parquet":
        yield from _csv(path, columns)
        return
    try:
        file = _parquet(path)
        yield as_frame(pa.RecordBatch.from_pylist([], file.schema_arrow).select(columns))
        for batch in file.iter_batches(batch_size=ROWS, columns=columns):
            yield as_frame(batch)
    except (pa.ArrowException, OSError, ValueError):
        raise ProblemsFound([_broken_off(path)]) from None


def _parquet(path: Path) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(path)
        file.schema_arrow.names  # noqa: B018  those may be damaged too
        return file
    except (pa.ArrowException, OSError, ValueError):
        raise ProblemsFound([_broken_off(path)]) from None


def _broken_off(path: Path) -> Problem:
    hint = "write it anew; a copy may have broken off"
    return Problem("unreadable", "this is no whole Parquet file", str(path), hint=hint)


def _opened(path: Path) -> Opened:
    with path.open("rb") as file:
        kind = not_a_table(file.read(4096))
    if kind:
        raise ProblemsFound([Problem("unreadable", f"this is {kind}, not CSV", str(path), hint=instead(kind))])
    return open_csv(path, Mapping())


def _csv(path: Path, columns: list[str]) -> Iterator[pl.DataFrame]:
    yield pl.DataFrame(schema=dict.fromkeys(columns, pl.String))
    problems: list[Problem] = []
    broken = 0
    for batch in _opened(path).batches():
        if not batch.misfits:
            table = batch.table.select(columns)
            yield table.select(pl.when(pl.all() != "").then(pl.all()))
            continue
        for index, misfits in batch.misfits.items():
            broken += 1
            if any(m.code == "unreadable" for m in misfits):
                hint = "save the file as UTF-8"
                raise ProblemsFound(
                    [Problem("unreadable", "the file is not UTF-8 text", str(path), batch.rows[index], hint=hint)]
                )
            if broken <= _SHOWN:
                problems.append(Problem(misfits[0].code, misfits[0].message, str(path), batch.rows[index]))
    if broken > _SHOWN:
        problems.append(Problem("field-count", f"{broken:,} records in all are broken", str(path)))
    if problems:
        raise ProblemsFound(problems)

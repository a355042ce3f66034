"""Files that leave the house: whole or not at all, in an order that tells nothing, and harmless in a spreadsheet."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from workbench.cases.spreadsheet import csv_safe

_AT_ONCE = 100_000  # rows that are put in order in memory


def write_shuffled(
    frames: Iterable[pl.DataFrame], rows: int, out: Path, metadata: Mapping[str, str], ending: str
) -> None:
    """Write frames of one schema, `rows` in all, to a CSV or Parquet file (by `ending`) in random order: a
    file that lists people by day or by name would tell what its columns no longer say.
    Memory holds 100,000 rows, whatever the size."""
    parts = rows // _AT_ONCE + 1
    with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
        paths = [Path(folder) / str(n) for n in range(parts)]
        schema = _scatter(frames, paths)
        write = _write_csv if ending == ".csv" else _write_parquet
        write((pl.read_parquet(p, glob=False).sort("_order").drop("_order") for p in paths), out, schema, metadata)


def _scatter(frames: Iterable[pl.DataFrame], paths: list[Path]) -> pl.DataFrame:
    writers: list[pq.ParquetWriter] = []
    empty = pl.DataFrame()
    try:
        for frame in frames:
            order = np.frombuffer(secrets.token_bytes(8 * len(frame)), dtype=np.uint64)
            keyed = frame.with_columns(pl.Series("_order", order))
            if not writers:
                empty = frame.clear()
                writers = [pq.ParquetWriter(p, keyed.to_arrow().schema) for p in paths]
            for n, writer in enumerate(writers):
                writer.write_table(keyed.filter(pl.col("_order") % len(paths) == n).to_arrow())
    finally:
        for writer in writers:
            writer.close()
    return empty


def _write_csv(frames: Iterable[pl.DataFrame], out: Path, empty: pl.DataFrame, _: Mapping[str, str]) -> None:
    with open(out, "wb") as file:
        csv_safe(empty).write_csv(file)
        for frame in frames:
            csv_safe(frame).write_csv(file, include_header=False)


def _write_parquet(frames: Iterable[pl.DataFrame], out: Path, empty: pl.DataFrame, metadata: Mapping[str, str]) -> None:
    schema = empty.to_arrow().schema.with_metadata(dict(metadata))
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for frame in frames:
            writer.write_table(frame.to_arrow().cast(schema))


def private_file(path: Path) -> int:
    """Open a new file that only its owner may read and write; its descriptor."""
    path.unlink(missing_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)

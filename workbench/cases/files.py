"""Opening a file of any kind that is read: CSV, Parquet, Excel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.cases.batches import ROWS, Batch, Opened, as_json, check_header
from workbench.cases.csvfile import open_csv
from workbench.cases.frame import as_frame
from workbench.cases.mapping import Mapping
from workbench.errors import Problem, ProblemsFound, nearest


def open_table(path: str | Path, mapping: Mapping) -> Opened:
    """Raises ProblemsFound if the file is not there, not readable, or no table."""
    path = Path(path)
    if not path.exists():
        beside = [p.name for p in path.parent.iterdir()][:1000] if path.parent.is_dir() else []
        raise ProblemsFound([Problem("missing-file", f"there is no file {path.name}", str(path),
                                     hint=nearest(path.name, beside))])
    if not path.is_file():
        raise ProblemsFound([Problem("unreadable", f"{path.name} is not a file", str(path))])
    kind = _kind(path)
    if kind == "parquet":
        return _open_parquet(path)
    if kind == "excel":
        from workbench.cases.workbook import open_workbook
        return open_workbook(path, mapping)
    if kind:
        raise ProblemsFound([Problem("unreadable", f"{path.name} is {kind}, which is not read", str(path),
                                     hint="save it as CSV, .xlsx or Parquet")])
    return open_csv(path, mapping)


def _kind(path: Path) -> str:
    """By what the file begins with; its name is only a hint, and often wrong."""
    with path.open("rb") as file:
        start = file.read(8)
    if start[:4] == b"PAR1" or path.suffix.lower() == ".parquet":
        return "parquet"
    if start[:4] == b"PK\x03\x04" or path.suffix.lower() in (".xlsx", ".xlsm"):
        return "excel"
    signs = {b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)", b"%PDF": "a PDF",
             b"\x1f\x8b\x08": "compressed (gzip)", b"SQLite f": "a SQLite database",
             b"ARROW1": "an Arrow file", b"7z\xbc\xaf": "compressed (7z)"}
    return next((what for sign, what in signs.items() if start.startswith(sign)), "")


def _open_parquet(path: Path) -> Opened:
    try:
        file = pq.ParquetFile(path)
        columns = tuple(file.schema_arrow.names)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ProblemsFound([_not_parquet(path, error)]) from None
    check_header(columns, str(path))
    return Opened(columns, lambda: _parquet_batches(path))


def _not_parquet(path: Path, error: Exception) -> Problem:
    detail = str(error).splitlines()[0] if str(error) else type(error).__name__
    return Problem("unreadable", f"{path.name} is not a whole Parquet file: {detail[:160]}", str(path),
                   hint="it may have been cut off; copy it again")


def _parquet_batches(path: Path) -> Iterator[Batch]:
    number = 0
    for table in stored(path, ROWS):
        rows = pl.int_range(number + 1, number + 1 + len(table), eager=True)
        number += len(table)
        yield Batch(table, rows, lambda i, t=table: as_json(t.row(i, named=True)))


def stored(path: Path, rows: int) -> Iterator[pl.DataFrame]:
    """A Parquet file in frames of so many rows. Raises ProblemsFound where it is damaged."""
    try:
        for part in pq.ParquetFile(path).iter_batches(batch_size=rows):
            yield as_frame(part)
    except (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise ProblemsFound([_not_parquet(path, error)]) from None

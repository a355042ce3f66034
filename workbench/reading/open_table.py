"""Opening a file of any kind that is read: CSV, newline-delimited JSON, Parquet, Excel."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.cases.frame import as_frame
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.reading.batches import ROWS, Batch, Opened, as_json, check_header
from workbench.reading.csv_table import open_csv
from workbench.reading.json_lines import LONGEST_LINE, open_json_lines
from workbench.reading.mapping import Mapping
from workbench.reading.not_tables import LOCKED, NDJSON, OLD_EXCEL, instead, not_a_table, not_a_table_in_zip


def open_table(path: str | Path, mapping: Mapping) -> Opened:
    """Raises ProblemsFound if the file is not there, not readable, or no table."""
    path = Path(path)
    if not path.exists():
        beside = [p.name for p in path.parent.iterdir()][:1000] if path.parent.is_dir() else []
        raise ProblemsFound(
            [Problem("missing-file", f"there is no file {path.name}", str(path), hint=nearest(path.name, beside))]
        )
    if what := _no_file(path):
        hint = "name the file itself" if path.is_dir() else "it is read twice: write it to a file first, and name that"
        raise ProblemsFound([Problem("unreadable", f"this is {what}, which is not read", str(path), hint=hint)])
    kind = _kind(path)
    if kind == "parquet":
        return _open_parquet(path)
    if kind == NDJSON:
        return open_json_lines(path, mapping.decimal)
    if kind == "excel":
        from workbench.reading.excel_table import open_workbook

        return open_workbook(path, mapping)
    if kind:
        raise ProblemsFound(
            [Problem("unreadable", f"{path.name} is {kind}, which is not read", str(path), hint=instead(kind))]
        )
    return open_csv(path, mapping)


def _no_file(path: Path) -> str:
    """What else than a file stands there: what gives its content only once, or tells no size."""
    if path.is_dir():
        return "a folder"
    if not path.is_file():
        return "a pipe" if path.is_fifo() else "a device"
    with path.open("rb") as file:
        return "" if path.stat().st_size or not file.read(1) else "a file of the system"


def _kind(path: Path) -> str:
    """parquet, excel, empty for a text that may be a table, or in words what else it is. By what the file begins with;
    its name is only a hint, and often wrong."""
    with path.open("rb") as file:
        start = file.read(4096)
        if start.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{"):  # the first line tells whether each is an object
            start += file.readline(LONGEST_LINE) + file.read(100)
    if start[:4] == b"PAR1":
        return "parquet"
    if start[:4] == b"PK\x03\x04":
        return not_a_table_in_zip(path) or "excel"
    ending = path.suffix.lower()
    what = not_a_table(start, ending in (".jsonl", ".ndjson"))
    if what == OLD_EXCEL and ending in (".xlsx", ".xlsm"):
        return LOCKED
    if what:
        return what
    return {".parquet": "parquet", ".xlsx": "excel", ".xlsm": "excel"}.get(ending, "")


def _open_parquet(path: Path) -> Opened:
    try:
        schema = pq.ParquetFile(path).schema_arrow
        columns = tuple(schema.names)
        if len(set(columns)) == len(columns):
            columns = tuple(_flat(as_frame(pa.RecordBatch.from_pylist([], schema=schema))).columns)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ProblemsFound([_not_parquet(path, error)]) from None
    check_header(columns, str(path))
    if len(set(columns)) < len(columns):
        twice = sorted({c for c in columns if columns.count(c) > 1})
        raise ProblemsFound([Problem("duplicate-key", f"the column {c} stands twice", str(path)) for c in twice])
    return Opened(columns, lambda: _parquet_batches(path), named=True)


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """The fields of a record as columns of their own, with dotted names."""
    while records := [c for c, kind in frame.schema.items() if isinstance(kind, pl.Struct)]:
        parts = []
        for name in frame.columns:
            if name not in records:
                parts.append(frame[name])
                continue
            fields = frame[name].struct.fields
            parts += [frame[name].struct.field(f).alias(f"{name}.{f}") for f in fields]
        frame = pl.DataFrame(parts)
    return frame


def _not_parquet(path: Path, error: Exception) -> Problem:
    detail = str(error).splitlines()[0] if str(error) else type(error).__name__
    return Problem(
        "unreadable",
        f"{path.name} is not a whole Parquet file: {detail[:160]}",
        str(path),
        hint="it may have been cut off; copy it again",
    )


def _parquet_batches(path: Path) -> Iterator[Batch]:
    number = 0
    for table in stored(path, ROWS):
        rows = pl.int_range(number + 1, number + 1 + len(table), eager=True)
        number += len(table)
        table = _flat(table)
        yield Batch(table, rows, partial(_row, table))


def _row(table: pl.DataFrame, index: int) -> str:
    return as_json(table.row(index, named=True))


def stored(path: Path, rows: int) -> Iterator[pl.DataFrame]:
    """A Parquet file in frames of so many rows. Raises ProblemsFound where it is damaged."""
    try:
        for part in pq.ParquetFile(path).iter_batches(batch_size=rows):
            yield as_frame(part)
    except (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise ProblemsFound([_not_parquet(path, error)]) from None

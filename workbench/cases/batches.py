"""A file as a stream of small tables, whatever its format, so that memory does not grow with it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.cases.mapping import Mapping
from workbench.cases.values import Misfit
from workbench.errors import Problem, ProblemsFound, nearest

ROWS = 20_000          # rows of one batch
MOST_COLUMNS = 5_000


@dataclass
class Batch:
    """Rows of a file: `table` by column, `rows` numbered from 1 among the data rows, `raw(index)` the row as it stood,
    `misfits` (index → reasons) what is wrong with whole rows, `unsplit` those of them that have no cells."""

    table: pl.DataFrame
    rows: pl.Series
    raw: Callable[[int], str]
    misfits: dict[int, list[Misfit]] = field(default_factory=dict)
    unsplit: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Opened:
    """A file ready to be read: its columns, and its batches (each call reads from the start)."""

    columns: tuple[str, ...]
    batches: Callable[[], Iterator[Batch]]
    warnings: tuple[Problem, ...] = ()


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
    from workbench.cases.csvfile import open_csv
    return open_csv(path, mapping)


def _kind(path: Path) -> str:
    """By what the file begins with; its name is only a hint, and often wrong."""
    with path.open("rb") as file:
        start = file.read(8)
    if start[:4] == b"PAR1" or path.suffix.lower() == ".parquet":
        return "parquet"
    if start[:4] == b"PK\x03\x04" or path.suffix.lower() in (".xlsx", ".xlsm"):
        return "excel"
    signs = {b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)", b"%PDF": "a PDF", b"\x1f\x8b\x08": "compressed (gzip)",
             b"SQLite f": "a SQLite database", b"ARROW1": "an Arrow file", b"7z\xbc\xaf": "compressed (7z)"}
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
    try:
        for part in pq.ParquetFile(path).iter_batches(batch_size=ROWS):
            table = pl.DataFrame(pa.table(part)) if part.num_columns else pl.DataFrame({"_": [None] * part.num_rows})
            rows = pl.int_range(number + 1, number + 1 + part.num_rows, eager=True)
            number += part.num_rows
            yield Batch(table, rows, lambda i, t=table: as_json(t.row(i, named=True)))
    except (pa.ArrowException, OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise ProblemsFound([_not_parquet(path, error)]) from None


def as_json(row: dict[str, object]) -> str:
    return json.dumps({k: v for k, v in row.items() if v is not None}, default=str, ensure_ascii=False)


def as_line(fields: list[str], separator: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="").writerow(fields)
    return out.getvalue()


def check_header(columns: tuple[str, ...], file: str, line: int = 1) -> None:
    """Raises ProblemsFound for a header that can not be told apart."""
    if len(columns) > MOST_COLUMNS:
        raise ProblemsFound([Problem("too-large", f"the header has {len(columns)} columns; at most {MOST_COLUMNS} are "
                                     "read", file, line)])
    seen: set[str] = set()
    twice = sorted({c for c in columns if c and (c in seen or seen.add(c))})
    if twice:
        raise ProblemsFound([Problem("duplicate-key", f"the column {c} stands twice in the header", file, line)
                             for c in twice])

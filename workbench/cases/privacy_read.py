"""A CSV or Parquet file for de-identification: its header with places, its rows in batches. Nothing of a row is ever
repeated in a message, since rows name people."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from workbench.cases.frame import as_frame
from workbench.errors import Problem, ProblemsFound
from workbench.guideline.tables import Entry, parse_table
from workbench.guideline.textfile import decode

ROWS = 65_536           # in a batch of Parquet
_BLOCK = 16 * 2**20     # bytes in a batch of CSV
_HEADER = 1_000_000     # bytes that a header may take
_SHOWN = 20             # broken rows that are named one by one


def header(path: Path) -> tuple[Entry, ...]:
    """The names of the columns. Raises ProblemsFound: unreadable, no names, a name twice."""
    problems: list[Problem] = []
    if path.suffix == ".parquet":
        names = _parquet(path).schema_arrow.names
        problems = [Problem("duplicate-key", f"the column {name} stands twice", str(path))
                    for name in sorted({n for n in names if names.count(n) > 1})]
        entries = tuple(Entry(name, str(path), 0, 0) for name in names)
    else:
        with open(path, "rb") as file:
            first = file.readline(_HEADER)
        text = decode(first, problems, str(path))
        table = None if text is None else parse_table(text, problems, str(path))
        entries = table.columns if table else ()
    if problems:
        raise ProblemsFound(problems)
    return entries


def frames(path: Path, columns: list[str]) -> Iterator[pl.DataFrame]:
    """These columns in batches, one batch at least; CSV as texts. Raises ProblemsFound with every row of a CSV file
    that has more or fewer fields than the header (`field-count`), and where the file can not be read to its end."""
    try:
        if path.suffix == ".parquet":
            file = _parquet(path)
            yield as_frame(pa.RecordBatch.from_pylist([], file.schema_arrow).select(columns))
            for batch in file.iter_batches(batch_size=ROWS, columns=columns):
                yield as_frame(batch)
        else:
            yield from _csv(path, columns)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ProblemsFound([_unreadable(path, error)]) from None


def _parquet(path: Path) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(path)
        file.schema_arrow.names  # noqa: B018  those may be damaged too
        return file
    except (pa.ArrowException, OSError, ValueError) as error:
        raise ProblemsFound([_unreadable(path, error)]) from None


def _csv(path: Path, columns: list[str]) -> Iterator[pl.DataFrame]:
    broken: list[pacsv.InvalidRow] = []

    def note(row: pacsv.InvalidRow) -> str:
        broken.append(row)
        return "skip"

    if not _is_utf8(path):  # the reader would stumble over a broken row in it
        raise ProblemsFound([_unreadable(path, ValueError("not UTF-8"))])
    every = dict.fromkeys((e.text for e in header(path)), pa.string())
    schema = dict.fromkeys(columns, pl.String)
    yield pl.DataFrame(schema=schema)
    reader = pacsv.open_csv(
        path, pacsv.ReadOptions(use_threads=False, block_size=_BLOCK, column_names=list(every), skip_rows=1),
        pacsv.ParseOptions(newlines_in_values=True, invalid_row_handler=note),
        pacsv.ConvertOptions(column_types=every, include_columns=columns, strings_can_be_null=True, null_values=[""]))
    with reader:
        for batch in reader:
            yield pl.from_arrow(batch).cast(schema)
    if broken:
        problems = [Problem("field-count", f"record {row.number} has {row.actual_columns} fields, the header "
                            f"{row.expected_columns}", str(path)) for row in broken[:_SHOWN]]
        if len(broken) > _SHOWN:
            problems.append(Problem("field-count", f"{len(broken):,} records in all are broken", str(path)))
        raise ProblemsFound(problems)


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _unreadable(path: Path, error: Exception) -> Problem:
    """What is wrong with the file, without the values that the library may quote."""
    text = str(error)
    if re.search("UTF-?8", text, re.IGNORECASE):
        return Problem("unreadable", "the file is not UTF-8 text", str(path), hint="save the file as UTF-8")
    kind = "Parquet" if path.suffix == ".parquet" else "CSV"
    return Problem("unreadable", f"this is no whole {kind} file", str(path),
                   hint="write it anew; a copy may have broken off" if kind == "Parquet" else "")

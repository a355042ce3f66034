"""CSV as it really comes: another encoding on some lines, stray quotes, NULs, lines of any length, too few fields.

Plain stretches are split in bulk. Where a stretch holds anything odd, its lines are taken apart one by one, so that one
broken row never costs its neighbours; a broken row is kept as it stood, with the reason.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

import polars as pl

from workbench.cases.values import Misfit
from workbench.documents.csv_places import separator_of
from workbench.errors import Problem, ProblemsFound
from workbench.reading.batches import ROWS, Batch, Opened, above, as_line, check_header, named_apart, stacked
from workbench.reading.csv_lines import BOM, CONTROL, LONGEST_LINE, Form, Line, form_of, holds_utf8, lines_of
from workbench.reading.mapping import Mapping

LONGEST_FIELD = 100_000  # characters; below the csv module's own bound
MOST_LINES = 100  # lines that one quoted field may span
MOST_BLANK = 1000  # blank lines before the header
NARROW = 4  # columns; in a narrower table a line of a note may well hold as many separators
BLOCK = 1_000_000  # bytes split at once where nothing is odd


_OPEN = Misfit("bad-csv", "a quotation mark is opened and not closed", "double a quotation mark within a field")


class _Record(NamedTuple):
    fields: list[str]
    text: str
    fault: Misfit | None = None
    end: int = 0
    number: int = 0  # of the line on which it begins
    after: int = 0  # of the line that follows it


class _Top(NamedTuple):
    """The row of the column names, and how many rows they take."""

    row: int
    rows: int


def open_csv(path: Path, mapping: Mapping) -> Opened:
    """Raises ProblemsFound where there is no header, or one that can not be read."""
    form = form_of(path, mapping.encoding)
    if told := _separator_told(form, mapping):
        mapping = replace(mapping, separator=told, header_row=2)
    lines = lines_of(form)
    for _ in range(mapping.header_row - 1):
        next(lines, None)
    first = next((line for line in islice(lines, MOST_BLANK) if line.fault or line.text.strip()), None)
    if first is None:
        empty = next(lines, None) is None
        message = "the file is empty" if empty else f"the file begins with {MOST_BLANK:,} blank lines"
        raise ProblemsFound([Problem("bad-csv", message, str(path))])
    at, separator = first.number, mapping.separator or separator_of(first.text)
    records = list(islice(_records(chain([first], lines), separator), mapping.header_rows))
    record = next((r for r in records if r.fault), records[-1])
    if record.fault:
        what = "read" if first.fault else "split"
        message = f"the header can not be {what}: {record.fault.why or record.fault.message}"
        raise ProblemsFound([Problem(record.fault.code, message, str(path), at, 0, record.fault.hint)])
    header = stacked([r.fields for r in records])
    check_header(header, str(path), at)
    top = _Top(mapping.header_row, mapping.header_rows)
    row_names, warnings = _look_ahead(form, separator, len(header), top)
    columns, doubled = named_apart(("(row names)", *header) if row_names else header)
    batches = partial(_batches, form, separator, columns, top)
    groups = above([r.fields for r in records])
    groups = ("", *groups) if row_names and groups else groups
    return Opened(columns, batches, warnings, doubled, top=record.text, line=at, above=groups)


def _separator_told(form: Form, mapping: Mapping) -> str:
    """The sign that a first line `sep=;` names, as Excel writes and reads it."""
    first = next(lines_of(form), None) if mapping.header_row == 1 else None
    told = re.fullmatch(r'"?sep=(.)"?\s*', first.text) if first is not None else None
    return told[1] if told else ""


def _look_ahead(form: Form, separator: str, width: int, top: _Top) -> tuple[bool, tuple[Problem, ...]]:
    """Whether the rows begin with a number that the header has no name for (R writes them so), and what to say of
    rows that all end in separators."""
    records = islice(_all_records(form, separator, top.row, width), top.rows, 50)
    rows = [r.fields for r in records if not r.fault and any(f.strip() for f in r.fields)]
    if not rows or any(len(fields) <= width for fields in rows):
        return False, ()
    if all(len(f) == width + 1 and f[0].strip() == str(i) for i, f in enumerate(rows, start=1)) and any(
        f[-1].strip() for f in rows
    ):
        return True, ()
    if any(cell.strip() for fields in rows for cell in fields[width:]):
        return False, ()
    message = "the rows end in a separator more than the header has; the empty column is left out"
    return False, (Problem("field-count", message, str(form.path), top.row),)


def _records(lines: Iterator[Line], separator: str, width: int = 0) -> Iterator[_Record]:
    """Logical rows. A quoted field may span lines; a quote that is never closed spoils its own line alone, and so does
    one that is closed only after lines that are whole rows of the `width` of the table."""
    waiting: list[Line] = []
    while True:
        line = waiting.pop(0) if waiting else next(lines, None)
        if line is None:
            return
        if line.fault:
            yield _Record([], line.text.rstrip("\r\n"), line.fault, line.end, line.number, line.number + 1)
        elif '"' not in line.text:
            if line.text.strip("\r\n"):
                yield _split(line.text, separator)._replace(end=line.end, number=line.number, after=line.number + 1)
        else:
            record, used = _joined(line, waiting, lines, separator)
            if used and any(_swallowed(record, w.text, separator, width) for w in waiting[:used]):
                record, used = _Record([], line.text.rstrip("\r\n")[:2000], _OPEN), 0
            last = waiting[used - 1] if used else line
            del waiting[:used]
            yield record._replace(end=last.end, number=line.number, after=last.number + 1)


def _split(text: str, separator: str) -> _Record:
    """A line without quotes."""
    text = text.rstrip("\r\n")
    fields = text.split(separator)
    if len(text) > LONGEST_FIELD and max(map(len, fields)) > LONGEST_FIELD:
        return _Record([], text[:200] + "…", Misfit("too-large", f"a field of more than {LONGEST_FIELD:,} characters"))
    return _Record(fields, text)


def _joined(line: Line, waiting: list[Line], lines: Iterator[Line], separator: str) -> tuple[_Record, int]:
    """A row whose first line holds quotes, and how many of the waiting lines went into it."""
    text = line.text
    for used in range(MOST_LINES):
        try:
            lines_ = io.StringIO(text, newline="")
            fields = next(csv.reader(lines_, delimiter=separator, strict=True, skipinitialspace=True))
            return _Record(fields, text.rstrip("\r\n")), used
        except StopIteration:
            return _Record([], text, Misfit("bad-csv", "the row can not be split")), used
        except csv.Error as error:
            if "unexpected end of data" not in str(error):
                code = "too-large" if "larger than" in str(error) else "bad-csv"
                fault = Misfit(code, f"the row can not be split: {error}", why=str(error))
                return _Record([], line.text.rstrip("\r\n")[:2000], fault), 0
        if len(waiting) <= used:
            following = next(lines, None)
            if following is None:
                break
            waiting.append(following)
        if waiting[used].fault or len(text) > LONGEST_LINE:
            break
        text += waiting[used].text
    return _Record([], line.text.rstrip("\r\n")[:2000], _OPEN), 0


def _swallowed(record: _Record, text: str, separator: str, width: int) -> bool:
    """Whether a line within a quoted field is a row of its own: as many cells ahead of the mark that closes it and, in
    a narrow table, a first cell made like that of the row (`A12` and `A7`)."""
    if width < 2 or text.partition('"')[0].count(separator) != width - 1:
        return False
    if width >= NARROW:
        return True
    first = record.fields[0].partition("\n")[0].strip() if record.fields else ""
    return bool(first) and _made_of(first) == _made_of(text.split(separator)[0].strip())


def _made_of(text: str) -> str:
    return re.sub(r"\d+", "9", re.sub(r"[^\W\d_]+", "a", text))


def _batches(form: Form, separator: str, columns: tuple[str, ...], top: _Top) -> Iterator[Batch]:
    width = len(columns)
    records = islice(_all_records(form, separator, top.row, width), top.rows, None)
    fields: list[Sequence[str | None]] = []
    texts: list[str] = []
    numbers: list[int] = []
    misfits: dict[int, list[Misfit]] = {}
    for record in records:
        if record.fault is None and not any(f and not f.isspace() for f in record.fields):
            continue  # a row without any value is no row, as in a workbook
        numbers.append(record.number)
        fault = record.fault
        if len(record.fields) > width and not any(f.strip() for f in record.fields[width:]):
            record = record._replace(fields=record.fields[:width])
        if fault is None and len(record.fields) != len(columns):
            many = len(record.fields) > len(columns)
            fault = Misfit(
                "field-count",
                f"{len(record.fields)} fields where the header has {len(columns)}",
                "put a field that holds the separator in quotes" if many else "",
            )
        if fault is not None:
            misfits[len(fields)] = [fault]
        fields.append(record.fields if fault is None else [None] * len(columns))
        texts.append(record.text if fault is not None else "")
        if len(fields) == ROWS:
            yield _batch(columns, fields, texts, misfits, numbers, separator)
            fields, texts, misfits, numbers = [], [], {}, []
    if fields:
        yield _batch(columns, fields, texts, misfits, numbers, separator)


def _all_records(form: Form, separator: str, header_row: int, width: int) -> Iterator[_Record]:
    """The header and all rows after it. Blank lines are no rows."""
    path, encoding = form.path, form.encoding
    if form.whole or header_row > 1:
        lines = lines_of(form)
        for _ in range(header_row - 1):
            next(lines, None)
        yield from _records(lines, separator, width)
        return
    offset, number, size = 0, 1, path.stat().st_size
    while offset < size:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(BLOCK)
            data += file.readline(LONGEST_LINE)
            end = file.tell()
        rows = _plain_rows(data.removeprefix(BOM) if offset == 0 else data, encoding, separator, number)
        if rows is not None:
            yield from rows
            offset, number = end, number + data.count(b"\n")
            continue
        for record in _records(lines_of(form, offset, number), separator, width):
            yield record
            if record.end >= end:
                offset, number = record.end, record.after
                break
        else:
            return


def _plain_rows(data: bytes, encoding: str, separator: str, number: int) -> Iterator[_Record] | None:
    """The rows of a stretch in which nothing is odd; None if anything is. `number`: of its first line."""
    if b'"' in data or data.count(b"\r") != data.count(b"\r\n") or holds_utf8(data, encoding):
        return None
    try:
        text = data.decode(encoding).replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None
    lines = text.split("\n")
    if CONTROL.search(text) or max(map(len, lines)) > LONGEST_FIELD:
        return None
    return (_Record(line.split(separator), line, number=n) for n, line in enumerate(lines, number) if line)


def _batch(
    columns: tuple[str, ...],
    fields: list[Sequence[str | None]],
    texts: list[str],
    misfits: dict[int, list[Misfit]],
    numbers: list[int],
    separator: str,
) -> Batch:
    by_column = list(zip(*fields, strict=True))
    table = pl.DataFrame({c: pl.Series(v, dtype=pl.String) for c, v in zip(columns, by_column, strict=True)})

    def raw(index: int) -> str:
        return texts[index] or as_line(["" if f is None else f for f in fields[index]], separator)

    return Batch(table, pl.Series(numbers, dtype=pl.Int64), raw, misfits, frozenset(misfits))

"""CSV as it really comes: another encoding on some lines, stray quotes, NULs, lines of any length, too few fields.

Plain stretches are split in bulk. Where a stretch holds anything odd, its lines are taken apart one by one, so that one
broken row never costs its neighbours; a broken row is kept as it stood, with the reason.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import polars as pl

from workbench.cases.batches import ROWS, Batch, Opened, as_line, check_header
from workbench.cases.mapping import Mapping
from workbench.cases.values import Misfit
from workbench.errors import Problem, ProblemsFound

LONGEST_LINE = 1_000_000   # bytes of one line
LONGEST_FIELD = 100_000    # characters; below the csv module's own bound
MOST_LINES = 100           # lines that one quoted field may span
BOM = b"\xef\xbb\xbf"
BLOCK = 1_000_000          # bytes split at once where nothing is odd
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


@dataclass(frozen=True)
class _Line:
    """A physical line; `fault` says why it can not be used, and `text` then shows its bytes as well as can be. `end` is
    the byte after it."""

    text: str
    fault: Misfit | None = None
    end: int = 0


class _Record(NamedTuple):
    fields: list[str]
    text: str
    fault: Misfit | None = None
    end: int = 0


def open_csv(path: Path, mapping: Mapping) -> Opened:
    """Raises ProblemsFound where there is no header, or one that can not be read."""
    encoding = mapping.encoding or _bom(path)
    lines = _lines(path, encoding, 0)
    for _ in range(mapping.header_row - 1):
        next(lines, None)
    first = next((line for line in lines if line.fault or line.text.strip()), None)
    if first is None:
        raise ProblemsFound([Problem("bad-csv", "the file is empty", str(path))])
    if first.fault:
        raise ProblemsFound([Problem(first.fault.code, f"the header can not be read: {first.fault.message}", str(path),
                                     mapping.header_row, 0, first.fault.hint)])
    separator = mapping.separator or _separator(first.text)
    try:
        header = tuple(h.strip() for h in next(csv.reader([first.text], delimiter=separator, strict=True)))
    except csv.Error as error:
        raise ProblemsFound([Problem("bad-csv", f"the header can not be split: {error}", str(path),
                                     mapping.header_row)]) from None
    check_header(header, str(path), mapping.header_row)
    columns = tuple(h or f"(unnamed {i})" for i, h in enumerate(header, start=1))
    return Opened(columns, lambda: _batches(path, encoding, separator, columns, mapping.header_row))


def _bom(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    return "utf-8"


def _separator(header: str) -> str:
    return max((",", ";", "\t", "|"), key=header.count)


def _wide(encoding: str) -> bool:
    return encoding.replace("_", "-").startswith(("utf-16", "utf-32"))


def _lines(path: Path, encoding: str, offset: int) -> Iterator[_Line]:
    """Physical lines from a byte on, decoded one by one, so that one line in another encoding spoils no other."""
    if _wide(encoding):
        yield from _wide_lines(path, encoding)
        return
    with path.open("rb") as file:
        file.seek(offset)
        start = offset == 0
        while data := file.readline(LONGEST_LINE + 1):
            if len(data) > LONGEST_LINE and not data.endswith(b"\n"):
                while (more := file.readline(LONGEST_LINE)) and not more.endswith(b"\n"):
                    pass
                yield _Line(data[:200].decode(encoding, "backslashreplace") + "…", Misfit(
                    "too-large", f"a line of more than {LONGEST_LINE:,} bytes"), file.tell())
                continue
            if start and data.startswith(BOM):
                data = data[3:]
            start = False
            yield replace(_decoded(data, encoding), end=file.tell())


def _wide_lines(path: Path, encoding: str) -> Iterator[_Line]:
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        while text := file.readline(LONGEST_LINE):
            yield _checked(text)


def _decoded(data: bytes, encoding: str) -> _Line:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        shown = data.decode(encoding, "backslashreplace")
        hint = "if the file is from Windows, say `encoding: cp1252` in the mapping" if encoding == "utf-8" else ""
        return _Line(shown, Misfit("unreadable", f"byte {data[error.start]:#04x} is not {encoding.upper()}", hint))
    return _checked(text)


def _checked(text: str) -> _Line:
    bad = _CONTROL.search(text)
    if bad:
        shown = _CONTROL.sub(lambda m: f"\\x{ord(m[0]):02x}", text)
        return _Line(shown, Misfit("unreadable", f"the row holds the character U+{ord(bad[0]):04X}"))
    return _Line(text)


def _records(lines: Iterator[_Line], separator: str) -> Iterator[_Record]:
    """Logical rows. A quoted field may span lines; a quote that is never closed spoils its own line alone."""
    waiting: list[_Line] = []
    while True:
        line = waiting.pop(0) if waiting else next(lines, None)
        if line is None:
            return
        if line.fault:
            yield _Record([], line.text.rstrip("\r\n"), line.fault, line.end)
        elif '"' not in line.text:
            if line.text.strip("\r\n"):
                yield _split(line.text, separator)._replace(end=line.end)
        else:
            record, used = _joined(line, waiting, lines, separator)
            last = waiting[used - 1] if used else line
            del waiting[:used]
            yield record._replace(end=last.end)


def _split(text: str, separator: str) -> _Record:
    """A line without quotes."""
    text = text.rstrip("\r\n")
    fields = text.split(separator)
    if len(text) > LONGEST_FIELD and max(map(len, fields)) > LONGEST_FIELD:
        return _Record([], text[:200] + "…", Misfit("too-large", f"a field of more than {LONGEST_FIELD:,} characters"))
    return _Record(fields, text)


def _joined(line: _Line, waiting: list[_Line], lines: Iterator[_Line], separator: str) -> tuple[_Record, int]:
    """A row whose first line holds quotes, and how many of the waiting lines went into it."""
    text = line.text
    for used in range(MOST_LINES):
        try:
            fields = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
            return _Record(fields, text.rstrip("\r\n")), used
        except StopIteration:
            return _Record([], text, Misfit("bad-csv", "the row can not be split")), used
        except csv.Error as error:
            if "unexpected end of data" not in str(error):
                code = "too-large" if "larger than" in str(error) else "bad-csv"
                fault = Misfit(code, f"the row can not be split: {error}")
                return _Record([], line.text.rstrip("\r\n")[:2000], fault), 0
        if len(waiting) <= used:
            following = next(lines, None)
            if following is None:
                break
            waiting.append(following)
        if waiting[used].fault or len(text) > LONGEST_LINE:
            break
        text += waiting[used].text
    return _Record([], line.text.rstrip("\r\n")[:2000], Misfit(
        "bad-csv", "a quotation mark is opened and not closed", "double a quotation mark within a field")), 0


def _batches(path: Path, encoding: str, separator: str, columns: tuple[str, ...], header_row: int) -> Iterator[Batch]:
    records = _all_records(path, encoding, separator, header_row)
    next(records, None)  # the header
    number, fields, texts, misfits = 0, [], [], {}
    for record in records:
        number += 1
        fault = record.fault
        if fault is None and len(record.fields) != len(columns):
            many = len(record.fields) > len(columns)
            fault = Misfit("field-count", f"{len(record.fields)} fields where the header has {len(columns)}",
                           "put a field that holds the separator in quotes" if many else "")
        if fault is not None:
            misfits[len(fields)] = [fault]
        fields.append(record.fields if fault is None else [None] * len(columns))
        texts.append(record.text if fault is not None else "")
        if len(fields) == ROWS:
            yield _batch(columns, fields, texts, misfits, number, separator)
            fields, texts, misfits = [], [], {}
    if fields:
        yield _batch(columns, fields, texts, misfits, number, separator)


def _all_records(path: Path, encoding: str, separator: str, header_row: int) -> Iterator[_Record]:
    """The header and all rows after it. Blank lines are no rows."""
    if _wide(encoding) or header_row > 1:
        lines = _lines(path, encoding, 0)
        for _ in range(header_row - 1):
            next(lines, None)
        yield from _records(lines, separator)
        return
    offset, size = 0, path.stat().st_size
    while offset < size:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(BLOCK)
            data += file.readline(LONGEST_LINE)
            end = file.tell()
        rows = _plain_rows(data.removeprefix(BOM) if offset == 0 else data, encoding, separator)
        if rows is not None:
            yield from rows
            offset = end
            continue
        for record in _records(_lines(path, encoding, offset), separator):
            yield record
            if record.end >= end:
                offset = record.end
                break
        else:
            return


def _plain_rows(data: bytes, encoding: str, separator: str) -> Iterator[_Record] | None:
    """The rows of a stretch in which nothing is odd; None if anything is."""
    if b'"' in data or data.count(b"\r") != data.count(b"\r\n"):
        return None
    try:
        text = data.decode(encoding).replace("\r\n", "\n")
    except UnicodeDecodeError:
        return None
    lines = text.split("\n")
    if _CONTROL.search(text) or max(map(len, lines)) > LONGEST_FIELD:
        return None
    return (_Record(line.split(separator), line) for line in lines if line)


def _batch(columns: tuple[str, ...], fields: list[list[str]], texts: list[str], misfits: dict[int, list[Misfit]],
           number: int, separator: str) -> Batch:
    by_column = list(zip(*fields, strict=True))
    table = pl.DataFrame({c: pl.Series(v, dtype=pl.String) for c, v in zip(columns, by_column, strict=True)})
    rows = pl.int_range(number - len(fields) + 1, number + 1, eager=True)
    return Batch(table, rows, lambda i: texts[i] or as_line(fields[i], separator), misfits, frozenset(misfits))

"""Newline-delimited JSON: each line one object, each object one row. What is nested gets a dotted name
(`member.birth_date`); the values of a list are joined by `;`, those of a list of objects field by field. Numbers keep
the digits that are written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from workbench.cases.values import Misfit
from workbench.documents.json_places import json_fault
from workbench.errors import Problem, ProblemsFound
from workbench.reading.batches import MOST_COLUMNS, ROWS, Batch, Opened, check_header

LONGEST_LINE = 1_000_000  # bytes


class _Object(list[tuple[str, object]]):
    """A JSON object as its pairs, so that a key that stands twice is seen."""


class _Row(NamedTuple):
    cells: dict[str, str | None]
    text: str
    fault: Misfit | None = None
    number: int = 0  # of its line
    odd: tuple[tuple[str, Misfit], ...] = ()  # names with values that can be no cell


def open_json_lines(path: Path, decimal: str = ".") -> Opened:
    """The columns are the names of all lines, in the order in which they appear. Numbers with decimals are given the
    sign that the texts of the file have. Raises ProblemsFound."""
    names: dict[str, None] = {}
    filled: set[str] = set()
    for row in _rows(path, decimal):
        names |= dict.fromkeys(row.cells)
        filled |= {name for name, text in row.cells.items() if text}
        if len(names) > MOST_COLUMNS:
            break
    within = {name.rpartition(".")[0] for name in names}  # null in one line, an object in another
    names = {name: None for name in names if name in filled or name not in within}
    check_header(tuple(names), str(path), 0)
    if not names:
        raise ProblemsFound([Problem("bad-csv", "no line holds a JSON object with a name in it", str(path))])
    columns = tuple(names)
    return Opened(columns, lambda: _batches(path, columns, decimal), named=True)


def _batches(path: Path, columns: tuple[str, ...], decimal: str) -> Iterator[Batch]:
    rows = list[_Row]()
    for row in _rows(path, decimal):
        if row.fault is None and not any(row.cells.values()):
            continue  # a row without any value is no row, as in a table
        rows.append(row)
        if len(rows) == ROWS:
            yield _batch(rows, columns)
            rows = []
    if rows:
        yield _batch(rows, columns)


def _batch(rows: list[_Row], columns: tuple[str, ...]) -> Batch:
    table = pl.DataFrame({c: pl.Series([r.cells.get(c) for r in rows], dtype=pl.String) for c in columns})
    misfits = {i: [r.fault] for i, r in enumerate(rows) if r.fault is not None}
    numbers = pl.Series([r.number for r in rows], dtype=pl.Int64)
    odd = {i: list(r.odd) for i, r in enumerate(rows) if r.odd}
    return Batch(table, numbers, lambda i: rows[i].text, misfits, frozenset(misfits), odd)


def _rows(path: Path, decimal: str) -> Iterator[_Row]:
    with path.open("rb") as file:
        number = 0
        while data := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(data) > LONGEST_LINE and not data.endswith(b"\n"):
                while (more := file.readline(LONGEST_LINE)) and not more.endswith(b"\n"):
                    pass
                fault = Misfit("too-large", f"a line of more than {LONGEST_LINE:,} bytes")
                yield _Row({}, data[:200].decode("utf-8", "replace") + "…", fault, number)
                continue
            data = data.removeprefix(b"\xef\xbb\xbf") if number == 1 else data
            if data.strip():
                yield _row(data, decimal)._replace(number=number)


def _row(data: bytes, decimal: str) -> _Row:
    text = data.decode("utf-8", "backslashreplace").strip()
    try:
        value = json.loads(
            data.decode(),
            object_pairs_hook=_Object,
            parse_int=str,
            parse_float=lambda digits: digits.replace(".", decimal),
            parse_constant=str,
        )
        if not isinstance(value, _Object):
            return _Row({}, text, Misfit("bad-value", "the line holds no JSON object"))
        cells: dict[str, str | None] = {}
        odd: list[tuple[str, Misfit]] = []
        _flatten(value, "", cells, odd)
        "".join(v for v in cells.values() if v).encode()
    except UnicodeError:
        return _Row({}, text, Misfit("unreadable", "the line is not UTF-8"))
    except json.JSONDecodeError as error:
        return _Row({}, text, Misfit("bad-value", f"the line is not JSON: {json_fault(error)}"))
    except RecursionError:
        return _Row({}, text, Misfit("too-large", "the line is nested too deeply"))
    return _Row(cells, text, odd=tuple(odd))


def _flatten(value: _Object, prefix: str, cells: dict[str, str | None], odd: list[tuple[str, Misfit]]) -> None:
    for key, one in value:
        name = prefix + " ".join(key.split())
        try:
            if isinstance(one, _Object):
                _flatten(one, f"{name}.", cells, odd)
            elif isinstance(one, list) and any(isinstance(item, _Object) for item in one):
                for column, text in _by_field(one, name).items():
                    _put(cells, column, text)
            else:
                _put(cells, name, _text(one, name))
        except _Odd as found:  # which matters only where it is read
            cells.setdefault(found.name, None)
            odd.append((found.name, Misfit("bad-value", str(found))))


class _Odd(Exception):
    """A value that can be no cell."""

    def __init__(self, name: str, message: str):
        super().__init__(message)
        self.name = name


def _by_field(items: list[object], name: str) -> dict[str, str | None]:
    """A list of objects: the values of each of their fields, joined."""
    found: dict[str, list[str]] = {}
    for item in items:
        if not isinstance(item, _Object):
            raise _Odd(name, f"{name} mixes objects and other values in one list")
        cells: dict[str, str | None] = {}
        inner: list[tuple[str, Misfit]] = []
        _flatten(item, f"{name}.", cells, inner)
        if inner:
            raise _Odd(inner[0][0], inner[0][1].message)
        for column, text in cells.items():
            found.setdefault(column, []).append(text or "")
    return {column: ";".join(t for t in texts if t) or None for column, texts in found.items()}


def _put(cells: dict[str, str | None], name: str, text: str | None) -> None:
    if name in cells:
        raise _Odd(name, f"the name {name} stands twice in the line")
    cells[name] = text


def _text(value: object, name: str) -> str | None:
    if isinstance(value, list):
        if any(isinstance(item, list) for item in value):
            raise _Odd(name, f"{name} is a list of lists")
        return ";".join(t for item in value if (t := _text(item, name))) or None
    if value is None or isinstance(value, str):
        return value
    return "true" if value else "false"

"""Excel workbooks (.xlsx): values as they were last computed, cell by cell."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import polars as pl
from openpyxl import load_workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.utils import get_column_letter, range_boundaries

from workbench.cases.values import Misfit
from workbench.errors import Problem, ProblemsFound, nearest, several
from workbench.reading.batches import ROWS, Batch, NoNames, Opened, above, as_line, check_header, named_apart, stacked
from workbench.reading.excel_bounds import too_large
from workbench.reading.mapping import Mapping


def open_workbook(path: Path, mapping: Mapping) -> Opened:
    """Raises ProblemsFound if the file is no workbook, or lacks the sheet."""
    try:
        if problem := too_large(path):
            raise ProblemsFound([problem])
        book = load_workbook(path, read_only=True, data_only=True)
    except ProblemsFound:
        raise
    except zipfile.BadZipFile:
        with path.open("rb") as file:
            begun = file.read(2) == b"PK"
        what = "not a whole workbook: it is cut off or damaged" if begun else "no workbook, though its name says so"
        hint = "copy or export it again" if begun else "if it is a table in plain text, name it .csv"
        raise ProblemsFound([Problem("unreadable", f"{path.name} is {what}", str(path), hint=hint)]) from None
    except Exception as error:  # openpyxl raises whatever it stumbles over
        what = type(error).__name__ + (f": {str(error).splitlines()[0][:120]}" if str(error) else "")
        message = f"{path.name} is not a workbook that can be read; a part of it is missing or damaged ({what})"
        hint = "open it in Excel and save it anew, or save the sheet as CSV"
        raise ProblemsFound([Problem("unreadable", message, str(path), hint=hint)]) from None
    if mapping.sheet and mapping.sheet not in book.sheetnames:
        raise ProblemsFound(
            [
                Problem(
                    "bad-mapping",
                    f"there is no sheet {mapping.sheet}",
                    str(path),
                    hint=nearest(mapping.sheet, book.sheetnames),
                )
            ]
        )
    seen = [s.title for s in book.worksheets if s.sheet_state == "visible"] or book.sheetnames
    sheet = mapping.sheet or seen[0]
    marks = _marks(path, book[sheet])
    merged = marks.merged
    last = mapping.header_row + mapping.header_rows - 1
    rows = [[_text(v) for v in r] for r in book[sheet].iter_rows(mapping.header_row, last, values_only=True)]
    across = [m for m in merged if m[1] <= last and mapping.header_row <= m[3]]
    if mapping.header_rows > 1:  # what stands in a merged cell stands over all of its columns
        for left, first, right, _ in across:
            row = (
                rows[first - mapping.header_row] if mapping.header_row <= first < mapping.header_row + len(rows) else []
            )
            row[left - 1 : right] = [row[left - 1]] * (right - left + 1) if left <= len(row) else []
    header = list(stacked(rows, fill=not across)) if rows else []
    while header and not header[-1]:
        header.pop()
    if not header:
        raise NoNames(
            [
                Problem(
                    "bad-csv",
                    f"row {mapping.header_row} of the sheet {sheet} is empty",
                    str(path),
                    hint=_or_sheet("name the row of the column names with `header_row` in the mapping", sheet, seen),
                )
            ]
        )
    if across and mapping.header_rows == 1:
        raise NoNames(
            [
                Problem(
                    "bad-csv",
                    f"the column names in row {mapping.header_row} stand in merged cells",
                    str(path),
                    mapping.header_row,
                    0,
                    _or_sheet(
                        "name the row of the column names with `header_row`; `header_rows: 2` where they take two",
                        sheet,
                        seen,
                    ),
                )
            ]
        )
    check_header(tuple(header), str(path), mapping.header_row)
    columns, doubled = named_apart(tuple(header))
    unread = [] if mapping.sheet else [s for s in book.sheetnames if s != sheet]
    said = [f"the sheet {s} is {'not read' if s in seen else 'hidden, and not read'}" for s in unread]
    if book[sheet].sheet_state != "visible":
        said.append(f"the sheet {sheet} is hidden, and read")
    if marks.hidden_rows:
        hidden = several(marks.hidden_rows, "hidden row")
        said.append(f"the sheet {sheet} has {hidden}, read like the others")
    said += [f"the column {columns[i - 1]} is hidden" for i in marks.hidden_columns if i <= len(columns)]
    day_zero = book.epoch.date()
    book.close()
    warnings = tuple(Problem("unknown-column", text, str(path)) for text in said)
    batches = partial(_batches, path, sheet, columns, last, marks, mapping.decimal)
    others = tuple(s for s in seen if s != sheet)
    groups = above(rows, fill=not across)
    return Opened(columns, batches, warnings, doubled, sheets=others, above=groups, day_zero=day_zero)


def _or_sheet(hint: str, sheet: str, seen: list[str]) -> str:
    """With the other sheets, one of which may be the one that is meant."""
    others = [s for s in seen if s != sheet]
    return hint + (f"; or name another sheet by `sheet`: {', '.join(others[:5])}" if others else "")


class _Marks(NamedTuple):
    """What a sheet's XML tells beside its values: merged ranges as (first column, first row, last column, last row),
    cells with a formula that no program has computed, and what is hidden."""

    merged: list[tuple[int, int, int, int]]
    unknown: frozenset[str]
    hidden_rows: int
    hidden_columns: list[int]


def _marks(path: Path, sheet: object) -> _Marks:
    """Read from the sheet's XML in passing."""
    merged: list[tuple[int, int, int, int]] = []
    unknown: set[str] = set()
    hidden_rows = 0
    hidden_columns: list[int] = []
    inside = getattr(sheet, "_worksheet_path", "").lstrip("/")
    with zipfile.ZipFile(path) as packed, packed.open(inside) as file:
        for _, node in ElementTree.iterparse(file):
            tag = node.tag.rpartition("}")[2]
            if tag == "mergeCell":
                left, first, right, last = range_boundaries(node.get("ref", ""))
                merged.append((left or 1, first or 1, right or 1, last or 1))
            elif tag == "col" and node.get("hidden") in ("1", "true"):
                hidden_columns += range(int(node.get("min", "1")), min(int(node.get("max", "1")), 5000) + 1)
            elif tag == "c":
                parts = {child.tag.rpartition("}")[2]: child for child in node}
                value = parts.get("v")
                if "f" in parts and (value is None or not value.text and node.get("t") != "str"):
                    unknown.add(node.get("r", ""))
            elif tag == "row":
                hidden_rows += node.get("hidden") in ("1", "true")
                node.clear()
    return _Marks(merged, frozenset(unknown), hidden_rows, hidden_columns)


def _shown(cell: Cell | MergedCell, decimal: str) -> str:
    """A cell as its number format shows it, where the format changes what it says: percentages and leading zeros."""
    value, style = cell.value, (cell.number_format or "").split(";")[0]
    if isinstance(value, int | float) and not isinstance(value, bool):
        # What is quoted or escaped, a colour or a gap does not change the number: 85 may be shown as 85"%".
        if "%" in re.sub(r'"[^"]*"|\\.|\[[^\]]*\]|[_*].', "", style):
            return f"{(Decimal(repr(value)) * 100).normalize():f}%".replace(".", decimal)
        # Of a number above, the last digits are not those that were written; it is shown with its power, and told.
        whole = float(value).is_integer() and 0 <= value < _EXACT
        if _DIGITS.fullmatch(style) and style.count("0") > 1 and whole:
            return _filled(style, int(value))
        return _text(value).replace(".", decimal)
    return _text(value)


_EXACT = 10**15
# Zeros and what stands between them as it is: 00000, 000-00-0000, "M"0000.
_DIGITS = re.compile(r'(?:0|[-/ ()]|\\.|"[^"0]*")+')


def _filled(style: str, value: int) -> str:
    """The digits in the places of a number format, from the right; those too many stand in front."""
    parts = re.findall(r'0|\\.|"[^"]*"|.', style)
    digits = str(value).zfill(parts.count("0"))
    extra, left = digits[: len(digits) - parts.count("0")], iter(digits[len(digits) - parts.count("0") :])
    out = "".join(next(left) if p == "0" else p[1:] if p[0] == "\\" else p.strip('"') for p in parts)
    at = next(i for i, c in enumerate(out) if c.isdigit())
    return out[:at] + extra + out[at:]


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _batches(
    path: Path, sheet: str, columns: tuple[str, ...], last: int, marks: _Marks, decimal: str
) -> Iterator[Batch]:
    """`last`: the last row of the column names. Numbers are given the sign that the texts of the sheet have."""
    book = load_workbook(path, read_only=True, data_only=True)
    try:
        numbers: list[int] = []
        fields: list[list[str]] = []
        misfits: dict[int, list[Misfit]] = {}
        wrong: dict[int, list[tuple[str, Misfit]]] = {}
        rows_unknown = {int(re.sub(r"\D", "", ref)) for ref in marks.unknown}
        for at, cells in enumerate(book[sheet].iter_rows(min_row=last + 1), last + 1):
            row = [_shown(c, decimal) for c in cells]
            touching = [m for m in marks.merged if m[1] <= at <= m[3]]
            if not any(row) and not touching and at not in rows_unknown:
                continue
            numbers.append(at)
            extra = [v for v in row[len(columns) :] if v]
            if extra:
                what = f"{len(columns) + len(extra)} fields where the header has {len(columns)}"
                misfits[len(fields)] = [Misfit("field-count", what)]
            if mine := _of_cells(at, row, columns, touching, marks.unknown if at in rows_unknown else ()):
                wrong[len(fields)] = mine
            fields.append((row + [""] * len(columns))[: len(columns)])
            if len(fields) == ROWS:
                yield _batch(columns, fields, misfits, numbers, wrong)
                fields, misfits, numbers, wrong = [], {}, [], {}
        if fields:
            yield _batch(columns, fields, misfits, numbers, wrong)
    finally:
        book.close()


def _of_cells(
    at: int, row: list[str], columns: tuple[str, ...], merged: list[tuple[int, int, int, int]], unknown: Collection[str]
) -> list[tuple[str, Misfit]]:
    """What is wrong with single cells of a row, with their columns: merged, never computed, or failed."""
    found: list[tuple[str, Misfit]] = []
    for m in merged:
        message = f"row {at} holds merged cells ({_name(m)}); whose value it is can not be told"
        misfit = Misfit("bad-value", message, "undo the merging and fill each cell")
        found += [(name, misfit) for name in columns[m[0] - 1 : m[2]]]
    for place, name in enumerate(columns, start=1):
        ref = f"{get_column_letter(place)}{at}"
        if ref in unknown:
            message = f"the formula in {ref} was never computed"
            found.append((name, Misfit("bad-value", message, "open and save the file in Excel")))
        if place <= len(row) and re.fullmatch(r"#[A-Z/0!?]+", row[place - 1]):
            found.append((name, Misfit("bad-value", f"a formula of row {at} failed: {row[place - 1]}")))
    return found


def _name(m: tuple[int, int, int, int]) -> str:
    return f"{get_column_letter(m[0])}{m[1]}:{get_column_letter(m[2])}{m[3]}"


def _batch(
    columns: tuple[str, ...],
    fields: list[list[str]],
    misfits: dict[int, list[Misfit]],
    numbers: list[int],
    wrong: dict[int, list[tuple[str, Misfit]]],
) -> Batch:
    table = pl.DataFrame(
        {c: pl.Series(v, dtype=pl.String) for c, v in zip(columns, zip(*fields, strict=True), strict=True)}
    )
    return Batch(table, pl.Series(numbers, dtype=pl.Int64), lambda i: as_line(fields[i]), misfits, cells=wrong)

"""Excel workbooks (.xlsx): values as they were last computed, cell by cell."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from xml.etree import ElementTree

import polars as pl
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

from workbench.cases.batches import ROWS, Batch, Opened, as_line, check_header
from workbench.cases.mapping import Mapping
from workbench.cases.values import Misfit
from workbench.errors import Problem, ProblemsFound, nearest

LARGEST = 500_000_000  # bytes of the unpacked workbook; a small file can unpack to anything


def open_workbook(path: Path, mapping: Mapping) -> Opened:
    """Raises ProblemsFound if the file is no workbook, or lacks the sheet."""
    try:
        with zipfile.ZipFile(path) as packed:
            size = sum(i.file_size for i in packed.infolist())
        if size > LARGEST:
            message = f"the workbook unpacks to {size:,} bytes; at most {LARGEST:,} are read"
            raise ProblemsFound([Problem("too-large", message, str(path), hint="save the sheet as CSV")])
        book = load_workbook(path, read_only=True, data_only=True)
    except ProblemsFound:
        raise
    except Exception as error:  # openpyxl raises whatever it stumbles over
        raise ProblemsFound([Problem("unreadable", f"{path.name} is not a workbook that can be read: "
                                     f"{str(error).splitlines()[0][:160] if str(error) else type(error).__name__}",
                                     str(path))]) from None
    if mapping.sheet and mapping.sheet not in book.sheetnames:
        raise ProblemsFound([Problem("bad-mapping", f"there is no sheet {mapping.sheet}", str(path),
                                     hint=nearest(mapping.sheet, book.sheetnames))])
    sheet = mapping.sheet or book.sheetnames[0]
    merged = _merged(path, book[sheet])
    header = next(book[sheet].iter_rows(min_row=mapping.header_row, max_row=mapping.header_row, values_only=True), ())
    header = [_text(v).strip() for v in header]
    while header and not header[-1]:
        header.pop()
    book.close()
    if not header:
        raise ProblemsFound([Problem("bad-csv", f"row {mapping.header_row} of the sheet {sheet} is empty", str(path),
                                     hint="name the row of the column names with `header_row` in the mapping")])
    across = [m for m in merged if m[1] <= mapping.header_row <= m[3]]
    if across:
        raise ProblemsFound([Problem("bad-csv", f"the column names in row {mapping.header_row} stand in merged cells",
                                     str(path), mapping.header_row, 0,
                                     "name the row of the column names with `header_row`, or undo the merging")])
    check_header(tuple(header), str(path), mapping.header_row)
    columns = tuple(h or f"(unnamed {i})" for i, h in enumerate(header, start=1))
    return Opened(columns, lambda: _batches(path, sheet, columns, mapping.header_row, merged))


def _merged(path: Path, sheet: object) -> list[tuple[int, int, int, int]]:
    """Merged ranges as (first column, first row, last column, last row), read from the sheet's XML in passing."""
    found = []
    inside = getattr(sheet, "_worksheet_path", "").lstrip("/")
    with zipfile.ZipFile(path) as packed, packed.open(inside) as file:
        for _, node in ElementTree.iterparse(file):
            if node.tag.endswith("}mergeCell"):
                found.append(range_boundaries(node.get("ref")))
            elif node.tag.endswith("}row"):
                node.clear()
    return found


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


def _batches(path: Path, sheet: str, columns: tuple[str, ...], header_row: int,
             merged: list[tuple[int, int, int, int]]) -> Iterator[Batch]:
    book = load_workbook(path, read_only=True, data_only=True)
    try:
        number, fields, misfits = 0, [], {}
        for at, values in enumerate(book[sheet].iter_rows(min_row=header_row + 1, values_only=True), header_row + 1):
            row = [_text(v) for v in values]
            touching = [m for m in merged if m[1] <= at <= m[3]]
            if not any(row) and not touching:
                continue
            number += 1
            reasons = [Misfit("bad-value", f"row {at} holds merged cells ({_name(m)}); whose value it is can not be "
                              "told", "undo the merging and fill each cell") for m in touching]
            extra = [v for v in row[len(columns):] if v]
            if extra:
                reasons.append(Misfit("field-count", f"{len(columns) + len(extra)} fields where the header has "
                                      f"{len(columns)}"))
            faulty = next((v for v in row if re.fullmatch(r"#[A-Z/0!?]+", v)), None)
            if faulty:
                reasons.append(Misfit("bad-value", f"a formula of row {at} failed: {faulty}"))
            if reasons:
                misfits[len(fields)] = reasons
            fields.append((row + [""] * len(columns))[:len(columns)])
            if len(fields) == ROWS:
                yield _batch(columns, fields, misfits, number)
                fields, misfits = [], {}
        if fields:
            yield _batch(columns, fields, misfits, number)
    finally:
        book.close()


def _name(m: tuple[int, int, int, int]) -> str:
    from openpyxl.utils import get_column_letter
    return f"{get_column_letter(m[0])}{m[1]}:{get_column_letter(m[2])}{m[3]}"


def _batch(columns: tuple[str, ...], fields: list[list[str]], misfits: dict[int, list[Misfit]], number: int) -> Batch:
    table = pl.DataFrame({c: pl.Series(v, dtype=pl.String)
                          for c, v in zip(columns, zip(*fields, strict=True), strict=True)})
    rows = pl.int_range(number - len(fields) + 1, number + 1, eager=True)
    return Batch(table, rows, lambda i: as_line(fields[i]), misfits)

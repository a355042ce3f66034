"""Which table of a file a suggestion is made for: the sheet of a workbook, and the row of the column names."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from workbench.errors import ProblemsFound
from workbench.reading.batches import NoNames, Opened
from workbench.reading.mapping import Mapping
from workbench.reading.open_table import open_table
from workbench.reading.suggest_names import group_of, meanings

HEADER_ROWS = 10  # looked through for the column names
# A cell of a row of values rather than of names.
_VALUE = re.compile(r"[-$€(]?[\d.,/:%-]*\d[\d.,/:%) -]*|[A-TV-Z]\d[\dA-Z](\.[\dA-Z]+)?")


class Table(NamedTuple):
    """The table, how it is written, and the other sheets: those that are shown (`alike`: with the same columns), and
    those that are hidden."""

    mapping: Mapping
    opened: Opened
    alike: list[str]
    others: list[str]
    hidden: list[str]


def best_table(path: Path, encoding: str = "") -> Table:
    """The sheet (of a workbook) and the row of the column names: the first, unless another names more facts. Raises
    ProblemsFound."""
    shown, hidden = _sheets(path)
    if len(shown) + len(hidden) < 2:
        return Table(*_best_header(path, "", encoding), [], [], [])
    found: dict[str, tuple[Mapping, Opened]] = {}
    error: ProblemsFound | None = None
    for sheet in shown or hidden:
        try:
            found[sheet] = _best_header(path, sheet)
        except ProblemsFound as failed:
            error = error or failed
    if not found:
        assert error is not None
        raise error
    best = max(found, key=lambda s: len(_facts(found[s][1])))  # the first of equals
    mapping, opened = found[best]
    alike = [s for s in found if s != best and set(found[s][1].columns) == set(opened.columns)]
    others = [s for s in (shown or hidden) if s != best and s not in alike]
    return Table(mapping, opened, alike, others, hidden if shown else [])


def _sheets(path: Path) -> tuple[list[str], list[str]]:
    """The sheets of a workbook that are shown, and those that are hidden; none of another file."""
    with path.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            return [], []
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True)
    except Exception:  # what is wrong with it is told where it is opened
        return [], []
    try:
        sheets = {s.title: getattr(s, "sheet_state", "visible") for s in book.worksheets}
    finally:
        book.close()
    return [n for n, s in sheets.items() if s == "visible"], [n for n, s in sheets.items() if s != "visible"]


def _best_header(path: Path, sheet: str, encoding: str = "") -> tuple[Mapping, Opened]:
    """The row of the column names: the first, unless that is a title or empty and a later one of the first ten names
    several facts. What is wrong with a first row that is a header is told, and no row of values is taken for one."""
    first = Mapping(sheet=sheet, encoding=encoding)
    try:
        best, opened = first, open_table(path, first)
        most = len(_facts(opened))
    except NoNames as found:
        best, opened, most, error = first, None, 0, found
    blank = opened is not None and _unnamed(opened.columns)
    if (most <= 1 or blank) and not (opened and opened.named):
        for row in range(2, HEADER_ROWS + 1):
            mapping = replace(first, header_row=row)
            try:
                tried = open_table(path, mapping)
            except ProblemsFound:
                continue
            names = len(_facts(tried))
            values = any(_VALUE.fullmatch(c) for c in tried.columns)
            more = opened is None or names > most + 1 or blank and names >= most and not _unnamed(tried.columns)
            if not values and names >= 2 and more:
                best, opened, most, blank = mapping, tried, names, _unnamed(tried.columns)
    for row in range(1, HEADER_ROWS) if opened is None else ():  # merged cells above a row of half names
        try:
            both = open_table(path, replace(first, header_row=row, header_rows=2))
        except ProblemsFound:
            continue
        if len(_facts(both)) >= 2 and not any(_VALUE.fullmatch(c.rpartition(" ")[2]) for c in both.columns):
            return replace(first, header_row=row, header_rows=2), both
    if opened is None:
        raise error
    return _two_rows(path, best, opened) or (best, opened)


def _two_rows(path: Path, mapping: Mapping, opened: Opened) -> tuple[Mapping, Opened] | None:
    """The same table with names of groups above its names: the row above one in which names stand twice, or that names
    known groups over the first columns of each (`Patient,,Request,,`); or the row below one that leaves columns without
    a name."""
    blank = _unnamed(opened.columns)
    if opened.named:
        return None
    if mapping.header_row > 1 and (grouped := _below_groups(path, mapping)):
        return grouped
    if not (opened.doubled or blank):
        return None
    tries = [mapping.header_row - 1] if opened.doubled and mapping.header_row > 1 else []
    if blank and (first := next(iter(opened.batches()), None)) is not None:
        cells = dict(zip(opened.columns, first.table.row(0), strict=True)) if len(first.table) else {}
        texts = [str(v).strip() for v in cells.values() if v]
        if any(cells.get(c) for c in blank) and not any(_VALUE.fullmatch(t) for t in texts):
            tries.append(mapping.header_row)
    for row in tries:
        both = replace(mapping, header_row=row, header_rows=2)
        try:
            stacked = open_table(path, both)
        except ProblemsFound:
            continue
        apart = not stacked.doubled and not _unnamed(stacked.columns)
        if apart and _facts(stacked) > _facts(opened):  # all of these, and more
            return both, stacked
    return None


def _below_groups(path: Path, mapping: Mapping) -> tuple[Mapping, Opened] | None:
    """The table with the row above its names, where that names groups: two known ones at least, of several columns."""
    both = replace(mapping, header_row=mapping.header_row - 1, header_rows=2)
    try:
        stacked = open_table(path, both)
    except ProblemsFound:
        return None
    runs = [name for name, _ in groupby(stacked.above) if name]
    known = [name for name in runs if group_of(name)]
    fewer = len(runs) < len(stacked.columns)
    if len(known) < 2 or 2 * len(known) < len(runs) or not fewer or _unnamed(stacked.columns):
        return None
    return both, stacked


def _unnamed(columns: tuple[str, ...]) -> list[str]:
    return [c for c in columns if c.startswith("(unnamed ")]


def _facts(opened: Opened) -> set[str]:
    """The facts that the columns name."""
    return {fact for fact, _ in meanings(opened.columns, opened.above).values()}

"""A file as a stream of small tables, whatever its format, so that memory does not grow with it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from workbench.cases.values import Misfit
from workbench.documents.text import CONTROL
from workbench.errors import Problem, ProblemsFound

ROWS = 20_000  # rows of one batch
MOST_COLUMNS = 5_000


class NoNames(ProblemsFound):
    """Raised where the row that should name the columns names none, or only groups of them: another row may."""


@dataclass
class Batch:
    """Rows of a file: `table` by column, `rows` their numbers in the file (the line of a text on which a row begins, a
    row of the sheet; of Parquet from 1), `raw(index)` the row as it stood, `misfits` (index → reasons) what is wrong
    with whole rows, `unsplit` those of them that have no cells, `cells` (index → column, reason) what is wrong with a
    cell, which matters only where its column is read."""

    table: pl.DataFrame
    rows: pl.Series
    raw: Callable[[int], str]
    misfits: dict[int, list[Misfit]] = field(default_factory=dict)
    unsplit: frozenset[int] = frozenset()
    cells: dict[int, list[tuple[str, Misfit]]] = field(default_factory=dict)

    def only(self, kept: list[int]) -> Batch:
        """The rows of these indices."""
        place = {old: new for new, old in enumerate(kept)}
        return Batch(
            self.table[kept],
            self.rows.gather(kept),
            lambda i: self.raw(kept[i]),
            {place[i]: m for i, m in self.misfits.items() if i in place},
            frozenset(place[i] for i in self.unsplit),
            {place[i]: m for i, m in self.cells.items() if i in place},
        )

    def of_cells(self, columns: Collection[str]) -> dict[int, list[Misfit]]:
        """What is wrong with the cells of these columns."""

        def read(name: str) -> bool:  # a nested value that can not be told apart spoils what is read from within it
            return name in columns or any(c.startswith(f"{name}.") for c in columns)

        found = {i: [m for c, m in mine if read(c)] for i, mine in self.cells.items()}
        return {i: list(dict.fromkeys(mine)) for i, mine in found.items() if mine}


@dataclass(frozen=True)
class Opened:
    """A file ready to be read: its columns, and its batches (each call reads from the start)."""

    columns: tuple[str, ...]
    batches: Callable[[], Iterator[Batch]]
    warnings: tuple[Problem, ...] = ()
    doubled: frozenset[str] = frozenset()  # names that stand twice in the header
    named: bool = False  # the format itself names the columns: there is no row of names to be found
    top: str = ""  # of a CSV file, the line of the column names as it stands
    line: int = 0  # of a CSV file, where the rows of the column names begin
    sheets: tuple[str, ...] = ()  # the other sheets of a workbook that are shown
    above: tuple[str, ...] = ()  # where names take several rows, the names of groups above each column's own
    day_zero: date = date(1899, 12, 30)  # from which a workbook counts days


def as_json(row: dict[str, object]) -> str:
    return json.dumps({k: v for k, v in row.items() if v is not None}, default=str, ensure_ascii=False)


def as_line(fields: list[str], separator: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="").writerow(fields)
    return out.getvalue()


def check_header(columns: tuple[str, ...], file: str, line: int = 1) -> None:
    """Raises ProblemsFound for a header that can not be told apart."""
    if len(columns) > MOST_COLUMNS:
        raise ProblemsFound(
            [
                Problem(
                    "too-large",
                    f"the header has {len(columns):,} columns; at most {MOST_COLUMNS:,} are read",
                    file,
                    line,
                    hint="leave out of the file what no fact comes from",
                )
            ]
        )
    odd = [(c, found) for c in columns if (found := CONTROL.search(c))]  # a mapping could not name it
    if odd:
        raise ProblemsFound(
            [
                Problem("unreadable", f"the column {c} holds the character U+{ord(found[0]):04X}", file, line)
                for c, found in odd
            ]
        )


FIXED = "its columns seem to be parted by spaces, at fixed widths, which is not read: save it as CSV, .xlsx or Parquet"


def fixed_width(opened: Opened) -> bool:
    """Whether a file that is one column as CSV is a table with columns of fixed width: several spaces between words in
    the header or in each of the first rows."""
    if len(opened.columns) != 1 or opened.named or not opened.top:
        return False
    first = next(iter(opened.batches()), None)
    rows = first.table.to_series().head(20).to_list() if first is not None else []
    gap = re.compile(r"\S {2,}\S")
    return bool(gap.search(opened.top.strip())) or bool(rows) and all(r and gap.search(r.strip()) for r in rows)


def stacked(rows: Sequence[Sequence[str]], fill: bool = True) -> tuple[str, ...]:
    """Column names that stand in several rows, as one each: `Visits` above `requested` is `Visits requested`. `fill`: a
    name above goes on over the blank cells to its right."""
    width = max(map(len, rows))
    names: list[list[str]] = [[] for _ in range(width)]
    for at, row in enumerate(rows):
        above = ""
        for place in range(width):
            text = " ".join(row[place].split()) if place < len(row) else ""
            if fill and at < len(rows) - 1:
                text = above = text or above
            if text and text not in names[place]:
                names[place].append(text)
    return tuple(" ".join(n) for n in names)


def above(rows: Sequence[Sequence[str]], fill: bool = True) -> tuple[str, ...]:
    """Of column names that stand in several rows, what stands above each column's own; nothing of those in one row."""
    return stacked([*rows[:-1], [""] * max(map(len, rows))], fill) if len(rows) > 1 else ()


def named_apart(header: tuple[str, ...]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Column names that can be told apart, and the names that stood twice: of these each but the first gets its
    place, and whether it matters is seen when one is read."""
    seen: set[str] = set()
    names, twice = [], set()
    for place, name in enumerate(header, start=1):
        if name in seen:
            twice.add(name)
            name = f"{name} (column {place})"
        name = name or f"(unnamed {place})"
        while name in seen:
            name += "'"
        seen.add(name)
        names.append(name)
    return tuple(names), frozenset(twice)

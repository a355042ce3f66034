"""A small text table of known columns, read whole and kept as text, so that every row can be set aside as it stood."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from workbench.cases.check import aside_for_repeats, repeated_rows, sort_out
from workbench.cases.reading import Reading
from workbench.cases.values import Misfit
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.model import Library
from workbench.guideline.textfile import read_text

LARGEST = 50_000_000  # bytes


@dataclass
class TextTable:
    """`cells` has one dict for each row (of the wanted columns, stripped; empty where the row could not be split),
    `rows` its number among the data rows, `raw` its text as read, `misfits` index → why it could not be split."""

    cells: list[dict[str, str]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    misfits: dict[int, list[Misfit]] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()
    skipped: dict[str, int] = field(default_factory=dict)

    def sorted_out(self, frame: pl.DataFrame, library: Library, misfits: Mapping[int, list[Misfit]],
                   said: pl.DataFrame) -> Reading:
        """The reading of this table, given the frame of its rows in order."""
        rows = pl.Series(self.rows, dtype=pl.Int64)
        good, aside = sort_out(frame.with_columns(rows.alias("_row")), rows, self.raw.__getitem__, library, misfits,
                               unsplit=self.misfits)
        again = repeated_rows(good["request_id"], good["_row"])
        raw = dict(zip(self.rows, self.raw, strict=True))
        names = dict(good.select("_row", "request_id").iter_rows()) if again else {}
        repeats = aside_for_repeats(again, names, ((row, raw[row]) for row in sorted(again)))
        aside = pl.concat([aside, repeats]).sort("row", maintain_order=True)
        good = good.filter(~pl.col("_row").is_in(list(again))).drop("_row")
        return Reading(good, aside, said, len(self.rows), self.warnings, tuple(sorted(self.skipped.items())))


def first_line(path: str | Path) -> str:
    """The header of a file; empty where it can not be read (reading it then says why)."""
    try:
        with Path(path).open(encoding="utf-8-sig", errors="replace") as file:
            return file.readline(100_000)
    except OSError:
        return ""


def read_text_table(path: str | Path, columns: Sequence[str], delimiter: str = ",", *,
                    wanted: Callable[[dict[str, str]], bool] = lambda cells: True, skipped: str = "",
                    warn: bool = True) -> TextTable:
    """Rows that are `wanted`, and every row that could not be split; the others are counted as `skipped`. Raises
    ProblemsFound if the file can not be read, is no table, or lacks one of the columns; `warn` of other columns."""
    problems: list[Problem] = []
    text = read_text(path, problems, size=LARGEST)
    if problems or text is None:
        raise ProblemsFound(problems)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        header = [h.strip() for h in next(lines, [])]
        table = TextTable()
        missing = [Problem("missing-column", f"the column {c} is missing", str(path), 1, 0, nearest(c, header))
                   for c in columns if c not in header]
        if missing:
            raise ProblemsFound(missing)
        table.warnings = tuple(Problem("unknown-column", f"the column {h or '(unnamed)'} is not read", str(path), 1)
                               for h in header if warn and h not in columns)
        for number, fields in enumerate((f for f in lines if f), start=1):
            _add(table, header, columns, number, fields, delimiter)
            if len(table.cells) - 1 not in table.misfits and not wanted(table.cells[-1]):
                for kept in (table.cells, table.rows, table.raw):
                    kept.pop()
                table.skipped[skipped] = table.skipped.get(skipped, 0) + 1
    except csv.Error as error:
        raise ProblemsFound([Problem("bad-csv", f"can not be read as a table: {error}", str(path),
                                     lines.line_num)]) from None
    return table


def _add(table: TextTable, header: list[str], columns: Sequence[str], number: int, fields: list[str], delimiter: str
         ) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="").writerow(fields)
    if len(fields) != len(header):
        table.misfits[len(table.cells)] = [Misfit("field-count", f"{len(fields)} fields where the header has "
                                                  f"{len(header)}")]
        fields = [""] * len(header)
    cells = dict(zip(header, fields, strict=True))
    table.cells.append({c: cells[c].strip() for c in columns})
    table.rows.append(number)
    table.raw.append(out.getvalue())

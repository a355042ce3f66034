"""`2026.1.limits.csv`: how many visits and weeks, row by row; the first match wins."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from workbench.errors import Problem
from workbench.guideline.cells import covers
from workbench.guideline.load_tables import (
    Shared,
    check_columns,
    read_cells,
    spot,
    table_choice,
    table_number,
    table_sources,
)
from workbench.guideline.model import EVIDENCE, LimitRow
from workbench.guideline.section import ID
from workbench.guideline.tables import Entry, Row, read_table

REQUIRED_COLUMNS = ("id", "visits", "weeks", "source", "evidence")
COLUMNS = ("id", "visits", "weeks", "per_week", "source", "evidence", "note")
HIGHEST = {"visits": 999, "weeks": 999, "per_week": 99}  # as far as the facts visits_used and weeks_used go


def read_limits(path: Path, shown: str, shared: Shared) -> tuple[LimitRow, ...]:
    """The rows of a limits file; every problem goes to `shared.problems`."""
    problems = shared.problems
    table = read_table(path, problems, shown=shown)
    if table is None:
        return ()
    complete, others = check_columns(table, REQUIRED_COLUMNS, problems)
    keys = []
    for column in others:
        if column.text not in COLUMNS:
            problem = shared.cells.column(column.text, COLUMNS)
            if problem:
                problems.append(problem.at(*spot(column)))
            else:
                keys.append(column.text)
    if not complete:
        return ()
    rows: dict[str, LimitRow] = {}
    before = len(problems)
    for row in table.rows:
        entry = row["id"]
        if not ID.fullmatch(entry.text):
            problems.append(entry.problem("bad-id", f"a row can not be named {entry.text!r}",
                                          "write it in lower_snake_case"))
        elif entry.text in rows:
            problems.append(entry.problem("duplicate-id", f"the row {entry.text} stands twice",
                                          f"first in line {rows[entry.text].at[1]}"))
        limit = _limit(row, keys, shared)
        rows.setdefault(entry.text, limit)
    if not rows:
        problems.append(Problem("missing-limit", "the table has no row", shown, 1, 1))
    columns = {c.text for c in table.columns}
    if len(problems) == before and columns <= {*keys, *COLUMNS}:  # else the cells are not known well enough
        problems.extend(hidden_rows(rows.values()))
    return tuple(rows.values())


def hidden_rows(rows: Iterable[LimitRow]) -> list[Problem]:
    """A problem for each row that no request can reach, because an earlier one catches or stops them all."""
    before: list[LimitRow] = []
    problems = []
    for row in rows:
        hiding = next((b for b in before if covers(b.cells, row.cells)), None)
        if hiding:
            problems.append(Problem("hidden-row", f"no request reaches {row.id}: {hiding.id} catches them all first",
                                    *row.at, f"move it before {hiding.id}, or drop it"))
        before.append(row)
    return problems


def _limit(row: Row, keys: list[str], shared: Shared) -> LimitRow:
    problems = shared.problems
    for column in ("visits", "weeks"):
        if not row.text(column):
            problems.append(row[column].problem("missing-limit", f"{row.text('id')} has no {column}"))
    visits, weeks = (_number(row[c], c, problems) for c in ("visits", "weeks"))
    per_week = _number(row["per_week"], "per_week", problems) if row.text("per_week") else None
    evidence = table_choice(row["evidence"], EVIDENCE, problems)
    source = table_sources(row["source"], shared.sources, problems, (1, 2 if per_week is None else 3))
    return LimitRow(row.text("id"), read_cells(row, keys, shared.cells, problems), int(visits or 0), int(weeks or 0),
                    per_week, source, evidence, row.text("note"), at=spot(row["id"]))


def _number(entry: Entry, column: str, problems: list[Problem]) -> Decimal | None:
    whole = column != "per_week"
    value = table_number(entry, problems)
    if value is None:
        return None
    if whole and value != value.to_integral_value():
        return problems.append(entry.problem("wrong-value", f"{column} is a whole number, not {entry.text}"))
    if not 0 <= value <= HIGHEST[column]:
        return problems.append(entry.problem("out-of-range", f"{column} is {entry.text}; its range is "
                                             f"0..{HIGHEST[column]}"))
    return value

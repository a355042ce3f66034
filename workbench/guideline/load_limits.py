"""`2026.1.limits.csv`: how many visits and weeks, row by row; the first match wins."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

from workbench.documents.csv_places import Entry, Row, read_table
from workbench.documents.section import ID
from workbench.errors import Problem, Problems
from workbench.guideline.limit_cells import covers
from workbench.guideline.load_tables import (
    Shared,
    check_columns,
    read_cells,
    spot,
    table_choice,
    table_grades,
    table_number,
    table_sources,
)
from workbench.guideline.model import COUNTS, HIGHEST, LimitRow
from workbench.guideline.table_forms import LIMITS

COLUMNS = LIMITS.names
REQUIRED_COLUMNS = tuple(k.name for k in LIMITS.keys if k.required)


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
                problems.add(problem.at(*spot(column)))
            else:
                keys.append(column.text)
    if not complete:
        return ()
    rows: list[LimitRow] = []
    first: dict[str, int] = {}  # row → its line
    with problems.meanwhile() as here:
        for row in table.rows:
            entry = row["id"]
            if not ID.fullmatch(entry.text):
                problems.add(
                    entry.problem("bad-id", f"a row can not be named {entry.text!r}", "write it in lower_snake_case")
                )
            elif first.setdefault(entry.text, entry.line) != entry.line:
                problems.add(
                    entry.problem(
                        "duplicate-id", f"the row {entry.text} stands twice", f"first in line {first[entry.text]}"
                    )
                )
            limit = _limit(row, keys, shared)
            if limit is not None:
                rows.append(limit)
        if not table.rows:
            problems.add(Problem("missing-limit", "the table has no row", shown, 1, 1))
    columns = {c.text for c in table.columns}
    if not here and columns <= {*keys, *COLUMNS}:  # else the cells are not known well enough
        problems.extend(hidden_rows(rows))
    return tuple(rows)


def hidden_rows(rows: Iterable[LimitRow]) -> list[Problem]:
    """A problem for each row that no request can reach, because an earlier one catches or stops them all."""
    before: list[LimitRow] = []
    problems: list[Problem] = []
    for row in rows:
        mine = {c.fact: c.text for c in row.cells}
        hiding = next((b for b in before if covers(b.cells, mine)), None)
        if hiding:
            problems.append(
                Problem(
                    "hidden-row",
                    f"no request reaches {row.id}: {hiding.id} catches them all first",
                    *row.at,
                    f"move it before {hiding.id}, or drop it",
                )
            )
        before.append(row)
    return problems


def _limit(row: Row, keys: list[str], shared: Shared) -> LimitRow | None:
    problems = shared.problems
    for column in ("visits", "weeks"):
        if not row.text(column):
            problems.add(row[column].problem("missing-limit", f"{row.text('id')} has no {column}"))
    visits, weeks = (_number(row[c], c, problems) for c in ("visits", "weeks"))
    per_week = _number(row["per_week"], "per_week", problems) if row.text("per_week") else None
    counts = table_choice(row["counts"], COUNTS, problems) if row.text("counts") else COUNTS[0]
    numbers = 2 if per_week is None else 3
    evidence = table_grades(row["evidence"], problems, numbers)
    source = table_sources(row["source"], shared.sources, problems, (1, numbers))
    cells = read_cells(row, keys, shared.cells, problems)
    if visits is None or weeks is None:
        return None
    return LimitRow(
        row.text("id"),
        cells,
        int(visits),
        int(weeks),
        per_week,
        source,
        evidence,
        row.text("note"),
        counts,
        at=spot(row["id"]),
    )


def _number(entry: Entry, column: str, problems: Problems) -> Decimal | None:
    whole = column != "per_week"
    value = table_number(entry, problems)
    if value is None:
        return None
    if whole and value != value.to_integral_value():
        problems.add(entry.problem("wrong-value", f"{column} is a whole number, not {entry.text}"))
    elif not 0 <= value <= HIGHEST[column]:
        problems.add(entry.problem("out-of-range", f"{column} is {entry.text}; its range is 0..{HIGHEST[column]}"))
    else:
        return value
    return None

"""CSV tables with places: every cell knows its line and column, every slip is a Problem."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workbench.documents.text import Lines, read_text
from workbench.errors import Problem, Problems

WIDEST = 200  # columns
LONGEST = 3_000  # rows; they are compared with one another

SEPARATORS = (",", ";", "\t", "|", "^", "~")


def separator_of(header: str) -> str:
    """What separates the cells of a header line: the commonest of SEPARATORS outside quotation marks."""
    bare = re.sub(r'"[^"]*("|$)', "", header)
    return max(SEPARATORS, key=bare.count)


@cache
def _field(separator: str) -> re.Pattern[str]:
    """A field and what ends it. A quoted field may hold separators, line ends and doubled quotes."""
    mark = re.escape(separator)
    return re.compile(rf'(?:"((?:[^"]|"")*)"|([^"{mark}\r\n]*))({mark}|\r?\n|\Z)')


@dataclass(frozen=True)
class Entry:
    """One cell: its text without outer spaces and where it starts."""

    text: str
    file: str
    line: int
    column: int

    def problem(self, code: str, message: str, hint: str = "") -> Problem:
        return Problem(code, message, self.file, self.line, self.column, hint)


@dataclass(frozen=True)
class Row:
    line: int
    entries: Mapping[str, Entry]

    def __getitem__(self, column: str) -> Entry:
        return self.entries[column]

    def text(self, column: str) -> str:
        """The cell's text; empty where the table has no such column."""
        entry = self.entries.get(column)
        return entry.text if entry else ""


@dataclass(frozen=True)
class Table:
    file: str
    columns: tuple[Entry, ...]
    rows: tuple[Row, ...]


def read_table(path: Path | str, problems: Problems, *, shown: str = "") -> Table | None:
    """A CSV file with a header line, or None with the reasons added to `problems`. Rows of another length than the
    header are reported and left out; blank lines are passed over."""
    text = read_text(path, problems, shown=shown)
    return None if text is None else parse_table(text, problems, shown or str(path))


def parse_table(text: str, problems: Problems, file: str, separator: str = "") -> Table | None:
    """The same for a text. Its cells are separated by commas, or by what `separator` names."""
    top = next((line for line in text.splitlines() if line.strip()), "")
    if not separator and ";" in top and "," not in top:
        message = "the cells are separated by semicolons, not by commas"
        problems.add(Problem("bad-csv", message, file, 1, top.index(";") + 1, "save it as CSV with commas"))
        return None
    records = _records(text, problems, file, separator or ",")
    if records is None:
        return None
    if not records:
        problems.add(Problem("bad-csv", "the table is empty", file))
        return None
    header, *rest = records
    seen: set[str] = set()
    for entry in header:
        if not entry.text:
            problems.add(entry.problem("bad-csv", "a column has no name"))
        elif entry.text in seen:
            problems.add(entry.problem("duplicate-key", f"the column {entry.text} stands twice"))
        seen.add(entry.text)
    if len(seen - {""}) < len(header):
        return None
    rows = []
    for record in rest:
        if len(record) != len(header):
            problems.add(
                record[0].problem(
                    "field-count",
                    f"the row has {len(record)} fields, the header {len(header)}",
                    "put a text that holds a comma in double quotes" if len(record) > len(header) else "",
                )
            )
        else:
            rows.append(Row(record[0].line, {h.text: e for h, e in zip(header, record, strict=True)}))
    return Table(file, tuple(header), tuple(rows))


def _records(text: str, problems: Problems, file: str, separator: str) -> list[list[Entry]] | None:
    lines, at = Lines(text), 0
    records: list[list[Entry]] = []
    record: list[Entry] = []
    while at < len(text) or record:
        field = _field(separator).match(text, at)
        line, column = lines.place(at)
        if field is None:
            problems.add(
                Problem(
                    "bad-csv",
                    "a quote is not closed, or something follows it"
                    if text[at] == '"'
                    else "a double quote or a bare carriage return stands inside a cell",
                    file,
                    line,
                    column,
                    'put the whole cell in double quotes and double those inside: "say ""so"""',
                )
            )
            return None
        quoted, bare, end = field.groups()
        content = bare if quoted is None else quoted.replace('""', '"')
        record.append(Entry(content.strip(), file, line, column))
        at = field.end()
        if len(record) > WIDEST:
            problems.add(record[-1].problem("too-large", f"a row has more than {WIDEST} cells"))
            return None
        if end != separator:
            if any(entry.text for entry in record):  # Excel saves blank last rows as `,,,`
                records.append(record)
            if len(records) > LONGEST + 1:
                problems.add(record[0].problem("too-large", f"the table has more than {LONGEST} rows"))
                return None
            record = []
    return records

"""What all guidelines share: sources.yaml, and the versions of the measure and condition tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from workbench.documents.csv_places import Entry, Row, Table, read_table
from workbench.documents.section import ID, NAME, VERSION, Section, open_section
from workbench.documents.yaml_places import Value, read_yaml
from workbench.errors import Problem, Problems, closest, nearest
from workbench.facts import DECIMAL_BOUND, DECIMAL_PLACES, closed, facts, held
from workbench.guideline.forms import SOURCE
from workbench.guideline.limit_cells import CellReader, exclude
from workbench.guideline.model import EVIDENCE, Cell, ConditionRow, Measure, Source
from workbench.guideline.table_forms import CONDITIONS, MEASURES

MEASURE_COLUMNS, CONDITION_COLUMNS = tuple(n for n in MEASURES.names if n != "note"), CONDITIONS.names
_PREFIX = re.compile(r"[A-Z]|[A-Z][0-9][0-9A-Z]?|[A-Z][0-9][0-9A-Z]\.?[0-9A-Z]{1,4}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)


@dataclass
class Shared:
    """What a guideline file is read against, and where its problems go."""

    sources: Mapping[str, Source] | None  # None where sources.yaml could not be read, so that any may be named
    measures: Mapping[str, Mapping[str, Measure]]  # version → table
    conditions: Mapping[str, tuple[ConditionRow, ...]]
    choices: Mapping[str, tuple[str, ...]]
    cells: CellReader
    problems: Problems

    def source(self, section: Section, key: str = "source") -> str:
        """Take a source that exists."""
        source = section.take(key, "line", default="")
        if source and self.sources is not None and source not in self.sources:
            section.fail("unknown-source", f"{source} is not in sources.yaml", nearest(source, self.sources), key)
        return source


def read_shared(root: Path, shown: str, problems: Problems) -> Shared:
    """The shared files of a guideline folder, every version of them; what is wrong in them goes to `problems`."""
    sources = _sources(read_yaml(root / "sources.yaml", problems, shown=f"{shown}/sources.yaml"))
    measures = {v: _measures(t, sources, problems) for v, t in _versions(root, shown, "measures", problems)}
    tables = dict(_versions(root, shown, "conditions", problems))
    known = {row.text("condition") for table in tables.values() if table for row in table.rows}
    choices = closed(known, {m for table in measures.values() for m in table})
    cells = CellReader(choices)
    conditions = {version: _conditions(table, cells, problems) for version, table in tables.items()}
    return Shared(sources, measures, conditions, choices, cells, problems)


def _versions(root: Path, shown: str, folder: str, problems: Problems) -> Iterator[tuple[str, Table | None]]:
    """The versions of a table: the CSV files of its folder, by name."""
    files = sorted(p for p in (root / folder).glob("*.csv") if not p.name.startswith("."))
    if not files:
        problems.add(Problem("missing-file", f"there is no version of the {folder} table", f"{shown}/{folder}"))
    for path in files:
        name = f"{shown}/{folder}/{path.name}"
        if not VERSION.fullmatch(path.stem):
            problems.add(Problem("bad-id", f"{path.stem!r} is no version", name, 0, 0, "name it like 2026.1.csv"))
        yield path.stem, read_table(path, problems, shown=name)


def check_columns(table: Table, required: Iterable[str], problems: Problems) -> tuple[bool, tuple[Entry, ...]]:
    """Whether the table has these columns, each one missing being reported; and the columns that are not among them,
    save those that look like a misspelt one."""
    others = [c for c in table.columns if c.text not in required]
    missing = [name for name in required if name not in {c.text for c in table.columns}]
    for name in missing:
        close = next((c for c in others if closest(c.text, [name])), None)
        if close is None:
            problems.add(Problem("missing-column", f"the column {name} is absent", table.file, 1, 1))
        else:
            problems.add(
                close.problem("missing-column", f"the column {name} is absent", f"is {close.text} meant for it?")
            )
            others.remove(close)
    return not missing, tuple(others)


def read_cells(row: Row, keys: Iterable[str], cells: CellReader, problems: Problems) -> tuple[Cell, ...]:
    """The key cells of a row that are not blank."""
    out = []
    for key in keys:
        entry = row[key]
        if entry.text:
            cell = cells.read(key, entry.text)
            if isinstance(cell, Problem):
                problems.add(cell.at(entry.file, entry.line, entry.column))
            else:
                out.append(cell)
    return tuple(out)


def _sources(root: Value | None) -> dict[str, Source] | None:
    top = open_section(root, "sources.yaml")
    if top is None:
        return None
    sources: dict[str, Source] = {}
    for key, value in top.value:
        section = open_section(value, f"source {key.text}", SOURCE)
        if not NAME.fullmatch(key.text):
            key.fail("bad-id", f"a source can not be named {key.text!r}", "write it in lower-kebab-case")
        if section is None:
            continue
        sources[key.text] = Source(
            key.text,
            section.take("title", "text", default=""),
            section.take("publisher", "text", default=""),
            section.take("year", "integer"),
            section.take("url", "line", default=""),
            section.take("read", "line", default="unread"),
            section.take("copy", "line", default=""),
        )
        section.finish()
    return sources


def _measures(table: Table | None, sources: Mapping[str, Source] | None, problems: Problems) -> dict[str, Measure]:
    if table is None:
        return {}
    complete, others = check_columns(table, MEASURE_COLUMNS, problems)
    known = (*MEASURE_COLUMNS, "note")  # a note may be absent
    problems.extend(
        c.problem("unknown-column", f"a measure table has no column {c.text}", nearest(c.text, known))
        for c in others
        if c.text not in known
    )
    if not complete:
        return {}
    measures: dict[str, Measure] = {}
    for row in table.rows:
        name = row["measure"]
        if not ID.fullmatch(name.text):
            problems.add(
                name.problem("bad-id", f"a measure can not be named {name.text!r}", "write it in lower_snake_case")
            )
        elif name.text in measures:
            problems.add(name.problem("duplicate-id", f"the measure {name.text} stands twice"))
        else:
            measures[name.text] = _measure(row, sources, problems)
    return measures


def _measure(row: Row, sources: Mapping[str, Source] | None, problems: Problems) -> Measure:
    lowest, highest, mcid = (table_number(row[c], problems) for c in ("lowest", "highest", "mcid"))
    better = table_choice(row["better"], ("higher", "lower"), problems)
    if lowest is not None and highest is not None and lowest >= highest:
        problems.add(
            row["highest"].problem("bad-measure", f"the scale ends at {highest}, not above its start {lowest}")
        )
    elif mcid is not None and (mcid <= 0 or lowest is not None and highest is not None and mcid > highest - lowest):
        problems.add(row["mcid"].problem("bad-measure", f"an important change of {mcid} does not fit the scale"))
    evidence = table_choice(row["evidence"], EVIDENCE, problems)
    source = table_sources(row["source"], sources, problems, (1,))
    if not row.text("label"):
        problems.add(row["label"].problem("missing-value", "the measure has no label"))
    return Measure(
        row.text("measure"),
        row.text("label"),
        lowest,
        highest,
        better,
        mcid,
        source,
        evidence,
        row.text("note"),
        at=spot(row["measure"]),
    )


def spot(entry: Entry) -> tuple[str, int, int]:
    return entry.file, entry.line, entry.column


def table_number(entry: Entry, problems: Problems, what: str = "a number") -> Decimal | None:
    """The number of a cell, None where it is blank or (reported) none."""
    if not entry.text:
        return None
    if not _NUMBER.fullmatch(entry.text) or len(entry.text) > 28:
        problems.add(entry.problem("wrong-value", f"{entry.text[:40]!r} is not {what}"))
        return None
    value = Decimal(entry.text)
    if not held(value):
        message = f"{entry.text} is beyond {DECIMAL_BOUND} or has more than {DECIMAL_PLACES} places"
        problems.add(entry.problem("out-of-range", message))
        return None
    return value


def table_choice(entry: Entry, choices: tuple[str, ...], problems: Problems) -> str:
    if entry.text not in choices:
        problems.add(
            entry.problem(
                "wrong-value", f"{entry.text!r} is not one of {', '.join(choices)}", nearest(entry.text, choices)
            )
        )
    return entry.text


def table_grades(entry: Entry, problems: Problems, numbers: int) -> str:
    """A cell of evidence: one for the row, or one for each of its numbers joined by `;`."""
    grades = [g.strip() for g in entry.text.split(";")]
    for grade in grades:
        if grade not in EVIDENCE:
            problems.add(
                entry.problem("wrong-value", f"{grade!r} is not one of {', '.join(EVIDENCE)}", nearest(grade, EVIDENCE))
            )
    if len(grades) not in (1, numbers):
        problems.add(
            entry.problem(
                "wrong-value",
                f"the row gives {len(grades)} grades of evidence",
                f"give one, or one for each of the {numbers} numbers",
            )
        )
    return ";".join(grades)


def table_sources(
    entry: Entry, sources: Mapping[str, Source] | None, problems: Problems, counts: tuple[int, ...]
) -> str:
    """A cell of sources joined by `;`, as many as one of `counts`."""
    named = [s.strip() for s in entry.text.split(";")]
    if not entry.text:
        problems.add(entry.problem("missing-value", "a source is missing"))
    elif len(named) not in counts:
        problems.add(
            entry.problem(
                "wrong-value",
                f"the row names {len(named)} sources",
                "give one" + (f", or one for each of the {counts[-1]} numbers" if counts[-1] > 1 else ""),
            )
        )
    for source in named if entry.text else ():
        if sources is not None and source not in sources:
            problems.add(entry.problem("unknown-source", f"{source} is not in sources.yaml", nearest(source, sources)))
    return ";".join(named)


def _conditions(table: Table | None, cells: CellReader, problems: Problems) -> tuple[ConditionRow, ...]:
    if table is None:
        return ()
    complete, others = check_columns(table, CONDITION_COLUMNS, problems)
    keys = []
    for column in others:
        problem = (
            Problem("unknown-column", "a condition can not depend on itself")
            if column.text == "condition"
            else cells.column(column.text, CONDITION_COLUMNS)
        )
        if problem:
            problems.add(problem.at(*spot(column)))
        else:
            keys.append(column.text)
    if not complete:
        return ()
    with problems.meanwhile() as here:
        rows = [_condition(row, keys, cells, problems) for row in table.rows]
    if here or len(keys) + len(CONDITION_COLUMNS) < len(table.columns):
        return tuple(rows)  # which rows can meet is not known yet
    for earlier, later, prefix in _clashes(rows):
        problems.add(
            Problem(
                "ambiguous-condition",
                f"{later.condition} and {earlier.condition} can both match a request with {prefix}",
                *later.at,
                f"the other stands in line {earlier.at[1]}",
            )
        )
    return tuple(rows)


def _clashes(rows: Iterable[ConditionRow]) -> Iterable[tuple[ConditionRow, ConditionRow, str]]:
    """For each row the first earlier one that can match the same request, with the prefix that they share."""
    before: dict[tuple[str, str], list[ConditionRow]] = {}
    for later in rows:
        keys = [(prefix, discipline) for prefix in sorted(later.prefixes) for discipline in later.disciplines]
        clash = next(
            (
                (earlier, later, key[0])
                for key in keys
                for earlier in before.get(key, ())
                if not exclude(earlier.cells, later.cells)
            ),
            None,
        )
        if clash:
            yield clash
        for key in keys:
            before.setdefault(key, []).append(later)


def _condition(row: Row, keys: list[str], cells: CellReader, problems: Problems) -> ConditionRow:
    name = row["condition"]
    if not ID.fullmatch(name.text):
        problems.add(
            name.problem("bad-id", f"a condition can not be named {name.text!r}", "write it in lower_snake_case")
        )
    if not row.text("label"):
        problems.add(row["label"].problem("missing-value", "the condition has no label"))
    disciplines = _split(row["disciplines"], problems, "a discipline")
    for one in disciplines:
        if one not in facts()["discipline"].choices:
            problems.add(
                row["disciplines"].problem(
                    "wrong-value", f"{one!r} is no discipline", nearest(one, facts()["discipline"].choices)
                )
            )
    prefixes: dict[str, None] = {}  # in the order of the cell; some rows have thousands
    # A condition without a code is one that only a request itself can name.
    for one in _split(row["icd10_prefixes"], problems, "") if row.text("icd10_prefixes") else ():
        plain = one.upper().replace(".", "")
        if not _PREFIX.fullmatch(one.upper()):
            problems.add(
                row["icd10_prefixes"].problem(
                    "bad-prefix", f"{one!r} does not begin an ICD-10-CM code", "write a letter, a digit, …, as in M54.5"
                )
            )
        elif plain in prefixes:
            problems.add(row["icd10_prefixes"].problem("bad-prefix", f"{one} stands twice"))
        else:
            prefixes[plain] = None
    return ConditionRow(
        name.text,
        row.text("label"),
        tuple(disciplines),
        tuple(prefixes),
        read_cells(row, keys, cells, problems),
        at=spot(name),
    )


def _split(entry: Entry, problems: Problems, what: str) -> list[str]:
    if not entry.text:
        problems.add(entry.problem("missing-value", f"{what} is missing"))
        return []
    return [part.strip() for part in entry.text.split(";")]

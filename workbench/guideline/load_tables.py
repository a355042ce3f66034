"""What all guidelines share: sources.yaml, measures.csv, conditions.csv."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from workbench.errors import Problem, nearest
from workbench.facts import DECIMAL_BOUND, DECIMAL_PLACES, facts
from workbench.guideline.cells import CellReader, exclude
from workbench.guideline.model import EVIDENCE, READ, Cell, ConditionRow, Measure, Source
from workbench.guideline.section import ID, NAME, Section, open_section
from workbench.guideline.tables import Entry, Row, Table, read_table
from workbench.guideline.yamlfile import Value, read_yaml

MEASURE_COLUMNS = ("measure", "label", "lowest", "highest", "better", "mcid", "source", "evidence")
CONDITION_COLUMNS = ("condition", "label", "disciplines", "icd10_prefixes")
_PREFIX = re.compile(r"[A-Z]|[A-Z][0-9][0-9A-Z]?|[A-Z][0-9][0-9A-Z]\.?[0-9A-Z]{1,4}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?", re.ASCII)


@dataclass
class Shared:
    """What a guideline file is read against, and where its problems go."""

    sources: Mapping[str, Source] | None  # None where sources.yaml could not be read, so that any may be named
    measures: Mapping[str, Measure]
    conditions: tuple[ConditionRow, ...]
    choices: Mapping[str, tuple[str, ...]]
    cells: CellReader
    problems: list[Problem]

    def source(self, section: Section, key: str = "source", *, required: bool = True) -> str:
        """Take a source that exists."""
        source = section.take(key, "line", required=required, default="")
        if source and self.sources is not None and source not in self.sources:
            section.fail("unknown-source", f"{source} is not in sources.yaml", nearest(source, self.sources), key)
        return source


def read_shared(root: Path, shown: str, problems: list[Problem]) -> Shared:
    """The three shared files of a guideline folder; what is wrong in them goes to `problems`."""
    sources = _sources(read_yaml(root / "sources.yaml", problems, shown=f"{shown}/sources.yaml"))
    measures = _measures(read_table(root / "measures.csv", problems, shown=f"{shown}/measures.csv"), sources, problems)
    table = read_table(root / "conditions.csv", problems, shown=f"{shown}/conditions.csv")
    known = {row.text("condition") for row in table.rows} if table else set()
    choices = {"condition": tuple(sorted(known)), "measure": tuple(sorted(measures))}
    cells = CellReader(choices)
    conditions = _conditions(table, cells, problems)
    return Shared(sources, measures, conditions, choices, cells, problems)


def check_columns(table: Table, required: Iterable[str], problems: list[Problem]) -> tuple[bool, tuple[Entry, ...]]:
    """Whether the table has these columns, each one missing being reported; and the columns that are not among them,
    save those that look like a misspelt one."""
    others = [c for c in table.columns if c.text not in required]
    missing = [name for name in required if name not in {c.text for c in table.columns}]
    for name in missing:
        close = next((c for c in others if nearest(c.text, [name]).startswith("did")), None)
        if close is None:
            problems.append(Problem("missing-column", f"the column {name} is absent", table.file, 1, 1))
        else:
            problems.append(close.problem("missing-column", f"the column {name} is absent",
                                          f"is {close.text} meant for it?"))
            others.remove(close)
    return not missing, tuple(others)


def read_cells(row: Row, keys: Iterable[str], cells: CellReader, problems: list[Problem]) -> tuple[Cell, ...]:
    """The key cells of a row that are not blank."""
    out = []
    for key in keys:
        entry = row[key]
        if entry.text:
            cell = cells.read(key, entry.text)
            if isinstance(cell, Problem):
                problems.append(cell.at(entry.file, entry.line, entry.column))
            else:
                out.append(cell)
    return tuple(out)


def _sources(root: Value | None) -> dict[str, Source] | None:
    top = open_section(root, "sources.yaml")
    if top is None:
        return None
    sources: dict[str, Source] = {}
    for key, value in top.value:
        section = open_section(value, f"source {key.text}")
        if not NAME.fullmatch(key.text):
            key.fail("bad-id", f"a source can not be named {key.text!r}", "write it in lower-kebab-case")
        if section is None:
            continue
        sources[key.text] = Source(
            key.text, section.take("title", "text", default=""), section.take("publisher", "text", default=""),
            section.take("year", "integer", low=1900, high=2100), section.take("url", "line", default="", empty=True),
            section.take("read", "line", choices=READ, default="unread"))
        section.finish()
    return sources


def _measures(table: Table | None, sources: Mapping[str, Source] | None, problems: list[Problem]) -> dict[str, Measure]:
    if table is None:
        return {}
    complete, others = check_columns(table, MEASURE_COLUMNS, problems)
    problems += (c.problem("unknown-column", f"measures.csv has no column {c.text}", nearest(c.text, MEASURE_COLUMNS))
                 for c in others)
    if not complete:
        return {}
    measures: dict[str, Measure] = {}
    for row in table.rows:
        name = row["measure"]
        if not ID.fullmatch(name.text):
            problems.append(name.problem("bad-id", f"a measure can not be named {name.text!r}",
                                         "write it in lower_snake_case"))
        elif name.text in measures:
            problems.append(name.problem("duplicate-id", f"the measure {name.text} stands twice"))
        else:
            measures[name.text] = _measure(row, sources, problems)
    return measures


def _measure(row: Row, sources: Mapping[str, Source] | None, problems: list[Problem]) -> Measure:
    lowest, highest, mcid = (table_number(row[c], problems) for c in ("lowest", "highest", "mcid"))
    better = table_choice(row["better"], ("higher", "lower"), problems)
    if lowest is not None and highest is not None and lowest >= highest:
        problems.append(row["highest"].problem("bad-measure", f"the scale ends at {highest}, not above its start "
                                               f"{lowest}"))
    elif mcid is not None and (mcid <= 0 or None not in (lowest, highest) and mcid > highest - lowest):
        problems.append(row["mcid"].problem("bad-measure", f"an important change of {mcid} does not fit the scale"))
    evidence = table_choice(row["evidence"], EVIDENCE, problems)
    source = table_sources(row["source"], sources, problems, (1,))
    if not row.text("label"):
        problems.append(row["label"].problem("missing-value", "the measure has no label"))
    return Measure(row.text("measure"), row.text("label"), lowest, highest, better, mcid, source, evidence,
                   at=spot(row["measure"]))


def spot(entry: Entry) -> tuple[str, int, int]:
    return entry.file, entry.line, entry.column


def table_number(entry: Entry, problems: list[Problem], what: str = "a number") -> Decimal | None:
    """The number of a cell, None where it is blank or (reported) none."""
    if not entry.text:
        return None
    if not _NUMBER.fullmatch(entry.text) or len(entry.text) > 28:
        return problems.append(entry.problem("wrong-value", f"{entry.text[:40]!r} is not {what}"))
    value = Decimal(entry.text)
    if abs(value) > DECIMAL_BOUND or -value.as_tuple().exponent > DECIMAL_PLACES:
        return problems.append(entry.problem("out-of-range", f"{entry.text} is beyond {DECIMAL_BOUND} or has more "
                                             f"than {DECIMAL_PLACES} places"))
    return value


def table_choice(entry: Entry, choices: tuple[str, ...], problems: list[Problem]) -> str:
    if entry.text not in choices:
        problems.append(entry.problem("wrong-value", f"{entry.text!r} is not one of {', '.join(choices)}",
                                      nearest(entry.text, choices)))
    return entry.text


def table_sources(entry: Entry, sources: Mapping[str, Source] | None, problems: list[Problem],
                  counts: tuple[int, ...]) -> str:
    """A cell of sources joined by `;`, as many as one of `counts`."""
    named = [s.strip() for s in entry.text.split(";")]
    if not entry.text:
        problems.append(entry.problem("missing-value", "a source is missing"))
    elif len(named) not in counts:
        problems.append(entry.problem("wrong-value", f"the row names {len(named)} sources",
                                      "give one" + (f", or one for each of the {counts[-1]} numbers"
                                                    if counts[-1] > 1 else "")))
    for source in named if entry.text and sources is not None else ():
        if source not in sources:
            problems.append(entry.problem("unknown-source", f"{source} is not in sources.yaml",
                                          nearest(source, sources)))
    return ";".join(named)


def _conditions(table: Table | None, cells: CellReader, problems: list[Problem]) -> tuple[ConditionRow, ...]:
    if table is None:
        return ()
    complete, others = check_columns(table, CONDITION_COLUMNS, problems)
    keys = []
    for column in others:
        problem = Problem("unknown-column", "a condition can not depend on itself") if column.text == "condition" \
            else cells.column(column.text, CONDITION_COLUMNS)
        if problem:
            problems.append(problem.at(*spot(column)))
        else:
            keys.append(column.text)
    if not complete:
        return ()
    before = len(problems)
    rows = [_condition(row, keys, cells, problems) for row in table.rows]
    if len(problems) > before or len(keys) + len(CONDITION_COLUMNS) < len(table.columns):
        return tuple(rows)  # which rows can meet is not known yet
    for i, later in enumerate(rows):
        for earlier in rows[:i]:
            shared = set(earlier.prefixes) & set(later.prefixes)
            if shared and set(earlier.disciplines) & set(later.disciplines) and not exclude(earlier.cells, later.cells):
                problems.append(Problem(
                    "ambiguous-condition", f"{later.condition} and {earlier.condition} can both match a request with "
                    f"{sorted(shared)[0]}", *later.at, f"the other stands in line {earlier.at[1]}"))
    return tuple(rows)


def _condition(row: Row, keys: list[str], cells: CellReader, problems: list[Problem]) -> ConditionRow:
    name = row["condition"]
    if not ID.fullmatch(name.text):
        problems.append(name.problem("bad-id", f"a condition can not be named {name.text!r}",
                                     "write it in lower_snake_case"))
    if not row.text("label"):
        problems.append(row["label"].problem("missing-value", "the condition has no label"))
    disciplines = _split(row["disciplines"], problems, "a discipline")
    for one in disciplines:
        if one not in facts()["discipline"].choices:
            problems.append(row["disciplines"].problem("wrong-value", f"{one!r} is no discipline",
                                                       nearest(one, facts()["discipline"].choices)))
    prefixes = []
    # A condition without a code is one that only a request itself can name.
    for one in _split(row["icd10_prefixes"], problems, "") if row.text("icd10_prefixes") else ():
        plain = one.upper().replace(".", "")
        if not _PREFIX.fullmatch(one.upper()):
            problems.append(row["icd10_prefixes"].problem("bad-prefix", f"{one!r} does not begin an ICD-10-CM code",
                                                          "write a letter, a digit, …, as in M54.5"))
        elif plain in prefixes:
            problems.append(row["icd10_prefixes"].problem("bad-prefix", f"{one} stands twice"))
        else:
            prefixes.append(plain)
    return ConditionRow(name.text, row.text("label"), tuple(disciplines), tuple(prefixes),
                        read_cells(row, keys, cells, problems), at=spot(name))


def _split(entry: Entry, problems: list[Problem], what: str) -> list[str]:
    if not entry.text:
        problems.append(entry.problem("missing-value", f"{what} is missing"))
        return []
    return [part.strip() for part in entry.text.split(";")]



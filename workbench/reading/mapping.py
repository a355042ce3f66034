"""Mapping files: how the columns and values of somebody's file become facts. What a file
may hold is declared in mapping_form.py."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from workbench.cases.request import unwrapped
from workbench.cases.values import Misfit, Value, checked
from workbench.documents.section import Section, found, open_section
from workbench.documents.yaml_places import Items, Pairs, Scalar, from_plain, read_yaml
from workbench.documents.yaml_places import Value as Value_
from workbench.errors import Problems, nearest
from workbench.facts import Fact, facts
from workbench.guideline.model import Library
from workbench.reading.date_styles import date_styles
from workbench.reading.mapping_form import COLUMN, COMPUTED, JOINED, MAPPING, SEPARATORS, SPANS

MISSING = ("", "NA", "N/A", "#N/A", "<NA>", "NULL", "(null)", r"\N", "NaN", "NaT", "None", ".", "-", "--")


@dataclass(frozen=True)
class Column:
    """One column of the file and the fact it holds. `values` replaces texts as they stand in the file; a text that it
    does not name is read as it is. `dates` are strptime formats, tried besides ISO."""

    column: str
    fact: Fact
    values: tuple[tuple[str, str | None], ...] = ()
    dates: tuple[str, ...] = ()
    list_separator: str = ""  # of a code list, besides what separates codes everywhere
    take: str = ""  # a pattern with one group: what of the cell is read
    percent: str = ""  # "fraction" (1 is all) or "whole" (100 is all), of a fact in percent
    zone: str = ""  # the place whose day counts, for instants with an offset
    of_lines: str = ""  # which of several lines of a request counts: first, least, most or (of numbers) sum


@dataclass(frozen=True)
class Joined:
    """A column made of several: their texts with `between` between them; missing where one of them is."""

    name: str
    columns: tuple[str, ...]
    between: str


@dataclass(frozen=True)
class Span:
    """A fact that is the time from the day in one column to the day in another, in years, weeks or days."""

    fact: Fact
    unit: str
    first: str
    last: str
    dates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mapping:
    """How to read a file. With no columns named, each column is the fact of its name."""

    name: str = ""
    columns: tuple[Column, ...] = ()
    ignored: tuple[str, ...] = ()
    constants: tuple[tuple[str, Value], ...] = ()
    row_ids: str = ""  # request_id = this and the row number
    separator: str = ""  # of a CSV file; found out where empty
    encoding: str = ""  # of a CSV file; UTF-8 where empty
    decimal: str = "."
    missing: tuple[str, ...] = MISSING
    dates: tuple[str, ...] = ()
    sheet: str = ""  # of a workbook; the first where empty
    header_row: int = 1
    header_rows: int = 1  # which the column names take
    zone: str = ""  # for all columns of dates
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()  # column → the texts of rows that are meant
    joined: tuple[Joined, ...] = ()
    computed: tuple[Span, ...] = ()
    grouped: bool = False  # rows that share a request_id are lines of one request
    file: str = field(default="", compare=False)
    day_zero: date = date(1899, 12, 30)  # from which the file's program counts days; another in some workbooks

    @property
    def own_marks(self) -> list[str]:
        """The texts that this mapping makes missing and others do not: what they leave out is told."""
        usual = {m.casefold() for m in MISSING}
        return [m for m in self.missing_words if m not in usual]

    @property
    def missing_words(self) -> list[str]:
        return [m.casefold() for m in self.missing]


def load_mapping(source: str | Path | Dict[str, object] | Mapping | None, library: Library) -> Mapping:
    """A mapping from a YAML file or a plain dict. Raises ProblemsFound with everything that is wrong in it."""
    if source is None:
        return Mapping()
    if isinstance(source, Mapping):
        return source
    problems = Problems()
    if isinstance(source, Dict):
        file, value = "<mapping>", from_plain(source, problems, "<mapping>")
        top = open_section(value, "a mapping", MAPPING)
    else:
        file, top = str(source), open_section(read_yaml(source, problems), "a mapping", MAPPING)
    mapping = _read(top, library, file) if top is not None else Mapping()
    problems.check()
    return mapping


def _read(top: Section, library: Library, file: str) -> Mapping:
    dates = date_styles(top, "dates")
    columns, ignored = _columns(top, dates)
    computed = _computed(top, dates, {c.fact.name for c in columns})
    mapping = replace(
        layout(top, MISSING),
        name=top.take("mapping", "name", default=""),
        columns=columns,
        ignored=ignored,
        constants=_constants(top, library, {c.fact.name for c in columns} | {c.fact.name for c in computed}),
        where=_where(top),
        joined=_joined(top),
        computed=computed,
        grouped=bool(top.take("grouped", "boolean", default=False)),
        row_ids=top.take("row_ids", "text", default=""),
        decimal=top.take("decimal", "text", default=".") or ".",
        dates=dates,
        zone=_zone(top),
        file=file,
    )
    top.finish()
    if mapping.row_ids and any(c.fact.name == "request_id" for c in columns):
        top.fail("bad-mapping", "request_id comes from a column and from row_ids", "keep one of the two", "row_ids")
    if mapping.row_ids and mapping.grouped:
        top.fail(
            "bad-mapping", "rows are grouped by their request_id, which row_ids makes another in each", "", "grouped"
        )
    if not mapping.grouped and any(c.of_lines for c in columns):
        top.fail("bad-mapping", "`of_lines` chooses among rows of one request", "say `grouped: true`", "columns")
    return mapping


def layout(top: Section, missing: tuple[str, ...]) -> Mapping:
    """How a file is written, of a mapping: its separator, encoding, sheet, row of names and marks of missing values."""
    separator = top.take("separator", "text", default="") or ""
    if "separator" in top and separator != "\t" and not separator.strip():
        hint = "leave the key out, and it is found out; columns that blanks part are to be saved as CSV first"
        top.fail("bad-mapping", "a blank is no separator of a CSV file", hint, "separator")
        separator = ""
    elif separator not in SEPARATORS and len(separator) > 1:
        top.fail("bad-mapping", f"a separator is one sign, not {separator}", "or the word tab", "separator")
        separator = ""
    return Mapping(
        separator=SEPARATORS.get(separator, separator),
        encoding=_encoding(top),
        sheet=top.take("sheet", "text", default=""),
        header_row=top.take("header_row", "integer", default=1) or 1,
        header_rows=top.take("header_rows", "integer", default=1) or 1,
        missing=("", *_missing(top)) if "missing" in top else missing,
    )


def _missing(top: Section) -> tuple[str, ...]:
    items = top.take("missing", "items", default=()) or ()
    return tuple(item.text for item in _scalars(items, "an entry of `missing`"))


def _encoding(top: Section) -> str:
    name = top.take("encoding", "text", default="") or ""
    try:
        found = codecs.lookup(name).name if name else ""
        if (
            not found
            or "a,1\n".encode(found) == b"a,1\n"
            and b"\xe9".decode(found, "backslashreplace")
            or found.startswith(("utf-16", "utf-32"))
        ):
            return found
    except (LookupError, ValueError):  # some are no encodings of text
        pass
    top.fail("bad-mapping", f"there is no encoding {name}", "usual ones are utf-8, cp1252, latin-1, utf-16", "encoding")
    return ""


def _columns(top: Section, dates: tuple[str, ...]) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    columns: list[Column] = []
    ignored: list[str] = []
    section = top.take("columns", "section")
    for key, value in section.value if section is not None else ():
        name_of = " ".join(key.text.split())  # as headers are read: a line break in a name is a space
        if isinstance(value, Scalar) and value.kind == "text" and value.text == "ignore":
            ignored.append(name_of)
            continue
        several = value.values if isinstance(value, Items) else (value,)  # one column may tell several facts
        for one in several:
            found = _fact_of(one, name_of, dates)
            if found is not None and any(c.fact is found.fact for c in columns):
                one.fail("bad-mapping", f"{found.fact.name} comes from two columns")
            elif found is not None:
                columns.append(found)
    return tuple(columns), tuple(ignored)


def _fact_of(value: Value_, column: str, dates: tuple[str, ...]) -> Column | None:
    """A fact and how the cells of its column are written: its name, or a section with it."""
    if isinstance(value, Scalar) and value.kind == "text":
        fact = facts().get(value.text)
        if fact is None:
            value.fail("bad-mapping", f"{value.text} is not a fact", nearest(value.text, facts()))
        return Column(column, fact, dates=dates) if fact is not None else None
    if not isinstance(value, Pairs):
        value.fail("wrong-value", f"column {column} wants the name of a fact, or `ignore`")
        return None
    section = Section(value, f"column {column}", COLUMN)
    name = section.take("fact", "text") or ""
    fact = facts().get(name)
    read = _how(section, fact, column, dates)
    return read if fact is not None else None


def _texts(value: Value_, what: str) -> tuple[str, ...]:
    items = value.values if isinstance(value, Items) else (value,)
    return tuple(" ".join(item.text.split()) for item in _scalars(items, what))


def _scalars(items: Iterable[Value_], what: str) -> Iterator[Scalar]:
    """The single values; what is none is reported. Each stands for its text in the file: `null`, too, is a word."""
    for item in items:
        if isinstance(item, Scalar):
            yield item
        else:
            item.fail("wrong-value", f"{what} wants a single value, not {found(item)}")


def _where(top: Section) -> tuple[tuple[str, tuple[str, ...]], ...]:
    section = top.take("where", "section")
    found = []
    for key, value in section.value if section is not None else ():
        texts = _texts(value, f"where {key.text}")
        if isinstance(value, Items) and not value.values:
            value.fail("wrong-value", f"where {key.text} wants the texts of rows that are meant")
        found.append((" ".join(key.text.split()), texts))
    return tuple(found)


def _joined(top: Section) -> tuple[Joined, ...]:
    section = top.take("joined", "section")
    found = []
    for key, value in section.value if section is not None else ():
        if not isinstance(value, Pairs):
            value.fail("wrong-value", f"joined {key.text} wants `columns` and `between`")
            continue
        one = Section(value, f"joined {key.text}", JOINED)
        columns = tuple(" ".join(c.split()) for c in one.take("columns", "texts") or ())
        between = one.take("between", "text", default="-")
        one.finish()
        found.append(Joined(" ".join(key.text.split()), columns, "-" if between is None else between))
    return tuple(found)


def _computed(top: Section, dates: tuple[str, ...], mapped: set[str]) -> tuple[Span, ...]:
    section = top.take("computed", "section")
    found = []
    for key, value in section.value if section is not None else ():
        fact = facts().get(key.text)
        if fact is None or fact.kind != "integer" or fact.unit not in ("years", "weeks", "days"):
            hint = nearest(key.text, [n for n, f in facts().items() if f.unit in ("years", "weeks", "days")])
            key.fail("bad-mapping", f"{key.text} is no number of years, weeks or days", hint)
            continue
        if fact.name in mapped:
            key.fail("bad-mapping", f"{key.text} comes from a column already")
        if not isinstance(value, Pairs):
            value.fail("wrong-value", f"computed {key.text} wants a unit and two columns, as weeks: [Start, End]")
            continue
        one = Section(value, f"computed {key.text}", COMPUTED)
        units = [u for u in SPANS if u in one]
        ends = one.take(units[0], "texts") or () if len(units) == 1 else ()
        own = date_styles(one, "dates")
        one.finish()
        if len(ends) != 2:
            value.fail("wrong-value", f"computed {key.text} wants a unit and two columns, as weeks: [Start, End]")
            continue
        first, last = (" ".join(c.split()) for c in ends)
        found.append(Span(fact, units[0], first, last, own or dates))
    return tuple(found)


def _how(section: Section, fact: Fact | None, column: str, dates: tuple[str, ...]) -> Column:
    """How the cells of a column are written (its fact is set by the caller)."""
    listed = (section.take("list_separator", "text", default="") or "").strip(" ")  # blanks part codes anyway
    percent = section.take("percent", "text", default="") or ""
    if percent and fact is not None and fact.unit != "percent":
        section.fail("bad-mapping", f"{fact.name} is no percentage", "", "percent")
    read = Column(
        column,
        fact or facts()["plan"],
        values_of(section),
        date_styles(section, "dates") or dates,
        listed,
        _pattern(section),
        percent,
        _zone(section),
        _of_lines(section, fact),
    )
    section.finish()
    return read


def _of_lines(section: Section, fact: Fact | None) -> str:
    said = section.take("of_lines", "text", default="") or ""
    if said == "sum" and fact is not None and fact.kind not in ("integer", "decimal"):
        section.fail("bad-mapping", f"{fact.name} is no number to be added up", "", "of_lines")
    return said


def _pattern(section: Section) -> str:
    """A regular expression with one group, as Rust's regex crate reads it (no step takes longer than the text)."""
    pattern = section.take("take", "text", default="") or ""
    if not pattern:
        return ""
    try:
        pl.Series([""]).str.extract(pattern, 1)
        groups = re.compile(pattern).groups
        if groups == 1:
            return str(pattern)
        message = f"`take` wants a pattern with one group in brackets, such as ^([0-9]+)/; this has {groups}"
    except (re.error, pl.exceptions.PolarsError) as error:
        lines = str(error).splitlines()  # of Rust's, the line that says why stands below a drawing of the place
        message = f"`take` is no pattern: {next((x for x in lines if x.startswith('error: ')), lines[0])}"
    section.fail("bad-mapping", message, "", "take")
    return ""


def _zone(section: Section) -> str:
    name = section.take("zone", "text", default="") or ""
    try:
        if name:
            ZoneInfo(name)
        return str(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        section.fail("bad-mapping", f"there is no zone {name}", "write it like America/New_York", "zone")
        return ""


def values_of(section: Section) -> tuple[tuple[str, str | None], ...]:
    """Text in the file → text that the fact's type is read from; null makes it missing."""
    table = section.take("values", "section")
    found = []
    for key, value in table.value if table is not None else ():
        if not isinstance(value, Scalar):
            value.fail("wrong-value", f"{key.text} wants a single value")
        else:
            found.append((key.text, None if value.kind == "null" else value.text))
    return tuple(found)


def _constants(top: Section, library: Library, mapped: set[str]) -> tuple[tuple[str, Value], ...]:
    found = []
    section = top.take("constants", "section")
    for key, given in section.value if section is not None else ():
        fact = facts().get(key.text)
        if fact is None or fact.name == "request_id":
            key.fail(
                "bad-mapping",
                f"{key.text} can not be a constant" if fact else f"{key.text} is not a fact",
                "" if fact else nearest(key.text, facts()),
            )
            continue
        if fact.name in mapped:
            key.fail("bad-mapping", f"{key.text} comes from a column already")
            continue
        value = checked(fact, unwrapped(given), library)
        if isinstance(value, Misfit):
            given.fail("bad-mapping", value.message, value.hint)
        elif value is None:  # a constant that says nothing would leave the fact missing without a word
            given.fail("bad-mapping", f"{key.text} has no value here", "leave the key out")
        else:
            found.append((fact.name, value))
    return tuple(found)

"""Mapping files: how the columns and values of somebody's file become facts. The format is told in docs/mapping.md."""

from __future__ import annotations

import codecs
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from pathlib import Path

from workbench.cases.request import unwrapped
from workbench.cases.values import Misfit, Value, choices_of, fits, typed
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.facts import Fact, facts
from workbench.guideline.model import Library
from workbench.guideline.section import Section, open_section
from workbench.guideline.yamlfile import Pairs, Scalar, from_plain, read_yaml

ISO = "YYYY-MM-DD"
# How a date style is written, and what strptime makes of it; longest first, so that MMM is not read as MM and M.
_TOKENS = (("YYYY", "%Y"), ("MMMM", "%B"), ("MMM", "%b"), ("YY", "%y"), ("MM", "%m"), ("DD", "%d"), ("M", "%m"),
           ("D", "%d"))
MISSING = ("", "NA", "N/A", "NULL", "NaN", "None")
SEPARATORS = {",": ",", ";": ";", "|": "|", "tab": "\t"}


@dataclass(frozen=True)
class Column:
    """One column of the file and the fact it holds. `values` replaces texts as they stand in the file; a text that it
    does not name is read as it is. `dates` are strptime formats, tried besides ISO."""

    column: str
    fact: Fact
    values: tuple[tuple[str, str | None], ...] = ()
    dates: tuple[str, ...] = ()
    list_separator: str = ";"


@dataclass(frozen=True)
class Mapping:
    """How to read a file. With no columns named, each column is the fact of its name."""

    name: str = ""
    columns: tuple[Column, ...] = ()
    ignored: tuple[str, ...] = ()
    constants: tuple[tuple[str, Value], ...] = ()
    row_ids: str = ""            # request_id = this and the row number
    separator: str = ""          # of a CSV file; found out where empty
    encoding: str = ""           # of a CSV file; UTF-8 where empty
    decimal: str = "."
    missing: tuple[str, ...] = MISSING
    dates: tuple[str, ...] = ()
    sheet: str = ""              # of a workbook; the first where empty
    header_row: int = 1
    file: str = field(default="", compare=False)


def strptime_format(style: str) -> str | None:
    """The strptime format of a date style such as DD.MM.YYYY, or None if it does not say a day, month and year."""
    text, out = style, ""
    while text:
        token = next((t for t in _TOKENS if text.startswith(t[0])), None)
        if token is None and (text[0].isalpha() or text[0] == "%"):
            return None
        out += token[1] if token else text[0]
        text = text[len(token[0]) if token else 1:]
    says = {"%Y": "y", "%y": "y", "%B": "m", "%b": "m", "%m": "m", "%d": "d"}
    kinds = [says[out[i:i + 2]] for i in range(len(out)) if out[i:i + 2] in says]
    return out if sorted(kinds) == ["d", "m", "y"] else None


def load_mapping(source: str | Path | Dict[str, object] | Mapping | None, library: Library) -> Mapping:
    """A mapping from a YAML file or a plain dict. Raises ProblemsFound with everything that is wrong in it."""
    if source is None:
        return Mapping()
    if isinstance(source, Mapping):
        return source
    problems: list[Problem] = []
    plain = isinstance(source, Dict)
    value = from_plain(source, problems, "<mapping>") if plain else read_yaml(source, problems)
    top = open_section(value, "a mapping")
    mapping = _read(top, library, "<mapping>" if plain else str(source)) if top is not None else Mapping()
    if problems:
        raise ProblemsFound(problems)
    return mapping


def _read(top: Section, library: Library, file: str) -> Mapping:
    dates = _dates(top, "dates")
    separator = top.take("separator", "text", required=False, default="", choices=SEPARATORS)
    columns, ignored = _columns(top, dates)
    mapping = Mapping(
        name=top.take("mapping", "name", required=False, default=""), columns=columns, ignored=ignored,
        constants=_constants(top, library, {c.fact.name for c in columns}),
        row_ids=top.take("row_ids", "text", required=False, default=""),
        separator=SEPARATORS.get(separator, ""), encoding=_encoding(top),
        decimal=top.take("decimal", "text", required=False, default=".", choices=(".", ",")) or ".",
        missing=("", *_missing(top)) if "missing" in top else MISSING, dates=dates,
        sheet=top.take("sheet", "text", required=False, default=""),
        header_row=top.take("header_row", "integer", required=False, default=1, low=1, high=1000) or 1, file=file)
    top.finish()
    if mapping.row_ids and any(c.fact.name == "request_id" for c in columns):
        top.fail("bad-mapping", "request_id comes from a column and from row_ids", "keep one of the two", "row_ids")
    return mapping


def _missing(top: Section) -> tuple[str, ...]:
    items = top.take("missing", "items", required=False, default=(), empty=True) or ()
    return tuple(item.text for item in items if isinstance(item, Scalar))


def _encoding(top: Section) -> str:
    name = top.take("encoding", "text", required=False, default="") or ""
    try:
        return codecs.lookup(name).name if name else ""
    except (LookupError, ValueError):
        top.fail("bad-mapping", f"there is no encoding {name}", "usual ones are utf-8, cp1252, latin-1, utf-16",
                 "encoding")
        return ""


def _dates(section: Section, key: str) -> tuple[str, ...]:
    formats = []
    for style in section.take(key, "texts", required=False, default=()) or ():
        found = strptime_format(style)
        if found is None:
            section.fail("bad-mapping", f"{style} does not say a day, a month and a year",
                         "write it like DD.MM.YYYY, MM/DD/YYYY or D MMM YYYY", key)
        else:
            formats.append(found)
    return tuple(formats)


def _columns(top: Section, dates: tuple[str, ...]) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    columns: list[Column] = []
    ignored: list[str] = []
    section = top.take("columns", "section", required=False)
    for key, value in section.value if section is not None else ():
        if isinstance(value, Scalar) and value.kind == "text" and value.text == "ignore":
            ignored.append(key.text)
            continue
        one = Section(value, f"column {key.text}") if isinstance(value, Pairs) else None
        if one is None and not (isinstance(value, Scalar) and value.kind == "text"):
            value.fail("wrong-value", f"column {key.text} wants the name of a fact, or `ignore`")
            continue
        name = one.take("fact", "text") if one is not None else value.text
        at = one.at("fact") if one is not None else value
        fact = facts().get(name or "")
        if fact is None:
            if name:
                at.fail("bad-mapping", f"{name} is not a fact", nearest(name, facts()))
        elif any(c.fact is fact for c in columns):
            at.fail("bad-mapping", f"{name} comes from two columns")
            fact = None
        values = _values(one) if one is not None else ()
        own = _dates(one, "dates") if one is not None else ()
        listed = one.take("list_separator", "text", required=False, default=";") if one is not None else ";"
        if one is not None:
            one.finish()
        if fact is not None:
            columns.append(Column(key.text, fact, values, own or dates, listed or ";"))
    return tuple(columns), tuple(ignored)


def _values(section: Section) -> tuple[tuple[str, str | None], ...]:
    """Text in the file → text that the fact's type is read from; null makes it missing."""
    table = section.take("values", "section", required=False)
    found = []
    for key, value in table.value if table is not None else ():
        if not isinstance(value, Scalar):
            value.fail("wrong-value", f"{key.text} wants a single value")
        else:
            found.append((key.text, None if value.kind == "null" else value.text))
    return tuple(found)


def _constants(top: Section, library: Library, mapped: set[str]) -> tuple[tuple[str, Value], ...]:
    found = []
    section = top.take("constants", "section", required=False)
    for key, given in section.value if section is not None else ():
        fact = facts().get(key.text)
        if fact is None or fact.name == "request_id":
            key.fail("bad-mapping", f"{key.text} can not be a constant" if fact else f"{key.text} is not a fact",
                     "" if fact else nearest(key.text, facts()))
            continue
        if fact.name in mapped:
            key.fail("bad-mapping", f"{key.text} comes from a column already")
            continue
        value = typed(fact, unwrapped(given))
        wrong = value if isinstance(value, Misfit) else fits(fact, value, choices_of(fact, library))
        if wrong is not None:
            given.fail("bad-mapping", wrong.message, wrong.hint)
        elif value is not None:
            found.append((fact.name, value))
    return tuple(found)

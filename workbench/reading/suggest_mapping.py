"""A first mapping for somebody's file, from the names of its columns and what stands in them. It may be empty, and is
never to be wrong: a column is mapped where its name means a fact and its values fit it; the rest is left open, with the
reason in a remark."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from workbench.cases.frame import conform
from workbench.cases.values import choices_of
from workbench.documents.schema import modeline
from workbench.documents.text import CONTROL
from workbench.errors import ProblemsFound
from workbench.facts import Fact, facts
from workbench.guideline.model import Library
from workbench.reading.accept_rows import misfit
from workbench.reading.batches import Batch
from workbench.reading.cell_texts import diagnosis
from workbench.reading.convert_columns import as_text, convert
from workbench.reading.date_styles import strptime_format
from workbench.reading.mapping import MISSING, Column, Mapping
from workbench.reading.suggest_names import ROW_IDS, TURNS, meant, near, plain
from workbench.reading.suggest_table import Table, best_table
from workbench.reading.suggest_values import choices_meant, entry, key, short

STYLES = (
    "MM/DD/YYYY",
    "DD/MM/YYYY",
    "DD.MM.YYYY",
    "MM-DD-YYYY",
    "DD-MM-YYYY",
    "D MMM YYYY",
    "DD-MMM-YYYY",
    "MMM D, YYYY",
    "YYYYMMDD",
    "YYYY/MM/DD",
    "MM/DD/YY",
)
SHORT_STYLES = ("DD/MM/YY", "DD.MM.YY", "MM-DD-YY", "DD-MM-YY", "DD-MMM-YY", "D MMM YY")
ENOUGH = 0.5  # of the distinct values of a column must fit its fact
# Stand for a missing value in many files, besides those that are always read so.
MARKS = (".", "-", "--", "?", "(null)", "(blank)", "NaT", "\\N", "#N/A", "9999-12-31", "not stated", "unknown")
_CLOCK = re.compile(r"[T ]\d{1,2}:\d\d.*$")
# By one of these a file is known as requests for therapy, or what may be made into them.
_TELLING = ("discipline", "requested_visits", "requested_weeks", "procedures", "diagnosis")


def suggest_text(path: str | Path, library: Library) -> str:
    """The mapping as YAML, for a file in the current folder: its first line tells editors the schema, by a path from
    there. Raises ProblemsFound if the file can not be read."""
    path = Path(path)
    encoding = ""
    try:
        table = best_table(path)
    except ProblemsFound as failed:
        if not any("is not UTF-8" in p.message for p in failed.problems):
            raise
        encoding = "cp1252"
        table = best_table(path, encoding)
    mapping, opened = table.mapping, table.opened
    sample = next(iter(opened.batches()), None)
    columns = _columns(opened.columns, sample, library)
    found = {c.fact for c in columns if c.fact}
    named = found | {meaning[0] for c in opened.columns if (meaning := meant(c))}
    lines = [modeline("mapping", "mapping.yaml").rstrip(), *_doubts(found, named)]
    lines.append(f"mapping: {key(_slug(path.stem))}")
    if mapping.sheet:
        lines.append(f"sheet: {key(mapping.sheet)}" + _other_sheets(table))
    if mapping.header_row > 1:
        lines.append(f"header_row: {mapping.header_row}")
    if mapping.header_rows > 1:
        lines.append(f"header_rows: {mapping.header_rows}   # names of groups stand above the names")
    if sample is not None and any(m.not_in == "utf-8" for ms in sample.misfits.values() for m in ms):
        encoding = "cp1252"
    if encoding:
        lines.append(f"encoding: {encoding}                  # some of it is not UTF-8; see whether names read well")
    if any(c.comma for c in columns):
        lines.append('decimal: ","')
    marks = list(dict.fromkeys(m for c in columns for m in c.marks))
    if marks:
        lines.append("missing: [" + ", ".join(json.dumps(m) for m in (*MISSING[1:], *marks)) + "]")
    if "request_id" not in found:
        lines.append('# row_ids: "row-"     no column is known as the request id; say this if each row is one request')
    lines.append("columns:" if columns else "columns: {}")
    lines += [f"  {c.line}" for c in columns]
    if "discipline" not in found:
        lines.append(
            "# constants: {discipline: PT}     no column is known as the discipline; say it if all rows are of one"
        )
    return "\n".join(lines) + "\n"


def _other_sheets(table: Table) -> str:
    """What a person should know of the other sheets of a workbook: one is read at a time."""
    told = (("not read, with the same columns", table.alike), ("not read", table.others), ("hidden", table.hidden))
    said = "; ".join(f"{what}: {', '.join(map(short, sheets))}" for what, sheets in told if sheets)
    return f"   # other sheets, {said}" if said else ""


def _doubts(found: set[str], named: set[str]) -> list[str]:
    """What a person should know first: required facts, which nobody invents here, and whether there are requests.
    `named`: facts that columns are called by, though their values may not fit."""
    lost = [name for name in ("request_id", "discipline") if name not in found]
    if not lost:
        return []
    if not any(name in named for name in _TELLING):
        return [
            "# This file seems to hold no requests for therapy: no column is known as a discipline, visits asked for,",
            "# procedures or a diagnosis. Nothing is read from it until request_id and discipline are named below.",
        ]
    return [f"# Left open: {' and '.join(lost)}. Reading stops until a column, `row_ids` or `constants` gives them."]


@dataclass(frozen=True)
class _Column:
    """A column of the file as the mapping has it."""

    line: str
    fact: str = ""
    fits: float = 0.0
    comma: bool = False
    marks: tuple[str, ...] = ()


def _columns(names: tuple[str, ...], sample: Batch | None, library: Library) -> list[_Column]:
    """All columns in their order, each fact once: of several that mean it the likest name whose values fit best."""
    wanted: dict[str, list[tuple[float, float, int]]] = {}
    tried: dict[int, _Column] = {}
    for place, name in enumerate(names):
        found = meant(name)
        if found:
            column = tried[place] = _column(name, facts()[found[0]], sample, library)
            if column.fact:
                wanted.setdefault(found[0], []).append((-float(column.fits > 0), -found[1], place))
    taken = {min(places)[2] for places in wanted.values()}
    telling = any(found[0] in _TELLING for name in names if (found := meant(name)))
    weak = _row_id(names, sample) if telling and "request_id" not in wanted else -1
    out = []
    for place, name in enumerate(names):
        one = tried.get(place)
        if place == weak and not (one and one.fact):
            out.append(_Column(entry(name, "request_id   # filled, and another in each row"), "request_id", 1.0))
        elif one is None:
            out.append(_ignored(name, _resembles(name)))
        elif one.fact and place not in taken:
            out.append(_ignored(name, f"{one.fact} comes from another column"))
        else:
            out.append(one)
    return out


def _row_id(names: tuple[str, ...], sample: Batch | None) -> int:
    """The place of the first column with a name such as `ID` that is filled and another in each row; -1 for none."""
    if sample is None or len(sample.table) < 2:
        return -1
    for place, name in enumerate(names):
        if plain(name) in ROW_IDS:
            cells = as_text(sample.table[name])
            lost = cells.is_null() | cells.str.to_lowercase().is_in([m.lower() for m in MISSING])
            if not lost.any() and cells.n_unique() == len(cells):
                return place
    return -1


def _ignored(name: str, why: str = "") -> _Column:
    return _Column(entry(name, "ignore" + (f"   # {why}" if why else "")))


def _resembles(name: str) -> str:
    fact = near(name)
    if not fact:
        return ""
    turned = [w for w in plain(name).split() if w in TURNS]
    return f"is not {fact}: it says {' '.join(turned)}" if turned else f"like {fact}, but perhaps not it"


def _column(name: str, fact: Fact, sample: Batch | None, library: Library) -> _Column:
    every = _texts(sample, name)
    marks = tuple(t for t in every if t in MARKS or (t.lower() in MARKS and fact.kind != "text"))
    texts = [t for t in every if t not in marks]
    if fact.name == "request_id" and sample is not None and texts:
        whole = sample.table[name].drop_nulls()
        if whole.n_unique() < 0.9 * len(whole):
            return _ignored(name, "like request_id, but its values stand in several rows; see `grouped`")
    parts: dict[str, str] = {}
    remark, comma = "", False
    if fact.kind == "date":
        styles, remark, good = _styles([_CLOCK.sub("", t) for t in texts])
        if styles:
            parts["dates"] = "[" + ", ".join(map(key, styles)) + "]"
        elif good < ENOUGH * len(texts):
            return _ignored(name, f"like {fact.name}, but {remark}")
    elif fact.kind == "boolean" or (fact.kind == "choice" and choices_of(fact, library)):
        values, remark, good = choices_meant(fact, texts, library)
        if values:
            parts["values"] = "{" + ", ".join(entry(k, v) for k, v in values) + "}"
    else:
        comma = fact.kind == "decimal" and _decimal_commas(texts)
        separator = _list_separator(texts) if fact.kind == "code list" else ";"
        if separator != ";":
            parts["list_separator"] = key(separator)
        scale = _scale(fact, texts, comma)
        if scale == "fraction":
            parts["percent"] = scale
        odd = _odd(replace(Column("text", fact, list_separator=separator), percent=scale), texts, library, comma)
        good = len(texts) - len(odd)
        if odd and good:
            remark = f"{len(odd)} of {len(texts)} distinct values do not fit, such as {short(odd[0])}"
        if fact.kind != "code list" and good < ENOUGH * len(texts) and _rows(sample, name, odd) <= 1 - ENOUGH:
            good = len(texts) - 1  # few texts fit, but most rows hold one of them
    enough = 0.0 if fact.kind in ("choice", "date") else ENOUGH * len(texts)  # what is no choice is left out by name
    if texts and (not good or good < enough):
        return _ignored(name, f"like {fact.name}, but {len(texts) - good} of {len(texts)} distinct values do not fit")
    said = fact.name if not parts else "{fact: " + fact.name + "".join(f", {k}: {v}" for k, v in parts.items()) + "}"
    line = entry(name, said + (f"   # {remark}" if remark else ""))
    return _Column(line, fact.name, good / len(texts) if texts else 0.0, comma, marks)


def _decimal_commas(texts: list[str]) -> bool:
    """Whether the comma is the decimal sign: every number can be read so, and one can be read no other way."""
    number = re.compile(r"-?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?")
    sure = re.compile(r"-?[\d.]+,(\d{1,2}|\d{4,})")
    return all(number.fullmatch(t) for t in texts) and any(sure.fullmatch(t) for t in texts)


def _rows(sample: Batch | None, name: str, odd: list[str]) -> float:
    """The share of filled cells that hold one of these texts."""
    cells = as_text(sample.table[name]).drop_nulls() if sample is not None else pl.Series([], dtype=pl.String)
    cells = cells.filter(~cells.str.to_lowercase().is_in([m.lower() for m in MISSING]))
    return int(cells.is_in(odd).sum()) / max(len(cells), 1)


def _list_separator(texts: list[str]) -> str:
    return next((m for m in (";", ",", "|", " ") if any(m in t for t in texts)), ";")


def _texts(sample: Batch | None, name: str) -> list[str]:
    """Distinct texts of a column, the commonest first, without the usual words for missing."""
    if sample is None:
        return []
    column = as_text(sample.table[name]).alias("text")
    lost = {m.lower() for m in MISSING}
    counted = column.drop_nulls().value_counts(sort=True).sort(["count", "text"], descending=[True, False])
    # A control character stands in no mapping, and the reader sets its row aside.
    return [t for t in counted["text"].to_list() if t.lower() not in lost and not CONTROL.search(t)][:2000]


def _scale(fact: Fact, texts: list[str], comma: bool) -> str:
    """`fraction` where numbers from 0 to 1 stand for a percentage that is a whole number; else empty."""
    numbers = [
        float(t.replace(",", ".") if comma else t)
        for t in texts
        if re.fullmatch(r"\d+([.,]\d+)?", t) and (comma or "," not in t)
    ]
    whole = fact.unit == "percent" and fact.kind == "integer" and 2 * len(numbers) >= len(texts)
    return "fraction" if whole and numbers and max(numbers) <= 1 and any(0 < n < 1 for n in numbers) else ""


def _odd(column: Column, texts: list[str], library: Library, comma: bool) -> list[str]:
    """The texts that can not be values of the fact: of another kind, out of its range, or of another form."""
    fact = column.fact
    if fact.name == "diagnosis":
        return [t for t in texts if diagnosis(t).value is None]
    mapping = replace(Mapping(), decimal="," if comma else ".")
    got = convert(pl.DataFrame({"text": texts}, schema={"text": pl.String}), [column], mapping, _range(texts), library)
    wrong = conform(got.frame).select(misfit(fact, library)).to_series() if texts else pl.Series([], dtype=pl.Boolean)
    return [t for i, t in enumerate(texts) if i in got.misfits or wrong[i]]


def _range(texts: list[str]) -> pl.Series:
    return pl.int_range(len(texts), eager=True)


def _styles(texts: list[str]) -> tuple[list[str], str, int]:
    """The style in which the most of the texts are days, and those in which others are and the first could not read
    (years of two digits beside those of four); a remark, and how many of the texts are days then."""
    odd = [t for t in texts if not re.match(r"\d{4}-\d{1,2}-\d{1,2}([T ]|$)", t)]
    if not odd:
        return [], "", len(texts)
    table, open_ = pl.DataFrame({"text": odd}), Library("", {}, {}, {}, ())
    fitting: dict[str, set[int]] = {}
    for style in (*STYLES, *SHORT_STYLES):
        column = Column("text", facts()["received_on"], dates=(strptime_format(style) or "",))
        got = convert(table, [column], Mapping(), pl.Series(range(len(odd))), open_)
        fitting[style] = set(range(len(odd))) - set(got.misfits)
    most = max(map(len, fitting.values()))
    best = [style for style, found in fitting.items() if len(found) == most]
    styles, read = best[:1], set(fitting[best[0]])
    while more := _another(styles, {s: found for s, found in fitting.items() if found and not found & read}):
        styles.append(more)
        read |= fitting[more]
    good = len(texts) - len(odd) + len(read)
    lost = f"{len(odd) - len(read)} of {len(texts)} distinct values do not fit" if len(read) < len(odd) else ""
    if not most or good < ENOUGH * len(texts):
        return [], lost if good >= ENOUGH * len(texts) else f"dates such as {short(odd[0])}: say their style", good
    alike = [style for style in best[1:] if fitting[style] == fitting[best[0]] and style not in styles]
    other = f"or {' or '.join(alike)}: no day tells them apart" if alike else ""
    return styles, "; ".join(filter(None, (other, lost))), good


def _another(styles: list[str], fitting: dict[str, set[int]]) -> str:
    """The style that most of the days that are left have; month and day stand in it as in the others."""
    orders = {_order(s) for s in styles} - {""}
    possible = [s for s in fitting if not orders or _order(s) in ("", *orders)]
    most = max((len(fitting[s]) for s in possible), default=0)
    best = [s for s in possible if len(fitting[s]) == most]
    return best[0] if len({_order(s) for s in best} - {""}) == 1 or best and not _order(best[0]) else ""


def _order(style: str) -> str:
    """Whether the month or the day stands first; empty where that can not be mistaken."""
    return "" if "MMM" in style or style.startswith("YYYY") else style[0]


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "mapping"

"""Columns of a file become typed facts, a column at a time; each cell that can not is reported with its row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from workbench.cases.frame import SCHEMA, rounded
from workbench.cases.mapping import Column, Mapping
from workbench.cases.values import Misfit, choices_of, round_places
from workbench.facts import DECIMAL_PLACES, Fact
from workbench.guideline.model import Library

TRUE, FALSE = ("true", "t", "yes", "y", "1"), ("false", "f", "no", "n", "0")
WANTED = {"boolean": "true or false", "integer": "a whole number", "decimal": "a number",
          "date": "a day in one of the styles that are read", "code list": "a list of codes", "text": "a text",
          "choice": "a text"}

# What stands in no text: controls, and what a wrong encoding leaves behind.
_ODD = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\x{2028}\x{2029}\x{feff}\x{fffd}-\x{ffff}]"


@dataclass(frozen=True)
class Converted:
    """`frame` has the facts that were read (others are added by conform); `misfits` goes by index."""

    frame: pl.DataFrame
    misfits: dict[int, list[Misfit]]


def convert(table: pl.DataFrame, columns: Sequence[Column], mapping: Mapping, rows: pl.Series, library: Library
            ) -> Converted:
    """The facts of a table whose columns are texts (or typed, as Parquet has them)."""
    out: dict[str, pl.Series] = {}
    misfits: dict[int, list[Misfit]] = {}
    for column in columns:
        if _fits_already(table[column.column], column):
            out[column.fact.name] = table[column.column]
            continue
        text = as_text(table[column.column])
        text = _without_missing(text, mapping.missing, column.values)
        value, ambiguous = _parse(text, column, mapping, library)
        bad = text.is_not_null() & value.is_null()
        for i in bad.arg_true():
            misfits.setdefault(i, []).append(_why(column, text[i], bool(ambiguous is not None and ambiguous[i])))
        if column.fact.kind in ("text", "choice"):
            for i in value.str.contains(_ODD).fill_null(False).arg_true():
                misfits.setdefault(i, []).append(Misfit(
                    "unreadable", f"{column.fact.name}: the text holds a control character, or a byte of another "
                    "encoding", "", column.fact.name))
            # A spreadsheet would run these when the file is opened there.
            for i in value.str.contains(r"^[=@\t\r]").fill_null(False).arg_true():
                misfits.setdefault(i, []).append(Misfit(
                    "bad-value", f"{column.fact.name}: {_short(value[i])} is a spreadsheet formula", "",
                    column.fact.name))
        out[column.fact.name] = value
    height = len(table)
    if mapping.row_ids:
        out["request_id"] = pl.select(pl.lit(mapping.row_ids) + rows.cast(pl.String)).to_series()
    for name, value in mapping.constants:
        plain = float(value) if isinstance(value, Decimal) else list(value) if isinstance(value, tuple) else value
        out[name] = pl.Series([plain] * height, dtype=SCHEMA[name])
    return Converted(pl.DataFrame({k: v for k, v in out.items()}) if out else pl.DataFrame({"_": [None] * height}),
                     misfits)


def _fits_already(series: pl.Series, column: Column) -> bool:
    """Whether a typed column of a Parquet file can be taken as it is; texts are always looked at."""
    plain = {"boolean": pl.Boolean, "integer": pl.Int64, "decimal": pl.Float64, "date": pl.Date}
    return not column.values and series.dtype == plain.get(column.fact.kind) \
        and (series.dtype != pl.Float64 or not series.is_infinite().any())


def as_text(series: pl.Series) -> pl.Series:
    """A column as trimmed texts: whole floats without their `.0`, days as YYYY-MM-DD, lists joined by `;`."""
    dtype = series.dtype
    if dtype.is_float():
        text = series.fill_nan(None).cast(pl.String)
        return text.str.strip_suffix(".0")
    if isinstance(dtype, pl.Datetime):
        return series.dt.date().cast(pl.String)
    if dtype == pl.Null:
        return series.cast(pl.String)
    if dtype == pl.Binary:  # what is not UTF-8 shows as U+FFFD
        return pl.Series(series.name, [None if v is None else v.decode("utf-8", "replace") for v in series],
                         dtype=pl.String)
    try:
        if isinstance(dtype, pl.List):
            return series.list.eval(pl.element().cast(pl.String)).list.join(";", ignore_nulls=True)
        return series.cast(pl.String).str.strip_chars()
    except pl.exceptions.PolarsError:
        return pl.Series(series.name, [None if v is None else str(v) for v in series], dtype=pl.String)


def _without_missing(text: pl.Series, missing: tuple[str, ...], values: tuple[tuple[str, str | None], ...]
                     ) -> pl.Series:
    words = [m.casefold() for m in missing]
    named = [k for k, _ in values]
    lost = text.str.to_lowercase().is_in(words) & ~text.is_in(named)
    text = pl.select(pl.when(~lost).then(text)).to_series()
    return text.replace([k for k, _ in values], [v for _, v in values]) if values else text


def _parse(text: pl.Series, column: Column, mapping: Mapping, library: Library) -> tuple[pl.Series, pl.Series | None]:
    """The typed column, null where it can not be read, and for dates where two styles read different days."""
    fact = column.fact
    if fact.kind == "boolean":
        words = {w: True for w in TRUE} | {w: False for w in FALSE}
        return text.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean), None
    if fact.kind == "integer":
        mark = re.escape(mapping.decimal)  # 1,000 is one only where the comma is the decimal sign
        whole = text.str.replace(rf"^([+-]?\d+){mark}0*$", "$1").str.strip_prefix("+")
        return whole.cast(pl.Int64, strict=False), None
    if fact.kind == "decimal":
        return _decimal(text.str.replace(",", ".", literal=True) if mapping.decimal == "," else text), None
    if fact.kind == "date":
        return _date(text, column.dates or mapping.dates)
    if fact.kind == "code list":
        split = text.str.to_uppercase().str.split(column.list_separator)
        codes = split.list.eval(pl.element().str.strip_chars().filter(pl.element().str.strip_chars() != ""))
        codes = codes.list.unique(maintain_order=True)
        return pl.select(pl.when(codes.list.len() > 0).then(codes)).to_series(), None
    return (_choice(text, fact, library) if fact.kind == "choice" else text), None


def _decimal(text: pl.Series) -> pl.Series:
    plain = text.str.contains(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$")
    number = pl.select(pl.when(plain).then(text)).to_series().str.strip_prefix("+").cast(pl.Float64, strict=False)
    number = pl.select(rounded(pl.when(number.is_finite()).then(number))).to_series()
    # Ties are decided on the digits as written, which a float may not hold.
    long = (plain & text.str.contains(r"[eE]|\.\d{%d,}" % (DECIMAL_PLACES + 1))).fill_null(False).arg_true()
    if not len(long):
        return number
    exact = [float(round_places(Decimal(text[i]))) if number[i] is not None else None for i in long]
    return number.scatter(long, exact)


def _date(text: pl.Series, formats: tuple[str, ...]) -> tuple[pl.Series, pl.Series]:
    iso = text.str.replace(r"^(\d{4}-\d{2}-\d{2})[T ]00:00(:00(\.0+)?)?Z?$", "$1")
    found = iso.str.extract(r"^(\d{4}-\d{2}-\d{2})$").str.to_date("%Y-%m-%d", strict=False)
    readings = [found] + [_styled(text, f) for f in formats if f != "%Y-%m-%d"]
    table = pl.DataFrame({str(i): r for i, r in enumerate(readings)})
    first = table.select(pl.coalesce(pl.all())).to_series()
    ambiguous = table.select(pl.min_horizontal(pl.all()) != pl.max_horizontal(pl.all())).to_series().fill_null(False)
    return pl.select(pl.when(~ambiguous).then(first)).to_series(), ambiguous


def _styled(text: pl.Series, style: str) -> pl.Series:
    """Days in one style. Digits are counted first: strptime would read 12 as a four-digit year."""
    digits = {"%Y": r"\d{4}", "%y": r"\d{2}", "%m": r"\d{1,2}", "%d": r"\d{1,2}", "%b": r"[A-Za-z]{3}",
              "%B": r"[A-Za-z]+"}
    pattern = "".join(digits.get(p, re.escape(p)) for p in re.findall(r"%.|[^%]", style))
    return text.str.extract(f"^({pattern})$").str.to_date(style, strict=False)


def _choice(text: pl.Series, fact: Fact, library: Library) -> pl.Series:
    """Case, hyphens and spaces do not matter; what is no choice stays as it is, for the check to report."""
    choices = choices_of(fact, library)
    loose = {_loose(c): c for c in choices}
    exact = text.is_in(choices)
    found = text.str.to_lowercase().str.replace_all(r"[\s\-]+", "_").replace_strict(
        loose, default=None, return_dtype=pl.String) if loose else text
    return pl.select(pl.when(exact).then(text).otherwise(pl.coalesce(found, text))).to_series()


def _loose(choice: str) -> str:
    return re.sub(r"[\s\-]+", "_", choice.lower())


def _short(text: str) -> str:
    return "'" + (text if len(text) <= 40 else text[:37] + "…") + "'"


def _why(column: Column, text: str, ambiguous: bool) -> Misfit:
    fact = column.fact
    if ambiguous:
        return Misfit("bad-value", f"{fact.name}: {_short(text)} is another day in each of two styles",
                      "give the column its own `dates` in the mapping", fact.name)
    hint = "styles are given by `dates` in the mapping" if fact.kind == "date" and not column.dates else ""
    return Misfit("bad-value", f"{fact.name}: {_short(text)} is not {WANTED[fact.kind]}", hint, fact.name)

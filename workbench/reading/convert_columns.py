"""Columns of a file become typed facts, a column at a time; each cell that can not is reported with its row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import time
from decimal import Decimal

import polars as pl

from workbench.cases.frame import SCHEMA
from workbench.cases.values import Misfit, choices_of
from workbench.documents.text import CONTROLS
from workbench.facts import PROCEDURE_CODE, Fact
from workbench.guideline.model import Library
from workbench.reading.cell_texts import ERROR, UNSEEN, Read, codes, diagnosis, identifier, place, short
from workbench.reading.date_columns import read_days
from workbench.reading.mapping import Column, Mapping
from workbench.reading.no_values import no_number, no_word, usual_days
from workbench.reading.number_texts import DOUBTFUL, decimals, doubtful, in_doubt, number, number_hint

TRUE = ("true", "t", "yes", "y", "1", "1.0", "checked")
FALSE = ("false", "f", "no", "n", "0", "0.0", "unchecked")
WANTED = {
    "boolean": "true or false",
    "integer": "a whole number",
    "decimal": "a number",
    "code list": "a list of codes",
    "text": "a text",
    "choice": "a text",
}

# What stands in no text: controls, and what a wrong encoding leaves behind.
_ODD = f"[{CONTROLS}\ufffd]"

# Texts that went through a spreadsheet: a number with places, one cut off, a quote that keeps it a text.
_ODD_TEXT = rf"""^['"“=@\t\r]|[{UNSEEN}]|^{ERROR}$"""
_ODD_ID = rf"""{_ODD_TEXT}|^[0-9]+(\.0+|,00?)$|^[0-9](\.[0-9]+)?[eE]\+?[0-9]{{1,2}}$"""
_NPI = r"^[0-9]*[^0-9]"
IDS = ("request_id", "member_id", "episode_id", "plan")


@dataclass(frozen=True)
class Converted:
    """`frame` has the facts that were read (others are added by conform); `misfits` and `notes` (fact, note) go by
    index."""

    frame: pl.DataFrame
    misfits: dict[int, list[Misfit]]
    notes: dict[int, list[tuple[str, str]]]


def convert(
    table: pl.DataFrame, columns: Sequence[Column], mapping: Mapping, rows: pl.Series, library: Library
) -> Converted:
    """The facts of a table whose columns are texts (or typed, as Parquet has them)."""
    out: dict[str, pl.Series] = {}
    misfits: dict[int, list[Misfit]] = {}
    notes: dict[int, list[tuple[str, str]]] = {}
    for column in columns:
        cell = _Cells(column, mapping, library)
        out[column.fact.name] = cell.read(table[column.column])
        for i, misfit in cell.misfits:
            misfits.setdefault(i, []).append(misfit)
        for i, note in cell.notes:
            notes.setdefault(i, []).append((column.fact.name, note))
    height = len(table)
    if mapping.row_ids:
        out["request_id"] = pl.select(pl.lit(mapping.row_ids) + rows.cast(pl.String)).to_series()
    for name, value in mapping.constants:
        plain = float(value) if isinstance(value, Decimal) else list(value) if isinstance(value, tuple) else value
        out[name] = pl.Series([plain] * height, dtype=SCHEMA[name])
    return Converted(pl.DataFrame(out) if out else pl.DataFrame({"_": [None] * height}), misfits, notes)


class _Cells:
    """The cells of one column: what is plain is read by the whole column, the rest text by text."""

    def __init__(self, column: Column, mapping: Mapping, library: Library):
        self.column, self.fact, self.mapping, self.library = column, column.fact, mapping, library
        self.misfits: list[tuple[int, Misfit]] = []
        self.notes: list[tuple[int, str]] = []

    def read(self, series: pl.Series) -> pl.Series:
        if not self.mapping.own_marks and _fits_already(series, self.column):
            return self._numbers(series)
        return self._numbers(self._read(series))

    def _read(self, series: pl.Series) -> pl.Series:
        fact, column = self.fact, self.column
        typed = series.dtype.is_numeric()
        if typed:  # whatever sign the texts of the file have
            self.mapping = replace(self.mapping, decimal=".")
        if isinstance(series.dtype, pl.List) and fact.kind != "code list":
            several = series.list.len() > 1
            self._refuse(several, as_text(series), "one value but several", "")
            series = pl.select(pl.when(~several.fill_null(False)).then(series.list.first())).to_series()
        if series.dtype.is_nested() and not _codes(series.dtype):
            self._refuse(series.is_not_null(), as_text(series), "one value but a record", "")
            return pl.Series([None] * len(series), dtype=SCHEMA[fact.name])
        text = as_text(series)
        if column.take:
            text = self._taken(text)
        text = self._known(text)
        if fact.kind == "code list":
            if column.values:
                text = self._items(text)
            elif column.list_separator:
                text = text.str.replace_all(column.list_separator, ";", literal=True)
        if fact.kind in ("text", "choice"):
            self._check_text(text)
        if fact.kind == "date":
            days = read_days(text, column, self.mapping)
            self.misfits += days.misfits
            self.notes += days.notes
            return days.value
        if fact.unit == "percent" and not column.percent:
            text = self._without_fractions(text, series.dtype.is_float())
        if fact.kind in ("integer", "decimal") and not typed:
            text = self._in_doubt(text)
        value = self._plain(text)
        return self._others(text, value)

    def _known(self, text: pl.Series) -> pl.Series:
        """The texts that say something, as the mapping replaces them. What a choice is called is no mark of a missing
        value: no red flag is `none`."""
        values = self.column.values
        named = [k for k, _ in values]
        words = [w for w in self.mapping.missing_words if w not in self.fact.choices]
        low = text.str.to_lowercase()
        missing = low.is_in(words) & ~text.is_in(named)
        own = missing & low.is_in(self.mapping.own_marks) | text.is_in([k for k, v in values if v is None])
        for i in own.fill_null(False).arg_true():
            self.notes.append((i, f"{short(text[i])} is missing, as the mapping says"))
        text = pl.select(pl.when(~missing).then(text)).to_series()
        lost = no_word(text, self.fact, self.library, named).arg_true().to_list()
        if lost:
            self.notes += [(i, f"{short(text[i])} stands for no value; it is missing") for i in lost]
            text = text.scatter(lost, None)
        return text.replace([k for k, _ in values], [v for _, v in values]) if values else text

    def _numbers(self, value: pl.Series) -> pl.Series:
        """Numbers outside their range that stand for no value are missing; of those within it is told that they may."""
        if not value.dtype.is_numeric():
            return value
        never, perhaps = no_number(value, self.fact)
        for i in perhaps.arg_true():
            note = f"{value[i]:g} may stand for no value; if so, say it by `missing` in the mapping"
            self.notes.append((i, note))
        if not never.any():
            return value
        self.notes += [(i, f"{value[i]:g} stands for no value; it is missing") for i in never.arg_true()]
        return pl.select(pl.when(~never).then(value)).to_series()

    def _taken(self, whole: pl.Series) -> pl.Series:
        """What the pattern picks out: of a list of codes all, of any other fact the one."""
        take = self.column.take
        filled = whole.is_not_null() & (whole != "") & ~whole.str.to_lowercase().is_in(self.mapping.missing_words)
        found = whole.str.extract_all(take).list.eval(
            pl.element().str.extract(take, 1).drop_nulls().unique(maintain_order=True)
        )
        if self.fact.kind == "code list":
            text = found.list.join(";")
            text = pl.select(pl.when(text != "").then(text)).to_series()
        else:
            text = whole.str.extract(take, 1).str.strip_chars()
            several = found.list.len() > 1
            hint = "make the pattern say which, as with ^ or $"
            self._refuse(several, whole, "of one value: `take` finds several", hint)
            text = pl.select(pl.when(~several.fill_null(False)).then(text)).to_series()
            filled = filled & ~several.fill_null(False)
        self._refuse(filled & text.is_null(), whole, "what `take` looks for", "")
        return text

    def _items(self, text: pl.Series) -> pl.Series:
        """A list whose items `values` replaces; an item that it makes null is left out."""
        said, sign = dict(self.column.values), self.column.list_separator or ";"

        def whole(one: str) -> str | None:
            items = [said.get(i, i) for i in map(str.strip, one.split(sign))]
            return ";".join(i for i in items if i) or None

        for i, one in enumerate(text.to_list()):
            lost = [p for p in map(str.strip, one.split(sign)) if p and not said.get(p, p)] if one else []
            self.notes += [(i, f"{short(p)} is left out, as the mapping says") for p in lost]

        known = {t: whole(t) for t in text.unique().drop_nulls().to_list()}
        return text.replace_strict(known, default=None, return_dtype=pl.String)

    def _plain(self, text: pl.Series) -> pl.Series:
        fact, column = self.fact, self.column
        if column.percent == "fraction":
            return pl.Series([None] * len(text), dtype=SCHEMA[fact.name])
        if fact.name == "diagnosis":
            return pl.Series([None] * len(text), dtype=pl.String)
        if fact.kind == "text":
            odd = _NPI if fact.name == "provider_npi" else _ODD_ID if fact.name in IDS else _ODD_TEXT
            return pl.select(pl.when(~text.str.contains(odd)).then(text)).to_series()
        return _parse(text, column, self.mapping, self.library)

    def _others(self, text: pl.Series, value: pl.Series) -> pl.Series:
        """What is not plainly a value, each distinct text once."""
        bad = (text.is_not_null() & value.is_null()).arg_true()
        if not len(bad):
            return value
        index, texts = bad.to_list(), text.gather(bad).to_list()
        known = {t: self._one(t) for t in dict.fromkeys(texts)}
        found: list[str | None] = []
        for i, t in zip(index, texts, strict=True):
            got = known[t]
            if isinstance(got, Misfit):
                self.misfits.append((i, got))
                found.append(None)
            else:
                found.append(got.value)
                if got.note:
                    self.notes.append((i, got.note))
        plain = pl.Series(found, dtype=pl.String)
        typed = _parse(plain, Column("", self.fact), Mapping(), self.library)
        if self.fact.kind != "code list":
            return value.scatter(bad, typed)
        merged = value.to_list()  # Polars scatters no lists
        for i, one in zip(index, typed.to_list(), strict=True):
            merged[i] = one
        return pl.Series(merged, dtype=value.dtype)

    def _one(self, text: str) -> Read | Misfit:
        fact = self.fact
        got: Read | Misfit | None = None
        if fact.name == "diagnosis":
            got = diagnosis(text)
        elif fact.name == "setting" and (found := place(text)):
            got = found
        elif fact.kind == "text":
            got = identifier(fact, text) if not re.match(r"=(?!\")|[@\t\r]", text) else Read(text)
        elif fact.kind == "code list":
            got = codes(text)
            if got is None:  # the check names the part that is no code
                items = ";".join(c.strip() for c in text.split(";") if c.strip())
                got = Read(items) if items else Read(None, f"{short(text)} holds no code")
        elif fact.kind in ("integer", "decimal"):
            got = number(fact, text, self.mapping.decimal, self.column.percent == "fraction")
        elif fact.kind == "choice":
            got = Read(text)
        return _why(self.column, text, self.mapping) if got is None else got

    def _check_text(self, text: pl.Series) -> None:
        name = self.fact.name
        for i in text.str.contains(_ODD).fill_null(False).arg_true():
            message = f"{name}: the text holds a control character, or a byte of another encoding"
            self.misfits.append((i, Misfit("unreadable", message, "", name)))
        # A spreadsheet would run these when the file is opened there; ="0012" only keeps zeros.
        formula = text.str.contains(r"^[=@\t\r]") & ~text.str.contains(r'^="[^"]*"$')
        for i in formula.fill_null(False).arg_true():
            self.misfits.append(
                (i, Misfit("bad-value", f"{name}: {short(text[i])} is a spreadsheet formula", "", name))
            )

    def _without_fractions(self, text: pl.Series, floats: bool) -> pl.Series:
        """Percentages below one: where a column holds 0.85 or 1.0 and nothing above, 1 may be all of it. `floats`: its
        numbers are no texts, so that every 1 in it was written 1.0."""
        comma = self.mapping.decimal == ","
        value = decimals(text.str.replace(",", ".", literal=True) if comma else text)
        fraction = ((value > 0) & (value < 1)).fill_null(False).any()
        one = (value == 1).fill_null(False).any() if floats else text.str.contains(r"^1[.,]0+$").any()
        above = bool((value > 1).fill_null(False).any())
        if not (fraction and self.fact.kind == "integer" or (fraction or one) and not above):
            told = "1 is read as one of a hundred; if it is all, say `percent: fraction` in the mapping"
            self.notes += [(i, told) for i in (value == 1).fill_null(False).arg_true() if not above]
            return text
        wrong = ((value > 0) & (value <= 1)).fill_null(False)
        hint = "say `percent: fraction` or `percent: whole` of this column in the mapping"
        self._refuse(wrong, text, "surely a percentage: it may be a fraction", hint)
        return pl.select(pl.when(~wrong).then(text)).to_series()

    def _in_doubt(self, text: pl.Series) -> pl.Series:
        """Numbers that may be a thousand times another are refused or noted."""
        wrong, unsure = doubtful(text, self.fact, self.mapping.decimal)
        for i in wrong.arg_true():
            self.misfits.append((i, in_doubt(self.fact, text[i])))
        for i in unsure.arg_true():
            few, _, many = text[i].partition(self.mapping.decimal)
            self.notes.append((i, f"{short(text[i])} is read as {few}.{many}, not as {few}{many}"))
        return pl.select(pl.when(~wrong).then(text)).to_series()

    def _refuse(self, wrong: pl.Series, text: pl.Series, what: str, hint: str) -> None:
        for i in wrong.fill_null(False).arg_true():
            message = f"{self.fact.name}: {short(text[i] or '')} is not {what}"
            self.misfits.append((i, Misfit("bad-value", message, hint, self.fact.name)))


def _fits_already(series: pl.Series, column: Column) -> bool:
    """Whether a typed column of a Parquet file can be taken as it is; texts are always looked at."""
    plain = {"boolean": pl.Boolean, "integer": pl.Int64, "decimal": pl.Float64, "date": pl.Date}
    if column.take or column.percent == "fraction":
        return False
    if series.dtype == pl.Date and not usual_days(series):
        return False
    if series.dtype in (pl.Float64, pl.Int64) and column.fact.unit == "percent" and not column.percent:
        most = series.cast(pl.Float64).fill_nan(None).drop_nulls()
        if len(most) and most.max() <= 1 and (most > 0).any():  # type: ignore[operator]
            return False  # may be fractions
    return (
        not column.values
        and series.dtype == plain.get(column.fact.kind)
        and (series.dtype != pl.Float64 or not series.is_infinite().any())
    )


def as_text(series: pl.Series) -> pl.Series:
    """A column as trimmed texts: whole floats without their `.0`, days as YYYY-MM-DD, lists joined by `;`."""
    dtype = series.dtype
    if dtype.is_float():
        text = series.fill_nan(None).cast(pl.String)
        return text.str.strip_suffix(".0")
    if isinstance(dtype, pl.Datetime):
        midnight = series.dt.time() == time(0)
        day, whole = (
            series.dt.strftime("%Y-%m-%d"),
            series.dt.strftime("%Y-%m-%d %H:%M:%S" + ("%:z" if dtype.time_zone else "")),
        )
        return pl.select(pl.when(midnight).then(day).otherwise(whole)).to_series().alias(series.name)
    if dtype == pl.Null:
        return series.cast(pl.String)
    if dtype == pl.Binary:  # what is not UTF-8 shows as U+FFFD
        return pl.Series(
            series.name, [None if v is None else v.decode("utf-8", "replace") for v in series], dtype=pl.String
        )
    try:
        if isinstance(dtype, pl.List):
            return series.list.eval(pl.element().cast(pl.String)).list.join(";", ignore_nulls=True)
        return series.cast(pl.String).str.strip_chars()
    except pl.exceptions.PolarsError:
        return pl.Series(series.name, [None if v is None else str(v) for v in series], dtype=pl.String)


def _codes(dtype: pl.DataType) -> bool:
    return isinstance(dtype, pl.List) and not dtype.inner.is_nested()


def _parse(text: pl.Series, column: Column, mapping: Mapping, library: Library) -> pl.Series:
    """The typed column, null where a text is not plainly a value (dates are read by _date)."""
    fact = column.fact
    if fact.kind == "boolean":
        words = {w: True for w in TRUE} | {w: False for w in FALSE}
        return text.str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean)
    if fact.kind == "integer":
        mark = re.escape(mapping.decimal)  # 1,000 is one only where the comma is the decimal sign
        whole = text.str.replace(rf"^([+-]?\d+){mark}0*$", "$1").str.strip_prefix("+")
        return whole.cast(pl.Int64, strict=False)
    if fact.kind == "decimal":
        comma = mapping.decimal == ","
        plain = pl.select(pl.when(~text.str.contains(r"\.")).then(text)).to_series() if comma else text
        return decimals(plain.str.replace(",", ".", literal=True) if comma else plain)
    if fact.kind == "code list":
        split = text.str.to_uppercase().str.split(";")
        items = split.list.eval(pl.element().str.strip_chars().filter(pl.element().str.strip_chars() != ""))
        items = items.list.unique(maintain_order=True)
        plain = items.list.eval(pl.element().str.contains(PROCEDURE_CODE)).list.all()
        if column.column:
            items = pl.select(pl.when(plain).then(items)).to_series()
        return pl.select(pl.when(items.list.len() > 0).then(items)).to_series()
    if fact.kind != "choice":
        return text
    value = _choice(text, fact, library)
    if fact.name == "setting" and column.column:  # codes of places are looked at one by one
        return pl.select(pl.when(value.is_in(fact.choices)).then(value)).to_series()
    return value


def _choice(text: pl.Series, fact: Fact, library: Library) -> pl.Series:
    """Case, hyphens and spaces do not matter; what is no choice stays as it is, for the check to report."""
    choices = choices_of(fact, library)
    loose = {_loose(c): c for c in choices}
    exact = text.is_in(choices)
    found = (
        text.str.to_lowercase()
        .str.replace_all(r"[\s\-]+", "_")
        .replace_strict(loose, default=None, return_dtype=pl.String)
        if loose
        else text
    )
    return pl.select(pl.when(exact).then(text).otherwise(pl.coalesce(found, text))).to_series()


def _loose(choice: str) -> str:
    return re.sub(r"[\s\-]+", "_", choice.lower())


def _why(column: Column, text: str, mapping: Mapping) -> Misfit:
    fact = column.fact
    if fact.kind in ("integer", "decimal") and re.search(DOUBTFUL, text):
        return in_doubt(fact, text)
    hint = number_hint(fact, text, mapping.decimal) if fact.kind in ("integer", "decimal") else ""
    return Misfit("bad-value", f"{fact.name}: {short(text)} is not {WANTED[fact.kind]}", hint, fact.name)

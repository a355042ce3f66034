"""What each privacy profile does to each column: the rules are data (`privacy_table.csv`, `privacy_zips.csv`).

A column that no rule names is refused. A value that is kept is one of a closed set (a choice, a code that exists, a
name of the guideline folder, a language of `languages.csv`), has the form of a procedure code, or is a number in range.
No other text is kept, whatever its form: a family name in `condition` or `plan` has the form of an id.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from shlex import quote

import polars as pl

from workbench.cases import icd10cm
from workbench.cases.frame import SCHEMA, rounded
from workbench.cases.values import FIRST_DAY, LAST_DAY
from workbench.documents.csv_places import Entry
from workbench.errors import Problem, ProblemsFound, closest, nearest
from workbench.facts import Fact, facts
from workbench.guideline.model import Library
from workbench.shipped import shipped_rows

PROFILES = ("safe_harbor", "shifted")
OLDEST = 89  # ages above are one group, shown as 90 (45 CFR 164.514(b)(2)(i)(C))
LABEL = {"safe_harbor": "safe_harbor", "shifted": "shifted (not safe harbor)"}
LABELLED = "privacy_profile"  # a column that says by which profile a file was made
YEAR = "episode_year"
# A patient's or member's column goes by the rule of the plain one: `patient_zip` by that of `zip`.
_OWN = re.compile(r"^(member|patient|beneficiary|claimant|enrollee)_(?=.)")
# CPT of the three categories and HCPCS; other five characters, a family name say, are no procedure.
_PROCEDURE = r"^([0-9]{4}[0-9FTU]|[A-V][0-9]{4})$"
_DIAGNOSIS = r"^[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?$"
FROM_FOLDER = ("plan", "condition", "measure", "second_measure")  # closed by the guideline folder
_LARGEST = 9999.0  # no score is larger, and a telephone or record number is
_YES, _NO = ("true", "yes", "y", "t", "1"), ("false", "no", "n", "f", "0")


@dataclass(frozen=True)
class Rule:
    """One row of the table. `identifier` is the letter of 45 CFR 164.514(b)(2)(i), "text" for free text, or blank;
    `how` the kind of surrogate, the role of a date or the form that a kept value must have."""

    column: str
    identifier: str
    actions: tuple[str, str]  # by profile: keep, drop, surrogate, days, shift, ninety, zip3
    how: str
    note: str

    def action(self, profile: str) -> str:
        return self.actions[PROFILES.index(profile)]


@dataclass(frozen=True)
class Column:
    """A column of a file and what happens to it; `made` is the name of the column that comes of it, if any."""

    name: str
    rule: Rule
    action: str

    @property
    def made(self) -> str:
        if self.action == "drop":
            return ""
        if self.action == "days":
            return day_column(self.rule.column)
        return "zip3" if self.action == "zip3" else self.rule.column


def day_column(date_column: str) -> str:
    """`received_on` → `received_day`, `surgery_date` → `surgery_day`."""
    return re.sub(r"_(on|date)$", "", date_column) + "_day"


@lru_cache(maxsize=1)
def rules() -> dict[str, Rule]:
    """Every known column name, the other spellings too, with its rule."""
    found: dict[str, Rule] = {}
    for row in _rows("privacy_table.csv"):
        rule = Rule(row["column"], row["identifier"], (row["safe_harbor"], row["shifted"]), row["how"], row["note"])
        for name in (rule.column, *filter(None, row["also"].split("|"))):
            found[name] = rule
        if rule.actions[0] == "days":  # what an earlier run made of it
            made = day_column(rule.column)
            found[made] = Rule(made, "", ("keep", "keep"), "day", "")
    return found


@lru_cache(maxsize=1)
def restricted_zips() -> tuple[str, ...]:
    """Three-digit zips whose area holds 20,000 people or fewer by any of the lists in `privacy_zips.csv`."""
    return tuple(row["prefix"] for row in _rows("privacy_zips.csv"))


@lru_cache(maxsize=1)
def languages() -> frozenset[str]:
    """Names of languages, in English and some in their own, and their codes of ISO 639."""
    rows = _rows("languages.csv")
    texts = (text for row in rows for text in (row["name"], row["code"], *row["also"].split("|")))
    return frozenset(filter(None, texts))


def _rows(name: str) -> list[dict[str, str]]:
    return shipped_rows("workbench.privacy", name)


def recognise(header: Sequence[Entry], profile: str, drop: Sequence[str], file: Path) -> list[Column]:
    """The columns of a file with what happens to each. Raises ProblemsFound with every column that no rule knows,
    every two that are one column in two spellings, and every name in `drop` that is not there."""
    known, problems, columns = rules(), [], []
    taken: dict[str, str] = {}
    for entry in header:
        plain = re.sub(r"[\s-]+", "_", entry.text.strip().lower())
        rule = known.get(plain) or known.get(_OWN.sub("", plain))
        if entry.text in drop:
            rule = Rule(entry.text, "", ("drop", "drop"), "", "as asked")
        if rule is None:
            problems.append(
                entry.problem(
                    "unknown-column",
                    f"nothing is known of the column {entry.text}: it may identify people",
                    _slip(plain, known) + f"leave it out with --drop {quote(entry.text)}",
                )
            )
            continue
        column = Column(entry.text, rule, rule.action(profile))
        if column.made and taken.setdefault(column.made, entry.text) != entry.text:
            problems.append(_both(entry, taken[column.made], column.made))
        columns.append(column)
    dated = [c.name for c in columns if c.action == "days"]
    problems += [_both(entry, dated[0], YEAR) for entry in header if dated and taken.get(YEAR) == entry.text]
    names = [entry.text for entry in header]
    problems += [
        Problem("bad-call", f"there is no column {name} to leave out", str(file), hint=nearest(name, names))
        for name in drop
        if name not in names
    ]
    if problems:
        raise ProblemsFound(problems)
    return columns


def _slip(name: str, known: Collection[str]) -> str:
    """The column that was meant by a mistyped name; `visits` is none of `visit_id`, which holds another thing."""
    meant = closest(name, known)
    return f"did you mean {meant}? or " if meant and meant.count("_") == name.count("_") else ""


def _both(entry: Entry, other: str, made: str) -> Problem:
    return entry.problem(
        "duplicate-key",
        f"the columns {other} and {entry.text} would both become {made}",
        f"leave one out with --drop {quote(entry.text)}",
    )


def folder_names(library: Library) -> dict[str, frozenset[str]]:
    """The names that a guideline folder closes: its plans, conditions and measures, by column."""
    closed = {name: frozenset(choices) for name, choices in library.choices.items()}
    return closed | {"plan": frozenset(o.plan for o in library.overlays)}


def kept(column: Column, dtype: pl.DataType, names: Mapping[str, frozenset[str]]) -> pl.Expr:
    """The values of a kept column that it lets through, typed as the fact; others are missing. `names` are those of the
    guideline folder, by column."""
    name, how = column.rule.column, column.rule.how
    value = pl.col(column.name)
    if how in ("day", "year"):
        low, high = (FIRST_DAY.year, LAST_DAY.year) if how == "year" else (-40_000, 40_000)
        return _between(integer(value, dtype), low, high)
    if how == "language":
        return _listed(as_text(value, dtype), languages())
    if how == "diagnosis":
        return _diagnosis(as_text(value, dtype))
    if name in FROM_FOLDER:
        return _listed(as_text(value, dtype), names.get(name, frozenset()))
    fact = facts()[name]
    if fact.kind == "integer":
        return _between(integer(value, dtype), *_range(fact))
    if fact.kind == "decimal":
        return rounded(_between(_decimal(value, dtype), *_range(fact)))
    if fact.kind == "boolean":
        text = as_text(value, dtype).str.to_lowercase()
        return pl.when(text.is_in(_YES)).then(True).when(text.is_in(_NO)).then(False)
    if fact.kind == "code list":
        return _codes(value, dtype)
    text = as_text(value, dtype)
    plain = text.str.to_lowercase().str.replace_all(r"[\s-]+", "_")
    return plain.replace_strict({c.lower(): c for c in fact.choices}, default=None, return_dtype=pl.String)


def _listed(text: pl.Expr, names: frozenset[str]) -> pl.Expr:
    """The texts that are one of the names, whatever their capitals, as the list writes them."""
    return text.str.to_lowercase().replace_strict({n.lower(): n for n in names}, default=None, return_dtype=pl.String)


def _diagnosis(text: pl.Expr) -> pl.Expr:
    """The texts that are a code of ICD-10-CM. The form alone would let record numbers (`A123456`) through."""
    plain = text.str.to_uppercase()
    exists = plain.str.replace(".", "", literal=True).is_in(sorted(icd10cm.codes() | icd10cm.earlier()))
    return pl.when(plain.str.contains(_DIAGNOSIS) & exists).then(text)


def _range(fact: Fact) -> tuple[float, float]:
    assert fact.low is not None and fact.high is not None, f"{fact.name} is a number without a range"
    return max(float(fact.low), -_LARGEST), min(float(fact.high), _LARGEST)


def as_text(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A column as text without outer spaces; blank is missing, and a whole number in a float has no places."""
    if dtype.is_float():
        value = value.fill_nan(None)
        value = (
            pl.when(value == value.round())
            .then(value.cast(pl.Int64, strict=False).cast(pl.String))
            .otherwise(value.cast(pl.String))
        )
    text = value.cast(pl.String).str.strip_chars()
    return pl.when(text != "").then(text)


def integer(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype.is_integer():
        return value.cast(pl.Int64, strict=False)
    text = as_text(value, dtype)
    return (
        pl.when(text.str.contains(r"^[+-]?[0-9]{1,9}(\.0*)?$"))
        .then(text.cast(pl.Float64, strict=False))
        .cast(pl.Int64, strict=False)
    )


def _decimal(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if dtype.is_numeric():
        number = value.cast(pl.Float64, strict=False)
        return pl.when(number.is_finite()).then(number)
    text = as_text(value, dtype)
    return pl.when(text.str.contains(r"^[+-]?([0-9]{1,8}(\.[0-9]*)?|\.[0-9]+)$")).then(
        text.cast(pl.Float64, strict=False)
    )


def _between(number: pl.Expr, low: float, high: float) -> pl.Expr:
    return pl.when(number.is_between(low, high)).then(number)


def _codes(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    codes = value.cast(pl.List(pl.String)) if isinstance(dtype, pl.List) else as_text(value, dtype).str.split(";")
    codes = codes.list.eval(pl.element().str.strip_chars().str.to_uppercase()).list.eval(
        pl.element().filter(pl.element() != "")
    )
    fits = codes.list.eval(pl.element().str.contains(_PROCEDURE)).list.all() & (codes.list.len() > 0)
    return pl.when(fits).then(codes)


def day(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A column as days: of dates and times, and of texts as 2026-01-31 or 20260131; others are missing."""
    found: pl.Expr
    if isinstance(dtype, pl.Datetime):
        found = value.dt.date()
    elif dtype == pl.Date:
        found = value
    else:
        text = as_text(value, dtype)
        found = pl.coalesce(
            pl.when(text.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ].*)?$")).then(
                text.str.head(10).str.to_date("%Y-%m-%d", strict=False)
            ),
            pl.when(text.str.contains(r"^[0-9]{8}$")).then(text.str.to_date("%Y%m%d", strict=False)),
        )
    return pl.when(found.is_between(FIRST_DAY, LAST_DAY)).then(found)


def age(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Whole years; `90+` is 90."""
    if dtype.is_numeric():
        return _between(integer(value, dtype), 0, 150)
    return _between(integer(as_text(value, dtype).str.strip_suffix("+"), pl.String()), 0, 150)


def zip3(value: pl.Expr, dtype: pl.DataType, how: str) -> pl.Expr:
    """The first three digits of a zip, 000 where they are restricted; missing where it is no zip.

    Spreadsheets and numbers lose leading zeros: four digits are a zip of five, eight one of nine.
    """
    text = as_text(value, dtype)
    first: pl.Expr
    if how == "zip3":
        first = pl.when(text.str.contains(r"^[0-9]{1,3}$")).then(text.str.zfill(3))
    else:
        digits = text.str.replace(r"^([0-9]{4,5})[- ]([0-9]{4})$", "${1}${2}")
        first = (
            pl.when(digits.str.contains(r"^[0-9]{4,5}$"))
            .then(digits.str.zfill(5))
            .when(digits.str.contains(r"^[0-9]{8,9}$"))
            .then(digits.str.zfill(9))
        ).str.head(3)
    return pl.when(first.is_in(restricted_zips())).then(pl.lit("000")).otherwise(first)


assert set(SCHEMA) <= {r.column for r in rules().values()}, "every fact needs a rule"

"""Columns that a file does not have but says: a name joined of several, an age or weeks between two days; and the
rows that a mapping does not mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from workbench.cases.values import Misfit
from workbench.facts import Fact, facts
from workbench.guideline.model import Library
from workbench.reading.batches import Batch
from workbench.reading.cell_texts import short
from workbench.reading.convert_columns import as_text
from workbench.reading.date_columns import read_days
from workbench.reading.mapping import Column, Mapping, Span
from workbench.reading.no_values import no_word

_OPEN = Library("", {}, {}, {}, ())


@dataclass(frozen=True)
class Made:
    """The batch with its joined columns, without the rows that are not meant (`not_meant` counts them), and the
    computed facts with what is wrong with them, by index."""

    batch: Batch
    not_meant: int
    facts: dict[str, pl.Series]
    misfits: dict[int, list[Misfit]]
    notes: dict[int, list[tuple[str, str]]]


def make(batch: Batch, mapping: Mapping) -> Made:
    batch, not_meant = _meant(batch, mapping)
    table = batch.table
    for one in mapping.joined:
        texts = [as_text(table[c]) for c in one.columns]
        parts = pl.DataFrame([t.alias(str(i)) for i, t in enumerate(texts)])
        # A name with a missing part would not tell two rows apart.
        whole = parts.select(pl.concat_str(pl.when(pl.all() != "").then(pl.all()), separator=one.between))
        table = table.with_columns(whole.to_series().alias(one.name))
    made: dict[str, pl.Series] = {}
    misfits: dict[int, list[Misfit]] = {}
    notes: dict[int, list[tuple[str, str]]] = {}
    for span in mapping.computed:
        value, wrong, said = _between(table, span, mapping)
        made[span.fact.name] = value
        for i, misfit in wrong:
            misfits.setdefault(i, []).append(misfit)
        for i, note in said:
            notes.setdefault(i, []).append((span.fact.name, note))
    return Made(replace(batch, table=table), not_meant, made, misfits, notes)


def _meant(batch: Batch, mapping: Mapping) -> tuple[Batch, int]:
    """Rows that could not be split stay, as do those whose cell is no value: whether they are meant can not be told."""
    if not mapping.where:
        return batch, 0
    keep = pl.Series([True] * len(batch.rows))
    for column, texts in mapping.where:
        cells = as_text(batch.table[column]).fill_null("")
        keep = keep & cells.str.to_lowercase().is_in([t.lower() for t in texts])
    untold = {*batch.unsplit, *batch.of_cells([c for c, _ in mapping.where])}
    stay = pl.Series([i in untold for i in range(len(batch.rows))], dtype=pl.Boolean)
    kept = (keep | stay).arg_true().to_list()
    if len(kept) == len(batch.rows):
        return batch, 0
    return batch.only(kept), len(batch.rows) - len(kept)


def _between(
    table: pl.DataFrame, span: Span, mapping: Mapping
) -> tuple[pl.Series, list[tuple[int, Misfit]], list[tuple[int, str]]]:
    """A number of whole years, weeks or days from one day to another; missing where a day is."""
    ends: list[list[date | None]] = []
    blank: list[list[bool]] = []
    wrong: list[tuple[int, Misfit]] = []
    said: list[tuple[int, str]] = []
    for name in (span.first, span.last):
        text = as_text(table[name])
        lost = text.str.to_lowercase().is_in([m.lower() for m in mapping.missing])
        text = pl.select(pl.when(~lost).then(text)).to_series()
        blank.append(text.is_null().to_list())
        words = no_word(text, facts()["received_on"], _OPEN, []).arg_true().to_list()
        said += [(i, f"{short(text[i])} stands for no value; it is missing") for i in words]
        text = text.scatter(words, None) if words else text
        column = Column(name, replace(facts()["received_on"], name=f"{span.fact.name} (from {name})"), dates=span.dates)
        births = span.unit == "years" and name == span.first
        days = read_days(text, column, mapping, births)
        ends.append(days.value.to_list())
        wrong += [(i, replace(m, fact=span.fact.name)) for i, m in days.misfits]
        said += days.notes
    for i, (first, last) in enumerate(zip(*blank, strict=True)):
        if first != last:
            said.append((i, f"no day in {span.first if first else span.last}; it is missing"))
    values: list[int | None] = []
    for i, (first, last) in enumerate(zip(*ends, strict=True)):
        values.append(None if first is None or last is None or last < first else _UNITS[span.unit](first, last))
        if first is not None and last is not None and last < first:
            wrong.append((i, _backward(span.fact, span, first, last)))
    return pl.Series(values, dtype=pl.Int64), wrong, said


def _backward(fact: Fact, span: Span, first: date, last: date) -> Misfit:
    message = f"{fact.name}: {span.last} ({last}) is before {span.first} ({first})"
    return Misfit("bad-value", message, "exchange the two in the mapping if they are the wrong way round", fact.name)


_UNITS: dict[str, Callable[[date, date], int]] = {
    "years": lambda a, b: b.year - a.year - ((b.month, b.day) < (a.month, a.day)),
    "weeks": lambda a, b: (b - a).days // 7,
    "weeks_through": lambda a, b: ((b - a).days + 7) // 7,  # both days included, a week begun is a week
    "days": lambda a, b: (b - a).days,
}

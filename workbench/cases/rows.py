"""The rows of a file, batch by batch: converted, checked, accepted or set aside with their reasons."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from workbench.cases.batches import Opened
from workbench.cases.check import aside_for_repeats, sort_out
from workbench.cases.convert import convert
from workbench.cases.derive import SIMPLE, disagreements
from workbench.cases.files import open_table
from workbench.cases.frame import SCHEMA, conform, empty
from workbench.cases.mapping import Column, Mapping, load_mapping
from workbench.cases.reading import notes
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.facts import REQUIRED, facts
from workbench.guideline.model import Library

ROW = "_row"


@dataclass(frozen=True)
class Plan:
    """An opened file with the columns that are read from it."""

    opened: Opened
    mapping: Mapping
    columns: tuple[Column, ...]
    warnings: tuple[Problem, ...]


def plan(path: str | Path, library: Library, mapping: str | Path | Dict | None = None) -> Plan:
    """Raises ProblemsFound if the file or the mapping can not be used as a whole."""
    read = load_mapping(mapping, library)
    opened = open_table(path, read)
    problems = [Problem("missing-column", f"the column {c.column}, which the mapping names, is not in the file",
                        str(path), 0, 0, nearest(c.column, opened.columns))
                for c in read.columns if c.column not in opened.columns]
    columns = read.columns or tuple(Column(c, facts()[c], dates=read.dates) for c in opened.columns if c in SCHEMA)
    have = {c.fact.name for c in columns} | {name for name, _ in read.constants}
    have |= {"request_id"} if read.row_ids else set()
    for name in REQUIRED:
        if name not in have:
            hint = nearest(name, [c for c in opened.columns if c not in SCHEMA]) or "name it in the mapping"
            problems.append(Problem("missing-column", f"no column holds {name}", str(path), 0, 0, hint))
    if problems:
        raise ProblemsFound(problems)
    used = {c.column for c in columns} | set(read.ignored)
    warnings = tuple(Problem("unknown-column", f"the column {c} is not read", str(path), 0, 0,
                             _hint(c, have) if not read.columns else "map it, or say `ignore`")
                     for c in opened.columns if c not in used and not c.startswith("latent_"))
    return Plan(opened, read, columns, (*opened.warnings, *warnings))


def _hint(column: str, have: set[str]) -> str:
    return nearest(column, [f for f in SCHEMA if f not in have]) if column not in SCHEMA else ""


@dataclass(frozen=True)
class Part:
    """A batch sorted out: `accepted` carries its row numbers in ROW."""

    accepted: pl.DataFrame
    aside: pl.DataFrame
    notes: pl.DataFrame


def none_accepted() -> pl.DataFrame:
    return empty().with_columns(pl.Series(ROW, [], dtype=pl.Int64))


def sorted_batches(planned: Plan, library: Library) -> Iterator[Part]:
    for batch in planned.opened.batches():
        got = convert(batch.table, planned.columns, planned.mapping, batch.rows, library)
        misfits = {i: [*batch.misfits.get(i, []), *got.misfits.get(i, [])] for i in {**batch.misfits, **got.misfits}}
        frame = conform(got.frame).select(*SCHEMA).with_columns(batch.rows.cast(pl.Int64).alias(ROW))
        accepted, aside = sort_out(frame, batch.rows, batch.raw, library, misfits, unsplit=batch.unsplit)
        yield Part(accepted, aside, _disagreeing(accepted, library))


def _disagreeing(accepted: pl.DataFrame, library: Library) -> pl.DataFrame:
    """Supplied derived values that their inputs contradict, as notes; the supplied value stands."""
    if accepted.select(pl.all_horizontal(pl.col(*SIMPLE).is_null().all())).item():
        return notes([])
    found = disagreements(accepted.drop(ROW), library, across=False)
    if not len(found):
        return notes([])
    rows = accepted.select("request_id", pl.col(ROW).alias("row"))
    text = pl.format("supplied {}, but its inputs make {}; the supplied value stands", "supplied", "computed")
    return found.join(rows, on="request_id", how="left", maintain_order="left").select(
        "row", "request_id", "fact", text.alias("note"))


def repeats(planned: Plan, again: Dict[int, int], good: pl.DataFrame) -> pl.DataFrame:
    """Rows that repeat a request_id, fetched from the file once more as they stood."""
    names = dict(good.filter(pl.col(ROW).is_in(list(again))).select(ROW, "request_id").iter_rows())
    return aside_for_repeats(again, names, fetch(planned, sorted(again)))


def fetch(planned: Plan, wanted: list[int]) -> Iterator[tuple[int, str]]:
    for batch in planned.opened.batches():
        first, last = batch.rows[0], batch.rows[-1]
        for row in wanted:
            if first <= row <= last:
                yield row, batch.raw(row - first)

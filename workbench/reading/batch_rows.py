"""The rows of a file, batch by batch: converted, checked, accepted or set aside with their reasons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import polars as pl

from workbench.cases.derive import SIMPLE, disagreements
from workbench.cases.frame import SCHEMA, conform, empty
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.facts import REQUIRED, facts
from workbench.guideline.model import Library
from workbench.reading.accept_rows import aside_for_repeats, aside_rows, sort_out
from workbench.reading.account import notes
from workbench.reading.batches import FIXED, Opened, fixed_width
from workbench.reading.convert_columns import as_text, convert
from workbench.reading.line_groups import ALONE, LINE, Grouped, put_together
from workbench.reading.made_columns import make
from workbench.reading.mapping import Column, Mapping, load_mapping
from workbench.reading.not_rows import NotRows
from workbench.reading.open_table import open_table

ROW = "_row"
_OTHERWISE = {
    "request_id": "`row_ids` where each row is a request",
    "discipline": "`constants` where all rows are of one",
}


@dataclass(frozen=True)
class Plan:
    """An opened file with the columns that are read from it."""

    opened: Opened
    mapping: Mapping
    columns: tuple[Column, ...]
    warnings: tuple[Problem, ...]
    used: frozenset[str] = frozenset()  # columns whose cells are looked at


def plan(path: str | Path, library: Library, mapping: str | Path | Dict[str, object] | None = None) -> Plan:
    """Raises ProblemsFound if the file or the mapping can not be used as a whole."""
    read = load_mapping(mapping, library)
    opened = open_table(path, read)
    spelt = {" ".join(c.split()): c for c in opened.columns}
    spelled = tuple(replace(c, column=spelt.get(c.column, c.column)) for c in read.columns)
    read = replace(read, columns=spelled, day_zero=opened.day_zero)
    problems = [
        Problem(
            "missing-column",
            f"the column {c.column}, which the mapping names, is not in the file",
            str(path),
            0,
            0,
            nearest(c.column, opened.columns),
        )
        for c in {c.column: c for c in read.columns}.values()
        if c.column not in opened.columns and c.column not in {j.name for j in read.joined}
    ]
    names = {c.column for c in read.columns} or set(SCHEMA)
    problems += [
        Problem(
            "duplicate-key",
            f"the column {c} stands twice in the header",
            str(path),
            read.header_row,
            0,
            "rename one of the two; or say `header_rows: 2` where the names stand in two rows",
        )
        for c in sorted(opened.doubled & names)
    ]
    made = {j.name for j in read.joined}
    wanted = [c for j in read.joined for c in j.columns] + [c for c, _ in read.where]
    wanted += [c for span in read.computed for c in (span.first, span.last) if c not in made]
    problems += [
        Problem(
            "missing-column",
            f"the column {c}, which the mapping names, is not in the file",
            str(path),
            0,
            0,
            nearest(c, opened.columns),
        )
        for c in dict.fromkeys(wanted)
        if c not in opened.columns
    ]
    columns = read.columns or tuple(Column(c, facts()[c], dates=read.dates) for c in opened.columns if c in SCHEMA)
    have = {c.fact.name for c in columns} | {name for name, _ in read.constants}
    have |= {span.fact.name for span in read.computed}
    have |= {"request_id"} if read.row_ids else set()
    for name in REQUIRED:
        if name not in have:
            hint = nearest(name, [c for c in opened.columns if c not in SCHEMA]) or "name it in the mapping"
            if read.columns:  # a column that is alike is mapped, or left open, for a reason
                hint = f"name its column in the mapping, or say {_OTHERWISE[name]}"
            hint = _no_header(opened, read) or hint
            problems.append(Problem("missing-column", f"no column holds {name}", str(path), 0, 0, hint))
    if problems:
        raise ProblemsFound(problems)
    looked = {c.column for c in columns} | set(wanted)
    used = looked | set(read.ignored)
    warnings = tuple(
        Problem(
            "unknown-column",
            f"the column {c} is not read",
            str(path),
            0,
            0,
            _hint(c, have) if not read.columns else "map it, or say `ignore`",
        )
        for c in opened.columns
        if c not in used and not c.startswith("latent_")
    )
    return Plan(opened, read, columns, (*opened.warnings, *warnings), frozenset(looked))


def _no_header(opened: Opened, mapping: Mapping) -> str:
    """What to look at where the row of names seems to be none."""
    if opened.sheets:
        return f"if another sheet is meant, name it by `sheet` in the mapping: {', '.join(opened.sheets[:5])}"
    if len(opened.columns) == 1 and not opened.named and re.search(r"[,;|\t]", opened.columns[0]):
        return "each line stands in quotation marks as a whole, with the separators inside: take the outer marks away"
    if fixed_width(opened):
        return FIXED
    if len(opened.columns) == 1 and not opened.named:
        return "the file has one column only: is `separator` or `header_row` to be named in the mapping?"
    values = [c for c in opened.columns if re.fullmatch(r"[-$]?[\d.,/:%-]*\d[\d.,/:%-]*|[A-Z]\d{2}(\.\w+)?", c)]
    if values and not mapping.columns and not opened.named:
        return f"the column names hold values, such as {values[0]}: is there a row of names?"
    return ""


def _hint(column: str, have: set[str]) -> str:
    return nearest(column, [f for f in SCHEMA if f not in have]) if column not in SCHEMA else ""


@dataclass(frozen=True)
class Part:
    """A batch sorted out: `accepted` carries its row numbers in ROW, and in LINE what grouped rows hold."""

    accepted: pl.DataFrame
    aside: pl.DataFrame
    notes: pl.DataFrame
    not_meant: int = 0


def none_accepted(grouped: bool) -> pl.DataFrame:
    frame = empty().with_columns(pl.Series(ROW, [], dtype=pl.Int64))
    return frame.with_columns(pl.Series(LINE, [], dtype=pl.UInt64)) if grouped else frame


def sorted_batches(planned: Plan, library: Library) -> Iterator[Part]:
    not_rows = NotRows(numbered=bool(planned.mapping.row_ids))
    for whole in planned.opened.batches():
        made = make(whole, planned.mapping)
        batch = made.batch
        got = convert(batch.table, planned.columns, planned.mapping, batch.rows, library)
        ids = got.frame["request_id"] if "request_id" in got.frame else None
        of_cells = batch.of_cells(planned.used)
        misfits = _together(batch.misfits, of_cells, not_rows.find(batch, ids), made.misfits, got.misfits)
        frame = (
            conform(got.frame.with_columns(v.alias(name) for name, v in made.facts.items()))
            .select(*SCHEMA)
            .with_columns(batch.rows.cast(pl.Int64).alias(ROW))
        )
        required = ALONE if planned.mapping.grouped else REQUIRED
        if planned.mapping.grouped:
            cells = pl.DataFrame([as_text(batch.table[c]) for c in batch.table.columns])
            frame = frame.with_columns(cells.hash_rows().alias(LINE))
        accepted, aside = sort_out(frame, batch.rows, batch.raw, library, misfits, batch.unsplit, required)
        yield Part(
            accepted, aside, _said(accepted, batch.rows, _together(made.notes, got.notes), library), made.not_meant
        )


T = TypeVar("T")


def _together(*parts: Dict[int, list[T]]) -> dict[int, list[T]]:
    found: dict[int, list[T]] = {}
    for part in parts:
        for index, mine in part.items():
            found.setdefault(index, []).extend(mine)
    return found


def _said(
    accepted: pl.DataFrame, rows: pl.Series, said: Dict[int, list[tuple[str, str]]], library: Library
) -> pl.DataFrame:
    """What is to be told of accepted rows: what was left out of their cells, and what their inputs contradict."""
    found = _disagreeing(accepted, library)
    if not said:
        return found
    names = dict(accepted.select(ROW, "request_id").iter_rows())
    told = [(rows[i], names[rows[i]], *one) for i, mine in sorted(said.items()) if rows[i] in names for one in mine]
    return pl.concat([notes(told), found])


def _disagreeing(accepted: pl.DataFrame, library: Library) -> pl.DataFrame:
    """Supplied derived values that their inputs contradict, as notes; the supplied value stands."""
    if accepted.select(pl.all_horizontal(pl.col(*SIMPLE).is_null().all())).item():
        return notes([])
    found = disagreements(accepted.drop(ROW), library)
    if not len(found):
        return notes([])
    rows = accepted.select("request_id", pl.col(ROW).alias("row"))
    text = pl.format("supplied {}, but its inputs make {}; the supplied value stands", "supplied", "computed")
    return found.join(rows, on="request_id", how="left", maintain_order="left").select(
        "row", "request_id", "fact", text.alias("note")
    )


def repeats(planned: Plan, again: Dict[int, int], good: pl.DataFrame) -> pl.DataFrame:
    """Rows that repeat a request_id, fetched from the file once more as they stood."""
    names = dict(good.filter(pl.col(ROW).is_in(list(again))).select(ROW, "request_id").iter_rows())
    return aside_for_repeats(again, names, fetch(planned, sorted(again)))


def grouped(planned: Plan, lines: pl.DataFrame, spoilt: set[str], library: Library) -> tuple[Grouped, pl.DataFrame]:
    """The requests that sound lines make up, and the lines of those that can not be used."""
    found = put_together(lines, ROW, spoilt, planned.mapping, library)
    names = dict(lines.filter(pl.col(ROW).is_in(list(found.aside))).select(ROW, "request_id").iter_rows())
    return found, aside_rows(found.aside, names, fetch(planned, sorted(found.aside)))


def fetch(planned: Plan, wanted: list[int]) -> Iterator[tuple[int, str]]:
    # A second pass: keeping every row until the last is known would hold the whole file in memory.
    for batch in planned.opened.batches():
        for index in batch.rows.is_in(wanted).arg_true():
            yield batch.rows[index], batch.raw(index)

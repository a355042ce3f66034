"""A table of known columns, read whole and kept as text, so that every row can be set aside as it stood."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from workbench.cases.values import Misfit
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.facts import facts
from workbench.guideline.model import Library
from workbench.reading.accept_rows import aside_for_repeats, repeated_rows, sort_out
from workbench.reading.account import Reading
from workbench.reading.convert_columns import as_text
from workbench.reading.no_values import no_word
from workbench.reading.open_table import open_table
from workbench.reading.sources.renamed import Renamed

LARGEST = 50_000_000  # bytes


@dataclass
class TextTable:
    """`cells` has one dict for each row (of the wanted columns, stripped; empty where the row could not be split),
    `rows` its number among the data rows, `raw` its text as read, `misfits` index → why it could not be split."""

    cells: list[dict[str, str]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    misfits: dict[int, list[Misfit]] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()
    skipped: dict[str, int] = field(default_factory=dict)

    def sorted_out(
        self, frame: pl.DataFrame, library: Library, misfits: Mapping[int, list[Misfit]], said: pl.DataFrame
    ) -> Reading:
        """The reading of this table, given the frame of its rows in order."""
        rows = pl.Series(self.rows, dtype=pl.Int64)
        none = no_word(frame["request_id"], facts()["request_id"], library, [])
        frame = frame.with_columns(request_id=pl.when(~none).then("request_id"))
        good, aside = sort_out(
            frame.with_columns(rows.alias("_row")), rows, self.raw.__getitem__, library, misfits, unsplit=self.misfits
        )
        again = repeated_rows(good["request_id"], good["_row"])
        raw = dict(zip(self.rows, self.raw, strict=True))
        names = dict(good.select("_row", "request_id").iter_rows()) if again else {}
        repeats = aside_for_repeats(again, names, ((row, raw[row]) for row in sorted(again)))
        aside = pl.concat([aside, repeats]).sort("row", maintain_order=True)
        good = good.filter(~pl.col("_row").is_in(list(again)))
        of_good = pl.col("row").is_in(good["_row"].to_list()) & pl.col("request_id").is_in(good["request_id"].to_list())
        said = said.filter((pl.col("row") == 0) | of_good)
        good = good.drop("_row")
        return Reading(good, aside, said, len(self.rows), self.warnings, tuple(sorted(self.skipped.items())))


def read_text_table(
    path: str | Path,
    columns: Sequence[str],
    as_spelt: Renamed | None = None,
    *,
    wanted: Callable[[dict[str, str]], bool] = lambda cells: True,
    skipped: str = "",
    warn: bool = True,
) -> TextTable:
    """Rows that are `wanted`, and every row that could not be split; the others are counted as `skipped`. Columns may
    be spelled otherwise, as R, databases or `as_spelt` have them. Raises ProblemsFound if the file can not be read, is
    no table, or lacks one of the columns; `warn` of other columns."""
    path, spelt = Path(path), as_spelt or Renamed()
    opened = open_table(path, spelt.layout)
    if path.stat().st_size > LARGEST:
        message = f"the file has {path.stat().st_size} bytes; at most {LARGEST} are read"
        raise ProblemsFound([Problem("too-large", message, str(path))])
    places = _places(opened.columns, columns, spelt)
    missing = [_missing(c, path, opened.columns, spelt) for c in columns if places.get(c) not in opened.columns]
    twice = [c for c in columns if places.get(c) in opened.doubled]
    if missing or twice:
        doubled = [Problem("duplicate-key", f"the column {places[c]} stands twice", str(path)) for c in twice]
        raise ProblemsFound(missing + doubled)
    others = [c for c in opened.columns if c not in {*places.values(), *spelt.ignored}]
    unread = [Problem("unknown-column", f"the column {c} is not read", str(path), 1) for c in others]
    table = TextTable(warnings=(*opened.warnings, *(unread if warn else ())))
    marks = {m.casefold() for m in spelt.layout.missing}
    for batch in opened.batches():
        texts = {c: as_text(batch.table[places[c]]).fill_null("").to_list() for c in columns}
        for i, row in enumerate(batch.rows.to_list()):
            cells = {c: _cell(texts[c][i], spelt.values.get(c, {}), marks) for c in columns}
            fault = batch.misfits.get(i)
            if not fault and not wanted(cells):
                table.skipped[skipped] = table.skipped.get(skipped, 0) + 1
                continue
            if fault:
                table.misfits[len(table.cells)] = fault
            table.cells.append(cells)
            table.rows.append(row)
            table.raw.append(batch.raw(i))
    return table


def _cell(text: str, values: Mapping[str, str], marks: set[str]) -> str:
    if text in values:
        return values[text]
    return "" if text.casefold() in marks else text


def _places(header: Sequence[str], columns: Sequence[str], spelt: Renamed) -> dict[str, str]:
    """Column of the source → its name in the file: as the mapping has it, as it stands, or the same letters and digits
    with other signs between them (R writes `Reference.ID`, databases `reference_id`)."""
    alike = {re.sub(r"[\W_]+", "", h).lower(): h for h in reversed(header)}
    found = {c: h for c in columns if (h := alike.get(re.sub(r"[\W_]+", "", c).lower()))}
    return found | {c: c for c in columns if c in header} | dict(spelt.columns)


def _missing(column: str, path: Path, header: Sequence[str], spelt: Renamed) -> Problem:
    said = spelt.columns.get(column)
    if said:
        message = f"the column {said}, which the mapping names, is not in the file"
        return Problem("missing-column", message, str(path), hint=nearest(said, header))
    hint = nearest(column, header) or "a mapping can say which column it is: --mapping"
    return Problem("missing-column", f"the column {column} is missing", str(path), 1, hint=hint)

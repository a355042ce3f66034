"""Reading cases: a file in, accepted rows and rows set aside out. Nothing is lost on the way."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from collections.abc import Mapping as Dict
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import polars as pl
import pyarrow.parquet as pq
from tqdm import tqdm

from workbench.cases.case_file import Writer
from workbench.cases.episodes import NEEDED, with_episodes
from workbench.cases.frame import SCHEMA
from workbench.cases.spreadsheet import csv_safe
from workbench.documents.outputs import claim, scratch, writing
from workbench.errors import Problem, several
from workbench.guideline.model import Library
from workbench.log import timed
from workbench.reading.accept_rows import aside_for_repeats, empty_aside, repeated_rows, said
from workbench.reading.account import Reading, notes
from workbench.reading.batch_rows import ROW, Plan, fetch, grouped, none_accepted, plan, repeats, sorted_batches
from workbench.reading.line_groups import FURTHER
from workbench.reading.noted import Noted
from workbench.reading.sources import read_source

log = logging.getLogger(__name__)
NOT_MEANT = "`where` in the mapping leaves them out"
EXAMPLES = 3  # kept of each reason


@timed(log, "cases read")
def read_cases(path: str | Path, library: Library, mapping: str | Path | Dict[str, object] | None = None) -> Reading:
    """The whole file in memory. Raises ProblemsFound where the file or the mapping as a whole can not be used."""
    planned = plan(path, library, mapping)
    parts = list(sorted_batches(planned, library))
    good = pl.concat([none_accepted(planned.mapping.grouped), *(p.accepted for p in parts)])
    aside = [empty_aside(), *(p.aside for p in parts)]
    skipped = {NOT_MEANT: sum(p.not_meant for p in parts)}
    said = [notes([]), *(p.notes for p in parts)]
    again: Iterable[int] = ()
    if planned.mapping.grouped:
        found, lines = grouped(planned, good, _spoilt(aside), library)
        aside.append(lines)
        again, good = found.aside, found.requests
        said.append(notes(found.notes))
        skipped[FURTHER] = found.further
    elif known := repeated_rows(good["request_id"], good[ROW]):
        aside.append(repeats(planned, known, good))
        again, good = known, good.filter(~pl.col(ROW).is_in(list(known)))
    bad = pl.concat(aside).sort("row", maintain_order=True)
    told = pl.concat(said).filter(~pl.col("row").is_in(list(again)))
    log.info("%s: %d rows accepted, %d set aside", path, len(good), len(bad))
    counted = tuple((why, n) for why, n in skipped.items() if n)
    return Reading(good.drop(ROW), bad, told, len(good) + len(bad), planned.warnings, counted)


def _spoilt(aside: Iterable[pl.DataFrame]) -> set[str]:
    """Requests of which a row was set aside."""
    return {name for part in aside for name in part["request_id"].drop_nulls().to_list()}


@dataclass
class Report:
    """What reading a file came to. `reasons` counts rows set aside by code (a row with several counts under each),
    `examples` holds the first of each, `noted` what was told of accepted rows."""

    file: str
    read: int = 0
    accepted: int = 0
    set_aside: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    noted: Noted = field(default_factory=Noted, repr=False)
    skipped: dict[str, int] = field(default_factory=dict)
    spoilt: set[str] = field(default_factory=set, repr=False)  # requests of which a row was set aside, where it matters
    warnings: tuple[Problem, ...] = ()

    def add(self, accepted: int, aside: pl.DataFrame) -> None:
        self.accepted += accepted
        self.set_aside += len(aside)
        self.read = self.accepted + self.set_aside
        for row in aside.iter_rows(named=True):
            # The first of each code: with two numbers out of range a row still counts once under that.
            for code, reason in reversed(dict(zip(row["codes"][::-1], row["reasons"][::-1], strict=True)).items()):
                self.reasons[code] += 1
                if len(self.examples.setdefault(code, [])) < EXAMPLES:
                    self.examples[code].append(f"row {row['row']}: {said(code, reason)}")

    def as_dict(self) -> dict[str, object]:
        return {
            "file": self.file,
            "read": self.read,
            "accepted": self.accepted,
            "set_aside": self.set_aside,
            "reasons": dict(sorted(self.reasons.items())),
            "examples": self.examples,
            "notes": self.noted.as_dict(),
            "skipped": self.skipped,
            "warnings": [w.as_dict() for w in self.warnings],
        }

    def lines(self) -> list[str]:
        further = self.skipped.get(FURTHER, 0)
        apart = sum(self.skipped.values()) - further
        rows = self.read + apart + further
        out = [f"{several(rows, 'row')} read = {self.accepted:,} accepted + {self.set_aside:,} set aside"]
        out[0] += f" + {apart:,} not meant" if apart else ""
        out[0] += f" + {several(further, 'further line')} of the accepted" if further else ""
        if not rows:
            out.append("no rows: the table has names of columns and nothing below them")
        out += [
            f"{several(n, 'row was', 'rows were')} not meant: {why}"
            for why, n in self.skipped.items()
            if why != FURTHER
        ]
        for code, count in sorted(self.reasons.items(), key=lambda kv: (-kv[1], kv[0])):
            out += [f"{code}: {several(count, 'row')}", *(f"  {e}" for e in self.examples[code])]
        return [*out, *self.noted.lines(), *(str(w) for w in self.warnings)]


@timed(log, "cases read")
def read_to(
    path: str | Path,
    out: str | Path,
    library: Library,
    *,
    source: str | None = None,
    mapping: str | Path | Dict[str, object] | None = None,
    quarantine: str | Path | None = None,
    force: bool = False,
    quiet: bool = True,
) -> Report:
    """Read `path` into the Parquet file `out`, in order; rows set aside go to `quarantine` (Parquet or .csv). Files
    that are there already are replaced only with `force`, and both appear when the whole file is read.

    A named source is read whole, any other file in batches: memory grows only with the identifiers (16 bytes a row)
    and, where episodes have to be made out, with what they are made out from; where rows are grouped, with all of them.
    Raises ProblemsFound.
    """
    reads = [path, library.root, mapping if isinstance(mapping, str | Path) else None]
    claim([out], reads, force=force, endings=[".parquet"])
    claim([quarantine], reads, force=force, endings=[".parquet", ".csv"])
    claim([out, quarantine], force=True)
    report = Report(str(path))
    with ExitStack() as stack:
        aside = stack.enter_context(_Aside(quarantine))
        if source and source != "cases":
            found = read_source(source, path, library, mapping)
            report.warnings, report.skipped = found.warnings, dict(found.skipped)
            report.add(len(found.accepted), found.set_aside)
            report.noted.add(found.notes, found.accepted)
            aside.write(found.set_aside)
            stack.enter_context(Writer(out)).write(with_episodes(found.accepted, library))
            return report
        planned = plan(path, library, mapping)
        report.warnings = planned.warnings
        folder = Path(stack.enter_context(scratch(out)))
        first = folder / "first.parquet"
        again = _first_pass(planned, first, library, aside, report, quiet)
        if planned.mapping.grouped:
            first = _put_together(planned, first, library, aside, report)
        _second_pass(first, Path(out), library, again)
    log.info("%s: %d rows read, %d accepted, %d set aside", path, report.read, report.accepted, report.set_aside)
    return report


def _first_pass(planned: Plan, first: Path, library: Library, aside: _Aside, report: Report, quiet: bool) -> set[int]:
    """Sound rows to the file `first`; the rows whose request_id another sound row has already are set aside."""
    hashes = []
    bar = tqdm(unit=" rows", disable=quiet, desc="read")
    with bar, Writer(first, mark=False) as writer:
        for part in sorted_batches(planned, library):
            bar.update(len(part.accepted) + len(part.aside))
            writer.write(part.accepted)
            aside.write(part.aside)
            report.add(len(part.accepted), part.aside)
            report.noted.add(part.notes, part.accepted, ROW)
            if part.not_meant:
                report.skipped[NOT_MEANT] = report.skipped.get(NOT_MEANT, 0) + part.not_meant
            report.spoilt |= _spoilt([part.aside]) if planned.mapping.grouped else set()
            hashes.append(part.accepted.select(pl.col("request_id").hash().alias("id"), ROW))
        if not writer.rows:
            writer.write(none_accepted(planned.mapping.grouped))
    if not hashes or planned.mapping.grouped:
        return set()
    # Equal hashes are looked at again by the texts themselves.
    every = pl.concat(hashes)
    suspects = every.filter(pl.col("id").is_duplicated())[ROW].to_list()
    if not suspects:
        return set()
    ids = pl.scan_parquet(first, glob=False).select("request_id", ROW).filter(pl.col(ROW).is_in(suspects)).collect()
    again = repeated_rows(ids["request_id"], ids[ROW])
    names = dict(ids.select(ROW, "request_id").iter_rows())
    rows = aside_for_repeats(again, names, fetch(planned, sorted(again)))
    aside.write(rows)
    report.add(-len(again), rows)
    report.noted.without(again)
    return set(again)


def _put_together(planned: Plan, first: Path, library: Library, aside: _Aside, report: Report) -> Path:
    """The lines in the file `first` as requests, in another file beside it."""
    lines = pl.read_parquet(first, glob=False)
    found, spoilt = grouped(planned, lines, report.spoilt, library)
    aside.write(spoilt)
    report.add(len(found.requests) - len(lines), spoilt)
    report.noted.without(found.aside)
    report.noted.add(notes(found.notes), found.requests, ROW)
    report.skipped[FURTHER] = found.further
    end = first.with_name("requests.parquet")
    with Writer(end, mark=False) as writer:
        writer.write(found.requests)
    return end


def _second_pass(first: Path, out: Path, library: Library, again: set[int]) -> None:
    """Leaves out the repeated rows and makes out the episodes, which takes the whole file but few of its columns."""
    known = pl.scan_parquet(first, glob=False).filter(~pl.col(ROW).is_in(list(again)))
    episodes = None
    if any(known.select(pl.col("episode_id", "request_number").null_count()).collect().row(0)):
        episodes = with_episodes(known.select(ROW, *NEEDED).collect(), library).select(
            ROW, "episode_id", "request_number"
        )
    with Writer(out) as writer:
        file = pq.ParquetFile(first)
        for group in range(file.num_row_groups):
            part = pl.DataFrame(file.read_row_group(group)).filter(~pl.col(ROW).is_in(list(again)))
            if episodes is not None:
                part = part.drop("episode_id", "request_number").join(
                    episodes, on=ROW, how="left", maintain_order="left"
                )
            writer.write(part.select(*SCHEMA))


class _Aside:
    """Where rows set aside go: Parquet, or CSV with the lists joined; nowhere without a path."""

    def __init__(self, path: str | Path | None):
        self.path = None if path is None else Path(path)
        self._stack = ExitStack()

    def write(self, rows: pl.DataFrame) -> None:
        if self.path is None:
            return
        if self.path.suffix.lower() == ".csv":
            flat = rows.with_columns(
                pl.col("codes").list.unique(maintain_order=True).list.join("; "), pl.col("reasons").list.join("; ")
            )
            with self._part.open("ab") as file:
                csv_safe(flat).write_csv(file, include_header=file.tell() == 0)
        else:
            self._parquet.write(rows)

    def __enter__(self) -> _Aside:
        if self.path is not None:
            if self.path.suffix.lower() == ".csv":
                (self._part,) = self._stack.enter_context(writing(self.path))
            else:
                self._parquet = self._stack.enter_context(Writer(self.path, mark=False))
            self.write(empty_aside())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.__exit__(kind, error, at)

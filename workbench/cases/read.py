"""Reading cases: a file in, accepted rows and rows set aside out. Nothing is lost on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as Dict
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq

from workbench.cases.check import aside_for_repeats, empty_aside, repeated_rows
from workbench.cases.episodes import with_episodes
from workbench.cases.frame import SCHEMA
from workbench.cases.reading import Reading, notes
from workbench.cases.rows import ROW, Plan, fetch, none_accepted, plan, repeats, sorted_batches
from workbench.cases.sources import read_source
from workbench.cases.store import Writer
from workbench.errors import Problem
from workbench.guideline.model import Library

EXAMPLES = 3  # kept of each reason


def read_cases(path: str | Path, library: Library, mapping: str | Path | Dict | None = None) -> Reading:
    """The whole file in memory. Raises ProblemsFound where the file or the mapping as a whole can not be used."""
    planned = plan(path, library, mapping)
    parts = list(sorted_batches(planned, library))
    good = pl.concat([none_accepted(), *(p.accepted for p in parts)])
    aside = [empty_aside(), *(p.aside for p in parts)]
    again = repeated_rows(good["request_id"], good[ROW])
    if again:
        aside.append(repeats(planned, again, good))
        good = good.filter(~pl.col(ROW).is_in(list(again)))
    bad = pl.concat(aside).sort("row", maintain_order=True)
    said = pl.concat([notes([]), *(p.notes for p in parts)]).filter(~pl.col("row").is_in(list(again)))
    return Reading(good.drop(ROW), bad, said, len(good) + len(bad), planned.warnings)


@dataclass
class Report:
    """What reading a file came to. `reasons` counts rows set aside by code (a row with several counts under each),
    `examples` holds the first of each, `noted` counts notes by fact."""

    file: str
    read: int = 0
    accepted: int = 0
    set_aside: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    noted: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, int] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    def add(self, accepted: int, aside: pl.DataFrame, said: pl.DataFrame) -> None:
        self.accepted += accepted
        self.set_aside += len(aside)
        self.read = self.accepted + self.set_aside
        self.noted.update(said["fact"].to_list())
        for row in aside.iter_rows(named=True):
            for code, reason in zip(row["codes"], _one_each(row), strict=True):
                self.reasons[code] += 1
                if len(self.examples.setdefault(code, [])) < EXAMPLES:
                    self.examples[code].append(f"row {row['row']}: {reason.removeprefix(code).strip()}")

    def as_dict(self) -> dict[str, object]:
        return {"file": self.file, "read": self.read, "accepted": self.accepted, "set_aside": self.set_aside,
                "reasons": dict(sorted(self.reasons.items())), "examples": self.examples,
                "notes": dict(sorted(self.noted.items())), "skipped": self.skipped,
                "warnings": [w.as_dict() for w in self.warnings]}

    def lines(self) -> list[str]:
        out = [f"{self.read:,} rows read = {self.accepted:,} accepted + {self.set_aside:,} set aside"]
        out += [f"{n:,} rows were not meant: {why}" for why, n in self.skipped.items()]
        for code, count in sorted(self.reasons.items(), key=lambda kv: (-kv[1], kv[0])):
            out += [f"{code}: {count:,} rows", *(f"  {e}" for e in self.examples[code])]
        if self.noted:
            out.append("notes: " + ", ".join(f"{f} {n:,}" for f, n in sorted(self.noted.items())))
        return out + [str(w) for w in self.warnings]


def _one_each(row: Dict[str, object]) -> list[str]:
    """The first reason of each code."""
    return [next(r for r in row["reasons"] if r.startswith(code)) for code in row["codes"]]


def read_to(path: str | Path, out: str | Path, library: Library, *, source: str | None = None,
            mapping: str | Path | Dict | None = None, quarantine: str | Path | None = None) -> Report:
    """Read `path` into the Parquet file `out`, in order; rows set aside go to `quarantine` (Parquet or .csv).

    A named source is read whole, any other file in batches: memory grows only with the identifiers (16 bytes a row)
    and, where episodes have to be made out, with what they are made out from. Raises ProblemsFound.
    """
    report = Report(str(path))
    with ExitStack() as stack:
        aside = stack.enter_context(_Aside(quarantine))
        if source and source != "cases":
            found = read_source(source, path, library)
            report.warnings, report.skipped = found.warnings, dict(found.skipped)
            report.add(len(found.accepted), found.set_aside, found.notes)
            aside.write(found.set_aside)
            stack.enter_context(Writer(out)).write(with_episodes(found.accepted, library))
            return report
        planned = plan(path, library, mapping)
        report.warnings = planned.warnings
        first = Path(f"{out}.part")
        stack.callback(first.unlink, missing_ok=True)
        again = _first_pass(planned, first, library, aside, report)
        _second_pass(first, Path(out), library, again)
    return report


def _first_pass(planned: Plan, first: Path, library: Library, aside: _Aside, report: Report) -> set[int]:
    """Sound rows to the file `first`; the rows whose request_id another sound row has already are set aside."""
    hashes = []
    with Writer(first, mark=False) as writer:
        for part in sorted_batches(planned, library):
            writer.write(part.accepted)
            aside.write(part.aside)
            report.add(len(part.accepted), part.aside, part.notes)
            hashes.append(part.accepted.select(pl.col("request_id").hash().alias("id"), ROW))
        if not writer.rows:
            writer.write(none_accepted())
    if not hashes:
        return set()
    # Equal hashes are looked at again by the texts themselves.
    suspects = pl.concat(hashes)
    suspects = suspects.filter(pl.col("id").is_duplicated())[ROW].to_list()
    if not suspects:
        return set()
    ids = pl.scan_parquet(first, glob=False).select("request_id", ROW).filter(pl.col(ROW).is_in(suspects)).collect()
    again = repeated_rows(ids["request_id"], ids[ROW])
    names = dict(ids.select(ROW, "request_id").iter_rows())
    rows = aside_for_repeats(again, names, fetch(planned, sorted(again)))
    aside.write(rows)
    report.add(-len(again), rows, notes([]))
    return set(again)


def _second_pass(first: Path, out: Path, library: Library, again: set[int]) -> None:
    """Leaves out the repeated rows and makes out the episodes, which takes the whole file but few of its columns."""
    known = pl.scan_parquet(first, glob=False).filter(~pl.col(ROW).is_in(list(again)))
    narrow = ("member_id", "discipline", "condition", "diagnosis", "plan", "line_of_business", "received_on",
              "visits_used", "days_since_last_visit", "new_condition", "review_type", "episode_id", "request_number")
    episodes = None
    if any(known.select(pl.col("episode_id", "request_number").null_count()).collect().row(0)):
        episodes = with_episodes(known.select(ROW, *narrow).collect(), library).select(
            ROW, "episode_id", "request_number")
    with Writer(out) as writer:
        file = pq.ParquetFile(first)
        for group in range(file.num_row_groups):
            part = pl.DataFrame(file.read_row_group(group)).filter(~pl.col(ROW).is_in(list(again)))
            if episodes is not None:
                part = part.drop("episode_id", "request_number").join(episodes, on=ROW, how="left",
                                                                      maintain_order="left")
            writer.write(part.select(*SCHEMA))


class _Aside:
    """Where rows set aside go: Parquet, or CSV with the lists joined; nowhere without a path."""

    def __init__(self, path: str | Path | None):
        self.path = None if path is None else Path(path)
        self._parquet: Writer | None = None

    def write(self, rows: pl.DataFrame) -> None:
        if self.path is None:
            return
        if self.path.suffix.lower() == ".csv":
            flat = rows.with_columns(pl.col("codes").list.join("; "), pl.col("reasons").list.join("; "))
            with self.path.open("ab") as file:
                flat.write_csv(file, include_header=file.tell() == 0)
        else:
            self._parquet.write(rows)

    def __enter__(self) -> _Aside:
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.unlink(missing_ok=True)
            self._parquet = Writer(self.path, mark=False)
            self.write(empty_aside())
        return self

    def __exit__(self, *error: object) -> None:
        if self._parquet is not None:
            self._parquet.__exit__(*error)

"""A file as a stream of small tables, whatever its format, so that memory does not grow with it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import polars as pl

from workbench.cases.values import Misfit
from workbench.errors import Problem, ProblemsFound
from workbench.guideline.textfile import CONTROL

ROWS = 20_000          # rows of one batch
MOST_COLUMNS = 5_000


@dataclass
class Batch:
    """Rows of a file: `table` by column, `rows` numbered from 1 among the data rows, `raw(index)` the row as it stood,
    `misfits` (index → reasons) what is wrong with whole rows, `unsplit` those of them that have no cells."""

    table: pl.DataFrame
    rows: pl.Series
    raw: Callable[[int], str]
    misfits: dict[int, list[Misfit]] = field(default_factory=dict)
    unsplit: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Opened:
    """A file ready to be read: its columns, and its batches (each call reads from the start)."""

    columns: tuple[str, ...]
    batches: Callable[[], Iterator[Batch]]
    warnings: tuple[Problem, ...] = ()


def as_json(row: dict[str, object]) -> str:
    return json.dumps({k: v for k, v in row.items() if v is not None}, default=str, ensure_ascii=False)


def as_line(fields: list[str], separator: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator, lineterminator="").writerow(fields)
    return out.getvalue()


def check_header(columns: tuple[str, ...], file: str, line: int = 1) -> None:
    """Raises ProblemsFound for a header that can not be told apart."""
    if len(columns) > MOST_COLUMNS:
        raise ProblemsFound([Problem("too-large", f"the header has {len(columns)} columns; at most {MOST_COLUMNS} are "
                                     "read", file, line)])
    odd = [(c, found) for c in columns if (found := CONTROL.search(c))]  # a mapping could not name it
    if odd:
        raise ProblemsFound([Problem("unreadable", f"the column {c} holds the character U+{ord(found[0]):04X}", file,
                                     line) for c, found in odd])
    seen: set[str] = set()
    twice = sorted({c for c in columns if c and (c in seen or seen.add(c))})
    if twice:
        raise ProblemsFound([Problem("duplicate-key", f"the column {c} stands twice in the header", file, line)
                             for c in twice])

"""Cases that are decided were checked: a frame here, a file that no reader of ours wrote on its way in."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from workbench.cases.frame import SCHEMA, checked, conform, empty
from workbench.errors import Problem, ProblemsFound
from workbench.facts import REQUIRED
from workbench.guideline.model import Library
from workbench.reading.accept_rows import repeated_rows, sort_out

MOST = 20  # problems that are told


def sound(frame: pl.DataFrame, library: Library) -> pl.DataFrame:
    """The frame, typed, if every row may be decided. Raises ProblemsFound otherwise: values out of their range or
    choices, a request_id that stands twice, columns that are facts but for their spelling. A frame without columns has
    no rows."""
    if not frame.columns:
        return empty()
    problems = [
        Problem("unknown-column", f"the column {c} is not read", "<frame>", hint=f"did you mean {c.lower()}?")
        for c in frame.columns
        if c not in SCHEMA and c.strip().lower() in SCHEMA and c.strip().lower() not in frame.columns
    ]
    lost = [f for f in REQUIRED if f not in frame.columns]
    problems += [Problem("missing-column", f"no column holds {name}", "<frame>") for name in lost]
    if problems:
        raise ProblemsFound(problems)
    typed = conform(frame)
    facts_ = typed.select(*SCHEMA)
    rows = pl.int_range(1, len(facts_) + 1, eager=True)
    _, aside = sort_out(facts_, rows, lambda i: json.dumps(i), library, {})
    for row, codes, reasons in aside.select("row", "codes", "reasons").head(MOST).iter_rows():
        problems.append(Problem(codes[0], f"row {row}: {'; '.join(reasons)}", "<frame>", row))
    again = repeated_rows(facts_["request_id"], rows)
    for row, first in list(again.items())[:MOST]:
        problems.append(
            Problem("duplicate-request", f"row {row}: its request_id stands in row {first} already", "<frame>", row)
        )
    if problems:
        more = len(aside) + len(again) - len(problems)
        raise ProblemsFound(problems if more <= 0 else [*problems, _more(more)])
    return typed


def _more(count: int) -> Problem:
    return Problem(
        "bad-value", f"{count:,} more rows can not be decided", "<frame>", hint="workbench read sets them aside"
    )


def is_checked(path: Path) -> bool:
    """Whether `read` or `generate` wrote the file, whose rows were checked then."""
    return path.suffix == ".parquet" and path.is_file() and checked(path)

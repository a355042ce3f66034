"""Deciding generated requests through every reading of a whole decision, and comparing the complete records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from unittest import mock

import polars as pl
from readings import frame_of

from workbench.cases.frame import SCHEMA, conform
from workbench.engine import columnar, columnar_nodes, reference
from workbench.engine.fact_values import exact
from workbench.engine.setting import Setting
from workbench.language.interpret import Facts

Record = dict[str, object]


def _optimised(frame: pl.DataFrame, setting: Setting) -> list[Record]:
    """The columnar reading of few rows by the plan that it keeps for many."""
    with mock.patch.object(columnar_nodes, "_options", lambda rows: pl.QueryOptFlags()):
        return columnar.decide_frame(frame, setting).to_dicts()


# Every reading of a whole decision: a case frame and a setting → one record a row. The first one is the truth.
DECIDERS: dict[str, Callable[[pl.DataFrame, Setting], list[Record]]] = {
    "reference": lambda frame, setting: [
        reference.decide(exact(row), setting).decision.as_dict() for row in frame.iter_rows(named=True)
    ],
    "columnar": lambda frame, setting: columnar.decide_frame(frame, setting).to_dicts(),
    "columnar, optimised": _optimised,
}

# (reading, field of the record) → why it may differ there. A user has to be able to accept the reason.
KNOWN_LIMITS: dict[tuple[str, str], str] = {}


def frame_for(rows: Sequence[Facts]) -> pl.DataFrame:
    """The rows as a whole case frame."""
    wanted = [n for n in SCHEMA if any(n in row for row in rows)]
    return conform(frame_of(rows, wanted).drop("_row"))


def decided(rows: Sequence[Facts], setting: Setting) -> list[Record]:
    """The records of the reference."""
    return DECIDERS["reference"](frame_for(rows), setting)


def differences(rows: Sequence[Facts], setting: Setting) -> tuple[list[Record], list[str]]:
    """The records of the reference, and of each other reading the first that differs, in words."""
    frame = frame_for(rows)
    (_, first), *others = DECIDERS.items()
    truth, out = first(frame, setting), []
    for name, decide in others:
        told = decide(frame, setting)
        assert len(told) == len(truth), f"{name} decided {len(told)} of {len(truth)} requests"
        for facts, wanted, found in zip(rows, truth, told, strict=True):
            assert wanted.keys() == found.keys(), f"{name}: other fields"
            wrong = [k for k in wanted if k != "engine" and wanted[k] != found[k] and (name, k) not in KNOWN_LIMITS]
            if wrong:
                said = "; ".join(f"{k}: reference {wanted[k]!r}, {name} {found[k]!r}" for k in wrong)
                out.append(f"{said}\n  of {dict(facts)}")
                break
    return truth, out

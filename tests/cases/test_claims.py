"""Versioned tables: a request's derived facts come from the tables of the guideline version that decides it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from workbench.cases.derive import derive
from workbench.guideline.load import load_guidelines
from workbench.guideline.model import Library, Tables
from workbench.guideline.version_order import newest

BASE = Path(__file__).parents[1] / "errors" / "_base" / "guidelines"


@pytest.fixture(scope="module")
def library() -> Library:
    """Physical therapy of 2026 with the tables 2026.1, of 2027 with 2027.1, where a point is worth twice as much and
    back pain has another name; occupational therapy stays with the tables of 2026."""
    loaded = load_guidelines(BASE)
    (pt,) = (g for g in loaded.guidelines if not g.base)
    old = loaded.measures["odi"]
    new = replace(old, mcid=(old.mcid or Decimal(0)) * 2)
    renamed = tuple(replace(c, condition=f"{c.condition}_2") for c in loaded.conditions)
    later = replace(
        pt, version="2027.1", effective=date(2027, 1, 1), tables=Tables("2027.1", "2027.1"), file="elsewhere.yaml"
    )
    return replace(
        loaded,
        guidelines=(*loaded.guidelines, later),
        measure_tables={**loaded.measure_tables, "2027.1": {**loaded.measures, "odi": new}},
        condition_tables={**loaded.condition_tables, "2027.1": renamed},
    )


def rows(**changed: object) -> pl.DataFrame:
    odi = {"measure": "odi", "score_baseline": 50.0, "score_current": 26.0, "diagnosis": "M54.50"}
    days: Iterator[tuple[str, date | None]] = iter(
        [("a", date(2026, 5, 1)), ("b", date(2027, 5, 1)), ("c", None), ("d", date(2025, 5, 1))]
    )
    return pl.DataFrame(
        [{"request_id": i, "discipline": "PT", "received_on": d, **odi, **changed} for i, d in days],
        schema_overrides={"received_on": pl.Date},
    )


def told(frame: pl.DataFrame) -> list[tuple[object, object]]:
    return frame.select("condition", "improvement_mcid").rows()


def test_as_of_a_day_the_tables_of_its_version_count(library: Library) -> None:
    before, after = (derive(rows(), library, day) for day in (date(2026, 12, 31), date(2027, 1, 1)))
    mcid = float(library.measure_tables["2026.1"]["odi"].mcid or 0)
    assert told(before) == [("low_back_pain", 24 / mcid)] * 4
    assert told(after) == [("low_back_pain_2", 12 / mcid)] * 4


def test_by_date_each_request_goes_by_its_own_day_and_what_nobody_decides_by_the_newest(library: Library) -> None:
    assert [c for c, _ in told(derive(rows(), library))] == [
        "low_back_pain",
        "low_back_pain_2",
        "low_back_pain_2",
        "low_back_pain_2",
    ]
    assert derive(rows().lazy(), library).collect().equals(derive(rows(), library))


def test_a_version_that_is_pinned_brings_its_tables(library: Library) -> None:
    pinned = derive(rows(), library, date(2026, 6, 1), {"physical-therapy": "2027.1"})
    assert {c for c, _ in told(pinned)} == {"low_back_pain_2"}


def test_two_guidelines_with_different_tables_are_told_apart_by_their_scopes(library: Library) -> None:
    pt = next(g for g in library.guidelines if g.version == "2026.1" and not g.base)
    assert pt.scope is not None
    young = replace(pt, id="young", scope=replace(pt.scope), tables=Tables("2027.1", "2027.1"))
    two = replace(library, guidelines=(*(g for g in library.guidelines if g.version == "2026.1"), young))
    frame = derive(rows(), two, date(2026, 6, 1))
    assert {c for c, _ in told(frame)} == {"low_back_pain"}  # both claim it: the first one counts
    other = derive(rows(discipline="OT"), two, date(2026, 6, 1))
    assert {c for c, _ in told(other)} <= {"low_back_pain_2", None}  # nobody claims it: the newest tables


def test_the_newest_version_is_the_highest_number() -> None:
    assert newest(["2026.9", "2026.10", "2025.99"]) == "2026.10"

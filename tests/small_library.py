"""The shipped guidelines, and a small library made by hand where a test needs odd measures and conditions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from workbench.guideline.load import load_guidelines
from workbench.guideline.model import Cell, ConditionRow, Library, Measure, Overlay
from workbench.language.names import names
from workbench.language.syntax import parse

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def shipped() -> Library:
    return load_guidelines(ROOT / "guidelines")


def cell(fact: str, text: str, expression: str) -> Cell:
    node = parse(expression, names({}), condition=True).node
    assert node is not None
    return Cell(fact, text, node)


def measure(name: str, low: str, high: str, better: str, mcid: str) -> Measure:
    number = [Decimal(x) if x else None for x in (low, high, mcid)]
    return Measure(name, name, number[0], number[1], better, number[2], "s", "guideline")


@pytest.fixture(scope="session")
def small() -> Library:
    conditions = (
        ConditionRow("back", "Back", ("PT", "OT"), ("M545",), ()),
        ConditionRow("cuff_repair", "Repair", ("PT",), ("M751",), (cell("post_surgical", "true", "post_surgical"),)),
        ConditionRow(
            "cuff_tear_young",
            "Tear",
            ("PT",),
            ("M751",),
            (
                cell("post_surgical", "false", "not post_surgical"),
                cell("age_years", "0..17", "age_years between 0 and 17"),
            ),
        ),
        ConditionRow(
            "cuff_tear",
            "Tear",
            ("PT",),
            ("M751",),
            (
                cell("post_surgical", "false", "post_surgical = false"),
                cell("age_years", "18..120", "age_years in Interval[18, 120]"),
            ),
        ),
        ConditionRow("shoulder", "Shoulder", ("PT",), ("M75",), ()),
        ConditionRow(
            "mild", "Mild", ("ST",), ("R13",), (cell("complexity", "low", "complexity in { 'low', 'moderate' }"),)
        ),
    )
    measures = {
        m.id: m
        for m in (
            measure("odi", "0", "100", "lower", "12"),
            measure("lefs", "0", "80", "higher", "9"),
            measure("thirds", "0", "3", "higher", "3"),
            measure("walk", "0", "", "higher", "50"),
            measure("norm", "", "", "higher", ""),
        )
    }
    overlays = (
        Overlay("short-gap", "1", "", "published", date(2025, 1, 1), ("commercial",), "s", episode_gap_days=30),
        Overlay("short-gap", "2", "", "published", date(2025, 7, 1), ("commercial",), "s", episode_gap_days=60),
    )
    return Library("", {}, {"": measures}, {"": conditions}, (), overlays)

"""What the shipped rows rest on: where a number is more than our choice, each number beside it has its own grade."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

LIMITS = sorted((Path(__file__).parents[2] / "guidelines").glob("*/*.limits.csv"))


@pytest.mark.parametrize("path", LIMITS, ids=lambda p: f"{p.parent.name} {p.name}")
def test_a_grade_above_consensus_is_given_number_by_number(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    alone = [r["id"] for r in rows if ";" not in r["evidence"] and r["evidence"] != "consensus"]
    assert not alone, "one grade for all numbers of a row says more of some of them than is known"

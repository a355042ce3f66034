"""Faults that once passed every test are noticed by the quick ones, each of them."""

from __future__ import annotations

import csv
import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "mutate_product.py"


def test_faults_that_once_passed_are_noticed():
    # What a changed product runs is no coverage of the real one, and costs twice the time.
    env = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
    done = subprocess.run([sys.executable, SCRIPT, "--sample", "0"], capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    with (ROOT / "tests" / "mutation" / "named.csv").open(encoding="utf-8", newline="") as file:
        named = len(list(csv.DictReader(file)))
    assert f"{named} of {named} noticed" in done.stdout


@pytest.fixture
def tool(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPT.parent))
    return importlib.import_module("mutate_product")


def test_what_is_named_as_equivalent_is_a_change_of_today(tool):
    with (ROOT / "tests" / "mutation" / "equivalent.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    possible = {m: {c.said for c in tool.changes(m, tool._source(m))} for m in {r["module"] for r in rows}}
    assert [r for r in rows if r["change"] not in possible[r["module"]]] == []
    assert all(r["why"] for r in rows)


def test_the_tests_of_every_module_are_there(tool):
    for module, tests in tool.TESTS.items():
        assert tool._source(module)
        assert all((ROOT / t).exists() for t in tests if t.startswith("tests/")), module


def test_what_is_changed_and_what_is_left_alone(tool):
    found = list(tool.changes("m", "def f(a: int | None, b):\n    assert a\n    return a < b and 0.0\n"))
    assert [m.said.split(" | ")[0] for m in found] == ["return None", "And → Or", "Lt → LtE", "0.0 → 1.0"]
    assert {m.line for m in found} == {3}

"""Every row of every table, through every reading."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from readings import READINGS

from spec.tables import NAMES, PARAMETERS, Refused, Row, literal, refused, rows, topics
from workbench.language.show import show
from workbench.language.syntax import parse
from workbench.language.tree import OPERATORS, Call, may_be_undefined, walk

ROOT = Path(__file__).parents[2]
ROWS = [row for topic in topics() for row in rows(topic)]


def _id(row: Row | Refused) -> str:
    return f"{getattr(row, 'topic', 'errors')}:{row.line} {row.expression[:60]}"


@pytest.mark.parametrize("reading", READINGS, ids=lambda r: r.name)
@pytest.mark.parametrize("row", [r for r in ROWS if not r.answer.startswith("error ")], ids=_id)
def test_an_expression_means_what_its_row_says(row: Row, reading):
    parsed = parse(row.expression, NAMES)
    assert parsed.node is not None, parsed.problems
    facts = {n: v for n, v in row.known.items() if n not in PARAMETERS}
    values = {n: v for n, v in row.known.items() if n in PARAMETERS}
    assert reading.values(parsed.node, [facts], values) == [literal(row.answer)]
    assert reading.asked(parsed.node, [facts], values) == [frozenset(row.asked.split())]


@pytest.mark.parametrize("row", [r for r in ROWS if r.answer.startswith("error ")], ids=_id)
def test_an_expression_is_refused_with_the_code_of_its_row(row: Row):
    assert [p.code for p in parse(row.expression, NAMES).problems] == [row.answer.removeprefix("error ")]


@pytest.mark.parametrize("row", refused(), ids=_id)
def test_a_refusal_says_where_what_and_how_to_mend_it(row: Refused):
    found = [(f"{p.line}:{p.column}", p.code, p.message, p.hint) for p in parse(row.expression, NAMES).problems]
    assert found == [(row.place, row.code, row.message, row.hint)]


@pytest.mark.parametrize("row", [r for r in ROWS if r.answer == "null" and not r.asked], ids=_id)
def test_an_unknown_that_asks_for_nothing_can_be_seen_before(row: Row):
    """So that a criterion that comes out so counts as unmet."""
    assert may_be_undefined(parse(row.expression, NAMES).node)


@pytest.mark.parametrize("row", [r for r in ROWS if not r.answer.startswith("error ")], ids=_id)
def test_what_is_shown_means_the_same(row: Row):
    node = parse(row.expression, NAMES).node
    assert parse(show(node), NAMES).node == node


def test_the_tables_use_every_operator():
    used = {
        n.op for row in ROWS if (node := parse(row.expression, NAMES).node) for n in walk(node) if isinstance(n, Call)
    }
    assert used == set(OPERATORS)


def test_no_row_stands_twice():
    asked = [(r.expression, r.facts) for r in ROWS]
    assert len(asked) == len(set(asked)), sorted(a for a in asked if asked.count(a) > 1)


def test_the_page_of_the_language_is_fresh():
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "render_language.py", "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_all_problems_of_an_expression_are_told_at_once():
    found = parse("visit_used > 3\nand intent = 'rehab'\nand 1 + true", NAMES).problems
    assert [(p.line, p.column, p.code) for p in found] == [
        (1, 1, "unknown-name"),
        (2, 14, "unknown-choice"),
        (3, 9, "wrong-type"),
    ]


def _nested(depth: int) -> str:
    """Short, and yet twice as long with every condition when it is written out."""
    return "in_network" if not depth else f"if {_nested(depth - 1)} then plan_of_care else in_network"


@pytest.mark.parametrize(
    "text",
    [
        _nested(30),
        "(" * 200 + "1" + ")" * 200,
        "not " * 300 + "true",
        " or ".join(["true"] * 400),
        "1" * 6000,
        "-" * 4999 + "1",
        "if true then " * 200,
    ],
)
def test_what_is_too_deep_or_too_long_is_a_problem(text):
    parsed = parse(text, NAMES)
    assert parsed.node is None and parsed.problems[0].code in ("too-deep", "syntax")


def test_a_condition_is_true_or_false():
    assert parse("visits_used", NAMES, condition=True).problems[0].code == "not-a-condition"
    assert parse("null", NAMES, condition=True).node is not None

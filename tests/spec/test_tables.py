"""Every row of every table, through every reading."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from readings import READINGS

from spec.tables import NAMES, PARAMETERS, Refused, Row, literal, refused, rows, topics
from workbench.language.build import NotTyped, call
from workbench.language.show import show
from workbench.language.syntax import parse
from workbench.language.tree import OPERATORS, Call, Parameter, Type, may_be_undefined, walk
from workbench.language.units import show_unit

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


@pytest.mark.parametrize(
    "text, kind, unit, bound, places",
    [
        ("12.5", "decimal", "a number", "12.5", 1),
        ("pace - 1.25", "decimal", "visits/week", "8.25", 8),
        ("visits_used + visits_used", "integer", "visits", "1998", 0),
        ("visits_used + 1.5", "decimal", "visits", "1000.5", 1),
        ("1 + null", "integer", "a number", "1", 0),
        ("gain * gain", "decimal", "MCID·MCID", "25", 16),
        ("visits_used * 2", "integer", "visits", "1998", 0),
        ("2 * 1.5", "decimal", "a number", "3", 1),
        ("1 / 3", "decimal", "a number", "2", 8),  # one more, for what is rounded up
        ("2.5 / 1.25", "decimal", "a number", "251", 8),
        ("pace / 2", "decimal", "visits/week", "8", 8),
        ("1 / visits_used", "decimal", "1/visit", "2", 8),
        ("7 div 2", "integer", "a number", "7", 0),
        ("2.5 div 0.5", "decimal", "a number", "25", 0),
        ("visits_used div 2.50", "decimal", "visits", "99900", 0),
        ("7 mod 4", "integer", "a number", "4", 0),
        ("3 mod 4.25", "decimal", "a number", "3", 2),
        ("-2.5", "decimal", "a number", "2.5", 1),
        ("Round(1.2345)", "decimal", "a number", "2.2345", 0),
        ("Round(1.2345, 2)", "decimal", "a number", "2.2345", 2),
        ("Round(1.2, 8)", "decimal", "a number", "2.2", 1),
        ("Floor(pace)", "integer", "visits/week", "8", 0),
        ("Min({ 1, 2.5, 2 })", "decimal", "a number", "2.5", 1),
        ("Coalesce(1.5, 20)", "decimal", "a number", "20", 1),
        ("if in_network then 1.5 else 20", "decimal", "a number", "20", 1),
        ("case when in_network then 1 else 20 end", "integer", "a number", "20", 0),
        ("case intent when 'rehabilitative' then 3.25 else 20 end", "decimal", "a number", "20", 2),
        ("days between received_on and requested_start", "integer", "days", "4000000", 0),
        ("weeks between received_on and requested_start", "integer", "weeks", "4000000", 0),
        *((text, "null", "a number", "0", 0) for text in ("null + null", "null * 2", "null / 2", "null mod 2",
          "2 div null", "Round(null)", "Floor(null)")),
        ("if in_network then intent else 'rehabilitative'", "string", "a number", "0", 0),
    ],
)  # fmt: skip
def test_the_type_of_a_result(text: str, kind: str, unit: str, bound: str, places: int):
    """Readings choose machine numbers by it: one too small would overflow, one too large is refused."""
    parsed = parse(text, NAMES)
    assert parsed.node is not None, parsed.problems
    found = parsed.node.type
    assert (found.kind, show_unit(found.unit), found.bound, found.places) == (kind, unit, Decimal(bound), places)


@pytest.mark.parametrize(
    "op, left, right",
    [
        ("+", (5 * 10**35, 0), (5 * 10**35, 0)),
        ("-", (10**27, 8), (9 * 10**27, 0)),
        ("*", (10**18, 0), (10**18, 0)),
        ("*", (10**17, 1), (10**17, 1)),
        ("=", (10**28, 0), (1, 8)),
        ("<", (1, 8), (10**28, 0)),
        ("/", (5 * 10**27, 0), (1, 0)),
        ("/", (5 * 10**26, 1), (1, 0)),
        ("/", (1, 0), (5 * 10**35, 0)),
        ("/", (1, 1), (5 * 10**34, 0)),
        ("/", (1, 0), (5 * 10**34, 1)),
        ("div", (10**36, 0), (1, 0)),
        ("div", (1, 0), (10**36, 0)),
        ("div", (1, 8), (10**28, 0)),
        ("mod", (1, 0), (10**36, 0)),
        ("mod", (10**28, 0), (1, 8)),
        ("Coalesce", (10**28, 0), (1, 8)),
    ],
)
def test_the_largest_numbers_that_are_computed(op: str, left: tuple[int, int], right: tuple[int, int]):
    """With both bounds an operator is still built; a hundredth more of the larger one, and it is refused."""

    def built(*operands: tuple[int, int]) -> Call:
        return call(op, *(Parameter(Type("decimal", bound=Decimal(n), places=k), name="p") for n, k in operands))

    assert built(left, right).op == op
    (n, places), larger_left = max(left, right), left >= right
    more = (n + n // 100, places)
    with pytest.raises(NotTyped) as refused:
        built(more if larger_left else left, right if larger_left else more)
    assert refused.value.code == "number-too-large"


def test_how_long_and_how_deep_an_expression_may_be():
    for text, more in (("1".ljust(5000), " "), ("(" * 118 + "1" + ")" * 118, "(")):
        assert parse(text, NAMES).problems == ()
        longer = more + text if more == " " else more + text + ")"
        assert [p.code for p in parse(longer, NAMES).problems] == ["too-deep"]

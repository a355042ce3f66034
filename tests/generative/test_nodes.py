"""Each kind of plan node on few values, ends and unknowns among them: what engine/nodes.py says of it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from readings import fixed
from spec.small_rules import RULES, SETTING, _criterion

from workbench.engine import nodes as n
from workbench.engine.columnar_nodes import compile_node
from workbench.engine.columns import Plan, by_variant, fit, in_one_order
from workbench.engine.id_bits import bits, spell
from workbench.engine.plan import RATE, plans
from workbench.engine.symbolic import Codes, Few, Number, Reading, Truth
from workbench.guideline.model import Waiver
from workbench.language.terms import Symbols

A, B = n.Given("a"), n.Given("b")
P, Q = n.Given("p"), n.Given("q")
NUMBERS = {"a": [1, 2, 3, None, 2, None], "b": [2, 2, 2, 2, None, None]}
TRUTHS = {
    "p": [True, True, True, False, False, False, None, None, None],
    "q": [True, False, None, True, False, None, True, False, None],
}
CODES = {"c": [["x"], ["x", "y"], ["y"], [], None]}
C = n.Given("c")


def whole(value: int) -> n.Constant:
    return n.Constant(value, "whole")


@pytest.mark.parametrize(
    ("node", "given", "found"),
    [
        (n.Compare("=", A, B), NUMBERS, [False, True, False, None, None, None]),
        (n.Compare("<", A, B), NUMBERS, [True, False, False, None, None, None]),
        (n.Compare("<=", A, B), NUMBERS, [True, True, False, None, None, None]),
        (n.Compare(">", A, B), NUMBERS, [False, False, True, None, None, None]),
        (n.Difference(A, B), NUMBERS, [-1, 0, 1, None, None, None]),
        (n.Least((A, B)), NUMBERS, [1, 2, 2, None, None, None]),
        (n.Most((A, B)), NUMBERS, [2, 2, 3, None, None, None]),
        (n.Most((A, whole(0), B)), NUMBERS, [2, 2, 3, None, None, None]),
        (n.Least((B,)), NUMBERS, NUMBERS["b"]),
        (n.Share(whole(RATE * 5 // 2), A), NUMBERS, [2, 5, 7, None, 5, None]),
        (n.Share(whole(-RATE // 2), A), NUMBERS, [-1, -1, -2, None, -1, None]),
        (n.Among(A, (2,)), NUMBERS, [False, True, False, None, True, None]),
        (n.Among(A, (3, 1)), NUMBERS, [True, False, True, None, False, None]),
        (n.Missing(A), NUMBERS, [False, False, False, True, False, True]),
        (n.Table((7, None, 9), A), NUMBERS, [7, None, 9, None, None, None]),
        (n.Table((7, 8), A), {"a": [-2, -1, 0, 1, 2, None]}, [None, None, None, 7, 8, None]),
        (n.Table(("x", "y"), A), {"a": [0, 1, 2]}, [None, "x", "y"]),
        (n.AllOf((P, Q)), TRUTHS, [True, False, None, False, False, False, None, False, None]),
        (n.AnyOf((P, Q)), TRUTHS, [True, True, True, True, False, None, True, None, None]),
        (n.AllOf((P, Q, P, Q, P)), TRUTHS, [True, False, None, False, False, False, None, False, None]),
        (n.AnyOf((P, Q, P, Q, P)), TRUTHS, [True, True, True, True, False, None, True, None, None]),
        (n.AllOf((P, P, Q, Q)), TRUTHS, [True, False, None, False, False, False, None, False, None]),
        (n.AllOf(()), {"p": [None]}, [True]),
        (n.AnyOf(()), {"p": [None]}, [False]),
        (n.Not(P), TRUTHS, [False] * 3 + [True] * 3 + [None] * 3),
        (n.Holds(P), TRUTHS, [True] * 3 + [False] * 6),
        (n.When(((P, whole(1)), (Q, whole(2))), whole(3)), TRUTHS, [1, 1, 1, 2, 3, 3, 2, 3, 3]),
        (n.Compare("<", whole(1), n.When(((P, whole(1)), (Q, whole(2))), whole(3))), TRUTHS, [False] * 3 + [True] * 6),
        (n.Compare("<=", whole(2), n.When(((P, whole(1)), (Q, whole(2))), whole(3))), TRUTHS, [False] * 3 + [True] * 6),
        (n.Compare(">", whole(2), n.When(((P, whole(1)), (Q, whole(2))), whole(3))), TRUTHS, [True] * 3 + [False] * 6),
        (n.Compare("=", n.When(((P, whole(1)),), whole(3)), whole(3)), TRUTHS, [False] * 3 + [True] * 6),
        (n.FirstMatch((P, Q)), TRUTHS, [1, 1, 1, 2, 0, -2, -1, -1, -1]),
        (n.FirstMatch(()), {"p": [None]}, [0]),
        (n.Listed(C, ("x",)), CODES, [["x"], ["x"], [], [], []]),
        (n.Listed(C, ("y", "x")), CODES, [["x"], ["x", "y"], ["y"], [], []]),
        (n.Every(C, ("x",)), CODES, [True, False, False, False, None]),
        (n.Every(C, ("x", "y")), CODES, [True, True, True, False, None]),
    ],
)  # fmt: skip
def test_a_node_means_what_it_says(node: n.PlanNode, given: dict[str, list], found: list) -> None:
    frame = pl.DataFrame(given)
    if "c" in given:
        frame = frame.cast({"c": pl.List(pl.String)})
    assert frame.with_columns(compile_node(node).alias("found"))["found"].to_list() == found

    assert _symbolic(node, given) == found, "symbolic"


KIND = {"p": "boolean", "q": "boolean", "c": "code list"}


def _symbolic(node: n.PlanNode, given: dict[str, list]) -> list:
    """The node as terms of the solver, with the values of each row put in."""
    symbols = Symbols({"x", "y"}, {"x", "y"})
    for name in given:
        symbols.fact(name, KIND.get(name, "integer"))
    term = Reading(Plan("none/1", ("",), (), ()), symbols).term(node)
    if isinstance(term, Few):
        term = term.number()
    parts = {Truth: lambda: [term.yes, term.no], Number: lambda: [term.unknown, term.value]}
    flat = parts.get(type(term), lambda: list(term.has.values()))()
    out = []
    for row in zip(*given.values(), strict=True):
        facts = {k: tuple(v) if isinstance(v, list) else v for k, v in zip(given, row, strict=True)}
        one = fixed(flat, symbols, facts)
        if isinstance(term, Codes):
            there = {c for c, v in zip(term.has, one, strict=True) if v is True}
            out.append([c for c in facts["c"] or () if c in there])
        elif isinstance(term, Truth):
            out.append(True if one[0] is True else False if one[1] is True else None)
        else:
            text = isinstance(node, n.Table) and any(isinstance(v, str) for v in node.values)
            out.append(None if one[0] is True else symbols.texts[(one[1] - 1) // 2] if text else one[1])
    return out


def test_by_variant_is_one_node_where_all_say_the_same() -> None:
    assert by_variant([whole(1), whole(1)]) == whole(1)
    found = by_variant([whole(1), whole(2), whole(1), whole(3)])
    frame = pl.DataFrame({"_variant": [1, 2, 3, 4]})
    assert frame.select(compile_node(found).alias("x"))["x"].to_list() == [1, 2, 1, 3]


@pytest.mark.parametrize(
    ("lists", "order"),
    [
        ([["a", "b"], ["a", "c", "b"]], ["a", "c", "b"]),
        ([["a"], ["b", "a"]], ["b", "a"]),
        ([[], ["a", "b"], ["b", "c"]], ["a", "b", "c"]),
        ([["a", "b", "c"], ["x", "c"], ["a", "y"]], ["x", "a", "y", "b", "c"]),
    ],
)
def test_ids_stand_in_one_order(lists: list[list[str]], order: list[str]) -> None:
    assert in_one_order(lists) == order


def test_rules_whose_orders_differ_share_no_plan() -> None:
    rules = SETTING.rules(RULES, None)
    one, two = (Waiver(i, "t", 3, "s") for i in ("one", "two"))
    forward, back = replace(rules, waivers=(one, two)), replace(rules, waivers=(two, one))
    assert fit([forward, forward]) and not fit([forward, back])
    assert [places for _, places in plans([forward, back, forward], named=False)] == [(0, 2), (1,)]
    turned = replace(rules, criteria=tuple(reversed(rules.criteria)))
    assert not fit([rules, turned])


def test_a_criterion_of_two_kinds_needs_two_plans() -> None:
    rules = SETTING.rules(RULES, None)
    papers = _criterion("share", "visits_used / requested_visits > 0.5", "setting = 'school'", "administrative")
    other = replace(rules, criteria=(*rules.criteria[:-1], papers))
    assert [c.id for c in rules.criteria] == [c.id for c in other.criteria] and not fit([rules, other])


@pytest.mark.parametrize("size", [0, 1, 59, 60, 61, 121])
def test_ids_are_spelled_from_their_bits(size: int) -> None:
    """60 to a number: each id alone, every third with one that is unknown between, none, all."""
    ids = [f"i{n}" for n in range(size)]
    held = [{i} for i in ids] + [set(ids[::3]), set(), set(ids)]
    flags = {i: [True if i in row else None if n % 2 else False for n, row in enumerate(held)] for i in ids}
    frame = pl.DataFrame({"_row": range(len(held)), **flags})
    words = frame.select("_row", *bits([pl.col(i) for i in ids], "x#"), pl.lit(1).alias("x#y"), pl.lit(1).alias("_7"))
    assert spell(words, "x#", ids).to_list() == [[i for i in ids if i in row] for row in held]


def test_an_id_without_a_flag_never_holds() -> None:
    frame = pl.DataFrame({"a": [True, False]})
    words = frame.select(bits([None, pl.col("a"), None], "x#"))
    assert spell(words, "x#", ["one", "two", "three"]).to_list() == [["two"], []]

"""Expressions in plain words: a table, and what holds for every expression."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from generative.expressions import conditions
from hypothesis import given

from workbench.facts import facts
from workbench.guideline.limit_cells import CellReader
from workbench.guideline.model import Parameter
from workbench.language.build import call
from workbench.language.names import names, parameter_type
from workbench.language.syntax import parse
from workbench.language.tree import Call, Literal, walk
from workbench.words.conditions import Sayer, amount, listed, phrases, row_words

NEEDED = {
    "needed_visits": ("10", "visits"),
    "needed_sd": ("1.5", "SD"),
    "needed_mcid": ("1.0", "MCID"),
    "needed_rate": ("3", "visits/week"),
}
PARAMETERS = {
    n: Parameter(n, n, Decimal(v), u, Decimal(0), Decimal(100), Decimal(1), "", "", "consensus", date(2026, 1, 1))
    for n, (v, u) in NEEDED.items()
}
NAMES = names({p.id: parameter_type(p.unit, p.low, p.high) for p in PARAMETERS.values()})
SAYER = Sayer(PARAMETERS, {}, lambda text: f"**{text}**")
with (Path(__file__).parent / "sentences.csv").open(encoding="utf-8", newline="") as _file:
    TABLE = list(csv.DictReader(_file))


@pytest.mark.parametrize("row", TABLE, ids=[r["expression"] for r in TABLE])
def test_the_table_of_sentences(row):
    parsed = parse(row["expression"], NAMES, condition=True)
    assert not parsed.problems
    assert SAYER.say(parsed.node) == row["sentence"]
    assert SAYER.say(call("not", parsed.node)) == row["contrary"]


def test_every_fact_of_an_expression_has_words():
    wanted = {f.name for f in facts().values() if f.in_expressions}
    assert set(phrases()) == wanted
    for name, phrase in phrases().items():
        assert phrase.noun
        assert bool(phrase.yes) == bool(phrase.no) == (facts()[name].kind == "boolean")


@given(conditions())
def test_every_condition_can_be_said_in_a_line_and_as_a_list(node):
    said, items = Sayer().say(node), Sayer().bullets(node)
    assert said and items
    assert all(item.text for item in items)
    assert all(b.depth <= a.depth + 1 for a, b in zip(items, items[1:], strict=False))
    assert "Call(" not in said
    for code in {
        n.args[0].value
        for n in walk(node)
        if isinstance(n, Call) and n.op == "in_codes" and isinstance(n.args[0], Literal) and n.args[0].value
    }:
        assert code in said


CELLS = {
    "age_years=65..120": "aged 65 or more",
    "age_years=0..17": "aged up to 17",
    "age_years=18..64": "aged 18 to 64",
    "weeks_since_onset=13..2600": "13 or more weeks since onset",
    "complexity=high": "high complexity",
    "weeks_since_surgery=0..6": "up to 6 weeks since the operation",
    "post_surgical=true": "after an operation",
    "post_surgical=false": "without an operation",
    "intent=habilitative": "habilitative",
    "review_type=initial": "first request",
    "comorbidities=2..2": "2 comorbid conditions",
}


@pytest.mark.parametrize("cell", CELLS)
def test_key_cells_in_words(cell):
    fact, _, text = cell.partition("=")
    read = CellReader({"condition": ("low_back_pain",), "measure": ()}).read(fact, text)
    assert row_words([read]) == CELLS[cell]


def test_a_row_says_its_condition_first():
    reader = CellReader({"condition": ("low_back_pain",), "measure": ()})
    cells = [reader.read("complexity", "high"), reader.read("condition", "low_back_pain")]
    assert row_words(cells, {"low_back_pain": "Low back pain"}) == "Low back pain; high complexity"
    assert row_words([]) == "any request"


def test_amounts_and_lists():
    assert amount(Decimal("1.0"), "visits") == "1 visit"
    assert amount(Decimal("-0.50"), "MCID") == "−0.5 MCID"
    assert amount(Decimal(2), "visits/week") == "2 visits a week"
    assert listed(["a", "b, c", "d"]) == "a; b, c; and d"

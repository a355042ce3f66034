"""Expression text, whatever it is: a tree or problems, never a traceback; problems lie inside the text."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from fuzz.kinds import BASE, SEEDS, library
from fuzz.mutate import texts
from fuzz.places import placed_in_text
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.lark import from_lark

from workbench.guideline.expressions import guideline_names
from workbench.guideline.resolve import resolve
from workbench.language.syntax import _grammar, parse, show

FILES = [*sorted((SEEDS / "expression").iterdir()), *sorted(BASE.parent.glob("language/*/expression.cql"))]
CORPUS = [p.read_bytes().decode("utf-8", "surrogateescape") for p in FILES]
WORDS = ["and", "or", "xor", "implies", "not", "in", "contains", "between", "is", "null", "if", "then", "else", "case",
         "when", "end", "div", "mod", "days", "weeks", "duration", "Interval[", "Interval(", "Min({", "Max({", "Round(",
         "Coalesce(", "IsNull(", "Nope(", "(", ")", "})", "!=", "<>", "==", "<=", "&&", "||", "@2026-02-29", "@", "@T12",
         "2147483648", "1.123456789", "0.00000001", "'\\u00", "'\\ud800'", "'\\q'", "age_years", "plan", "procedures",
         "received_on", "historical_visits", "pace", "visits_before_review", "language"]
# Names as the grammar has them, mostly ones that mean something.
NAMES = st.sampled_from(["age_years", "plan", "intent", "procedures", "received_on", "plan_of_care", "improvement_needed",
                         "requested_visits", "language", "Round", "Min", "Coalesce", "x"])


@cache
def names():
    rules = resolve(library(), "physical-therapy", "2026.1").rules
    return guideline_names({p.id: p for p in rules.parameters}, library().choices)


def reads(text: str) -> None:
    for condition in (False, True):
        parsed = parse(text, names(), condition=condition)
        assert (parsed.node is None) == bool(parsed.problems), "a tree, or what is wrong"
        placed_in_text(parsed.problems, text)
        for p in parsed.problems:
            if p.code in ("unknown-name", "outcome-fact"):  # these can be checked to the letter
                assert text.split("\n")[p.line - 1][p.column - 1:].startswith(p.message.split(" ", 1)[0]), p
        if parsed.node is not None:
            assert parse(show(parsed.node), names()).node == parsed.node


@pytest.mark.parametrize("file", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_seed(file: Path) -> None:
    reads(file.read_bytes().decode("utf-8", "surrogateescape"))


@given(texts(CORPUS, WORDS, most=6))
def test_a_mutated_expression(text: str) -> None:
    reads(text)


@given(from_lark(_grammar(), start="start", explicit={"NAME": NAMES}))
def test_what_the_grammar_allows(text: str) -> None:
    reads(text)


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)))
def test_any_text(text: str) -> None:
    reads(text)

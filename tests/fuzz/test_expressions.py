"""Expression text, whatever it is: a tree or problems, never a traceback; problems lie inside the text."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.kinds import BASE, SEEDS, library
from fuzz.mutate import texts
from fuzz.places import placed_in_text
from workbench.guideline.expressions import guideline_names
from workbench.guideline.resolve import resolve
from workbench.language.show import show
from workbench.language.syntax import parse

FILES = [*sorted((SEEDS / "expression").iterdir()), *sorted(BASE.parent.glob("language/*/expression.cql"))]
CORPUS = [p.read_bytes().decode("utf-8", "surrogateescape") for p in FILES]
WORDS = [
    "and",
    "or",
    "xor",
    "implies",
    "not",
    "in",
    "contains",
    "between",
    "is",
    "null",
    "if",
    "then",
    "else",
    "case",
    "when",
    "end",
    "div",
    "mod",
    "days",
    "weeks",
    "duration",
    "Interval[",
    "Interval(",
    "Min({",
    "Max({",
    "Round(",
    "Coalesce(",
    "IsNull(",
    "Nope(",
    "(",
    ")",
    "})",
    "!=",
    "<>",
    "==",
    "<=",
    "&&",
    "||",
    "@2026-02-29",
    "@",
    "@T12",
    "2147483648",
    "1.123456789",
    "0.00000001",
    "'\\u00",
    "'\\ud800'",
    "'\\q'",
    "age_years",
    "plan",
    "procedures",
    "received_on",
    "historical_visits",
    "pace",
    "visits_before_review",
    "language",
]
ATOMS = [
    "age_years",
    "plan",
    "intent",
    "procedures",
    "received_on",
    "plan_of_care",
    "improvement_needed",
    "language",
    "x",
    "0",
    "1",
    "2.50",
    "99999999999999999999",
    "'PT'",
    "'97110'",
    "'\\''",
    "null",
    "true",
    "@2026-01-31",
    "{ }",
]
FORMS = [
    "{} and {}",
    "{} or {}",
    "{} xor {}",
    "{} implies {}",
    "not {}",
    "{} = {}",
    "{} != {}",
    "{} <= {}",
    "{} > {}",
    "{} in {{ {}, {} }}",
    "{} in Interval[{}, {})",
    "{} in procedures",
    "{} contains {}",
    "{{ {} }} contains {}",
    "{} between {} and {}",
    "days between {} and {}",
    "duration in weeks between {} and {}",
    "{} is null",
    "{} is not true",
    "{} + {}",
    "{} - {}",
    "{} * {}",
    "{} / {}",
    "{} div {}",
    "{} mod {}",
    "-{}",
    "+{}",
    "({})",
    "if {} then {} else {}",
    "case when {} then {} else {} end",
    "case {} when {} then {} when {} then {} else {} end",
    "Min({{ {}, {} }})",
    "Max({{ {} }})",
    "Coalesce({}, {})",
    "Coalesce()",
    "Round({})",
    "Round({}, {})",
    "Abs({})",
    "Floor({})",
    "IsFalse({})",
    "Interval({}, {}]",
    "{{ {} }}",
]


@st.composite
def written(draw: st.DrawFn, depth: int = 4) -> str:
    """What the grammar allows, of whatever types."""
    form = draw(st.sampled_from(FORMS)) if depth and draw(st.booleans()) else "{}"
    if form == "{}":
        return draw(st.sampled_from(ATOMS))
    places = form.replace("{{", "").replace("}}", "").count("{}")
    return form.format(*(draw(written(depth - 1)) for _ in range(places)))


@cache
def names():
    rules = resolve(library(), "physical-therapy", "2026.1").rules
    return guideline_names({p.id: p for p in rules.parameters}, library().choices)


def reads(text: str) -> None:
    for condition in (False, True):
        parsed = parse(text, names(), condition=condition)
        assert (parsed.node is None) == bool(parsed.problems), "a tree, or what is wrong"
        placed_in_text(parsed.problems, text)
        if parsed.node is not None:
            assert parse(show(parsed.node), names()).node == parsed.node


@pytest.mark.parametrize("file", FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_seed(file: Path) -> None:
    reads(file.read_bytes().decode("utf-8", "surrogateescape"))


@given(texts(CORPUS, WORDS, most=6))
def test_a_mutated_expression(text: str) -> None:
    reads(text)


@given(written())
def test_what_the_grammar_allows(text: str) -> None:
    reads(text)


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)))
def test_any_text(text: str) -> None:
    reads(text)

"""Every reading gives a random expression the same value and asks for the same facts; text and tree are one."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, find, given, note, settings
from hypothesis import strategies as st
from readings import READINGS

from generative.expressions import NAMES, expressions, fact_rows, parameter_values
from workbench.language.show import show
from workbench.language.syntax import parse
from workbench.language.tree import OPERATORS, Call, looked_at, may_be_undefined, walk


@st.composite
def asked_about(draw):
    node = draw(expressions())
    return node, draw(fact_rows(looked_at(node))), draw(parameter_values())


@given(asked_about())
def test_every_reading_gives_the_same_value_and_asks_for_the_same_facts(drawn):
    node, rows, values = drawn
    note(show(node))
    first, *others = READINGS
    answers, asked = first.values(node, rows, values), first.asked(node, rows, values)
    for other in others:
        assert other.values(node, rows, values) == answers, f"{other.name}: {show(node)}"
        assert other.asked(node, rows, values) == asked, f"{other.name}: {show(node)}"


@given(asked_about())
def test_an_unknown_that_asks_for_nothing_can_be_seen_before(drawn):
    node, rows, values = drawn
    first = READINGS[0]
    for answer, asked in zip(first.values(node, rows, values), first.asked(node, rows, values), strict=True):
        if answer is None and not asked:
            assert may_be_undefined(node), show(node)
        assert answer is None or not asked, "a known answer asks for nothing"


@given(expressions())
def test_what_is_shown_reads_as_the_same_tree(node):
    parsed = parse(show(node), NAMES)
    assert not parsed.problems, f"{show(node)}: {parsed.problems}"
    assert parsed.node == node, show(node)


def test_the_generator_reaches_every_operator():
    seen: Counter[str] = Counter()

    @settings(
        max_examples=400,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(expressions())
    def draw(node):
        seen.update(n.op for n in walk(node) if isinstance(n, Call))

    draw()
    assert set(OPERATORS) == set(seen), f"never drawn: {sorted(set(OPERATORS) - set(seen))}"


@pytest.mark.parametrize("seed", [1, 2])
def test_what_fails_shrinks_to_something_small(seed):
    """Seldom above ten nodes, whatever the seed: a difference between readings must be one that a person can read."""
    node = find(
        expressions(),
        lambda n: any(isinstance(c, Call) and c.op == "/" for c in walk(n)),
        settings=settings(max_examples=2000, database=None, suppress_health_check=list(HealthCheck)),
        random=Random(seed),
    )
    assert len(list(walk(node))) <= 25, show(node)

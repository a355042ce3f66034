"""A control in hand says at every value what the comparison of two whole replays says: everything that a page shows."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from generative.controls import moved
from generative.libraries import told
from hypothesis import given, note, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal
from study_cases import ready

from workbench.cases.prepared import PreparedCases
from workbench.engine import decision as d
from workbench.engine.retune import DoesNotPay
from workbench.study.compare import Comparison, compare
from workbench.study.hand import Hand, take
from workbench.study.ledger import Ledger
from workbench.study.listing import GROUPED, SHOWN, lands, listed
from workbench.study.replay import replay
from workbench.words.comparisons import sentence

SOME = max(5, settings.default.max_examples // 10)


def held(cases: PreparedCases, published, settings_) -> Hand:
    """The control in hand, its values numbered."""
    ledger = Ledger(cases, published, replay(cases, published))
    steps = take(ledger, list(range(len(settings_))), settings_)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return done.value


PAIR = [c for c in SHOWN if c not in ("answer_by", "fares")]  # reckoned where a list is made, which `listed` compares


def assert_same(found: Comparison, right: Comparison, cases: pl.DataFrame) -> None:
    assert found.matrix == right.matrix
    assert (found.total, found.flipped) == (right.total, right.flipped)
    assert found.amounts() == right.amounts()
    assert sentence(found) == sentence(right)
    assert (found.published, found.draft) == (right.published, right.draft)
    for one, two in zip(found.rates, right.rates, strict=True):
        assert (one.name, one.label, one.out_of) == (two.name, two.label, two.out_of)
        for name in ("published", "draft", "difference", "low", "high", "of_published", "of_draft"):
            assert getattr(one, name) == pytest.approx(getattr(two, name), rel=1e-9, abs=1e-9), name
    assert_frame_equal(found.flips.select(PAIR), right.flips.select(PAIR))
    for a in d.DETERMINATIONS:
        for b in d.DETERMINATIONS:
            assert_frame_equal(found.of_cell(a, b).select(PAIR), right.of_cell(a, b).select(PAIR))
    assert listed(found, limit=5, sort="condition") == listed(right, limit=5, sort="condition")
    for by in GROUPED:
        assert lands(found, cases, by) == lands(right, cases, by)


@settings(max_examples=SOME)
@given(moved(), st.integers(0, 2**32), st.booleans())
def test_at_every_value_it_is_the_comparison_of_two_replays(drawn, luck, elsewhere):
    note(f"{drawn.kind}\n{told(drawn.case)}")
    cases = ready(drawn.case, luck)
    # Published differs from the draft in this control alone, or in all that is held too.
    published = replace(drawn.settings[0], draft=None) if elsewhere else drawn.settings[0]
    try:
        hand = held(cases, published, drawn.settings)
    except DoesNotPay:
        return
    before = hand.ledger.replay
    for at, chosen in enumerate(drawn.settings):
        assert_same(hand.at(at), compare(before, replay(cases, chosen)), cases.frame)

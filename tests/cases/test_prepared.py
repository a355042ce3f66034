"""Conforming and deriving run once for a set of cases, whatever is asked of them, and the type says that they ran."""

from __future__ import annotations

from collections import Counter

import polars as pl
import pytest

from workbench.cases import assume, derive
from workbench.cases.assume import Assumption, Assumptions
from workbench.cases.prepared import PreparedCases
from workbench.engine.setting import setting
from workbench.generator.generate import generate
from workbench.guideline.load_draft import load_draft
from workbench.study.compare import compare
from workbench.study.replay import prepare, replay

MORE = {"changes": {"physical-therapy": {"limits": {"change": [{"where": {}, "visits": {"add": 2}}]}}}}


@pytest.fixture
def counted(monkeypatch) -> Counter[str]:
    """How often conforming and deriving ran."""
    counts: Counter[str] = Counter()

    def count(module, name):
        real = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *a: (counts.update([name]), real(*a))[1])

    count(derive, "conform")
    count(derive, "derived")
    count(assume, "derived")
    return counts


def test_a_comparison_conforms_and_derives_once(shipped, counted):
    cases = generate(300, 3, shipped)
    counted.clear()
    published, draft = setting(shipped), setting(shipped, draft=load_draft(MORE, shipped))
    ready = prepare(cases, published)
    assert counted == {"conform": 1, "derived": 1}
    found = compare(replay(ready, published), replay(ready, draft))
    assert found.flipped.requests > 0
    assert counted == {"conform": 1, "derived": 1}


def test_what_an_assumption_makes_known_is_derived_beside_it(shipped, counted):
    """Once before, since assumptions look at derived facts, and once after, since derived facts rest on assumed ones."""
    cases = generate(20, 3, shipped)
    counted.clear()
    ready = prepare(cases, setting(shipped), Assumptions("a", (Assumption("in_network", True, "usual"),)))
    assert counted == {"conform": 1, "derived": 2}
    assert ready.assumptions is not None and ready.frame["in_network"].null_count() == 0


def test_a_frame_and_the_prepared_cases_come_to_the_same(shipped):
    cases, chosen = generate(40, 3, shipped), setting(shipped)
    by_frame, by_prepared = replay(cases, chosen), replay(prepare(cases, chosen), chosen)
    assert by_frame.decisions.equals(by_prepared.decisions) and by_frame.about == by_prepared.about


def test_prepared_cases_take_no_other_assumptions(shipped):
    ready = prepare(generate(5, 3, shipped), setting(shipped))
    with pytest.raises(ValueError, match="bring their assumptions"):
        replay(ready, setting(shipped), assumptions=Assumptions("a", ()))


def test_by_plan(shipped):
    ready = PreparedCases(pl.DataFrame({"request_id": ["a", "b", "c"], "plan": ["x", None, "y"]}))
    assert ready.of_plan("x").frame["request_id"].to_list() == ["a"]
    assert ready.without_plans().frame["plan"].to_list() == [None] * 3

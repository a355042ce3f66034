"""Deciding again only what may differ gives, record for record, what deciding everything gives."""
from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.engine.setting import setting
from workbench.guideline.load_draft import load_draft
from workbench.guideline.model import Draft
from workbench.lab.drafting import change_of
from workbench.study import redecide
from workbench.study.redecide import Bench
from workbench.study.replay import replay

PT = "physical-therapy"


@pytest.fixture(scope="module")
def bench(library, prepared):
    published = setting(library)
    return Bench(replay(prepared, published, prepared=True), published)


@pytest.fixture(scope="module")
def moves(library):
    """control → the values that it is tried at: ends and middle of its range, or around a limit."""
    from workbench.lab.controls import groups
    chosen = setting(library)
    guideline = next(g for g in chosen.guidelines(chosen.as_of) if g.id == PT)
    found = groups(chosen.rules(guideline, None), library, "low_back_pain")
    found += groups(chosen.rules(guideline, None), library, "musculoskeletal")[:2]
    tried = {}
    for control in (c for g in found for c in g.controls):
        low, high = control.span
        middle = low + control.step * ((high - low) // (2 * control.step))
        tried[control.key] = sorted({low, middle, control.published + control.step, high})
    return tried


def drafted(changes) -> Draft:
    return Draft("tried", "", "", None, (), tuple(change_of(PT, key, Decimal(v)) for key, v in changes))


def assert_same(bench, library, prepared, draft) -> None:
    chosen = setting(library, draft=draft)
    quick, whole = bench.under(chosen), replay(prepared, chosen, prepared=True)
    # Which reading decided is the one thing that may differ; their agreement is tested elsewhere.
    assert quick.decisions.drop("engine").equals(whole.decisions.drop("engine"))
    assert quick.about == whole.about


def test_as_published(bench, library, prepared):
    assert_same(bench, library, prepared, None)


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_numbers_in_any_order(bench, moves, library, prepared, data):
    """Each draft starts from where the one before ended, so that ways there and back are walked too."""
    keys = data.draw(st.lists(st.sampled_from(sorted(moves)), min_size=1, max_size=3, unique=True))
    assert_same(bench, library, prepared, drafted((k, data.draw(st.sampled_from(moves[k]))) for k in keys))


@pytest.mark.parametrize("few", [0, 10**6], ids=["columns alone", "reference alone"])
def test_whichever_reading_decides(bench, library, prepared, monkeypatch, few):
    monkeypatch.setattr(redecide, "FEW", few)
    bench = Bench(bench.published, bench.setting)
    assert_same(bench, library, prepared, drafted([("limits.lbp.visits", "3"), ("parameters.attendance_needed", "75")]))


@pytest.mark.parametrize("changes", [
    {PT: {"criteria": {"drop": ["attendance"]}}},
    {PT: {"criteria": {"change": {"attendance": {"requires": "attendance_percent >= 2 * goals_needed"}}}}},
    {PT: {"limits": {"drop": ["lbp"]}}},
    {PT: {"limits": {"change": [{"where": {}, "visits": {"multiply": 1.25}, "weeks": {"add": 2}}]}}},
    {PT: {"limits": {"change": [{"where": {"condition": "low_back_pain"}, "per_week": {"set": 1}}]}}},
    {"therapy-common": {"parameters": {"attendance_needed": {"set": 80}}}},
])
def test_drafts_that_no_slider_makes(bench, library, prepared, changes):
    assert_same(bench, library, prepared, load_draft({"changes": changes}, library))


def test_drafts_of_an_overlay(bench, library, prepared):
    draft = load_draft({"plans": {"harbor-commercial-ppo": {"changes": {PT: {"limits": {"change": [
        {"where": {}, "visits": {"at_most": 4}}]}}}}}}, library)
    assert_same(bench, library, prepared, draft)


def test_under_a_program(library, prepared):
    options = {"program": "rehab-review-2019"}
    published = setting(library, **options)
    bench = Bench(replay(prepared, published, prepared=True), published)
    chosen = setting(library, draft=drafted([("parameters.attendance_needed", "90")]), **options)
    assert bench.under(chosen).decisions.drop("engine").equals(
        replay(prepared, chosen, prepared=True).decisions.drop("engine"))


def test_back_to_where_it_was_costs_no_decision(bench, library, monkeypatch):
    there, back = (setting(library, draft=drafted([("limits.lbp.visits", v)])) for v in ("11", "12"))
    first = bench.under(there)
    bench.under(back)
    monkeypatch.setattr(redecide, "decide_frame", None)
    monkeypatch.setattr(redecide, "decide_by_reference", None)
    assert bench.under(there).decisions.equals(first.decisions)


def test_few_requests_are_decided_again(bench, library, monkeypatch):
    """A limit of one condition concerns requests of that condition alone."""
    seen = []
    for name in ("decide_frame", "decide_by_reference"):
        real = getattr(redecide, name)
        monkeypatch.setattr(redecide, name, lambda frame, s, real=real: seen.append(frame) or real(frame, s))
    fresh = Bench(bench.published, bench.setting)
    fresh.under(setting(library, draft=drafted([("limits.lbp.visits", "11")])))
    decided = {c for frame in seen for c in frame["condition"].to_list()}
    assert decided == {"low_back_pain"}
    assert sum(f.height for f in seen) < bench.published.cases.height / 20

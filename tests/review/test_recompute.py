"""A record and its request give the same bytes again, by either engine; whatever differs is named."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from generative.libraries import cases
from generative.requests import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.cases.generate import generate
from workbench.cases.request import row
from workbench.cases.values import of_mapping
from workbench.engine import reference
from workbench.engine.decision import DETERMINATIONS
from workbench.engine.setting import setting
from workbench.errors import ProblemsFound
from workbench.facts import facts as fact_table
from workbench.guideline.load_draft import load_draft
from workbench.review.recompute import recompute, recompute_record, record_bytes, record_of, record_of_row
from workbench.study.replay import facts_of, prepare, replay


@pytest.fixture(scope="module", params=["columnar", "reference"])
def records(request, shipped):
    """A few generated requests of each determination, decided under a program and under none."""
    out, cases = [], generate(400, 11, shipped)
    for program in (None, "rehab-review-2019"):
        chosen = setting(shipped, program=program)
        done = replay(cases, chosen, engine=request.param)
        said = done.decisions["determination"].to_list()
        rows = [k for d in DETERMINATIONS for k in [k for k, x in enumerate(said) if x == d][:4]]
        out += [json.loads(json.dumps(record_of_row(done, k, chosen))) for k in rows]
    return out


def test_the_same_bytes(records, shipped):
    assert {h["record"]["determination"] for h in records} == set(DETERMINATIONS)
    for held in records:
        again = recompute_record(held, shipped)
        assert again.same, again.lines()
        assert record_bytes(again.record) == record_bytes(held["record"])


def test_a_changed_field_is_named(records, shipped):
    held = next(h for h in records if h["record"]["granted_visits"])
    visits = held["record"]["granted_visits"]
    wrong = {**held, "record": {**held["record"], "granted_visits": visits + 1}}
    again = recompute_record(wrong, shipped)
    assert again.differs == (("granted_visits", visits + 1, visits),)
    assert not again.same and f"recorded {visits + 1}, recomputed {visits}" in again.lines()[1]


def test_a_changed_guideline_is_named_by_its_digest(records, shipped):
    held = next(h for h in records if h["record"]["guideline"] == "physical-therapy")
    guidelines = tuple(replace(g, title=g.title + ".") if g.id == "physical-therapy" else g for g in shipped.guidelines)
    again = recompute_record(held, replace(shipped, guidelines=guidelines))
    assert [name for name, _, _ in again.differs] == ["guideline_digest"]
    assert "the guideline is not the text that decided" in again.lines()[1]


def test_a_changed_request_is_told(records, shipped):
    held = next(h for h in records if h["record"]["determination"] == "approved")
    other = {**held, "request": {**held["request"], "requested_visits": held["request"]["requested_visits"] + 1}}
    assert any("the request is not the one" in r for r in recompute_record(other, shipped).remarks)


def test_a_version_under_review_is_pinned(shipped):
    """A record of a version that no day chooses is decided by that version again."""
    trial = replace(next(g for g in shipped.guidelines if g.id == "physical-therapy" and g.status == "published"),
                    version="9999.1", status="in_review")
    library = replace(shipped, guidelines=(*shipped.guidelines, trial))
    chosen = setting(library, pins={"physical-therapy": "9999.1"})
    done = replay(generate(30, 3, library), chosen)
    k = done.decisions["version"].to_list().index("9999.1")
    again = recompute_record(record_of_row(done, k, chosen), library)
    assert again.same and "was tried in place of" in again.remarks[0]
    gone = recompute_record(record_of_row(done, k, chosen), shipped)
    assert not gone.same and "is not in the folder" in gone.remarks[0]


def test_a_draft_is_asked_for(small, tmp_path):
    draft = load_draft({"draft": "more", "changes": {"physical-therapy": {"limits": {"change": [
        {"where": {}, "visits": {"set": 3}}]}}}}, small)
    chosen = setting(small, draft=draft)
    facts = facts_of(prepare(row({"request_id": "r", "discipline": "PT", "intent": "rehabilitative",
                                  "condition": "low_back_pain", "complexity": "low", "member_eligible": True,
                                  "review_type": "initial", "requested_visits": 6, "requested_weeks": 4,
                                  "visits_used": 0, "weeks_used": 0}),
                             chosen).row(0, named=True))
    held = record_of(reference.decide(facts, chosen).decision, facts, chosen)
    assert held["record"]["granted_visits"] == 3
    assert recompute_record(held, small, draft=draft).same
    path = tmp_path / "record.json"
    path.write_text(json.dumps(held), encoding="utf-8")
    with pytest.raises(ProblemsFound, match="missing-file the draft more"):
        recompute(path, small)


def test_histories_carried_forward_are_not_kept(small):
    chosen = setting(small)
    done = replay(generate(10, 1, small), chosen, mode="carried_forward")
    with pytest.raises(ValueError, match="carried forward"):
        record_of_row(done, 0, chosen)


@pytest.mark.parametrize("text, code", [
    ("{", "unreadable"), ("[]", "wrong-value"), ("{}", "missing-key"),
    ('{"record": {}, "request": {"discipline": "PT"}, "recrod": 1}', "unknown-key"),
    ('{"record": {"determinaton": "approved"}, "request": {}}', "unknown-key"),
    ('{"record": {"deciding_day": "soon"}, "request": {}}', "wrong-value"),
    ('{"record": {"program": "reviews/2019-11"}, "request": {"discipline": "PT"}}', "unknown-program"),
    ('{"record": {}, "request": {"disciplin": "PT"}}', "unknown-key")])
def test_what_is_no_record_says_so(text, code, small, tmp_path):
    path = tmp_path / "record.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ProblemsFound) as found:
        recompute(path, small)
    assert code in {p.code for p in found.value.problems}


@settings(max_examples=max(10, settings.default.max_examples // 4))
@given(st.data())
def test_any_record_of_any_library(data):
    case = data.draw(cases())
    if case.setting.draft is not None:
        return
    for facts in data.draw(requests(case.facts, size=4)):
        # What no reader lets in can not stand in a record: conditions that the folder has not, days beyond bounds, a
        # request without its id.
        known = {k: v for k, v in facts.items() if k in fact_table()}
        facts = {k: v for k, v in of_mapping(known, fact_table(), case.setting.library)[0].items() if v is not None}
        facts.setdefault("request_id", "r")
        exact = facts_of(prepare(row(facts), case.setting).row(0, named=True))
        decision = reference.decide(exact, case.setting).decision
        held = json.loads(json.dumps(record_of(decision, exact, case.setting)))
        again = recompute_record(held, case.setting.library)
        assert again.same, again.lines()

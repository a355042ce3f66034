"""A record and its request give the same bytes again, by either engine; whatever differs is named."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from generative.libraries import cases
from generative.requests import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.cases.request import row
from workbench.cases.values import of_mapping
from workbench.engine import reference
from workbench.engine.decision import DETERMINATIONS, FIELDS, SCHEMA, Decision
from workbench.engine.setting import setting
from workbench.errors import ProblemsFound
from workbench.facts import facts as fact_table
from workbench.generator.generate import generate
from workbench.guideline.load_draft import load_draft
from workbench.language.tree import BOOLEAN, Literal
from workbench.review.recompute import recompute, recompute_record, record_bytes, record_of
from workbench.study.replay import facts_of, prepare, replay

SINCE = {f.name: f.since for f in FIELDS}
ROOT = Path(__file__).parent.parent.parent


def record_of_row(done, row, chosen):
    """The record of one row of a replay."""
    decision = Decision.of(done.decisions.row(row, named=True))
    return record_of(decision, facts_of(done.cases.row(row, named=True)), chosen)


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


@pytest.mark.parametrize("schema", range(SCHEMA))
def test_a_record_of_an_older_schema_is_compared_in_what_it_has(schema, records, shipped):
    """As a version wrote it that had no later fields; what it has and is not so is still told."""
    held = next(h for h in records if h["record"]["granted_visits"])
    old = {n: v for n, v in held["record"].items() if SINCE.get(n, 0) <= schema}
    if schema:
        old["schema"] = schema
    again = recompute_record({**held, "record": old}, shipped)
    assert again.same, again.lines()
    lines = again.lines()
    assert lines[0].endswith(f"the same in every field that schema {schema} has")
    assert all(name in lines[1] for name in SINCE if SINCE[name] > schema)
    old["granted_visits"] += 1
    again = recompute_record({**held, "record": old}, shipped)
    assert [name for name, _, _ in again.differs] == ["granted_visits"]


def test_a_field_taken_out_of_a_record_of_today_is_told(records, shipped):
    held = records[0]
    cut = {n: v for n, v in held["record"].items() if n != "urgent"}
    assert [name for name, _, _ in recompute_record({**held, "record": cut}, shipped).differs] == ["urgent"]
    # To call it older does not help where the older schema had the field.
    cut = {n: v for n, v in held["record"].items() if n != "reasons"} | {"schema": 1}
    if held["record"]["reasons"]:
        assert "reasons" in [name for name, _, _ in recompute_record({**held, "record": cut}, shipped).differs]


def test_fields_came_with_a_schema():
    """A field that comes is named with the schema that it came with; the page of records tells them all."""
    page = (ROOT / "docs" / "formats" / "record.md").read_text(encoding="utf-8")
    table = page.partition("## Record\n")[2].partition("\n## ")[0]
    told = {m[1]: int(m[2] or 0) for m in re.finditer(r"^\| `(\w+)` \|.*?(?:\(since schema (\d+)\) )?\|$", table, re.M)}
    assert told == SINCE and max(told.values()) == SCHEMA


def test_a_changed_guideline_is_named_by_its_digest(records, shipped):
    held = next(h for h in records if h["record"]["guideline"] == "physical-therapy")
    guidelines = tuple(replace(g, title=g.title + ".") if g.id == "physical-therapy" else g for g in shipped.guidelines)
    again = recompute_record(held, replace(shipped, guidelines=guidelines))
    assert [name for name, _, _ in again.differs] == ["guideline_digest"]
    assert "the guideline is not what was decided with" in again.lines()[1]


def test_a_changed_request_is_told(records, shipped):
    held = next(h for h in records if h["record"]["determination"] == "approved")
    other = {**held, "request": {**held["request"], "requested_visits": held["request"]["requested_visits"] + 1}}
    again = recompute_record(other, shipped)
    assert not again.same and again.differs[0][0] == "request_digest"
    assert "the request is not what was decided on" in again.lines()[1]


def test_a_version_under_review_is_pinned(shipped):
    """A record of a version that no day chooses is decided by that version again."""
    trial = replace(
        next(g for g in shipped.guidelines if g.id == "physical-therapy" and g.status == "published"),
        version="9999.1",
        status="in_review",
    )
    library = replace(shipped, guidelines=(*shipped.guidelines, trial))
    chosen = setting(library, pins={"physical-therapy": "9999.1"})
    done = replay(generate(30, 3, library), chosen)
    k = done.decisions["version"].to_list().index("9999.1")
    again = recompute_record(record_of_row(done, k, chosen), library)
    assert again.same and "was tried in place of" in again.remarks[0]
    gone = recompute_record(record_of_row(done, k, chosen), shipped)
    assert not gone.same and "is not in the folder" in gone.remarks[0]


def _request(**facts):
    plain = {"request_id": "r", "discipline": "PT", "intent": "rehabilitative", "condition": "low_back_pain"}
    return plain | {"complexity": "low", "member_eligible": True, "requested_visits": 6, "requested_weeks": 4} | facts


def _version(guideline, version, **changed):
    return replace(guideline, version=version, status="in_review", **changed)


NEVER, ALWAYS = (Literal(BOOLEAN, value=v) for v in (False, True))


@pytest.mark.parametrize("engine", ["columnar", "reference"])
@pytest.mark.parametrize(
    "scope, discipline, guideline, reason",
    [
        # The version tried claims nothing, so that the record names no guideline; the day's version would decide.
        (NEVER, "PT", None, "no_guideline"),
        # It claims what another decides too.
        (ALWAYS, "OT", None, "ambiguous_guideline"),
        # The version tried is of another guideline than the one that decides; by the day both would.
        (NEVER, "OT", "occupational-therapy", None),
    ],
)
def test_versions_tried_stand_beside_the_record(engine, scope, discipline, guideline, reason, shipped, tmp_path):
    """A record names only the guideline that decided: what else was tried is recomputed as it was."""
    of_day = next(g for g in setting(shipped).guidelines(date(2026, 6, 1)) if g.id == "physical-therapy")
    own = replace(of_day, scope=ALWAYS) if guideline else of_day
    library = replace(
        shipped,
        guidelines=(*(own if g == of_day else g for g in shipped.guidelines), _version(of_day, "9", scope=scope)),
    )
    chosen = setting(library, as_of=date(2026, 6, 1), pins={"physical-therapy": "9"})
    done = replay(row(_request(discipline=discipline)), chosen, engine=engine)
    held = json.loads(json.dumps(record_of_row(done, 0, chosen)))
    assert held["record"]["guideline"] == guideline and held["versions"] == {"physical-therapy": "9"}
    assert reason is None or held["record"]["reasons"] == [reason]
    path = tmp_path / "record.json"
    path.write_text(json.dumps(held), encoding="utf-8")
    again = recompute(path, library)
    assert again.same, again.lines()
    assert "physical-therapy/9 was tried in place of" in again.remarks[0]
    # Without them the day chooses, and it is told that something else decides.
    untold = {k: v for k, v in held.items() if k != "versions"}
    assert not recompute_record(untold, library).same
    # Where the version is gone it is told too.
    gone = recompute_record(held, replace(library, guidelines=library.guidelines[:-1]))
    assert not gone.same and "physical-therapy/9, which was tried, is not in the folder" in gone.remarks[0]


def test_without_versions_tried_a_record_says_nothing_of_them(records):
    assert not any("versions" in held for held in records)


def test_a_draft_is_asked_for(small, tmp_path):
    draft = load_draft(
        {
            "draft": "more",
            "changes": {"physical-therapy": {"limits": {"change": [{"where": {}, "visits": {"set": 3}}]}}},
        },
        small,
    )
    chosen = setting(small, draft=draft)
    facts = facts_of(
        prepare(
            row(
                {
                    "request_id": "r",
                    "discipline": "PT",
                    "intent": "rehabilitative",
                    "condition": "low_back_pain",
                    "complexity": "low",
                    "member_eligible": True,
                    "review_type": "initial",
                    "requested_visits": 6,
                    "requested_weeks": 4,
                    "visits_used": 0,
                    "weeks_used": 0,
                }
            ),
            chosen,
        ).frame.row(0, named=True)
    )
    held = record_of(reference.decide(facts, chosen).decision, facts, chosen)
    assert held["record"]["granted_visits"] == 3
    assert recompute_record(held, small, draft=draft).same
    path = tmp_path / "record.json"
    path.write_text(json.dumps(held), encoding="utf-8")
    with pytest.raises(ProblemsFound, match="missing-file the draft more"):
        recompute(path, small)


@pytest.mark.parametrize(
    "text, code",
    [
        ("{", "unreadable"),
        ("[]", "wrong-value"),
        ("{}", "missing-key"),
        ('{"record": {}, "request": {"discipline": "PT"}, "recrod": 1}', "unknown-key"),
        ('{"record": {"determinaton": "approved"}, "request": {}}', "unknown-key"),
        ('{"record": {"deciding_day": "soon"}, "request": {}}', "wrong-value"),
        ('{"record": {"program": "reviews/2019-11"}, "request": {"discipline": "PT"}}', "unknown-program"),
        ('{"record": {}, "request": {"disciplin": "PT"}}', "unknown-key"),
        ('{"record": {}, "request": {}, "versions": []}', "wrong-value"),
        ('{"record": {}, "request": {}, "versions": null}', "wrong-value"),
        ('{"record": {}, "request": {}, "versions": {"physical-therapy": 2}}', "wrong-value"),
    ],
)
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
    # A draft stands in a file of its own, which a generated one has not: its versions are tried without it.
    case = replace(case, setting=replace(case.setting, draft=None))
    for facts in data.draw(requests(case.facts, case.near, size=4)):
        # What no reader lets in can not stand in a record: conditions that the folder has not, days beyond bounds, a
        # request without its id.
        known = {k: v for k, v in facts.items() if k in fact_table()}
        facts = {k: v for k, v in of_mapping(known, fact_table(), case.setting.library)[0].items() if v is not None}
        facts.setdefault("request_id", "r")
        exact = facts_of(prepare(row(facts), case.setting).frame.row(0, named=True))
        decision = reference.decide(exact, case.setting).decision
        held = json.loads(json.dumps(record_of(decision, exact, case.setting)))
        again = recompute_record(held, case.setting.library)
        assert again.same, again.lines()

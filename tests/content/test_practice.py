"""Requests as therapists send them (`practice.yaml`), each with the decision that a clinician would sign; decided by
both readings. What may never start at once is looked for among all of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from workbench.cases.request import read_request
from workbench.engine.columnar import decide_frame
from workbench.engine.reference import decide
from workbench.engine.setting import Setting, setting
from workbench.guideline.load import load_guidelines
from workbench.study.replay import facts_of, prepare

HERE = Path(__file__).parent
CASES: list[dict[str, Any]] = yaml.safe_load((HERE / "practice.yaml").read_text(encoding="utf-8"))
PAPERS = {
    "request_id": "one",
    "received_on": "2026-11-20",
    "requested_start": "2026-11-24",
    "member_eligible": True,
    "provider_npi": "1234567893",
    "plan_of_care": True,
    "goals_measurable": True,
    "skilled_care": True,
    "duplicate_therapy": False,
    "new_condition": False,
}
KINDS = {
    "PT": {"procedures": ["97110", "97140"]},
    "OT": {"procedures": ["97530", "97535"]},
    "ST": {"procedures": ["92507"]},
    "rehabilitative": {"improvement_expected": True},
    "initial": {"visits_used": 0, "weeks_used": 0},
    "continuing": {
        "attendance_percent": 92,
        "home_program": True,
        "days_since_reevaluation": 5,
        "visits_since_reevaluation": 2,
    },
}


@pytest.fixture(scope="module")
def chosen() -> Setting:
    return setting(load_guidelines(HERE.parents[1] / "guidelines"), as_of=date(2026, 11, 20))


def whole(request: dict[str, Any]) -> dict[str, Any]:
    kinds = [KINDS.get(request[n], {}) for n in ("discipline", "intent", "review_type")]
    return PAPERS | {k: v for kind in kinds for k, v in kind.items()} | request


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["why"])
def test_a_clinician_would_sign_it(chosen: Setting, tmp_path: Path, case: dict[str, Any]) -> None:
    file = tmp_path / "request.yaml"
    file.write_text(yaml.safe_dump(whole(case["request"])), encoding="utf-8")
    frame = prepare(read_request(file, chosen.library), chosen).frame
    record = decide_frame(frame, chosen).row(0, named=True)
    decision = decide(facts_of(frame.row(0, named=True)), chosen).decision
    expect = case["expect"]
    assert decision.determination == record["determination"] == expect["determination"]
    assert (decision.granted_visits or 0) == (record["granted_visits"] or 0) == expect.get("visits", 0)
    assert list(decision.reasons) == record["reasons"] == expect.get("reasons", [])
    assert list(decision.missing) == record["missing"] == expect.get("missing", [])
    assert decision.urgent == record["urgent"] == expect.get("urgent", False)


def test_what_may_not_wait_or_must_be_seen_is_never_approved() -> None:
    seen = [c for c in CASES if {"red_flag", "worsening"} & set(c["request"])]
    assert len(seen) >= 8
    assert {c["expect"]["determination"] for c in seen} <= {"clinician_review", "not_required"}
    assert all(c["expect"].get("urgent") for c in seen)
    children = [
        c for c in CASES if c["request"].get("line_of_business") == "medicaid" and c["request"]["age_years"] < 21
    ]
    beyond = [set(c["expect"].get("reasons", [])) for c in children]
    assert sum("epsdt" in r for r in beyond) >= 4
    assert all("epsdt" in r for r in beyond if r & {"limit_reached", "limit_exceeded", "no_limit"})

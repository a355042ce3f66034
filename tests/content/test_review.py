"""Requests as a therapist and a reviewer would write them, each with the outcome that they call right; and four laws
over the shipped guidelines: asking for less, or over longer, never costs anything; more progress never hurts; full
recovery is progress; a late paper is asked for."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from workbench.cases.request import read_request
from workbench.engine.decision import Decision
from workbench.engine.reference import decide
from workbench.engine.setting import setting
from workbench.errors import ProblemsFound
from workbench.guideline.load import load_guidelines
from workbench.guideline.load_draft import carry_over, draft_warnings, load_draft
from workbench.guideline.model import Draft, Library
from workbench.study.replay import facts_of, prepare

HERE = Path(__file__).parent
LATEST = date(2026, 11, 20)
RIGHT = list(csv.DictReader((HERE / "review.csv").open(encoding="utf-8")))


@pytest.fixture(scope="module")
def shipped() -> Library:
    return load_guidelines(HERE.parents[1] / "guidelines")


def decided(
    shipped: Library, name: str, program: str | None = None, draft: Draft | None = None, **changed: object
) -> Decision:
    chosen = setting(shipped, as_of=LATEST, program=program, draft=draft)
    frame = read_request(HERE / "review" / f"{name}.yaml", shipped)
    frame = frame.with_columns(**{k: pl.lit(v, dtype=frame.schema[k]) for k, v in changed.items()})
    return decide(facts_of(prepare(frame, chosen).frame.row(0, named=True)), chosen).decision


@pytest.mark.parametrize("right", RIGHT, ids=lambda r: r["file"])
def test_the_outcome_is_the_right_one(shipped: Library, right: dict[str, str]) -> None:
    decision = decided(shipped, right["file"])
    found = (decision.determination, decision.granted_visits, ";".join(decision.reasons), ";".join(decision.missing))
    assert found == (right["determination"], int(right["visits"]), right["reasons"], right["missing"]), right["why"]


@pytest.mark.parametrize(
    ("draft", "request_", "plan"),
    [
        ("draft-over-legal-cap", "comp-stroke", "pacific-comp"),
        ("draft-over-medicaid-tier", "mesa-autism", "mesa-medicaid"),
    ],
)
def test_a_stale_draft_carried_over_stays_under_the_plan(
    shipped: Library, draft: str, request_: str, plan: str
) -> None:
    """Made on an older text: refused, and carried over it neither lifts a legal cap nor a tier, and both are named."""
    path = HERE / "review" / f"{draft}.yaml"
    with pytest.raises(ProblemsFound) as stale:
        load_draft(path, shipped)
    assert [p.code for p in stale.value.problems] == ["stale-digest"]
    carried = carry_over(load_draft(path, shipped, stale=True), shipped)
    kept = [p for p in draft_warnings(carried, shipped) if p.code == "layers-clash"]
    assert kept and all(carried.draft in p.message and plan in p.message for p in kept)
    published, drafted = (decided(shipped, request_, draft=d) for d in (None, carried))
    assert drafted.guideline_digest != published.guideline_digest
    same = ("determination", "granted_visits", "granted_weeks", "referred_visits", "reasons")
    assert [getattr(drafted, n) for n in same] == [getattr(published, n) for n in same]


def test_worsening_is_urgent_and_a_late_paper_does_not_hide_it(shipped: Library) -> None:
    assert decided(shipped, "worsening-approved").urgent
    late = decided(shipped, "worsening-approved", days_since_reevaluation=60)
    assert late.determination == "clinician_review" and late.urgent


def test_physical_therapy_for_autism_is_exempt_in_the_program(shipped: Library) -> None:
    decision = decided(shipped, "autism-pt-not-exempt", "rehab-review-2019")
    assert (decision.determination, decision.reasons) == ("not_required", ("program",))


def test_an_evaluation_of_an_insured_member_in_connecticut_is_not_exempt(shipped: Library) -> None:
    assert decided(shipped, "evaluation-ct-2021", "rehab-review-2019").determination == "information_needed"


@pytest.mark.parametrize("name", ["aphasia-fewer-visits-worse", "haemorrhagic-stroke-no-limit", "knee-aftercare-z471"])
def test_asking_for_less_costs_nothing(shipped: Library, name: str) -> None:
    most = decided(shipped, name).granted_visits or 0
    for visits in range(1, most + 1):
        assert decided(shipped, name, requested_visits=visits).determination == "approved", visits


def test_a_late_paper_is_asked_for(shipped: Library) -> None:
    decision = decided(shipped, "dgi-dead-end", days_since_reevaluation=31)
    assert (decision.determination, decision.reasons) == ("administrative", ("reevaluated",))


def test_more_progress_never_hurts(shipped: Library) -> None:
    good = [decided(shipped, "dgi-dead-end", score_current=s).determination == "approved" for s in range(12, 25)]
    assert good == sorted(good) and good[-1]


def test_full_recovery_from_a_mild_start_is_progress(shipped: Library) -> None:
    mild = {"measure": "dhi", "score_baseline": 16.0, "score_previous": 8.0, "score_current": 0.0}
    assert decided(shipped, "dgi-dead-end", **mild).determination == "approved"

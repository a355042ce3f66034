"""What one set of rules does otherwise than another: verdicts, regions and witnesses over every request."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest
from generative.agreement import frame_for
from generative.requests import many_requests
from test_prove import NEEDED, REST, SOUND, criterion, library, node, row

from workbench.engine import decision as d
from workbench.errors import ProblemsFound
from workbench.guideline.model import Change, Draft, Exemption, Guideline, Overlay, Waiver
from workbench.review.difference import diff_versions
from workbench.review.proof.effect import (
    EQUIVALENT,
    INCOMPARABLE,
    OTHER,
    OTHERWISE,
    PERMISSIVE,
    STRICTER,
    Effect,
    compare_draft,
    compare_versions,
)

DAY = SOUND.effective


def changed(**parts: object) -> Guideline:
    """The next version, in review."""
    return replace(SOUND, version="2", status="in_review", **parts)


def effect(new: Guideline, *overlays: Overlay, **how: object) -> Effect:
    return compare_versions(library(SOUND, new, overlays=overlays), "therapy/1", "therapy/2", **how)


LOWER = (replace(NEEDED, value=Decimal("0.8")),)
SHORT = (row("children", ("age_years", "<= 17"), visits=20), replace(REST, visits=8))


def test_of_two_that_say_the_same_nothing_is_otherwise():
    found = effect(changed())
    assert found.verdict == EQUIVALENT and not found.regions and not found.items and not found.remarks
    assert {(v.condition, v.intent) for v in found.verdicts} == {
        (c, i) for c in ("back", OTHER) for i in ("rehabilitative", "habilitative", "maintenance", OTHER)
    }


def test_a_lower_threshold_is_more_permissive_between_the_two():
    found = effect(changed(parameters=LOWER))
    assert found.verdict == PERMISSIVE
    assert [(i.kind, i.id, i.verdict) for i in found.items] == [("parameter", "improvement_needed", PERMISSIVE)]
    (region,) = found.regions
    assert region.words == (
        "not: the gain since the start of the episode is at least 1 MCID",
        "the gain since the start of the episode is at least 0.8 MCID",
    )
    assert {(t.old, t.new) for t in region.transitions} == {
        (d.CLINICIAN, d.APPROVED), (d.CLINICIAN, d.IN_PART), (d.CLINICIAN, d.INFORMATION),
        (d.INFORMATION, d.APPROVED), (d.INFORMATION, d.IN_PART),  # the kind of request is not told
    }  # fmt: skip
    assert region.witness.confirmed and Decimal("0.8") <= region.witness.facts["improvement_mcid"] < 1
    assert region.witness.second_traced.decision.determination == d.APPROVED


def test_a_shorter_row_is_stricter_where_it_is_the_first_match():
    found = effect(changed(limits=SHORT))
    assert found.verdict == STRICTER and {t.direction for r in found.regions for t in r.transitions} == {STRICTER}
    assert {r.words for r in found.regions} == {("limit row rest",)}
    assert (d.APPROVED, d.CLINICIAN) in {(t.old, t.new) for t in found.regions[0].transitions}
    assert found.regions[0].witness.facts.get("age_years", 18) > 17


def test_both_at_once_are_neither():
    found = effect(changed(limits=SHORT, parameters=LOWER))
    assert found.verdict == INCOMPARABLE
    assert {i.verdict for i in found.items} == {PERMISSIVE, STRICTER}


@pytest.mark.parametrize(
    ("parts", "kind", "verdict"),
    [
        ({"criteria": SOUND.criteria[1:]}, "criterion", PERMISSIVE),
        ({"criteria": (*SOUND.criteria, criterion("skilled", "skilled_care"))}, "criterion", STRICTER),
        ({"exemptions": (Exemption("short", "t", node("requested_visits <= 2"), "s"),)}, "exemption", PERMISSIVE),
        ({"waivers": (Waiver("three", "t", 3, "s"),)}, "waiver", PERMISSIVE),
        ({"limits": SOUND.limits[1:]}, "limit", INCOMPARABLE),
        ({"limits": SOUND.limits[:1]}, "limit", STRICTER),
        ({"criteria": (SOUND.criteria[0], replace(SOUND.criteria[1], unmet=d.CLINICIAN, cure=""))}, "criterion", OTHERWISE),
        ({"criteria": (replace(SOUND.criteria[0], text="another", source="x"), SOUND.criteria[1])}, None, EQUIVALENT),
    ],
)  # fmt: skip
def test_each_kind_of_thing_is_judged(parts, kind, verdict):
    found = effect(changed(**parts))
    assert found.verdict == verdict
    assert [(i.kind, i.verdict) for i in found.items] == ([(kind, verdict)] if kind else [])
    assert all(r.witness is not None and r.witness.confirmed for r in found.regions), found.lines()


def test_a_dearer_row_that_no_row_hides_is_told_with_those_that_keep_their_own():
    """The plan sets the row itself, so that its members do not feel the change."""
    own = Change("therapy", "limits", "change", ("rest",), None, (("visits", (("set", Decimal(10)),)),))
    overlay = Overlay("keeper", "1", "t", "published", DAY, ("commercial",), "s", changes=(own,))
    found = effect(changed(limits=SHORT), overlay)
    assert [(i.id, i.kept_by) for i in found.items] == [("rest", ("keeper",))]
    assert effect(changed(limits=SHORT), overlay, plan="keeper").verdict == EQUIVALENT
    told = diff_versions(library(SOUND, changed(limits=SHORT), overlays=(overlay,)), "therapy/1", "therapy/2")
    assert told.remarks == ("not felt under keeper/1, since the overlay sets it: limit row rest",)


def test_a_draft_is_compared_with_what_it_was_made_on():
    given = library(SOUND)
    change = Change(
        "therapy", "parameters", "change", ("improvement_needed",), None, (("value", (("set", Decimal(2)),)),)
    )
    draft = Draft("harder", "a", "r", DAY, (), (change,))
    found = compare_draft(given, draft, SOUND)
    assert found.two == "draft harder" and found.verdict == STRICTER


def test_every_request_that_is_decided_otherwise_lies_where_it_is_told():
    """Drawn at random they fall into regions that are told, and only there."""
    new = changed(
        limits=SHORT, parameters=LOWER, criteria=(*SOUND.criteria, criterion("kept", "attendance_percent >= 60"))
    )
    names = ("discipline", "intent", "condition", "review_type", "age_years", "requested_visits", "requested_weeks",
             "visits_used", "weeks_used", "plan_of_care", "improvement_mcid", "attendance_percent")  # fmt: skip
    near = {
        "improvement_mcid": tuple(map(Decimal, ("0.79999999", "0.8", "0.9", "1"))),
        "attendance_percent": (Decimal(59), Decimal(60)),
        "age_years": (Decimal(17), Decimal(18)),
        "visits_used": tuple(map(Decimal, (0, 6, 7, 8, 11, 12))),
    }
    cases = frame_for([{**r, "discipline": "PT"} for r in many_requests(names, near, 5, 3000)])
    found = effect(new, cases=cases)
    assert not found.remarks, found.remarks
    assert sum(r.requests for r in found.regions) > 100
    seen = [r for r in found.regions if r.requests]
    assert len(seen) >= 5 and seen == list(found.regions[: len(seen)]), "those that were seen come first"
    assert any("request of these cases" in line or "requests of these cases" in line for line in found.lines())
    assert "no request in these cases has ever been here" in "\n".join(found.lines()) or len(seen) == len(found.regions)


def test_a_request_of_these_cases_outside_what_is_told_is_counted():
    cases = pl.DataFrame(
        {"request_id": ["a"], "discipline": ["PT"], "plan_of_care": [True], "review_type": ["continuing"],
         "improvement_mcid": [0.9], "requested_visits": [4], "requested_weeks": [4], "visits_used": [0], "weeks_used": [0]}
    )  # fmt: skip
    whole = effect(changed(parameters=LOWER), cases=cases)
    assert [(r.requests, r.request_id) for r in whole.regions] == [(1, "a")]
    part = effect(changed(parameters=LOWER), cases=cases, most=1)
    assert part.remarks == ("there are more than 1 transitions in regions; the first 1 are told",)


def test_what_the_solver_gives_up_is_said():
    cubes = "requested_visits * requested_visits * requested_visits + visits_used * visits_used * visits_used"
    hard = criterion(
        "hard", f"{cubes} != visits_used_this_year * visits_used_this_year * visits_used_this_year", "visits_used > 0"
    )
    found = effect(changed(criteria=(*SOUND.criteria, hard)), seconds=0.001)  # no machine is done in a millisecond
    assert any("could not decide" in r for r in found.remarks) and found.verdict == "not decided"


def test_names_that_do_not_fit():
    for two in ("therapy/9", "therapy/"):
        with pytest.raises(ProblemsFound):
            compare_versions(library(SOUND), "therapy/1", two)


def test_as_data_it_says_the_same():
    told = effect(changed(parameters=LOWER)).as_dict()
    assert told["verdict"] == PERMISSIVE and told["items"][0]["verdict"] == PERMISSIVE
    assert told["regions"][0]["transitions"][0].keys() == {"old", "new", "direction"}

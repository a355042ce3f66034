"""What a guideline says of itself: properties of two requests are proved or shown broken, and an exception covers what
it names, is printed with its reason, and is told where it is no longer needed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_prove import NAMES, SIGNED, SOUND, criterion, library, row

from workbench.guideline.declared import EXCEPTABLE, Excepted, Property
from workbench.guideline.load_declared import of_two
from workbench.guideline.model import Guideline
from workbench.language.syntax import parse
from workbench.review.proof.laws import PAIRS
from workbench.review.proof.prove import EXCEPTED, FAILS, HOLDS, Proof, prove
from workbench.review.proof.reach import REACHES

TOO_WELL = criterion("not_too_well", "improvement_mcid <= 3 or improvement_mcid is null")
ENDED = Excepted("more-progress", "Care has done its work.", ("improvement_mcid",), ("not_too_well",))


def property_(when: str, claim: str = "never_worse") -> Property:
    node = parse(when, of_two(NAMES), condition=True).node
    assert node is not None, when
    return Property("p", "A text.", node, claim)


def proved(guideline: Guideline, *questions: str) -> Proof:
    return prove(library(guideline), ["therapy"], questions=questions)


def test_the_questions_that_may_be_excepted_are_all_but_the_laws_of_every_request():
    assert (*PAIRS, *REACHES) == EXCEPTABLE


@pytest.mark.parametrize(
    ("when", "claim", "state"),
    [
        ("other.improvement_mcid >= request.improvement_mcid", "never_worse", HOLDS),
        ("other.improvement_mcid < request.improvement_mcid", "never_worse", FAILS),
        ("other.improvement_mcid < request.improvement_mcid", "never_better", HOLDS),
        ("other.plan_of_care and not request.plan_of_care", "the_same", FAILS),
        # Only between the thresholds does the gain matter: a parameter is one of them.
        ("request.improvement_mcid >= improvement_needed and other.improvement_mcid > 3", "the_same", HOLDS),
        ("other.age_years >= 18 and request.age_years >= 18", "the_same", HOLDS),
        ("other.age_years >= 18 and request.age_years >= 17", "the_same", FAILS),
    ],
)
def test_a_property_of_two_requests(when, claim, state):
    (answer,) = proved(replace(SOUND, properties=(property_(when, claim),)), "properties").answers
    assert (answer.about, answer.state) == ("p", state), answer
    if state == FAILS:
        assert answer.witness.confirmed and answer.witness.second


@pytest.mark.parametrize(
    ("when", "text"),
    [
        ("other.score_current > request.score_current", "no rule looks at score_current"),
        ("other.age_years > request.age_years and request.age_years > 200", "no two requests are as it supposes"),
    ],
)
def test_a_property_that_says_nothing_fails(when, text):
    (answer,) = proved(replace(SOUND, properties=(property_(when),)), "properties").answers
    assert answer.state == FAILS and answer.text.startswith(text)


def test_a_base_lends_its_properties_and_exceptions():
    same = property_("other.plan_of_care and not request.plan_of_care")
    base = replace(SOUND, id="common", limits=None, scope=None, properties=(same,), exceptions=(ENDED,), criteria=())
    heir = replace(SOUND, extends="common/1", criteria=(TOO_WELL, SIGNED))
    found = prove(library(base, heir), ["therapy"], questions=["properties", "more-progress"])
    states = [(a.about, a.state) for a in found.answers]
    assert ("improvement_mcid", EXCEPTED) in states and ("p", HOLDS) in states and found.holds


def test_an_exception_is_printed_with_its_reason():
    found = proved(replace(SOUND, criteria=(TOO_WELL, SIGNED), exceptions=(ENDED,)), "more-progress")
    assert [a.state for a in found.answers] == [EXCEPTED, HOLDS] and found.holds and not found.stale
    text = "\n".join(found.lines())
    assert "1 otherwise on purpose" in text.splitlines()[0] and "on purpose: Care has done its work." in text
    assert "not_too_well" in text and found.as_dict()["answers"][0]["reason"] == ENDED.reason


def test_through_another_criterion_the_law_is_still_broken():
    harsh = criterion("harsh", "improvement_mcid <= 2 or improvement_mcid is null")
    found = proved(replace(SOUND, criteria=(TOO_WELL, harsh, SIGNED), exceptions=(ENDED,)), "more-progress")
    states = [a.state for a in found.answers]
    assert states == [EXCEPTED, FAILS] and not found.holds
    assert found.answers[1].witness.second_traced.decision.reasons == ("harsh",)
    whatever = replace(ENDED, through=())
    assert proved(replace(SOUND, criteria=(TOO_WELL, harsh), exceptions=(whatever,)), "more-progress").holds


def test_an_exception_that_nothing_calls_for_is_told():
    found = proved(replace(SOUND, exceptions=(ENDED,)), "more-progress", "less-asked")
    assert found.holds and [(s.exception, s.about) for s in found.stale] == [(ENDED, "improvement_mcid")]
    assert "STALE" in found.lines()[-1] and "about improvement_mcid is no longer needed" in found.lines()[-1]
    assert not proved(replace(SOUND, exceptions=(ENDED,)), "less-asked").stale, "it was not asked for"
    assert not prove(library(replace(SOUND, exceptions=(ENDED,))), questions=["more-progress"], plan="").stale


def test_gaps_are_declared_by_condition_and_aim_or_by_the_aim_alone():
    rows = (row("young", ("intent", "= 'rehabilitative'"), ("age_years", "<= 17")),)
    gaps = Excepted("no-gap", "No number could be defended.", ("habilitative", "back, maintenance"))
    found = proved(replace(SOUND, limits=rows, exceptions=(gaps,)), "no-gap")
    states = {a.about: a.state for a in found.answers if a.state != HOLDS}
    assert states == {
        "back, rehabilitative": FAILS,  # some find a row: an aim alone does not cover it
        "1 condition, habilitative": EXCEPTED,
        "1 condition, maintenance": EXCEPTED,
    }
    named = replace(gaps, about=("habilitative", "maintenance", "back, rehabilitative", "back, habilitative"))
    found = proved(replace(SOUND, limits=rows, exceptions=(named,)), "no-gap")
    assert found.holds and [s.about for s in found.stale] == ["habilitative"]

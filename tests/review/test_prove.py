"""Proofs: what is planted in a small guideline is found and shown by a request; of a sound one everything is proved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from small_library import measure

from workbench.engine import decision as d
from workbench.engine.nodes import Column, Constant, Difference, Given, Holds, Ids, Not, PlanNode, When
from workbench.errors import ProblemsFound
from workbench.guideline.model import (
    Cell,
    ConditionRow,
    Criterion,
    Exemption,
    Guideline,
    Library,
    LimitRow,
    Overlay,
    Parameter,
    Tables,
)
from workbench.language.names import names, parameter_type
from workbench.language.syntax import parse
from workbench.language.tree import Node
from workbench.review.proof import prove as room
from workbench.review.proof.formulas import says
from workbench.review.proof.laws import LAWS
from workbench.review.proof.prove import FAILS, HOLDS, QUESTIONS, UNDECIDED, Answer, prove
from workbench.review.proof.subject import Subject

NEEDED = Parameter(
    "improvement_needed", "l", Decimal(1), "MCID", Decimal("0.5"), Decimal(2), Decimal("0.1"), "", "s", "consensus",
    date(2026, 1, 1),
)  # fmt: skip
NAMES = names({"improvement_needed": parameter_type("MCID", NEEDED.low, NEEDED.high)})


def node(text: str) -> Node:
    found = parse(text, NAMES, condition=True).node
    assert found is not None, text
    return found


def row(id_: str, *cells: tuple[str, str], visits: int = 12, weeks: int = 8, rate: str = "") -> LimitRow:
    made = tuple(Cell(fact, text, node(f"{fact} {text}")) for fact, text in cells)
    return LimitRow(id_, made, visits, weeks, Decimal(rate) if rate else None, "s", "consensus")


def criterion(id_: str, requires: str, applies: str = "true", unmet: str = d.CLINICIAN) -> Criterion:
    return Criterion(id_, "t", node(requires), "s", node(applies), unmet, "c" if unmet != d.CLINICIAN else "")


PROGRESS = criterion("progress", "improvement_mcid >= improvement_needed", "review_type = 'continuing'")
SIGNED = criterion("signed", "plan_of_care", unmet=d.ADMINISTRATIVE)
REST = row("rest", rate="2.5")
SOUND = Guideline(
    "therapy", "1", "t", "published", date(2026, 1, 1), "", node("discipline = 'PT'"), (NEEDED,), (), (),
    (PROGRESS, SIGNED), (row("children", ("age_years", "<= 17"), visits=20), REST), "none/1.yaml", tables=Tables("1", "1"),
)  # fmt: skip
MEASURES = {m.id: m for m in (measure("lefs", "0", "80", "higher", "9"), measure("norm", "", "", "higher", ""))}
CONDITIONS = (ConditionRow("back", "Back", ("PT",), ("M545",), ()),)


def library(*guidelines: Guideline, overlays: tuple[Overlay, ...] = ()) -> Library:
    return Library("small", {}, {"1": MEASURES}, {"1": CONDITIONS}, guidelines, overlays)


def answers(found: Library, *questions: str, seconds: float = 10, plan: str | None = None) -> tuple[Answer, ...]:
    return prove(found, ["therapy"], questions=questions, seconds=seconds, plan=plan).answers


def failed(found: Library, *questions: str) -> dict[str, Answer]:
    return {a.about: a for a in answers(found, *questions) if a.state != HOLDS}


def test_of_a_sound_guideline_all_is_proved():
    proof = prove(library(SOUND), ["therapy/1"])
    assert proof.holds, proof.lines()
    assert {a.question for a in proof.answers} == set(QUESTIONS)
    assert proof.lines()[0] == f"therapy/1: {len(proof.answers)} questions, 0 fail, 0 not decided"


def test_rows_hidden_by_several_above_are_found():
    rows = (
        row("young", ("age_years", "<= 17")),
        row("old", ("age_years", ">= 18")),
        row("aged", ("age_years", ">= 65")),
    )
    hidden = failed(library(replace(SOUND, limits=(*rows, REST))), "every-row")
    # A request without an age stops at the first row, so that even the last is never the first that matches.
    assert set(hidden) == {"aged", "rest"} and hidden["aged"].witness is None


def test_a_gap_is_shown_by_a_request_that_finds_no_row():
    rows = (row("young", ("intent", "= 'rehabilitative'"), ("age_years", "<= 17")),)
    found = failed(library(replace(SOUND, limits=rows)), "no-gap")
    assert set(found) == {"back, rehabilitative", "1 condition, habilitative", "1 condition, maintenance"}
    witness = found["back, rehabilitative"].witness
    assert witness is not None and witness.facts["age_years"] > 17
    assert witness.traced.decision.reasons == ("no_limit",)


def test_progress_that_harms_is_shown_by_two_requests():
    odd = criterion("not_too_well", "improvement_mcid <= 3 or improvement_mcid is null")
    found = failed(library(replace(SOUND, criteria=(odd, SIGNED))), "more-progress")
    witness = found["improvement_mcid"].witness
    assert witness is not None and witness.second_traced is not None
    assert witness.facts["improvement_mcid"] <= 3 < witness.second["improvement_mcid"]
    assert witness.traced.decision.determination == d.APPROVED
    assert witness.second_traced.decision.reasons == ("not_too_well",)


@pytest.mark.parametrize(
    ("question", "about", "requires"),
    [
        ("a-document", "plan_of_care", "not plan_of_care"),
        ("less-asked", "requested_visits", "requested_visits >= 3"),
        ("less-asked", "requested_weeks", "requested_weeks >= 2"),
    ],
)
def test_a_criterion_that_turns_things_round_is_found(question, about, requires):
    found = failed(library(replace(SOUND, criteria=(criterion("odd", requires),))), question)
    assert set(found) == {about} and found[about].witness is not None and found[about].witness.confirmed


def test_a_parameter_is_moved_where_only_then_a_law_breaks():
    only = criterion("only", "improvement_needed < 2 or improvement_mcid < 0 or improvement_mcid is null")
    found = failed(library(replace(SOUND, criteria=(only,))), "more-progress")
    assert found["improvement_mcid"].witness.parameters == {"improvement_needed": 2}


def test_criteria_that_decide_nothing_are_found():
    never = criterion("never", "age_years > 10 and age_years < 5")
    always = criterion("always", "age_years >= 0 or age_years is null")
    freed = criterion("freed", "in_network")
    exempt = Exemption("outside", "t", node("not in_network"), "s")
    found = library(replace(SOUND, criteria=(always, freed, SIGNED), exemptions=(exempt,)))
    assert {a: x.text for a, x in failed(found, "every-criterion-unmet").items()} == {
        "always": "no request ever fails always",
        "freed": "every request that fails freed is exempt, so that it never comes to bear",
    }
    assert set(failed(library(replace(SOUND, criteria=(never,))), "every-criterion-met")) == {"never"}


def test_a_plan_under_which_nothing_can_be_approved_is_named():
    dead = Overlay("dead", "1", "t", "published", date(2026, 1, 1), ("commercial",), "s")
    shut = criterion("shut", "line_of_business != 'commercial'")
    found = failed(library(replace(SOUND, criteria=(shut,)), overlays=(dead,)), "something-is-approved")
    assert {a.plan for a in found.values()} == {"dead"}


def test_two_guidelines_for_one_request_are_found():
    other = replace(SOUND, id="school", scope=node("setting = 'school'"))
    found = failed(library(SOUND, other), "one-guideline")
    witness = found["school"].witness
    assert witness is not None and witness.facts["setting"] == "school"
    assert witness.traced.decision.reasons == ("ambiguous_guideline",)


def test_what_the_solver_can_not_decide_is_said():
    cubes = "x * x * x + y * y * y != z * z * z".replace("x", "requested_visits").replace("y", "visits_used")
    fermat = criterion("fermat", cubes.replace("z", "visits_used_this_year"), "visits_used > 0")
    (answer,) = answers(library(replace(SOUND, criteria=(fermat,))), "every-criterion-unmet", seconds=0.5)
    assert answer.state == UNDECIDED and "within 0.5 s" in answer.text
    assert not prove(
        library(replace(SOUND, criteria=(fermat,))), questions=["every-criterion-unmet"], seconds=0.5
    ).holds


ONE = Constant(1, "whole")
BROKEN: list[tuple[str, str, PlanNode]] = [
    ("one-determination", "determination", When(((says(d.APPROVED), Constant(None, "determination")),), Column("determination"))),
    ("within-the-ask", "granted_visits", Difference(Column("granted_visits"), Constant(-400, "whole"))),
    ("within-the-ask", "granted_weeks", Constant(1, "whole")),
    ("within-the-limit", "granted_visits", When(((says(d.IN_PART), Given("requested_visits")),), Column("granted_visits"))),
    ("referred-in-part", "referred_visits", Constant(0, "whole")),
    ("nothing-is-lost", "referred_visits", Difference(Column("referred_visits"), ONE)),
    ("every-reason", "reasons", Ids((("progress", Holds(Given("provider_valid"))),), Constant(True, "truth"))),
    ("can-be-supplied", "missing", Ids((("improvement_mcid", says(d.INFORMATION)),), Constant(True, "truth"))),
    ("can-be-supplied", "missing", Ids((("age_years", says(d.INFORMATION)),), Constant(True, "truth"))),
]  # fmt: skip


def broken(subject: Subject, column: str, node_: PlanNode):
    """The plan with another column in place of one; the old one is kept under a name of its own, and read by none."""
    ((plan, variants),) = subject.groups
    found = []
    for name, old in plan.columns:
        found += [(f"old {name}", old), (name, _renamed(node_, name))] if name == column else [(name, old)]
    return replace(plan, columns=tuple(found)), variants


def _renamed(node_: PlanNode, name: str) -> PlanNode:
    """Columns that the new one reads under its own name are those that stood there before."""
    if node_ == Column(name):
        return Column(f"old {name}")
    changed = {}
    for key, part in vars(node_).items():
        if isinstance(part, PlanNode):
            changed[key] = _renamed(part, name)
        elif isinstance(part, tuple):
            changed[key] = tuple(_in_tuple(x, name) for x in part)
    return replace(node_, **{k: v for k, v in changed.items() if not k.startswith("_")}) if changed else node_


def _in_tuple(part: object, name: str) -> object:
    if isinstance(part, tuple):
        return tuple(_in_tuple(x, name) for x in part)
    return _renamed(part, name) if isinstance(part, PlanNode) else part


@pytest.mark.parametrize(("law", "column", "instead"), BROKEN)
def test_a_law_is_broken_by_an_engine_that_does_otherwise(law, column, instead, monkeypatch):
    """And the reference, which does not do so, keeps the solver's request from being called a counterexample."""
    subject = Subject(library(SOUND), SOUND, plan="")
    plan, variants = broken(subject, column, instead)
    search = subject.search(plan, variants, sensible=False)
    assert search.find(Not(Holds(Not(LAWS[law](plan))))) is not None
    subject.groups = [(plan, variants)]
    (answer,) = room._law(subject, law)
    assert answer.state == UNDECIDED and answer.text.startswith("the reference decides")


def test_a_question_or_guideline_that_is_not_there():
    for call in (
        {"questions": ["every-rows"]},
        {"guidelines": ["terapy"]},
        {"plan": "none", "guidelines": ["therapy"]},
    ):
        with pytest.raises(ProblemsFound) as found:
            prove(library(SOUND), **call)
        assert found.value.problems[0].hint or call.get("plan")


def test_a_witness_is_told_in_words():
    odd = criterion("odd", "requested_visits >= 3")
    proof = prove(library(replace(SOUND, criteria=(odd,))), questions=["less-asked"])
    text = "\n".join(proof.lines())
    assert "FAILS requested_visits: the second of two requests fares worse" in text
    assert "visits asked for 6" in text and "decided: approved: 6 visits over 4 weeks" in text
    told = proof.as_dict()
    assert told["holds"] is False and told["answers"][0]["state"] == FAILS
    assert told["answers"][0]["second"]["requested_visits"] < 3

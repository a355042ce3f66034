"""What the examples notice and what they reach: in a small folder whose every gap is known, and in the shipped one."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.guideline.load import load_guidelines
from workbench.review.coverage import can_ask, coverage
from workbench.review.examples import deciding, examples_of, facts_of_examples, latest
from workbench.review.mutate import ENOUGH, Mutant, Mutation, _altered, _differs, mutate, mutate_library

BASE = Path(__file__).parents[1] / "errors" / "_base" / "guidelines"
GOOD = ("discipline: PT, intent: rehabilitative, condition: low_back_pain, complexity: low, "
        "member_eligible: true, review_type: initial, requested_visits: 6, requested_weeks: 4, visits_used: 0, "
        "weeks_used: 0")
LATER = GOOD.replace("visits_used: 0", "visits_used: 10").replace("requested_visits: 6", "requested_visits: 1")


def _library(folder: Path, *examples: str):
    root = folder / "guidelines"
    shutil.copytree(BASE, root)
    (root / "physical-therapy" / "examples.yaml").write_text("".join(examples) or "[]\n", encoding="utf-8")
    return load_guidelines(root)


def _example(name: str, request: str, expect: str) -> str:
    return f"- name: {name}\n  request: {{{request}}}\n  expect: {{{expect}}}\n"


APPROVED = _example("approved", GOOD, "determination: approved")


def test_without_examples_nothing_is_noticed(tmp_path):
    result = mutate_library(_library(tmp_path))
    assert result.mutants and result.survivors == result.mutants
    assert not result.good_enough


def test_one_example_notices_what_it_rests_on(tmp_path):
    result = mutate_library(_library(tmp_path, APPROVED))
    noticed = {m.what for m in result.mutants if m.noticed_by}
    # Six visits in four weeks: one a week less would be too few. The other numbers have room.
    assert noticed == {"criterion member_covered negated", "per_week of lbp 2 → 1"}
    assert {m.noticed_by for m in result.mutants} == {"", "approved"}


def test_the_edge_of_a_number_is_noticed(tmp_path):
    edge = _example("the plan is due at the tenth visit", f"{LATER}, plan_of_care: false",
                    "determination: clinician_review, reasons: [plan_on_file]")
    before = _example("and not at the ninth", LATER.replace("visits_used: 10", "visits_used: 9"),
                      "determination: approved")
    noticed = {m.what: m.noticed_by for m in mutate_library(_library(tmp_path, edge, before)).mutants if m.noticed_by}
    assert noticed["visits_before_review 10 → 11"] == "the plan is due at the tenth visit"
    assert noticed["visits_before_review 10 → 9"] == "and not at the ninth"
    assert "criterion plan_on_file dropped" in noticed and "criterion plan_on_file negated" in noticed


def test_an_exemption_dropped_or_negated_is_noticed(tmp_path):
    exempt = _example("evaluation", "discipline: PT, evaluation_only: true", "determination: not_required")
    noticed = {m.what for m in mutate_library(_library(tmp_path, exempt)).mutants if m.noticed_by}
    assert noticed == {"exemption evaluation dropped", "exemption evaluation negated"}


def test_an_example_that_fails_already_notices_nothing(tmp_path):
    wrong = _example("wrong", GOOD, "determination: clinician_review")
    assert not [m for m in mutate_library(_library(tmp_path, wrong)).mutants if m.noticed_by]


def test_an_alteration_that_alters_nothing_is_not_noticed(shipped):
    for guideline in latest(shipped):
        chosen = deciding(shipped, guideline)
        examples = examples_of(shipped, guideline)[:40]
        same = _altered(chosen, guideline, lambda rules: replace(rules))
        assert not any(_differs(e, f, same) for e, f in zip(examples, facts_of_examples(examples, chosen), strict=True))


def test_no_parameter_leaves_its_range_and_no_number_falls_below_zero(small):
    guideline, = latest(small)
    assert not [m for m in mutate(small, guideline).mutants if "→ -" in m.what]


def test_the_ratio_counts_each_guideline_apart():
    some = tuple(Mutant("a", str(i), "noticed" if i < 8 else "") for i in range(10))
    assert Mutation(some).good_enough and not Mutation((*some, Mutant("b", "x"))).good_enough
    assert Mutation(some).as_dict()["guidelines"] == {"a": {"mutants": 10, "noticed": 8, "ratio": 0.8}}


@pytest.mark.slow
def test_the_shipped_examples_notice_what_is_altered(shipped):
    result = mutate_library(shipped)
    assert result.good_enough, "\n".join(result.lines())
    assert ENOUGH >= 0.8 and len(result.by_guideline) == 3


def test_coverage_names_what_no_example_reaches(tmp_path):
    missed = {(g.kind, g.id, g.how) for g in coverage(_library(tmp_path, APPROVED)).missed}
    assert ("criterion", "member_covered", "met") not in missed
    assert {("criterion", "member_covered", "unmet"), ("criterion", "member_covered", "unknown"),
            ("exemption", "evaluation", "true")} <= missed
    # Met only because it does not apply is not reached.
    assert ("criterion", "plan_on_file", "met") in missed


def test_a_row_that_stops_the_reading_is_not_taken(tmp_path):
    stopped = _example("stopped", GOOD.replace("condition: low_back_pain, ", ""), "determination: information_needed")
    missed = {g.id for g in coverage(_library(tmp_path, stopped)).missed if g.kind == "limit row"}
    assert "lbp" in missed
    taken = {g.id for g in coverage(_library(tmp_path / "b", APPROVED)).missed if g.kind == "limit row"}
    assert "lbp" not in taken


def test_only_what_can_be_unknown_has_to_be(small):
    guideline, = latest(small)
    rules = deciding(small, guideline).rules(guideline, None)
    assert all(can_ask(c.requires) for c in rules.criteria)
    assert not can_ask(None)


def test_the_shipped_examples_reach_everything(shipped):
    result = coverage(shipped)
    assert result.complete, "\n".join(result.lines())
    assert {g.kind for g in result.goals} >= {"criterion", "exemption", "limit row"}

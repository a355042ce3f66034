"""What the examples notice and what they reach: in a small folder whose every gap is known, and in the shipped one."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.cases import icd10cm
from workbench.cases.derive import derive
from workbench.cases.request import rows
from workbench.engine.reference import decide
from workbench.guideline.load import load_guidelines
from workbench.guideline.versions import latest_published
from workbench.review.alter_conditions import condition_in, index, rows_of
from workbench.review.alter_rules import altered
from workbench.review.alterations import Alteration, Bench
from workbench.review.coverage import can_ask, coverage
from workbench.review.examples import deciding, run_examples
from workbench.review.examples_page import COUNTS, counts_text, read_counts
from workbench.review.mutate import ENOUGH, KINDS, LOADER, Mutant, Mutation, every_alteration, mutate, mutate_library

BASE = Path(__file__).parents[1] / "errors" / "_base" / "guidelines"
GOOD = (
    "discipline: PT, intent: rehabilitative, condition: low_back_pain, complexity: low, "
    "member_eligible: true, review_type: initial, requested_visits: 6, requested_weeks: 4, visits_used: 0, "
    "weeks_used: 0"
)
LATER = GOOD.replace("visits_used: 0", "visits_used: 10").replace("requested_visits: 6", "requested_visits: 1")


RENEW = "run `python -m workbench.review.examples_page`, then `make docs`"


@pytest.fixture(scope="module")
def bench(shipped) -> Bench:
    return Bench(shipped)


@pytest.fixture(scope="module")
def alterations(bench) -> list[Alteration]:
    return every_alteration(bench)


def _library(folder: Path, *examples: str):
    root = folder / "guidelines"
    shutil.copytree(BASE, root)
    (root / "physical-therapy" / "examples.yaml").write_text("".join(examples) or "[]\n", encoding="utf-8")
    return load_guidelines(root)


def _example(name: str, request: str, expect: str) -> str:
    return f"- name: {name}\n  why: Of {name}.\n  request: {{{request}}}\n  expect: {{{expect}}}\n"


def _of(result: Mutation, *kinds: str) -> set[str]:
    """What is noticed of some kinds, by an example."""
    return {m.what for m in result.mutants if m.kind in kinds and m.noticed_by not in ("", LOADER)}


APPROVED = _example("approved", GOOD, "determination: approved")


def test_without_examples_nothing_is_noticed(tmp_path):
    result = mutate_library(_library(tmp_path))
    assert {m.kind for m in result.mutants} == set(KINDS)
    assert not [m for m in result.mutants if m.noticed_by not in ("", LOADER)] and not result.good_enough
    assert all(m.would for m in result.survivors)


def test_one_example_notices_what_it_rests_on(tmp_path):
    result = mutate_library(_library(tmp_path, APPROVED))
    noticed = _of(result, "rules", "limits")
    # Six visits in four weeks: one a week less would be too few. The other numbers have room.
    assert noticed == {"criterion member_covered negated", "per_week of lbp 2 → 1"}
    assert {m.noticed_by for m in result.mutants} <= {"", "approved", LOADER}


def test_the_edge_of_a_number_is_noticed(tmp_path):
    edge = _example(
        "the plan is due at the tenth visit",
        f"{LATER}, plan_of_care: false",
        "determination: clinician_review, reasons: [plan_on_file]",
    )
    before = _example(
        "and not at the ninth", LATER.replace("visits_used: 10", "visits_used: 9"), "determination: approved"
    )
    noticed = {m.what: m.noticed_by for m in mutate_library(_library(tmp_path, edge, before)).mutants if m.noticed_by}
    assert noticed["visits_before_review 10 → 11"] == "the plan is due at the tenth visit"
    assert noticed["visits_before_review 10 → 9"] == "and not at the ninth"
    assert "criterion plan_on_file dropped" in noticed and "criterion plan_on_file negated" in noticed


def test_an_exemption_dropped_or_negated_is_noticed(tmp_path):
    exempt = _example("evaluation", "discipline: PT, evaluation_only: true", "determination: not_required")
    noticed = _of(mutate_library(_library(tmp_path, exempt)), "rules", "limits")
    assert noticed == {"exemption evaluation dropped", "exemption evaluation negated"}


def test_an_example_that_fails_already_notices_nothing(tmp_path):
    wrong = _example("wrong", GOOD, "determination: clinician_review")
    assert not _of(mutate_library(_library(tmp_path, wrong)), *KINDS)


def test_an_alteration_that_alters_nothing_is_not_noticed(shipped, bench):
    for guideline in latest_published(shipped):
        cases = bench.of(guideline)[:40]
        same = altered(cases[0].chosen, (guideline,), lambda rules: replace(rules))
        assert not any(c.differs(decide(c.facts, same).decision) for c in cases)


def test_no_parameter_leaves_its_range_and_no_number_falls_below_zero(small):
    assert not [m for m in mutate_library(small).mutants if m.kind in ("rules", "limits") and "→ -" in m.what]


def test_the_ratio_counts_each_file_apart():
    some = tuple(Mutant("rules", "a", str(i), "noticed" if i < 9 else "") for i in range(10))
    same = Mutant("rules", "a", "same", equivalent="it changes nothing")
    assert Mutation((*some, same)).good_enough and not Mutation((*some, Mutant("rules", "b", "x"))).good_enough
    # A sample is judged as a whole: one of five is no tenth of its file.
    assert (
        Mutation((*some, *some, Mutant("rules", "b", "x", "noticed"), Mutant("rules", "c", "x")), 1).good_enough
        is False
    )
    assert Mutation((*some[:9], Mutant("rules", "b", "x")), 1).good_enough
    (count,) = Mutation((*some, same)).counts
    assert (count.noticed, count.every, count.equivalent, count.ratio) == (9, 10, 1, ENOUGH)
    assert Mutation((*some, same)).survivors == (some[9],) and "it changes nothing" in "".join(
        Mutation((*some, same)).lines()
    )


def test_what_only_restates_a_row_earns_nothing(tmp_path):
    library = _library(tmp_path, APPROVED)
    run = run_examples(library)
    assert run.restated and not run.problems  # they run, and say what the rows say
    assert "visits of lbp 12 → 13" not in _of(mutate_library(library), "limits")


def test_a_sample_is_drawn_in_the_same_way_each_time(small):
    one, two = (mutate_library(small, sample=2, seed=5) for _ in range(2))
    assert one == two and one.seed == 5
    assert all(c.every + c.equivalent <= 2 for c in one.counts) and len(one.counts) == len(mutate_library(small).counts)


def test_a_condition_is_read_as_the_cases_read_it(shipped, bench):
    """The alterations of prefixes have a reading of their own, for speed: on every request of every example it says
    what `derive` says."""
    table = index(shipped.conditions)
    for case in bench.every():
        if case.example.request.get("condition") is None and case.example.request.get("diagnosis") is not None:
            code = str(case.facts["diagnosis"]).replace(".", "")
            rows = rows_of(code, str(case.facts["discipline"]), table, {})
            assert condition_in(rows, case.facts) == case.facts["condition"], case.example.name


def test_what_changes_nothing_is_read_the_same_by_every_code(shipped, alterations):
    """A prefix alteration is called equivalent only where no code is read otherwise: one of them, by the cases."""
    row = next(r for r in shipped.conditions if "E1" in r.prefixes and r.disciplines == ("PT",))
    name = "E1 of other_condition (PT) shortened to E"
    assert [a.equivalent != "" for a in alterations if a.what == name] == [True]
    shorter = replace(row, prefixes=tuple("E" if p == "E1" else p for p in row.prefixes))
    version = max(shipped.condition_tables)
    other = tuple(shorter if r is row else r for r in shipped.conditions)
    changed = replace(shipped, condition_tables={**shipped.condition_tables, version: other})
    frame = rows([{"discipline": "PT", "diagnosis": c} for c in sorted(icd10cm.codes()) if c.startswith("E")])
    assert derive(frame, shipped)["condition"].to_list() == derive(frame, changed)["condition"].to_list()


def test_a_sample_of_the_shipped_folder_is_noticed(bench, alterations):
    result = mutate(bench, alterations, sample=3, seed=3)
    assert {c.kind for c in result.counts} == set(KINDS)
    assert result.good_enough, "\n".join(result.lines())


def test_the_counts_that_the_pages_tell_are_of_these_alterations(shipped, alterations):
    """They are taken by hand, since taking them lasts minutes."""
    told = {(r["kind"], r["of"]): int(r["alterations"]) + int(r["change_nothing"]) for r in read_counts(shipped)}
    assert told == Counter((a.kind, a.of) for a in alterations), RENEW


@pytest.mark.slow
def test_the_shipped_examples_notice_what_is_altered(shipped, bench, alterations):
    result = mutate(bench, alterations)
    assert result.good_enough, "\n".join(result.lines())
    assert ENOUGH >= 0.9 and {c.kind for c in result.counts} == set(KINDS)
    assert counts_text(result) == (Path(shipped.root) / COUNTS).read_text(encoding="utf-8"), RENEW


def test_coverage_names_what_no_example_reaches(tmp_path):
    missed = {(g.kind, g.id, g.how) for g in coverage(_library(tmp_path, APPROVED)).missed}
    assert ("criterion", "member_covered", "met") not in missed
    assert {
        ("criterion", "member_covered", "unmet"),
        ("criterion", "member_covered", "unknown"),
        ("exemption", "evaluation", "true"),
    } <= missed
    # Met only because it does not apply is not reached.
    assert ("criterion", "plan_on_file", "met") in missed


def test_a_row_that_stops_the_reading_is_not_taken(tmp_path):
    stopped = _example("stopped", GOOD.replace("condition: low_back_pain, ", ""), "determination: information_needed")
    missed = {g.id for g in coverage(_library(tmp_path, stopped)).missed if g.kind == "limit row"}
    assert "lbp" in missed
    taken = {g.id for g in coverage(_library(tmp_path / "b", APPROVED)).missed if g.kind == "limit row"}
    assert "lbp" not in taken


def test_only_what_can_be_unknown_has_to_be(small):
    (guideline,) = latest_published(small)
    rules = deciding(small, guideline).rules(guideline, None)
    assert all(can_ask(c.requires) for c in rules.criteria)
    assert not can_ask(None)


def test_the_shipped_examples_reach_everything(shipped):
    result = coverage(shipped)
    assert result.complete, "\n".join(result.lines())
    assert {g.kind for g in result.goals} >= {"criterion", "exemption", "limit row"}

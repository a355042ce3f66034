"""What an example file may say: why, like another, one request each, for which versions, under which program; and how
examples run: under the published version and the one in review, the restated ones counted apart."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from workbench.errors import ProblemsFound
from workbench.guideline.load import load_guidelines
from workbench.review.example_file import load_examples
from workbench.review.examples import examples_of, read_all, run_examples, running

BASE = Path(__file__).parents[1] / "errors" / "_base" / "guidelines"
FIRST = """
- name: a back
  why: Backs of some weeks move again within a month.
  request: {discipline: PT, intent: rehabilitative, condition: low_back_pain, complexity: low, member_eligible: true,
            review_type: initial, requested_visits: 6, requested_weeks: 4, visits_used: 0, weeks_used: 0}
  expect: {determination: approved}
"""


def _read(folder: Path, text: str):
    root = folder / "guidelines"
    if not root.exists():
        shutil.copytree(BASE, root)
    path = root / "physical-therapy" / "examples.yaml"
    path.write_text(FIRST + text, encoding="utf-8")
    library = load_guidelines(root)
    return library, {e.name: e for e in load_examples(path, library)}


def test_an_example_is_like_another_in_all_that_it_does_not_say(tmp_path):
    _, found = _read(
        tmp_path,
        "- {name: no cover, why: It has ended., like: a back, request: {member_eligible: false, visits_used: null},"
        " expect: {determination: administrative}}",
    )
    first, second = found["a back"].request, found["no cover"].request
    assert second == {**{k: v for k, v in first.items() if k != "visits_used"}, "member_eligible": False}
    assert found["no cover"].why == "It has ended." and found["no cover"].entry == "no cover"


def test_each_is_a_request_for_each_of_its_values(tmp_path):
    _, found = _read(
        tmp_path,
        "- {name: some, why: Fewer than that., like: a back, each: {requested_visits: [4, 5], requested_weeks: [2, 3]},"
        " expect: {determination: approved}}\n"
        "- {name: more, why: More than that., like: some, request: {visits_used: 1}, expect: {determination: approved}}\n"
        "- {name: other, why: Other than that., like: some, each: {visits_used: [1, 2, 3]},"
        " expect: {determination: information_needed}}",
    )
    assert [e.request["requested_visits"] for n, e in found.items() if e.entry == "some"] == [4, 5]
    assert "some (4 2)" in found and "some (5 3)" in found
    more = [e.request for e in found.values() if e.entry == "more"]
    assert [(r["requested_visits"], r["visits_used"]) for r in more] == [(4, 1), (5, 1)]
    # Other requests than those of `some`: what all of those share is left, and what differs among them is not.
    other = [e.request for e in found.values() if e.entry == "other"]
    assert [r["visits_used"] for r in other] == [1, 2, 3] and all("requested_visits" not in r for r in other)
    assert len({e.name for e in found.values()}) == len(found) == 8


def test_requests_with_the_same_first_values_have_names_of_their_own(tmp_path):
    _, found = _read(
        tmp_path,
        '- {name: two, why: Two of one kind., like: a back, each: {procedures: [["97110"], ["97110"]]},'
        " expect: {determination: approved}}",
    )
    assert {"two (97110, 1)", "two (97110, 2)"} <= set(found)


def test_numbers_of_each_come_in_their_types(tmp_path):
    _, found = _read(
        tmp_path,
        "- {name: scores, why: Numbers., like: a back, each: {score_baseline: [4.5, 6]},"
        " expect: {determination: approved}}",
    )
    assert [e.request["score_baseline"] for e in found.values() if e.entry == "scores"] == [Decimal("4.5"), Decimal(6)]


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    with pytest.raises(ProblemsFound) as found:
        _read(
            tmp_path,
            "- {name: b, like: a back, request: {requested_visits: 0}, expect: {determination: denied}}\n"
            "- {name: c, why: ' ', like: nobody, each: {requested_visits: [1], visits_used: [0, x]},"
            " versions: ['1999'], program: none, expect: {determination: approved}}",
        )
    codes = sorted(p.code for p in found.value.problems)
    assert codes == [
        "missing-key",
        "unknown-example",
        "unknown-guideline",
        "unknown-program",
        "value-out-of-range",
        "wrong-value",
        "wrong-value",
        "wrong-value",
    ]
    assert all(p.line > 1 and p.column for p in found.value.problems)


def test_the_version_in_review_is_run_by_the_same_examples(tmp_path):
    library, _ = _read(tmp_path, "")
    folder = tmp_path / "guidelines" / "physical-therapy"
    text = (folder / "2026.1.yaml").read_text(encoding="utf-8")
    later = text.replace('version: "2026.1"', 'version: "2026.2"').replace("status: published", "status: in_review")
    later = later.replace("effective: 2026-01-01", "effective: 2027-01-01").replace("2026.1.limits", "2026.2.limits")
    rows = (folder / "2026.1.limits.csv").read_text(encoding="utf-8")
    (folder / "2026.2.yaml").write_text(later, encoding="utf-8")
    (folder / "2026.2.limits.csv").write_text(rows.replace(",10,8,", ",5,8,"), encoding="utf-8")
    library = load_guidelines(tmp_path / "guidelines")
    assert [g.version for g in running(library)] == ["2026.1", "2026.2"]
    (problem,) = run_examples(library).problems
    assert (
        "under physical-therapy/2026.2" in problem.message and "approved_in_part, expected approved" in problem.message
    )
    path = folder / "examples.yaml"
    path.write_text(path.read_text(encoding="utf-8") + '  versions: ["2026.1"]\n', encoding="utf-8")
    run = run_examples(library)
    assert not run.problems and (run.written, run.requests) == (1, 1) and run.restated
    assert run.versions == ("physical-therapy/2026.1", "physical-therapy/2026.2")
    assert examples_of(library, running(library)[1]) == ()


def test_examples_beside_a_base_run_for_whoever_claims_them(shipped):
    files = read_all(shipped)
    lent = {e.name for e in files["therapy-common"]}
    by = {g.id: {e.name for e in examples_of(shipped, g, files)} & lent for g in running(shipped)}
    assert all(by.values()) and set().union(*by.values()) == lent
    assert not by["physical-therapy"] & by["speech-therapy"]


def test_the_shipped_examples_come_out_as_expected(shipped):
    run = run_examples(shipped)
    assert not run.problems, "\n".join(map(str, run.problems))
    assert len(run.versions) == 6 and run.written < run.requests and run.restated > 700
    whys = [e.why for examples in read_all(shipped).values() for e in {x.entry: x for x in examples}.values()]
    assert all(len(why.split()) >= 4 for why in whys)

"""HL7's conformance tests for CQL: those of the subset pass through every reading, and the subset does not shrink."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.engine.conformance import DIFFERS, FAILED, ON_PURPOSE, OUTSIDE, PASSED, READINGS, conformance
from workbench.errors import ProblemsFound

SHARED = Path(__file__).parents[3] / "shared" / "data" / "cql-tests"
# Tests that were in the subset once and have to stay.
MUST_BE_IN = (Path(__file__).parent / "in_subset.txt").read_text(encoding="utf-8").split("\n")[:-1]


@pytest.fixture(scope="module")
def result():
    if not SHARED.is_dir():
        why = f"the conformance tests are not there ({SHARED.parent.name}/{SHARED.name} of the shared data)"
        if os.environ.get("WORKBENCH_REQUIRE_SHARED"):
            pytest.fail(why)
        pytest.skip(why)
    return conformance(SHARED)


def test_every_test_in_the_subset_passes_through_every_reading(result):
    assert result.readings == tuple(READINGS)
    assert [(o.name, o.why) for o in result.of(FAILED)] == []
    assert len(result.of(PASSED)) > 300


def test_the_subset_does_not_shrink(result):
    inside = {f"{o.file} {o.name}" for o in result.in_subset}
    assert sorted(set(MUST_BE_IN) - inside) == []
    assert sorted(inside - set(MUST_BE_IN)) == [], "the subset has grown: add these to in_subset.txt"


def test_what_differs_on_purpose_is_named_and_nothing_else(result):
    assert {o.name for o in result.of(DIFFERS)} == set(ON_PURPOSE)


def test_the_counts_add_up(result):
    told = result.as_dict()
    assert told["tests"] == 1823  # 12 more stand in comments
    assert told["in_subset"] == told["passed"] + len(told["on_purpose"]) + len(told["failed"])
    assert told["in_subset"] + sum(told["outside"].values()) == told["tests"]
    assert sum(f["in_subset"] for f in told["by_file"].values()) == told["in_subset"]
    assert f"{told['passed']} passed" in "\n".join(result.lines())


def _suite(folder: Path, *tests: str) -> Path:
    body = "".join(tests)
    (folder / "Small.xml").write_text(f'<tests xmlns="http://hl7.org/fhirpath/tests"><group>{body}</group></tests>')
    return folder


def _test(expression: str, output: str = "", name: str = "T", invalid: str = "") -> str:
    mark = f' invalid="{invalid}"' if invalid else ""
    answer = f"<output>{output}</output>" if output else ""
    return f'<test name="{name}"><expression{mark}>{expression}</expression>{answer}</test>'


@pytest.mark.parametrize(
    ("test", "state"),
    [
        (_test("1 + 1", "2"), PASSED),
        (_test("1 + 1", "3"), FAILED),
        (_test("1 + 1", "2.0"), FAILED),  # an integer is no decimal
        (_test("if null then 1 else 2", "2", "IfNull1"), DIFFERS),
        (_test("if null then 1 else 2", "2", "Other"), FAILED),  # a difference must be named
        (_test("1L + 1L", "2L"), OUTSIDE),
        (_test("2147483648", invalid="true"), PASSED),
        (_test("1 + true", invalid="semantic"), PASSED),
        (_test("1 + 1", invalid="true"), FAILED),
        (_test("@T24:00", invalid="semantic"), OUTSIDE),  # refused, but not for what it is about
        (_test("1 + 1"), OUTSIDE),  # no answer to compare with
    ],
)
def test_how_one_test_is_judged(tmp_path, test, state):
    assert [o.state for o in conformance(_suite(tmp_path, test)).outcomes] == [state]


def test_one_reading_that_disagrees_fails_the_test(tmp_path):
    readings = {**READINGS, "odd": lambda node: None}
    (outcome,) = conformance(_suite(tmp_path, _test("1 + 1", "2")), readings).outcomes
    assert (outcome.state, outcome.why) == (FAILED, "odd says None, not 2")


def test_an_absent_folder_and_a_broken_file_are_problems(tmp_path):
    with pytest.raises(ProblemsFound, match="missing-file"):
        conformance(tmp_path)
    (tmp_path / "Broken.xml").write_text("<tests>")
    with pytest.raises(ProblemsFound, match="unreadable"):
        conformance(tmp_path)

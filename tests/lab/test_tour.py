"""The tour: every button does its step, each step looks whether it is right, and nothing outside is touched."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workbench.guideline.load import load_guidelines
from workbench.lab.touring.ground import Ground, NotSeen, Seen
from workbench.lab.touring.tour import PATHS, Path_, Step, Tour, tour

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def walk() -> Tour:
    return tour(ROOT / "guidelines")


def files() -> dict[Path, float]:
    return {p: p.stat().st_mtime for p in (ROOT / "guidelines").rglob("*") if p.is_file()}


@pytest.mark.parametrize("path", PATHS, ids=lambda p: p.id)
def test_every_button_of_a_path_does_its_step(path: Path_, walk: Tour) -> None:
    before = files()
    for number in range(1, len(path.steps) + 1):
        walk.buttons[path.id, number].click()
        assert (path.id, number) in walk.seen, walk.failed
        assert walk.buttons[path.id, number].tooltip
    assert not walk.failed and files() == before
    assert walk.snapshot.count("✓") >= len(path.steps) and "✗" not in walk.snapshot


def test_a_later_step_makes_those_before_it_and_the_draft_is_there(walk: Tour) -> None:
    alone = tour(ROOT / "guidelines")
    assert alone.do("provider", 2).said.startswith("approved")
    assert set(alone.seen) == {("provider", 1), ("provider", 2)}
    walk.do("author", 4)
    assert (walk.ground.folder / "drafts" / "monday.yaml").is_file()
    with pytest.raises(KeyError):
        alone.do("provider", 9)


def test_a_step_that_does_not_find_what_it_looks_for_says_so() -> None:
    def fails(_: Ground) -> Seen:
        raise NotSeen("<nothing> is there")

    alone = Tour(Ground(ROOT / "guidelines"), [Path_("one", "One", "?", (Step("try", "to see", fails),), "on")])
    alone.buttons["one", 1].click()
    assert alone.failed == {("one", 1): "<nothing> is there"} and not alone.seen
    assert "✗ not as it should be: </b>&lt;nothing&gt; is there" in alone.snapshot
    assert alone.buttons["one", 1].disabled is False
    with pytest.raises(NotSeen):
        alone.do("one", 1)


def test_it_looks_at_what_is_there(tmp_path: Path) -> None:
    """With another guideline, the step of the author fails instead of telling what is not so."""
    there = ROOT / "tests" / "errors" / "_base" / "guidelines"
    assert load_guidelines(there).guidelines
    alone = tour(there)
    alone.buttons["author", 1].click()
    assert ("author", 1) in alone.failed


def test_the_notebook_leads_on_and_the_lab_opens_it() -> None:
    text = (ROOT / "notebooks" / "00_start.ipynb").read_text(encoding="utf-8")
    for name in set(re.findall(r"\]\((\w+\.ipynb)\)", text)):
        assert (ROOT / "notebooks" / name).is_file(), name
    assert "(10_tune.ipynb)" in text and '"run_on_open": true' in text
    assert "notebooks/00_start.ipynb" in (ROOT / "labconfig" / "jupyter_server_config.py").read_text(encoding="utf-8")

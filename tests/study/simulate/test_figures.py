"""Figures say what they show, with period and unit, and a text says the same."""

from __future__ import annotations

import pandas as pd
import pytest

import workbench as wb


@pytest.fixture(scope="module")
def guidelines():
    return wb.load_guidelines("guidelines")


@pytest.fixture(scope="module")
def cases(guidelines) -> pd.DataFrame:
    return wb.generate(400, guidelines, seed=7)


@pytest.fixture(scope="module")
def pair(guidelines, cases):
    return wb.replay(cases, guidelines), wb.replay(cases, guidelines, versions={"physical-therapy": "2026.2"})


def drawn(axes) -> str:
    said = axes.figure.get_supxlabel()
    assert "received" in said and "request" in said
    assert axes.get_title(loc="left") + axes.get_title()
    return axes.get_xlabel() + axes.get_ylabel()


def test_bounds(guidelines, cases) -> None:
    found = wb.bounds(cases, guidelines, by="discipline", tries=0)
    assert "percent" in drawn(found.plot())
    assert "approval" in found.text and found.picture().text.startswith("Bounds of the approval rate")
    with pytest.raises(ValueError):
        found.plot("accuracy")


def test_fairness_and_drafts(pair) -> None:
    published, draft = pair
    fair = wb.fairness(published, draft, facts=["sex", "rural"])
    assert "points" in drawn(fair.plot())
    assert fair.picture().text == fair.text != ""
    beside = wb.side_by_side(published, {"second version": draft, "same": published}, replicates=50)
    assert "points" in drawn(beside.plot())
    assert "second version" in beside.picture().text


def test_workload(pair) -> None:
    worked = wb.workload(pair[0], 1)
    assert drawn(worked.plot())
    assert worked.picture().text == worked.text != ""
    assert len(worked.public) and len(worked.assumptions) and len(worked.requests)

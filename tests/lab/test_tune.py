"""Opening the screen: what is found, what is offered, and that opening it again goes on where it stood."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from html_page import read, table

import workbench as wb
from workbench.errors import ProblemsFound
from workbench.guideline.addresses import Handle, Rule
from workbench.lab.tuning.open import find_guidelines, tune
from workbench.words.comparisons import sentence


def test_the_folder_is_found_from_a_notebook(project):
    assert find_guidelines() == project / "guidelines"
    with pytest.raises(ProblemsFound, match="no folder `guidelines` here or above"):
        find_guidelines(Path("/"))


def test_opened_again_it_goes_on(project):
    panel = tune(requests=300)
    panel.hear({"act": "moves", "seq": 1, "moves": {"limits.lbp.visits": "14"}})
    again = tune(requests=300)
    assert again is not panel and again.state == panel.state and again.desk is panel.desk
    assert tune(requests=200).state.changes == ()
    # Another file in the folder is another guideline: nothing decided before is used again.
    tune(requests=300)
    (project / "guidelines" / "sources.yaml").touch()
    assert tune(requests=300).desk is not again.desk


def test_a_printed_state_opens_the_same_screen(project):
    panel = tune(requests=300)
    panel.hear({"act": "moves", "seq": 1, "moves": {"limits.lbp.visits": "14"}})
    state = eval(repr(panel.state), {"State": type(panel.state), "Handle": Handle, "Rule": Rule, "Decimal": Decimal})
    assert tune(requests=301, state=state).state.changes == panel.state.changes


def test_drafts_lie_beside_the_guidelines(project):
    panel = wb.tune(requests=300)
    panel.hear({"act": "moves", "seq": 1, "moves": {"limits.lbp.visits": "14"}})
    panel.hear({"act": "save", "seq": 2, "name": "One", "author": "A", "reason": "why not"})
    assert wb.load_draft(project / "drafts" / "one.yaml", panel.desk.library).author == "A"


def test_real_requests_name_their_assumptions(project):
    panel = tune(requests=300)
    panel.hear({"act": "cases", "seq": 1, "value": "hearing-orders"})
    assumed = panel.result.cases.assumptions
    listed = [i.text for i in read(panel.assumed).all("li")]
    assert len(listed) == len(assumed.entries) > 0
    assert all(e.reason in text for e, text in zip(assumed.entries, listed, strict=True))
    total = panel.comparison.total.requests
    assert f"{total:,} of these requests rest on assumptions" in panel.assumed
    panel.hear({"act": "moves", "seq": 2, "moves": {"limits.low_back_pain_continued.visits": "60"}})
    assert panel.comparison.flipped.requests > 0
    split = table(read(panel.split))
    assert split["all requests"][0] == str(total) and split["resting on assumptions"][2] == split["all requests"][2]
    assert "days of receipt not recorded" in panel.verdict


def test_own_cases(project):
    guidelines = wb.load_guidelines("../guidelines")
    mine = wb.generate(120, guidelines, seed=3)
    panel = wb.tune(guidelines, mine)
    assert panel.comparison.total.requests == 120 and panel.state.cases == "yours"


def test_python_on_the_screen_gives_its_sentence(project):
    """The cell that the screen offers is run as it stands."""
    panel = wb.tune(requests=400)
    panel.hear(
        {
            "act": "moves",
            "seq": 1,
            "moves": {"limits.musculoskeletal.visits": "5", "parameters.attendance_needed": "95"},
        }
    )
    for plan in ("own", "none", "harbor-commercial-ppo"):
        panel.hear({"act": "plan", "seq": 2, "value": plan})
        code = read(panel.python).all("code")[0].text.split("\n")
        scope: dict = {}
        exec("\n".join(code[:-1]), scope)
        assert eval(code[-1], scope) == sentence(panel.comparison)

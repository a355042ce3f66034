"""A hand that does anything in any order: after it the page says what the engine says, and nothing grew."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from html_page import read

from workbench.engine import decision as d
from workbench.lab.tuning.controller import CURVES
from workbench.lab.tuning.open import open_panel
from workbench.lab.tuning.session import HANDS, KEEPS, LEDGERS
from workbench.study.compare import compare
from workbench.study.replay import replay
from workbench.words.comparisons import sentence

PLAN = "harbor-commercial-ppo"
MOVEMENTS = 80
ACTS = (
    *("moves",) * 8,
    *("switch", "undo", "redo", "back", "search", "sort", "cell", "page", "by", "export", "rule", "rule-close"),
    *("reset", "plan", "whose", "condition", "all", "drafts", "cancel"),
)


def movement(chance: random.Random, panel) -> dict[str, object]:
    """One thing that a hand could do now."""
    what, result, state = chance.choice(ACTS), panel.result, panel.state
    control = chance.choice(list(result.controls.values()))
    rule = chance.choice(read(panel.rules).all(class_="rule"))["data-rule"]
    low, high = control.moves.usual
    value = low + control.moves.step * chance.randrange(int((high - low) // control.moves.step) + 1)
    typed = chance.choice([str(value)] * 9 + ["", "many", "-1", "1,000"])
    more: dict[str, dict[str, object]] = {
        "moves": {"moves": {control.key: typed}},
        "back": {"key": control.key},
        "switch": {"rule": rule, "on": chance.random() < 0.5},
        "rule": {"rule": rule},
        "search": {"value": chance.choice(["", "low back", "clinician", "'"])},
        "sort": {"key": chance.choice(["fares", "condition", "visits_used"])},
        "cell": {"a": chance.choice(d.DETERMINATIONS), "b": chance.choice(d.DETERMINATIONS)},
        "page": {"to": str(chance.randrange(4))},
        "by": {"value": chance.choice(["age_band", "plan", "sex"])},
        "plan": {"value": chance.choice(["own", "none", PLAN])},
        "whose": {"value": PLAN if state.plan == PLAN and chance.random() < 0.5 else ""},
        "condition": {"value": chance.choice(panel.desk.conditions(state))[0]},
    }
    return {"act": what, "seq": panel.done + 1, **more.get(what, {})}


@pytest.mark.parametrize("seed", [2])
def test_after_anything_the_page_says_what_the_engine_says(desk, seed, monkeypatch):
    chance, panel = random.Random(seed), open_panel(lambda: desk)
    monkeypatch.setattr(panel, "download", lambda name, text: None)
    for i in range(MOVEMENTS):
        done = movement(chance, panel)
        panel.hear(done)
        assert panel.done == done["seq"] and "did not expect" not in panel.dialog, (i, done)
        if i % 20 == 19:
            state = panel.state
            ready = desk.ledger(state).ready
            truth = compare(*(replay(ready, s) for s in (desk.setting(state), desk.setting(state, panel.draft))))
            assert read(panel.verdict).all(class_="sentence")[0].text == sentence(truth), (i, done)
            assert panel.comparison.matrix == truth.matrix
            stands = {k: Decimal(str(v["value"])) for k, v in panel.values.items()}
            assert stands == {k: v for k, v in panel.result.values.items()}
    works = panel.ready()
    assert len(desk._hands) <= HANDS and len(desk._ledgers) <= LEDGERS and len(desk._keeps) <= KEEPS
    assert len(works._stops) <= CURVES

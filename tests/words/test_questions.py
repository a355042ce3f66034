"""What is asked of whom: the order is that in which facts decide, and nobody is asked for what the payer has itself."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from workbench.engine.reference import decide
from workbench.engine.setting import setting
from workbench.facts import facts
from workbench.guideline.load import load_guidelines
from workbench.words.decisions import trace_lines
from workbench.words.questions import questions

ROOT = Path(__file__).parents[2]
CHOSEN = setting(load_guidelines(ROOT / "guidelines"), as_of=date(2026, 11, 20))


def test_what_opens_comes_first_and_the_payer_is_not_the_provider() -> None:
    traced = decide({"request_id": "one", "discipline": "PT"}, CHOSEN)
    asked = questions(traced)
    assert asked.provider[:2] == ("intent", "condition")
    assert sorted((*asked.provider, *asked.payer)) == sorted(traced.decision.missing)
    assert {facts()[f].known_by for f in asked.payer} == {"payer"}
    assert {facts()[f].known_by for f in asked.provider} == {"provider"}
    assert {"member_eligible", "provider_npi", "review_type", "visits_used"} <= set(asked.payer)
    told = "\n".join(trace_lines(traced))
    assert "ask the provider, in this order: intent, condition" in told and "the payer has itself: " in told


def test_nothing_missing_asks_nothing() -> None:
    traced = decide({"request_id": "one", "discipline": "PT", "evaluation_only": True, "state": "OH"}, CHOSEN)
    assert traced.decision.determination == "not_required"
    assert questions(traced) == ((), ())

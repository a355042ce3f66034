"""The path of a provider who enters an order: from a patient's papers to an answer."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.cases.request import read_request
from workbench.engine import reference
from workbench.engine.decision import APPROVED, CLINICIAN, INFORMATION
from workbench.engine.reference import Traced
from workbench.facts import facts
from workbench.lab.touring.ground import Ground, Seen, need
from workbench.study.replay import facts_of, prepare
from workbench.words.conditions import noun
from workbench.words.decisions import headline
from workbench.words.questions import questions

ORDER: Mapping[str, object] = {
    "request_id": "order-1",
    "received_on": "2026-11-30",
    "discipline": "PT",
    "review_type": "initial",
    "diagnosis": "M54.50",
    "requested_visits": 8,
    "requested_weeks": 6,
}
PAPERS: Mapping[str, object] = {
    "intent": "rehabilitative",
    "complexity": "moderate",
    "weeks_since_onset": 4,
    "post_surgical": False,
    "age_years": 44,
    "line_of_business": "commercial",
    "procedures": ["97110", "97140"],
    "member_eligible": True,
    "provider_npi": "1234567893",
    "plan_of_care": True,
    "goals_measurable": True,
    "skilled_care": True,
    "improvement_expected": True,
    "duplicate_therapy": False,
    "red_flag": "none",
    "worsening": False,
    "measure": "odi",
    "score_baseline": 40,
    "visits_used": 0,
    "weeks_used": 0,
}


def the_order(ground: Ground) -> Seen:
    """What is on the order alone: who, what for, how many visits."""
    traced = _decided(ground, ORDER)
    decision, asked = traced.decision, questions(traced)
    need(decision.determination == INFORMATION and bool(decision.missing), "nothing is asked for")
    ground.kept["missing"] = decision.missing
    told = (("Asked of you, what decides most first", asked.provider), ("Looked up by the plan", asked.payer))
    return Seen(headline(decision), tuple(f"{who}: {'; '.join(map(noun, names))}." for who, names in told if names))


def the_papers(ground: Ground) -> Seen:
    """Only what was asked for is looked up in the patient's papers, and sent."""
    missing = ground.kept["missing"]
    assert isinstance(missing, tuple)
    order, rounds = dict(ORDER), 0
    while missing and rounds < len(PAPERS):
        absent = [name for name in missing if name not in PAPERS]
        need(not absent, f"the papers do not hold {', '.join(absent)}")
        order |= {name: PAPERS[name] for name in missing}
        decision, rounds = _decided(ground, order).decision, rounds + 1
        missing = decision.missing
    need(decision.determination == APPROVED, f"the answer is {decision.determination}: {decision.reasons}")
    ground.kept["order"] = order
    sent = [name for name in order if name not in ORDER and facts()[name].known_by == "provider"]
    held = [name for name in PAPERS if facts()[name].known_by == "provider"]
    return Seen(headline(decision), (f"{len(sent)} of the {len(held)} facts in the papers were asked for, and sent.",))


def a_warning_sign(ground: Ground) -> Seen:
    """The same order with a warning sign: a clinician looks at once, whatever else is missing."""
    order = ground.kept["order"]
    assert isinstance(order, dict)
    decision = _decided(ground, {**order, "red_flag": "cauda_equina"}).decision
    need(decision.determination == CLINICIAN and decision.urgent, "a warning sign is not urgent")
    return Seen(headline(decision), ("Urgent: it comes first in every list. The workbench itself never denies.",))


def _decided(ground: Ground, request: Mapping[str, object]) -> Traced:
    frame = prepare(read_request(dict(request), ground.library), ground.published).frame
    return reference.decide(facts_of(frame.row(0, named=True)), ground.published)

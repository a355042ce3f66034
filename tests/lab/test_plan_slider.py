"""A plan is chosen and a limit moved: at every stop the page says what two whole replays give, and a limit at or above
what the plan's own layer allows changes nothing (docs/meaning.md: a draft lies under the overlays)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from html_page import read

from workbench.cases.request import row
from workbench.lab.tuning.case_sets import Cases, CaseSet
from workbench.lab.tuning.open import open_panel
from workbench.lab.tuning.session import Desk
from workbench.study.compare import compare
from workbench.study.replay import prepare, replay
from workbench.words.comparisons import sentence

REQUEST = {
    "received_on": date(2026, 3, 1), "requested_start": date(2026, 3, 2), "review_type": "initial",
    "review_timing": "pre_service", "discipline": "PT", "intent": "rehabilitative", "requested_visits": 30,
    "requested_weeks": 20, "procedures": ["97110"], "evaluation_only": False, "age_years": 50, "state": "CA",
    "line_of_business": "workers_compensation", "plan": "pacific-comp", "member_eligible": True,
    "provider_valid": True, "provider_type": "therapist", "in_network": True, "condition": "stroke", "measure": "bbs",
    "score_baseline": 20, "complexity": "high", "weeks_since_onset": 5, "post_surgical": False, "plan_of_care": True,
    "goals_measurable": True, "improvement_expected": True, "skilled_care": True, "home_program": True,
    "duplicate_therapy": False, "new_condition": True, "visits_used": 0, "weeks_used": 0, "visits_used_this_year": 0,
    "funding": "fully_insured",
}  # fmt: skip


@pytest.fixture(scope="module")
def panel(library, tmp_path_factory):
    asked = (6, 12, 24, 29, 30, 31, 35, 36, 37, 40)
    frame = pl.concat(
        [
            row({**REQUEST, "request_id": f"r{i}", "member_id": f"m{i}", "requested_visits": n})
            for i, n in enumerate(asked)
        ]
    )
    desk = Desk(library, (CaseSet("own", "Own", lambda _: Cases(frame, "made for the tests")),))
    desk.drafts = tmp_path_factory.mktemp("drafts")
    made = open_panel(lambda: desk)
    made.ready()
    made.hear({"act": "condition", "seq": 1, "value": "stroke"})
    made.hear({"act": "plan", "seq": 2, "value": "pacific-comp"})
    return made


@pytest.mark.parametrize("value", ["1", "12", "29", "30", "31", "35", "36", "37", "40"])
def test_a_limit_moved_under_a_plan(panel, value):
    panel.hear({"act": "moves", "seq": panel.done + 1, "moves": {"limits.stroke_high.visits": value}})
    desk = panel.desk
    published, drafted = desk.setting(panel.state), desk.setting(panel.state, panel.draft)
    cases = prepare(desk.cases("own").frame, published)
    truth = compare(replay(cases, published), replay(cases, drafted))
    assert panel.comparison.flipped.requests == truth.flipped.requests
    assert read(panel.verdict).all(class_="sentence")[0].text == sentence(truth)
    one, two = (
        {x.id: x.visits for x in s.rules(g, o).limits}["stroke_high"] for s, g, o in both(panel, published, drafted)
    )
    assert (truth.flipped.requests == 0) == (one == two or not changes(one, two, cases.frame))
    if Decimal(value) == 36:
        assert truth.flipped.requests == 0, "36 is what is published"


def both(panel, published, drafted):
    """Setting, guideline and overlay of each side."""
    for chosen in (published, drafted):
        day = chosen.as_of
        overlay = chosen.overlay("pacific-comp", "workers_compensation", day)
        (guideline,) = (g for g in chosen.guidelines(day) if g.id == "physical-therapy")
        yield chosen, guideline, overlay


def changes(one: int, two: int, frame: pl.DataFrame) -> bool:
    """Whether a request asks for more than the smaller of two limits."""
    return bool(frame["requested_visits"].max() > min(one, two))

"""Requests one by one: losers first, page by page, taken away in words, and what would change one of them."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

import pytest
from html_page import read

from workbench.engine.reference import decide
from workbench.engine.retune import at_once
from workbench.lab.tuning.open import open_panel
from workbench.study.controls import controls_of, with_moves
from workbench.study.fares import FARES, RANK
from workbench.study.replay import facts_of
from workbench.study.turning import by_worth, turning

MOVES = {"parameters.attendance_needed": "55", "limits.lbp.visits": "4"}


def act(panel, what: str, /, **data):
    panel.hear({"act": what, "seq": panel.done + 1, **data})
    return panel


@pytest.fixture
def panel(desk):
    return act(open_panel(lambda: desk), "moves", moves=MOVES)


def rows(panel):
    return [r for r in read(panel.listing).all("tr") if r.all("button", data_act="open")]


def test_losers_stand_first(panel):
    act(panel, "switch", rule="criteria.plan_of_care", on=False)
    seen: list[str] = []
    for page in range(-(-panel.comparison.flipped.requests // 50)):
        act(panel, "page", to=str(page))
        seen += [r.all("td")[-1].text.split()[-1] for r in rows(panel) if not r.all("abbr", class_="no")]
    assert seen == sorted(seen, key=FARES.index) and {"loses", "gains"} <= set(seen)


def test_pages_show_every_request_once(panel):
    act(panel, "cell", a="approved", b="approved")
    n = panel.comparison.matrix["approved"]["approved"]
    seen, pages = [], -(-n // 50)
    for page in range(pages):
        act(panel, "page", to=str(page))
        seen += [r.all("button", data_act="open")[0]["data-id"] for r in rows(panel)]
    assert len(seen) == len(set(seen)) == n and pages > 2
    assert f"from {50 * (pages - 1) + 1:,} on" in panel.listing
    last = {b.text: b for b in read(panel.listing).all("button", data_act="page")}
    assert ["disabled" in last[b].attributes for b in ("Next", "Previous")] == [True, False]
    act(panel, "search", value="low back")
    assert panel.view.page == 0
    act(panel, "page", to="999")  # past the end of what is left
    assert rows(panel)


def test_what_is_taken_away_is_in_words(panel, monkeypatch):
    taken = {}
    monkeypatch.setattr(panel, "download", lambda name, text: taken.update({name: text}))
    act(panel, "export")
    (text,) = taken.values()
    found = list(csv.DictReader(io.StringIO(text)))
    assert len(found) == panel.comparison.flipped.requests
    assert "Low back pain" in {r["condition"] for r in found}
    assert {r["determination_draft"] for r in found} & {"approved in part", "clinician review"}
    criteria = {c.id for c in panel.desk.published_rules(panel.state).criteria}
    assert not any(criteria & set(r["reasons_draft"].split(";")) for r in found)


# What would change this


def some(panel, count: int):
    replay = panel.desk.ledger(panel.state).replay
    mine = replay.cases.filter(replay.decisions["guideline"] == panel.state.guideline)
    flips = mine.filter(mine["request_id"].is_in(panel.comparison.flips["request_id"].to_list()))
    return [facts_of(r) for part in (flips.head(2), mine.head(count)) for r in part.iter_rows(named=True)]


def outcome(facts, setting):
    made = decide(facts, setting).decision
    return made.determination, made.granted_visits, made.granted_weeks


def test_what_turns_a_request_does_and_nothing_nearer(panel):
    """Each value that is told is tried by the whole draft, resolved anew; the steps before it change nothing."""
    setting = panel.desk.setting(panel.state, panel.draft)
    told = 0
    for facts in some(panel, 1):
        before = outcome(facts, setting)
        turns = at_once(turning(facts, setting))
        further = [t.further for t in by_worth(turns)]
        assert further == sorted(further, key=[True, None, False].index)
        for turn in turns:
            assert not turn.further or RANK[turn.decision.determination] >= RANK[before[0]]
            made = (turn.decision.determination, turn.decision.granted_visits, turn.decision.granted_weeks)
            assert made != before
            if isinstance(turn.what, str):
                assert outcome({**facts, turn.what: turn.value}, setting) == made
                continue
            told += 1
            assert outcome(facts, with_moves(setting, [(turn.what, turn.value)])) == made
            step = turn.what.step if turn.value < turn.what.published else -turn.what.step
            near = turn.value + step
            if turn.what.kind != "switch" and near != turn.what.published:
                assert outcome(facts, with_moves(setting, [(turn.what, near)])) == before, turn
    assert told > 5


def test_nothing_that_turns_is_left_out(panel):
    """Of the controls that are not told, none turns the request at either end of its range or without the rule."""
    setting = panel.desk.setting(panel.state, panel.draft)
    (facts,) = some(panel, 1)[:1]
    before = outcome(facts, setting)
    told = {t.what.key for t in at_once(turning(facts, setting)) if not isinstance(t.what, str)}
    rest = [c for c in controls_of(setting, panel.state.guideline) if c.key not in told and not c.plan]
    mine = [c for c in rest if c.kind in ("parameter", "switch")]
    assert len(mine) > 20
    for control in mine:
        for value in {control.low, control.usual[0]} - {control.published}:
            assert outcome(facts, with_moves(setting, [(control, value)])) == before, (control.key, value)


def test_an_open_request_says_what_would_change_it(panel):
    flips = panel.comparison.flips
    row = flips.filter((flips["condition"] == "low_back_pain") & (flips["determination_draft"] == "approved_in_part"))
    act(panel, "open", id=row["request_id"][0])
    said = read(panel.turned).text
    assert "What would change this" in said and "visits an episode" in said and "lbp" not in said
    asked = row["requested_visits"][0]
    assert f"{asked} visits" in said and "Supported further" in said
    act(panel, "open", id=row["request_id"][0])
    assert panel.turned == ""


def test_a_missing_fact_is_told(panel):
    """A request that waits for information is turned by the fact that is missing."""
    setting = panel.desk.setting(panel.state, panel.draft)
    frame = panel.desk.ledger(panel.state).replay
    waits = frame.cases.filter(
        (frame.decisions["determination"] == "information_needed")
        & (frame.decisions["guideline"] == panel.state.guideline)
    )
    helped = False
    for row in waits.head(6).iter_rows(named=True):
        facts = facts_of(row)
        missing = [t for t in at_once(turning(facts, setting)) if isinstance(t.what, str) and t.now is None]
        assert all(facts.get(t.what) is None for t in missing)
        helped = any(isinstance(t.value, bool | str | Decimal) and t.further is True for t in missing)
        if helped:
            break
    assert helped

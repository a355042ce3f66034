"""Every rule under the hand: switched, edited, added, for everybody or for one plan, and all of it in the one draft."""

from __future__ import annotations

from decimal import Decimal

import pytest
from html_page import read

from workbench.engine.reference import decide
from workbench.guideline.addresses import Handle, Rule
from workbench.guideline.load_draft import load_draft
from workbench.guideline.outcomes import NOT_REQUIRED
from workbench.lab.tuning import drafts as drafting
from workbench.lab.tuning.edits import Edit
from workbench.lab.tuning.open import open_panel
from workbench.study.compare import compare
from workbench.study.replay import facts_of, replay
from workbench.study.standing import standings
from workbench.words.comparisons import sentence

D = Decimal
PT = "physical-therapy"
PLAN = "harbor-commercial-ppo"
CRITERION = {
    "_target": "criteria",
    "text": "Somebody is at home to help.",
    "requires": "age_years >= 18 or review_type = 'initial'",
    "unmet": "clinician_review",
    "source": "house-rule",
}
ROW = {
    "_target": "limits",
    "condition": "low_back_pain",
    "age_years": "65..120",
    "visits": "14",
    "weeks": "9",
    "source": "house-rule",
    "evidence": "consensus",
    "before": "lbp_chronic_high",
}


def act(panel, what: str, /, **data):
    panel.hear({"act": what, "seq": panel.done + 1, **data})
    return panel


@pytest.fixture
def panel(desk):
    return open_panel(lambda: desk)


def same_as_engine(panel) -> None:
    """The screen's numbers are those of two whole replays of its draft, read back from what a file of it holds."""
    state, desk = panel.state, panel.desk
    ready = desk.ledger(state).ready
    sides = (replay(ready, s) for s in (desk.setting(state), desk.setting(state, panel.draft)))
    assert sentence(panel.comparison) == sentence(compare(*sides))


def box(panel, key: str):
    return next(b for b in read(panel.rules).all(class_="rule") if b["data-rule"] == key)


# How rules come out


def test_every_rule_is_there_once(panel):
    rules = panel.desk.published_rules(panel.state)
    shown = [b["data-rule"] for b in read(panel.rules).all(class_="rule")]
    things = [(t, x.id) for t in ("criteria", "exemptions", "waivers", "limits") for x in getattr(rules, t)]
    assert sorted(shown) == sorted(f"{t}.{i}" for t, i in things) and len(things) > 30


def test_counts_are_those_of_the_reference(panel):
    """Request by request, with trace: how often each criterion is met, unmet, unknown, undefined, and alone so."""
    desk, state = panel.desk, panel.state
    replayed = desk.ledger(state).replay
    mine = replayed.cases.with_columns(g=replayed.decisions["guideline"], o=replayed.decisions["overlay"])
    rows = mine.filter(mine["g"] == PT).head(150)
    part = replay(desk.ledger(state).ready.some(rows.drop("g", "o")), desk.setting(state))
    found = standings(part, desk.setting(state), desk.guideline(state))
    counts: dict[str, dict[str, int]] = {}
    alone: dict[str, int] = {}
    reached: dict[str, int] = {}
    for row in part.cases.iter_rows(named=True):
        traced = decide(facts_of(row), desk.setting(state))
        free = traced.decision.determination == NOT_REQUIRED
        open_ = [s.id for s in traced.steps if s.kind == "criterion" and s.state != "met"]
        for step in traced.steps:
            if step.kind == "criterion" and not free:
                counts.setdefault(step.id, {}).setdefault(step.state, 0)
                counts[step.id][step.state] += 1
                alone[step.id] = alone.get(step.id, 0) + (open_ == [step.id])
            if step.kind == "limit" and not free and step.state != "limit_unknown" and step.id:
                reached[step.id] = reached.get(step.id, 0) + 1
    assert counts and reached
    for id_, states in counts.items():
        if ("criteria", id_) in found:
            s = found["criteria", id_]
            told = {"met": s.met, "unmet": s.unmet, "unknown": s.unknown, "undefined": s.undefined}
            assert {k: n for k, n in told.items() if n} == states, id_
            assert s.alone == alone[id_], id_
    for id_, n in reached.items():
        if ("limits", id_) in found:
            assert found["limits", id_].met >= n  # rows are looked for in what is free, too


def test_counts_stand_beside_the_rules(panel):
    assert set(panel.standings) >= {b["data-rule"] for b in read(panel.rules).all(class_="rule")}
    assert "hang on it alone" in panel.standings["criteria.active_care"]
    assert panel.standings["limits.lbp"].startswith("reached by ")


# Switches


@pytest.mark.parametrize("key", ["criteria.plan_of_care", "exemptions.evaluation", "limits.lbp"])
def test_a_rule_off_and_on_again(panel, key):
    act(panel, "switch", rule=key, on=False)
    assert panel.state.edits == (Edit(Rule.of(key), off=True),) and panel.comparison.flipped.requests
    same_as_engine(panel)
    assert "off" in box(panel, key)["class"].split() and "1 change from published" in panel.summary
    act(panel, "switch", rule=key, on=True)
    assert panel.state.edits == () and not panel.comparison.flipped.requests
    act(panel, "undo")
    act(panel, "redo")
    assert panel.state.edits == ()


# The form


def test_a_criterion_is_edited_in_its_language(panel):
    key = "criteria.plan_of_care"
    act(panel, "rule", rule=key)
    form = read(panel.editor)
    assert "Edit this criterion, for everybody" in form.text
    typed = {f["name"]: f["value"] or "" for f in form.all("input", type="text")}
    typed |= {f["name"]: f.text for f in form.all("textarea")}
    assert typed["requires"] and {w["name"] for w in panel.vocabulary} >= {"age_years", "attendance_needed"}
    # While it is typed its problems stand there with their place; then what it says.
    act(panel, "rule-typed", requires="age_yeers > 3")
    assert "line 1, column 1" in panel.checked["requires"] and "age_years" in panel.checked["requires"]
    act(panel, "rule-typed", requires="age_years > 3")
    assert "age is more than 3 years" in panel.checked["requires"]
    act(panel, "rule-put", _rule=key, _target="criteria", **(typed | {"requires": "age_years > 40"}))
    assert panel.state.edit_of(Rule.of(key)).body == (("requires", "age_years > 40"),) and panel.editor == ""
    assert panel.comparison.flipped.requests
    same_as_engine(panel)
    act(panel, "rule-back", rule=key)
    assert panel.state.edits == () and not panel.comparison.flipped.requests


def test_what_can_not_go_into_the_draft_stays_in_the_form(panel):
    before = panel.state
    act(panel, "rule-put", **(CRITERION | {"requires": "age_yeers >= 18", "source": "", "text": ""}))
    form = read(panel.editor)
    told = form.all(class_="why")[-1].text
    assert panel.state == before
    # All of it at once: beside the condition, and under the form.
    assert "age_yeers" in form.all(class_="typed")[1].text and "`text`" in told and "source" in told
    assert form.all("textarea", name="requires")[0].text == "age_yeers >= 18"
    act(panel, "rule-put", **(ROW | {"visits": "many"}))
    assert "visits: 'many' is not a number" in read(panel.editor).text and panel.state == before


def test_added_criterion_row_exemption_and_waiver(panel):
    act(panel, "rule-put", **CRITERION)
    act(panel, "rule-put", **ROW)
    act(panel, "rule-put", _target="exemptions", text="Short care.", when="requested_visits <= 2", source="house-rule")
    act(panel, "rule-put", _target="waivers", text="Two are free.", visits="2", source="house-rule")
    drafted = panel.desk.drafted_rules(panel.state)
    assert [e.added for e in panel.state.edits] == [True] * 4
    ids = [r.id for r in drafted.limits]
    row = next(r for r in drafted.limits if r.id.startswith("low_back_pain_65"))
    assert ids.index(row.id) == ids.index("lbp_chronic_high") - 1 and (row.visits, row.weeks) == (14, 9)
    assert drafted.criteria[-1].text == CRITERION["text"] and drafted.waivers[-1].visits == 2
    same_as_engine(panel)
    assert "reached by" in panel.standings[f"limits.{row.id}"]
    # What was added can be changed, and taken out again.
    key = f"limits.{row.id}"
    assert box(panel, key).all("button")[-1].text == "Remove"
    act(panel, "rule-put", **(ROW | {"_rule": key, "visits": "15"}))
    assert next(r.visits for r in panel.desk.drafted_rules(panel.state).limits if r.id == row.id) == 15
    act(panel, "switch", rule=key, on=False)
    assert all(e.rule.id != row.id for e in panel.state.edits)
    act(panel, "undo")
    assert any(e.rule.id == row.id for e in panel.state.edits)


# One draft


def test_a_saved_draft_opens_as_it_was(panel):
    act(panel, "moves", moves={"limits.lbp.visits": "14"})
    act(panel, "switch", rule="criteria.plan_of_care", on=False)
    act(panel, "rule-put", **CRITERION)
    act(panel, "rule-put", **ROW)
    state, said = panel.state, sentence(panel.comparison)
    act(panel, "save", name="All of it", author="A", reason="why not")
    assert "not saved" not in panel.summary
    act(panel, "reset")
    act(panel, "load", value="all-of-it")
    assert (panel.state.changes, set(panel.state.edits), panel.state.kept) == (state.changes, set(state.edits), None)
    assert sentence(panel.comparison) == said and panel.state.unsaved == 0
    act(panel, "switch", rule="criteria.active_care", on=False)
    assert "1 change since not saved" in panel.summary


def test_python_of_the_screen_is_the_same_draft(panel):
    act(panel, "rule-put", **CRITERION)
    act(panel, "plan", value=PLAN)
    act(panel, "whose", value=PLAN)
    act(panel, "moves", moves={f"{PLAN}:limits.lbp.visits": "13"})
    (line,) = drafting.python_lines(panel.state)
    scope = {"wb": type("wb", (), {"load_draft": staticmethod(load_draft)}), "guidelines": panel.desk.library}
    exec(line, scope)
    made, mine = scope["draft"], panel.draft

    def told(draft):
        every = [("", c) for c in draft.changes] + [(p, c) for p, cs in draft.plans for c in cs]
        return sorted((p, c.guideline, c.target, c.kind, c.ids, sorted(map(str, c.body))) for p, c in every)

    assert told(made) == told(mine) and len(told(mine)) == 2


# Whose rule it is


def test_what_an_overlay_keeps_is_said_at_the_control(panel):
    act(panel, "plan", value="mesa-medicaid")
    controls = read(panel.column).all(class_="c")
    told = {c["data-key"]: c.all(class_="kept")[0].text for c in controls if c.all(class_="kept")}
    assert told["limits.lbp_high.per_week"] == "mesa medicaid sets its own 3: not felt there"
    assert "limits.lbp_high.visits" not in told
    # The published value is the guideline's, not the plan's: it is the guideline that moves.
    rules = panel.desk.setting(panel.state).rules(panel.desk.guideline(panel.state), None)
    control = panel.result.controls["limits.lbp_high.per_week"]
    assert control.published == next(r.per_week for r in rules.limits if r.id == "lbp_high")


def test_an_overlay_is_tuned_by_itself(panel):
    act(panel, "plan", value=PLAN)
    act(panel, "whose", value=PLAN)
    key = f"{PLAN}:limits.low_back_pain_continued.visits"
    act(panel, "moves", moves={key: "3"})
    assert panel.state.changes == ((Handle(Rule("limits", "low_back_pain_continued", PLAN), "visits"), D(3)),)
    assert panel.draft.changes == () and [p for p, _ in panel.draft.plans] == [PLAN]
    assert "and nobody else" in panel.summary and panel.comparison.flipped.requests
    same_as_engine(panel)
    # Under every plan the same requests change, and no other.
    mine = panel.comparison.flipped.requests
    act(panel, "plan", value="own")
    assert panel.comparison.flipped.requests == mine and panel.state.whose == ""
    act(panel, "save", name="theirs", author="A", reason="why not")
    act(panel, "reset")
    act(panel, "load", value="theirs")
    assert panel.state.changes == ((Handle.of(key), D(3)),)


def test_a_benefit_limit_and_a_waiver_of_a_plan(panel):
    act(panel, "plan", value=PLAN)
    act(panel, "whose", value=PLAN)
    overlay = panel.desk.overlay(panel.state)
    act(panel, "rule-put", _target="waivers", text="Three are free.", visits="3", source="house-rule")
    rule = Rule("benefit_limit", "benefit_limit", PLAN)
    if overlay.benefit_limit is None:
        act(panel, "rule-put", _target="benefit_limit", visits="20", source="house-rule")
    else:
        act(panel, "rule-put", _rule=str(rule), _target="benefit_limit", visits="20", source="house-rule")
    drafted = panel.desk.drafted_rules(panel.state)
    assert drafted.benefit_limit.visits == 20 and drafted.waivers[-1].visits == 3
    same_as_engine(panel)
    act(panel, "save", name="benefit", author="A", reason="why not")
    whole = load_draft(panel.desk.drafts / "benefit.yaml", panel.desk.library)
    assert {c.target for c in dict(whole.plans)[PLAN]} == {"waivers", "benefit_limit"}


# Handles


@pytest.mark.parametrize(
    "key", ["limits.lbp.visits", "parameters.attendance_needed", f"{PLAN}:limits.lbp.per_week", f"{PLAN}:parameters.a"]
)
def test_a_handle_is_its_key(key):
    assert str(Handle.of(key)) == key


@pytest.mark.parametrize("key", ["", "limits", "limits.lbp", "limits.lbp.colour", "nothing.at.all", ":limits.a.visits"])
def test_what_is_no_key(key):
    with pytest.raises(ValueError):
        Handle.of(key)


# The shelf


def test_drafts_are_listed_renamed_compared_and_deleted(panel):
    act(panel, "moves", moves={"limits.lbp.visits": "14"})
    act(panel, "save", name="one", author="A. Uthor", reason="for the back")
    act(panel, "moves", moves={"parameters.attendance_needed": "60"})
    act(panel, "save", name="two", author="C. Olleague", reason="for both")
    act(panel, "drafts")
    told = read(panel.dialog).text
    assert all(w in told for w in ("A. Uthor", "C. Olleague", "for the back", "limit row lbp: visits = 14"))
    act(panel, "compare", one="one", two="two")
    told = read(panel.dialog).text
    assert "Only “two”" in told and "attendance_needed: = 60" in told
    act(panel, "rename", name="two", to="one")
    assert "there is a draft one already" in panel.dialog
    act(panel, "rename", name="two", to="Für beide")
    assert panel.state.draft == "fur-beide"
    assert load_draft(panel.desk.drafts / "fur-beide.yaml", panel.desk.library).draft == "fur-beide"
    act(panel, "delete", name="fur-beide")
    assert drafting.saved(panel.desk.drafts) == ["fur-beide", "one"]  # not before it is said twice
    act(panel, "delete-surely", name="fur-beide")
    assert drafting.saved(panel.desk.drafts) == ["one"]
    assert panel.state.changed == 2 and "not saved" in panel.summary
    act(panel, "delete-surely", name="../one")
    assert "there is no draft" in panel.dialog and drafting.saved(panel.desk.drafts) == ["one"]


def test_redo_reset_one_and_undo(panel):
    act(panel, "moves", moves={"limits.lbp.visits": "14"})
    act(panel, "hand", key="")
    act(panel, "moves", moves={"limits.lbp.weeks": "9"})
    act(panel, "undo")
    assert len(panel.state.changes) == 1
    act(panel, "redo")
    assert len(panel.state.changes) == 2
    act(panel, "back", key="limits.lbp.visits")
    assert [str(h) for h, _ in panel.state.changes] == ["limits.lbp.weeks"]
    act(panel, "undo")
    assert len(panel.state.changes) == 2
    act(panel, "moves", moves={"limits.lbp.weeks": "10"})
    act(panel, "redo")  # what was undone is gone once the hand has gone on
    assert dict(panel.state.changes)[Handle.of("limits.lbp.weeks")] == 10

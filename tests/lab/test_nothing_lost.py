"""What goes wrong behind the screen is said, and what the hand made is not lost by it."""

from __future__ import annotations

import errno
import logging
import os
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from html_page import read, table

import workbench as wb
from workbench.guideline.addresses import Handle
from workbench.lab.tuning import journal as journals
from workbench.lab.tuning.case_sets import own
from workbench.lab.tuning.open import open_panel, tune
from workbench.lab.tuning.session import Desk
from workbench.lab.tuning.state import State
from workbench.words.comparisons import sentence

D = Decimal
MOVES = {"parameters.attendance_needed": "90", "limits.lbp.visits": "16"}
WHO = {"name": "room", "author": "Für Rücken", "reason": "because"}


def act(panel, what: str, /, **data):
    panel.hear({"act": what, "seq": panel.done + 1, **data})
    return panel


@pytest.fixture
def panel(desk):
    return act(open_panel(lambda: desk), "moves", moves=MOVES)


# A3: nothing fails in silence


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "may not be written to"),
        (errno.EROFS, "can only be read"),
        (errno.ENOSPC, "the disk is full"),
        (errno.ENAMETOOLONG, "the name is too long"),
        (errno.EIO, os.strerror(errno.EIO)),
    ],
)
def test_a_file_that_can_not_be_written_is_said_beside_what_was_typed(panel, monkeypatch, number, words):
    def refuse(self, *_, **__):
        raise OSError(number, os.strerror(number), str(self))

    monkeypatch.setattr(Path, "write_text", refuse)
    act(panel, "save", **WHO)
    dialog = read(panel.dialog)
    assert words in dialog.text and "Nothing was saved" in dialog.text
    assert {i["name"]: i["value"] for i in dialog.all("input", type="text")} == WHO
    assert len(panel.state.changes) == 2 and "room" not in panel.bar


def test_a_file_where_the_folder_should_be(panel):
    shutil.rmtree(panel.desk.drafts, ignore_errors=True)
    panel.desk.drafts.write_text("a file, not a folder", encoding="utf-8")
    act(panel, "save", **WHO)
    assert "a file stands where a folder is needed" in read(panel.dialog).text


def test_a_name_of_three_hundred_letters(panel):
    act(panel, "save", **WHO | {"name": "a" * 300})
    assert "at most 80 fit a file" in read(panel.dialog).text
    assert read(panel.dialog).all("input", name="name")[0]["value"] == "a" * 300


@pytest.mark.parametrize("content", [{"act": "by", "value": "nonsense"}, {"act": "nonsense"}, {"act": "cell"}, {}])
def test_what_nobody_foresaw_is_said_and_logged(panel, content, caplog):
    before = panel.state
    with caplog.at_level(logging.ERROR, "workbench.lab"):
        panel.hear({"seq": panel.done + 1, **content})
    assert "That did not work" in panel.dialog and "Traceback" not in panel.dialog
    assert caplog.records and panel.state == before


def test_a_screen_that_breaks_while_opening_says_so(caplog):
    def broken():
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        open_panel(broken).ready()
    assert "could not open the screen" in caplog.text


# A1: what a killed kernel leaves behind


def test_changes_come_back_after_the_kernel_was_lost(panel, desk, monkeypatch):
    (left,) = (desk.drafts / ".recovery").glob("*.yaml")
    lost = left.with_name("999999.yaml")
    left.replace(lost)
    monkeypatch.setattr(journals, "_alive", lambda pid: pid != "999999")
    again = open_panel(lambda: desk)
    assert dict(again.state.changes) == {Handle.of(k): D(v) for k, v in MOVES.items()}
    assert "2 changes that no draft holds came back" in read(again.dialog).text
    assert "not saved" in again.summary and not lost.exists()


def test_the_changes_of_another_living_kernel_are_left_alone(panel, desk, monkeypatch):
    (left,) = (desk.drafts / ".recovery").glob("*.yaml")
    left.replace(left.with_name("999999.yaml"))
    monkeypatch.setattr(journals, "_alive", lambda pid: True)
    assert open_panel(lambda: desk).state.changes == ()


def test_what_is_saved_or_taken_back_leaves_nothing_behind(panel, desk):
    act(panel, "save", **WHO)
    assert not list((desk.drafts / ".recovery").glob("*"))
    act(panel, "moves", moves={"limits.lbp.visits": "17"})
    assert list((desk.drafts / ".recovery").glob("*.yaml"))
    act(panel, "reset")
    assert not list((desk.drafts / ".recovery").glob("*"))


def test_a_recovery_file_that_can_not_be_read_is_told(desk):
    folder = desk.drafts / ".recovery"
    folder.mkdir(parents=True)
    (folder / "no-number.yaml").write_text("draft: [", encoding="utf-8")
    assert "can not be read" in open_panel(lambda: desk).dialog


# A8: other files, another version, another guideline


def test_a_touched_file_does_not_drop_the_draft(project):
    panel = act(tune(requests=300), "moves", moves=MOVES)
    (project / "guidelines" / "sources.yaml").touch()
    again = tune(requests=300)
    assert again.state.changes == panel.state.changes and again.desk is not panel.desk
    assert "laid over what they say now" in again.dialog


def test_another_version_and_back_keeps_the_draft(panel):
    moved = panel.state.changes
    act(panel, "guideline", value="physical-therapy/2026.2")
    assert panel.state.changes == moved
    act(panel, "guideline", value="speech-therapy/2026.1")
    assert panel.state.changes == ()
    act(panel, "guideline", value="physical-therapy/2026.1")
    assert panel.state.changes == moved


# A5: the cell gives the numbers of the screen, plan changes included


def test_python_holds_the_plan_changes(project):
    panel = tune(requests=2000)
    (project / "drafts").mkdir()
    shutil.copy(Path(__file__).parent / "plan-change.yaml", project / "drafts" / "plan-change.yaml")
    act(panel, "load", value="plan-change")
    if "made on another text" in panel.dialog:
        act(panel, "carry", name="plan-change")
    assert panel.draft.plans and panel.comparison.flipped.requests
    code = read(panel.python).all("code")[0].text.split("\n")
    scope: dict = {}
    exec("\n".join(code[:-1]), scope)
    assert eval(code[-1], scope) == sentence(panel.comparison)


# A10, A14, A17: what is in the file, whose it is, what is not in it


def test_a_refused_value_is_named_when_the_rest_is_saved(panel):
    act(panel, "moves", moves={"limits.lbp.weeks": "5000"})
    act(panel, "save", **WHO)
    assert "not taken and so not in the file" in read(panel.dialog).text
    assert [i.text for i in read(panel.dialog).all("li")] == ["Weeks, other: 5000"]


def test_who_made_a_draft_and_why(panel):
    act(panel, "save", **WHO)
    act(panel, "reset")
    act(panel, "load", value="room")
    assert "By Für Rücken, " in read(panel.summary).text and "because" in read(panel.summary).text
    act(panel, "saving")
    assert {i["name"]: i["value"] for i in read(panel.dialog).all("input", type="text")} == WHO
    act(panel, "save", **WHO | {"author": "B"})
    assert "a draft room already, of Für Rücken" in read(panel.dialog).text


def test_moves_after_saving_are_told(panel):
    act(panel, "save", **WHO)
    assert "not saved" not in panel.summary
    act(panel, "moves", moves={"limits.lbp.visits": "17", "limits.lbp.weeks": "9"})
    assert "3 changes from published · draft “room”, 2 changes since not saved" in read(panel.summary).text


# A4: whose rule it is


def test_under_one_plan_it_is_said_that_the_guideline_moves(panel):
    act(panel, "plan", value="harbor-commercial-ppo")
    assert "what you move is the guideline, for every plan" in read(panel.summary).text
    assert "for every plan" not in act(panel, "plan", value="own").summary


# A6: where a request turns


@pytest.mark.parametrize(
    ("control", "to", "asked", "words"),
    [("limits.lbp.weeks", 300, 100, "from 100 weeks an episode on"), ("limits.lbp.weeks", 300, 299, "from 299 weeks")],
)
def test_the_turning_value_is_found_however_far_it_lies(library, tmp_path, control, to, asked, words):
    rows = wb.generate(5000, library, seed=7)
    rows = rows[(rows["condition"] == "low_back_pain") & (rows["intent"] == "rehabilitative")]
    rows = rows.assign(requested_weeks=asked, weeks_used=0)
    for name in ("requested_weeks", "weeks_used"):
        rows[name] = rows[name].astype("int64[pyarrow]")
    desk = Desk(library, (own(rows),), drafts=tmp_path)
    panel = open_panel(lambda: desk, State("physical-therapy", "2026.1", condition="low_back_pain", cases="yours"))
    act(panel, "moves", moves={control: str(to)})
    act(panel, "open", id=panel.comparison.flips["request_id"][0])
    assert words in read(panel.listing).text


def test_a_lowered_number_is_said_the_right_way_round(panel):
    act(panel, "reset")
    act(panel, "moves", moves={"limits.lbp.visits": "3"})
    flips = panel.comparison.flips
    row = flips.filter(flips["condition"] == "low_back_pain").row(0, named=True)
    act(panel, "open", id=row["request_id"])
    assert "it comes out so at " in read(panel.listing).text and "and below (" in read(panel.listing).text


# A7: what the list shows can be found, and orders it


@pytest.mark.parametrize("words", ["low back", "clinician", "approved in part", "information needed"])
def test_the_filter_finds_what_the_list_shows(panel, words):
    act(panel, "search", value=words)
    rows = [r for r in read(panel.listing).all("tr") if len(r.all("td")) == 6]
    assert rows and all(all(w in r.text.lower() for w in words.split()) for r in rows)


def test_the_order_is_that_of_the_words(panel):
    act(panel, "cell", a="approved", b="approved")
    act(panel, "sort", key="condition")
    rows = [r for r in read(panel.listing).all("tr") if len(r.all("td")) == 6]
    haste = {"urgent": 0, "expedited": 1}  # what presses stands first in any order
    shown = [
        (min((n for w, n in haste.items() if w in r.all("th")[0].text), default=2), r.all("td")[0].text) for r in rows
    ]
    shown = [(n, (text.rpartition(",")[0] or text).lower()) for n, text in shown]
    assert shown == sorted(shown, key=lambda s: (s[0], not s[1], s[1])) and {n for n, _ in shown} > {2}


# A11: a comma


@pytest.mark.parametrize(
    ("typed", "value", "why"),
    [("0,8", "0.8", ""), ("1,000", None, "can be read in two ways"), ("a", None, "is not a number")],
)
def test_a_comma_is_not_swallowed(panel, typed, value, why):
    key = "parameters.improvement_needed"
    act(panel, "moves", moves={key: typed})
    if value is None:
        assert why in panel.values[key]["why"]
    else:
        assert dict(panel.state.changes)[Handle.of(key)] == D(value) or panel.result.controls[key].published == D(value)


# A12: all of a stale draft is told


def test_all_that_would_be_carried_over_is_told(panel, library):
    (panel.desk.drafts).mkdir(parents=True, exist_ok=True)
    shutil.copy(Path(__file__).parent / "stale-one.yaml", panel.desk.drafts / "stale-one.yaml")
    act(panel, "load", value="stale-one")
    said = read(panel.dialog).text
    assert "made on another text" in said and "stroke" in said and "lbp.visits" not in said


# A15: what is not stated is not 0


def test_people_that_no_request_names_are_not_zero(library, tmp_path):
    cases = wb.generate(200, library, seed=3)
    cases["member_id"] = None
    desk = Desk(library, (own(cases),), drafts=tmp_path)
    panel = open_panel(lambda: desk)
    assert {row[1] for row in table(read(panel.groups)).values()} == {"not stated"}

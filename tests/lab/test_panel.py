"""The screen as a whole, without a browser: what the hand does, what the page then says, and that it is true."""

from __future__ import annotations

import asyncio
import re
from decimal import Decimal

import pytest
from html_page import read, table

from workbench.cases.prepared import PreparedCases
from workbench.engine import decision as d
from workbench.errors import Problem, ProblemsFound
from workbench.guideline.addresses import Handle
from workbench.lab.tuning.open import open_panel
from workbench.lab.tuning.panel import Panel
from workbench.lab.tuning.state import State
from workbench.study.compare import compare
from workbench.study.replay import replay
from workbench.words.comparisons import sentence
from workbench.words.decisions import CANNOT_KNOW, DETERMINATION

D = Decimal
MOVES = {"parameters.attendance_needed": "90", "limits.lbp.visits": "16"}


@pytest.fixture
def panel(desk):
    return open_panel(lambda: desk)


def act(panel, what: str, /, **data) -> Panel:
    before = panel.done
    panel.hear({"act": what, "seq": before + 1, **data})
    assert panel.done == before + 1
    return panel


def engine(panel):
    """The comparison of the screen's draft by two whole replays."""
    state, desk = panel.state, panel.desk
    cases = PreparedCases(desk.ledger(state).replay.cases)
    return compare(*(replay(cases, s) for s in (desk.setting(state), desk.setting(state, panel.draft))))


def test_it_opens_as_published(panel):
    assert panel.state == State("physical-therapy", "2026.1", "low_back_pain", cases="few")
    assert read(panel.verdict).all(class_="sentence")[0].text == sentence(panel.comparison)
    assert "None of 2,500 requests changes" in panel.verdict
    assert CANNOT_KNOW in read(panel.foot).text


def test_the_page_says_what_the_engine_says(panel):
    act(panel, "moves", moves=MOVES)
    truth = engine(panel)
    assert truth.flipped.requests > 0
    assert read(panel.verdict).all(class_="sentence")[0].text == sentence(truth)
    rows = table(read(panel.matrix))
    for row, a in zip(rows.values(), d.DETERMINATIONS, strict=True):
        assert [int(n.replace(",", "")) for n in row] == [truth.matrix[a][b] for b in d.DETERMINATIONS]
    shown = table(read(panel.rates))
    for rate in truth.rates[:6]:
        cells = next(v for k, v in shown.items() if k.startswith(rate.label))
        assert cells[:2] == [f"{100 * rate.published:.1f} %", f"{100 * rate.draft:.1f} %"]
    lands = table(read(panel.groups))
    assert sum(int(row[0].replace(",", "")) for row in lands.values()) == truth.total.requests
    assert sum(int(row[2].replace(",", "")) for row in lands.values()) == truth.flipped.requests


def test_every_difference_names_its_sign_day_and_period(panel):
    said = read(panel.verdict).all(class_="cap")[0].text
    assert re.fullmatch(
        r"draft − published, decided as of 2026-01-01, requests received from 2025-\d\d-\d\d to "
        r"2025-\d\d-\d\d, histories as recorded",
        said,
    )
    about = read(panel.foot).text
    total = panel.comparison.total
    assert f"{total.requests:,} requests, {total.episodes:,} episodes, {total.people:,} people" in about


def test_a_refused_value_stays_with_its_reason(panel):
    act(panel, "moves", moves={"limits.lbp.visits": "14"})
    act(panel, "moves", moves={"limits.lbp.visits": "1400", "parameters.attendance_needed": "nan"})
    assert panel.state.changes == ((Handle.of("limits.lbp.visits"), D(14)),)
    assert {str(h): t for h, t in panel.state.refused} == {
        "limits.lbp.visits": "1400",
        "parameters.attendance_needed": "nan",
    }
    now = panel.values["limits.lbp.visits"]
    assert (now["value"], now["typed"]) == ("14", "1400")
    assert now["why"] == "Not taken: 1400 lies outside 0–999, the range that is allowed."
    # Built anew from the state, the screen says the same.
    again = open_panel(lambda: panel.desk, panel.state)
    box = next(c for c in read(again.column).all(class_="c") if c["data-key"] == "limits.lbp.visits")
    assert box.all("input", class_="n")[0]["value"] == "1400"
    assert box.all("input", class_="n")[0]["aria-invalid"] == "true"
    assert box.all(class_="why")[0].text == now["why"]
    act(panel, "moves", moves={"limits.lbp.visits": "15"})
    assert {str(h): t for h, t in panel.state.refused} == {"parameters.attendance_needed": "nan"}


def test_the_screen_is_its_state(panel):
    act(panel, "moves", moves=MOVES)
    again = open_panel(lambda: panel.desk, panel.state)
    for part in ("column", "verdict", "rates", "matrix", "groups", "listing", "python", "summary", "values"):
        assert getattr(again, part) == getattr(panel, part) or part == "column"
    assert "2 changes from published · not saved" in again.summary


def test_moving_back_to_published_is_no_change(panel):
    act(panel, "moves", moves=MOVES)
    act(panel, "moves", moves={"parameters.attendance_needed": "50", "limits.lbp.visits": "10"})
    assert panel.state.changes == ()


def test_undo_takes_back_a_whole_drag(panel):
    act(panel, "hand", key="limits.lbp.visits")
    for value in ("11", "12", "13"):
        act(panel, "moves", moves={"limits.lbp.visits": value})
    act(panel, "hand", key="limits.lbp.weeks")
    act(panel, "moves", moves={"limits.lbp.weeks": "9"})
    act(panel, "undo")
    assert panel.state.changes == ((Handle.of("limits.lbp.visits"), D(13)),)
    act(panel, "undo")
    assert panel.state.changes == ()
    before = panel.verdict
    assert act(panel, "undo").verdict == before
    assert 'data-act="undo" disabled' in panel.bar


def test_reset_can_be_undone(panel):
    act(panel, "moves", moves=MOVES)
    act(panel, "reset")
    assert panel.state.changes == ()
    act(panel, "undo")
    assert len(panel.state.changes) == 2


def test_a_cell_lists_its_requests(panel):
    act(panel, "moves", moves=MOVES)
    a, b = next((a, b) for a in d.DETERMINATIONS for b in d.DETERMINATIONS if a != b and panel.comparison.matrix[a][b])
    act(panel, "cell", a=a, b=b)
    listing = read(panel.listing)
    n = panel.comparison.matrix[a][b]
    assert f"{n:,} {DETERMINATION[a]} → {DETERMINATION[b]}" in listing.text
    pressed = [c for c in read(panel.matrix).all(class_="cell") if c["aria-pressed"] == "true"]
    assert [(c["data-a"], c["data-b"]) for c in pressed] == [(a, b)]
    rows = [r for r in listing.all("tr") if r.all("button", data_act="open")]
    assert len(rows) == min(n, 50)
    act(panel, "cell", a=a, b=b)
    assert panel.view.cell is None


def test_lists_are_cut_at_fifty_and_say_so(panel):
    act(panel, "cell", a="approved", b="approved")
    n = panel.comparison.matrix["approved"]["approved"]
    assert n > 50 and f"50 of {n:,} requests shown" in read(panel.listing).text


def test_sort_and_search(panel):
    act(panel, "moves", moves=MOVES)
    act(panel, "sort", key="visits_used")
    act(panel, "sort", key="visits_used")
    assert panel.view.descending
    cells = [r.all("td")[2].text for r in read(panel.listing).all("tr") if len(r.all("td")) == 6]
    used = [int(found.group(1)) for c in cells if (found := re.match(r"(\d+) v", c))]
    assert used == sorted(used, reverse=True) and len(set(used)) > 1
    act(panel, "search", value="LOW back")
    names = {r.all("td")[0].text for r in read(panel.listing).all("tr") if len(r.all("td")) == 6}
    assert names and all(n.startswith("Low back pain") for n in names)
    act(panel, "search", value="no such words")
    assert "No request is left" in panel.listing


def test_a_flip_opens_both_decisions(panel):
    act(panel, "moves", moves={"limits.lbp.visits": "6"})
    flips = panel.comparison.flips
    whole = (flips["determination"] == "approved") & (flips["determination_draft"] == "approved_in_part")
    row = flips.filter(whole).row(0, named=True)
    act(panel, "open", id=row["request_id"])
    opened = read(panel.listing).all(class_="tr")[0]
    heads = [h.text for h in opened.all("h3")]
    assert heads[0].startswith("Published: approved") and heads[1].startswith("Draft: approved in part")
    differs = opened.all(class_="differs")[0].all(class_="step")
    used, asked = row["visits_used"], row["requested_visits"]
    assert f"{used} used + {asked} asked = {used + asked}, limit 10 visits" in differs[0].text
    assert f"{used} used + {asked} asked = {used + asked}, limit 6 visits" in differs[1].text
    assert f"a clinician decides {asked - row['granted_visits_draft']} visits" in differs[1].text
    turn = re.search(
        r"it comes out so at (\d+) visits an episode and below \(“Visits, other”, published 10\)", opened.text
    )
    assert turn, opened.text
    assert int(turn.group(1)) == used + row["granted_visits_draft"]
    alike = opened.all(class_="alike")[0]
    assert "met A signed plan of care" in alike.text and "a signed plan of care: yes" in alike.text
    act(panel, "open", id=row["request_id"])
    assert not read(panel.listing).all(class_="tr")


def test_a_trace_says_values_of_both_sides(panel):
    act(panel, "moves", moves={"parameters.attendance_needed": "90"})
    flips = panel.comparison.flips
    row = flips.filter(flips["reasons_draft"].list.contains("attendance")).row(0, named=True)
    act(panel, "open", id=row["request_id"])
    steps = read(panel.listing).all(class_="differs")[0].all(class_="step")
    left, right = (next(s.text for s in steps[i::2] if "planned visits were kept" in s.text) for i in (0, 1))
    assert left.startswith("met") and "Attendance below which a clinician looks: 50 percent" in left
    assert right.startswith("not met") and "Attendance below which a clinician looks: 90 percent" in right


def test_curve_of_the_control_in_hand(panel):
    act(panel, "moves", moves={"limits.lbp.visits": "14"})
    act(panel, "hand", key="limits.lbp.visits")
    image = read(panel.curve).all("img")[0]
    assert image["src"].startswith("data:image/png;base64,")
    assert re.match(
        r"Approved goes from [\d.]+ % at 0 to [\d.]+ % at 20 visits an episode; .*published 10, draft 14\.",
        image["alt"],
    )
    assert "as “Visits, other” moves" in panel.curve and "draft − published" in panel.curve
    shown = table(read(panel.curve))
    rate = next(r for r in panel.comparison.rates if r.name == "approval_rate")
    assert shown["14"] == [f"{100 * rate.draft:.2f} %"] and shown["10"] == [f"{100 * rate.published:.2f} %"]


def test_save_open_and_refuse_to_write_over(panel):
    act(panel, "moves", moves=MOVES)
    act(panel, "saving")
    act(panel, "save", name="Room", author="", reason="")
    assert [i.text for i in read(panel.dialog).all("li")] == ["the draft wants a reason", "the draft wants an author"]
    act(panel, "save", name="Room", author="A", reason="because")
    assert "Saved as" in panel.dialog and (panel.desk.drafts / "room.yaml").exists()
    assert "draft “room”" in panel.summary
    changes = panel.state.changes
    act(panel, "save", name="room", author="A", reason="again")
    assert "there is a draft room already" in panel.dialog and read(panel.dialog).all("input", name="replace")
    act(panel, "reset")
    act(panel, "load", value="room")
    assert set(panel.state.changes) == set(changes)
    (panel.desk.drafts / "room.yaml").write_text("draft: room\nnonsense: 1\n", encoding="utf-8")
    act(panel, "load", value="room")
    assert "nonsense" in panel.dialog and set(panel.state.changes) == set(changes)


def test_a_stale_draft_is_offered(panel):
    act(panel, "moves", moves=MOVES)
    act(panel, "save", name="room", author="A", reason="because")
    path = panel.desk.drafts / "room.yaml"
    made_on = re.sub(r"digest: \w+", "digest: '0123456789abcdef'", path.read_text(encoding="utf-8"))
    path.write_text(made_on, encoding="utf-8")
    act(panel, "reset")
    act(panel, "load", value="room")
    assert panel.state.changes == () and "was made on another text" in panel.dialog
    act(panel, "carry", name="room")
    assert dict(panel.state.changes) == {Handle.of(k): D(v) for k, v in MOVES.items()} and panel.dialog == ""


def test_plans(panel):
    everybody = panel.comparison.total.requests
    act(panel, "plan", value="harbor-commercial-ppo")
    plan = panel.comparison.pair["plan"]
    assert 0 < panel.comparison.total.requests < everybody and set(plan) == {"harbor-commercial-ppo"}
    act(panel, "plan", value="none")
    assert panel.comparison.total.requests == everybody and panel.comparison.draft.overlays == ()


def test_other_guidelines_and_conditions(panel):
    act(panel, "moves", moves=MOVES)
    act(panel, "guideline", value="speech-therapy/2026.1")
    assert panel.state.guideline == "speech-therapy" and panel.state.changes == () and panel.state.condition
    act(panel, "guideline", value="physical-therapy/2026.2")
    assert "physical-therapy/2026.2" in {pin.name for pin in panel.comparison.draft.guidelines}
    act(panel, "condition", value="knee_arthroplasty")
    act(panel, "moves", moves={"limits.knee_arthroplasty.visits": "30"})
    act(panel, "condition", value="low_back_pain")
    assert "Changed under another condition: knee arthroplasty visits 30" in panel.summary
    act(panel, "condition", value="knee_arthroplasty")
    assert any(c["data-key"].startswith("limits.knee_arthroplasty") for c in read(panel.column).all(class_="c"))


def test_the_whole_page_is_sound_and_named(panel):
    """Tags closed, ids once, every control with a name, every button and picture with a text."""
    act(panel, "moves", moves=MOVES)
    act(panel, "hand", key="limits.lbp.visits")
    act(panel, "open", id=panel.comparison.flips["request_id"][0])
    act(panel, "rule", rule="criteria.plan_of_care")
    act(panel, "saving")
    page = read(
        "".join(
            getattr(panel, p)
            for p in (
                "bar",
                "column",
                "summary",
                "dialog",
                "assumed",
                "verdict",
                "rates",
                "matrix",
                "curve",
                "groups",
                "split",
                "listing",
                "foot",
                "python",
                "rules",
                "editor",
            )
        )
    )
    ids = [e["id"] for e in page.all() if e["id"]]
    assert len(ids) == len(set(ids))
    sliders, fields = page.all("input", type="range"), page.all("input", class_="n")
    assert len(sliders) == len(fields) > 30
    for slider in sliders:
        # Its own name and the heading above it, which says the condition.
        named = slider["aria-labelledby"].split()
        assert len(named) == 2 and all(i in ids for i in (*named, *slider["aria-describedby"].split()))
    assert all(field["aria-label"] for field in fields)
    assert all(b.text.strip() or b["aria-label"] for b in page.all("button"))
    assert all(i["alt"] for i in page.all("img"))
    for label in page.all("label"):
        assert label.text.strip() and (label.all("select") or label.all("input") or label["for"] in ids)
    assert all(t.all("caption") for t in page.all("table"))
    assert all(th["scope"] for th in page.all("th"))


def test_what_a_person_or_file_wrote_is_shown_as_text(panel):
    evil = "<img src=x onerror=alert(1)>"
    act(panel, "save", name=evil, author=evil, reason=evil)
    act(panel, "search", value=evil)
    act(panel, "load", value=evil)
    assert not any(evil in getattr(panel, p) for p in ("dialog", "listing", "bar"))


def test_a_screen_that_can_not_open_says_why(desk):
    def broken():
        raise ProblemsFound([Problem("unknown-key", "what is this", "guidelines/x.yaml", 3, 1)])

    async def open_it():
        panel = open_panel(broken)
        await panel._starting
        return panel

    panel = asyncio.run(open_it())
    with pytest.raises(ProblemsFound):
        panel.ready()
    assert "guidelines/x.yaml:3:1: unknown-key what is this" in panel.dialog


def test_it_is_shown_before_it_is_ready(desk):
    async def open_it():
        panel = open_panel(lambda: desk)
        first = panel.verdict, panel.opened
        await panel._starting
        return first, panel

    first, panel = asyncio.run(open_it())
    assert first == ('<p class="sentence">Starting …</p>', False)
    assert panel.opened and "None of" in panel.verdict


def test_a_hand_that_moves_while_a_curve_is_drawn(desk):
    async def moves():
        panel = open_panel(lambda: desk)
        await panel._starting
        act(panel, "hand", key="limits.lbp.weeks")
        assert "Drawing" in panel.curve
        await asyncio.sleep(0.02)
        act(panel, "moves", moves={"limits.lbp.weeks": "9"})
        act(panel, "hand", key="limits.lbp.visits")
        act(panel, "hand", key="limits.lbp.weeks")
        await panel.works._drawing[1]
        return panel

    panel = asyncio.run(moves())
    alt = read(panel.curve).all("img")[0]["alt"]
    assert "weeks an episode" in alt and alt.endswith("published 13, draft 9.")
    assert "still being drawn" not in panel.curve


def test_snapshot_needs_no_kernel(panel):
    page = read(panel.snapshot())
    assert sentence(panel.comparison) in page.text and not page.all("script")

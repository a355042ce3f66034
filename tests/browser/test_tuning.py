"""The tuning screen in the real JupyterLab: what the page shows is what the engine says."""

from __future__ import annotations

import json
import urllib.request

import pytest
from playwright.sync_api import expect

import workbench as wb
from workbench.engine.decision import DETERMINATIONS

NOTEBOOK = "notebooks/10_tune.ipynb"
LOADED_MS = 90_000
DECIDED_MS = 30_000
VISITS = "limits.lbp_chronic_high.visits"
WEEKS = "limits.lbp.weeks"
ATTENDANCE = "parameters.attendance_needed"
REQUESTS, SEED = 50_000, 7


@pytest.fixture(scope="module")
def guidelines():
    return wb.load_guidelines("guidelines")


@pytest.fixture(scope="module")
def engine(guidelines):
    """What the engine says of changes to physical therapy, by the verbs of a notebook."""
    cases = wb.generate(REQUESTS, guidelines, seed=SEED)
    published = wb.replay(cases, guidelines)

    def says(parameters: dict | None = None, limits: list | None = None) -> wb.Comparison:
        changes = {"parameters": parameters or {}, "limits": {"change": limits or []}}
        changes = {k: v for k, v in changes.items() if v and v != {"change": []}}
        draft = wb.load_draft({"changes": {"physical-therapy": changes}}, guidelines)
        return wb.compare(published, wb.replay(cases, guidelines, draft=draft))

    return says


class Screen:
    """The living screen: its stored picture, which the page shows first, has no controls."""

    def __init__(self, lab) -> None:
        self.lab, self.page = lab, lab.page
        self.box = lab.page.locator(".jp-NotebookPanel:visible .wb-tune:has(.aside)")
        self.sentence = self.box.locator("[data-part=verdict] .sentence")

    def opened(self) -> Screen:
        expect(self.sentence).to_contain_text("requests change", timeout=LOADED_MS)
        # The other cells of the notebook run before the kernel is free for the hand.
        expect(self.page.locator(".jp-Notebook-ExecutionIndicator").first).to_have_attribute(
            "data-status", "idle", timeout=LOADED_MS
        )
        return self

    def control(self, key: str):
        return self.box.locator(f'.c[data-key="{key}"]')

    def slider(self, key: str):
        return self.control(key).locator("input[type=range]")

    def number(self, key: str):
        return self.control(key).locator("input.n")

    def settled(self) -> None:
        """Wait until what the hand did is answered: typing is heard after a moment."""
        self.page.wait_for_timeout(500)
        expect(self.box).not_to_have_attribute("aria-busy", "true", timeout=DECIDED_MS)

    def matrix(self) -> list[list[int]]:
        rows = self.box.locator("[data-part=matrix] tbody tr").all()
        return [
            [int("".join(c for c in cell if c.isdigit())) for cell in row.locator("td").all_inner_texts()]
            for row in rows
        ]


@pytest.fixture
def screen(lab):
    """The notebook, opened with a kernel of its own: the server keeps those of earlier tests, and they remember."""

    def ask(path: str, method: str) -> list:
        request = urllib.request.Request(f"{lab.server.url}/api/{path}?token=browser-test", method=method)
        with urllib.request.urlopen(request, timeout=15) as answer:
            return json.loads(answer.read() or "[]")

    for session in ask("sessions", "GET"):
        ask(f"sessions/{session['id']}", "DELETE")
    lab.trust(NOTEBOOK)
    lab.open(NOTEBOOK)
    return Screen(lab)


def test_the_last_result_is_there_before_the_kernel(screen):
    """What the notebook stores is a picture of the screen: no page stays blank while a kernel starts."""
    picture = screen.page.locator(".jp-NotebookPanel:visible .wb-tune").first
    expect(picture).to_contain_text("requests change")
    screen.opened()
    expect(screen.page.locator(".jp-NotebookPanel:visible .wb-tune")).to_have_count(1)
    expect(screen.page.locator(".jp-NotebookPanel:visible .jp-InputArea-editor").first).to_be_hidden()


def test_a_draft_by_keyboard_and_by_number(screen, engine, lab):
    screen.opened()
    lab.shot("tuning-opened")

    # The keyboard moves a slider; its number field follows.
    slider = screen.slider(VISITS)
    slider.focus()
    for _ in range(5):
        slider.press("ArrowRight")
    expect(screen.number(VISITS)).to_have_value("21")
    screen.settled()
    row = {"rows": ["lbp_chronic_high"], "visits": {"set": 21}}
    expect(screen.sentence).to_have_text(engine(limits=[row]).sentence)

    # A number is typed; its slider follows.
    screen.number(ATTENDANCE).fill("55")
    screen.settled()
    expect(screen.slider(ATTENDANCE)).to_have_value("55")
    truth = engine({"attendance_needed": {"set": 55}}, [row])
    expect(screen.sentence).to_have_text(truth.sentence)
    assert screen.matrix() == [[truth.matrix.loc[a, b] for b in DETERMINATIONS] for a in DETERMINATIONS]
    lab.shot("tuning-draft")

    # A value that can not stand stays where it was typed, with the reason; the numbers stay as they were.
    screen.number(WEEKS).fill("5000")
    screen.settled()
    expect(screen.number(WEEKS)).to_have_value("5000")
    expect(screen.control(WEEKS).locator(".why")).to_have_text(
        "Not taken: 5000 lies outside 0–999, the range that is allowed."
    )
    expect(screen.sentence).to_have_text(truth.sentence)
    lab.shot("tuning-refused")


def test_a_flip_and_its_two_decisions(screen, engine, lab):
    screen.opened()
    screen.number(VISITS).fill("8")
    screen.settled()
    truth = engine(limits=[{"rows": ["lbp_chronic_high"], "visits": {"set": 8}}])
    flips = truth.flips[
        (truth.flips["determination"] == "approved") & (truth.flips["determination_draft"] == "approved_in_part")
    ].sort_values("request_id")
    cell = screen.box.locator("#wb-cell-approved-approved_in_part")
    expect(cell).to_have_accessible_name(
        f"approved becomes approved in part: {len(flips)} request{'s' if len(flips) > 1 else ''}"
    )
    cell.focus()
    cell.press("Enter")
    screen.settled()
    expect(cell).to_have_attribute("aria-pressed", "true")
    expect(cell).to_be_focused()
    first = screen.box.locator(f"#wb-open-{flips['request_id'].iloc[0]}")
    first.press("Enter")
    screen.settled()
    used, asked = int(flips["visits_used"].iloc[0]), int(flips["requested_visits"].iloc[0])
    traces = screen.box.locator(".traces .tr")
    expect(traces.locator("h3").first).to_contain_text("Published: approved")
    expect(traces.locator("h3").last).to_contain_text("Draft: approved in part")
    expect(traces.locator(".differs")).to_contain_text(f"{used} used + {asked} asked = {used + asked}, limit 16 visits")
    expect(traces.locator(".differs")).to_contain_text(f"{used} used + {asked} asked = {used + asked}, limit 8 visits")
    traces.scroll_into_view_if_needed()
    lab.shot("tuning-flip")

    # The curve of the control that was held says in text what it shows.
    screen.slider(VISITS).focus()
    picture = screen.box.locator("[data-part=curve] img")
    picture.wait_for(timeout=DECIDED_MS)
    assert picture.get_attribute("alt").endswith("published 16, draft 8.")


def test_save_reset_and_open_again(screen, guidelines, lab):
    screen.opened()
    screen.number(ATTENDANCE).fill("60")
    screen.settled()
    said = screen.sentence.inner_text()
    screen.box.locator("button[data-act=saving]").click()
    form = screen.box.locator("form")
    form.get_by_label("Name of the draft").fill("Fewer looks at attendance")
    form.get_by_label("Author").fill("A. Uthor")
    form.get_by_label("Reason").press_sequentially("Cost alone lowers it.")
    lab.shot("tuning-saving")
    form.get_by_label("Reason").press("Enter")
    expect(screen.box.locator("[data-part=dialog]")).to_contain_text("Saved as drafts/fewer-looks-at-attendance.yaml")
    draft = wb.load_draft(lab.root / "drafts" / "fewer-looks-at-attendance.yaml", guidelines)
    assert (draft.author, draft.reason) == ("A. Uthor", "Cost alone lowers it.")
    screen.box.locator("button[data-act=reset]").click()
    screen.settled()
    expect(screen.sentence).to_contain_text("None of 50,000 requests changes")
    expect(screen.number(ATTENDANCE)).to_have_value("50")
    screen.box.get_by_role("button", name="Drafts …").click()
    screen.box.get_by_role("button", name="Open fewer-looks-at-attendance").click()
    screen.settled()
    expect(screen.number(ATTENDANCE)).to_have_value("60")
    assert screen.sentence.inner_text() == said


def test_real_requests_and_a_page_loaded_again(screen, lab):
    screen.opened()
    screen.box.get_by_label("Cases").select_option("hearing-orders")
    screen.settled()
    expect(screen.box.locator("[data-part=assumed]")).to_contain_text("30 of these requests rest on assumptions")
    screen.number("limits.lbp_chronic.visits").fill("30")
    screen.settled()
    expect(screen.sentence).to_contain_text("of 30 requests change")
    lab.shot("tuning-real")
    said = screen.sentence.inner_text()
    # The page runs the notebook again; the kernel still knows where the screen stood.
    screen.page.reload()
    expect(screen.sentence).to_have_text(said, timeout=LOADED_MS)
    expect(screen.number("limits.lbp_chronic.visits")).to_have_value("30")

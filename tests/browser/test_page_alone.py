"""The screen's page by hand and keyboard, without Jupyter: rules, names while typing, focus, and that nothing is cut off."""

from __future__ import annotations

import pytest
from alone import Alone
from axe_playwright_python.sync_playwright import Axe

from workbench.guideline.addresses import Rule
from workbench.lab.tuning.open import tune
from workbench.words.comparisons import sentence

ACTIVE = "(e) => document.activeElement.id || document.activeElement.dataset.part || document.activeElement.tagName"


@pytest.fixture
def screen(browser, tmp_path):
    panel = tune("guidelines", requests=1500, drafts=tmp_path / "drafts")
    panel.ready()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield Alone(context.new_page(), panel)
    context.close()


def open_rules(screen, title: str) -> None:
    screen.page.locator("summary", has_text=title).click()


def test_a_criterion_is_written_by_keyboard(screen):
    page, panel = screen.page, screen.panel
    open_rules(screen, "Criteria (")
    page.locator("[id='wb-rule-criteria-plan_of_care-edit']").click()
    screen.settle()
    area = page.locator("textarea[name=requires]")
    area.fill("")
    area.press_sequentially("visits_us")
    assert page.locator(".names:visible li").first.inner_text().startswith("visits_used")
    area.press("Enter")
    area.press_sequentially(" >= 1 and condition = 'low_b")
    area.press("Tab")  # takes the choice
    area.press_sequentially("'")
    screen.settle()
    said = page.locator("[data-for=requires]").inner_text()
    assert area.input_value() == "visits_used >= 1 and condition = 'low_back_pain'" and "In words: " in said
    area.press_sequentially(" and wether")
    screen.settle()
    assert "line 1" in page.locator("[data-for=requires]").inner_text()
    area.fill("visits_used >= 1")
    screen.settle()
    page.locator("[data-act=rule-put]").click()
    screen.settle()
    assert dict(panel.state.edit_of(Rule("criteria", "plan_of_care")).body) == {"requires": "visits_used >= 1"}
    assert page.locator(".sentence").inner_text().startswith(sentence(panel.comparison)[:20])
    assert page.evaluate(ACTIVE) == "verdict"  # not the start of the page
    page.keyboard.press("Control+z")
    screen.settle()
    assert panel.state.edits == ()
    page.keyboard.press("Control+Shift+z")
    screen.settle()
    assert len(panel.state.edits) == 1


def test_a_switch_keeps_the_focus_and_counts_stand_beside_it(screen):
    page, panel = screen.page, screen.panel
    open_rules(screen, "Criteria (")
    screen.settle()
    assert "hang on it alone" in page.locator(".rule .tallied").first.inner_text()
    switch = page.locator("[id='wb-rule-criteria-plan_of_care-switch']")
    switch.focus()
    page.keyboard.press("Space")
    screen.settle()
    assert panel.state.edit_of(Rule("criteria", "plan_of_care")).off and not switch.is_checked()
    assert page.evaluate(ACTIVE) == "wb-rule-criteria-plan_of_care-switch"
    page.locator("#wb-reset").click()
    screen.settle()
    assert page.evaluate(ACTIVE) != "BODY" and switch.is_checked()


def test_the_first_request_is_near_by_keyboard(screen):
    page = screen.page
    page.locator(".c[data-key='parameters.attendance_needed'] input.n").fill("90")
    screen.settle()
    assert screen.panel.comparison.flipped.requests
    page.locator("#wb-guideline").focus()
    for _ in range(29):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.skip ?? ''").endswith("[data-part=listing]"):
            page.keyboard.press("Enter")
            break
    assert page.evaluate("document.activeElement.dataset.act") == "open"


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1440, 900), (1920, 1080)])
def test_nothing_is_cut_off(screen, width, height):
    screen.page.set_viewport_size({"width": width, "height": height})
    screen.page.locator("input.n").first.fill("40")
    screen.settle()
    wide = screen.page.evaluate(
        "() => [...document.querySelectorAll('.wb-tune .answer, .wb-tune .moves, .wb-tune .scroll, .wb-tune .top')]"
        ".filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className || e.dataset.part)"
    )
    assert wide == []


WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def test_axe_finds_nothing_that_is_ours(screen):
    """All rules of WCAG 2.0 to 2.2, A and AA, on the screen as it is worked with: a draft, an open request with what
    would change it, every group of numbers and rules open, the form of a rule, the form for saving and its refusal."""
    page = screen.page
    found = []

    def look(at: str) -> None:
        said = Axe().run(page, options={"runOnly": WCAG}).response["violations"]
        found.extend((at, v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in said)

    page.locator(".c[data-key='limits.lbp.visits'] input.n").fill("5")
    screen.settle()
    page.locator("[data-act=open]").first.click()
    screen.settle()
    assert "What would change this" in page.locator("[data-turned]").inner_text()
    page.evaluate("() => document.querySelectorAll('.moves details').forEach((d) => { d.open = true; })")
    look("working")
    page.locator("[id='wb-rule-criteria-plan_of_care-edit']").click()
    screen.settle()
    page.locator("[data-act=saving]").click()
    screen.settle()
    page.locator("[data-act=save]").click()
    screen.settle()
    look("forms and a refusal")
    assert found == []

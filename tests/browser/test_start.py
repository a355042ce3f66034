"""The tour in JupyterLab: it stands ready, its steps go by keyboard, and it leads on to the tuning screen."""

from __future__ import annotations

from playwright.sync_api import expect

NOTEBOOK = "notebooks/00_start.ipynb"


def test_a_provider_goes_by_keyboard_and_on_to_the_tuning_screen(lab):
    lab.trust(NOTEBOOK)
    page = lab.open(NOTEBOOK)
    step = page.locator("button", has_text="2. Send what is asked for")
    step.wait_for(timeout=60_000)
    step.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="approved: 8 visits over 6 weeks")).to_be_visible(timeout=60_000)
    # The step before it was made first.
    expect(page.get_by_text("Asked of you, what decides most first")).to_be_visible()
    lab.shot("tour")
    page.get_by_role("link", name="the tuning screen").first.click()
    expect(page.get_by_role("tab", name="10_tune.ipynb")).to_be_visible(timeout=30_000)

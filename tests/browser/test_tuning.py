"""The tuning screen in the real JupyterLab: what the page shows is what the engine says."""
from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

import workbench as wb

NOTEBOOK = "notebooks/10_tune.ipynb"
LOADED_MS = 60_000
VISITS = "limits.lbp_chronic_high.visits"
ATTENDANCE = "parameters.attendance_needed"


@pytest.fixture(scope="module")
def guidelines():
    return wb.load_guidelines("guidelines")


@pytest.fixture(scope="module")
def engine(guidelines):
    """What the engine says of a draft, by the verbs of a notebook: the published side is decided once."""
    cases = wb.generate(50_000, guidelines, seed=7)
    published = wb.replay(cases, guidelines)

    def says(changes: dict) -> wb.Comparison:
        draft = wb.load_draft({"changes": {"physical-therapy": changes}}, guidelines)
        return wb.compare(published, wb.replay(cases, guidelines, draft=draft))
    return says


@pytest.fixture
def screen(lab):
    lab.trust(NOTEBOOK)
    page = lab.open(NOTEBOOK)
    found = page.locator(".jp-NotebookPanel:visible .wb-tune:has(.aside)")
    expect(found.locator(".sentence")).to_contain_text("requests change", timeout=LOADED_MS)
    #found.scroll_into_view_if_needed()
    return found


def settle(screen) -> None:
    expect(screen).not_to_have_attribute("aria-busy", "true", timeout=30_000)


def test_look(screen, lab):
    page=lab.page
    settle(screen)
    page.wait_for_timeout(20000)
    lab.shot("tuning-opened")
    box = screen.locator(f'.c[data-key="{VISITS}"]')
    slider = box.locator("input[type=range]")
    slider.focus()
    page.wait_for_timeout(9000)
    times=[]
    for i in range(8):
        times.append(page.evaluate("""async () => { const el=document.querySelector('.wb-tune:has(.aside)');
           const s=document.activeElement; const t=performance.now(); s.value=Number(s.value)+1; s.dispatchEvent(new Event('input',{bubbles:true}));
           await new Promise(r=>{const f=()=>el.hasAttribute('aria-busy')?requestAnimationFrame(f):r(); f();}); return Math.round(performance.now()-t);}"""))
    print("ticks", times)
    box = screen.locator(f'.c[data-key="{ATTENDANCE}"]')
    s2=box.locator("input[type=range]"); s2.focus()
    times=[]
    for i in range(4):
        times.append(page.evaluate("""async () => { const el=document.querySelector('.wb-tune:has(.aside)');
           const s=document.activeElement; const t=performance.now(); s.value=Number(s.value)-5; s.dispatchEvent(new Event('input',{bubbles:true}));
           await new Promise(r=>{const f=()=>el.hasAttribute('aria-busy')?requestAnimationFrame(f):r(); f();}); return Math.round(performance.now()-t);}"""))
    print("ticks", times)
    page.set_viewport_size({"width":1500,"height":1000})
    screen.locator(".cell.up").first.click()
    screen.locator(".list .id").first.click()
    settle(screen)
    screen.locator("[data-part=listing]").evaluate("e=>e.scrollIntoView()")
    page.wait_for_timeout(1000)
    lab.shot("tuning-flip")
    box.locator("input[type=number]").fill("300")
    page.wait_for_timeout(1000)
    screen.locator("select[data-act=cases]").select_option("hearing-orders")
    page.wait_for_timeout(1000)
    settle(screen)
    lab.shot("tuning-real")
    page.reload()
    expect(screen.locator(".sentence")).to_contain_text("30 requests change", timeout=LOADED_MS)
    lab.shot("tuning-reloaded")

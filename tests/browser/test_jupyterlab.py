"""JupyterLab as `make lab` starts it: quiet, and with panel notebooks ready to use."""

from __future__ import annotations

import nbformat
import pytest
from playwright.sync_api import expect

PANEL = """\
from pathlib import Path
import ipywidgets
runs = Path("{name}.txt")
with runs.open("a") as file:
    file.write("x")
ipywidgets.IntText(len(runs.read_text()), description="Run").add_class("run")
"""
RUN_ON_OPEN = {"workbench": {"run_on_open": True}}
SHOWN = ".jp-NotebookPanel:visible"


def write(lab, name: str, metadata: dict) -> str:
    """A notebook in the served folder whose widget shows how often it ran; a file beside it counts too."""
    cell = nbformat.v4.new_code_cell(PANEL.format(name=name), metadata={"jupyter": {"source_hidden": True}})
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata=kernel | metadata)
    nbformat.write(notebook, lab.root / f"{name}.ipynb")
    return f"{name}.ipynb"


def runs(lab, name: str) -> int:
    counted = lab.root / f"{name}.txt"
    return len(counted.read_text()) if counted.exists() else 0


def test_opens_without_news(lab):
    page = lab.open(write(lab, "plain", {}))
    page.wait_for_timeout(2000)  # the question about news comes a moment after the page
    assert page.locator(".Toastify__toast").all_inner_texts() == []


def test_a_panel_is_ready_to_use_and_its_file_untouched(lab):
    path = write(lab, "panel", RUN_ON_OPEN)
    lab.trust(path)
    before = (lab.root / path).read_bytes()
    page = lab.open(path)
    number = page.locator(f"{SHOWN} .run input")
    expect(number).to_have_value("1")
    expect(page.locator(f"{SHOWN} .jp-InputArea-editor")).to_be_hidden()
    expect(page.locator(".jp-FileBrowser")).to_be_hidden()
    # Opened, run, and still the shipped file: there is nothing to save.
    expect(page.locator(".jp-mod-dirty")).to_have_count(0)
    assert (lab.root / path).read_bytes() == before
    # What was run is not in the file, so a reloaded page would show a dead panel: it runs again.
    page.reload()
    expect(number).to_have_value("2")


def test_a_saved_panel_keeps_its_state_over_a_reload(lab):
    path = write(lab, "kept", RUN_ON_OPEN)
    lab.trust(path)
    page = lab.open(path)
    number = page.locator(f"{SHOWN} .run input")
    expect(number).to_have_value("1")
    number.fill("37")
    number.press("Enter")
    with page.expect_response(lambda reply: "/api/contents/kept.ipynb" in reply.url and reply.request.method == "PUT"):
        page.locator(f"{SHOWN} .jp-Notebook").press("Control+s")
    page.reload()
    expect(number).to_have_value("37")
    assert runs(lab, "kept") == 1


@pytest.mark.parametrize(("name", "metadata", "trusted"), [("foreign", RUN_ON_OPEN, False), ("silent", {}, True)])
def test_nothing_else_runs_by_itself(lab, name, metadata, trusted):
    path = write(lab, name, metadata)
    if trusted:
        lab.trust(path)
    page = lab.open(path)
    page.wait_for_timeout(5000)  # a panel takes about two seconds
    assert runs(lab, name) == 0
    expect(page.locator(f"{SHOWN} .jp-OutputArea-output")).to_have_count(0)

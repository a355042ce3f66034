"""A workbook that would take the memory is refused before it is parsed: by its cell, its row or the whole of it."""

from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from workbench.errors import ProblemsFound
from workbench.guideline.model import Library
from workbench.reading import excel_bounds
from workbench.reading.excel_bounds import too_large
from workbench.reading.read import read_cases


def workbook(path: Path, text: str = "PT", columns: int = 2, rows: int = 2) -> Path:
    book = Workbook()
    for _ in range(rows):
        book.active.append([text] * columns)
    book.save(path)
    return path


def swollen(path: Path, name: str, what: bytes) -> Path:
    """The workbook with `what` in place of the first `PT` of one of its files."""
    whole = workbook(path.with_name("whole.xlsx"))
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.namelist():
            content = old.read(item)
            new.writestr(item, content.replace(b"PT", what, 1) if item == name else content)
    return path


def test_what_excel_can_hold_is_read(tmp_path: Path) -> None:
    for path in (workbook(tmp_path / "a.xlsx", '"' * 32_767), workbook(tmp_path / "b.xlsx", "x" * 40, columns=2_000)):
        assert too_large(path) is None


def test_a_cell_that_would_take_the_memory(tmp_path: Path, shipped: Library) -> None:
    path = swollen(tmp_path / "bomb.xlsx", "xl/worksheets/sheet1.xml", b"x" * 60_000_000)
    assert path.stat().st_size < 200_000
    tracemalloc.start()
    with pytest.raises(
        ProblemsFound, match="too-large a cell of xl/worksheets/sheet1.xml holds more than 200,000 bytes"
    ):
        read_cases(path, shipped)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_a_row_and_a_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = workbook(tmp_path / "wide.xlsx", columns=3_000, rows=4)
    monkeypatch.setattr(excel_bounds, "LONGEST_ROW", 50_000)
    found = too_large(path)
    assert found is not None and "a row of xl/worksheets/sheet1.xml holds more than" in found.message
    monkeypatch.setattr(excel_bounds, "LARGEST", 100_000)
    found = too_large(path)
    assert found is not None and found.message.startswith("the workbook unpacks to")

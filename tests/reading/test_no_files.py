"""What is no table, or none that can be read: each is told by its name, with what to do."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from workbench.errors import ProblemsFound
from workbench.guideline.model import Library
from workbench.reading.read import read_cases

XML_2003 = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:html="http://www.w3.org/TR/REC-html40">
<Worksheet ss:Name="a"><Table><Row><Cell><Data ss:Type="String">request_id</Data></Cell></Row></Table></Worksheet></Workbook>
"""


def told(path: Path, library: Library) -> str:
    with pytest.raises(ProblemsFound) as found:
        read_cases(path, library)
    return str(found.value)


@pytest.mark.parametrize("name", ["a.xml", "a.xls", "a.xlsx", "a.csv"])
def test_a_workbook_in_xml(shipped: Library, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(XML_2003)
    assert "an Excel workbook in XML (2003)" in told(tmp_path / name, shipped)


@pytest.mark.parametrize("name", ["a.xlsx", "a.xlsm", "a.zip", "a.csv"])
def test_a_zip_under_any_name(shipped: Library, tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / name, "w") as packed:
        packed.writestr("cases.csv", "request_id,discipline\n")
    said = told(tmp_path / name, shipped)
    assert "is compressed (zip), which is not read" in said and "KeyError" not in said


def test_workbooks_that_are_damaged_or_protected(shipped: Library, tmp_path: Path) -> None:
    whole = tmp_path / "a.xlsx"
    book = Workbook()
    book.active.append(["request_id", "discipline"])
    book.save(whole)
    (tmp_path / "b.xlsx").write_bytes(whole.read_bytes()[:-400])
    assert "cut off or damaged" in told(tmp_path / "b.xlsx", shipped)
    (tmp_path / "e.xlsx").write_text("request_id,discipline\na,PT\n")
    assert "though its name says so" in told(tmp_path / "e.xlsx", shipped)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(tmp_path / "c.xlsx", "w") as new:
        for name in old.namelist():
            if name != "xl/workbook.xml":
                new.writestr(name, old.read(name))
    assert "a part of it is missing or damaged" in told(tmp_path / "c.xlsx", shipped)
    (tmp_path / "d.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert "protected by a password" in told(tmp_path / "d.xlsx", shipped)


def test_pipes_and_devices(shipped: Library, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "this is a pipe" in told(tmp_path / "pipe", shipped)
    assert "this is a device" in told(Path("/dev/null"), shipped)
    assert "this is a folder" in told(tmp_path, shipped)


def test_lines_that_are_quoted_as_a_whole(shipped: Library, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text('"request_id,discipline"\n"a,PT"\n')
    assert "in quotation marks as a whole" in told(tmp_path / "c.csv", shipped)

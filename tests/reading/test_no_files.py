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
from workbench.reading.suggest_mapping import suggest_text

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


@pytest.mark.parametrize(
    "content",
    [
        "request_id discipline visits\nA1         PT         12    \nA2         OT         8     \n",
        "request_id   discipline   visits\nA1           PT           12\n",
        "A1         PT         12\nA2         OT         8\n",
    ],
)
def test_columns_of_fixed_width(shipped: Library, tmp_path: Path, content: str) -> None:
    (tmp_path / "c.txt").write_text(content)
    assert "at fixed widths, which is not read" in told(tmp_path / "c.txt", shipped)
    assert "at fixed widths, which is not read" in suggest_text(tmp_path / "c.txt", shipped)
    (tmp_path / "d.txt").write_text("request id\na\n")
    assert "at fixed widths" not in told(tmp_path / "d.txt", shipped)


def test_more_columns_than_are_read(shipped: Library, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(",".join(["request_id", "discipline", *(f"c{i}" for i in range(5000))]) + "\n")
    assert "at most 5,000 are read (leave out of the file what no fact comes from)" in told(tmp_path / "c.csv", shipped)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_utf_16_with_names_of_other_letters(shipped: Library, tmp_path: Path, encoding: str) -> None:
    text = "request_id;discipline;Größe Ω;Возраст;Город\nA1;PT;x;у;Москва\nA2;OT;x;у;Казань\n"
    (tmp_path / "c.csv").write_bytes(text.encode(encoding))
    found = read_cases(tmp_path / "c.csv", shipped)
    assert found.accepted["request_id"].to_list() == ["A1", "A2"]
    assert [w.message for w in found.warnings] == [
        f"the column {c} is not read" for c in ("Größe Ω", "Возраст", "Город")
    ]


@pytest.mark.parametrize(
    ("content", "accepted", "aside"),
    [
        # A mark that is never closed eats no row, in tables of two and three columns either.
        ('request_id,discipline,plan\n1,PT,"hello\n2,OT,x\n3,ST,y"\n4,PT,z\n', ["2", "3", "4"], 1),
        ('request_id,discipline\n1,"PT\n2,OT\n3,ST"\n4,PT\n', ["2", "4"], 2),
        ('discipline,request_id,plan\nPT,A1,"hello\nOT,A2,x\nST,A3,y"\n', ["A2", "A3"], 1),
        # A note of several lines is one cell.
        ('request_id,discipline,plan\nA1,PT,"hello, you\nand others, too"\nA2,OT,x\n', ["A1", "A2"], 0),
        ('request_id,discipline,plan\nA1,PT,"a list:\n1, 2, 3\n4"\nA2,OT,x\n', ["A1", "A2"], 0),
    ],
)
def test_a_quotation_mark_that_is_not_closed_in_a_narrow_table(
    shipped: Library, tmp_path: Path, content: str, accepted: list[str], aside: int
) -> None:
    (tmp_path / "c.csv").write_text(content)
    found = read_cases(tmp_path / "c.csv", shipped)
    assert found.accepted["request_id"].to_list() == accepted and len(found.set_aside) == aside


def test_lines_that_are_quoted_as_a_whole(shipped: Library, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text('"request_id,discipline"\n"a,PT"\n')
    assert "in quotation marks as a whole" in told(tmp_path / "c.csv", shipped)

"""What a suggestion makes of sheets, ids, percentages and days, and how it stands on paper."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from openpyxl import Workbook

from workbench.errors import ProblemsFound
from workbench.guideline.model import Library
from workbench.reading.mapping import Mapping, load_mapping
from workbench.reading.read import read_cases
from workbench.reading.suggest_mapping import suggest_text

ROOT = Path(__file__).parents[2]


def suggested(path: Path, library: Library) -> tuple[str, Mapping]:
    text = suggest_text(path, library)
    made = path.parent / "m.yaml"
    made.write_text(text, encoding="utf-8")
    return text, load_mapping(made, library)


def facts_of(mapping: Mapping) -> dict[str, str]:
    return {c.column: c.fact.name for c in mapping.columns}


def book_of(path: Path, **sheets: list[list[object]]) -> Path:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name.replace("_", " "))
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


REQUESTS: list[list[object]] = [["request_id", "discipline", "visits"], ["a", "PT", 12], ["b", "OT", 8]]
SUMMARY: list[list[object]] = [["Discipline", "Count"], ["PT", 1], ["OT", 1]]


def test_the_other_sheets_are_told(shipped: Library, tmp_path: Path) -> None:
    path = book_of(tmp_path / "c.xlsx", Summary=SUMMARY, January=REQUESTS, February=REQUESTS)
    text, mapping = suggested(path, shipped)
    assert mapping.sheet == "January"
    assert "other sheets, not read, with the same columns: February; not read: Summary" in text
    path = book_of(tmp_path / "d.xlsx", Requests=REQUESTS, Notes_of_MS=[["Contact"], ["clinic"]])
    text, mapping = suggested(path, shipped)
    assert mapping.sheet == "Requests" and "other sheets, not read: Notes of MS" in text


@pytest.mark.parametrize("first", [SUMMARY, [["Report of January"], ["PT", 1]], [[None], ["x"]]])
def test_a_first_sheet_that_holds_no_requests(shipped: Library, tmp_path: Path, first: list[list[object]]) -> None:
    path = book_of(tmp_path / "c.xlsx", Summary=first, January=REQUESTS)
    with pytest.raises(ProblemsFound, match="another sheet.*January"):
        read_cases(path, shipped)


@pytest.mark.parametrize("name", ["id", "ID", "Auth", "Auth #", "Case ID", "CaseID", "Record ID", "Referral #", "PA number", "Reference", "Fall-Nr", "GUID"])  # fmt: skip
def test_a_column_of_ids_is_offered(shipped: Library, tmp_path: Path, name: str) -> None:
    path = tmp_path / "c.csv"
    path.write_text(f"{name},Discipline,Visits\n1,PT,12\n2,OT,8\n3,PT,4\n")
    _, mapping = suggested(path, shipped)
    assert facts_of(mapping)[name] == "request_id"
    assert read_cases(path, shipped, mapping=mapping).accepted["request_id"].to_list() == ["1", "2", "3"]


@pytest.mark.parametrize(
    "content",
    [
        "ID,Discipline,Visits\n1,PT,12\n1,PT,12\n2,OT,8\n",  # not unique
        "ID,Discipline,Visits\n1,PT,12\n,PT,12\n2,OT,8\n",  # not filled
        "Auth,Discipline,Visits\nY,PT,12\nN,PT,12\nY,PT,8\n",
        "ID,Name,Ward\n1,a,x\n2,b,y\n3,c,z\n",  # no requests
        "Patient name,Discipline,Visits\na,PT,12\nb,PT,12\nc,PT,8\n",
    ],
)
def test_an_id_is_never_invented(shipped: Library, tmp_path: Path, content: str) -> None:
    (tmp_path / "c.csv").write_text(content)
    assert "request_id" not in facts_of(suggested(tmp_path / "c.csv", shipped)[1]).values()


@pytest.mark.parametrize("name", ["17", "221904", "1e5", "no", "2026-01-05", "null", "Ü", "Requests of May"])
def test_a_file_of_any_name(shipped: Library, tmp_path: Path, name: str) -> None:
    (tmp_path / f"{name}.csv").write_text("request_id,discipline\na,PT\n")
    _, mapping = suggested(tmp_path / f"{name}.csv", shipped)
    assert mapping.name


def test_a_discipline_in_numbers_is_left_open(shipped: Library, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("record_id,discipline,age\n1,1,54\n2,2,61\n")
    text, mapping = suggested(tmp_path / "c.csv", shipped)
    assert facts_of(mapping) == {"record_id": "request_id", "age": "age_years"}
    assert "no requests" not in text and "Left open: discipline" in text


def test_one_known_by_its_name_goes_before_any_id(shipped: Library, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("ID,Auth no,Discipline\n1,A1,PT\n2,A2,PT\n")
    assert facts_of(suggested(tmp_path / "c.csv", shipped)[1]) == {"Auth no": "request_id", "Discipline": "discipline"}


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["0.35", "1", "0"], [35, 100, 0]),
        (["0.5", "1.0", "0.0"], [50, 100, 0]),
        (["0.35", "85", "100"], None),  # both scales: left to a person
        (["35", "85", "100"], [35, 85, 100]),
        (["35%", "85%", "100%"], [35, 85, 100]),
    ],
)
def test_fractions_of_a_percentage(shipped: Library, tmp_path: Path, cells: list[str], read: list[int] | None) -> None:
    rows = [f"{i},PT,{c}" for i, c in enumerate(cells)]
    (tmp_path / "c.csv").write_text("\n".join(["request_id,discipline,Goals met", *rows]) + "\n")
    text, mapping = suggested(tmp_path / "c.csv", shipped)
    found = read_cases(tmp_path / "c.csv", shipped, mapping=mapping)
    assert ("percent: fraction" in text) == (read is not None and cells[0].startswith("0."))
    if read is not None:
        assert found.accepted["goals_met_percent"].to_list() == read
    else:
        assert len(found.accepted) < 3


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (["01/15/26", "01/25/2026", "02/01/26"], [(1, 15), (1, 25), (2, 1)]),
        (["15/01/2026", "02/01/26", "25/01/26"], [(1, 15), (1, 2), (1, 25)]),
        (["15.01.2026", "02.01.26"], [(1, 15), (1, 2)]),
        (["2026-01-15", "15-Jan-26", "16-Jan-2026"], [(1, 15), (1, 15), (1, 16)]),
        (["01/15/2026", "20260201"], [(1, 15), (2, 1)]),
    ],
)
def test_days_in_several_styles(
    shipped: Library, tmp_path: Path, cells: list[str], days: list[tuple[int, int]]
) -> None:
    rows = [f"{i},PT,{c}" for i, c in enumerate(cells)]
    (tmp_path / "c.csv").write_text("\n".join(["request_id,discipline,Received", *rows]) + "\n")
    _, mapping = suggested(tmp_path / "c.csv", shipped)
    found = read_cases(tmp_path / "c.csv", shipped, mapping=mapping)
    assert found.accepted["received_on"].to_list() == [date(2026, *d) for d in days]


def test_only_styles_that_read_the_same_days_are_said_to_be_alike(shipped: Library, tmp_path: Path) -> None:
    for cells, said in ((["20260106", "6-Jan-2026", "2026-1-6"], False), (["01/02/2026", "03/04/2026"], True)):
        rows = [f"{i},PT,{c}" for i, c in enumerate(cells)]
        (tmp_path / "c.csv").write_text("\n".join(["request_id,discipline,Received", *rows]) + "\n")
        text, mapping = suggested(tmp_path / "c.csv", shipped)
        assert ("no day tells them apart" in text) == said
        assert len(read_cases(tmp_path / "c.csv", shipped, mapping=mapping).accepted) == len(cells)


def test_month_and_day_are_not_exchanged_between_styles(shipped: Library, tmp_path: Path) -> None:
    """02/01/26 beside days such as 15/01/2026 is the second of January, whatever fits the most."""
    cells = ["15/01/2026", "16/01/2026", "17/01/2026", "02/01/26", "01/25/26", "01/26/26"]
    rows = [f"{i},PT,{c}" for i, c in enumerate(cells)]
    (tmp_path / "c.csv").write_text("\n".join(["request_id,discipline,Received", *rows]) + "\n")
    _, mapping = suggested(tmp_path / "c.csv", shipped)
    found = read_cases(tmp_path / "c.csv", shipped, mapping=mapping)
    assert found.accepted["received_on"].to_list() == [date(2026, 1, d) for d in (15, 16, 17, 2)]
    assert len(found.set_aside) == 2


@pytest.mark.parametrize("sign", ["\x00", "\x1b", "\ufeff", "\u2028"])
def test_signs_that_stand_in_no_text(shipped: Library, tmp_path: Path, sign: str) -> None:
    frame = pl.DataFrame({"request_id": ["a", "b", "c"], "discipline": ["PT"] * 3, "sex": [f"fem{sign}", "F", "M"]})
    frame.write_parquet(tmp_path / "c.parquet")
    _, mapping = suggested(tmp_path / "c.parquet", shipped)
    found = read_cases(tmp_path / "c.parquet", shipped, mapping=mapping)
    assert len(found.accepted) + len(found.set_aside) == 3 and "female" in found.accepted["sex"].to_list()


def test_a_mapping_printed_for_any_terminal_fits_its_file(shipped: Library, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text("Größe – neu;request_id;discipline;Ort;sex\n1;a;PT;📍;♀\n2;b;OT;x;F\n", encoding="utf-8")
    for encoding in ("ascii", "cp1252", "utf-8"):
        call = [
            sys.executable,
            "-c",
            "from workbench.terminal.parser import main; main()",
            "read",
            "--suggest",
            str(path),
        ]
        call += ["--guidelines", str(ROOT / "guidelines")]
        env = {"PYTHONIOENCODING": encoding, "PYTHONPATH": str(ROOT), "PATH": ""}
        done = subprocess.run(call, capture_output=True, env=env, check=True)
        (tmp_path / "m.yaml").write_bytes(done.stdout)
        mapping = load_mapping(tmp_path / "m.yaml", shipped)
        assert "Größe – neu" in mapping.ignored
        assert dict(mapping.columns[2].values)["♀"] is None

"""Column names that stand in two rows: names of groups above names."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook

from workbench.errors import ProblemsFound
from workbench.guideline.model import Library
from workbench.reading.mapping import load_mapping
from workbench.reading.read import read_cases
from workbench.reading.suggest_mapping import suggest_text

ROWS = [
    ["Auth no", "Discipline", "Visits", None, "Weeks", None],
    [None, None, "requested", "approved", "requested", "used"],
    ["A1", "PT", 12, 8, 6, 2],
    ["A2", "OT", 10, 10, 4, 1],
]
TITLE = ["Authorizations of January", None, None, None, None, None]
COLUMNS = {
    "Auth no": "request_id",
    "Discipline": "discipline",
    "Visits requested": "requested_visits",
    "Visits approved": "historical_visits",
    "Weeks requested": "requested_weeks",
    "Weeks used": "weeks_used",
}
READ = [("A1", "PT", 12, 8, 6, 2), ("A2", "OT", 10, 10, 4, 1)]


def put(path: Path, rows: list[list[object]], merged: str = "") -> Path:
    if path.suffix == ".csv":
        path.write_text("".join(",".join("" if v is None else str(v) for v in row) + "\n" for row in rows))
        return path
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for ref in merged.split():
        book.active.merge_cells(ref)
    book.save(path)
    return path


@pytest.mark.parametrize(
    ("name", "merged"),
    [("c.csv", ""), ("c.xlsx", ""), ("c.xlsx", "C1:D1 E1:F1"), ("c.xlsx", "A1:A2 B1:B2 C1:D1 E1:F1")],
)
def test_names_in_two_rows(shipped: Library, tmp_path: Path, name: str, merged: str) -> None:
    path = put(tmp_path / name, ROWS, merged)
    found = read_cases(path, shipped, mapping={"header_rows": 2, "columns": COLUMNS})
    assert found.accepted.select(*COLUMNS.values()).rows() == READ and found.read == 2 and not found.warnings


@pytest.mark.parametrize("name", ["c.csv", "c.xlsx"])
def test_below_a_title(shipped: Library, tmp_path: Path, name: str) -> None:
    path = put(tmp_path / name, [TITLE, *ROWS])
    found = read_cases(path, shipped, mapping={"header_row": 2, "header_rows": 2, "columns": COLUMNS})
    assert found.accepted.select(*COLUMNS.values()).rows() == READ


@pytest.mark.parametrize(
    ("name", "merged"),
    [("c.csv", ""), ("c.xlsx", ""), ("c.xlsx", "C1:D1 E1:F1"), ("c.xlsx", "A1:A2 B1:B2 C1:D1 E1:F1")],
)
def test_a_suggestion_finds_both(shipped: Library, tmp_path: Path, name: str, merged: str) -> None:
    path = put(tmp_path / name, ROWS, merged)
    (tmp_path / "m.yaml").write_text(suggest_text(path, shipped))
    mapping = load_mapping(tmp_path / "m.yaml", shipped)
    found = read_cases(path, shipped, mapping=mapping)
    assert mapping.header_rows == 2 and found.accepted["requested_visits"].to_list() == [12, 10]
    assert found.accepted["historical_visits"].to_list() == [8, 10]


GROUPED = [
    ["Patient", None, "Request", None, "Decision", None],
    ["ID", "DOB", "Auth no", "Discipline", "Outcome", "Visits"],
    ["M1", "1950-01-01", "A1", "PT", "approved", 12],
    ["M2", "1960-01-01", "A2", "OT", "denied", 0],
]


@pytest.mark.parametrize(
    ("name", "merged"), [("c.csv", ""), ("c.xlsx", ""), ("c.xlsx", "A1:B1 C1:D1 E1:F1"), ("d.csv", ""), ("d.xlsx", "")]
)
def test_groups_over_the_first_column_of_each(shipped: Library, tmp_path: Path, name: str, merged: str) -> None:
    """`ID` below `Patient` is the member's, and `Visits` below `Decision` are not those asked for."""
    rows = GROUPED if name.startswith("c") else [["Requests of May"] + [None] * 5, *GROUPED]
    path = put(tmp_path / name, rows, merged)
    (tmp_path / "m.yaml").write_text(suggest_text(path, shipped))
    mapping = load_mapping(tmp_path / "m.yaml", shipped)
    assert mapping.header_rows == 2 and {c.column: c.fact.name for c in mapping.columns} == {
        "Patient ID": "member_id",
        "Request Auth no": "request_id",
        "Request Discipline": "discipline",
        "Decision Outcome": "historical_determination",
    }
    found = read_cases(path, shipped, mapping=mapping)
    assert found.accepted.select("request_id", "member_id").rows() == [("A1", "M1"), ("A2", "M2")]


@pytest.mark.parametrize("top", ["Clinic:,North,,,", "Requests of May,,,,", "2026,,January,,", "a,b,c,d,e"])
def test_a_row_above_the_names_that_names_no_groups(shipped: Library, tmp_path: Path, top: str) -> None:
    (tmp_path / "c.csv").write_text(f"{top}\nAuth no,Discipline,Visits,Weeks,Dx\nA1,PT,12,6,M54.50\n")
    (tmp_path / "m.yaml").write_text(suggest_text(tmp_path / "c.csv", shipped))
    mapping = load_mapping(tmp_path / "m.yaml", shipped)
    assert (mapping.header_row, mapping.header_rows) == (2, 1) and len(mapping.columns) == 5


def test_groups_that_name_less_than_the_names_below_them(shipped: Library, tmp_path: Path) -> None:
    rows = [["Request", None, "Visits", None, "Weeks", None], ["Auth no", "Discipline", "a", "b", "a", "b"], *ROWS[2:]]
    (tmp_path / "m.yaml").write_text(suggest_text(put(tmp_path / "c.csv", rows), shipped))
    mapping = load_mapping(tmp_path / "m.yaml", shipped)
    assert (mapping.header_row, mapping.header_rows) == (2, 1)
    assert read_cases(tmp_path / "c.csv", shipped, mapping=mapping).accepted["request_id"].to_list() == ["A1", "A2"]


def test_a_name_that_stands_twice_says_what_to_do(shipped: Library, tmp_path: Path) -> None:
    path = put(tmp_path / "c.csv", [["Auth no", "Discipline", "n", "n"], ["A1", "PT", 12, 8]])
    columns = {"Auth no": "request_id", "Discipline": "discipline", "n": "requested_visits"}
    with pytest.raises(ProblemsFound, match="header_rows: 2"):
        read_cases(path, shipped, mapping={"columns": columns})


@pytest.mark.parametrize("content", ["Auth no,Discipline,,\nA1,PT,x,y\nA2,OT,v,w\n", "Auth no,Discipline,\nA1,PT,12\n"])
def test_a_row_of_values_is_no_second_row_of_names(shipped: Library, tmp_path: Path, content: str) -> None:
    (tmp_path / "c.csv").write_text(content)
    (tmp_path / "m.yaml").write_text(suggest_text(tmp_path / "c.csv", shipped))
    mapping = load_mapping(tmp_path / "m.yaml", shipped)
    assert mapping.header_rows == 1
    assert len(read_cases(tmp_path / "c.csv", shipped, mapping=mapping).accepted) == content.count("\n") - 1

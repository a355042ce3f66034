"""Cells and columns as tables: what a cell is read as, and what is proposed for a column, one row a case."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from openpyxl import Workbook
from ruamel.yaml import YAML

from workbench.errors import ProblemsFound, closest
from workbench.guideline.model import Library
from workbench.reading.cell_texts import diagnosis
from workbench.reading.date_styles import strptime_format
from workbench.reading.mapping import load_mapping
from workbench.reading.read import read_cases
from workbench.reading.suggest_mapping import suggest_text

HERE = Path(__file__).parent
DAYS = YAML(typ="safe").load((HERE / "day_columns.yaml").read_text(encoding="utf-8"))


def table(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO((HERE / name).read_text(encoding="utf-8"))))


DIAGNOSES, COLUMNS, WORDS = table("diagnosis_cells.csv"), table("named_columns.csv"), table("near_words.csv")


@pytest.mark.parametrize("row", DIAGNOSES, ids=[r["cell"] for r in DIAGNOSES])
def test_a_diagnosis_with_words_beside_it(row: dict[str, str]) -> None:
    """A code stands only where what is written beside it is its own description."""
    found = diagnosis(row["cell"])
    assert (found.value or "") == row["code"] and row["note"] in found.note


@pytest.mark.parametrize("row", DAYS, ids=[r["cells"] for r in DAYS])
def test_a_column_of_days(shipped: Library, tmp_path: Path, row: dict[str, str]) -> None:
    other = row.get("other", "").split(" | ")
    cells = [f"{i},PT,{c},{other[i % len(other)]}" for i, c in enumerate(row["cells"].split(" | "))]
    path = tmp_path / "c.csv"
    path.write_text("\n".join(["request_id,discipline,received,onset date", *cells]), encoding="utf-8")
    text = suggest_text(path, shipped)
    line = next(x for x in text.splitlines() if x.startswith("  received:"))
    assert row["said"] in line and ("#" in line) == bool(row["said"])
    (tmp_path / "m.yaml").write_text(text, encoding="utf-8")
    mapping = load_mapping(tmp_path / "m.yaml", shipped)
    found = read_cases(path, shipped, mapping)
    if "styles" not in row:
        assert "received: ignore" in line and found.accepted["received_on"].is_null().all()
        return
    (column,) = (c for c in mapping.columns if c.fact.name == "received_on")
    assert column.dates == tuple(strptime_format(s) for s in row["styles"])
    read = dict(found.accepted.select("request_id", "received_on").iter_rows())
    assert [None if str(i) not in read else str(read[str(i)]) for i in range(len(cells))] == row["days"]


@pytest.mark.parametrize("row", COLUMNS, ids=[f"{r['name']} {r['cells']}" for r in COLUMNS])
def test_a_column_by_its_name_and_its_values(shipped: Library, tmp_path: Path, row: dict[str, str]) -> None:
    path = tmp_path / "c.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = [[f"A{i}", "PT", cell] for i, cell in enumerate(row["cells"].split("|"))]
        csv.writer(file).writerows([["request_id", "discipline", row["name"]], *lines])
    text = suggest_text(path, shipped)
    (tmp_path / "m.yaml").write_text(text, encoding="utf-8")
    mapped = {c.column: c.fact.name for c in load_mapping(tmp_path / "m.yaml", shipped).columns}
    assert mapped.get(row["name"], "") == row["fact"]
    line = next(x for x in text.splitlines() if x.startswith(f"  {row['name']}:"))
    assert row["said"] in line and (row["said"] or "#" not in line)


@pytest.mark.parametrize("row", WORDS, ids=[r["said"] for r in WORDS])
def test_a_name_is_a_slip_of_another_word_for_word(row: dict[str, str]) -> None:
    assert (closest(row["said"], row["among"].split("|")) or "") == row["meant"]


def test_what_is_wrong_in_a_column_that_is_not_read_costs_no_row(shipped: Library, tmp_path: Path) -> None:
    book = Workbook()
    for cells in (
        ["request_id", "discipline", "requested_visits", "Total", "Note"],
        ["A1", "PT", 12, "=C2*2", "x"],  # never computed
        ["A2", "PT", 8, 16, "#REF!"],
        ["A3", "OT", "=1+2", 1, "y"],
        ["A4", "ST", 5, 6, "z"],
        ["A5", "ST", 5, 6, None],
        ["A6", "PT", 4, None, None],
    ):
        book.active.append(cells)
    book.active.merge_cells("E5:E6")
    book.active.merge_cells("C7:D7")
    book.save(tmp_path / "c.xlsx")
    found = read_cases(tmp_path / "c.xlsx", shipped)
    assert found.accepted["request_id"].to_list() == ["A1", "A2", "A4", "A5"]
    aside = dict(found.set_aside.select("row", "reasons").iter_rows())
    assert set(aside) == {4, 7} and "C4 was never computed" in aside[4][0] and "merged cells (C7:D7)" in aside[7][0]
    mapping = {"columns": {"request_id": "request_id", "discipline": "discipline", "Total": "requested_visits"}}
    assert "D2 was never computed" in read_cases(tmp_path / "c.xlsx", shipped, mapping).set_aside["reasons"][0][0]
    mapping["columns"].pop("Total")
    kept = read_cases(tmp_path / "c.xlsx", shipped, mapping | {"where": {"Total": ["6", "16"]}})
    assert (
        kept.set_aside["row"].to_list() == [2, 7] and kept.skipped[0][1] == 1
    )  # whether they are meant, nobody can tell


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"request_id": "b", "member": {"age": }}', "expecting value in member.age, at '}}' (character 39)"),
        ('{"request_id": "b", "lines": [{"code": 1}, {"code": x}]}', "expecting value in lines[1].code, at 'x}]}'"),
        ('{"request_id": "b", "discipline": "PT",}', "enclosed in double quotes after discipline, at '}'"),
        ('{"request_id": "b", "discipline": "PT"', "expecting ',' delimiter in discipline, where the text ends"),
        ('{"request_id": "b", "discipline": [["PT"]]}', "discipline is a list of lists"),
        ('{"request_id": "b", "discipline": "PT", "other": [["x"]]}', ""),  # nobody reads it
    ],
)
def test_a_broken_line_of_json_is_told_with_its_field(shipped: Library, tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text('{"request_id": "a", "discipline": "PT"}\n' + line + "\n", encoding="utf-8")
    found = read_cases(path, shipped)
    told = dict(found.set_aside.select("row", pl.col("reasons").list.first()).iter_rows())
    assert said in told[2] if said else not told


@pytest.mark.parametrize(("name", "cell"), [(b"na\x90me", b"x"), (b"name", b"x\x90")])
def test_bytes_of_an_encoding_that_nobody_named(shipped: Library, tmp_path: Path, name: bytes, cell: bytes) -> None:
    (tmp_path / "c.csv").write_bytes(b"request_id,discipline," + name + b"\n1,PT," + cell + b"\n")
    try:
        suggest_text(tmp_path / "c.csv", shipped)
        said = str(read_cases(tmp_path / "c.csv", shipped).set_aside["reasons"][0][0])
    except ProblemsFound as refused:
        said = str(refused.problems[0])
    assert (
        "byte 0x90 is not UTF-8 (nor CP1252, which was tried too; name the one it is written in by `encoding`" in said
    )


@pytest.mark.parametrize(
    ("style", "cell"),
    [
        ("YYYY年M月D日", "2026年2月3日"),
        ('D" de "MMMM" de "YYYY', "3 de February de 2026"),
        ("D. M. YYYY", "3. 2. 2026"),
    ],
)
def test_letters_that_stand_in_a_style(shipped: Library, tmp_path: Path, style: str, cell: str) -> None:
    (tmp_path / "c.csv").write_text(f"request_id,discipline,received_on\n1,PT,{cell}\n", encoding="utf-8")
    found = read_cases(tmp_path / "c.csv", shipped, {"dates": [style]})
    assert found.accepted["received_on"].to_list() == [date(2026, 2, 3)]


@pytest.mark.parametrize("style", ["YYYY-MM-DDTHH:MM", "DD.MM", "Date", "YYYY%MM%DD", '"MM" DD YYYY'])
def test_what_is_no_style(style: str) -> None:
    assert strptime_format(style) is None


def test_a_day_between_year_and_month_is_told_of_the_others(shipped: Library, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(
        "request_id,discipline,received_on\n1,PT,2026-13-03\n2,PT,2026-04-03\n3,PT,2026-04-25\n4,PT,2026-03-03\n"
    )
    found = read_cases(tmp_path / "c.csv", shipped)
    assert "exchanged" in found.set_aside["reasons"][0][0]
    assert found.notes.select("row", "note").rows() == [
        (3, "'2026-04-03' is read as 2026-04-03; other days stand in the other order")
    ]

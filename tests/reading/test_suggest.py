"""A suggested mapping is a mapping: it loads, and reads the file that it was made for."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from openpyxl import Workbook

from workbench.cases.frame import SCHEMA
from workbench.errors import ProblemsFound
from workbench.generator.generate import generate
from workbench.reading.date_styles import strptime_format
from workbench.reading.mapping import load_mapping
from workbench.reading.read import read_cases
from workbench.reading.suggest_mapping import suggest_text

CLINIC = """Auth No;Therapy;Date received;Visits requested;Dx;Gender;POC signed;Baseline;CPT;Decision;Remarks
A-1;Physical;31/01/2025;12;M54.5;F;Yes;42,5;97110, 97140;Approved;x
A-2;Speech;13/02/2025;20;F80.0;M;No;70,0;92507;Partial;y
"""


def suggested(path, library):
    mapping = path.with_suffix(".yaml")
    mapping.write_text(suggest_text(path, library), encoding="utf-8")
    return read_cases(path, library, mapping=mapping)


def test_a_clinic_export(shipped, tmp_path):
    path = tmp_path / "clinic.csv"
    path.write_text(CLINIC)
    found = suggested(path, shipped)
    assert found.set_aside.is_empty() and not found.warnings
    assert found.accepted.select(
        "request_id",
        "discipline",
        "received_on",
        "sex",
        "plan_of_care",
        "score_baseline",
        "procedures",
        "historical_determination",
    ).rows() == [
        ("A-1", "PT", date(2025, 1, 31), "female", True, 42.5, ["97110", "97140"], "approved"),
        ("A-2", "ST", date(2025, 2, 13), "male", False, 70.0, ["92507"], "approved_in_part"),
    ]


def test_a_file_of_our_own_needs_nothing(shipped, tmp_path):
    frame = generate(300, 2, shipped).select(*SCHEMA)
    frame.write_parquet(tmp_path / "c.parquet")
    found = suggested(tmp_path / "c.parquet", shipped)
    assert found.set_aside.is_empty() and found.accepted.equals(frame)


def test_a_title_above_the_column_names(shipped, tmp_path):
    book = Workbook()
    for row in (["Requests"], [], ["Request number", "Discipline", "Visits"], ["a", "PT", 12]):
        book.active.append(row)
    book.save(tmp_path / "c.xlsx")
    text = suggest_text(tmp_path / "c.xlsx", shipped)
    assert "header_row: 3" in text and "Visits: requested_visits" in text
    assert suggested(tmp_path / "c.xlsx", shipped).accepted["requested_visits"].to_list() == [12]


def test_what_it_does_not_know_it_says(shipped, tmp_path):
    path = tmp_path / "c.csv"
    path.write_bytes("Number;Kind of care;Received\n1;Cr\xe8me;03/04/2025\n".encode("cp1252"))
    text = suggest_text(path, shipped)
    assert "encoding: cp1252" in text and "# Left open" not in text and "seems to hold no requests" in text
    assert '\n# row_ids: "row-"' in text and "\n# constants: {discipline: PT}" in text  # proposed, not invented
    assert "Kind of care: ignore" in text
    load_mapping_text(text, tmp_path, shipped)


def load_mapping_text(text, folder, library):
    (folder / "m.yaml").write_text(text, encoding="utf-8")
    return load_mapping(folder / "m.yaml", library)


STYLES = [
    *("MM/DD/YYYY", "DD/MM/YYYY", "DD.MM.YYYY", "MM-DD-YYYY", "DD-MM-YYYY", "YYYY/MM/DD", "YYYY.MM.DD", "D. M. YYYY"),
    *("MM/DD/YY", "DD.MM.YY", "YY-MM-DD", "YY/MM/DD", "YYYYMMDD", "DDMMYYYY", "YYMMDD", "YYYY年M月D日", "YYYY. M. D."),
    *("D MMM YYYY", "DD-MMM-YYYY", "MMM D, YYYY", "MMM D YYYY", "MMMM D, YYYY", "DDMMMYYYY", "DD-MMM-YY", "YY-MMM-DD"),
]


@pytest.mark.parametrize("style", STYLES)
def test_every_style_of_dates_is_found(shipped, tmp_path, style):
    random.seed(style)
    days = [date(2024, 12, 1) + timedelta(days=random.randrange(400)) for _ in range(60)]
    path = tmp_path / "c.csv"
    path.write_text(
        "request_id;discipline;received_on\n"
        + "".join(f"{i};PT;{d.strftime(strptime_format(style))}\n" for i, d in enumerate(days))
    )
    assert suggested(path, shipped).accepted["received_on"].to_list() == days


def test_an_ambiguous_style_is_remarked(shipped, tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("request_id,discipline,received_on\n1,PT,03/04/2025\n")
    assert "or DD/MM/YYYY: no day tells them apart" in suggest_text(path, shipped)


@pytest.mark.parametrize("content", ["", "\x00\x01", "a\n", 'request_id,"x\n'])
def test_hostile_files_end_in_a_mapping_or_a_problem(shipped, tmp_path, content):
    path = tmp_path / "c.csv"
    path.write_text(content)
    try:
        load_mapping_text(suggest_text(path, shipped), tmp_path, shipped)
    except ProblemsFound as found:
        assert found.problems

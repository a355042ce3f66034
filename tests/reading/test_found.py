"""Files as people have them, each with its right value: a filled cell is read as what it is, with a note of what was left
out, or set aside with the reason."""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from workbench.cases.derive import derive
from workbench.cases.request import read_request
from workbench.errors import ProblemsFound
from workbench.reading.convert_columns import FALSE, TRUE
from workbench.reading.mapping import MISSING, load_mapping
from workbench.reading.read import read_cases
from workbench.reading.suggest_mapping import suggest_text

FOUND = Path(__file__).parent / "found"


def read(shipped, name, *facts, mapping=None):
    """request_id → the facts named, of the accepted rows derived; the notes by row; the reasons by row."""
    found = read_cases(FOUND / name, shipped, mapping=mapping)
    assert len(found.accepted) + len(found.set_aside) == found.read
    values = {r[0]: r[1:] for r in derive(found.accepted, shipped).select("request_id", *facts).rows()}
    notes = {}
    for row, _, fact, note in found.notes.rows():
        notes.setdefault(row, []).append(f"{fact}: {note}")
    return values, notes, {row: " ".join(reasons) for row, _, _, reasons, _ in found.set_aside.rows()}


def test_a_diagnosis_is_an_existing_code_or_missing(shipped):
    values, notes, aside = read(shipped, "diagnosis_words.csv", "diagnosis", "condition")
    assert not aside
    for name in ("D6", "D7", "D8", "D10", "D11", "D12"):
        assert values[name] == ("M54.50", "low_back_pain")
    for name in ("D1", "D2", "D3", "D4", "D5", "D9"):
        assert values[name] == (None, None)
    assert set(notes) == {*range(2, 11), 13} and "ICD-9" in notes[10][0]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("M54.50.", "M54.50"),
        ("m54.5", "M54.5"),
        ("M54.50 Low back pain", "M54.50"),
        ("Low back pain (M54.50)", "M54.50"),
        ("M54.50;M25.511", None),
        ("M54.50/M25.511", None),
        ("rule out M54.50", None),
        ("T12 fracture", None),
        ("279039007", None),
        ("97110", None),
        ("V57.1", None),
        ("M99.999", None),
        ("tennis elbow", None),
    ],
)
def test_other_diagnoses(shipped, tmp_path, cell, code):
    path = tmp_path / "c.csv"
    path.write_text(f"request_id,discipline,diagnosis\n1,PT,{cell}\n")
    found = read_cases(path, shipped)
    assert found.accepted["diagnosis"].to_list() == [code]
    if code is None:
        assert derive(found.accepted, shipped)["condition"].to_list() == [None] and len(found.notes) == 1


@pytest.mark.parametrize("text", ["missing", "MS", "multiple sclerosis", "M54,50", "724.2", "97110", "M99.999"])
def test_a_single_request_refuses_what_is_no_code(shipped, text):
    with pytest.raises(ProblemsFound, match="ICD"):
        read_request({"discipline": "PT", "diagnosis": f"{text} "}, shipped)


@pytest.mark.parametrize("text", ["missing", "M99.999", "MS"])
def test_an_unchecked_frame_derives_no_condition_from_it(shipped, text):
    frame = read_request({"discipline": "PT", "diagnosis": "m5450"}, shipped)
    assert derive(frame, shipped)["condition"].to_list() == ["low_back_pain"]
    odd = frame.with_columns(diagnosis=frame["diagnosis"].replace("M54.50", text))
    assert derive(odd, shipped)["condition"].to_list() == [None]


def test_codes_with_modifiers_units_and_separators(shipped):
    values, notes, aside = read(shipped, "codes_spreadsheet.csv", "procedures")
    for name in ("C1", "C2", "C3", "C4", "C5", "C7", "C8", "C11"):
        assert values[name] == (["97110"],)
    for name in ("C6", "C9", "C10"):
        assert values[name] == (["97110", "97140"],)
    assert set(aside) == {14, 15} and set(notes) == {*range(2, 11), 13}


def test_numbers_that_went_through_a_column_of_floats(shipped):
    facts = ("member_id", "provider_npi", "provider_valid", "plan_of_care", "requested_visits")
    values, notes, aside = read(shipped, "numbers_as_floats.csv", *facts)
    assert values == {
        "1001": ("55", "1234567893", True, True, 12),
        "1002": ("55", "1234567893", True, False, 8),
        "1003": (None, None, None, None, None),
    }
    assert not aside and len(notes[2]) == 3


@pytest.mark.parametrize(
    ("fact", "cell", "value"),
    [
        ("member_id", "1.23457E+11", "aside"),
        ("member_id", "1.23E+02", "123"),
        ("member_id", "'000123", "000123"),
        ("member_id", '"=""000123"""', "000123"),
        ("provider_npi", "123-456-7893", "1234567893"),
        ("provider_npi", "NPI: 1234567893", "1234567893"),
        ("provider_npi", "pending", None),
        ("plan", "(null)", None),
        ("plan_of_care", "1.0", True),
        ("requested_visits", "12 visits", 12),
        ("requested_visits", "12 weeks", "aside"),
        ("requested_weeks", "6 wks", 6),
        ("requested_weeks", "2x/wk", "aside"),
        ("requested_visits", "1/12", "aside"),
        ("requested_visits", '"1,2"', "aside"),
        ("goals_met_percent", "85%", 85),
        ("goals_met_percent", "0.9", "aside"),
        ("goals_met_percent", "1.0", "aside"),
        ("goals_met_percent", "1", 1),
        ("deficit_percent", "0.4", "aside"),
        ("setting", "11", "office"),
        ("setting", "02", "telehealth"),
        ("setting", "31", "aside"),
        ("setting", "99 - Other Place of Service", None),
        ("received_on", "46054", "aside"),
        ("received_on", "9999-12-31", None),
        ("received_on", "0000-00-00", None),
        ("received_on", "2026-02-01 25:00", "aside"),
        ("received_on", "NaT", None),
        ("received_on", "1769904000", "aside"),
        ("procedures", "97110 (2 units)", ["97110"]),
        ("score_baseline", '"1,234.5"', 1234.5),
        ("procedures", "97110 x 2", ["97110"]),
        ("procedures", "hello", "aside"),
        ("procedures", "97110 to 97140", "aside"),
        ("procedures", "97110 - 97140", "aside"),
        ("procedures", "97110 or 97140", "aside"),
        ("procedures", "9711O", "aside"),
        ("procedures", "I7110", "aside"),
        ("procedures", "0512T", ["0512T"]),
        ("procedures", "g0283", ["G0283"]),
        ("setting", "11.0", "office"),
        ("setting", "POS 22", "hospital_outpatient"),
        ("setting", "11 - Office", "office"),
        ("red_flag", "none", "none"),
        ("red_flag", "N/A", None),
        ("plan_of_care", "Checked", True),
        ("plan_of_care", "Unchecked", False),
        ("member_id", "'a'", "a"),
        ("member_id", "\u200b55", "55"),
        ("member_id", "#REF!", "aside"),
        ("plan", "########", "aside"),
        ("diagnosis", "ABK:M5450", "M54.50"),
        ("diagnosis", '"""M54.50"""', "M54.50"),
        ("received_on", "2026-02-01T14:30-08", date(2026, 2, 1)),
    ],
)
def test_single_cells(shipped, tmp_path, fact, cell, value):
    path = tmp_path / "c.csv"
    path.write_text(f"request_id,discipline,{fact}\na,PT,{cell}\n")
    found = read_cases(path, shipped)
    assert found.read == 1
    got = found.accepted[fact].to_list() if len(found.accepted) else ["aside"]
    assert got == [value], found.set_aside["reasons"].to_list()


@pytest.mark.parametrize(
    ("cells", "noted"),
    [(["1", "1", "0"], [2, 3]), (["1", "40"], []), (["0", "0"], [])],  # 1 of a hundred, or all
)
def test_a_column_of_ones_may_hold_fractions(shipped, tmp_path, cells, noted):
    path = tmp_path / "c.csv"
    path.write_text(
        "\n".join(["request_id,discipline,goals_met_percent", *(f"{i},PT,{c}" for i, c in enumerate(cells))])
    )
    found = read_cases(path, shipped)
    assert found.accepted["goals_met_percent"].to_list() == list(map(int, cells))
    assert found.notes["row"].to_list() == noted


MIXED = [b"request_id,discipline", "Mü1,PT".encode(), "Jä2,PT".encode("cp1252"), b"a3,PT", "Rö4,PT".encode("cp1252")]


@pytest.mark.parametrize(
    ("encoding", "ids", "aside"), [("", ["Mü1", "a3"], [3, 5]), ("cp1252", ["Jä2", "a3", "Rö4"], [2])]
)
def test_a_row_in_another_encoding_is_set_aside(shipped, tmp_path, encoding, ids, aside):
    path = tmp_path / "c.csv"
    path.write_bytes(b"\n".join(MIXED))
    found = read_cases(path, shipped, {"encoding": encoding} if encoding else None)
    assert found.accepted["request_id"].to_list() == ids and found.set_aside["row"].to_list() == aside
    assert set(found.set_aside["codes"].explode()) == {"unreadable"}
    assert "Some rows are in UTF-8 and others are not" in suggest_text(path, shipped)


@pytest.mark.parametrize("block", [20, 1_000_000])
def test_a_row_is_named_by_the_line_on_which_it_begins(shipped, tmp_path, monkeypatch, block):
    monkeypatch.setattr("workbench.reading.csv_table.BLOCK", block)
    path = tmp_path / "c.csv"
    rows = ["", "request_id,discipline,plan", "a,PT,x", "", 'b,XX,"two', 'lines"', "", "c,YY,", "d,PT,y,", "e,ZZ,z"]
    path.write_bytes("\r\n".join(rows).encode())
    assert read_cases(path, shipped).set_aside["row"].to_list() == [5, 8, 10]
    path.write_bytes("\n".join(rows).encode("utf-16"))
    assert read_cases(path, shipped).set_aside["row"].to_list() == [5, 8, 10]
    path.with_suffix(".jsonl").write_text('{"request_id": "a", "discipline": "PT"}\n\n{"request_id": "b",}\n[1]\n')
    found = read_cases(path.with_suffix(".jsonl"), shipped)
    assert found.set_aside["row"].to_list() == [3, 4] and "(character 20)" in found.set_aside["reasons"][0][0]
    book = Workbook()
    for row in (["request_id", "discipline"], ["a", "PT"], [None], ["b", "XX"]):
        book.active.append(row)
    book.save(tmp_path / "c.xlsx")
    assert read_cases(tmp_path / "c.xlsx", shipped).set_aside["row"].to_list() == [4]


@pytest.mark.parametrize("separator", [" ", "", "  "])
def test_a_blank_is_no_separator(shipped, separator):
    with pytest.raises(ProblemsFound, match="a blank is no separator"):
        load_mapping({"separator": separator}, shipped)


def test_digits_that_a_workbook_has_lost_are_no_id(shipped, tmp_path):
    book = Workbook()
    for row in (["request_id", "discipline"], [123, "PT"], [1234567890123456789.0, "PT"]):
        book.active.append(row)
    for cell in book.active["A"]:
        cell.number_format = "00000"
    book.save(tmp_path / "c.xlsx")
    found = read_cases(tmp_path / "c.xlsx", shipped)
    assert found.accepted["request_id"].to_list() == ["00123"] and "cut off" in found.set_aside["reasons"][0][0]


def test_a_mapping_says_scale_sign_part_and_zone(shipped, tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("id;goals;score;auth;day\na;1,0;1.234,5;1/12;2026-02-01T23:30:00-05:00\nb;0,85;1.234;2/12;\n")
    mapping = {
        "decimal": ",",
        "columns": {
            "id": "request_id",
            "goals": {"fact": "goals_met_percent", "percent": "fraction"},
            "score": "score_baseline",
            "auth": {"fact": "requested_visits", "take": "/([0-9]+)$"},
            "day": {"fact": "received_on", "zone": "UTC"},
        },
        "constants": {"discipline": "PT"},
    }
    found = read_cases(path, shipped, mapping=mapping)
    rows = found.accepted.select("goals_met_percent", "score_baseline", "requested_visits", "received_on").rows()
    assert rows == [(100, 1234.5, 12, date(2026, 2, 2)), (85, 1234.0, 12, None)]


def test_clock_times(shipped):
    values, notes, aside = read(shipped, "clock_times.csv", "received_on", mapping={"dates": ["MM/DD/YYYY"]})
    assert set(values.values()) == {(date(2026, 2, 1),)} and len(values) == 5 and set(notes) == {2, 3, 4}
    values, notes, aside = read(shipped, "clock_times.xlsx", "received_on")
    assert values == {"T1": (date(2026, 2, 1),), "T2": (date(2026, 2, 1),)} and "in Excel" in aside[4]


def test_years_of_two_digits(shipped, tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("request_id,discipline,received_on\na,PT,01/15/26\nb,PT,01/15/69\nc,PT,01/15/39\n")
    found = read_cases(path, shipped, mapping={"dates": ["MM/DD/YY"]})
    assert found.accepted["received_on"].to_list() == [date(2026, 1, 15)]
    assert all("four digits" in reasons[0] for reasons in found.set_aside["reasons"])


def test_a_birth_of_two_digits_may_be_of_either_century(shipped, tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("request_id,discipline,born,received_on\na,PT,01/15/20,01/16/26\nb,PT,01/15/1920,01/16/26\n")
    mapping = {
        "dates": ["MM/DD/YY", "MM/DD/YYYY"],
        "columns": {c: c for c in ("request_id", "discipline", "received_on")},
        "computed": {"age_years": {"years": ["born", "received_on"]}},
    }
    found = read_cases(path, shipped, mapping=mapping)
    assert found.accepted.select("request_id", "age_years").rows() == [("b", 106)]


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-02-01T02:30:00Z", date(2026, 1, 31)),
        ("2026-02-01 02:30:00 UTC", date(2026, 1, 31)),
        ("2026-02-01 22:30:00 PST", date(2026, 2, 2)),
        ("2/1/2026 2:30 AM +00:00", date(2026, 1, 31)),
        ("2/1/2026 2:30 AM", date(2026, 2, 1)),
        ("20260201T023000Z", date(2026, 1, 31)),
        ("20260201023000", date(2026, 2, 1)),
        ("20260201.0", date(2026, 2, 1)),
        ("01FEB2026:23:30:00", date(2026, 2, 1)),
    ],
)
def test_the_day_of_an_instant_is_that_of_the_place_named(shipped, tmp_path, cell, day):
    path = tmp_path / "c.csv"
    path.write_text(f"request_id,discipline,received_on\na,PT,{cell}\n")
    mapping = {"zone": "America/New_York", "dates": ["MM/DD/YYYY", "YYYYMMDD", "DDMMMYYYY"]}
    found = read_cases(path, shipped, mapping=mapping)
    assert found.accepted["received_on"].to_list() == [day] and cell in found.notes["note"][0]


@pytest.mark.parametrize("cell", ["2026061", "202621"])
def test_a_day_without_marks_between_has_eight_digits(shipped, tmp_path, cell):
    """2026061 is the 61st day of the year to whoever wrote it."""
    path = tmp_path / "c.csv"
    path.write_text(f"request_id,discipline,received_on\na,PT,{cell}\nb,PT,20260201\n")
    found = read_cases(path, shipped, mapping={"dates": ["YYYYMMDD"]})
    assert found.accepted["request_id"].to_list() == ["b"] and found.set_aside["row"].to_list() == [2]


@pytest.mark.parametrize(
    ("cell", "how", "codes"),
    [
        ("PT eval;97110", {"values": {"PT eval": "97161"}}, ["97161", "97110"]),
        ("note/97110", {"values": {"note": None}, "list_separator": "/"}, ["97110"]),
        ("97110x2;97140x1", {"take": "([0-9]{5})"}, ["97110", "97140"]),
    ],
)
def test_values_and_parts_of_list_items(shipped, tmp_path, cell, how, codes):
    path = tmp_path / "c.csv"
    path.write_text(f"request_id,discipline,codes\na,PT,{cell}\n")
    columns = {"request_id": "request_id", "discipline": "discipline", "codes": {"fact": "procedures"} | how}
    assert read_cases(path, shipped, mapping={"columns": columns}).accepted["procedures"].to_list() == [codes]


def test_a_discipline_that_its_modifiers_tell(shipped, tmp_path):
    path = tmp_path / "c.csv"
    path.write_text("id,codes\na,97110-GP;97140-GP\nb,97110-GP;92507-GN\nc,97110\n")
    who = {"fact": "discipline", "take": "-(G[PON])", "values": {"GP": "PT", "GO": "OT", "GN": "ST"}}
    found = read_cases(path, shipped, mapping={"columns": {"id": "request_id", "codes": [who, "procedures"]}})
    assert found.accepted.select("request_id", "discipline").rows() == [("a", "PT")]
    assert "`take` finds several" in found.set_aside["reasons"][0][0]


def test_columns_that_hold_several_values_or_records(shipped, tmp_path):
    table = pl.DataFrame(
        {
            "request_id": ["a", "b"],
            "discipline": [["PT"], ["PT", "OT"]],
            "procedures": [["97110-GP", "97140"], []],
            "goals_met_percent": [1.0, 0.0],
        }
    )
    table.write_parquet(tmp_path / "c.parquet")
    found = read_cases(tmp_path / "c.parquet", shipped)
    aside = [" ".join(reasons) for reasons in found.set_aside["reasons"]]
    assert "may be a fraction" in aside[0] and "several" in aside[1] and found.read == 2


def test_missing_marks(shipped):
    values, _, aside = read(shipped, "sas_missing.csv", "requested_visits", "score_baseline", "received_on")
    assert not aside and values["A1"] == (12, None, date(2026, 2, 1)) and values["A2"] == (None, 40.0, None)


def test_cells_formatted_as_percentages(shipped):
    values, _, aside = read(shipped, "percent_cells.xlsx", "goals_met_percent", "attendance_percent")
    assert values == {"P1": (100, 100), "P2": (85, 90)} and "'0.5%' is not a whole number" in aside[4]


@pytest.mark.parametrize(
    ("fact", "value", "style", "read"),
    [
        ("member_id", 123, "00000", "00123"),
        ("member_id", 123456789, "000\\-00\\-0000", "123-45-6789"),
        ("member_id", 12, '"M"0000', "M0012"),
        ("goals_met_percent", 0.85, "0.00%", 85),
        ("goals_met_percent", 85, '0.0"%"', 85),
        ("goals_met_percent", 85, "0\\%", 85),
        ("requested_visits", 12, '0 "visits"', 12),
        ("requested_visits", 12, "d-mmm", "aside"),
        ("score_baseline", 1.5, "# ?/?", 1.5),
        ("score_baseline", 0.5, "hh:mm", "aside"),
    ],
)
def test_a_cell_is_what_its_format_shows(shipped, tmp_path, fact, value, style, read):
    book = Workbook()
    book.active.append(["request_id", "discipline", fact])
    book.active.append(["a", "PT", value])
    book.active["C2"].number_format = style
    book.save(tmp_path / "c.xlsx")
    found = read_cases(tmp_path / "c.xlsx", shipped)
    assert (found.accepted[fact].to_list() or ["aside"]) == [read]


def test_number_formats_hidden_rows_and_sheets(shipped, tmp_path):
    book = Workbook()
    book.active.append(["request_id", "discipline"])
    book.active.append(["x", "PT"])
    book.active.sheet_state = "hidden"
    sheet = book.create_sheet("Seen")
    sheet.append(["request_id", "discipline", "member_id"])
    for row in ([1, "PT", 123], [2, "PT", 124]):
        sheet.append(row)
        sheet.cell(sheet.max_row, 3).number_format = "00000"
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["C"].hidden = True
    book.save(tmp_path / "c.xlsx")
    found = read_cases(tmp_path / "c.xlsx", shipped)
    assert found.accepted.select("request_id", "member_id").rows() == [("1", "00123"), ("2", "00124")]
    said = " ".join(w.message for w in found.warnings)
    assert (
        "hidden, and not read" in said
        and "has 1 hidden row, read like the others" in said
        and "column member_id is hidden" in said
    )


@pytest.mark.parametrize(
    ("name", "accepted", "warnings"),
    [
        ("header_duplicate.csv", 3, 2),
        ("trailing_separator.csv", 2, 1),
        ("trailing_blank_rows.csv", 1, 0),
        ("time_zone_offset.parquet", 2, 1),
    ],
)
def test_forms_of_headers_and_lines(shipped, name, accepted, warnings):
    found = read_cases(FOUND / name, shipped)
    assert (found.read, len(found.accepted), len(found.warnings)) == (accepted, accepted, warnings)


def test_a_doubled_name_matters_where_it_is_read(shipped):
    mapping = {"columns": {"request_id": "request_id", "discipline": "discipline", "Notes": "plan"}}
    with pytest.raises(ProblemsFound, match="duplicate-key the column Notes stands twice"):
        read_cases(FOUND / "header_duplicate.csv", shipped, mapping=mapping)


def test_a_line_break_and_separators_in_a_quoted_name(shipped):
    mapping = {
        "columns": {"request_id": "request_id", "discipline": "discipline", "requested\nvisits": "requested_visits"}
    }
    assert read(shipped, "header_line_break.csv", "requested_visits", mapping=mapping)[0] == {"A1": (12,), "A2": (8,)}
    columns = {"Auth no": "request_id", "Discipline": "discipline", "Visits": "requested_visits"}
    assert read(shipped, "header_separator_in_quotes.csv", "requested_visits", mapping={"columns": columns})[0] == {
        "A1": (12,),
        "A2": (8,),
    }


@pytest.mark.parametrize(
    "content",
    [
        b"request_id,discipline\rA1,PT\rA2,OT\r",
        "request_id,discipline\nA1,PT\nA2,OT\n".encode("utf-16-le"),
        "request_id,discipline\nA1,PT\nA2,OT\n".encode("utf-16-be"),
        b'"request_id","discipline"\n"1","A1","PT"\n"2","A2","OT"\n',
        b'"","request_id","discipline"\n"1","A1","PT"\n"2","A2","OT"\n',
        b"request_id,discipline,,\nA1,PT,,\n,,,\nA2,OT,,\n",
        b"sep=;\r\nrequest_id;discipline\r\nA1;PT\r\nA2;OT\r\n",
        b"request_id^discipline\nA1^PT\nA2^OT\n",
        b'request_id, "discipline", "a, b"\nA1, "PT", "x, y"\nA2, OT, ""\n',
        "request_id,discipline\nA1,PT\nA2,OT\n".encode("utf-32"),
    ],
)
def test_lines_of_other_programs(shipped, tmp_path, content):
    (tmp_path / "c.csv").write_bytes(content)
    found = read_cases(tmp_path / "c.csv", shipped)
    assert found.accepted.select("request_id", "discipline").rows() == [("A1", "PT"), ("A2", "OT")] and found.read == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("request_id  discipline\na  PT\n", "parted by spaces, at fixed widths, which is not read"),
        ("request\na\n", "the file has one column only"),
        ('"request_id,discipline"\n"a,PT"\n', "in quotation marks as a whole"),
        ("a1,PT,12\nb1,OT,8\n", "the column names hold values, such as 12"),
    ],
)
def test_a_table_without_names_or_with_one_column(shipped, tmp_path, content, said):
    (tmp_path / "c.csv").write_text(content)
    with pytest.raises(ProblemsFound, match=said):
        read_cases(tmp_path / "c.csv", shipped)


def test_a_formula_that_was_never_computed(shipped):
    values, _, aside = read(shipped, "formula_without_value.xlsx", "requested_visits")
    assert values == {"A2": (8,)} and "C2 was never computed" in aside[2]


# Cells as people write them, and what must come of them: the value that the text says, or a note, or the row set aside.
PIECES = [
    "M54.50",
    "97110",
    "12",
    "1",
    "0",
    "0.85",
    "2026-01-31",
    "PT",
    "yes",
    "true",
    "GP",
    "x2",
    "visits",
    "wks",
    "%",
    "E+11",
    "'",
    "=",
    "-",
    ".",
    ",",
    ";",
    ":",
    " ",
    "\n",
    "T14:30",
    "/",
    "office",
    "011",
    "9999-12-31",
    "M5450",
    "m25.511",
    "MS",
    "NULL",
    "ICD-10: ",
    "Total",
    "Subtotal PT",
    "Gesamt",
    "n=2",
    "Page 1 of 3",
    "1900-01-01",
    "1899-12-30",
    "2062-01-05",
    "0000-00-00",
    " 24:00:00",
    "1/0/1900",
    "01/15/26",
    "46054",
    "999",
    "-9",
    "-99",
    "–",
    "—",
    ".B",
    "nil",
    "TBD",
    "unk",
    "?",
    "97110-GP-59",
    "HC:",
    "GP;",
    "+",
    "(",
    "<5",
    "~",
    "ca. ",
    "1,000",
    "1.000",
    "0.100",
    "0,100",
    "2,5",
    "1.234,5",
    "1,234,567",
]
TOLD = ["score_baseline", "member_id", "provider_npi", "plan", "diagnosis", "procedures", "requested_visits", "goals_met_percent", "deficit_percent", "received_on", "plan_of_care", "setting", "age_years"]  # fmt: skip


def says(fact: str, text: str, value: object) -> bool:
    """Whether the value is what the text plainly says."""
    if isinstance(value, bool):
        return text.lower() in (TRUE if value else FALSE)
    if isinstance(value, int | float):
        plain = text.removesuffix("%").strip() if fact.endswith("percent") else text
        return Decimal(plain) == Decimal(repr(value))
    if isinstance(value, list):
        return list(dict.fromkeys(re.split(r"[;,\s]+", text.upper().strip("; ,\n")))) == value
    if fact == "diagnosis":
        return text.upper().replace(".", "") == str(value).replace(".", "")
    if fact == "setting":
        return re.sub(r"[\s-]+", "_", text.lower()) == value
    return str(value) == text


@settings(deadline=None)
@given(
    st.sampled_from(TOLD),
    st.lists(st.lists(st.sampled_from(PIECES), max_size=4).map("".join), min_size=1, max_size=8),
    st.sampled_from([{}, {"decimal": ","}, {"dates": ["MM/DD/YYYY", "DD.MM.YYYY"]}, {"missing": ["MS"]}]),
)
def test_no_filled_cell_becomes_another_value_without_a_note(shipped, tmp_path_factory, fact, cells, mapping):
    path = tmp_path_factory.getbasetemp() / "cells.csv"
    put(path, ["request_id", "discipline", fact], [["r" + str(i), "PT", c] for i, c in enumerate(cells)])
    whole = mapping | {"columns": {c: c for c in ("request_id", "discipline", fact)}}
    found = read_cases(path, shipped, mapping=whole)
    assert len(found.accepted) + len(found.set_aside) == found.read == len(cells)
    hold_what_they_say(found, fact, cells, mapping.get("decimal", "."), {})


@settings(deadline=None, max_examples=40)
@given(
    st.sampled_from(TOLD), st.lists(st.lists(st.sampled_from(PIECES), max_size=2).map("".join), min_size=1, max_size=8)
)
def test_no_suggestion_makes_another_value_of_a_filled_cell(shipped, tmp_path_factory, fact, cells):
    path = tmp_path_factory.getbasetemp() / "suggested.csv"
    put(path, ["request_id", "discipline", fact], [["r" + str(i), "PT", c] for i, c in enumerate(cells)])
    (path.with_suffix(".yaml")).write_text(suggest_text(path, shipped), encoding="utf-8")
    mapping = load_mapping(path.with_suffix(".yaml"), shipped)
    found = read_cases(path, shipped, mapping=mapping)
    assert len(found.accepted) + len(found.set_aside) == found.read == len(cells)
    for column in mapping.columns:  # else it is left open, and its line says why
        if column.fact.name == fact and not column.percent:
            hold_what_they_say(found, fact, cells, mapping.decimal, dict(column.values))


def hold_what_they_say(found, fact, cells, decimal, said):
    """Each value of accepted rows is what its cell says, or is noted. `said`: what the mapping makes of texts."""
    noted = set(found.notes.filter(pl.col("fact") == fact)["request_id"])
    for name, value in found.accepted.select("request_id", fact).rows():
        text = cells[int(name[1:])].strip()
        text = said.get(text) or text
        if name in noted:
            continue
        if value is None:
            assert text.lower() in {m.lower() for m in (*MISSING, "")}
        else:
            if re.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", text) and fact.endswith(("visits", "years")):
                assert any(re.search(r"\d[.,](\d{1,2}|\d{4,})(?!\d)|\b0[.,]|[.,]\d+[.,]", c) for c in cells), text
            plain = text.replace(",", ".") if decimal == "," and isinstance(value, int | float) else text
            assert says(fact, plain, value), (text, value)


def put(path: Path, head: list[str], rows: list[list[str]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])


# Ids as requests have them, and what stands in their place below a table.
IDS = st.one_of(
    st.integers(1, 9999).map(lambda n: f"A-{n}"),
    st.sampled_from(
        ["Total", "Subtotal PT", "Grand total: 3", "Count", "Gesamt", "Summe", "n=2", "All", "Page 1 of 3"]
    ),
    st.sampled_from(["Report generated 2026-02-01", "Legend", "", "TBD", "unk", "—", "Total-123", "EOF", "(2 rows)"]),
)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.tuples(IDS, st.booleans(), st.sampled_from(PIECES)), min_size=1, max_size=10),
    st.sampled_from([0, 2, 4]),
    st.booleans(),
)
def test_no_row_of_totals_becomes_a_request_and_none_is_lost(shipped, tmp_path_factory, rows, place, grouped):
    """Wherever the id stands: a row is a request with the id that is written, or set aside with its text."""
    path = tmp_path_factory.getbasetemp() / "rows.csv"
    lines = []
    for name, sparse, piece in rows:
        line = ["", "", "", ""] if sparse else ["PT", "M1", "2026-01-05", piece]
        lines.append([*line[:place], name, *line[place:]])
    lines = [line for line in lines if any(c.strip() for c in line)]
    head = ["discipline", "member_id", "received_on", "plan"]
    head.insert(place, "request_id")
    put(path, head, lines)
    mapping = {"columns": {c: c for c in head}} | ({"grouped": True} if grouped else {})
    found = read_cases(path, shipped, mapping=mapping)
    further = sum(n for _, n in found.skipped)  # of grouped lines
    assert len(found.accepted) + len(found.set_aside) == found.read and found.read + further == len(lines)
    assert set(found.accepted["request_id"]) <= {n for n, sparse, _ in rows if n.startswith("A-") and not sparse}
    assert all(len(reasons) for reasons in found.set_aside["reasons"].to_list())


DAYS = st.one_of(
    st.dates(date(1, 1, 1), date(9999, 12, 31)),
    st.sampled_from([date(1900, 1, 1), date(1899, 12, 31), date(9999, 12, 31), date(1970, 1, 1), date(2062, 1, 5)]),
    st.dates(date(1990, 1, 1), date(2035, 12, 31)),
)


@settings(deadline=None, max_examples=60)
@given(st.lists(DAYS, min_size=1, max_size=8), st.sampled_from(["iso", "us", "clock", "parquet"]))
def test_a_day_is_that_day_or_told(shipped, tmp_path_factory, days, way):
    """In whatever way it stands: a usual day is read as it is, another with a note, as missing with a note, or not."""
    path = tmp_path_factory.getbasetemp() / ("days.parquet" if way == "parquet" else "days.csv")
    texts = {
        "iso": [d.isoformat() for d in days],
        "us": [f"{d.month:02}/{d.day:02}/{d.year:04}" for d in days],
        "clock": [f"{d.isoformat()} 24:00:00" for d in days],
    }
    if way == "parquet":
        ids = [f"r{i}" for i in range(len(days))]
        pl.DataFrame({"request_id": ids, "discipline": ["PT"] * len(days), "received_on": days}).write_parquet(path)
    else:
        rows = [[f"r{i}", "PT", t] for i, t in enumerate(texts[way])]
        put(path, ["request_id", "discipline", "received_on"], rows)
    found = read_cases(path, shipped, mapping={"dates": ["MM/DD/YYYY"]})
    assert found.read == len(days)
    noted = set(found.notes["request_id"])
    for name, value in found.accepted.select("request_id", "received_on").rows():
        day = days[int(name[1:])]
        usual = date(1990, 1, 1) <= day <= date(2035, 12, 31)
        assert value == day or value is None and name in noted
        assert usual and value == day or name in noted

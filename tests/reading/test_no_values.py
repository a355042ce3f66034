"""What stands where nothing is known: words, marks, days and numbers. Each is missing with a note, or stands with one."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from workbench.guideline.model import Library
from workbench.reading.read import read_cases

MISSING = "it is missing"
STANDS = "it stands as it is"
PERHAPS = "may stand for no value"


def one(library: Library, folder: Path, fact: str, cell: str, **mapping: object) -> tuple[object, str]:
    """The value of a single cell ("aside" where the row is), and what is said of it."""
    path = folder / "c.csv"
    path.write_text(f'request_id,discipline,{fact}\na,PT,"{cell}"\n')
    whole = {"columns": {"request_id": "request_id", "discipline": "discipline", fact: fact}} | mapping
    found = read_cases(path, library, mapping=whole)
    if not len(found.accepted):
        return "aside", found.set_aside["reasons"][0][0]
    return found.accepted[fact][0], " ".join(found.notes["note"])


@pytest.mark.parametrize("fact", ["plan", "member_id", "requested_visits", "received_on", "plan_of_care", "setting", "score_baseline", "procedures", "diagnosis"])  # fmt: skip
@pytest.mark.parametrize("cell", ["–", "—", ".B", ".z", "._", "nil", "TBD", "unk", "Unknown", "?", "???", "...", "k.A.", "unbekannt", "(blank)", "n.a.", "Not recorded", "*"])  # fmt: skip
def test_words_and_marks_of_no_value(shipped: Library, tmp_path: Path, fact: str, cell: str) -> None:
    value, said = one(shipped, tmp_path, fact, cell)
    assert value is None and MISSING in said and cell in said


def test_a_mapping_makes_such_a_word_a_value(shipped: Library, tmp_path: Path) -> None:
    columns = {
        "request_id": "request_id",
        "discipline": "discipline",
        "plan": {"fact": "plan", "values": {"UNK": "UNK"}},
    }
    assert one(shipped, tmp_path, "plan", "UNK", columns=columns) == ("UNK", "")


@pytest.mark.parametrize(
    ("fact", "cell", "value", "said"),
    [
        *((f, day, None, MISSING) for f in ("received_on", "requested_start", "decided_on") for day in ("1900-01-01", "1899-12-30", "1899-12-31", "0001-01-01", "1753-01-01", "1970-01-01", "1960-01-01", "9999-12-31", "2999-12-31", "2099-12-31", "1900-01-00", "00/00/0000", "99/99/9999", "0000-00-00 00:00:00", "1/0/1900", "1900-01-01 00:00:00")),  # fmt: skip
        ("received_on", "2062-02-01", date(2062, 2, 1), STANDS),
        ("received_on", "2199-12-30", date(2199, 12, 30), STANDS),
        ("received_on", "1926-02-01", date(1926, 2, 1), STANDS),
        ("received_on", "1626-02-01", "aside", "outside"),
        ("received_on", "2026-02-01 24:00:00", date(2026, 2, 1), "the time is left out"),
        ("received_on", "2026-02-01T24:00", date(2026, 2, 1), "the time is left out"),
        ("received_on", "2026-02-01 24:30:00", "aside", "not a day"),
        ("received_on", "2026-2-1", date(2026, 2, 1), ""),
        ("received_on", "2026-13-01", "aside", "not a day"),
        ("received_on", "1769904000", "aside", "a number of seconds since 1970 (2026-02-01 in UTC)"),
        ("received_on", "1769904000000", "aside", "a number of milliseconds since 1970 (2026-02-01 in UTC)"),
        ("received_on", "2026-02-01 25:00:00", "aside", "not a day"),
        ("age_years", "999", None, MISSING),
        ("age_years", "-9", None, MISSING),
        ("age_years", "99", 99, ""),
        ("age_years", "130", "aside", "outside"),
        ("requested_visits", "-99", None, MISSING),
        ("requested_visits", "9999.0", None, MISSING),
        ("requested_visits", "401", "aside", "outside"),
        ("visits_used", "999", 999, PERHAPS),
        ("visits_used", "888", 888, ""),
        ("days_since_last_visit", "9999", 9999, PERHAPS),
        ("score_baseline", "-99", -99.0, PERHAPS),
        ("score_baseline", "999", 999.0, PERHAPS),
        ("score_baseline", "99", 99.0, ""),
        ("standard_score_sd", "-9", None, MISSING),
        ("comorbidities", "99", None, MISSING),
        ("red_flag", "none", "none", ""),
    ],
)  # fmt: skip
def test_days_and_numbers(shipped: Library, tmp_path: Path, fact: str, cell: str, value: object, said: str) -> None:
    got, told = one(shipped, tmp_path, fact, cell, dates=["MM/DD/YYYY"])
    assert got == value and said in told and (said or not told)


def test_a_mapping_says_which_numbers_are_none(shipped: Library, tmp_path: Path) -> None:
    told = "'999' is missing, as the mapping says"
    assert one(shipped, tmp_path, "visits_used", "999", missing=["999"]) == (None, told)


@pytest.mark.parametrize(
    ("cell", "how", "value", "said"),
    [
        ("Z", {"missing": ["Z"]}, None, "'Z' is missing, as the mapping says"),
        ("z", {"missing": ["Z"]}, None, "'z' is missing, as the mapping says"),
        ("", {"missing": ["Z"]}, None, ""),
        ("NULL", {"missing": ["NULL", "Z"]}, None, ""),  # missing everywhere
        ("Z", {"columns": {"plan": {"fact": "plan", "values": {"Z": None}}}}, None, "'Z' is missing, as the mapping"),
    ],
)
def test_what_a_mapping_makes_missing_is_counted(
    shipped: Library, tmp_path: Path, cell: str, how: dict[str, dict[str, object]], value: object, said: str
) -> None:
    names = {"request_id": "request_id", "discipline": "discipline", "plan": "plan"}
    got, told = one(shipped, tmp_path, "plan", cell, **how | {"columns": names | how.get("columns", {})})
    assert got == value and said in told and bool(told) == bool(said)


def test_what_a_mapping_makes_missing_of_typed_columns_and_items(shipped: Library, tmp_path: Path) -> None:
    numbers = {"visits_used": [777, 12], "procedures": ["note;97110", "97140"]}
    pl.DataFrame({"request_id": ["a", "b"], "discipline": ["PT"] * 2} | numbers).write_parquet(tmp_path / "c.parquet")
    names = ("request_id", "discipline", "visits_used")
    columns = {c: c for c in names} | {"procedures": {"fact": "procedures", "values": {"note": None}}}
    found = read_cases(tmp_path / "c.parquet", shipped, mapping={"missing": ["777"], "columns": columns})
    assert found.accepted.select("visits_used", "procedures").rows() == [(None, ["97110"]), (12, ["97140"])]
    assert sorted(found.notes["note"]) == [
        "'777' is missing, as the mapping says",
        "'note' is left out, as the mapping says",
    ]


def test_marks_in_the_days_that_a_fact_is_computed_from(shipped: Library, tmp_path: Path) -> None:
    rows = ["a,PT,unknown,2026-01-05", "b,PT,,2026-01-05", "c,PT,,", "d,PT,1960-01-01,2026-01-05"]
    (tmp_path / "c.csv").write_text("\n".join(["id,disc,born,day", *rows]))
    mapping = {
        "columns": {"id": "request_id", "disc": "discipline", "day": "received_on"},
        "computed": {"age_years": {"years": ["born", "day"]}},
    }
    found = read_cases(tmp_path / "c.csv", shipped, mapping=mapping)
    assert found.accepted["age_years"].to_list() == [None, None, None, 66] and len(found.accepted) == 4
    assert found.notes.select("row", "note").rows() == [
        (2, "'unknown' stands for no value; it is missing"),
        (3, "no day in born; it is missing"),
    ]


def test_births_that_stand_for_none(shipped: Library, tmp_path: Path) -> None:
    births = ["1900-01-01", "9999-12-31", "1970-01-01", "1960-01-01", "1926-05-01"]
    rows = [f"{i},PT,{b},2026-06-01" for i, b in enumerate(births)]
    (tmp_path / "c.csv").write_text("\n".join(["id,disc,born,day", *rows]))
    mapping = {
        "columns": {"id": "request_id", "disc": "discipline", "day": "received_on"},
        "computed": {"age_years": {"years": ["born", "day"]}},
    }
    found = read_cases(tmp_path / "c.csv", shipped, mapping=mapping)
    assert found.accepted["age_years"].to_list() == [None, None, 56, 66, 100]
    assert found.notes["row"].to_list() == [2, 3]


def test_typed_columns(shipped: Library, tmp_path: Path) -> None:
    days = [date(1900, 1, 1), date(9999, 12, 31), date(2026, 1, 1), date(2062, 1, 1)]
    numbers = {"age_years": [999, -9, 7, 8], "score_baseline": [-99.0, 1.0, 2.0, 3.0]}
    frame = pl.DataFrame({"request_id": list("abcd"), "discipline": ["PT"] * 4, "received_on": days} | numbers)
    frame.write_parquet(tmp_path / "c.parquet")
    found = read_cases(tmp_path / "c.parquet", shipped)
    assert found.accepted["received_on"].to_list() == [None, None, *days[2:]]
    assert found.accepted["age_years"].to_list() == [None, None, 7, 8]
    assert sorted(found.notes["row"].to_list()) == [1, 1, 1, 2, 2, 4]


@pytest.mark.parametrize(("epoch", "number"), [(None, 46054), (CALENDAR_MAC_1904, 44592)])
def test_a_day_number_is_told_as_its_workbook_counts(
    shipped: Library, tmp_path: Path, epoch: datetime | None, number: int
) -> None:
    book = Workbook()
    if epoch:
        book.epoch = epoch
    book.active.append(["request_id", "discipline", "received_on"])
    book.active.append(["a", "PT", number])
    book.active.append(["b", "PT", datetime(2026, 2, 1)])
    book.save(tmp_path / "c.xlsx")
    found = read_cases(tmp_path / "c.xlsx", shipped)
    assert found.accepted["received_on"].to_list() == [date(2026, 2, 1)]
    assert "a day number, 2026-02-01 in Excel" in found.set_aside["reasons"][0][0]

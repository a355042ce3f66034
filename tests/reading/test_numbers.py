"""Which number a text is, where point and comma may each be the decimal sign or part thousands."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl
import pytest
from openpyxl import Workbook

from workbench.guideline.model import Library
from workbench.reading.number_texts import proved
from workbench.reading.read import Reading, read_cases

ASIDE = "aside"


def reading(library: Library, folder: Path, fact: str, cells: list[str], decimal: str) -> Reading:
    with (folder / "c.csv").open("w", newline="") as file:
        rows = [[f"r{i}", "PT", cell] for i, cell in enumerate(cells)]
        csv.writer(file).writerows([["request_id", "discipline", fact], *rows])
    columns = {name: name for name in ("request_id", "discipline", fact)}
    return read_cases(folder / "c.csv", library, mapping={"decimal": decimal, "columns": columns})


def of_rows(found: Reading, fact: str, count: int) -> list[object]:
    known = dict(found.accepted.select("request_id", fact).rows())
    return [known.get(f"r{i}", ASIDE) for i in range(count)]


# decimal sign, cells of a column, what they are in a column of decimals and in one of whole numbers. `1000?`: with a note
@pytest.mark.parametrize(
    ("decimal", "cells", "numbers", "whole"),
    [
        (",", ["0.100"], [ASIDE], [ASIDE]),  # no number of thousands begins with a zero
        (",", ["00.100"], [ASIDE], [ASIDE]),
        (",", ["0.100.000"], [ASIDE], [ASIDE]),
        (",", ["1.00"], [ASIDE], [ASIDE]),
        (",", ["1.0000"], [ASIDE], [ASIDE]),
        (",", ["12.34.567"], [ASIDE], [ASIDE]),
        (",", ["1.234.56"], [ASIDE], [ASIDE]),
        (",", ["1,5", "1.234"], [1.5, 1234], [ASIDE, 1234]),
        (",", ["1.234"], [1234], [1234]),
        (",", ["12.5", "1.234"], [ASIDE, ASIDE], [ASIDE, ASIDE]),  # the point is a decimal sign there
        (",", ["12,0"], [12], [12]),
        (",", ["1,000"], [1], [ASIDE]),
        (",", ["1,000", "2,50"], [1, 2.5], [1, ASIDE]),
        (",", ["1,000", "0,250"], [1, 0.25], [1, ASIDE]),
        (",", ["1,000", "1.234,5"], [1, 1234.5], [1, ASIDE]),
        (",", ["1,000", "1,234.5"], [ASIDE, ASIDE], [ASIDE, ASIDE]),
        (",", ["1,000", "1,234,567"], [ASIDE, ASIDE], [ASIDE, ASIDE]),
        (",", ["1,000", "2,5", "1,234,567"], [ASIDE, 2.5, ASIDE], [ASIDE, ASIDE, ASIDE]),
        (".", ["1,234"], [ASIDE], [ASIDE]),
        (".", ["1.000"], [1], [ASIDE]),
        (".", ["1.000", "2.5"], [1, 2.5], [1, ASIDE]),
        (".", ["1.000", "1.234.567"], [ASIDE, ASIDE], [ASIDE, ASIDE]),
        (".", ["0,100,000"], [ASIDE], [ASIDE]),
        (".", ["0,100.5"], [ASIDE], [ASIDE]),
        (".", ["1,234.5"], [1234.5], [ASIDE]),
        (".", ["1,23,456"], [ASIDE], [ASIDE]),
        (".", ["-1,234.5"], [-1234.5], [ASIDE]),
    ],
)
def test_thousands_and_decimals(
    shipped: Library, tmp_path: Path, decimal: str, cells: list[str], numbers: list[object], whole: list[object]
) -> None:
    for fact, expected in (("score_baseline", numbers), ("weeks_since_onset", whole)):
        found = reading(shipped, tmp_path, fact, cells, decimal)
        assert of_rows(found, fact, len(cells)) == expected


@pytest.mark.parametrize("decimal", [".", ","])
def test_three_decimals_alone_are_noted(shipped: Library, tmp_path: Path, decimal: str) -> None:
    found = reading(shipped, tmp_path, "score_baseline", [f"1{decimal}375"], decimal)
    assert found.accepted["score_baseline"].to_list() == [1.375]
    assert found.notes["note"].to_list() == [f"'1{decimal}375' is read as 1.375, not as 1375"]
    # Where thousands lie outside the range of the fact, nothing is in doubt.
    assert reading(shipped, tmp_path, "standard_score_sd", [f"1{decimal}375"], decimal).notes.is_empty()


# A hint never leads to another number than the cell holds.
@pytest.mark.parametrize(
    ("decimal", "cell", "hint"),
    [
        (".", "12,0", 'say `decimal: ","`'),
        (".", "85,5", ""),
        (".", "85.5", ""),
        (",", "85,5", ""),
        (",", "85,5 visits", ""),
        (".", "1,000 visits", ""),
        (".", "<5", ""),
        (".", "8-12", ""),
        (".", "8 to 12", ""),
        (".", "about 12", ""),
        (".", "12½", ""),
        (".", "1/12", "`take`"),
        (".", "12 of PT", "`take`"),
        (",", "1.000", "may be 1000 or 1.000"),
        (".", "2-Mar", "a day that a spreadsheet made of it"),
    ],
)
def test_a_hint_changes_no_number(shipped: Library, tmp_path: Path, decimal: str, cell: str, hint: str) -> None:
    found = reading(shipped, tmp_path, "requested_visits", [cell, "2.5"], decimal)
    (reason,) = found.set_aside["reasons"][0].to_list()
    assert hint in reason and (hint or "(" not in reason)


def test_numbers_that_are_typed_have_no_sign_of_a_land(shipped: Library, tmp_path: Path) -> None:
    """A cell of a workbook, a number of JSON and a column of Parquet are what they are, whatever their texts use."""
    mapping = {"decimal": ",", "columns": {"id": "request_id", "s": "score_baseline", "t": "score_current"}}
    mapping["constants"] = {"discipline": "PT"}
    book = Workbook()
    for row in (["id", "s", "t"], ["a", 1.234, "1,5"], ["b", 12.5, "2,5"]):
        book.active.append(row)
    book.save(tmp_path / "c.xlsx")
    rows = [{"id": "a", "s": 1.234, "t": "1,5"}, {"id": "b", "s": 12.5, "t": "2,5"}]
    (tmp_path / "c.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    pl.DataFrame(rows).write_parquet(tmp_path / "c.parquet")
    for name in ("c.xlsx", "c.jsonl", "c.parquet"):
        found = read_cases(tmp_path / name, shipped, mapping=mapping)
        assert found.accepted.select("score_baseline", "score_current").rows() == [(1.234, 1.5), (12.5, 2.5)]


def test_decimals_of_a_typed_column_are_in_no_doubt(shipped: Library, tmp_path: Path) -> None:
    frame = pl.DataFrame({"request_id": ["a"], "discipline": ["PT"], "score_baseline": ["1.5"]})
    frame.with_columns(pl.col("score_baseline").cast(pl.Decimal(10, 3))).write_parquet(tmp_path / "c.parquet")
    found = read_cases(tmp_path / "c.parquet", shipped)
    assert found.accepted["score_baseline"].to_list() == [1.5] and found.notes.is_empty()


def test_ids_of_a_column_of_numbers_with_commas(shipped: Library, tmp_path: Path) -> None:
    found = reading(shipped, tmp_path, "member_id", ["1001,0", "1001,00", "1,001"], ",")
    assert found.accepted["member_id"].to_list() == ["1001", "1001", "1,001"] and len(found.notes) == 2


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("1,5", {","}),
        ("1,5 %", {","}),
        ("0,125", {","}),
        ("1.234,5", {","}),
        ("1.234.567", {","}),
        ("1234,000", {","}),
        (",5", {","}),
        ("1,234.5", {"."}),
        ("1,234,567 visits", {"."}),
        ("1,234", set()),
        ("12", set()),
        ("12.", set()),
        ("01.02.2026", set()),
        ("1.2.2026", set()),
        ("2.5/3", set()),
        ("1,2,3", set()),
        ("M54.50", set()),
    ],
)
def test_what_proves_a_decimal_sign(text: str, signs: set[str]) -> None:
    assert proved([text]) == signs


@pytest.mark.parametrize(
    ("fact", "text", "hint"),
    [
        ("age_years", "6 months", "it counts months, and age_years counts years"),
        ("age_years", "5y 6m", "several numbers"),
        ("requested_weeks", "3 days", "it counts days"),
        ("requested_visits", "(12)", "can pick the number out"),
        ("requested_visits", "2x/wk x 6", "several numbers"),
    ],
)
def test_no_pattern_makes_weeks_of_days(shipped: Library, tmp_path: Path, fact: str, text: str, hint: str) -> None:
    found = reading(shipped, tmp_path, fact, [text], ".")
    assert hint in found.set_aside["reasons"][0][0]

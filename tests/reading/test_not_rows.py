"""Rows that are no requests: totals, counts, footers, in the words of several lands and wherever the id stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.guideline.model import Library
from workbench.reading.read import read_cases, read_to

HEAD = "id,disc,member,received,visits,weeks,note"
ROWS = [f"A-{n},PT,M{n},2026-01-0{n},12,6,Total knee" for n in range(1, 6)]
COLUMNS = {
    "id": "request_id",
    "disc": "discipline",
    "member": "member_id",
    "received": "received_on",
    "visits": "requested_visits",
    "weeks": "requested_weeks",
    "note": "ignore",
}


def read(library: Library, folder: Path, rows: list[str], head: str = HEAD, **more: object) -> tuple[list[str], dict]:
    """The ids accepted, and row → reason of those set aside."""
    path = folder / "c.csv"
    path.write_text("\n".join([head, *rows]) + "\n")
    mapping = {"columns": COLUMNS} | more
    found = read_cases(path, library, mapping=mapping)
    report = read_to(path, folder / "c.parquet", library, mapping=mapping, force=True)
    assert len(found.accepted) + len(found.set_aside) == found.read == len(rows)
    assert (report.accepted, report.set_aside) == (len(found.accepted), len(found.set_aside))
    aside = {row: " ".join(reasons) for row, _, _, reasons, _ in found.set_aside.rows()}
    return found.accepted["request_id"].to_list(), aside


NONE = [
    "Total",
    "TOTAL",
    "Totals:",
    "Total 60",
    "Total-123",
    "Subtotal PT",
    "Sub-total",
    "PT subtotal",
    "Total for January",
    "Grand total",
    "Running Total",
    "Count",
    "count: 5",
    "Average",
    "Mean",
    "Max",
    "All",
    "All patients",
    "Gesamt",
    "Gesamtsumme",
    "Gesamtergebnis",
    "Summe",
    "Zwischensumme",
    "Insgesamt",
    "Anzahl: 5",
    "Mittelwert",
    "Sous-total",
    "Somme",
    "n=2",
    "N = 5",
    "5 rows",
    "(5 rows affected)",
    "Page 1 of 3",
    "Seite 1 von 3",
    "Report generated 2026-02-01",
    "Generated on 2/1/2026 by MS",
    "Printed: 2026-02-01",
    "Run date 2026-02-01",
    "Stand: 01.02.2026",
    "Applied filters:",
    "End of report",
    "*** End of report ***",
    "Confidential",
    "Source: EMR",
]


@pytest.mark.parametrize("text", NONE)
@pytest.mark.parametrize("rest", ["PT,M9,2026-01-09,60,30,", ",,,60,30,", "PT,,,,,", ",,,,,"])
def test_its_id_says_that_a_row_is_no_request(shipped: Library, tmp_path: Path, text: str, rest: str) -> None:
    ids, aside = read(shipped, tmp_path, [*ROWS, f"{text},{rest}"])
    assert len(ids) == 5 and list(aside) == [7] and "no request" in aside[7]


@pytest.mark.parametrize("text", ["Total", "Subtotal PT", "Grand total: 5", "Gesamt", "n=2", "Page 1 of 3", "EOF", "*"])
def test_so_does_the_id_of_a_column_further_right(shipped: Library, tmp_path: Path, text: str) -> None:
    head = ",".join(reversed(HEAD.split(",")))
    rows = [",".join(reversed(r.split(","))) for r in [*ROWS, f"{text},PT,,,60,30,"]]
    ids, aside = read(shipped, tmp_path, rows, head)
    assert len(ids) == 5 and list(aside) == [7]


@pytest.mark.parametrize(
    "row", ["Legend,,,,,,", "EOF,,,,,,", "see page two,PT,,,,,", "5,,,,,,", "A,,,,60,,", "x1 y2,PT,,,,,"]
)
def test_a_hardly_filled_row_with_another_kind_of_id(shipped: Library, tmp_path: Path, row: str) -> None:
    ids, aside = read(shipped, tmp_path, [*ROWS, row])
    assert len(ids) == 5 and ("no request" in aside[7] or "unlike the others" in aside[7])


@pytest.mark.parametrize("row", ["Total,,,60,30,", ",,,60,30,", "Report of MS,,,,,", "PT total,,,60,30,", "n = 5,,,,,"])
def test_rows_that_would_get_their_id_from_their_number(shipped: Library, tmp_path: Path, row: str) -> None:
    columns = {k: v for k, v in COLUMNS.items() if k not in ("id", "disc")} | {"name": "ignore"}
    rows = ["M Roe,M1,2026-01-01,12,6,", "J Doe,M2,2026-01-02,12,6,x", "A All,M3,2026-01-03,12,6,", row]
    more = {"columns": columns, "row_ids": "r", "constants": {"discipline": "PT"}}
    ids, aside = read(shipped, tmp_path, rows, "name,member,received,visits,weeks,note", **more)
    assert ids == ["r2", "r3", "r4"] and list(aside) == [5]


@pytest.mark.parametrize(
    "ids",
    [
        ["A-1", "Totally-1", "Summer-2", "Allen-3", "Maxine", "Report-7", "Page-7", "Counts-1"],
        [f"TOTAL-{n:04}" for n in range(5)],
        ["A1", "A2", "N1", "n", "MIN-001"],
        ["0001", "all-1", "source-1"],
    ],
)
def test_ids_that_only_resemble_such_words(shipped: Library, tmp_path: Path, ids: list[str]) -> None:
    rows = [f"{name},PT,M1,2026-01-01,12,6," for name in ids]
    assert read(shipped, tmp_path, rows) == (ids, {})


def test_a_first_cell_that_says_total_in_a_row_with_an_id(shipped: Library, tmp_path: Path) -> None:
    head = "kind,id,disc,member,received,visits,weeks"
    rows = [f"{k},A-{n},PT,M1,2026-01-01,12,6" for n, k in enumerate(("Total", "Partial", "Sum", "All", "Mean"))]
    mapping = {"columns": {k: v for k, v in COLUMNS.items() if k != "note"} | {"kind": "ignore"}}
    ids, aside = read(shipped, tmp_path, rows, head, **mapping)
    assert len(ids) == 5 and not aside


def test_a_sparse_request_with_an_id_like_the_others_is_one(shipped: Library, tmp_path: Path) -> None:
    ids, aside = read(shipped, tmp_path, [*ROWS, "A-6,PT,,,,,"])
    assert ids[-1] == "A-6" and not aside


def test_a_name_that_the_mapping_gives_makes_it_a_request(shipped: Library, tmp_path: Path) -> None:
    columns = COLUMNS | {"id": {"fact": "request_id", "values": {"Total-123": "T-123"}}}
    ids, aside = read(shipped, tmp_path, [*ROWS, "Total-123,PT,M9,2026-01-09,12,6,"], columns=columns)
    assert ids[-1] == "T-123" and not aside


@pytest.mark.parametrize(
    "row", ["Total,20,", "Grand total: 3,,", "----,----,", "(2 rows affected),,", "id,visits,note", "Exported by X,,"]
)
def test_a_narrow_table(shipped: Library, tmp_path: Path, row: str) -> None:
    columns = {"id": "request_id", "visits": "requested_visits", "note": "ignore"}
    more = {"columns": columns, "constants": {"discipline": "PT"}}
    ids, aside = read(shipped, tmp_path, ["1,12,", "2,8,Total knee", row], "id,visits,note", **more)
    assert ids == ["1", "2"] and list(aside) == [4]


def test_a_footer_in_a_batch_of_its_own(shipped: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.reading.csv_table.ROWS", 5)
    ids, aside = read(shipped, tmp_path, [*ROWS, "Appendix,PT,,,,,"])
    assert len(ids) == 5 and "unlike the others" in aside[7]

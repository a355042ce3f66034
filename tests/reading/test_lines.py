"""Rows that belong together and rows that are nested: lines of a claim, newline-delimited JSON, records of Parquet."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import ProblemsFound
from workbench.guideline.model import Library
from workbench.reading.line_groups import FURTHER
from workbench.reading.mapping import load_mapping
from workbench.reading.read import read_cases, read_to
from workbench.reading.suggest_mapping import suggest_text

LINES = {
    "grouped": True,
    "columns": {
        "id": "request_id",
        "day": {"fact": "received_on", "of_lines": "least"},
        "visits": {"fact": "requested_visits", "of_lines": "sum"},
        "code": "procedures",
        "kind": "discipline",
        "dx": "diagnosis",
    },
}
FIELDS = ("id", "day", "visits", "code", "kind", "dx")


def put(path: Path, rows: list[tuple[str, ...]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([FIELDS, *rows])
    return path


def test_lines_become_one_request(shipped: Library, tmp_path: Path) -> None:
    rows = [
        ("C1", "2026-01-07", "2", "97110", "PT", "M54.50"),
        ("C2", "2026-01-06", "1", "92507", "ST", ""),
        ("C1", "2026-01-05", "1", "97140;97110", "", "M54.50"),
    ]
    found = read_cases(put(tmp_path / "c.csv", rows), shipped, LINES)
    shown = found.accepted.select("request_id", "received_on", "requested_visits", "procedures", "discipline")
    assert [(r[0], str(r[1]), *r[2:]) for r in shown.rows()] == [
        ("C1", "2026-01-05", 3, ["97110", "97140"], "PT"),
        ("C2", "2026-01-06", 1, ["92507"], "ST"),
    ]
    assert dict(found.skipped) == {FURTHER: 1} and found.read == 2


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (("C1", "2026-01-05", "x", "97110", "PT", ""), "another line of request 'C1'"),
        (("C1", "2026-01-05", "1", "97110", "OT", ""), "the lines of request 'C1' say PT and OT"),
        (("C1", "2026-01-05", "399", "97110", "PT", ""), "come to 401, outside 1..400"),
        (("C1", "2026-01-05", "1", "97110", "PT", "M25.511"), "say M54.50 and M25.511"),
    ],
)
def test_a_request_with_a_line_that_can_not_be_used_is_set_aside_whole(
    shipped: Library, tmp_path: Path, other: tuple[str, ...], said: str
) -> None:
    rows = [("C1", "2026-01-05", "2", "97110", "PT", "M54.50"), ("C2", "", "2", "97110", "PT", ""), other]
    found = read_cases(put(tmp_path / "c.csv", rows), shipped, LINES)
    assert found.accepted["request_id"].to_list() == ["C2"] and found.set_aside["row"].to_list() == [2, 4]
    assert said in found.set_aside["reasons"][0][0]


def test_what_a_grouped_mapping_may_not_say(shipped: Library) -> None:
    for mapping in (
        {"grouped": True, "row_ids": "r"},
        {"columns": {"a": {"fact": "requested_visits", "of_lines": "sum"}}},
        {"grouped": True, "columns": {"a": {"fact": "plan", "of_lines": "sum"}}},
        {"grouped": True, "columns": {"a": {"fact": "plan", "of_lines": "last"}}},
    ):
        with pytest.raises(ProblemsFound):
            load_mapping(mapping, shipped)


CELLS = [
    st.sampled_from(["A", "B", "C", ""]),
    st.sampled_from(["2026-01-05", "2026-01-06", "", "never"]),
    st.sampled_from(["1", "2", "300", "", "x"]),
    st.sampled_from(["97110", "97140-GP", "", "x"]),
    st.sampled_from(["PT", "PT", "OT", ""]),
    st.sampled_from(["M54.50", "", "MS"]),
]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(*CELLS).filter(any), max_size=12))
def test_every_line_is_accounted_for_in_either_way_of_reading(
    shipped: Library, tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    folder = tmp_path_factory.getbasetemp()
    path = put(folder / "lines.csv", rows)
    found = read_cases(path, shipped, LINES)
    further = dict(found.skipped).get(FURTHER, 0)
    assert len(found.accepted) + len(found.set_aside) + further == len(rows)
    assert found.accepted["request_id"].is_unique().all()
    spoilt = set(found.set_aside["request_id"].drop_nulls()) & set(found.accepted["request_id"])
    assert not spoilt
    report = read_to(path, folder / "lines.parquet", shipped, mapping=LINES, force=True)
    kept = pl.read_parquet(folder / "lines.parquet")
    assert (report.accepted, report.set_aside) == (len(found.accepted), len(found.set_aside))
    facts = [c for c in found.accepted.columns if c not in ("episode_id", "request_number")]
    assert kept.select(facts).equals(found.accepted.select(facts))


def lines(path: Path, *records: object) -> Path:
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records), encoding="utf-8")
    return path


def test_json_lines_keep_their_digits_and_name_what_is_nested(shipped: Library, tmp_path: Path) -> None:
    path = lines(
        tmp_path / "c.jsonl",
        '{"request_id": 1001.0, "discipline": "PT", "member": {"id": "0012"}, "procedures": ["97110-GP", "97140"]}',
        '{"request_id": "b", "discipline": "OT", "member": null, "requested_visits": 12.0, "plan_of_care": true}',
    )
    columns = {c: c for c in ("request_id", "discipline", "procedures", "requested_visits", "plan_of_care")}
    found = read_cases(path, shipped, {"columns": columns | {"member.id": "member_id"}})
    assert found.accepted.select(*columns, "member_id").rows() == [
        ("1001", "PT", ["97110", "97140"], None, None, "0012"),
        ("b", "OT", None, 12, True, None),
    ]
    assert not found.warnings
    (tmp_path / "m.yaml").write_text(suggest_text(path, shipped))
    assert read_cases(path, shipped, tmp_path / "m.yaml").accepted.equals(found.accepted)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"request_id": "x", "discipline": "PT", "discipline": "OT"}', "discipline stands twice"),
        ('{"request_id": "x", "discipline": "PT", "state": "TX", " state ": "NY"}', "state stands twice"),
        ('{"request_id": "x"', "not JSON"),
        ('["x", "PT"]', "no JSON object"),
        ('{"request_id": "x", "procedures": [["97110"]]}', "a list of lists"),
        ('{"request_id": "\\ud800"}', "not UTF-8"),
        ('{"request_id": "x", "discipline": "PT", "requested_visits": [12, 8]}', "'12;8' is not a whole number"),
        ('{"request_id": "x", "discipline": "PT", "received_on": 46054}', "a day number"),
    ],
)
def test_a_line_that_can_not_be_read_is_set_aside_alone(shipped: Library, tmp_path: Path, line: str, said: str) -> None:
    sound = {"request_id": "a", "discipline": "PT"}
    found = read_cases(lines(tmp_path / "c.ndjson", sound, line, sound | {"request_id": "b"}), shipped)
    assert found.accepted["request_id"].to_list() == ["a", "b"] and found.set_aside["row"].to_list() == [2]
    assert said in found.set_aside["reasons"][0][0] and found.set_aside["raw"][0] == line


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.json", '[{"request_id": "a", "discipline": "PT"}]', "is JSON, which is not read"),
        ("a.jsonl", '{"resourceType": "Patient"}\n{"resourceType": "Patient"}\n', "is FHIR, one resource a line"),
        ("a.json", '{"request_id": "a"}', "is JSON, which is not read"),
        ("a.jsonl", "{}\n{}\n", "no line holds a JSON object with a name in it"),
    ],
)
def test_other_json_is_named(shipped: Library, tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ProblemsFound, match=said):
        read_cases(tmp_path / name, shipped)


def test_records_of_parquet_have_dotted_names(shipped: Library, tmp_path: Path) -> None:
    frame = pl.DataFrame({"request_id": ["a"], "discipline": ["PT"], "dx": [{"code": "M54.50", "of": {"year": 2026}}]})
    frame.write_parquet(tmp_path / "c.parquet")
    columns = {"request_id": "request_id", "discipline": "discipline", "dx.code": "diagnosis", "dx.of.year": "ignore"}
    found = read_cases(tmp_path / "c.parquet", shipped, {"columns": columns})
    assert found.accepted["diagnosis"].to_list() == ["M54.50"] and not found.warnings


def test_a_line_that_stands_twice_is_told_where_it_is_added_up(shipped: Library, tmp_path: Path) -> None:
    line = ("C1", "2026-01-05", "2", "97110", "PT", "M54.50")
    rows = [line, ("C2", "2026-01-05", "2", "97110", "PT", ""), line, (*line[:5], ""), line]
    path = put(tmp_path / "c.csv", rows)
    found = read_cases(path, shipped, LINES)
    assert found.accepted["requested_visits"].to_list() == [8, 2]
    assert [(r[0], r[1], r[2]) for r in found.notes.rows()] == [
        (4, "C1", "requested_visits"),
        (6, "C1", "requested_visits"),
    ]
    assert "row 2 once more" in found.notes["note"][0]
    report = read_to(path, tmp_path / "c.parquet", shipped, mapping=LINES)
    assert any("row 2 once more" in line for line in report.lines())
    once = {**LINES, "columns": {**LINES["columns"], "visits": {"fact": "requested_visits", "of_lines": "most"}}}  # type: ignore[dict-item]
    assert read_cases(path, shipped, once).notes.is_empty()

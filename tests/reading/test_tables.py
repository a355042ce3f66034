"""Cells and columns as tables: what a cell is read as, and what is proposed for a column, one row a case."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from workbench.guideline.model import Library
from workbench.reading.cell_texts import diagnosis
from workbench.reading.mapping import load_mapping
from workbench.reading.read import read_cases
from workbench.reading.suggest_mapping import suggest_text

HERE = Path(__file__).parent
DAYS = YAML(typ="safe").load((HERE / "day_columns.yaml").read_text(encoding="utf-8"))
DIAGNOSES = list(csv.DictReader(io.StringIO((HERE / "diagnosis_cells.csv").read_text(encoding="utf-8"))))


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
    assert f"dates: [{', '.join(row['styles'])}]" in line.replace('"', "")
    read = dict(found.accepted.select("request_id", "received_on").iter_rows())
    assert [None if str(i) not in read else str(read[str(i)]) for i in range(len(cells))] == row["days"]

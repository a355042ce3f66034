"""The worked mappings of docs/mapping.md: each stands there as it is here, and reads its file to what is expected."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.cases.derive import derive
from workbench.reading.read import read_cases, read_to

WORKED = Path(__file__).parent / "worked"
PAGE = Path(__file__).parents[2] / "docs" / "mapping.md"


@pytest.mark.parametrize("mapping", sorted(WORKED.glob("*.yaml")), ids=lambda p: p.stem)
def test_a_worked_mapping(shipped, tmp_path, mapping):
    file = next(p for p in WORKED.glob(f"{mapping.stem}.*") if p.suffix in (".csv", ".xlsx", ".jsonl"))
    found = read_cases(file, shipped, mapping)
    report = read_to(file, tmp_path / "out.parquet", shipped, mapping=mapping)
    assert report.accepted + report.set_aside + sum(report.skipped.values()) == found.read + sum(
        n for _, n in found.skipped
    )
    cases = derive(found.accepted, shipped)
    lines = [report.lines()[0]]
    for row in cases.iter_rows(named=True):
        known = {k: v for k, v in row.items() if v is not None and k not in ("episode_id", "request_number")}
        lines.append(", ".join(f"{k}: {v}" for k, v in known.items()))
    lines += [f"row {row} set aside: {'; '.join(reasons)}" for row, _, _, reasons, _ in found.set_aside.iter_rows()]
    lines += [f"row {row} note, {fact}: {note}" for row, _, fact, note in found.notes.iter_rows()]
    lines += [w.message for w in found.warnings]
    expected = WORKED / f"{mapping.stem}.txt"
    if os.environ.get("WORKBENCH_REWRITE"):
        expected.write_text("\n".join(lines) + "\n")
    assert "\n".join(lines) + "\n" == expected.read_text()
    assert mapping.read_text() in PAGE.read_text(), "docs/mapping.md shows another mapping"

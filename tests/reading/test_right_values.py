"""The right values of the files of found/, cell by cell, and what is decided for them."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from ruamel.yaml import YAML

from workbench.cases.derive import derive
from workbench.engine.setting import setting
from workbench.errors import ProblemsFound
from workbench.guideline.model import Library
from workbench.reading.account import Reading
from workbench.reading.read import read_cases
from workbench.reading.suggest_mapping import suggest_text
from workbench.study.replay import prepare, replay

HERE = Path(__file__).parent
RIGHT = YAML(typ="safe").load((HERE / "right_values.yaml").read_text(encoding="utf-8"))
WAYS = [
    (name, way, right)
    for name, ways in RIGHT.items()
    for said, right in ways.items()
    for way in (("read", "suggested") if said == "both" else (said,))
]


def reading(library: Library, folder: Path, name: str, way: str, mapping: dict[str, object] | None) -> Reading:
    if way == "read":
        return read_cases(HERE / "found" / name, library, mapping=mapping)
    (folder / "m.yaml").write_text(suggest_text(HERE / "found" / name, library), encoding="utf-8")
    return read_cases(HERE / "found" / name, library, mapping=folder / "m.yaml")


def test_every_file_has_its_right_values() -> None:
    assert set(RIGHT) == {path.name for path in (HERE / "found").iterdir()}


@pytest.mark.parametrize(("name", "way", "right"), WAYS, ids=[f"{n}-{w}" for n, w, _ in WAYS])
def test_right_values(shipped: Library, tmp_path: Path, name: str, way: str, right: str | dict[str, dict]) -> None:
    if isinstance(right, str):
        with pytest.raises(ProblemsFound) as refused:
            reading(shipped, tmp_path, name, way, None)
        assert "; ".join(p.message for p in refused.value.problems) == right
        return
    found = reading(shipped, tmp_path, name, way, right.get("mapping"))
    rows = derive(found.accepted, shipped)
    assert rows["request_id"].to_list() == list(right["rows"])
    wanted = {fact for row in right["rows"].values() for fact in row}
    # A fact that the page does not name was in no cell.
    others = [c for c in found.accepted.columns if c not in wanted | {"request_id", "episode_id", "request_number"}]
    assert all(found.accepted[c].is_null().all() for c in others)
    for row in rows.iter_rows(named=True):
        for fact, value in right["rows"][row["request_id"]].items():
            got = row[fact].isoformat() if isinstance(row[fact], date) else row[fact]
            assert got == value, (row["request_id"], fact)
    assert dict(found.set_aside.select("row", pl.col("reasons").list.first()).rows()) == right.get("aside", {})
    assert len(found.accepted) + len(found.set_aside) == found.read


def test_every_accepted_request_is_decided(shipped: Library, tmp_path: Path) -> None:
    """Nothing is lost on the way from the files to their decisions either."""
    parts = []
    for at, (name, way, right) in enumerate(WAYS):
        if isinstance(right, dict):
            accepted = reading(shipped, tmp_path, name, way, right.get("mapping")).accepted
            parts.append(accepted.with_columns(request_id=pl.format("{}-{}", pl.lit(at), "request_id")))
    cases = pl.concat(parts)
    chosen = setting(shipped)
    for engine in ("columnar", "reference"):
        decided = replay(prepare(cases, chosen), chosen, engine=engine).decisions
        assert sorted(decided["request_id"]) == sorted(cases["request_id"])
        assert decided["determination"].null_count() == 0

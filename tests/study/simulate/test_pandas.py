"""Cases go through a file of pandas and come back the same."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import workbench as wb


def test_generated_cases_come_back_from_parquet(tmp_path: Path) -> None:
    cases = wb.generate(200, wb.load_guidelines("guidelines"), seed=7)
    cases.to_parquet(tmp_path / "cases.parquet")
    back = pd.read_parquet(tmp_path / "cases.parquet", dtype_backend="pyarrow")
    assert back.equals(cases) and back.dtypes.equals(cases.dtypes)

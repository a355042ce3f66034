"""What a report says of the cells of accepted rows: how many were kept with a note, how many left missing, and which."""

from __future__ import annotations

from pathlib import Path

from workbench.guideline.model import Library
from workbench.reading.read import read_to

ROWS = """request_id,discipline,diagnosis,received_on
a,PT,"M54,50",2026-01-01
b,PT,724.2,2026-01-01 08:00:00
c,PT,ICD-10: M54.50,1900-01-01
d,PT,"M54,50",2026-01-01 08:00:00
d,PT,neck pain,2026-01-01 08:30:00
e,PT,"G54,0",2026-01-01
e2,PT,M25511,2026-01-01
f,PT,"M54,2",2026-01-01
"""


def test_notes_are_told_with_their_rows_and_values(shipped: Library, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text(ROWS)
    report = read_to(tmp_path / "c.csv", tmp_path / "c.parquet", shipped)
    assert report.lines()[3:] == [
        "notes on diagnosis: 5 kept, 1 left missing",
        "  kept, row 2: 'M54,50' is read as M54.50",
        "  kept, row 4: 'ICD-10: M54.50' is read as M54.50",
        "  kept, row 7: 'G54,0' is read as G54.0",
        "  left missing, row 3: '724.2' has the form of ICD-9-CM; the diagnosis is missing",
        "notes on received_on: 2 kept, 1 left missing",
        "  kept, row 3: '2026-01-01 08:00:00' is read as 2026-01-01; the time is left out",
        "  left missing, row 4: '1900-01-01' stands for no day; it is missing",
    ]
    told = report.as_dict()["notes"]
    assert isinstance(told, dict) and told["diagnosis"]["kept"] == 5 and told["diagnosis"]["missing"] == 1
    assert len(told["diagnosis"]["examples"]) == 4

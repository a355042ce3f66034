"""What is wrong with cases.* read without a mapping (or with mapping.yaml, where there is one)."""

from pathlib import Path

from workbench.guideline.load import load_guidelines
from workbench.reading.read import read_cases


def run(case):
    file = next(p for p in sorted(Path(".").glob("cases*")))
    mapping = "mapping.yaml" if Path("mapping.yaml").exists() else None
    found = read_cases(file, load_guidelines("guidelines"), mapping=mapping)
    assert len(found.accepted) + len(found.set_aside) == found.read
    yield from found.warnings
    for row in found.set_aside.iter_rows(named=True):
        yield from (f"row {row['row']}: {reason}" for reason in row["reasons"])
    for row in found.notes.iter_rows(named=True):
        yield f"note, row {row['row']}: {row['fact']}: {row['note']}"

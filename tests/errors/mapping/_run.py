from pathlib import Path

from workbench.guideline.load import load_guidelines
from workbench.reading.read import read_cases


def run(case):
    """mapping.yaml on cases.csv, or on a sound file of two columns."""
    if not Path("cases.csv").exists():
        Path("cases.csv").write_text("No,Disc\n1,PT\n", encoding="utf-8")
    found = read_cases("cases.csv", load_guidelines("guidelines"), mapping="mapping.yaml")
    yield from found.warnings
    for row in found.set_aside.iter_rows(named=True):
        yield from (f"row {row['row']}: {reason}" for reason in row["reasons"])

"""Prints the numbers of docs/simulation.md: `.venv/bin/python scripts/simulation.py bounds`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import workbench as wb

ROOT = Path(__file__).resolve().parents[1]


def bounds() -> None:
    """The hearing orders between their bounds."""
    guidelines = wb.load_guidelines(ROOT / "guidelines")
    assume = wb.load_assumptions(ROOT / "scenarios" / "assumptions" / "hearing-orders.yaml", guidelines)
    read = wb.read_cases(ROOT / "scenarios" / "cases" / "hearing_orders.csv", guidelines, source="narratives")
    print(wb.bounds(read.accepted, guidelines, assume=assume).text)


PARTS: dict[str, Callable[[], None]] = {"bounds": bounds}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()

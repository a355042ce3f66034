"""Prints the numbers of docs/simulation.md: `.venv/bin/python scripts/simulation.py bounds`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time

import workbench as wb

ROOT = Path(__file__).resolve().parents[1]


def bounds() -> None:
    """The hearing orders between their bounds."""
    guidelines = wb.load_guidelines(ROOT / "guidelines")
    assume = wb.load_assumptions(ROOT / "scenarios" / "assumptions" / "hearing-orders.yaml", guidelines)
    read = wb.read_cases(ROOT / "scenarios" / "cases" / "hearing_orders.csv", guidelines, source="narratives")
    print(wb.bounds(read.accepted, guidelines, assume=assume).text)


def draft() -> None:
    """More visits of physical therapy on 8,000 invented requests: how sure, in what order, and whom it falls on."""
    guidelines = wb.load_guidelines(ROOT / "guidelines")
    cases = wb.generate(8_000, guidelines, seed=45)
    published = wb.replay(cases, guidelines)
    drafts = {}
    for more in (1, 2, 4):
        change = {"where": {}, "visits": {"add": more}}
        keys = {"changes": {"physical-therapy": {"limits": {"change": [change]}}}}
        drafts[f"{more} more visits"] = wb.replay(cases, guidelines, draft=wb.load_draft(keys, guidelines))
    two = drafts["2 more visits"]
    columns = ["rate", "difference", "low", "high", "boot_low", "boot_high"]
    print(wb.bootstrap(published, two, seed=1).table[columns].round(4).to_string(index=False), end="\n\n")
    print(wb.side_by_side(published, drafts, seed=1).table.round(4).to_string(index=False), end="\n\n")
    sized = wb.sample_size(published, two, 0.005)
    print(
        f"half a point: {sized.members:,} people for 80 %; {sized.at_hand:,} at hand have {sized.power:.0%}", end="\n\n"
    )
    print(wb.fairness(published, drafts["4 more visits"]).text)


def work() -> None:
    """What 20,000 invented requests of a year send to clinicians."""
    guidelines = wb.load_guidelines(ROOT / "guidelines")
    worked = wb.workload(wb.replay(wb.generate(20_000, guidelines, seed=45), guidelines), [1, 2], minutes=40, seed=1)
    print(worked.text, end="\n\n")
    print(worked.public.round(4).to_string(index=False))


def speed() -> None:
    """Seconds of CPU for 100,000 invented requests; not run with the others."""
    guidelines = wb.load_guidelines(ROOT / "guidelines")
    cases = wb.generate(100_000, guidelines, seed=1)
    change = {"where": {}, "visits": {"add": 2}}
    keys = {"changes": {"physical-therapy": {"limits": {"change": [change]}}}}
    start = process_time()
    wb.bounds(cases, guidelines, tries=0, facts=False)
    print(f"bounds: {process_time() - start:.1f} s")
    published, draft = (wb.replay(cases, guidelines, draft=d) for d in (None, wb.load_draft(keys, guidelines)))
    start = process_time()
    wb.bootstrap(published, draft)
    print(f"bootstrap, 2,000 replicates: {process_time() - start:.1f} s")


PARTS: dict[str, Callable[[], None]] = {"bounds": bounds, "draft": draft, "work": work, "speed": speed}

if __name__ == "__main__":
    for part in sys.argv[1:] or [p for p in PARTS if p != "speed"]:
        PARTS[part]()

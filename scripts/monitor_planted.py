"""Claims with planted outliers: how many the funnel finds by how far they stand out and how many people they treat,
how many providers it flags for nothing, and what raw ranks would have done in its place.

    python scripts/monitor_planted.py [SETS] [REQUESTS]

Outliers are drawn among all providers, whatever their size: those with too few people are not judged, and count as not
found. Raw ranks name as many providers as were planted, by the most visits an episode.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from workbench.cases.claim_lines import with_line_episodes
from workbench.generator.claim_lines import plant
from workbench.guideline.load import load_guidelines
from workbench.study.monitor_funnel import FEWER, MORE, NOT_JUDGED, early, funnel
from workbench.study.monitor_trends import episodes

ROOT = Path(__file__).resolve().parents[1]
SIZES = ((0, 10), (11, 29), (30, 99), (100, 10_000))


def main(arguments: list[str]) -> None:
    sets, requests = (*map(int, arguments), *(10, 12_000)[len(arguments) :])
    library = load_guidelines(ROOT / "guidelines")
    found, flagged, judged, false, ranked, planted = [], 0, 0, 0, 0, 0
    for seed in range(1, sets + 1):
        made = plant(requests, library, seed=seed, faults=0)
        result = funnel(early(episodes(with_line_episodes(made.lines, library))))
        both = result.providers.join(made.outliers, on="provider_npi", how="left")
        found.append(both.filter(pl.col("factor").is_not_null()).select("people", "factor", "flag"))
        called = both.filter(pl.col("flag").is_in([MORE, FEWER]))
        judged += both.filter(pl.col("flag") != NOT_JUDGED, pl.col("factor").is_null()).height
        flagged, false = flagged + called.height, false + called.filter(pl.col("factor").is_null()).height
        first = both.sort(pl.col("visits") / pl.col("episodes"), descending=True).head(made.outliers.height)
        planted += made.outliers.height
        ranked += first.filter(pl.col("factor").is_not_null()).height
    there = pl.concat(found)
    print(f"{sets} sets of claims of {requests:,} requests, 180 providers each, 8 outliers planted in each")
    print("visits    people treated   planted  found")
    for factor in sorted(there["factor"].unique()):
        for low, high in SIZES:
            part = there.filter(factor=factor).filter(pl.col("people").is_between(low, high))
            size = f"{low} to {high}" if high < 10_000 else f"{low} or more"
            print(f"× {factor:<7} {size:<16} {part.height:>7} {part.filter(pl.col('flag') == MORE).height:>6}")
    print(f"false alarms: {false} of {flagged} flagged; {false} of {judged:,} providers judged that are no outliers")
    print(f"raw ranks (most visits an episode): {planted - ranked} of {planted} named are no outliers")


if __name__ == "__main__":
    main(sys.argv[1:])

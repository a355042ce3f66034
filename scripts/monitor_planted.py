"""Claims with planted outliers: how many the funnel finds by how far they stand out and how many people they treat,
how many providers it flags for nothing, and what raw ranks would have done in its place.

    python scripts/monitor_planted.py [SETS] [REQUESTS]
    python scripts/monitor_planted.py intervals

The second says how often the 95 % interval of a step holds it, in short series whose months are more or less alike.

Outliers are drawn among all providers, whatever their size: those with too few people are not judged, and count as not
found. Raw ranks name as many providers as were planted, by the most visits an episode.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from workbench.cases.claim_lines import with_line_episodes
from workbench.generator.claim_lines import plant
from workbench.guideline.load import load_guidelines
from workbench.study.monitor_funnel import FEWER, MORE, NOT_JUDGED, early, funnel
from workbench.study.monitor_series import ALONE, regressed
from workbench.study.monitor_trends import episodes

ROOT = Path(__file__).resolve().parents[1]
SIZES = ((0, 10), (11, 29), (30, 99), (100, 10_000))


def intervals(series: int = 300) -> None:
    rng = np.random.Generator(np.random.PCG64(1))
    print(f"{series} series each; how many of 100 intervals hold the step of 0 that is there")
    print("months   alike 0   0.3   0.6")
    for months in (14, 18, 24, 36):
        days = [date(2020 + n // 12, n % 12 + 1, 1) for n in range(months)]
        held = []
        for alike in (0.0, 0.3, 0.6):
            hit = 0
            for _ in range(series):
                noise = rng.normal(size=months + 20)
                for n in range(1, len(noise)):
                    noise[n] += alike * noise[n - 1]
                frame = pl.DataFrame({"month": days, "n": [1] * months, "value": noise[20:]})
                step, _ = regressed(frame, days[months // 2], "visits", ALONE)
                hit += step.level_low <= 0 <= step.level_high
            held.append(f"{100 * hit / series:5.0f}")
        print(f"{months:<9} {held[0]}  {held[1]} {held[2]}")


def main(arguments: list[str]) -> None:
    if arguments == ["intervals"]:
        return intervals()
    sets, requests = (*map(int, arguments), *(10, 24_000)[len(arguments) :])
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

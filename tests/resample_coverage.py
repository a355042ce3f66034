"""How often the bootstrap's intervals hold the true difference beside those of rates.py, on the populations of
interval_coverage.py, whose truth is known.

Run `.venv/bin/python tests/resample_coverage.py [RUNS]`: prints the table of docs/simulation.md (300 runs by default).
"""

from __future__ import annotations

import sys
from types import SimpleNamespace

import numpy as np
from interval_coverage import SHAPES, sample

from workbench.study.rates import rates
from workbench.study.simulate.resample import bootstrap

RATES = ("approval_rate", "information_rate", "visit_approval_rate")


def main(runs: int) -> None:
    print("| population | " + " | ".join(f"{r.replace('_', ' ')}: linearised | bootstrap" for r in RATES) + " |")
    print("|---|" + "---:|" * 2 * len(RATES))
    for shape in SHAPES:
        rng = np.random.default_rng(11)
        truth = {r.name: r.difference for r in rates(sample(shape, rng, 50_000))}
        held = np.zeros((len(RATES), 2))
        for run in range(runs):
            found = bootstrap(sample(shape, rng, shape.members), SimpleNamespace(), replicates=600, seed=run)
            rows = found.table.rows_by_key("rate", named=True, unique=True)
            for i, name in enumerate(RATES):
                row = rows[name]
                held[i] += row["low"] <= truth[name] <= row["high"], row["boot_low"] <= truth[name] <= row["boot_high"]
        print(f"| {shape.name} | " + " | ".join(f"{100 * x / runs:.1f} %" for x in held.ravel()) + " |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)

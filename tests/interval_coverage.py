"""How often the 95 % intervals of the workbench hold the true difference, on populations whose truth is known.

Run `.venv/bin/python tests/interval_coverage.py [RUNS]`: prints the table of docs/statistics.md (2,000 runs by default).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import polars as pl

from workbench.engine import decision as d
from workbench.study.rates import RATES, rates

_D = np.array(d.DETERMINATIONS)
_NAMES = (*(k.name for k in RATES), "newly_referred")


@dataclass(frozen=True)
class Shape:
    """A population: how many members a sample has, requests a member (one, few, or a few members with very many), how
    strongly the requests of a member are alike (0 to 1), and the share of requests that the draft decides anew."""

    name: str
    members: int
    requests: str
    alike: float
    moved: float


SHAPES = (
    Shape("400 members, one request each", 400, "one", 0.0, 0.3),
    Shape("400 members, 1 to 6 alike", 400, "few", 0.8, 0.3),
    Shape("40 members, 1 to 6 alike", 40, "few", 0.8, 0.3),
    Shape("400 members, of very unequal size", 400, "unequal", 0.8, 0.3),
    Shape("400 members, few moved", 400, "few", 0.8, 0.05),
)
_PUBLISHED = np.array([0.42, 0.14, 0.14, 0.15, 0.05, 0.10])
_TILT = np.array([0.30, 0.20, 0.12, 0.20, 0.06, 0.12])  # a draft that approves less


def sample(shape: Shape, rng: np.random.Generator, members: int) -> pl.DataFrame:
    """A paired frame of requests of members drawn at random."""
    sizes = {
        "one": np.ones(members, dtype=int),
        "few": rng.integers(1, 7, members),
        "unequal": np.minimum(1 + rng.geometric(0.35, members) ** 2, 60),
    }[shape.requests]
    member = np.repeat(np.arange(members), sizes)
    n = len(member)

    def often(own: np.ndarray) -> np.ndarray:
        """A member's own value, or one of the request alone."""
        return np.where(rng.random(n) < shape.alike, own[member], rng.random(n))

    one = _picked(often(rng.random(members)), _PUBLISHED)
    moved = often(rng.random(members)) < shape.moved
    two = np.where(moved, _picked(rng.random(n), _TILT), one)
    asked = rng.integers(4, 25, n)
    columns: dict[str, object] = {"member_id": member.astype(str), "requested_visits": asked}
    for suffix, side in (("", one), ("_draft", two)):
        granted = np.select([side == 0, side == 1], [asked, asked // 2], 0)
        columns[f"determination{suffix}"] = _D[side]
        columns[f"granted_visits{suffix}"] = granted
    return pl.DataFrame(columns)


def _picked(u: np.ndarray, shares: np.ndarray) -> np.ndarray:
    return np.minimum(np.searchsorted(np.cumsum(shares), u, side="right"), len(shares) - 1)


def coverage(shape: Shape, runs: int, seed: int) -> dict[str, float]:
    """Rate → the share of `runs` samples whose interval holds the truth, which is read off a sample of 50,000 members
    (its own error is a tenth of theirs, or less)."""
    rng = np.random.default_rng(seed)
    many = 50_000
    whole = {r.name: r for r in rates(sample(shape, rng, many))}
    held = dict.fromkeys(_NAMES, 0)
    for _ in range(runs):
        for rate in rates(sample(shape, rng, shape.members)):
            truth = whole[rate.name].difference
            if rate.name == "newly_referred" and truth is not None:
                truth *= shape.members / many
            if truth is not None and rate.low is not None and rate.high is not None:
                held[rate.name] += rate.low <= truth <= rate.high
    return {name: count / runs for name, count in held.items()}


def main(runs: int) -> None:
    print("| population | " + " | ".join(n.replace("_", " ") for n in _NAMES) + " |")
    print("|---|" + "---:|" * len(_NAMES))
    for shape in SHAPES:
        found = coverage(shape, runs, seed=1)
        print(f"| {shape.name} | " + " | ".join(f"{found[n]:.1%}" for n in _NAMES) + " |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)

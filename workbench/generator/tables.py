"""The tables behind generated cases, as arrays: what each condition looks like, who is covered by what, where.

Random choices are look-ups by exact integers, and every stored number is rounded, so that one seed gives the same
requests on any machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from workbench.guideline.model import Library
from workbench.shipped import shipped_rows

STEPS = 4096  # quantiles of a tabulated distribution
NORMAL = np.array([round(NormalDist().inv_cdf((i + 0.5) / STEPS), 6) for i in range(STEPS)])
DISCIPLINES = ("PT", "OT", "ST")
MOST_VISITS = 120


def read_table(name: str) -> list[dict[str, str]]:
    return shipped_rows("workbench.generator", name)


def normal(rng: np.random.Generator, size: int) -> np.ndarray:
    return NORMAL[rng.integers(0, STEPS, size)]


def rank(z: np.ndarray) -> np.ndarray:
    """The quantile (0 to STEPS - 1) at which a standard normal deviate stands."""
    return np.minimum(np.searchsorted(NORMAL, z), STEPS - 1)


def pick(rng: np.random.Generator, weights: np.ndarray, size: int) -> np.ndarray:
    """Indices drawn with the weights."""
    edges = np.cumsum(np.asarray(weights, float) / np.sum(weights))
    return np.minimum(np.searchsorted(edges, rng.random(size), side="right"), len(weights) - 1)


def choose(rng: np.random.Generator, weights: np.ndarray) -> np.ndarray:
    """An index for each row of weights (rows × choices)."""
    edges = np.cumsum(weights, axis=1)
    chosen: np.ndarray = (rng.random(len(weights))[:, None] * edges[:, -1:] >= edges[:, :-1]).sum(axis=1)
    return chosen


@dataclass(frozen=True)
class Profiles:
    """One entry for each condition and discipline; arrays run in step."""

    condition: tuple[str, ...]
    discipline: np.ndarray  # index into DISCIPLINES
    share: np.ndarray  # within the discipline, summing to 1
    age: np.ndarray  # mean, spread, lowest, highest (profiles × 4)
    female: np.ndarray
    surgical: np.ndarray
    habilitative: np.ndarray
    onset_weeks: np.ndarray  # median
    per_week: np.ndarray  # visits a week asked for
    typical: np.ndarray  # median visits
    responders: np.ndarray
    visits: np.ndarray  # quantiles (profiles × STEPS)
    days: np.ndarray  # quantiles; 0 where days follow from visits
    codes: np.ndarray  # profile → first and count in `all_codes` (profiles × 2)
    all_codes: tuple[str, ...]
    measures: np.ndarray  # profile → three indices into `all_measures` (-1: none)
    all_measures: tuple[str, ...]


def _quantiles(row: dict[str, str], curves: list[dict[str, str]], what: str) -> np.ndarray:
    points = [
        (float(c["share"]), float(c["value"]))
        for c in curves
        if c["condition"] == row["condition"] and c["discipline"] == row["discipline"] and c["what"] == what
    ]
    if points:
        shares, values = zip(*points, strict=True)
        drawn: np.ndarray = np.interp((np.arange(STEPS) + 0.5) / STEPS, shares, values)
        return drawn
    if what == "days":
        return np.zeros(STEPS)
    skewed: np.ndarray = float(row["visits"]) * np.exp(float(row["spread"]) * NORMAL)
    return skewed


def profiles(library: Library) -> Profiles:
    """The profiles of the conditions that this library knows; one that no profile describes is drawn as its
    discipline's `other_condition`, with the codes of its own row."""
    rows = read_table("profiles.csv")
    known = {c.condition for c in library.conditions}
    if known:
        rows = [r for r in rows if r["condition"] in known] + _undescribed(rows, library)
    curves = read_table("curves.csv")

    def number(key: str) -> np.ndarray:
        return np.array([float(r[key]) for r in rows])

    discipline = np.array([DISCIPLINES.index(r["discipline"]) for r in rows])
    share = number("share")
    for d in range(len(DISCIPLINES)):
        share[discipline == d] /= max(share[discipline == d].sum(), 1e-9)
    codes = [r["codes"].split(";") for r in rows]
    first = np.cumsum([0, *(len(c) for c in codes[:-1])])
    measures = [[m for m in r["measures"].split(";") if m in library.measures] for r in rows]
    names = tuple(sorted({m for ms in measures for m in ms}))
    index = np.array([[names.index(ms[min(i, len(ms) - 1)]) if ms else -1 for i in range(3)] for ms in measures])
    return Profiles(
        tuple(r["condition"] for r in rows),
        discipline,
        share,
        np.array([[float(r[k]) for k in ("age_mean", "age_sd", "age_low", "age_high")] for r in rows]),
        number("female"),
        number("surgical"),
        np.array([r["intent"] == "habilitative" for r in rows]),
        number("onset_weeks"),
        number("per_week"),
        number("visits"),
        number("responders"),
        np.array([_quantiles(r, curves, "visits") for r in rows]),
        np.array([_quantiles(r, curves, "days") for r in rows]),
        np.stack([first, [len(c) for c in codes]], axis=1),
        tuple(c for cs in codes for c in cs),
        index,
        names,
    )


def _undescribed(rows: list[dict[str, str]], library: Library) -> list[dict[str, str]]:
    described = {(r["condition"], r["discipline"]) for r in rows}
    added = {}
    for condition in library.conditions:
        for discipline in condition.disciplines:
            key = (condition.condition, discipline)
            pattern = next(
                (r for r in rows if r["condition"] == "other_condition" and r["discipline"] == discipline), None
            )
            if key in described or key in added or not condition.prefixes or pattern is None:
                continue
            codes = ";".join(p if len(p) <= 3 else f"{p[:3]}.{p[3:]}" for p in condition.prefixes)
            surgical = "1" if any(c.fact == "post_surgical" and c.text == "true" for c in condition.cells) else "0"
            added[key] = {**pattern, "condition": key[0], "share": "0.5", "codes": codes, "surgical": surgical}
    return list(added.values())


@dataclass(frozen=True)
class Scores:
    """How a measure is scored, in step with `Profiles.all_measures`: unimpaired end and width of the scale (nan
    where it has none), start and spread where it has none, sign of better, worth of one important change, places."""

    best: np.ndarray
    width: np.ndarray
    start: np.ndarray
    spread: np.ndarray
    sign: np.ndarray
    unit: np.ndarray
    places: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray


def scores(names: tuple[str, ...], library: Library) -> Scores:
    extra = {r["measure"]: r for r in read_table("scores.csv")}
    rows = []
    for name in names:
        m, x = library.measures[name], extra.get(name, {})
        low, high = (float("nan") if v is None else float(v) for v in (m.lowest, m.highest))
        width = high - low
        unit = float(m.mcid) if m.mcid is not None else float(x.get("unit") or (width * 0.1 if width > 0 else 3))
        # Scales of few points move in tenths.
        places = int(x.get("places") or (1 if width <= 10 else 0))
        rows.append(
            (
                low if m.better == "lower" else high,
                width,
                float(x.get("start") or "nan"),
                float(x.get("spread") or "nan"),
                1 if m.better == "higher" else -1,
                unit,
                places,
                low if low == low else 0.0,
                high if high == high else 1e6,
            )
        )
    columns = np.array(rows, float).reshape(len(rows), 9).T
    return Scores(*columns)


@lru_cache(maxsize=1)
def cover() -> tuple[np.ndarray, tuple[str, ...], np.ndarray]:
    """First ages of the bands, lines of business, shares (bands × lines)."""
    rows = read_table("cover.csv")
    lines = tuple(k for k in rows[0] if k != "age_from")
    return (np.array([int(r["age_from"]) for r in rows]), lines, np.array([[float(r[k]) for k in lines] for r in rows]))


@lru_cache(maxsize=1)
def states() -> tuple[tuple[str, ...], np.ndarray]:
    """States and how many people live there."""
    rows = read_table("states.csv")
    return tuple(r["state"] for r in rows), np.array([float(r["millions"]) for r in rows])

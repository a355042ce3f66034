"""What the papers of a request say: scores, goals, signatures, codes, and what is missing from them."""

from __future__ import annotations

import numpy as np

from workbench.generator.asking import progress_noise, visit_day
from workbench.generator.course import gain_share
from workbench.generator.people import Arrays
from workbench.generator.tables import Profiles, Scores, normal, read_table

# Procedure codes by discipline, most usual first; `swallow` for disorders of swallowing and feeding.
CODES = {
    "PT": (
        "97110;97140;97530",
        "97110;97112;97140",
        "97110;97112;97116",
        "97110;97530;97112;97140",
        "97110;97140",
        "97110;97140;G0283",
        "97110;97140;97035",
        "97112;95992",
        "97110;97113",
        "97110;97140;20560",
        "97110;97530;97016",
        "97035;G0283",
    ),
    "OT": (
        "97530;97110;97535",
        "97110;97140;97530",
        "97530;97112",
        "97110;97760;97140",
        "97535;97129",
        "97530;97533",
        "97110;97018;97140",
        "97530",
    ),
    "ST": ("92507", "92507;92508", "92507;97129", "92507;92609"),
    "swallow": ("92526", "92526;92507", "92526;92610"),
}
_SHARES = {
    "PT": (24, 18, 11, 12, 12, 4, 4, 1.5, 1.5, 2, 2, 1),
    "OT": (26, 20, 12, 10, 8, 14, 3, 7),
    "ST": (74, 8, 10, 8),
    "swallow": (70, 25, 5),
}
EVALUATION_CODES = {"PT": ("97161", "97162", "97163"), "OT": ("97165", "97166", "97167"), "ST": ("92523", "92522")}
SWALLOWING = ("oropharyngeal_dysphagia", "head_neck_cancer_dysphagia", "pediatric_feeding_disorder")


def code_lists() -> list[list[str]]:
    """Every list of procedure codes that a generated request can carry."""
    treatment = [c.split(";") for group in CODES.values() for c in group]
    return treatment + [[c] for group in EVALUATION_CODES.values() for c in group]


def procedures(
    rng: np.random.Generator,
    discipline: np.ndarray,
    condition: np.ndarray,
    complexity: np.ndarray,
    evaluation: np.ndarray,
) -> np.ndarray:
    """Index into `code_lists`."""
    swallow = np.isin(condition, SWALLOWING) & (discipline == 2)
    kind = np.where(swallow, 3, discipline)
    kind = np.where(rng.random(len(kind)) < 0.003, (kind + 1) % 3, kind)  # the wrong discipline's, now and then
    draw, result, first = rng.random(len(kind)), np.zeros(len(kind), np.int64), 0
    for k, name in enumerate(CODES):
        edges = np.cumsum(np.array(_SHARES[name], float) / sum(_SHARES[name]))
        at = np.minimum(np.searchsorted(edges, draw, side="right"), len(edges) - 1)
        result = np.where(kind == k, first + at, result)
        first += len(CODES[name])
    for k, group in enumerate(EVALUATION_CODES.values()):
        chosen = first + np.minimum(complexity, len(group) - 1)
        result = np.where(evaluation & (discipline == k), chosen, result)
        first += len(group)
    return result


def scores(
    rng: np.random.Generator, case: Arrays, ask: Arrays, table: Profiles, scale: Scores, habits: Arrays
) -> Arrays:
    """measure (index, -1: none), score_baseline, score_current, score_previous, latent progress and goals."""
    row, count = ask["row"], len(ask["row"])
    episodes = len(case["person"])
    measure = table.measures[case["profile"], np.where(rng.random(episodes) < 0.75, 0, habits["measure"])]
    usable = np.maximum(measure, 0)
    pick = (lambda column: column[usable]) if len(scale.unit) else (lambda column: np.full(episodes, np.nan))
    deficit = np.clip(0.42 + 0.09 * case["severity"] + 0.13 * normal(rng, episodes), 0.06, 0.94)
    fixed = pick(scale.best) - pick(scale.sign) * deficit * pick(scale.width)
    # Where the scale has no ends, worse starts lie on the side away from better.
    free = pick(scale.start) - pick(scale.sign) * pick(scale.spread) * (
        0.5 * case["severity"] + 0.85 * normal(rng, episodes)
    )
    baseline = np.where(np.isnan(fixed), free, fixed)
    # Progress counts from the course that was needed, not from where somebody broke it off.
    share = np.clip(ask["used"] / np.maximum(case["need"][row], 1), 0, 1)
    before = np.concatenate([[0.0], share[:-1]])
    true, earlier = case["final"][row] * gain_share(share), case["final"][row] * gain_share(before)
    noise = progress_noise(rng, count)
    noise_before = np.concatenate([[0.0], noise[:-1]])  # the previous request's own error
    second = ask["number"] == 2
    noise_before = np.where(second, 0, noise_before)

    def scored(gain: np.ndarray) -> np.ndarray:
        value = baseline[row] + pick(scale.sign)[row] * pick(scale.unit)[row] * gain
        value = np.clip(value, pick(scale.lowest)[row], pick(scale.highest)[row])
        return _rounded(value, pick(scale.places)[row])

    zero = np.zeros(count)
    return {
        "measure": measure[row],
        "baseline": scored(zero),
        "current": scored(true + noise),
        "previous": np.where(second, scored(zero), scored(earlier + noise_before)),
        "latent": np.round(true, 4),
        "goals": _goals(rng, case, share, row),
    }


def _rounded(value: np.ndarray, places: np.ndarray) -> np.ndarray:
    size = 10.0 ** np.nan_to_num(places)
    found: np.ndarray = np.round(value * size) / size
    return found


def _goals(rng: np.random.Generator, case: Arrays, share: np.ndarray, row: np.ndarray) -> np.ndarray:
    reach = np.where(case["responder"][row], 90, 42) + 12 * normal(rng, len(row))
    found: np.ndarray = np.clip(np.round(reach * gain_share(share) / 5) * 5, 0, 100).astype(np.int64)
    return found


def reevaluation(
    rng: np.random.Generator, case: Arrays, ask: Arrays, care: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """visits and days since the last re-evaluation (or the first visit); most offices do one before they ask."""
    row, used = ask["row"], ask["used"]
    fresh = rng.random(len(row)) < 0.93 - 0.07 * care
    visits = np.minimum(np.where(fresh, rng.integers(0, 2, len(row)), rng.integers(4, 25, len(row))), used)
    at = ask["first_visit"] + visit_day(_rows(case, row), np.maximum(used - visits, 1))
    days = np.maximum(ask["received"] - case["start"][row] - at, 0)
    return visits, days


def _rows(case: Arrays, row: np.ndarray) -> Arrays:
    return {"stops": case["stops"][row], "days": case["days"][row]}


def missing(rng: np.random.Generator, care: np.ndarray) -> Arrays:
    """Fact → where its paper is missing; careless offices lose more (`care` has mean about 1)."""
    return {r["fact"]: rng.random(len(care)) < float(r["share"]) * care for r in read_table("missing.csv")}

"""People: what brings them, how old they are, where they live and who covers them; and the providers they meet."""

from __future__ import annotations

import numpy as np

from workbench.generator.tables import DISCIPLINES, Profiles, choose, cover, normal, pick, states
from workbench.guideline.model import Library

Arrays = dict[str, np.ndarray]

MIX = (0.72, 0.16, 0.12)  # PT, OT, ST (G38, assumed)
TWO_EPISODES = 0.16  # people with a second episode in the period (assumed)
LANGUAGES = ("English", "Spanish", "Chinese", "Vietnamese", "other")
LANGUAGE_SHARES = (0.865, 0.09, 0.012, 0.008, 0.025)
RURAL = 0.17
OLD_WOMEN = 0.08
SELF_FUNDED = 0.63  # of commercial members (assumed)
UNLISTED = ("granite-commercial", "delta-advantage", "sierra-medicaid")  # plans without an overlay
PROVIDERS = (2000, 800, 700)  # by discipline
TYPES = ("therapist", "physician", "chiropractor", "assistant", "other")
TYPE_SHARES = ((0.795, 0.10, 0.07, 0.015, 0.02), (0.95, 0.02, 0.0, 0.02, 0.01), (0.975, 0.005, 0.0, 0.01, 0.01))


def providers(seed: int) -> Arrays:
    """All providers of a seed, by discipline in turn, each with habits that do not change from case to case."""
    rng = np.random.Generator(np.random.PCG64([seed, 1]))
    count = sum(PROVIDERS)
    discipline = np.repeat(np.arange(3), PROVIDERS)
    base = rng.integers(1_000_000_00, 2_000_000_00, count)  # nine digits that begin with 1
    return {
        "npi": with_check_digit(base),
        "type": choose(rng, np.array(TYPE_SHARES)[discipline]),
        "in_network": rng.random(count) < 0.92,
        "setting": pick(rng, np.array([0.64, 0.28, 0.05, 0.0, 0.03]), count),
        "asks": np.exp(0.26 * normal(rng, count)),  # visits asked for, against the common practice
        "pace": np.exp(0.15 * normal(rng, count)),  # visits a week
        "care": np.clip(1 + 0.65 * normal(rng, count), 0.15, 3.5),  # how often papers are missing, against the mean
        "kept": 0.87 + 0.05 * normal(rng, count),  # attendance
        "measure": rng.integers(0, 3, count),  # which measure of the usual three
    }


def with_check_digit(base: np.ndarray) -> np.ndarray:
    total = np.full(len(base), 24)
    for place in range(9):
        digit = base // 10 ** (8 - place) % 10
        doubled = 2 * digit - np.where(digit > 4, 9, 0)
        total += doubled if place % 2 == 0 else digit
    found: np.ndarray = base * 10 + (10 - total % 10) % 10
    return found


def people(rng: np.random.Generator, count: int, table: Profiles, library: Library) -> Arrays:
    discipline = pick(rng, np.array(MIX), count)
    profile = draw_profiles(rng, discipline, table)
    mean, spread, low, high = table.age[profile].T
    age = np.floor(np.clip(mean + spread * normal(rng, count), low, high)).astype(np.int64)
    bands, lines, shares = cover()
    line = choose(rng, shares[np.searchsorted(bands, age, side="right") - 1])
    names = np.array(lines)[line]
    # More women than men live to be treated in old age (G37).
    female = rng.random(count) < np.where(
        age >= 65, np.minimum(table.female[profile] + OLD_WOMEN, 0.98), table.female[profile]
    )
    return {
        "discipline": discipline,
        "profile": profile,
        "age": age,
        "line": line,
        "sex": np.where(rng.random(count) < 0.003, 2, np.where(female, 0, 1)),
        "state": pick(rng, states()[1], count),
        "language": pick(rng, np.array(LANGUAGE_SHARES), count),
        "rural": rng.random(count) < RURAL,
        "self_funded": (names == "commercial") & (rng.random(count) < SELF_FUNDED),
        "insured": np.isin(names, ("commercial", "marketplace")),
        "plan": _plans(rng, names, library),
        "second": rng.random(count) < TWO_EPISODES,
    }


def draw_profiles(rng: np.random.Generator, discipline: np.ndarray, table: Profiles) -> np.ndarray:
    result = np.zeros(len(discipline), np.int64)
    for d in range(len(DISCIPLINES)):
        own = np.flatnonzero(table.discipline == d)
        here = np.flatnonzero(discipline == d)
        if len(own):
            result[here] = own[pick(rng, table.share[own], len(here))]
    return result


def plan_names(library: Library) -> tuple[str, ...]:
    return (*sorted({o.plan for o in library.overlays}), *UNLISTED)


def _plans(rng: np.random.Generator, lines: np.ndarray, library: Library) -> np.ndarray:
    """Index into `plan_names`; -1 for members of no named plan. Two in three belong to a plan with an overlay for
    their line of business, where there is one; one in forty to a plan without any overlay."""
    names = plan_names(library)
    result = np.full(len(lines), -1)
    draw, which = rng.random(len(lines)), rng.random(len(lines))
    for line in np.unique(lines):
        here = lines == line
        own = [names.index(p) for p in sorted({o.plan for o in library.overlays if line in o.lines_of_business})]
        if own:
            chosen = np.array(own)[np.minimum((which * len(own)).astype(int), len(own) - 1)]
            result = np.where(here & (draw < 0.65), chosen, result)
        other = next((i for i, n in enumerate(UNLISTED) if n.endswith(str(line).split("_")[-1])), None)
        if other is not None:
            result = np.where(here & (draw > 0.975), len(names) - len(UNLISTED) + other, result)
    return result

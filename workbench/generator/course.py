"""Episodes: how much therapy somebody needs, how far it takes them, and when they stop coming."""

from __future__ import annotations

import numpy as np

from workbench.generator.people import PROVIDERS, Arrays, draw_profiles
from workbench.generator.tables import MOST_VISITS, STEPS, Profiles, normal, rank

FRONT = 1.25  # visits come denser at first: the k-th of n falls at (k/n)^FRONT of the course
CURVE = 2.15  # gain over the course: (1 - exp(-CURVE t)) / (1 - exp(-CURVE)) (G45)
COMPLETE = 0.30  # share who attend all that was authorised (G41)
FEMALE_FACTOR = 1.17  # visits of women against men (G03)
PHYSICIAN_FACTOR = 1.65  # of knee replacement treated by physicians' own staff (G14)
MEDICARE_FACTOR = 0.57  # of shoulder replacement under Medicare (G15)
PELVIC_FACTORS = (1.29, 0.53)  # visits of those with pelvic floor pain who improve, and of the others (G25)


def gain_share(t: np.ndarray) -> np.ndarray:
    """Share of the final gain reached at share t of the course."""
    found: np.ndarray = (1 - np.exp(-CURVE * np.clip(t, 0, 1))) / (1 - np.exp(-CURVE))
    return found


def episodes(rng: np.random.Generator, who: Arrays, table: Profiles, offices: Arrays) -> Arrays:
    """Everyone's first episode, then the second ones, ordered by person. Arrays run in step; `person` points back."""
    person = np.concatenate([np.arange(len(who["age"])), np.flatnonzero(who["second"])])
    nth = np.concatenate([np.zeros(len(who["age"]), np.int64), np.ones(int(who["second"].sum()), np.int64)])
    order = np.lexsort((nth, person))
    person, nth = person[order], nth[order]
    count = len(person)
    discipline = who["discipline"][person]
    profile = np.where(nth == 0, who["profile"][person], _second(rng, discipline, who["age"][person], table))
    profile = np.where((nth == 1) & (profile < 0), who["profile"][person], profile)
    provider = _offices(rng, discipline)
    case = {"person": person, "nth": nth, "discipline": discipline, "profile": profile, "provider": provider}
    case |= _severity(rng, who["age"][person], count)
    case |= _gain(rng, case, table)
    case |= _need(rng, case, who, table, offices)
    case["surgical"] = rng.random(count) < table.surgical[profile]
    onset = table.onset_weeks[profile] * np.exp(1.0 * normal(rng, count))
    case["onset_weeks"] = np.clip(np.round(onset), 0, 2600).astype(np.int64)
    since = np.round(2.5 * np.exp(0.8 * normal(rng, count)))
    case["surgery_weeks"] = np.clip(since, 0, 60).astype(np.int64)
    # Maintenance follows a lasting condition, not an operation; it is seen once a week at most (assumed).
    lasting = ~table.habilitative[profile] & ~case["surgical"] & (case["onset_weeks"] > 100)
    case["maintenance"] = lasting & (rng.random(count) < 0.16)
    case["pace"] = np.where(case["maintenance"], 0.25 + 0.75 * rng.random(count), case["pace"])
    case["evaluation"] = rng.random(count) < 0.015
    case["which_code"] = rng.random(count)
    case["flaky"] = np.abs(normal(rng, count))
    return case | {"age": who["age"][person], "habilitative": table.habilitative[profile]}


def _second(rng: np.random.Generator, discipline: np.ndarray, age: np.ndarray, table: Profiles) -> np.ndarray:
    """A second condition that somebody of this age may have; -1 where the one drawn does not fit."""
    drawn = draw_profiles(rng, discipline, table)
    fits = (age >= table.age[drawn, 2]) & (age <= table.age[drawn, 3])
    return np.where(fits, drawn, -1)


def _offices(rng: np.random.Generator, discipline: np.ndarray) -> np.ndarray:
    """Busy offices see more: the index falls off as the square of a uniform."""
    sizes = np.array(PROVIDERS)[discipline]
    first = np.cumsum([0, *PROVIDERS[:-1]])[discipline]
    draw = rng.random(len(discipline))
    found: np.ndarray = first + np.minimum((draw * draw * sizes).astype(np.int64), sizes - 1)
    return found


def _severity(rng: np.random.Generator, age: np.ndarray, count: int) -> Arrays:
    mean = 0.25 + np.maximum(age - 30, 0) * 0.035
    comorbidities = np.minimum(np.floor(mean * np.exp(0.75 * normal(rng, count))), 12).astype(np.int64)
    latent = 0.55 * (comorbidities - mean) / np.sqrt(mean + 0.6) + 0.85 * normal(rng, count)
    return {
        "comorbidities": comorbidities,
        "severity": latent,
        "complexity": (latent > -0.35).astype(np.int64) + (latent > 0.95),
    }


def _need(rng: np.random.Generator, case: Arrays, who: Arrays, table: Profiles, offices: Arrays) -> Arrays:
    """Visits until they stop (`stops`), visits that would take them to the plateau (`need`), days of the course."""
    profile, person, count = case["profile"], case["person"], len(case["person"])
    z = 0.97 * normal(rng, count) + 0.24 * np.clip(case["severity"], -2.5, 2.5)
    names = np.array(table.condition)[profile]
    female, shoulder, knee = who["sex"][person] == 0, names == "shoulder_arthroplasty", names == "knee_arthroplasty"
    factor = np.where(female, FEMALE_FACTOR ** (1 - table.female[profile]), FEMALE_FACTOR ** -table.female[profile])
    factor = factor * np.where(knee & (offices["type"][case["provider"]] == 1), PHYSICIAN_FACTOR, 1.0)
    factor = factor * np.where(shoulder & (who["line"][person] == 2), MEDICARE_FACTOR, 1.0)
    improves, others = PELVIC_FACTORS
    pelvic = np.where(case["responder"], improves, others)
    factor = factor * np.where(names == "pelvic_floor_pain", pelvic, 1.0)
    visits = table.visits[profile, rank(z)] * factor
    stops = np.clip(np.round(visits), 1, MOST_VISITS).astype(np.int64)
    completes = rng.random(count) < COMPLETE
    early = 1 + 0.9 * rng.random(count) * rng.random(count)
    need = np.where(completes, stops, np.ceil(stops * early)).astype(np.int64)
    pace = table.per_week[profile] * offices["pace"][case["provider"]]
    attended = 0.80 * pace * np.exp(0.18 * normal(rng, count))
    by_pace = np.round((stops - 1) / attended * 7)
    linked = rank(0.55 * z + 0.835 * normal(rng, count))
    by_curve = np.maximum(np.round(table.days[profile, linked]), 2 * (stops - 1))
    days = np.where(table.days[profile, STEPS // 2] > 0, by_curve, by_pace)
    return {
        "stops": stops,
        "need": need,
        "completes": completes,
        "pace": pace,
        "days": np.clip(days, 0, 340).astype(np.int64),
    }


def _gain(rng: np.random.Generator, case: Arrays, table: Profiles) -> Arrays:
    """Final gain in important changes (`final`) of responders and the others; severe cases respond less often."""
    count = len(case["person"])
    chance = table.responders[case["profile"]] - 0.06 * np.clip(case["severity"], -2, 2)
    responder = rng.random(count) < chance
    final = np.where(responder, 2.3 + 0.75 * normal(rng, count), 0.25 + 0.45 * normal(rng, count))
    return {"responder": responder, "final": np.round(final, 3)}

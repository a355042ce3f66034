"""Requests: an episode asks, is answered, is attended, and asks again, with a truthful history each time."""

from __future__ import annotations

import numpy as np

from workbench.generator.course import FRONT
from workbench.generator.people import Arrays
from workbench.generator.tables import Profiles, normal

PERIOD_DAYS = 365
MOST_REQUESTS = 9
WITHOUT_GAIN, GIVE_UP = 10, 0.5
_FIRST = np.array([3, 4, 6, 8, 10, 12, 16, 18, 20, 24, 30, 36, 48, 60])
_LATER = np.array([2, 3, 4, 6, 8, 10, 12, 16, 18, 24, 26, 36])
# Share of requests that history denied or cut, by line of business (see calibration.csv); asking for much, little
# progress and careless papers raise it for the one, and lower it for the other.
ADVERSE = {
    "commercial": 0.27,
    "marketplace": 0.27,
    "medicare": 0.288,
    "medicare_advantage": 0.077,
    "medicaid": 0.125,
    "workers_compensation": 0.30,
}
DENIED = 0.32  # of the adverse ones, wholly (G58, assumed)
# Of the adverse ones; half in workers' compensation, where asking is free (assumed), else G52.
APPEALED = {
    "commercial": 0.115,
    "marketplace": 0.115,
    "medicare": 0.115,
    "medicare_advantage": 0.115,
    "medicaid": 0.115,
    "workers_compensation": 0.50,
}
OVERTURNED = {
    "commercial": 0.68,
    "marketplace": 0.68,
    "medicare": 0.807,
    "medicare_advantage": 0.807,
    "medicaid": 0.68,
    "workers_compensation": 0.127,
}


def _snap(visits: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Offices ask for round numbers."""
    at = np.clip(np.searchsorted(grid, visits), 1, len(grid) - 1)
    lower, upper = grid[at - 1], grid[at]
    return np.where(visits - lower <= upper - visits, lower, upper)


def visit_day(case: Arrays, k: np.ndarray) -> np.ndarray:
    """Day of the k-th visit, counted from the first."""
    share = np.clip((k - 1) / np.maximum(case["stops"] - 1, 1), 0, 1)
    found: np.ndarray = np.round(case["days"] * share**FRONT).astype(np.int64)
    return found


def requests(
    rng: np.random.Generator, case: Arrays, who: Arrays, table: Profiles, offices: Arrays, lines: tuple[str, ...]
) -> Arrays:
    """All requests, ordered by episode and number. Days are counted from the start of the period; `row` points to
    the episode."""
    count = len(case["person"])
    habits = {k: v[case["provider"]] for k, v in offices.items()}
    used = np.zeros(count, np.int64)
    alive = np.ones(count, bool)
    first_visit = rng.integers(0, 6, count) + 3  # days from the first request to the first visit
    received = np.zeros(count, np.int64)
    rounds: list[Arrays] = []
    for number in range(1, MOST_REQUESTS + 1):
        asked, weeks = _ask(rng, case, used, table, habits, number)
        last = first_visit + visit_day(case, np.maximum(used, 1))
        wait = rng.integers(1, 9, count)
        received = received if number == 1 else np.maximum(last + wait, received + 1)
        wait = received - last
        history = _history(rng, case, who, asked, used, habits, lines)
        # What the member then comes for: all that was granted, or what is left until they stop.
        supply = np.where(history["overturned"], asked, history["visits"])
        attended = np.minimum(supply, case["stops"] - used)
        attended = np.where(case["evaluation"], 0, attended)
        rounds.append(
            {
                "row": np.arange(count),
                "alive": alive,
                "number": np.full(count, number),
                "asked": asked,
                "weeks": weeks,
                "received": received,
                "start": received + (first_visit if number == 1 else 2),
                "used": used,
                "wait": wait,
                "first_visit": first_visit,
                "attended": attended,
                **history,
            }
        )
        used = used + attended
        alive = alive & (used < case["stops"]) & (attended > 0) & ~case["evaluation"]
        # Who has gained nothing by the tenth visit is mostly discharged, and not asked for again (assumed; cf. G25).
        hopeless = ~case["responder"] & ~case["habilitative"] & ~case["maintenance"] & (used >= WITHOUT_GAIN)
        alive = alive & ~(hopeless & (rng.random(count) < GIVE_UP))
        if not alive.any():
            break
    return _dated(rng, case, rounds)


def _ask(
    rng: np.random.Generator, case: Arrays, used: np.ndarray, table: Profiles, habits: Arrays, number: int
) -> tuple[np.ndarray, np.ndarray]:
    count = len(used)
    guess = table.typical[case["profile"]] * (0.82 + 0.2 * case["complexity"]) * habits["asks"]
    left = case["stops"] - used
    if number == 1:
        asked = _snap(guess * (0.85 + 0.6 * rng.random(count)), _FIRST)
    else:
        asked = _snap(np.maximum(guess * (0.4 + 0.5 * rng.random(count)), 0.6 * left), _LATER)
    # An authorization of habilitative care runs half a year at most, one of maintenance care 90 days (a plan of care).
    half_year = np.maximum(np.floor(26 * case["pace"]), 1)
    asked = np.where(case["habilitative"], np.minimum(asked, half_year), asked)
    asked = np.where(
        case["maintenance"], np.maximum(np.round(13 * case["pace"] * (0.85 + 0.3 * rng.random(count))), 2), asked
    )
    # Those who see it through ask last for what they then attend; the others never come to the end of it.
    asked = np.where(case["completes"] & (asked >= left) & (left > 1), left, asked)
    asked = np.where(~case["completes"] & (asked == left), asked + 2, asked)
    asked = np.where(case["evaluation"], 1, np.clip(asked, 1, 150))
    # A dense course is planned to the week; a slow one leaves room.
    slack = np.where(case["pace"] < 2.6, rng.integers(0, 3, count), 0)
    weeks = np.ceil(asked / np.maximum(case["pace"], 0.3)) + slack
    weeks = np.where(case["habilitative"], np.minimum(weeks, 26), np.where(case["maintenance"], 13, weeks))
    return asked, np.where(case["evaluation"], 1, np.clip(weeks, 1, 52)).astype(np.int64)


def _history(
    rng: np.random.Generator,
    case: Arrays,
    who: Arrays,
    asked: np.ndarray,
    used: np.ndarray,
    habits: Arrays,
    lines: tuple[str, ...],
) -> Arrays:
    """What was decided then: 0 approved, 1 in part, 2 denied, 3 withdrawn, 4 not required."""
    count = len(asked)
    line = who["line"][case["person"]]
    base = np.array([ADVERSE[name] for name in lines])[line]
    much = np.clip((asked + used) / np.maximum(case["need"], 1) - 1, -0.5, 1.5)
    merit = 0.5 * much - 0.25 * np.clip(case["final"] - 1.5, -1.5, 1.5) + 0.35 * (habits["care"] - 1)
    chance = np.clip(base * (1 + 0.7 * np.clip(merit, -1, 1.2)), 0, 0.9)
    adverse = rng.random(count) < chance
    denied = adverse & (rng.random(count) < DENIED)
    withdrawn = ~adverse & (rng.random(count) < 0.012)
    waived = (used == 0) & ~adverse & ~withdrawn & (rng.random(count) < 0.04)
    decision = np.select([denied, adverse, withdrawn, waived | case["evaluation"]], [2, 1, 3, 4], 0)
    cut = np.minimum(np.maximum(np.round(asked * (0.35 + 0.5 * rng.random(count))), 1), np.maximum(asked - 1, 1))
    decision = np.where((decision == 1) & (asked < 2), 0, decision)
    visits = np.select([decision == 1, (decision == 2) | (decision == 3)], [cut, 0], asked).astype(np.int64)
    chance = np.array([APPEALED[name] for name in lines])[line]
    appealed = ((decision == 1) | (decision == 2)) & (rng.random(count) < chance)
    won = rng.random(count) < np.array([OVERTURNED[name] for name in lines])[line]
    days = np.array([0, 1, 2, 2, 3, 4, 4, 5, 5, 6, 6, 6, 6, 6, 8, 9, 10, 11, 12, 13])[rng.integers(0, 20, count)]
    expedited = rng.random(count) < 0.02
    return {
        "decision": decision,
        "visits": visits,
        "appealed": appealed,
        "overturned": appealed & won,
        "turnaround": np.where(expedited, np.minimum(days, 3), days),
        "expedited": expedited,
    }


def _dated(rng: np.random.Generator, case: Arrays, rounds: list[Arrays]) -> Arrays:
    """The rounds as one table, each episode placed in the period so that all its requests fall within it."""
    count = len(case["person"])
    length, total = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for r in rounds:
        r["alive"] = r["alive"] & (r["received"] < PERIOD_DAYS - 1)
        length = np.where(r["alive"], r["received"], length)
        total = total + np.where(r["alive"], r["attended"], 0)
    case["attended"], case["first_visit"] = total, rounds[0]["first_visit"]
    start = np.floor(rng.random(count) * (PERIOD_DAYS - length)).astype(np.int64)
    # Ordered by person, so that the first episode stands just before the second.
    second = np.flatnonzero(case["nth"] == 1)
    first = second - 1
    same = case["profile"][second] == case["profile"][first]
    last = case["first_visit"][first] + visit_day(_part(case, first), np.maximum(total[first], 1))
    earliest = start[first] + last + 15
    room = PERIOD_DAYS - length[second] - earliest
    start[second] = np.where(same, earliest + np.floor(rng.random(len(second)) * np.maximum(room, 1)), start[second])
    dropped = np.zeros(count, bool)
    dropped[second] = same & (room <= 0)
    case["start"], case["dropped"] = start, dropped
    columns = {}
    for key in rounds[0]:
        columns[key] = np.concatenate([r[key][r["alive"] & ~dropped] for r in rounds])
    order = np.lexsort((columns["number"], columns["row"]))
    columns = {k: v[order] for k, v in columns.items()}
    columns["received"] = columns["received"] + start[columns["row"]]
    columns["start"] = columns["start"] + start[columns["row"]]
    columns["earlier_visits"] = _elsewhere(case, columns)
    since = np.full(count, -1)
    since[second] = np.where(same & (total[first] > 0), start[second] - start[first] - last, -1)
    # The same trouble again within the gap is a new episode only because it is a new exacerbation.
    again = np.zeros(count, bool)
    again[second] = same
    columns["new"] = (columns["number"] == 1) & again[columns["row"]] & (since[columns["row"]] <= 90)
    columns["gap"] = np.where(
        columns["number"] == 1, since[columns["row"]], np.where(columns["used"] > 0, columns["wait"], -1)
    )
    return columns


def _part(case: Arrays, index: np.ndarray) -> Arrays:
    return {"stops": case["stops"][index], "days": case["days"][index]}


def _elsewhere(case: Arrays, columns: Arrays) -> np.ndarray:
    """Visits of the person's other episode before a request was received (both are of one discipline)."""
    row = columns["row"]
    last = len(case["person"]) - 1
    other = np.where(case["nth"][row] == 1, row - 1, np.minimum(row + 1, last))
    real = (case["person"][other] == case["person"][row]) & (other != row) & ~case["dropped"][other]
    day = columns["received"] - case["start"][other] - case["first_visit"][other]
    share = np.clip(day / np.maximum(case["days"][other], 1), 0, 1) ** (1 / FRONT)
    seen = np.where(day > 0, np.floor(share * (case["stops"][other] - 1)) + 1, 0)
    return np.where(real, np.minimum(seen, case["attended"][other]), 0).astype(np.int64)


def progress_noise(rng: np.random.Generator, count: int) -> np.ndarray:
    """Error of a measured gain, in important changes (tuned to G46)."""
    return 0.45 * normal(rng, count)

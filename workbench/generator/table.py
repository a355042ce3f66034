"""From arrays to the case frame of one chunk."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from workbench.cases.frame import SCHEMA
from workbench.generator import papers
from workbench.generator.people import LANGUAGES, TYPES, Arrays, plan_names
from workbench.generator.tables import DISCIPLINES, Profiles, Scores, cover, normal, states
from workbench.guideline.model import Library

FIRST_DAY = date(2025, 1, 1)
_DETERMINATIONS = ("approved", "approved_in_part", "denied", "withdrawn", "not_required")
_SETTINGS = ("office", "hospital_outpatient", "home", "school", "telehealth")
_BASE_DAY = (FIRST_DAY - date(1970, 1, 1)).days


def words(table: tuple[str, ...], index: np.ndarray) -> pl.Series:
    """Texts by index; -1 is missing."""
    where = pl.Series(np.where(index < 0, 0, index).astype(np.uint32))
    return pl.select(pl.when(pl.Series(index >= 0)).then(pl.Series(table, dtype=pl.String).gather(where))).to_series()


def days(offset: np.ndarray) -> pl.Series:
    return pl.Series((offset + _BASE_DAY).astype(np.int32)).cast(pl.Date)


def where(condition: np.ndarray, values: np.ndarray | pl.Series) -> pl.Series:
    """The values, missing elsewhere."""
    values = values if isinstance(values, pl.Series) else pl.Series(values)
    return pl.select(pl.when(pl.Series(condition)).then(values)).to_series()


def ids(prefix: str, number: np.ndarray, width: int, suffix: str = "") -> pl.Series:
    text = pl.Series(number.astype(np.int64)).cast(pl.String).str.zfill(width)
    return pl.select(pl.lit(prefix) + text + pl.lit(suffix)).to_series()


def frame(
    rng: np.random.Generator,
    first: int,
    who: Arrays,
    case: Arrays,
    ask: Arrays,
    table: Profiles,
    scale: Scores,
    offices: Arrays,
    library: Library,
) -> pl.DataFrame:
    """The chunk's requests. `first` is the number of its first person among all."""
    row = ask["row"]
    person, provider = case["person"][row], case["provider"][row]
    habits = {k: v[provider] for k, v in offices.items()}
    continuing = ask["number"] > 1
    condition = np.array(table.condition)[case["profile"]][row]
    columns = _request(rng, first, case, ask, condition, habits)
    columns |= _member(first, who, person, library, rng)
    columns |= _provider(rng, habits)
    columns |= _clinical(rng, case, ask, table, who["age"][person], offices)
    columns |= _scores(rng, case, ask, table, scale, offices)
    columns |= _history(rng, case, ask, habits)
    for fact, lost in papers.missing(rng, habits["care"]).items():
        columns[fact] = where(~lost, columns[fact])
    columns["score_previous"] = where(continuing, columns["score_previous"])
    facts = {
        name: columns.get(name, pl.Series([None] * len(row), dtype=dtype)).cast(dtype) for name, dtype in SCHEMA.items()
    }
    return pl.DataFrame(
        facts
        | {
            "latent_need_visits": pl.Series(case["need"][row]),
            "latent_responder": pl.Series(case["responder"][row]),
            "latent_final_mcid": pl.Series(case["final"][row]),
            "latent_progress_mcid": columns["_latent"],
            "latent_course_days": pl.Series(case["days"][row]),
        }
    )


def _request(
    rng: np.random.Generator, first: int, case: Arrays, ask: Arrays, condition: np.ndarray, habits: Arrays
) -> dict[str, pl.Series]:
    row, n = ask["row"], len(ask["row"])
    continuing = ask["number"] > 1
    episode = (case["person"][row] + first) * 10 + case["nth"][row] + 1
    timing = np.where(continuing, np.where(rng.random(n) < 0.8, 1, 0), np.where(rng.random(n) < 0.93, 0, 2))
    child = (case["age"][row] < 18) & (rng.random(n) < 0.12)
    intent = np.where(case["maintenance"][row], 2, case["habilitative"][row].astype(int))
    evaluation = case["evaluation"][row]
    codes = papers.procedures(rng, case["discipline"][row], condition, case["complexity"][row], evaluation)
    lists = pl.Series(papers.code_lists(), dtype=pl.List(pl.String))
    return {
        "request_id": ids("R", episode * 100 + ask["number"], 12),
        "episode_id": ids("E", episode, 10),
        "request_number": pl.Series(ask["number"]),
        "received_on": days(ask["received"]),
        "requested_start": days(ask["start"]),
        "review_type": words(("initial", "continuing"), continuing.astype(int)),
        "review_timing": words(("pre_service", "concurrent", "post_service"), timing),
        "expedited": pl.Series(ask["expedited"]),
        "discipline": words(DISCIPLINES, case["discipline"][row]),
        "intent": words(("rehabilitative", "habilitative", "maintenance"), intent),
        "requested_visits": pl.Series(ask["asked"]),
        "requested_weeks": pl.Series(ask["weeks"]),
        "procedures": lists.gather(pl.Series(codes.astype(np.uint32))),
        "evaluation_only": pl.Series(evaluation),
        "setting": words(_SETTINGS, np.where(child, 3, habits["setting"])),
    }


def _member(
    first: int, who: Arrays, person: np.ndarray, library: Library, rng: np.random.Generator
) -> dict[str, pl.Series]:
    mine = {k: v[person] for k, v in who.items()}
    return {
        "member_id": ids("M", person + first, 9),
        "age_years": pl.Series(mine["age"]),
        "sex": words(("female", "male", "other"), mine["sex"]),
        "language": words(LANGUAGES, mine["language"]),
        "rural": pl.Series(mine["rural"]),
        "state": words(states()[0], mine["state"]),
        "line_of_business": words(cover()[1], mine["line"]),
        "funding": where(mine["insured"], words(("fully_insured", "self_funded"), mine["self_funded"].astype(int))),
        "plan": words(plan_names(library), mine["plan"]),
        "member_eligible": pl.Series(rng.random(len(person)) < 0.988),
    }


def _provider(rng: np.random.Generator, habits: Arrays) -> dict[str, pl.Series]:
    # A slip of one digit breaks the check digit.
    slip = (rng.random(len(habits["npi"])) < 0.004) * rng.integers(1, 9, len(habits["npi"]))
    last = habits["npi"] % 10
    npi = habits["npi"] - last + (last + slip) % 10
    return {
        "provider_npi": ids("", npi, 10),
        "provider_type": words(TYPES, habits["type"]),
        "in_network": pl.Series(habits["in_network"]),
    }


def _clinical(
    rng: np.random.Generator, case: Arrays, ask: Arrays, table: Profiles, age: np.ndarray, offices: Arrays
) -> dict[str, pl.Series]:
    row, n = ask["row"], len(ask["row"])
    code = table.codes[case["profile"]]
    chosen = (code[:, 0] + np.minimum((case["which_code"] * code[:, 1]).astype(np.int64), code[:, 1] - 1))[row]
    weeks_on = (ask["received"] - case["start"][row]) // 7
    care = offices["care"][case["provider"]][row]
    continuing = ask["number"] > 1

    def says(yes: float, worse: float = 0.0) -> pl.Series:
        """A box ticked yes, less often by careless offices."""
        return pl.Series(rng.random(n) < yes - worse * (care - 1))

    kept = 100 * offices["kept"][case["provider"]][row] + 4 - 9 * case["flaky"][row] * np.abs(normal(rng, n))
    # Those who are sent to therapy mostly score 1.5 to 2 SD below the mean (assumed; as programmes tell).
    deviation = -1.45 - 0.3 * np.clip(case["severity"][row], -2, 2.5) - 0.8 * rng.random(n)
    tested = case["habilitative"][row] & (age < 18)
    return {
        "diagnosis": words(table.all_codes, chosen),
        "complexity": words(("low", "moderate", "high"), case["complexity"][row]),
        "comorbidities": pl.Series(case["comorbidities"][row]),
        "weeks_since_onset": pl.Series(np.minimum(case["onset_weeks"][row] + weeks_on, 2600)),
        "post_surgical": pl.Series(case["surgical"][row]),
        "weeks_since_surgery": where(case["surgical"][row], case["surgery_weeks"][row] + weeks_on),
        "standard_score_sd": where(tested, np.round(deviation, 1)),
        "plan_of_care": says(0.985, 0.02),
        "goals_measurable": says(0.965, 0.03),
        "improvement_expected": says(0.97, 0.01),
        "skilled_care": says(0.985, 0.01),
        "home_program": says(0.96, 0.02),
        "duplicate_therapy": ~says(0.988),
        "attendance_percent": where(continuing, np.clip(np.round(kept), 20, 100).astype(np.int64)),
        "new_condition": where(continuing | ask["new"] | (ask["gap"] >= 0), ask["new"]),
    }


def _scores(
    rng: np.random.Generator, case: Arrays, ask: Arrays, table: Profiles, scale: Scores, offices: Arrays
) -> dict[str, pl.Series]:
    episode_habits = {k: v[case["provider"]] for k, v in offices.items()}
    got = papers.scores(rng, case, ask, table, scale, episode_habits)
    has = (got["measure"] >= 0) & ~np.isnan(got["baseline"])
    continuing = ask["number"] > 1
    return {
        "measure": words(table.all_measures, got["measure"])
        if table.all_measures
        else pl.Series([None] * len(has), dtype=pl.String),
        "score_baseline": where(has, got["baseline"]),
        "score_current": where(has & continuing, got["current"]),
        "score_previous": where(has & continuing, got["previous"]),
        "goals_met_percent": where(continuing, got["goals"]),
        "_latent": pl.Series(got["latent"]),
    }


def _history(rng: np.random.Generator, case: Arrays, ask: Arrays, habits: Arrays) -> dict[str, pl.Series]:
    row, used, continuing = ask["row"], ask["used"], ask["number"] > 1
    visits, since = papers.reevaluation(rng, case, ask, habits["care"])
    from_first = ask["start"] - case["start"][row] - ask["first_visit"]
    weeks_used = np.where(used > 0, -(-np.maximum(from_first, 0) // 7), 0)
    appeal = np.where(ask["appealed"], np.where(ask["overturned"], 1, 0), -1)
    decided = ask["decision"] != 3
    return {
        "visits_used": pl.Series(used),
        "weeks_used": pl.Series(weeks_used),
        "visits_used_this_year": pl.Series(used + ask["earlier_visits"]),
        "days_since_last_visit": where(ask["gap"] >= 0, ask["gap"]),
        "visits_since_reevaluation": where(continuing, visits),
        "days_since_reevaluation": where(continuing, since),
        "historical_determination": words(_DETERMINATIONS, ask["decision"]),
        "historical_visits": pl.Series(ask["visits"]),
        "decided_on": where(decided, days(ask["received"] + ask["turnaround"])),
        "appeal_outcome": words(("upheld", "overturned"), appeal),
        "visits_attended": pl.Series(ask["attended"]),
    }

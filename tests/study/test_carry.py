"""Carried forward, all episodes at once, equals the plain loop over one episode after another."""

from __future__ import annotations

import random
from dataclasses import astuple
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cases.frame import SCHEMA
from workbench.engine.columnar import RECORD
from workbench.study.carry import POLICIES, carry_forward

LIMIT, WEEKS = 12, 10


def decide_one(row: dict) -> dict:
    """A small engine of its own: enough to make every kind of determination happen."""
    asked, used, weeks, weeks_used = (
        row[n] for n in ("requested_visits", "visits_used", "requested_weeks", "weeks_used")
    )
    out = {"request_id": row["request_id"], "waived_visits": 0, "granted_visits": 0, "granted_weeks": 0}
    if row["evaluation_only"]:
        return out | {"determination": "not_required", "granted_visits": None, "granted_weeks": None}
    if row["skilled_care"] is False:
        return out | {"determination": "clinician_review", "waived_visits": 2 if row["complexity"] == "low" else 0}
    if row["member_eligible"] is False:
        return out | {"determination": "administrative"}
    if asked is None or used is None or weeks is None or weeks_used is None:
        return out | {"determination": "information_needed"}
    visits, span = min(asked, LIMIT - used), min(weeks, WEEKS - weeks_used)
    if visits <= 0 or span <= 0:
        return out | {"determination": "clinician_review"}
    whole = (visits, span) == (asked, weeks)
    return out | {
        "determination": "approved" if whole else "approved_in_part",
        "granted_visits": visits,
        "granted_weeks": span,
    }


def decide(frame: pl.DataFrame) -> pl.DataFrame:
    rows = [decide_one(r) for r in frame.iter_rows(named=True)]
    return pl.DataFrame(
        rows,
        schema={
            n: RECORD[n] for n in ("request_id", "determination", "granted_visits", "granted_weeks", "waived_visits")
        },
    )


def least(a, b):
    return None if a is None or b is None else min(a, b)


def supported(row: dict, made: dict, policy: str):
    """Visits and weeks that the later requests inherit (docs/meaning.md, Episodes and state)."""
    kind, asked, weeks = made["determination"], row["requested_visits"], row["requested_weeks"]
    if kind == "not_required":
        return asked, weeks
    if kind not in ("clinician_review", "information_needed"):
        return max(made["granted_visits"], made["waived_visits"]), made["granted_weeks"]
    if policy == "all":
        visits, span = asked, weeks
    elif policy == "none":
        visits, span = 0, 0
    else:
        was = row["historical_determination"]
        visits = row["historical_visits"]
        if visits is None:
            visits = asked if was in ("approved", "not_required") else 0 if was in ("denied", "withdrawn") else None
        approved = was in ("approved", "approved_in_part", "not_required") or visits is not None and visits > 0
        span = 0 if visits == 0 else weeks if approved else None
    return None if visits is None else max(visits, made["waived_visits"]), span


def in_order(row: dict):
    """By day, then number (unknown ones last); sorting keeps the order of the file among the rest."""
    return row["received_on"], row["request_number"] is None, row["request_number"] or 0


def by_loop(rows: list[dict], policy: str) -> tuple[dict[str, dict], tuple[int, int, int, int]]:
    """One episode after another, in plain Python: records by request, and carried, not carried, episodes of those."""
    episodes: dict[object, list[dict]] = {}
    for i, row in enumerate(rows):
        episodes.setdefault(row["episode_id"] if row["episode_id"] is not None else ("alone", i), []).append(row)
    made, carried, stayed, broken, measured = {}, 0, 0, 0, 0
    for members in episodes.values():
        dated = all(r["received_on"] is not None for r in members)
        if dated:
            members = sorted(members, key=in_order)
        history, stays = None, 0
        for n, row in enumerate(members):
            now = dict(row)
            if n and history is not None:
                now["visits_used"], now["weeks_used"] = history
                carried += 1
                measured += row["improvement_mcid"] is not None
            elif n:
                stays += 1
            record = made[row["request_id"]] = decide_one(now)
            if n and history is None or not dated:
                history = None
                continue
            visits, span = supported(row, record, policy)
            took = next(
                (row[f] for f in ("visits_attended", "historical_visits", "requested_visits") if row[f] is not None),
                None,
            )
            more, longer = least(took, visits), least(row["requested_weeks"], span)
            known = None not in (now["visits_used"], more, now["weeks_used"], longer)
            history = (now["visits_used"] + more, now["weeks_used"] + longer) if known else None
        stayed, broken = stayed + stays, broken + bool(stays)
    return made, (carried, stayed, broken, measured)


def maybe(strategy):
    return st.one_of(strategy, strategy, strategy, st.none())


ROW = st.fixed_dictionaries(
    {
        "episode_id": maybe(st.sampled_from(["e1", "e2", "e3"])),
        "days": maybe(st.integers(0, 400)),
        "requested_visits": maybe(st.integers(1, 14)),
        "requested_weeks": maybe(st.integers(1, 12)),
        "visits_used": maybe(st.integers(0, 14)),
        "weeks_used": maybe(st.integers(0, 12)),
        "visits_attended": st.one_of(st.none(), st.integers(0, 14)),
        "historical_visits": st.one_of(st.none(), st.integers(0, 14)),
        "historical_determination": maybe(
            st.sampled_from(["approved", "approved_in_part", "denied", "withdrawn", "not_required"])
        ),
        "evaluation_only": st.sampled_from([None, None, None, True]),
        "skilled_care": st.sampled_from([None, None, False]),
        "member_eligible": st.sampled_from([None, None, None, False]),
        "complexity": st.sampled_from([None, "low"]),
        "improvement_mcid": st.sampled_from([None, 1.5]),
    }
)


@pytest.mark.parametrize("policy", POLICIES)
@given(st.lists(ROW, min_size=1, max_size=12, unique_by=lambda r: (r["episode_id"], r["days"])))
def test_carried_forward_equals_the_loop(policy: str, drawn: list[dict]) -> None:
    rows = []
    for i, row in enumerate(drawn):
        days = row.pop("days")
        received = None if days is None else date(2025, 1, 1) + timedelta(days)
        rows.append(
            dict.fromkeys(SCHEMA)
            | row
            | {"request_id": f"r{i}", "discipline": "PT", "received_on": received, "request_number": i + 1}
        )
    agrees_with_the_loop(rows, policy)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("luck", range(3))
def test_whole_episodes_equal_the_loop(policy: str, luck: int) -> None:
    """Long episodes of which little is missing, with what is left drawn so that it runs out on the very request; days
    and numbers that tie."""
    pick = random.Random(luck).choice
    rows = []
    for i in range(240):
        known = {
            "request_id": f"r{i}",
            "discipline": "PT",
            "episode_id": pick([f"e{i % 50}"] * 9 + [None]),
            "received_on": pick([date(2025, 1, 1) + timedelta(pick([0, 1, 2, 30, 30]))] * 30 + [None]),
            "request_number": pick([1, 2, 3, 4, None]),
            "requested_visits": pick([1, 2, 3, 4, 6, 12, 13]),
            "requested_weeks": pick([1, 2, 3, 10, 11]),
            "visits_used": pick([0, 0, 0, 1, 11]),
            "weeks_used": pick([0, 0, 0, 1, 9]),
            "visits_attended": pick([None, None, 0, 1, 3]),
            "historical_visits": pick([None, None, 0, 2]),
            "historical_determination": pick(
                ["approved", "approved_in_part", "denied", "withdrawn", "not_required", None]
            ),
            "evaluation_only": pick([None, None, True]),
            "skilled_care": pick([None, None, None, False]),
            "member_eligible": pick([None, None, None, False]),
            "complexity": pick([None, "low"]),
            "improvement_mcid": pick([None, 1.5]),
        }
        rows.append(dict.fromkeys(SCHEMA) | known)
    agrees_with_the_loop(rows, policy)


def agrees_with_the_loop(rows: list[dict], policy: str) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA)
    records, counts = carry_forward(frame, decide, policy)
    expected, totals = by_loop(rows, policy)
    assert records["request_id"].to_list() == [r["request_id"] for r in rows]
    for record in records.iter_rows(named=True):
        assert {k: record[k] for k in expected[record["request_id"]]} == expected[record["request_id"]]
    assert astuple(counts) == totals


def test_of_no_requests_nothing_is_carried() -> None:
    records, counts = carry_forward(pl.DataFrame(schema=SCHEMA), decide, "history")
    assert records.is_empty() and astuple(counts) == (0, 0, 0, 0)

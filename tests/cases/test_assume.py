"""Assumptions: only what is missing, what it rests on is listed, recorded facts come first."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.cases.assume import ASSUMED, Assumption, Assumptions, assume, load_assumptions
from workbench.cases.derive import derive
from workbench.cases.frame import SCHEMA
from workbench.cases.request import row
from workbench.facts import facts

ROOT = Path(__file__).parents[2]


def assumed(library, entries, **known):
    frame = row({"request_id": "r", "discipline": "PT", **known})
    return assume(frame, Assumptions("a", tuple(entries)), library).row(0, named=True)


def test_only_what_is_missing(small):
    got = assumed(
        small, [Assumption("plan_of_care", True, ""), Assumption("requested_visits", 12, "")], plan_of_care=False
    )
    assert (got["plan_of_care"], got["requested_visits"], got[ASSUMED]) == (False, 12, ["requested_visits"])


def test_derived_facts_follow_in_both_directions(small):
    entries = [
        Assumption("score_current", Decimal(38), ""),
        Assumption("condition", "shoulder", ""),
        Assumption("post_surgical", True, ""),
    ]
    known = {"measure": "odi", "score_baseline": Decimal(50)}
    got = assumed(small, entries, diagnosis="M54.5", **known)
    assert (got["condition"], got["improvement_mcid"]) == ("back", 1.0)  # derived from what was recorded
    assert got[ASSUMED] == ["post_surgical", "score_current"]
    got = assumed(small, entries[2:], diagnosis="M75.1", **known)
    assert (got["condition"], got[ASSUMED]) == ("cuff_repair", ["post_surgical"])  # derived from what was assumed


def test_where_looks_at_records_alone(small):
    entries = [
        Assumption("intent", "habilitative", "", (("condition", "back"), ("age_years", 5))),
        Assumption("intent", "rehabilitative", ""),
        Assumption("age_years", 5, ""),
    ]
    assert assumed(small, entries, diagnosis="M54.5")["intent"] == "rehabilitative"
    assert assumed(small, entries, diagnosis="M54.5", age_years=5)["intent"] == "habilitative"
    assert assumed(small, entries, diagnosis="M75.2", age_years=5)["intent"] == "rehabilitative"


def test_what_does_not_apply_is_not_assumed(small):
    entries = [
        Assumption("weeks_since_surgery", 3, ""),
        Assumption("attendance_percent", 85, ""),
        Assumption("review_type", "continuing", ""),
    ]
    assert assumed(small, entries)[ASSUMED] == ["review_type", "attendance_percent"]
    got = assumed(small, entries, post_surgical=True, review_type="initial")
    assert (got[ASSUMED], got["weeks_since_surgery"], got["attendance_percent"]) == (["weeks_since_surgery"], 3, None)
    assert assumed(small, entries, post_surgical=False)["weeks_since_surgery"] is None


def test_every_kind_of_fact(small):
    values = {
        "text": "x",
        "choice": "PT",
        "boolean": True,
        "integer": 3,
        "decimal": Decimal("1.5"),
        "date": date(2025, 1, 1),
        "code list": ("97110", "97140"),
    }
    want = {"decimal": 1.5, "code list": ["97110", "97140"]}
    for fact in facts().values():
        if not fact.only_where and fact.name not in ("request_id", "discipline"):
            got = assumed(small, [Assumption(fact.name, values[fact.kind], "")])
            assert got[fact.name] == want.get(fact.kind, values[fact.kind]) and got[ASSUMED] == [fact.name]


def test_without_assumptions_nothing_is_assumed(small):
    frame = row({"request_id": "r", "discipline": "PT", "diagnosis": "M54.5"})
    got = assume(frame, None, small)
    assert got[ASSUMED].to_list() == [[]] and got.drop(ASSUMED).equals(derive(frame, small))


missing_or_not = st.fixed_dictionaries(
    {},
    optional={
        "diagnosis": st.sampled_from(["M54.5", "M75.1"]),
        "post_surgical": st.booleans(),
        "age_years": st.integers(0, 120),
        "intent": st.sampled_from(["rehabilitative", "habilitative"]),
        "requested_visits": st.integers(1, 400),
        "review_type": st.sampled_from(["initial", "continuing"]),
        "goals_met_percent": st.integers(0, 100),
    },
)


def _frame(rows):
    return pl.concat([row({"request_id": str(i), "discipline": "PT", **r}) for i, r in enumerate(rows)])


# Each row is a case of its own, and a frame costs the same with one or with thirty: many rows, few frames.
@settings(max_examples=max(8, settings().max_examples // 12))
@given(st.lists(missing_or_not, min_size=1, max_size=30))
def test_laws(shipped, rows):
    entries = load_assumptions(ROOT / "scenarios/assumptions/hearing-orders.yaml", shipped)
    frame = _frame(rows)
    before, after = derive(frame, shipped), assume(frame, entries, shipped)
    for old, new in zip(before.iter_rows(named=True), after.iter_rows(named=True), strict=True):
        changed = {n for n in SCHEMA if old[n] is None and new[n] is not None}
        assert all(new[n] == old[n] for n in SCHEMA if old[n] is not None)
        assert set(new[ASSUMED]) <= changed
        assert all(facts()[n].derived for n in changed - set(new[ASSUMED]))
    again = assume(after.drop(ASSUMED), entries, shipped)
    assert all(len(names) == 0 for names in again[ASSUMED])


@settings(max_examples=max(3, settings().max_examples // 40))
@given(st.lists(missing_or_not, min_size=12, max_size=30))
def test_a_lazy_frame_comes_out_as_an_eager_one(shipped, rows):
    entries = load_assumptions(ROOT / "scenarios/assumptions/hearing-orders.yaml", shipped)
    frame = _frame(rows)
    assert assume(frame, entries, shipped).equals(assume(frame.lazy(), entries, shipped).collect())


def test_the_shipped_file_gives_a_reason_for_each(shipped):
    found = load_assumptions(ROOT / "scenarios/assumptions/hearing-orders.yaml", shipped)
    assert len(found.entries) > 20 and all(len(e.reason) > 20 for e in found.entries)
    # What would settle a case is not assumed: no score, and no gain.
    assert not {e.fact for e in found.entries} & {
        "score_baseline",
        "score_current",
        "score_previous",
        "improvement_mcid",
        "improvement_since_last_mcid",
    }


@pytest.mark.parametrize("name", ["scenarios/assumptions/hearing-orders.yaml"])
def test_every_assumption_is_used(shipped, name):
    from workbench.reading.sources import read_source

    found = load_assumptions(ROOT / name, shipped)
    orders = read_source("narratives", ROOT / "scenarios/cases/hearing_orders.csv", shipped).accepted
    used = set(assume(orders, found, shipped)[ASSUMED].explode())
    assert {e.fact for e in found.entries} <= used

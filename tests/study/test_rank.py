"""Which control matters: each number is that of a whole replay with this one change."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from generative.libraries import cases as drawn_cases
from generative.libraries import told
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st
from study_cases import ready

from workbench.engine.setting import setting
from workbench.errors import ProblemsFound
from workbench.guideline.moves import moved
from workbench.review.scenario_result import LESS, direction
from workbench.study.compare import compare
from workbench.study.controls import apart, controls_of, each_alone, pools, with_moves, zones
from workbench.study.ledger import Ledger
from workbench.study.outcomes import Outcome, decided
from workbench.study.rank import COLUMNS, GOALS, places, rank_controls
from workbench.study.replay import replay
from workbench.words.rank_figures import figure

PT = "physical-therapy"
SOME = max(5, settings.default.max_examples // 10)


def assert_same(found: Outcome, right: Outcome) -> None:
    assert found.rows.tolist() == right.rows.tolist()
    for name in ("determination", "visits", "weeks", "urgent", "waived"):
        assert np.array_equal(getattr(found.side, name), getattr(right.side, name)), name


@settings(max_examples=SOME)
@given(drawn_cases(), st.integers(0, 2**32))
def test_what_is_moved_together_comes_out_as_each_alone(case, luck):
    """Any guideline, any overlays: every control of it, at a step and at the ends."""
    note(told(case))
    ids = [g.id for g in case.setting.guidelines(case.setting.as_of or case.setting.cut_days[-1])]
    assume(ids)
    cases = ready(case, luck, 100)
    ledger = Ledger(cases, case.setting, replay(cases, case.setting))
    for guideline in ids:
        every = controls_of(case.setting, guideline)
        moves = {c: sorted(set(places(c).values())) for c in every}
        moves = {c: v for c, v in moves.items() if v}
        seen = 0
        for control, outcomes in each_alone(ledger, zones(cases, case.setting, guideline), moves):
            seen += 1
            for value, outcome in zip(moves[control], outcomes, strict=True):
                chosen = with_moves(case.setting, [(control, value)])
                if outcome is None:
                    with pytest.raises(ProblemsFound):
                        decided(ledger, chosen)
                else:
                    note(f"{control.key} at {value}")
                    assert_same(outcome, decided(ledger, chosen))
        assert seen == len(moves)


def test_a_lot_holds_no_two_that_one_request_can_feel(library):
    every = controls_of(setting(library), PT)
    lots = pools(every)
    assert sorted(c.key for lot in lots for c in lot) == sorted(c.key for c in every)
    for lot in lots:
        assert all(apart(a, b) for a in lot for b in lot if a is not b)
    assert len(lots) < len(every) / 4


KEYS = (
    "parameters.attendance_needed",
    "limits.lbp.visits",
    "limits.lbp.weeks",
    "criteria.attendance",
    "exemptions.evaluation_only",
    "harbor-commercial-ppo:waivers.first_six_visits.visits",
)


@pytest.fixture(scope="module")
def published(library):
    return setting(library)


@pytest.fixture(scope="module")
def some(published, prepared):
    known = {c.key for c in controls_of(published, PT)}
    keys = [k for k in KEYS if k in known]
    keys += [next(k for k in sorted(known) if k.startswith("harbor-commercial-ppo:"))]
    return keys


@pytest.mark.parametrize("goal", ["approval_rate", "newly_referred", "clinician_review"])
def test_each_row_is_that_of_whole_replays(published, prepared, some, goal):
    found = rank_controls(prepared, published, PT, goal=goal, by="complexity", keys=some)
    assert found.table.columns == list(COLUMNS)
    assert sorted(found.table["control"]) == sorted(set(some))
    before = replay(prepared, published)
    controls = {c.key: c for c in controls_of(published, PT)}
    for row in found.table.to_dicts():
        control = controls[row["control"]]
        whole = {
            p: compare(before, replay(prepared, with_moves(published, [(control, v)])))
            for p, v in places(control).items()
        }
        goals = {p: _goal(c, goal) for p, c in whole.items()}
        for place, column in (("down", "effect_down"), ("up", "effect_up")):
            assert row[column] == (pytest.approx(goals[place][1]) if place in goals else None)
        values = [found.now, *(g[0] for g in goals.values())]
        assert row["swing"] == pytest.approx(max(values) - min(values))
        reached = pl.concat([c.flips for c in whole.values()])
        assert row["reach_requests"] == reached["request_id"].n_unique()
        assert row["reach_people"] == reached["member_id"].drop_nulls().n_unique()
        best = {"up": "up", "down": "down", "off": "down", "none": ""}[row["direction"]]
        sign = 1 if found.more_is_better else -1
        assert all(sign * goals[best][1] >= sign * goals[p][1] - 1e-12 for p in ("down", "up") if p in goals)
        assert (row["effect"], row["low"], row["high"]) == pytest.approx(goals[best][1:])
        less = [r for r in whole[best].flips.iter_rows(named=True) if direction(r) == LESS]
        assert row["loses_requests"] == len(less)
        assert row["loses_people"] == len({r["member_id"] for r in less} - {None})
        if row["worst_group"] is not None and goal == "approval_rate":
            groups = whole[best].groups("complexity").filter(pl.col("facts") == "all")
            moves = (groups["approval_rate draft"] - groups["approval_rate published"]).drop_nulls()
            assert row["worst_effect"] == pytest.approx(moves.min())


def _goal(compared, goal):
    for rate in compared.rates:
        if rate.name == goal:
            return rate.draft, rate.difference, rate.low, rate.high
    after = sum(r[goal] for r in compared.matrix.values())
    return after, after - sum(compared.matrix[goal].values()), None, None


def test_a_draft_is_held(published, prepared):
    (attendance,) = (c for c in controls_of(published, PT) if c.key == "parameters.attendance_needed")
    held = replace(published, draft=moved(None, [(attendance, Decimal(95))]))
    found = rank_controls(prepared, held, PT, keys=["parameters.attendance_needed"]).table.to_dicts()
    assert found[0]["at"] == 95.0


@pytest.mark.parametrize("order", ["effect", "swing", "reach", "loses"])
def test_they_stand_in_order(published, prepared, some, order):
    table = rank_controls(prepared, published, PT, order=order, keys=some).table
    first = {
        "effect": pl.max_horizontal(pl.col("effect_down", "effect_up").abs()),
        "swing": pl.col("swing"),
        "reach": pl.col("reach_requests"),
        "loses": pl.col("loses_requests"),
    }[order]
    values = table.select(first.fill_null(-1).alias("first"))["first"].to_list()
    assert values == sorted(values, reverse=True)
    assert table["rank"].to_list() == list(range(1, table.height + 1))


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"goal": "accuracy"}, "accuracy"),
        ({"order": "size"}, "size"),
        ({"by": "shoe_size"}, "shoe_size"),
        ({"keys": ["limits.lpb.visits"]}, "did you mean limits.lbp.visits"),
    ],
)
def test_what_is_not_there_is_refused(published, prepared, how, said):
    with pytest.raises((ValueError, ProblemsFound), match=said):
        rank_controls(prepared, published, PT, **how)


def test_every_goal_has_a_unit(published, prepared):
    for goal in GOALS:
        found = rank_controls(prepared, published, PT, goal=goal, by="", keys=["limits.lbp.visits"])
        assert found.unit == ("requests" if goal not in {"approval_rate"} and not goal.endswith("_rate") else "share")


def test_the_figure_says_what_it_shows(published, prepared, some):
    drawn = figure(rank_controls(prepared, published, PT, keys=some))
    assert "percentage points" in drawn.axes[0].get_xlabel()
    assert len(drawn.axes[0].get_yticklabels()) == len(set(some))
    assert "2,500 requests" in drawn.get_supxlabel()

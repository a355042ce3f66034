"""What is due to each edit adds up, and each combination is what the full engine says of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import numpy as np
import polars as pl
import pytest
from generative.controls import moved
from generative.libraries import told
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st
from study_cases import ready

from workbench.engine.setting import setting
from workbench.errors import ProblemsFound
from workbench.guideline.load_draft import load_draft
from workbench.guideline.model import Change, Draft
from workbench.study.attribute import MEASURES, attribute, measures
from workbench.study.compare import compare
from workbench.study.edits import Edits
from workbench.study.ledger import Ledger
from workbench.study.outcomes import Outcomes, decided
from workbench.study.replay import replay

SOME = max(5, settings.default.max_examples // 10)
PT = "physical-therapy"
DRAFT = {
    PT: {
        "parameters": {"attendance_needed": {"set": 90}, "discharge_goals": {"set": 80}},
        "limits": {"change": [{"where": {"condition": "low_back_pain"}, "visits": {"add": -2}, "weeks": {"set": 4}}]},
        "criteria": {"drop": ["plan_of_care"]},
    }
}


@pytest.fixture(scope="module")
def published(library):
    return setting(library)


@pytest.fixture(scope="module")
def drafted(library, published):
    return replace(published, draft=load_draft({"changes": DRAFT}, library))


@pytest.fixture(scope="module")
def found(prepared, published, drafted):
    return attribute(prepared, published, drafted)


def test_it_adds_up_to_the_comparison(prepared, published, drafted, found):
    right = compare(replay(prepared, published), replay(prepared, drafted))
    assert found.sampled == 0
    assert found.total["changed_requests"] == right.flipped.requests > 0
    assert found.total["changed_people"] == right.flipped.people
    assert found.total["changed_episodes"] == right.flipped.episodes
    assert found.total["granted_visits"] == right.amounts()["granted_visits"]["difference"]
    for measure in MEASURES:
        assert sum(v for (_, m), v in found.exact.items() if m == measure) == found.total[measure]
        rows = found.table.filter(pl.col("measure") == measure)
        assert rows["due"].sum() == pytest.approx(found.total[measure])
        assert (rows["alone"] + rows["meeting"]).to_list() == pytest.approx(rows["due"].to_list())
    assert set(found.table["edit"]) == {
        f"{PT} parameters.attendance_needed", f"{PT} parameters.discharge_goals", f"{PT} criteria.plan_of_care (drop)",
        f"{PT} limits.{{condition: low_back_pain}}.visits", f"{PT} limits.{{condition: low_back_pain}}.weeks",
    }  # fmt: skip


def test_it_is_the_mean_over_all_orders(prepared, published, drafted, found):
    """By the definition: each order in turn, each step decided by the full engine."""
    edits = Edits(drafted)
    ledger = Ledger(prepared, published, replay(prepared, published))
    n = len(edits)
    worth = {
        s: measures(ledger, decided(ledger, edits.some([bool(s >> i & 1) for i in range(n)]))) for s in range(1 << n)
    }
    due = [[Fraction(0)] * len(MEASURES) for _ in range(n)]
    orders = list(permutations(range(n)))
    for order in orders:
        before = 0
        for i in order:
            after = before | 1 << i
            for k, v in enumerate(worth[after] - worth[before]):
                due[i][k] += Fraction(int(v), len(orders))
            before = after
    assert list(found.exact.values()) == [v for row in due for v in row]


def test_pairs_say_what_meets(prepared, published, drafted, found):
    met = found.pairs.filter(pl.col("measure") == "changed_requests")
    both = f"{PT} limits.{{condition: low_back_pain}}.visits", f"{PT} limits.{{condition: low_back_pain}}.weeks"
    assert met.filter((pl.col("edit") == both[0]) & (pl.col("other") == both[1])).height <= 1
    assert (found.pairs["meeting"] != 0).all()


def test_beyond_twelve_edits_orders_are_drawn(library, prepared, published, monkeypatch):
    from workbench.study import attribute as module

    draft = load_draft({"changes": DRAFT}, library)
    drafted = replace(published, draft=draft)
    exact = attribute(prepared, published, drafted)
    monkeypatch.setattr(module, "MOST", 2)
    drawn = attribute(prepared, published, drafted, orders=100, seed=3)
    again = attribute(prepared, published, drafted, orders=100, seed=3)
    assert drawn.sampled == 100 and drawn.exact == again.exact
    assert drawn.total == exact.total
    for measure in MEASURES:
        assert sum(v for (_, m), v in drawn.exact.items() if m == measure) == exact.total[measure]
    within = 0
    for (edit, measure), value in exact.exact.items():
        (row,) = drawn.table.filter((pl.col("edit") == edit) & (pl.col("measure") == measure)).to_dicts()
        within += row["low"] - 1e-9 <= float(value) <= row["high"] + 1e-9
    assert within >= 0.95 * len(exact.exact)


def test_what_can_not_be_had_alone_is_one_edit(library, published):
    """A new row, and what a plan makes of it: the second can not be had without the first."""
    row = {"id": "extra", "visits": 3, "weeks": 2, "source": sorted(library.sources)[0], "evidence": "consensus"}
    keys = {PT: {"limits": {"add": [row]}, "parameters": {"attendance_needed": {"set": 90}}}}
    draft = load_draft({"changes": keys}, library)
    more = Change(PT, "limits", "change", ("extra",), None, (("visits", (("set", Decimal(5)),)),))
    edits = Edits(replace(published, draft=replace(draft, plans=(("mesa-medicaid", (more,)),))))
    assert len(edits) == 2
    assert sorted(len(e.steps) for e in edits.edits) == [1, 2]


def test_without_a_draft_there_is_nothing_to_attribute(prepared, published):
    with pytest.raises(ValueError, match="no draft"):
        attribute(prepared, published, published)


@settings(max_examples=SOME)
@given(moved(), moved(), st.integers(0, 2**32))
def test_any_edits_together_are_what_their_draft_decides(one, other, luck):
    """Two controls of one generated folder, at all but their first values, each an edit: every combination by look-up is
    that by the full engine, under any overlay."""
    note(told(one.case))
    published = replace(one.case.setting, draft=None)
    changes, plans = [], []
    for chosen in one.settings[1:]:
        draft = chosen.draft
        held = one.case.setting.draft
        changes += draft.changes[len(held.changes) if held else 0 :]
        before = dict(held.plans) if held else {}
        plans += [(p, c[len(before.get(p, ())) :]) for p, c in draft.plans]
    merged = {}
    for plan, more in plans:
        merged[plan] = (*merged.get(plan, ()), *more)
    merged = {p: c for p, c in merged.items() if c}
    drafted = replace(published, draft=Draft("d", "", "", None, (), tuple(changes), tuple(merged.items())))
    try:
        edits = Edits(drafted)
    except ProblemsFound:
        assume(False)
    assume(0 < len(edits) <= 5)
    cases = ready(one.case, luck, 60)
    ledger = Ledger(cases, published, replay(cases, published))
    n = len(edits)
    sets = [[bool(s >> i & 1) for i in range(n)] for s in range(1 << n)]
    quick = Outcomes(ledger, [edits.some(s) for s in sets])
    for k, chosen in enumerate(sets):
        whole = edits._with([e for e, c in zip(edits.edits, chosen, strict=True) if c])
        right = decided(ledger, whole)
        assert quick[k].rows.tolist() == right.rows.tolist()
        assert np.array_equal(quick[k].side.visits, right.side.visits)
        assert np.array_equal(quick[k].side.determination, right.side.determination)

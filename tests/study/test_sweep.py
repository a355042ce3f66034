"""The curve of one control is the approval rate of a whole replay at each stop."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from workbench.engine import decision as d
from workbench.engine import retune
from workbench.engine.setting import setting
from workbench.errors import ProblemsFound
from workbench.guideline.addresses import Handle
from workbench.guideline.moves import movables, moved
from workbench.guideline.resolve import resolve
from workbench.guideline.versions import overlay_on
from workbench.study.compare import compare
from workbench.study.rates import rates
from workbench.study.replay import replay
from workbench.study.sweep import Axis, Swept, control_of, stops, sweep
from workbench.words.sweep_figures import figure

D = Decimal


@pytest.mark.parametrize(
    ("low", "high", "step", "among", "most", "expected"),
    [
        ("0", "6", "1", [], 13, ["0", "1", "2", "3", "4", "5", "6"]),
        ("0", "100", "10", ["35"], 6, ["0", "20", "35", "40", "60", "80", "100"]),
        ("4", "21", "1", ["10", "11"], 4, ["4", "10", "11", "16", "21"]),
        ("0.5", "2", "0.5", ["3"], 13, ["0.5", "1.0", "1.5", "2"]),
    ],
)
def test_stops(low, high, step, among, most, expected):
    assert stops(D(low), D(high), D(step), [D(a) for a in among], most) == [D(e) for e in expected]


def test_the_curve_is_the_rate(desk, library, prepared):
    state = replace(desk.first().moved(Handle.of("parameters.attendance_needed"), D(60)), condition="low_back_pain")
    control = desk.result(state).controls["limits.lbp.visits"]
    curve = {s.value: s.share for s in desk.curve(state, control) if s is not None}
    assert {control.published, control.moves.usual[0], control.moves.usual[1]} <= set(curve)
    for value in (control.moves.usual[0], control.published, control.moves.usual[1]):
        chosen = setting(library, draft=desk.draft(state.moved(control.handle, value)))
        decided = replay(prepared, chosen).decisions["determination"]
        needed = (decided != "not_required").sum()
        assert curve[value] == pytest.approx((decided == "approved").sum() / needed, abs=1e-12)
    assert curve[control.moves.usual[0]] < curve[control.published]


# tables of whole ranges

PT = "physical-therapy"


@pytest.fixture(scope="module")
def published(library):
    return setting(library)


def axis(published, key: str, *values: int) -> Axis:
    control = control_of(published, PT, key)
    return Axis(control, control.checked(map(D, values)))


def swept(prepared, published, *axes: Axis, **how) -> Swept:
    return sweep(prepared, published, axes, **how)


def cell(table: pl.DataFrame, metric: str, **where: object) -> dict[str, object]:
    (row,) = table.filter(pl.col("metric") == metric, **where).to_dicts()
    return row


PLAN = "mesa-medicaid"
KEYS = [
    "parameters.attendance_needed",
    "limits.lbp.visits",
    "criteria.attendance",
    f"{PLAN}:limits.musculoskeletal.visits",
    f"{PLAN}:parameters.attendance_needed",
    f"{PLAN}:criteria.attendance",
    "harbor-commercial-ppo:waivers.first_sixteen.visits",
    "lakeside-marketplace:benefit_limit.visits",
]


@pytest.mark.parametrize("key", KEYS)
def test_each_row_is_the_comparison_of_two_replays(library, prepared, published, key):
    control = control_of(published, PT, key)
    values = [control.usual[0], control.published, control.usual[1]]
    found = swept(prepared, published, Axis(control, control.checked(values)))
    assert found.looked_up
    before = replay(prepared, published)
    for value in set(values):
        right = compare(before, replay(prepared, setting(library, draft=moved(None, [(control, value)]))))
        for rate in right.rates:
            row = cell(found.table, rate.name, **{key: float(value)})
            for side in ("published", "draft", "difference", "low", "high"):
                assert row[side] == pytest.approx(getattr(rate, side), abs=1e-9)
        for name, count in (("requests", right.flipped.requests), ("people", right.flipped.people)):
            row = cell(found.table, f"changed_{name}", **{key: float(value)})
            assert (row["draft"], row["unit"]) == (count, name)
        for name, amounts in right.amounts().items():
            if name != "referred_visits":
                assert cell(found.table, name, **{key: float(value)})["draft"] == amounts["draft"]
        for name in d.DETERMINATIONS:
            row = cell(found.table, name, **{key: float(value)})
            assert row["draft"] == sum(r[name] for r in right.matrix.values())


def test_two_numbers_at_once(library, prepared, published):
    visits, weeks = axis(published, "limits.lbp.visits", 4, 20), axis(published, "limits.lbp.weeks", 3, 8, 16)
    found = swept(prepared, published, visits, weeks, metrics=["approval_rate"])
    assert found.table.height == 6
    moves = [(visits.control, D(20)), (weeks.control, D(16))]
    right = compare(replay(prepared, published), replay(prepared, setting(library, draft=moved(None, moves))))
    row = cell(found.table, "approval_rate", **{"limits.lbp.visits": 20.0, "limits.lbp.weeks": 16.0})
    assert row["draft"] == pytest.approx(right.rates[0].draft)


def test_by_group_it_is_the_rate_of_the_group(library, prepared, published):
    one = axis(published, "parameters.attendance_needed", 90)
    found = swept(prepared, published, one, by="complexity")
    right = compare(
        replay(prepared, published), replay(prepared, setting(library, draft=moved(None, [(one.control, D(90))])))
    )
    for row in right.groups("complexity").filter(pl.col("facts") == "all").to_dicts():
        group = row["complexity"] or "not recorded"
        mine = cell(found.table, "approval_rate", complexity=group)
        assert mine["draft"] == pytest.approx(row["approval_rate draft"])
        assert cell(found.table, "changed_requests", complexity=group)["draft"] == row["changed"]
        alone = right.pair.filter(pl.col("complexity").eq_missing(pl.lit(row["complexity"])))
        for rate in rates(alone):
            mine = cell(found.table, rate.name, complexity=group)
            for side in ("published", "draft", "difference", "low", "high"):
                assert mine[side] == pytest.approx(getattr(rate, side), abs=1e-9), (rate.name, side)
        for name, side in (("granted_visits", "granted_visits"), ("granted_weeks", "granted_weeks")):
            assert cell(found.table, name, complexity=group)["draft"] == alone[f"{side}_draft"].sum()
        people = alone.filter("flipped")["member_id"].drop_nulls().n_unique()
        assert cell(found.table, "changed_people", complexity=group)["draft"] == people


def test_where_looking_up_does_not_pay_requests_are_decided(prepared, published, monkeypatch):
    one = axis(published, "limits.lbp.visits", 4, 10, 16)
    quick = swept(prepared, published, one)
    monkeypatch.setattr(retune, "MOST", 0)
    slow = swept(prepared, published, one)
    assert (quick.looked_up, slow.looked_up) == (True, False)
    assert_frame_equal(quick.table, slow.table, abs_tol=1e-9)


def test_what_is_held_lies_below(library, prepared, published):
    other = control_of(published, PT, "parameters.attendance_needed")
    held = moved(None, [(other, D(95))])
    one = axis(published, "limits.lbp.visits", 10)
    found = swept(prepared, published, one, draft=held, metrics=["approval_rate"])
    right = compare(replay(prepared, published), replay(prepared, setting(library, draft=held)))
    assert found.table["draft"].to_list() == pytest.approx([right.rates[0].draft])


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"metrics": ["accuracy"]}, "accuracy"),
        ({"by": "shoe_size"}, "shoe_size"),
        ({"by": "plan", "metrics": ["newly"]}, "newly"),
    ],
)
def test_what_is_not_there_is_refused(prepared, published, how, said):
    with pytest.raises(ValueError, match=said):
        swept(prepared, published, axis(published, "limits.lbp.visits", 4), **how)


@pytest.mark.parametrize(
    "key, code, meant",
    [
        ("limits.lpb.visits", "unknown-key", "limits.lbp.visits"),
        ("parameters.attendance_neded", "unknown-key", "parameters.attendance_needed"),
        (f"{PLAN}:limits.lbp.visit", "unknown-key", f"{PLAN}:limits.lbp.visits"),
        ("mesa-medicad:limits.lbp.visits", "unknown-plan", PLAN),
        ("lakeside-marketplace:benefit_limit.weeks", "unknown-key", "lakeside-marketplace:benefit_limit.visits"),
    ],
)
def test_a_name_that_is_none_is_told_with_the_nearest(published, key, code, meant):
    with pytest.raises(ProblemsFound) as found:
        control_of(published, PT, key)
    (problem,) = found.value.problems
    assert problem.code == code and f"did you mean {meant}?" in str(problem)


def test_every_number_goes_by_its_name(library, published):
    """Each address is its text and the text is the address; what a draft sets there is the number that was meant."""
    day = published.as_of
    for overlay in (None, *(overlay_on(library, p, day) for p in sorted({o.plan for o in library.overlays}))):
        rules = resolve(library, PT, "2026.1", overlay).rules
        known = movables(rules, overlay)
        assert len({m.key for m in known.values()}) == len(known)
        targets = {}
        lent = {w.id for w in overlay.waivers} if overlay else set()
        for handle, one in known.items():
            assert Handle.of(one.key) == handle
            targets[handle.target, handle.amount, handle.id in lent] = one
        for one in targets.values():  # one of each kind
            assert control_of(published, PT, one.key) == one
            value = one.high if one.published != one.high else one.low
            after = resolve(library, PT, "2026.1", overlay, moved(None, [(one, value)])).rules
            assert one.handle.value_in(after) == value != one.handle.value_in(rules)


@pytest.mark.parametrize(
    "key, value",
    [("limits.lbp.visits", v) for v in ("-1", "1000", "2.5", "NaN")] + [("parameters.surgical_phase_weeks", "2.5")],
)
def test_a_value_that_may_not_be_set_is_refused(published, key, value):
    with pytest.raises(ProblemsFound, match="out-of-range"):
        control_of(published, PT, key).checked([D(value)])


def test_the_figures_say_what_they_show(prepared, published):
    visits, weeks = axis(published, "limits.lbp.visits", 4, 10, 20), axis(published, "limits.lbp.weeks", 3, 8)
    line = figure(swept(prepared, published, visits))
    assert line.axes[0].get_ylabel() == "Approval rate, %"
    assert "visits an episode" in line.axes[0].get_xlabel()
    assert "2,500 requests, received" in line.get_supxlabel()
    both = figure(swept(prepared, published, visits, weeks))
    assert both.axes[1].get_ylabel() == "Approval rate, percentage points: draft − published"
    groups = figure(swept(prepared, published, visits, by="complexity"), "referral_rate")
    assert groups.axes[0].get_legend().get_title().get_text() == "complexity"
    with pytest.raises(ValueError, match="was not swept"):
        figure(swept(prepared, published, visits, metrics=["approval_rate"]), "referral_rate")

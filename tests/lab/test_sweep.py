"""The curve of one control is the approval rate of a whole replay at each stop."""
from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from workbench.engine.setting import setting
from workbench.study.replay import replay
from workbench.study.sweep import stops, sweep

D = Decimal


@pytest.mark.parametrize(("low", "high", "step", "among", "most", "expected"), [
    ("0", "6", "1", [], 13, ["0", "1", "2", "3", "4", "5", "6"]),
    ("0", "100", "10", ["35"], 6, ["0", "20", "35", "40", "60", "80", "100"]),
    ("4", "21", "1", ["10", "11"], 4, ["4", "10", "11", "16", "21"]),
    ("0.5", "2", "0.5", ["3"], 13, ["0.5", "1.0", "1.5", "2"]),
])
def test_stops(low, high, step, among, most, expected):
    assert stops(D(low), D(high), D(step), [D(a) for a in among], most) == [D(e) for e in expected]


def test_the_curve_is_the_rate(desk, library, prepared):
    state = replace(desk.first().moved("parameters.attendance_needed", D(60)), condition="low_back_pain")
    control = desk.result(state).controls["limits.lbp.visits"]
    curve = {s.value: s.share for s in desk.curve(state, control)}
    assert {control.published, control.span[0], control.span[1]} <= set(curve)
    for value in (control.span[0], control.published, control.span[1]):
        chosen = setting(library, draft=desk.draft(state.moved(control.key, value)))
        decided = replay(prepared, chosen, prepared=True).decisions["determination"]
        needed = (decided != "not_required").sum()
        assert curve[value] == pytest.approx((decided == "approved").sum() / needed, abs=1e-12)
    assert curve[control.span[0]] < curve[control.published]


def test_an_unknown_rate_is_refused(desk):
    with pytest.raises(ValueError, match="none of approval_rate"):
        next(sweep(desk.bench(desk.first()), [(D(1), desk.setting(desk.first()))], rate="accuracy"))

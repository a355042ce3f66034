"""What is left of a plan decides as the whole plan does: any control, at every value, on the complete record."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from generative.agreement import frame_for
from generative.controls import KINDS, Moved, moved
from generative.libraries import told
from generative.requests import many_requests
from workbench.engine.base import Base
from workbench.engine.columnar import RECORD, Decided, decide_frame
from workbench.engine.retune import DoesNotPay, Retuned, at_once, retuning

SOME = max(5, settings.default.max_examples // 10)
WANTED = tuple(RECORD)


def _same(drawn: Moved, luck: int, size: int = 150) -> Retuned | None:
    frame = frame_for(many_requests(drawn.case.facts, drawn.case.near, luck, size))
    try:
        found = at_once(retuning(Base(frame, drawn.settings[0], WANTED), drawn.settings))
    except DoesNotPay:
        return None
    for at, chosen in enumerate(drawn.settings):
        assert_frame_equal(found.records(at), decide_frame(frame, chosen))
    return found


@settings(max_examples=SOME)
@given(moved(), st.integers(0, 2**32))
def test_every_value_comes_out_as_the_whole_plan_has_it(drawn, luck):
    note(f"{drawn.kind}\n{told(drawn.case)}")
    _same(drawn, luck)


@settings(max_examples=SOME)
@given(moved(), st.integers(0, 2**32))
def test_what_a_draft_does_not_touch_is_as_it_was(drawn, luck):
    """Decided beside the first setting; the first beside itself, which leaves nothing to decide."""
    note(f"{drawn.kind}\n{told(drawn.case)}")
    frame = frame_for(many_requests(drawn.case.facts, drawn.case.near, luck, 60))
    first = Decided(drawn.settings[0], decide_frame(frame, drawn.settings[0]))
    assert_frame_equal(decide_frame(frame, first.setting, first), first.decisions)
    for other in drawn.settings[1:3]:
        assert_frame_equal(decide_frame(frame, other, first), decide_frame(frame, other))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_control_moves_something(kind):
    """The generator reaches each kind, and rows hang on it."""
    seen: Counter[str] = Counter()

    @seed(1)
    @settings(max_examples=10, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(moved((kind,)), st.integers(0, 2**32))
    def draw(drawn, luck):
        found = _same(drawn, luck)
        if found is not None:
            seen.update(["retuned"])
            if (found.group >= 0).any():
                seen.update(["moves"])

    draw()
    assert seen["moves"] >= 1, seen

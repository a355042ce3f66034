"""Plans: the generator reaches every kind of node; overlays share one; a library is not kept alive by what came of it."""

from __future__ import annotations

import gc
import weakref
from collections import Counter
from dataclasses import replace
from datetime import date

from hypothesis import HealthCheck, Phase, given, seed, settings
from spec.small_rules import LIBRARY, OVERLAY, RULES, SETTING

from generative.libraries import cases
from workbench.engine import columnar
from workbench.engine.nodes import PlanNode, hangs_on, walk
from workbench.engine.plan import plans
from workbench.engine.setting import Setting


def _kinds(below: type[PlanNode]) -> set[type[PlanNode]]:
    return {below, *(k for kind in below.__subclasses__() for k in _kinds(kind))}


def test_the_generator_reaches_every_kind_of_node():
    seen: Counter[type[PlanNode]] = Counter()

    @seed(1)
    @settings(max_examples=60, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(cases())
    def draw(case):
        chosen = case.setting
        for guideline in (g for g in chosen.library.guidelines if not g.base):
            rules = [chosen.rules(guideline, o) for o in (None, *chosen.library.overlays)]
            for plan, _ in plans(rules, named=True):
                seen.update(type(n) for _, node in plan.columns for n in walk(node))

    draw()
    known = {k for k in _kinds(PlanNode) - {PlanNode} if k.__module__ == PlanNode.__module__}
    assert set(seen) == known and len(known) > 15, known - set(seen)


def test_overlays_share_one_plan_and_each_number_is_their_own():
    ((plan, places),) = plans([SETTING.rules(RULES, o) for o in (None, OVERLAY)], named=False)
    assert places == (0, 1) and plan.variants == ("", "harbor/1")
    said = {c.name: c for c in plan.describe()}
    assert "_variant" in said["benefit left"].facts and "_variant" not in said["met progress"].facts
    assert said["criterion progress"].uses == ("met progress",)


def test_equal_overlays_make_no_column_wider():
    twin = replace(OVERLAY, plan="summit")
    one, two = (
        plans(
            [Setting(replace(LIBRARY, overlays=(OVERLAY, twin)), date(2026, 1, 1)).rules(RULES, o) for o in some],
            named=False,
        )
        for some in ((OVERLAY,), (OVERLAY, twin))
    )
    told = ("overlay", "overlay_digest")
    assert [c for c in one[0][0].columns if c[0] not in told] == [c for c in two[0][0].columns if c[0] not in told]


def test_every_column_looks_at_those_before_it():
    ((plan, _),) = plans([SETTING.rules(RULES, OVERLAY)], named=True)
    known: set[str] = set()
    for name, node in plan.columns:
        assert set(hangs_on(node)[0]) <= known
        known.add(name)
    assert {"determination", "granted_visits", "referred_weeks", "reasons", "missing", "undefined"} <= known


def test_a_library_is_not_kept_alive():
    library, rules = replace(LIBRARY), (SETTING.rules(RULES, None),)
    made = columnar._plans(library, rules, False)
    assert columnar._plans(library, rules, False) is made, "compiled once"
    gone = weakref.ref(library)
    del library
    gc.collect()
    assert gone() is None


def test_so_many_plans_are_kept_the_last_asked_for(monkeypatch):
    monkeypatch.setattr(columnar, "KEPT", 2)
    library, rules = replace(LIBRARY), [(SETTING.rules(RULES, o),) for o in (None, OVERLAY)]
    one, two = (columnar._plans(library, r, False) for r in rules)
    assert columnar._plans(library, rules[0], False) is one  # asked for again: the other one is the oldest
    named = columnar._plans(library, rules[0], True)
    assert columnar._plans(library, rules[0], False) is one and columnar._plans(library, rules[0], True) is named
    assert columnar._plans(library, rules[1], False) is not two

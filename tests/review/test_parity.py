"""The comparison of mental-health and habilitative with medical rehabilitative care: what it counts, and what it finds."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from workbench.review.parity import GROUPS, HABILITATIVE, MEDICAL, MENTAL, Parity, compare_parity


@pytest.fixture(scope="module")
def found(shipped) -> Parity:
    return compare_parity(shipped, requests=3000, seed=3)


def test_every_limit_row_but_maintenance_is_counted(shipped, found):
    for guideline in (g for g in shipped.guidelines if g.status == "published" and g.limits):
        rows = [{c.fact: c.text for c in r.cells} for r in guideline.limits or ()]
        discipline = {"physical-therapy": "PT", "occupational-therapy": "OT", "speech-therapy": "ST"}[guideline.id]
        told = {x.group: x.rows for x in found.limits if x.discipline == discipline}
        either = sum("intent" not in r for r in rows)  # falls under both aims, where its condition is none of the mind
        assert sum(told.values()) >= sum(r.get("intent") != "maintenance" for r in rows)
        assert sum(told.values()) <= sum(r.get("intent") != "maintenance" for r in rows) + either


def test_shares_of_a_group_add_up(found):
    assert {(o.group, o.review) for o in found.outcomes} == {(g, r) for g in GROUPS for r in ("initial", "continuing")}
    for o in found.outcomes:
        assert sum(s for _, s in o.shares) == pytest.approx(1)
        shares = dict(o.shares)
        assert o.immediate == pytest.approx(shares["approved"] + shares["not_required"])
        assert (o.difference is None) is (o.group == MEDICAL)
        assert o.low is None or o.low <= o.difference <= o.high
        base = next(dict(x.shares) for x in found.outcomes if (x.group, x.review) == (MEDICAL, o.review))
        for name, apart, low, high in o.held_up:
            assert apart == pytest.approx(shares[name] - base[name]) and low <= apart <= high
            told = any(
                f.startswith(f"{o.group}, {o.review} requests: {name.replace('_', ' ')} ") for f in found.findings()
            )
            assert told is (low > 0)
    assert {len(o.held_up) for o in found.outcomes if o.group != MEDICAL} == {4}


def test_a_stricter_threshold_is_found(shipped, found):
    assert not any("limitation at the start" in f for f in found.findings())

    def stricter(g):
        return replace(
            g,
            parameters=tuple(
                replace(p, value=Decimal(25)) if p.id == "habilitative_functional_deficit" else p for p in g.parameters
            ),
        )

    worse = replace(shipped, guidelines=tuple(map(stricter, shipped.guidelines)))
    told = compare_parity(worse, requests=300, seed=3).findings()
    assert any("limitation at the start" in f and "25 percent" in f for f in told)


def test_what_is_asked_of_one_group_alone_is_told(found):
    asked = {c.id: dict(zip(GROUPS, c.of, strict=True)) for c in found.criteria}
    assert asked["habilitative_entry"] == {MEDICAL: False, HABILITATIVE: True, MENTAL: True}
    assert asked["member_covered"] == dict.fromkeys(GROUPS, True)
    assert not asked["maintenance_need"][MEDICAL]


def test_reasons_for_the_differences_are_told_with_what_frees_a_request(found):
    assert found.reasons and all(w.low <= w.share - w.medical <= w.high for w in found.reasons)
    assert all(w.low > 0 or w.high < 0 for w in found.reasons)
    told = {w.reason for w in found.reasons}
    assert "habilitative_entry" in told and told & {"evaluation", "first_sixteen", "first_six_in_eight_weeks"}


def test_the_page_holds_what_was_found(found):
    page = found.markdown()
    assert "Networks are not covered" in page and "42 CFR 438.910" in page
    assert all(f"| `{w.reason}` |" in page for w in found.reasons if abs(w.share - w.medical) >= 0.01)
    assert all(f in page for f in found.findings())
    assert page.count("\n| ") >= len(found.limits) + len(found.criteria) + len(found.outcomes)

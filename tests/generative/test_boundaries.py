"""Requests drawn on purpose from the values at which something turns: every reading decides them alike.

The library is fixed and small enough to be read: two versions, two disciplines, plans that change limits, a benefit, a
program whose second version covers more. What each limit means there is held by tests/spec/decisions; that the readings
agree at each of these values is held here, and it takes few seconds, so that `make mutate` can ask it of every change.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import cycle

import pytest
from spec.small_rules import LIBRARY, OVERLAY, PROGRAM, RULES, SETTING, _criterion, _node, _row

from generative.agreement import decided, differences
from generative.boundaries import near
from workbench.engine import decision as d
from workbench.engine.setting import Setting, setting
from workbench.facts import facts as fact_table
from workbench.guideline.model import BenefitLimit, Change, Draft, Exemption, Overlay, Program, ProgramRow, Waiver
from workbench.language.tree import fact_names

LATER = date(2026, 1, 1)
SECOND = replace(
    RULES,
    version="2",
    effective=LATER,
    exemptions=(
        Exemption("children", "t", _node("age_years < 3"), "s"),
        Exemption("evaluation", "t", _node("evaluation_only"), "s"),
    ),
    waivers=(
        *RULES.waivers,
        Waiver("first_two", "t", 2, "s", when=_node("state = 'CO' or state = 'TX'")),
        Waiver("first_three_again", "t", 3, "s", weeks=6, when=_node("state = 'CO'")),
    ),
    criteria=(
        *RULES.criteria,
        replace(_criterion("danger", "weeks_since_onset >= 2", "review_type = 'initial'"), urgent=True),
        _criterion("plan", "plan_of_care", "review_type = 'initial'", "administrative"),
    ),
    limits=(
        _row("young", ("age_years", "between 3 and 9"), 20, 10, "1.5"),
        _row("slow", ("complexity", "= 'low'"), 5, 10, "0.5"),
        _row("none", ("complexity", "= 'high'"), 0, 4),
        *(RULES.limits or ()),
    ),
)
OTHER = replace(RULES, id="therapy-ot", scope=_node("discipline = 'OT' or post_surgical"), limits=RULES.limits)
_MORE = (("visits", (("add", Decimal(2)),)), ("weeks", (("at_most", Decimal(6)),)))
SUMMIT = Overlay(
    "summit", "1", "t", "published", LATER, ("commercial", "medicaid"), "s",
    waivers=(Waiver("of_the_plan", "t", 4, "s", weeks=2),),
    benefit_limit=BenefitLimit(12, "s", (), ("rehabilitative", "habilitative")),
    changes=(Change("therapy-pt", "limits", "change", ("acl",), None, _MORE),),
)  # fmt: skip
HARBOR_2 = replace(OVERLAY, version="2", effective=LATER, excluded_procedures=("97033", "97110"), benefit_limit=None)
PROGRAM_2 = Program(
    "review", "2", "t", LATER,
    (
        *PROGRAM.rows,
        ProgramRow("medicaid", ("TX",), ("PT", "OT"), "s", requests_from=LATER, review_from=date(2026, 2, 1),
                   exempt_when=_node("age_years < 3")),
        ProgramRow("medicaid", None, ("PT",), "s", review_from=LATER),
        ProgramRow("medicare_advantage", None, ("PT",), "s", planned="later"),
    ),
)  # fmt: skip
WIDE = replace(
    LIBRARY, guidelines=(RULES, SECOND, OTHER), overlays=(OVERLAY, HARBOR_2, SUMMIT), programs=(PROGRAM, PROGRAM_2)
)
DRAFT = Draft(
    "d", "a", "r", None, (),
    (Change("therapy-pt", "limits", "change", (), (), (("visits", (("multiply", Decimal("0.5")),)),)),),
)  # fmt: skip
SETTINGS = {
    "as of a day": setting(WIDE, as_of=date(2026, 3, 1)),
    "by date": setting(WIDE, by_date=True),
    "by date under a program": setting(WIDE, by_date=True, program="review"),
    "under a draft": setting(WIDE, as_of=LATER, draft=DRAFT),
    "an older version pinned": setting(WIDE, by_date=True, asked_on=LATER, pins={"therapy-pt": "1"}),
    "one guideline": SETTING,
}
_TEXTS = {
    "discipline": ("PT", "PT", "OT", "ST"),
    "intent": ("rehabilitative", "habilitative", "maintenance"),
    "condition": ("acl_reconstruction", "low_back_pain", "autism", "stroke"),
    "complexity": (None, None, None, "low", "high"),
    "review_type": ("initial", "continuing"),
    "line_of_business": ("commercial", "commercial", "medicaid", "medicare_advantage"),
    "state": ("ME", "CO", "TX"),
    "plan": (None, "harbor", "harbor", "summit", "unknown-plan"),
    "setting": ("office", "office", "office", "home", "school"),
    "measure": ("norm", "odi"),
    "procedures": (("97110",), ("97033",), ("97033", "97110"), ("97033", "97140"), ()),
    "evaluation_only": (False, False, False, True),
    "post_surgical": (False, False, False, True),
    "plan_of_care": (True, True, True, False),
    "provider_valid": (True, True, False),
}
FACTS = tuple(dict.fromkeys((
    *_TEXTS, *d.LIMIT_FACTS, "visits_used_this_year", "received_on", "requested_start",
    *(n for c in SECOND.criteria for n in fact_names(c.applies, c.requires)), "deficit_percent", "age_years",
)))  # fmt: skip


def drawn(where: Setting, seed: int, size: int) -> list[dict[str, object]]:
    """Requests whose numbers and days all lie where something turns; mostly whole ones, some that lack facts."""
    luck, turns = random.Random(seed), near(where)
    rows: list[dict[str, object]] = []
    for i in range(size):
        missing = luck.choice((0, 0, 0, 0.05, 0.3))
        values = {n: luck.choice(_TEXTS.get(n) or turns.get(n) or (None,)) for n in FACTS}
        if luck.random() < 0.5:  # what lies far apart is rarely supported: draw what was used so that little is left
            values |= {"visits_used": luck.choice(_low("visits_used")), "weeks_used": luck.choice(_low("weeks_used"))}
        known = {n: v for n, v in values.items() if v is not None and luck.random() >= missing}
        rows.append({"request_id": f"r{i}", **known})
    return rows


def _low(name: str) -> list[Decimal]:
    assert fact_table()[name].low == 0
    return [Decimal(n) for n in (0, 0, 1, 2, 3, 4)]


@pytest.mark.parametrize("where", SETTINGS.values(), ids=SETTINGS)
def test_every_reading_agrees_where_something_turns(where: Setting):
    for luck in range(3):
        assert differences(drawn(where, luck, 200), where)[1] == []


def test_every_reading_agrees_on_overlays_that_need_two_plans():
    """Two waivers stand in one order in some overlays and the other way round in others, two of these in one plan."""

    def overlay(plan: str, **visits: int) -> Overlay:
        waivers = tuple(Waiver(i, "t", n, "s") for i, n in visits.items())
        return replace(SUMMIT, plan=plan, effective=date(2019, 1, 1), waivers=waivers, benefit_limit=None, changes=())

    some = (overlay("canyon", a=1, b=2), overlay("delta", b=1, a=3), overlay("ember", b=4, a=2))
    where = setting(replace(WIDE, overlays=some), as_of=LATER)
    plans = cycle(("canyon", "delta", "ember", "none"))
    rows = [row | {"plan": plan} for row, plan in zip(drawn(where, 0, 40), plans, strict=False)]
    assert differences(rows, where)[1] == []


@pytest.fixture(scope="module")
def said() -> Counter[str]:
    counts: Counter[str] = Counter()
    for where in SETTINGS.values():
        for record in decided(drawn(where, 0, 200), where):
            counts.update((record["determination"], *record["reasons"], *record["missing"]))
            counts.update(k for k in ("urgent", "waived_visits", "benefit_excess_visits", "undefined") if record[k])
    return counts


@pytest.mark.parametrize(
    "what",
    [*d.DETERMINATIONS, *d.BUILT_IN, "urgent", "waived_visits", "benefit_excess_visits", "first_three", "children"],
)
def test_what_is_drawn_reaches(said: Counter[str], what: str):
    assert said[what] > 0


def test_the_values_that_are_drawn_are_those_that_the_library_names():
    turns = near(SETTINGS["by date under a program"])
    assert {Decimal(n) for n in (11, 12, 13)} <= set(turns["requested_visits"])  # the limit of `acl` and its neighbours
    assert {Decimal(n) for n in (10, 11, 12)} <= set(turns["visits_used"])  # two left, one, none
    assert {Decimal(28), Decimal(29), Decimal(30)} <= set(turns["visits_used_this_year"])
    assert {date(2019, 10, 31), date(2019, 11, 1), date(2019, 11, 2)} <= set(turns["requested_start"])
    assert {Decimal(50), Decimal("49.99999999")} <= set(turns["deficit_percent"])
    assert {Decimal(1), Decimal("0.99999999")} <= set(turns["improvement_mcid"])

"""What a change does to the people of a history, held to plain loops; and rules taken apart and put together again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from itertools import product
from operator import itemgetter

import polars as pl
import pytest
from generative.libraries import cases as libraries
from hypothesis import given, settings

from workbench.engine import decision as d
from workbench.engine.setting import setting
from workbench.guideline.differences import TARGETS
from workbench.guideline.load_draft import load_draft
from workbench.guideline.mixing import ONE_OF, decides, differing, mixed
from workbench.guideline.resolve import resolve
from workbench.study.attribute import attribute, attribute_edits
from workbench.study.compare import NotComparable
from workbench.study.fares import ALIKE, FARES, GAINS, LOSES, MIXED, OTHERWISE, fares
from workbench.study.impact import GROUPS, Impact, impact
from workbench.study.replay import Replay, replay
from workbench.study.rule_edits import RuleEdits

PT = "physical-therapy"
DRAFT = {
    PT: {
        "parameters": {"attendance_needed": {"set": 90}},
        "limits": {"change": [{"where": {"condition": "low_back_pain"}, "visits": {"add": -2}, "weeks": {"add": 4}}]},
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
def sides(prepared, published, drafted) -> tuple[Replay, Replay]:
    """Histories with denials of every fate among them."""
    fates = ["overturned", "upheld", "withdrawn", None]
    frame = prepared.frame.with_row_index("_i").with_columns(
        historical_determination=pl.when(pl.col("_i") % 3 == 0).then(pl.lit("denied")).otherwise(pl.lit("approved")),
        appeal_outcome=(pl.col("_i") % 4).replace_strict(dict(enumerate(fates)), return_dtype=pl.String),
    )
    known = prepared.some(frame.drop("_i"))
    return replay(known, published), replay(known, drafted)


@pytest.fixture(scope="module")
def found(sides) -> Impact:
    return impact(*sides, most=5)


RANK = {"approved": 3, "not_required": 3, "approved_in_part": 2, "information_needed": 1}
AMOUNTS = ("granted_visits", "granted_weeks", "waived_visits")


def fares_by_hand(one: dict, two: dict) -> str:
    """The order of outcomes as docs/proof.md has it, in plain words."""

    def better(a: dict, b: dict) -> bool:
        ranks = [RANK.get(x["determination"], 0) for x in (a, b)]
        more = any(a[n] is not None and b[n] is not None and b[n] > a[n] for n in AMOUNTS)
        return ranks[1] > ranks[0] or ranks[1] == ranks[0] and more

    up, down = better(one, two), better(two, one)
    if up or down:
        return MIXED if up and down else GAINS if up else LOSES
    return ALIKE if one == two else OTHERWISE


def test_how_a_request_fares_is_as_written():
    amounts = [(None, None), (0, 0), (6, 4), (4, 6), (8, 4)]
    every = [
        {"determination": name, "granted_visits": v, "granted_weeks": w, "waived_visits": free}
        for name, (v, w), free in product(d.DETERMINATIONS, amounts, (0, 3))
    ]
    pairs = list(product(every, every))
    frame = pl.DataFrame([{**a, **{f"{n}_draft": v for n, v in b.items()}} for a, b in pairs], infer_schema_length=None)
    assert frame.select(fares()).to_series().to_list() == [fares_by_hand(a, b) for a, b in pairs]


def rows(sides) -> list[tuple[dict, dict, dict, str]]:
    """(case, one side, other side, how it fares) of each request."""
    cases, (one, two) = sides[0].cases.to_dicts(), (s.decisions.to_dicts() for s in sides)
    named = ("determination", *AMOUNTS)
    return [
        (c, a, b, fares_by_hand(*({n: x[n] for n in named} for x in (a, b))))
        for c, a, b in zip(cases, one, two, strict=True)
    ]


def test_it_counts_as_a_loop_does(sides, found):
    every = rows(sides)
    assert {f.how: f.counts.requests for f in found.fares} == {h: sum(r[3] == h for r in every) for h in FARES}
    lost = {c["member_id"] for c, _, _, how in every if how == LOSES} - {None}
    assert found.counts(LOSES).people == len(lost) > 0 and not found.nobody_loses
    assert found.changed.requests == sum(r[3] != ALIKE for r in every)
    assert found.total.requests == len(every) == sum(b.requests for b in found.matrix)


def test_care_that_stops_is_counted(sides, found):
    def held(x: dict) -> bool:
        return x["determination"] in ("approved", "approved_in_part", "not_required") or (x["waived_visits"] or 0) > 0

    going_on = [(a, b) for c, a, b, _ in rows(sides) if c["review_type"] == "continuing"]
    ends = [(a, b) for a, b in going_on if held(a) and not held(b)]
    assert found.stops.continuing.requests == len(going_on)
    assert found.stops.supported.requests == sum(held(a) for a, _ in going_on)
    assert found.stops.stops.requests == len(ends) == sum(n for _, n in found.stops.becomes) > 0
    assert found.stops.visits == sum(max(a["granted_visits"] or 0, a["waived_visits"] or 0) for a, _ in ends)
    assert found.stops.resumes.requests == sum(not held(a) and held(b) for a, b in going_on)


def test_denials_are_told_by_what_became_of_them(sides, found):
    def passes(x: dict) -> bool:
        return x["determination"] in ("approved", "not_required")

    for told in found.appeals:
        fate = None if told.outcome == "not appealed" else told.outcome
        mine = [
            (passes(a), passes(b))
            for c, a, b, _ in rows(sides)
            if c["historical_determination"] == "denied" and c["appeal_outcome"] == fate
        ]
        assert told.denials.requests == len(mine) > 0
        assert (told.published, told.draft) == tuple(sum(x) for x in zip(*mine, strict=True))
        assert (told.newly, told.no_longer) == tuple(sum(m == x for m in mine) for x in ((False, True), (True, False)))


def test_reviews_are_hours_of_an_assumption(sides, found):
    refers = [
        [x["determination"] in ("clinician_review", "approved_in_part") for x in pair[1:3]] for pair in rows(sides)
    ]
    one, two = (sum(r[i] for r in refers) for i in (0, 1))
    requests, hours = found.review.requests, found.review.hours
    assert (requests.published, requests.draft, requests.difference) == (one, two, two - one)
    assert requests.low < requests.difference < requests.high
    assert hours.published == pytest.approx(one / 3) and found.review.rests_on.value == 20
    assert impact(*sides, minutes=30, groups=(), most=0).review.hours.draft == pytest.approx(two / 2)
    per_thousand = found.review.hours_per_thousand
    assert per_thousand.difference == pytest.approx((two - one) / 3 * 1000 / found.total.requests)


def test_groups_hold_everybody_and_losers_come_first(found):
    for fact in GROUPS:
        mine = [g for g in found.groups if g.fact == fact]
        assert sum(g.total.requests for g in mine) == found.total.requests
        for how in FARES:
            assert sum(g.counts(how).requests for g in mine) == found.counts(how).requests
        assert [g.net_loss for g in mine] == sorted((g.net_loss for g in mine), reverse=True)
        assert sum(g.stops.requests for g in mine) == found.stops.stops.requests
    one = [r for g in found.groups if g.total.people == 1 and g.total.requests == 1 for r in g.rates]
    assert all(r.low is None and r.high is None for r in one), "one person has no interval"


def test_requests_are_told_losers_first(sides, found):
    whole = impact(*sides, groups=(), most=10_000)
    order = [FARES.index(r.how) for r in whole.requests]
    assert order == sorted(order) and len(order) == whole.changed.requests and not whole.untold
    assert found.requests == whole.requests[:5] and found.untold == len(order) - 5
    by_id = {c["request_id"]: (a, b) for c, a, b, _ in rows(sides)}
    for told in whole.requests:
        a, b = by_id[told.request_id]
        assert (told.published.determination, told.draft.determination) == (a["determination"], b["determination"])
        assert told.draft.reasons == tuple(b["reasons"])


def test_it_is_plain_data(sides, found):
    text = json.dumps(found.as_dict(), sort_keys=True)
    assert text == json.dumps(impact(*sides, most=5).as_dict(), sort_keys=True)
    assert json.loads(text)["published"]["deciding_day"] == str(sides[0].about.deciding_day)
    with pytest.raises(ValueError, match="-1 minutes"):
        impact(*sides, minutes=-1)
    with pytest.raises(NotComparable):
        impact(sides[0], Replay(sides[1].cases[:-1], sides[1].decisions[:-1], sides[1].about))


def test_what_a_history_lacks_is_said(prepared, published):
    cases = prepared.some(
        prepared.frame.head(30).with_columns(
            pl.lit(None, dtype=pl.String).alias(n) for n in ("member_id", "review_type", "historical_determination")
        )
    )
    same = replay(cases, published)
    found = impact(same, same)
    assert len(found.remarks) == 3 and found.nobody_loses and not found.requests
    assert impact(*(2 * [replay(prepared.some(cases.frame[:0]), published)])).remarks == ("there are no requests",)


# ------------------------------------------------------------------------------------------------- taken apart


@settings(max_examples=max(10, settings.default.max_examples // 4))
@given(libraries())
def test_all_that_differs_makes_the_new_rules_of_the_old(case):
    """Under every overlay, in order where the first match is taken; and nothing of it leaves the old ones."""
    library, draft = case.setting.library, case.setting.draft
    for guideline in (g for g in library.guidelines if not g.base):
        for overlay in (None, *library.overlays):
            old = resolve(library, guideline.id, guideline.version, overlay).rules
            new = resolve(library, guideline.id, guideline.version, overlay, draft).rules
            for one, other, chosen in ((old, new, True), (new, old, True), (old, new, False)):
                names = differing(one, other) if chosen else ()
                made, right = mixed(one, other, names), other if chosen else one
                for kind, target in TARGETS.items():
                    mine, meant = ([decides(x) for x in getattr(r, target)] for r in (made, right))
                    if kind == "parameter":  # those that a side alone has are kept, and decide nothing
                        assert all(x in mine for x in meant)
                    elif kind == "limit":
                        assert mine == meant
                    else:
                        assert sorted(mine, key=itemgetter("id")) == sorted(meant, key=itemgetter("id"))
                assert all(getattr(made, name) == getattr(right, name) for name in ONE_OF)


def test_the_edits_of_two_settings_are_those_of_the_draft(prepared, published, drafted):
    """Taken apart by what the rules say, and by what the draft writes, the whole is the same."""
    edits = RuleEdits(published, drafted)
    assert {e.name for e in edits.edits} >= {f"{PT} parameters.attendance_needed", f"{PT} criteria.plan_of_care"}
    known = prepared.some(prepared.frame.head(120))
    assert attribute_edits(known, published, edits, orders=4).total == attribute(known, published, drafted).total
    with pytest.raises(ValueError, match="no edits"):
        attribute_edits(known, published, RuleEdits(published, published))
    with pytest.raises(ValueError, match="one day"):
        RuleEdits(published, replace(drafted, as_of=date(2020, 1, 1)))

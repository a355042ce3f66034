"""Bounds from missing facts: never too narrow, and exactly what every completion, decided one by one, comes to."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from generative.libraries import cases as drawn_cases
from generative.libraries import told
from hypothesis import given, note, settings
from hypothesis import strategies as st
from study_cases import ready

from workbench.cases.frame import conform
from workbench.engine import decision as d
from workbench.engine.columnar import decide_frame
from workbench.engine.setting import setting
from workbench.facts import INPUTS, facts
from workbench.guideline.load import load_guidelines
from workbench.study.ledger import CODE
from workbench.study.rates import weights
from workbench.study.replay import prepare
from workbench.study.simulate.bound import bound
from workbench.study.simulate.bounds import BOUNDED, extreme, interval
from workbench.study.simulate.opened import Fillable
from workbench.study.simulate.possible import BIT, alike, possible, program_facts, read_by, scope_facts, spared_by

ROOT = Path(__file__).parents[3]
FEW = max(5, settings.default.max_examples // 4)
# Values on both sides of everything at which these guidelines turn.
VALUES = {
    "visits_used": [0, 3, 6, 9, 10, 12, 19, 40],
    "weeks_used": [0, 3, 8, 30],
    "plan_of_care": [True, False],
    "evaluation_only": [True, False],
    "member_eligible": [True, False],
    "complexity": ["low", "high"],
    "requested_visits": [1, 4, 8, 17, 300],
    "requested_weeks": [1, 6, 13, 100],
    "improvement_mcid": [0.2, 1.4],
    "procedures": [["97033"], ["97110"], ["97110", "97033"]],
    "visits_used_this_year": [0, 26, 30],
    "line_of_business": ["commercial", "medicare"],
    "intent": ["rehabilitative", "habilitative", "maintenance"],
}
WHOLE = {
    "request_id": "one", "received_on": "2026-03-01", "discipline": "PT", "intent": "rehabilitative",
    "condition": "low_back_pain", "complexity": "low", "review_type": "continuing", "evaluation_only": False,
    "requested_visits": 4, "requested_weeks": 3, "visits_used": 3, "weeks_used": 2, "plan_of_care": True,
    "member_eligible": True, "plan": "harbor", "line_of_business": "commercial", "visits_used_this_year": 3,
    "procedures": ["97110"], "improvement_mcid": 1.4, "age_years": 40,
}  # fmt: skip
# What a request lacks, and what else is otherwise: a row is a test.
LACKING = [
    (("plan_of_care",), {}),
    (("plan_of_care",), {"visits_used": 14}),
    (("plan_of_care", "visits_used"), {}),
    (("visits_used", "weeks_used"), {"requested_visits": 8}),
    (("complexity", "visits_used"), {"requested_visits": 8, "requested_weeks": 6}),
    (("requested_visits",), {"visits_used": 8}),
    (("requested_visits", "requested_weeks"), {"plan": None}),
    (("evaluation_only", "member_eligible"), {}),
    (("intent",), {"requested_visits": 17}),
    (("procedures", "plan_of_care"), {"visits_used": 14}),
    (("visits_used_this_year", "requested_visits"), {}),
    (("line_of_business", "visits_used"), {"procedures": ["97033"]}),
    (("intent", "complexity", "member_eligible"), {"visits_used": 9, "requested_visits": 8, "weeks_used": 3}),
]  # fmt: skip


@pytest.fixture(scope="module")
def small():
    return setting(load_guidelines(ROOT / "tests" / "errors" / "_base" / "guidelines"))


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    made = pl.DataFrame([{**r, "request_id": f"r{i}"} for i, r in enumerate(rows)], infer_schema_length=None)
    return conform(made.with_columns(pl.col("received_on").str.to_date()))


def completed(row: dict[str, object], lacks: tuple[str, ...]) -> list[dict[str, object]]:
    return [{**row, **dict(zip(lacks, values, strict=True))} for values in product(*(VALUES[n] for n in lacks))]


@pytest.mark.parametrize("lacks, other", LACKING, ids=lambda v: "-".join(v) if isinstance(v, tuple) else str(v))
def test_what_is_possible_is_what_all_completions_come_to(small, lacks, other) -> None:
    row = {**WHOLE, **other}
    bare = prepare(frame({**row, **dict.fromkeys(lacks)}), small).frame
    found = possible(bare, decide_frame(bare, small), small, spared_by(small))
    every = decide_frame(prepare(frame(*completed(row, lacks)), small).frame, small)
    reached = {BIT[x] for x in every["determination"]}
    assert {b for b in BIT.values() if found.table["mask"][0] & b} == reached
    granted = every.filter(pl.col("determination") != d.NOT_REQUIRED)["granted_visits"]
    assert found.table["least"][0] <= granted.min() and granted.max() <= found.table["most"][0]


def test_rates_lie_between_the_extremes_of_every_combination(small) -> None:
    """Four requests, every combination of their completions, each rate counted in a plain loop."""
    rows = [({**WHOLE, **other}, lacks) for lacks, other in (LACKING[1], LACKING[7], LACKING[5], LACKING[3])]
    bare = prepare(frame(*({**row, **dict.fromkeys(lacks)} for row, lacks in rows)), small).frame
    found = possible(bare, decide_frame(bare, small), small, spared_by(small))
    options = []
    for row, lacks in rows:
        every = decide_frame(prepare(frame(*completed(row, lacks)), small).frame, small)
        options.append(sorted(set(every["determination"])))
    for rate in BOUNDED[:-1]:
        over, under = weights()[rate]
        shares = []
        for chosen in product(*options):
            codes = [CODE[c] for c in chosen]
            if under[codes].sum():
                shares.append(over[codes].sum() / under[codes].sum())
        assert interval(rate, found.table, bare["requested_visits"]) == pytest.approx((min(shares), max(shares)))


@given(drawn_cases(), st.integers(0, 2**31))
@settings(max_examples=FEW)
def test_no_completion_lies_outside(case, luck) -> None:
    """Of generated guidelines, overlays and programs: whatever is blotted out of a request, what the whole request comes
    to stays possible."""
    note(told(case))
    whole = ready(case, luck, 60).frame
    before = decide_frame(whole, case.setting)
    rng = np.random.default_rng(luck)
    spared = spared_by(case.setting)
    kept = {"discipline", "request_id", "received_on", "plan", "condition", "diagnosis", *INPUTS, *spared}
    names = [n for n, f in facts().items() if n in whole.columns and n not in kept and not f.only_where]
    blot = {n: pl.Series(rng.random(whole.height) < 0.3) for n in names}
    bare = whole.with_columns(pl.when(~blot[n]).then(n).alias(n) for n in names)
    found = possible(bare, decide_frame(bare, case.setting), case.setting, spared).table["mask"].to_numpy()
    bits = np.array([BIT[x] for x in before["determination"]])
    fillable = Fillable(spared)
    read = [*read_by(case.setting, spared), *scope_facts(case.setting), *program_facts(case.setting)]
    lacks = whole.select(pl.any_horizontal([fillable(n) for n in sorted(set(read))])).to_series().to_numpy()
    still = ~lacks & (before["determination"] != d.INFORMATION).to_numpy()
    assert not (still & ((found & bits) == 0)).any()


def test_settled_requests_keep_what_they_come_to(small) -> None:
    bare = prepare(frame(WHOLE, {**WHOLE, "complexity": None}, {**WHOLE, "member_eligible": None}), small).frame
    now = decide_frame(bare, small)
    found = possible(bare, now, small, spared_by(small))
    assert list(found.settled) == [True, True, False]  # low or high: four visits of ten or of sixteen
    assert list(now["determination"]) == [d.APPROVED, d.INFORMATION, d.INFORMATION]


def test_extremes_of_a_ratio_against_every_choice() -> None:
    rng = np.random.default_rng(5)
    for _ in range(40):
        over = rng.integers(0, 4, (3, 4)).astype(float)
        under = over + rng.integers(0, 3, (3, 4))
        hidden = rng.random((2, 4)) < 0.4
        over[1:][hidden], under[1:][hidden] = np.nan, np.nan
        times = rng.integers(1, 5, 4).astype(float)
        shares = []
        for at in product(range(3), repeat=4):
            a = sum(over[k, i] * times[i] for i, k in enumerate(at))
            b = sum(under[k, i] * times[i] for i, k in enumerate(at))
            if b == b and b > 0:
                shares.append(a / b)
        assert extreme(over, under, times, top=True) == pytest.approx(max(shares))
        assert extreme(over, under, times, top=False) == pytest.approx(min(shares))
    nothing = np.zeros((1, 2))
    assert extreme(nothing, nothing, np.ones(2), top=True) is None


def test_requests_that_rules_can_not_tell_apart_are_looked_at_once(small) -> None:
    same = {**WHOLE, "plan_of_care": None}
    some, place = alike(prepare(frame(same, WHOLE, same), small).frame)
    assert some.height == 2 and place[0] == place[2] != place[1]


def test_a_file_between_its_bounds(small) -> None:
    """By group, with what completions reach, and with the fact that narrows most."""
    rows = [WHOLE, {**WHOLE, "member_eligible": None}, {**WHOLE, "intent": None, "age_years": 9}] * 3
    found = bound(frame(*rows).with_columns(request_id=pl.int_range(9).cast(pl.String)), small, by="age_band", tries=40)
    table = found.table.filter(pl.col("rate") == "approval_rate").rows_by_key("group", named=True, unique=True)
    assert (table["all"]["low"], table["all"]["high"]) == pytest.approx((1 / 3, 1.0))
    assert table["all"]["settled"] == 3 and table["all"]["exact"]
    assert (table["0–17"]["requests"], table["40–64"]["requests"]) == (3, 6)
    assert set(found.facts["fact"]) == {"member_eligible", "intent"}
    assert found.facts["narrows"].min() >= 0 and found.facts["missing"].to_list() == [3, 3]
    assert found.requests["settled"].sum() == 3
    with pytest.raises(ValueError, match="none of"):
        bound(frame(WHOLE), small, by="diagnosis", tries=0, facts=False)

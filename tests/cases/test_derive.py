"""Derived facts: what they are made of, when they stay missing, and that one request is derived as a million are."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import ROUND_FLOOR, Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_library import measure

from workbench.cases.derive import derive, disagreements
from workbench.cases.frame import SCHEMA, conform
from workbench.cases.request import row

FEWER = settings(max_examples=max(10, settings().max_examples // 4))

NPI = [
    ("1234567893", True),
    ("1245319599", True),
    ("1234567890", False),
    ("123456789", False),
    ("12345678931", False),
    ("123456789X", False),
    ("", None),
]


def derived(library, **facts):
    return derive(row({"request_id": "r", "discipline": "PT", **facts}), library).row(0, named=True)


@pytest.mark.parametrize("npi, valid", NPI)
def test_npi(small, npi, valid):
    assert derived(small, provider_npi=npi or None)["provider_valid"] is valid


@FEWER
@given(st.integers(10**8, 10**9 - 1))
def test_npi_has_exactly_one_check_digit(small, nine):
    frame = pl.DataFrame(
        {
            "request_id": [str(d) for d in range(10)],
            "discipline": ["PT"] * 10,
            "provider_npi": [f"{nine}{d}" for d in range(10)],
        }
    )
    assert derive(frame, small)["provider_valid"].sum() == 1


@pytest.mark.parametrize(
    "facts, condition",
    [
        ({"diagnosis": "M54.5"}, "back"),
        ({"diagnosis": "m54.59"}, "back"),
        ({"diagnosis": "M54.4"}, None),
        ({"diagnosis": "M54"}, None),
        ({}, None),
        ({"diagnosis": "M75.12", "post_surgical": True}, "cuff_repair"),
        ({"diagnosis": "M75.12", "post_surgical": False, "age_years": 17}, "cuff_tear_young"),
        ({"diagnosis": "M75.12", "post_surgical": False, "age_years": 18}, "cuff_tear"),
        ({"diagnosis": "M75.12", "post_surgical": False}, None),  # age unknown: stop
        ({"diagnosis": "M75.12", "age_years": 40}, None),  # unknown, and M75 is not tried
        ({"diagnosis": "M75.2"}, "shoulder"),
        ({"diagnosis": "M75.2", "discipline": "OT"}, None),
        ({"diagnosis": "M75.12", "condition": "back"}, "back"),  # supplied stands
        ({"diagnosis": "R13.1", "discipline": "ST", "complexity": "high"}, None),
        ({"diagnosis": "R13.1", "discipline": "ST", "complexity": "moderate"}, "mild"),
    ],
)
def test_condition(small, facts, condition):
    assert derived(small, **facts)["condition"] == condition


def test_without_condition_rows_there_is_no_condition(small):
    bare = replace(small, condition_tables={"": ()})
    assert derived(bare, diagnosis="M54.5")["condition"] is None
    assert derived(bare, diagnosis="M54.5", condition="back")["condition"] == "back"


@pytest.mark.parametrize(
    "facts, deficit, remaining, gain, since",
    [
        ({"measure": "odi", "score_baseline": 50, "score_current": 38, "score_previous": 41}, 50, 38, 1, 0.25),
        ({"measure": "lefs", "score_baseline": 20, "score_current": 18}, 75, 77.5, -0.22222222, None),
        ({"measure": "lefs", "score_baseline": 76, "score_current": 80}, 5, 0, 0.44444444, None),  # full recovery
        ({"measure": "odi", "score_baseline": 50}, 50, None, None, None),
        ({"measure": "odi", "score_baseline": 101, "score_current": 101}, None, None, 0, None),  # beyond the scale
        ({"measure": "walk", "score_baseline": 300, "score_current": 350}, None, None, 1, None),
        ({"measure": "norm", "score_baseline": 70, "score_current": 75}, None, None, None, None),
        ({"score_baseline": 70, "score_current": 75}, None, None, None, None),
    ],
)
def test_scores(small, facts, deficit, remaining, gain, since):
    facts = {k: Decimal(v) if k != "measure" else v for k, v in facts.items()}
    got = derived(small, **facts)
    names = ("deficit_percent", "remaining_deficit_percent", "improvement_mcid", "improvement_since_last_mcid")
    assert tuple(got[n] for n in names) == (deficit, remaining, gain, since)


def test_the_second_measure_is_derived_as_the_first(small):
    facts = {"score_baseline": Decimal(50), "score_current": Decimal(38), "score_previous": Decimal(41)}
    second = {"second_measure": "lefs"} | {f"second_{n}": v for n, v in facts.items()}
    got = derived(small, measure="odi", **facts, **second)
    names = ("improvement_mcid", "improvement_since_last_mcid")
    assert [got[n] for n in names] == [1, 0.25]
    assert [got[f"second_{n}"] for n in names] == [-1.33333333, -0.33333333]  # of the other measure, the other way
    alone = derived(small, **second)
    assert [alone[n] for n in (*names, *(f"second_{n}" for n in names))] == [None, None, -1.33333333, -0.33333333]


@pytest.mark.parametrize(
    "change, gain",
    [
        ("5000000", 10**7),  # the most that a decimal fact may be
        ("5000000.00000001", None),
        ("4999999.99999999", 9999999.99999998),
        ("-5000000", -(10**7)),
        ("-5000000.00000001", None),
        ("-4999999.99999999", -9999999.99999998),
    ],
)
def test_a_gain_beyond_what_a_fact_may_be_is_none(small, change, gain):
    measures = {"": {"fine": measure("fine", "", "", "higher", "0.5")}}
    got = derived(
        replace(small, measure_tables=measures),
        measure="fine",
        score_baseline=Decimal(0),
        score_previous=Decimal(0),
        score_current=Decimal(change),
    )
    assert (got["improvement_mcid"], got["improvement_since_last_mcid"]) == (gain, gain)


@pytest.mark.parametrize(
    "score, percent",
    [("0", 0), ("-0.00000001", None), ("100", 100), ("100.00000001", None), ("99.99999999", 99.99999999)],
)
def test_a_score_at_the_end_of_its_measure_and_one_beyond(small, score, percent):
    got = derived(small, measure="odi", score_baseline=Decimal(score), score_current=Decimal(score))
    assert (got["deficit_percent"], got["remaining_deficit_percent"]) == (percent, percent)


@pytest.mark.parametrize(
    "measure, score, now", [("odi", 0, 0), ("odi", 5, 5), ("lefs", 80, 0), ("lefs", 60, 25), ("walk", 300, None)]
)
def test_what_is_left_of_a_limitation(small, measure, score, now):
    assert derived(small, measure=measure, score_current=Decimal(score))["remaining_deficit_percent"] == now


def test_what_is_left_on_the_second_measure(small):
    first = {"measure": "odi", "score_current": Decimal(40)}
    got = derived(small, **first, second_measure="lefs", second_score_current=Decimal(80))
    assert (got["remaining_deficit_percent"], got["second_remaining_deficit_percent"]) == (40, 0)
    assert derived(small, **first, second_measure="lefs")["second_remaining_deficit_percent"] is None


scores = st.integers(-(10**15), 10**15).map(lambda n: Decimal(n) / 10**8)


@FEWER
@given(scores, scores)
def test_division_rounds_ties_toward_plus_infinity(small, baseline, current):
    got = derived(small, measure="thirds", score_baseline=baseline, score_current=current)["improvement_mcid"]
    exact = (current - baseline) / 3
    want = ((2 * (current - baseline) * 10**8 + 3) / 6).to_integral_value(ROUND_FLOOR) / 10**8
    assert abs(want - exact) <= Decimal("0.000000005")
    assert got == float(want)


facts_of_a_row = st.fixed_dictionaries(
    {},
    optional={
        "diagnosis": st.sampled_from(["M54.5", "M75.1", "M75.121", "M75", "R13.1", "X"]),
        "post_surgical": st.booleans(),
        "age_years": st.integers(0, 120),
        "complexity": st.sampled_from(["low", "high"]),
        "measure": st.sampled_from(["odi", "lefs", "thirds", "walk", "norm"]),
        "score_baseline": scores,
        "score_current": scores,
        "score_previous": scores,
        "provider_npi": st.sampled_from([n for n, _ in NPI]),
        "improvement_mcid": scores,
        "discipline": st.sampled_from(["PT", "OT", "ST"]),
    },
)


@FEWER
@given(st.lists(facts_of_a_row, min_size=1, max_size=12))
def test_one_request_is_derived_as_many_are(small, rows):
    frames = [row({"request_id": str(i), "discipline": "PT", **facts}) for i, facts in enumerate(rows)]
    together = derive(pl.concat(frames), small)
    assert together.equals(pl.concat([derive(f, small) for f in frames]))
    assert together.equals(derive(together, small))  # and once more changes nothing
    assert together.equals(derive(pl.concat(frames).lazy(), small).collect())
    assert list(together.columns) == list(SCHEMA)


def test_a_long_column_is_rounded_as_one_number_is():
    # Polars divides long columns by a constant through its reciprocal, one bit off.
    numbers = [n / 10 for n in range(-500, 500)]
    assert conform(pl.DataFrame({"standard_score_sd": numbers}))["standard_score_sd"].to_list() == numbers


def request_(number, day, **facts):
    return row(
        {
            "request_id": number,
            "discipline": "PT",
            "member_id": "m",
            "diagnosis": "M54.5",
            "received_on": date.fromisoformat(day),
            **facts,
        }
    )


def episodes(library, *rows):
    got = derive(pl.concat(rows), library)
    return list(zip(got["episode_id"], got["request_number"], strict=True))


def test_episodes(small):
    assert episodes(
        small,
        request_("a", "2025-06-01", review_type="continuing"),
        request_("b", "2025-01-01", review_type="initial"),
        request_("c", "2025-03-01"),
        request_("d", "2025-10-01", review_type="continuing"),  # 122 days later
        request_("e", "2025-10-05", review_type="continuing", new_condition=True),
        request_("f", "2025-10-06", days_since_last_visit=91),
        request_("g", "2025-06-01", discipline="OT", review_type="continuing"),
    ) == [
        ("m/PT/back/2", 1),
        ("m/PT/back/1", 1),
        ("m/PT/back/1", 2),
        ("m/PT/back/3", 1),
        ("m/PT/back/4", 1),
        ("m/PT/back/5", 1),
        ("m/OT/back/1", None),
    ]


def test_the_last_visit_counts_before_the_last_request(small):
    rows = (request_("a", "2025-01-01", review_type="initial"), request_("b", "2025-06-01", days_since_last_visit=5))
    assert [e for e, _ in episodes(small, *rows)] == ["m/PT/back/1", "m/PT/back/1"]


def test_a_plan_may_have_its_own_gap(small):
    cover = {"plan": "short-gap", "line_of_business": "commercial"}
    for days, day, opened in ((40, "2025-02-01", 2), (40, "2025-08-01", 1), (61, "2025-08-01", 2)):
        rows = (
            request_("a", "2025-01-15", review_type="initial", **cover),
            request_("b", day, days_since_last_visit=days, **cover),
        )
        assert episodes(small, *rows)[1][0] == f"m/PT/back/{opened}"
    other = request_("b", "2025-02-01", days_since_last_visit=40, plan="short-gap", line_of_business="medicaid")
    assert episodes(small, request_("a", "2025-01-15"), other)[1][0] == "m/PT/back/1"


def test_what_is_not_known_stays_missing(small):
    unknown = [
        row({"request_id": "a", "discipline": "PT", "diagnosis": "M54.5", "received_on": date(2025, 1, 1)}),
        row({"request_id": "b", "discipline": "PT", "member_id": "m", "received_on": date(2025, 1, 1)}),
        row({"request_id": "c", "discipline": "PT", "member_id": "m", "diagnosis": "M54.5"}),
    ]
    assert episodes(small, *unknown) == [(None, None)] * 3


def test_supplied_episodes_stand_and_are_counted(small):
    rows = (
        request_("a", "2025-01-01", episode_id="mine", request_number=4),
        request_("b", "2025-02-01", episode_id="mine"),
        row({"request_id": "c", "discipline": "PT", "episode_id": "mine", "request_number": 9}),
    )
    assert episodes(small, *rows) == [("mine", 4), ("mine", 5), ("mine", 9)]


def test_disagreements(small):
    frame = pl.concat(
        [
            row(
                {
                    "request_id": "a",
                    "discipline": "PT",
                    "measure": "odi",
                    "score_baseline": Decimal(50),
                    "score_current": Decimal(38),
                    "improvement_mcid": Decimal(2),
                    "provider_npi": "1234567893",
                    "provider_valid": False,
                    "deficit_percent": Decimal(50),
                }
            ),
            row(
                {
                    "request_id": "b",
                    "discipline": "PT",
                    "measure": "lefs",
                    "score_baseline": Decimal(20),
                    "score_current": Decimal(21),
                    "improvement_mcid": Decimal("0.11"),
                    "deficit_percent": Decimal(75),
                }
            ),
            row(
                {
                    "request_id": "c",
                    "discipline": "PT",
                    "measure": "thirds",
                    "score_baseline": Decimal(0),
                    "score_current": Decimal("2.88"),
                    "improvement_mcid": Decimal("1"),
                }
            ),  # 0.96 is not 1
        ]
    )
    found = disagreements(frame, small)
    assert set(found.select("request_id", "fact", "supplied", "computed").rows()) == {
        ("a", "improvement_mcid", "2.0", "1.0"),
        ("a", "provider_valid", "false", "true"),
        ("c", "improvement_mcid", "1.0", "0.96"),
    }
    assert derive(frame, small)["improvement_mcid"].to_list() == [2.0, 0.11, 1.0]


@pytest.mark.parametrize(
    "fact, change, supplied, agrees",
    [
        # By the measure of three points a point is a third of a gain; of a hundred points it is a percent.
        ("improvement_mcid", "2.895", "0.97", True),  # 0.965, at half a step of what is shown
        ("improvement_mcid", "2.895", "0.96", True),
        ("improvement_mcid", "2.892", "0.97", False),  # 0.964
        ("improvement_mcid", "2.7", "1", False),  # 0.9: a whole number is taken for one with two places
        ("improvement_mcid", "2.985", "1", True),  # 0.995
        ("improvement_mcid", "2.982", "1", False),  # 0.994
        ("improvement_mcid", "-2.985", "-1", True),
        ("improvement_mcid", "2.9850003", "0.9950001", True),
        ("improvement_mcid", "2.9850003", "0.995", True),
        ("improvement_mcid", "2.99999997", "0.99999998", False),  # 0.99999999, at the last place
        ("deficit_percent", "50.4", "50", True),  # a percent may be shown as a whole number
        ("deficit_percent", "50.5", "50", True),
        ("deficit_percent", "50.51", "50", False),
        ("deficit_percent", "52", "50", False),  # but not as one of tens
        ("deficit_percent", "50.4", "50.3", False),
    ],
)
def test_a_supplied_number_agrees_when_it_is_the_computed_one_rounded(small, fact, change, supplied, agrees):
    gains = fact == "improvement_mcid"
    scores = {"score_baseline": Decimal(0), "score_current": Decimal(change)}
    facts = {"measure": "thirds", **scores} if gains else {"measure": "odi", "score_baseline": Decimal(change)}
    frame = row({"request_id": "a", "discipline": "PT", fact: Decimal(supplied), **facts})
    assert disagreements(frame, small).is_empty() == agrees


def test_a_measure_without_width_gives_gains_alone(small):
    flat = {"": {"flat": measure("flat", "5", "5", "higher", "2")}}
    scores = {"score_baseline": Decimal(5), "score_current": Decimal(6)}
    got = derived(replace(small, measure_tables=flat), measure="flat", **scores)
    assert (got["deficit_percent"], got["remaining_deficit_percent"], got["improvement_mcid"]) == (None, None, 0.5)

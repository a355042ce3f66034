"""The canonical frame, and one request as one row of it."""
from __future__ import annotations

import math
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cases.frame import SCHEMA, checked, conform, quotient, rounded, scaled, unscaled
from workbench.cases.request import read_request
from workbench.cases.store import Writer
from workbench.cases.values import round_places
from workbench.errors import ProblemsFound
from workbench.facts import facts


def test_the_frame_has_every_fact_in_order():
    frame = conform(pl.DataFrame({"latent_x": [1], "plan": ["p"], "request_id": ["a"]}))
    assert frame.columns == [*facts(), "latent_x"] and dict(frame.schema)["plan"] == SCHEMA["plan"] == pl.String
    assert frame.lazy().pipe(conform).collect().equals(frame)


def test_types_are_cast():
    frame = conform(pl.DataFrame({
        "request_id": [1, 2], "requested_visits": [12.0, float("nan")], "score_baseline": [1, 2],
        "plan_of_care": [None, None], "procedures": [["a", None], []], "received_on": [datetime(2025, 1, 31, 12)] * 2,
        "standard_score_sd": [float("nan"), -1.4000000000000001]}))
    row = frame.select("request_id", "requested_visits", "score_baseline", "procedures", "received_on",
                       "standard_score_sd").rows()
    day = date(2025, 1, 31)
    assert row == [("1", 12, 1.0, ["a"], day, None), ("2", None, 2.0, None, day, -1.4)]


def test_what_can_not_be_cast_is_named():
    with pytest.raises(ProblemsFound) as found:
        conform(pl.DataFrame({"requested_visits": ["many"], "plan_of_care": ["perhaps"], "requested_weeks": [1.5]}))
    assert [p.message.split()[2] for p in found.value.problems] == ["plan_of_care", "requested_visits",
                                                                      "requested_weeks"]


exact = st.integers(-10**15, 10**15)


@given(st.lists(exact, min_size=1, max_size=50))
def test_decimals_are_exact_integers_underneath(numbers):
    floats = [float(Decimal(n) / 10**8) for n in numbers]
    frame = pl.DataFrame({"x": floats})
    assert frame.select(scaled(pl.col("x"))).to_series().to_list() == numbers
    assert frame.select(unscaled(scaled(pl.col("x")))).to_series().to_list() == floats
    assert frame.select(rounded(pl.col("x"))).to_series().to_list() == floats


@given(st.floats(-1e7, 1e7))
def test_rounding_is_to_the_nearest_place(x):
    got = pl.DataFrame({"x": [x]}).select(rounded(pl.col("x"))).item()
    assert abs(Decimal(got) - Decimal(x)) <= Decimal("0.0000000070")  # half a place, and what a float can not hold
    assert got == float(round_places(Decimal(repr(got))))


@given(exact, st.integers(1, 10**15))
def test_quotients(numerator, denominator):
    frame = pl.DataFrame({"a": [numerator], "b": [denominator]}, schema={"a": pl.Int128, "b": pl.Int128})
    want = (Decimal(2 * numerator * 10**8 + denominator) / (2 * denominator)).to_integral_value(ROUND_FLOOR)
    if abs(numerator) * 2 * 10**8 < 10**27:  # Decimal's own 28 digits
        assert frame.select(quotient(pl.col("a"), pl.col("b"))).item() == int(want)
    assert frame.select(quotient(pl.col("a"), 0 * pl.col("b"))).item() is None


def test_a_request_from_values(shipped):
    frame = read_request({"discipline": "PT", "requested_visits": np.int64(12), "score_baseline": 1.123456785,
                          "procedures": ["97110", "97110", "97140"], "received_on": "2025-01-31", "plan": "  ",
                          "goals_measurable": None, "age_years": math.nan, "plan_of_care": np.True_, "rural": pd.NA},
                         shipped)
    row = frame.row(0, named=True)
    assert (row["request_id"], row["requested_visits"], row["score_baseline"]) == ("request", 12, 1.12345679)
    assert (row["procedures"], row["received_on"]) == (["97110", "97140"], date(2025, 1, 31))
    assert row["plan_of_care"] is True
    assert all(row[n] is None for n in ("plan", "goals_measurable", "age_years", "rural"))
    assert frame.schema == SCHEMA


def test_a_request_from_a_file_is_the_same(shipped, tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text("request_id: r\ndiscipline: PT\nrequested_visits: 12\nscore_baseline: 1.123456785\n"
                    "procedures: ['97110']\nreceived_on: 2025-01-31\nplan_of_care: true\nplan: null\n")
    values = {"request_id": "r", "discipline": "PT", "requested_visits": 12, "score_baseline": Decimal("1.123456785"),
              "procedures": ("97110",), "received_on": date(2025, 1, 31), "plan_of_care": True}
    assert read_request(path, shipped).equals(read_request(values, shipped))


@given(st.dictionaries(st.sampled_from([*facts(), "x"]), st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.dates(), st.lists(st.integers()),
    st.decimals(), st.dictionaries(st.text(max_size=2), st.integers(), max_size=2), st.binary(max_size=3)), max_size=6))
def test_any_values_make_a_request_or_problems(shipped, values):
    try:
        assert len(read_request(values, shipped)) == 1
    except ProblemsFound as found:
        assert found.problems


def test_a_file_says_that_it_was_checked(tmp_path):
    with Writer(tmp_path / "a.parquet") as writer:
        writer.write(conform(pl.DataFrame({"request_id": ["a"]})))
    pl.DataFrame({"request_id": ["a"]}).write_parquet(tmp_path / "b.parquet")
    (tmp_path / "c.parquet").write_text("x")
    assert [checked(tmp_path / n) for n in ("a.parquet", "b.parquet", "c.parquet", "d.parquet")] == [True] + [False] * 3
    with pytest.raises(RuntimeError), Writer(tmp_path / "a.parquet") as writer:
        writer.write(conform(pl.DataFrame({"request_id": ["a"]})))
        raise RuntimeError
    assert not (tmp_path / "a.parquet").exists()

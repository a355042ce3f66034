"""The canonical frame, and one request as one row of it."""

from __future__ import annotations

import math
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cases.case_file import Writer
from workbench.cases.frame import SCHEMA, as_frame, checked, conform, empty, quotient, rounded, scaled, stack, unscaled
from workbench.cases.request import read_request
from workbench.cases.values import round_places
from workbench.errors import ProblemsFound
from workbench.facts import facts


def test_the_frame_has_every_fact_in_order():
    frame = conform(pl.DataFrame({"latent_x": [1], "plan": ["p"], "request_id": ["a"]}))
    assert frame.columns == [*facts(), "latent_x"] and dict(frame.schema)["plan"] == SCHEMA["plan"] == pl.String
    assert frame.lazy().pipe(conform).collect().equals(frame)


def test_types_are_cast():
    frame = conform(
        pl.DataFrame(
            {
                "request_id": [1, 2],
                "requested_visits": [12.0, float("nan")],
                "score_baseline": [1, 2],
                "plan_of_care": [None, None],
                "procedures": [["a", None], []],
                "received_on": [datetime(2025, 1, 31, 12)] * 2,
                "standard_score_sd": [float("nan"), -1.4000000000000001],
            }
        )
    )
    row = frame.select(
        "request_id", "requested_visits", "score_baseline", "procedures", "received_on", "standard_score_sd"
    ).rows()
    day = date(2025, 1, 31)
    assert row == [("1", 12, 1.0, ["a"], day, None), ("2", None, 2.0, None, day, -1.4)]


def test_what_can_not_be_cast_is_named():
    with pytest.raises(ProblemsFound) as found:
        conform(pl.DataFrame({"requested_visits": ["many"], "plan_of_care": ["perhaps"], "requested_weeks": [1.5]}))
    assert [p.message.split()[2] for p in found.value.problems] == [
        "plan_of_care",
        "requested_visits",
        "requested_weeks",
    ]


@pytest.mark.parametrize(
    "given, day",
    [(date(2025, 1, 31), date(2025, 1, 31)), (datetime(2025, 1, 31, 23, 59), date(2025, 1, 31)), (None, None)],
    ids=["day", "time", "nothing"],
)
def test_a_day_is_one_however_it_is_given(given, day):
    assert conform(pl.DataFrame({"received_on": [given]}))["received_on"].to_list() == [day]


def test_a_time_where_a_text_is_wanted_keeps_its_hours():
    (text,) = conform(pl.DataFrame({"plan": [datetime(2025, 1, 31, 23, 59)]}))["plan"]
    assert text.startswith("2025-01-31 23:59")


def test_frames_one_below_the_other():
    one = conform(pl.DataFrame({"request_id": ["a"]}))
    assert stack([one, empty(), one])["request_id"].to_list() == ["a", "a"]


_ODD = pa.decimal256(40, 0)
_NOWHERE = pa.timestamp("us", "-05:30")  # Polars knows no place for it


@pytest.mark.parametrize(
    "kind, value, told",
    [
        (pa.int32(), 1, pl.Int32),
        (_ODD, Decimal(7), pl.String),
        (pa.struct([("a", pa.int32()), ("b", pa.string())]), {"a": 1, "b": "x"}, pl.Struct),
        (pa.struct([("a", pa.int32()), ("b", _ODD)]), {"a": 1, "b": Decimal(7)}, pl.String),
        (pa.list_(pa.string()), ["x"], pl.List),
        (pa.list_(_ODD), [Decimal(7)], pl.String),
        (_NOWHERE, datetime(2025, 1, 31), pl.String),
        (pa.timestamp("us", "Europe/Zurich"), datetime(2025, 1, 31), pl.Datetime),
        (pa.timestamp("us"), datetime(2025, 1, 31), pl.Datetime),
        (pa.dictionary(pa.int8(), pa.string()), "x", None),
    ],
    ids=str,
)
def test_a_column_of_a_type_that_is_not_known_is_told_as_texts(kind, value, told):
    column = pa.array([value], kind) if told is not None else pa.array([value]).dictionary_encode()
    got = as_frame(pa.record_batch({"x": column}))["x"]
    if told is None:
        assert got.cast(pl.String).to_list() == [value]
    else:
        assert got.dtype == told and got.null_count() == 0
    assert as_frame(pa.record_batch({"x": pa.array([None], pa.string())}))["x"].to_list() == [None]


exact = st.integers(-(10**15), 10**15)


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


@pytest.mark.parametrize(
    "x, held, whole",
    [
        (9999999.123456789, 9999999.12345679, 999999912345679),
        (-9999999.123456789, -9999999.12345679, -999999912345679),
        (10**7, 10**7, 10**15),  # the most that a decimal may be
        (-(10**7), -(10**7), -(10**15)),
        (10000000.123456789, 10000000.123456789, None),  # larger ones pass through, and are no numbers to count with
        (-10000000.5, -10000000.5, None),
    ],
)
def test_numbers_at_ten_million(x, held, whole):
    frame = pl.DataFrame({"x": [float(x)]})
    assert frame.select(rounded(pl.col("x"))).item() == held
    assert frame.select(scaled(pl.col("x"))).item() == whole


@given(exact, st.integers(1, 10**15))
def test_quotients(numerator, denominator):
    frame = pl.DataFrame({"a": [numerator], "b": [denominator]}, schema={"a": pl.Int128, "b": pl.Int128})
    want = (Decimal(2 * numerator * 10**8 + denominator) / (2 * denominator)).to_integral_value(ROUND_FLOOR)
    if abs(numerator) * 2 * 10**8 < 10**27:  # Decimal's own 28 digits
        assert frame.select(quotient(pl.col("a"), pl.col("b"))).item() == int(want)
    assert frame.select(quotient(pl.col("a"), 0 * pl.col("b"))).item() is None


@pytest.mark.parametrize("n, whole", [(1, 1), (3, 2), (5, 3), (-1, 0), (-3, -1), (-5, -2)])
def test_a_tie_of_a_quotient_goes_up(n, whole):
    """n ÷ (2 × 10^8) is n half hundred-millionths: 0.5 → 1, −0.5 → 0."""
    frame = pl.DataFrame({"a": [n], "b": [2 * 10**8]}, schema={"a": pl.Int128, "b": pl.Int128})
    assert frame.select(quotient(pl.col("a"), pl.col("b"))).item() == whole


def test_a_request_from_values(shipped):
    frame = read_request(
        {
            "discipline": "PT",
            "requested_visits": np.int64(12),
            "score_baseline": 1.123456785,
            "procedures": ["97110", "97110", "97140"],
            "received_on": "2025-01-31",
            "plan": "  ",
            "goals_measurable": None,
            "age_years": math.nan,
            "plan_of_care": np.True_,
            "rural": pd.NA,
        },
        shipped,
    )
    row = frame.row(0, named=True)
    assert (row["request_id"], row["requested_visits"], row["score_baseline"]) == ("request", 12, 1.12345679)
    assert (row["procedures"], row["received_on"]) == (["97110", "97140"], date(2025, 1, 31))
    assert row["plan_of_care"] is True
    assert all(row[n] is None for n in ("plan", "goals_measurable", "age_years", "rural"))
    assert frame.schema == SCHEMA


def test_a_request_from_a_file_is_the_same(shipped, tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text(
        "request_id: r\ndiscipline: PT\nrequested_visits: 12\nscore_baseline: 1.123456785\n"
        "procedures: ['97110']\nreceived_on: 2025-01-31\nplan_of_care: true\nplan: null\n"
    )
    values = {
        "request_id": "r",
        "discipline": "PT",
        "requested_visits": 12,
        "score_baseline": Decimal("1.123456785"),
        "procedures": ("97110",),
        "received_on": date(2025, 1, 31),
        "plan_of_care": True,
    }
    assert read_request(path, shipped).equals(read_request(values, shipped))


@given(
    st.dictionaries(
        st.sampled_from([*facts(), "x"]),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(),
            st.text(max_size=5),
            st.dates(),
            st.lists(st.integers()),
            st.decimals(),
            st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
            st.binary(max_size=3),
        ),
        max_size=6,
    )
)
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
    conform(pl.DataFrame({"request_id": ["a"]})).write_parquet(tmp_path / "b2.parquet")  # every fact, without the mark
    found = [checked(tmp_path / f"{n}.parquet") for n in ("a", "b", "b2", "c", "d")]
    assert found == [True, False, False, False, False]
    with pytest.raises(RuntimeError), Writer(tmp_path / "a.parquet") as writer:
        writer.write(conform(pl.DataFrame({"request_id": ["a"]})))
        raise RuntimeError
    assert checked(tmp_path / "a.parquet") and len(list(tmp_path.iterdir())) == 4  # the earlier file, and no half one

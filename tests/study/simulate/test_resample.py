"""The bootstrap beside the intervals of rates.py, drafts ranked on the same people, and the power that is promised."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from interval_coverage import SHAPES, sample

from workbench.study.rates import rates
from workbench.study.simulate.resample import bootstrap, members_for, power_of, sample_size, side_by_side

ABOUT = SimpleNamespace(requests=0)


def replayed(pair: pl.DataFrame, side: str = "") -> SimpleNamespace:
    decisions = pair.select(
        pl.int_range(pl.len()).cast(pl.String).alias("request_id"),
        determination=f"determination{side}",
        granted_visits=f"granted_visits{side}",
    )
    return SimpleNamespace(decisions=decisions, cases=pair.select("member_id", "requested_visits"), about=ABOUT)


def test_two_ways_to_an_interval_agree() -> None:
    """On 400 members: each end within a fifth of the width; the same seed gives the same draws."""
    pair = sample(SHAPES[1], np.random.default_rng(4), 400)
    found = bootstrap(pair, ABOUT, replicates=2000, seed=1)  # type: ignore[arg-type]
    for row in found.table.to_dicts():
        width = row["high"] - row["low"]
        assert abs(row["low"] - row["boot_low"]) < 0.2 * width and abs(row["high"] - row["boot_high"]) < 0.2 * width
        assert row["error"] == pytest.approx(row["boot_error"], rel=0.1)
    assert found.members == 400
    assert bootstrap(pair.reverse(), ABOUT, replicates=2000, seed=1).table.equals(found.table)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="100 replicates"):
        bootstrap(pair, ABOUT, replicates=20)  # type: ignore[arg-type]


def test_drafts_are_ranked_on_the_same_people() -> None:
    pair = sample(SHAPES[1], np.random.default_rng(6), 400)
    base, draft = replayed(pair), replayed(pair, "_draft")
    found = side_by_side(
        base, {"draft": draft, "none": base, "same": base}, "approval_rate", more_is_better=True, replicates=500, seed=2
    )  # type: ignore[arg-type]
    rows = found.table.rows_by_key("draft", named=True, unique=True)
    rate = next(r for r in rates(pair) if r.name == "approval_rate")
    assert rows["draft"]["difference"] == pytest.approx(rate.difference)
    assert rows["none"]["difference"] == rows["none"]["low"] == rows["none"]["high"] == 0
    assert rows["none"]["rank"] == rows["same"]["rank"] and rows["none"]["best"] == rows["same"]["best"]
    turned = side_by_side(
        base, {"draft": draft, "none": base}, "approval_rate", more_is_better=False, replicates=500, seed=2
    )  # type: ignore[arg-type]
    assert turned.table["draft"][0] != found.table["draft"][0]
    for drafts, rate_name, said in (({}, "approval_rate", "no draft"), ({"a": base}, "speed", "none of")):
        with pytest.raises(ValueError, match=said):
            side_by_side(base, drafts, rate_name, more_is_better=True, replicates=100, seed=1)  # type: ignore[arg-type]


def test_the_power_is_what_samples_of_that_size_have() -> None:
    """As many members as promise 80 %: of 300 samples the difference is told from none in 75 % to 85 %, or nearly."""
    shape = SHAPES[1]
    rng = np.random.default_rng(8)
    pilot = sample(shape, rng, 3_000)
    rate = next(r for r in rates(pilot) if r.name == "approval_rate")
    sized = sample_size(pilot, "approval_rate", rate.difference, power=0.8)
    told = 0
    for _ in range(300):
        one = next(r for r in rates(sample(shape, rng, sized.members)) if r.name == "approval_rate")
        told += not one.low <= 0 <= one.high
    assert 0.72 < told / 300 < 0.88


def test_power_as_statsmodels_has_it() -> None:
    from statsmodels.stats.power import TTestPower

    for size, members in ((0.1, 200), (0.3, 80), (0.5, 20)):
        assert power_of(size, members) == pytest.approx(TTestPower().power(size, members, 0.05), abs=1e-9)
        needed = members_for(size, 0.8)
        assert power_of(size, needed) >= 0.8 > power_of(size, needed - 1)
    assert members_for(1e-9, 0.8) is None
    with pytest.raises(ValueError, match="not 0"):
        sample_size(sample(SHAPES[1], np.random.default_rng(1), 50), "approval_rate", 0)

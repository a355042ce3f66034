"""Approval gaps by group: counted again in a plain loop, held to fairlearn, and not surer than they should be."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
from fairlearn.metrics import MetricFrame, selection_rate

from workbench.study.compare import Comparison
from workbench.study.simulate.fairness import SMALL, fairness

D = ("approved", "clinician_review", "not_required")
ABOUT = SimpleNamespace(requests=0)


def made(seed: int, members: int = 300, tilt: float = 0.0) -> tuple[Comparison, pl.DataFrame]:
    """Requests of members in three groups; a draft approves some of what was referred, `tilt` more often in group a."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 5, members)
    member = np.repeat(np.arange(members), sizes)
    n = len(member)
    own = rng.choice(["a", "b", "c"], members, p=[0.45, 0.53, 0.02])[member]
    before = rng.choice(D, n, p=[0.5, 0.4, 0.1])
    moves = (before == "clinician_review") & (rng.random(n) < 0.1 + tilt * (own == "a"))
    after = np.where(moves, "approved", before)
    pair = pl.DataFrame({"member_id": member.astype(str), "determination": before, "determination_draft": after})
    amounts = [
        pl.lit(0, dtype=pl.Int64).alias(f"{k}{s}")
        for k in ("granted_visits", "granted_weeks", "waived_visits")
        for s in ("", "_draft")
    ]
    cases = pl.DataFrame({"language": own})
    return Comparison(ABOUT, ABOUT, pair.with_columns(amounts)), cases  # type: ignore[arg-type]


def test_gaps_are_what_a_plain_count_gives() -> None:
    comparison, cases = made(1)
    found = fairness(comparison, cases, ["language"]).groups
    rows = list(
        zip(cases["language"], comparison.pair["determination"], comparison.pair["determination_draft"], strict=True)
    )
    for row in found.filter(~pl.col("small")).to_dicts():
        for side, name in ((1, "published"), (2, "draft")):
            rate = {}
            for mine in (True, False):
                asked = [r[side] for r in rows if (r[0] == row["group"]) == mine and r[side] != "not_required"]
                rate[mine] = asked.count("approved") / len(asked)
            assert row[f"approval_{name}"] == pytest.approx(rate[True])
            assert row[f"gap_{name}"] == pytest.approx(rate[True] - rate[False])
        assert row["change"] == pytest.approx(row["gap_draft"] - row["gap_published"])
        assert row["gains"] == sum(r[0] == row["group"] and r[1] != r[2] for r in rows) and row["loses"] == 0


def test_parity_is_fairlearns_over_the_groups_that_are_compared() -> None:
    comparison, cases = made(2)
    fair = fairness(comparison, cases, ["language"])
    kept = fair.groups.filter(~pl.col("small"))["group"].to_list()
    at = cases["language"].is_in(kept) & (comparison.pair["determination"] != "not_required")
    said = (comparison.pair["determination"] == "approved").cast(pl.Int8).filter(at).to_numpy()
    frame = MetricFrame(
        metrics=selection_rate, y_true=said, y_pred=said, sensitive_features=cases["language"].filter(at).to_numpy()
    )
    assert fair.parity["difference_published"][0] == pytest.approx(frame.difference())
    assert fair.widest[0] == pytest.approx(frame.difference())


def test_small_groups_are_named_and_not_compared() -> None:
    comparison, cases = made(3, members=150)
    rows = fairness(comparison, cases, ["language"]).groups.rows_by_key("group", named=True, unique=True)
    assert 0 < rows["c"]["requests"] < SMALL and rows["c"]["small"]
    assert rows["c"]["gap_published"] is None and rows["c"]["approval_draft"] is None and rows["c"]["p"] is None


def test_chance_is_seldom_taken_for_a_change_and_a_change_is_found() -> None:
    """Sixty histories in which the groups fare alike: some group is called certain in 5 % of them or fewer (with chance
    for 60 draws, below nine); where one gains three times as often it is found in most."""
    alike, tilted = (
        [fairness(*made(s, tilt=tilt), ["language"]).groups["p_holm"].min() for s in range(many)]
        for many, tilt in ((60, 0.0), (10, 0.2))
    )
    assert sum(p is not None and p <= 0.05 for p in alike) < 9
    assert sum(p is not None and p <= 0.05 for p in tilted) > 7


def test_two_groups_mirror_each_other() -> None:
    comparison, cases = made(5)
    found = fairness(comparison, cases.with_columns(pl.col("language").replace("c", "b")), ["language"]).groups
    a, b = found.to_dicts()
    assert a["change"] == pytest.approx(-b["change"]) and a["p"] == pytest.approx(b["p"])
    with pytest.raises(ValueError, match="none of"):
        fairness(comparison, cases, ["diagnosis"])


def test_a_scenario_may_bound_the_widest_gap() -> None:
    """The gate is judged on the draft's side, and says both."""
    import workbench as wb

    guidelines = wb.load_guidelines("guidelines")
    more = {"changes": {"physical-therapy": {"limits": {"change": [{"where": {}, "visits": {"add": 2}}]}}}}
    keys = {"scenario": "fair", "question": "Do gaps stay small?", "baseline": {"physical-therapy": "2026.1"}}
    keys |= {"draft": more, "cases": {"generate": 300, "seed": 3}, "gates": {"widest_gap": {"at_most": 0.01}}}
    tried = wb.try_scenario(keys, guidelines)
    gate = tried.gates.iloc[0]
    fair = fairness(tried.comparison.result, tried.result.replays[0].cases)
    assert not tried.holds and (gate["published"], gate["draft"]) == fair.widest and gate["draft"] > 0.01

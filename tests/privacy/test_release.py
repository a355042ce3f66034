"""A released comparison: an attack on all its tables together, from what is released alone."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import polars as pl
import pytest
from scipy import sparse
from scipy.optimize import linprog

from workbench.engine import decision as d
from workbench.engine.decision import Engine
from workbench.privacy.release import BY, OTHERS, THRESHOLD, TOO_FEW, release
from workbench.privacy.release_lines import release_lines
from workbench.study.compare import Comparison
from workbench.study.rates import NEWLY_REFERRED, newly_referred
from workbench.study.replay import About

D = d.DETERMINATIONS
REFERRED = {(a, b) for a in (d.APPROVED, d.NOT_REQUIRED) for b in (d.CLINICIAN, d.IN_PART)}


def comparison(
    requests: int, seed: int, moved: float = 0.03, plans: tuple[str, ...] = ("gold", "silver"), one_each: bool = False
) -> Comparison:
    """Requests whose conditions belong to one discipline, or to two, some of which a draft decides otherwise."""
    rng = np.random.default_rng(seed)
    discipline = rng.choice(["PT", "OT", "ST"], requests, p=[0.6, 0.3, 0.1])
    shared = rng.random(requests) < 0.4
    condition = np.where(
        shared & (discipline != "ST"), "hand", np.char.add(discipline, rng.choice(["1", "2"], requests, p=[0.8, 0.2]))
    )
    one = rng.choice(6, requests, p=[0.5, 0.15, 0.14, 0.12, 0.01, 0.08])
    two = np.where(rng.random(requests) < moved, rng.choice([0, 1, 3], requests), one)
    granted = np.where(one < 2, rng.integers(1, 9, requests), 0)
    more = (rng.random(requests) < moved) | (granted == 0)
    granted_draft = np.where(two < 2, granted + more, 0)
    member = np.arange(requests) if one_each else rng.integers(0, max(requests * 2 // 3, 1), requests)
    pair = pl.DataFrame(
        {
            "request_id": [f"r{i}" for i in range(requests)],
            "member_id": [f"m{i}" for i in member],
            "episode_id": [f"e{i}" for i in member],
            "discipline": discipline,
            "condition": condition,
            "plan": rng.choice([*plans], requests),
            "determination": np.array(D)[one],
            "determination_draft": np.array(D)[two],
            "granted_visits": granted,
            "granted_visits_draft": granted_draft,
            "granted_weeks": granted,
            "granted_weeks_draft": granted_draft,
            "referred_visits": 9 - granted,
            "referred_visits_draft": 9 - granted_draft,
            "requested_visits": np.full(requests, 9),
            "on_assumptions": rng.random(requests) < 0.3,
            "historical_determination": ["approved"] * requests,
            "appeal_outcome": pl.Series([None] * requests, dtype=pl.String),
        }
    )
    flipped = (pl.col("determination") != pl.col("determination_draft")) | (
        pl.col("granted_visits") != pl.col("granted_visits_draft")
    )
    about = About(
        requests,
        1,
        1,
        0,
        (date(2025, 1, 7), date(2025, 12, 9)),
        date(2026, 1, 1),
        "as_recorded",
        None,
        (),
        (),
        None,
        "a draft",
        None,
        0,
        (("silver", 3),),
        Engine("columnar"),
    )
    return Comparison(about, about, pair.with_columns(flipped.alias("flipped")))


class Attack:
    """Everything that anyone could be counting: requests by discipline and condition (that these two go together is
    known), plan, kind of facts, published and draft determination, and whether anything changed. What is released are
    sums of these; a bound is sought on any other sum."""

    def __init__(self, told: dict[str, object], pair: pl.DataFrame):
        self.labels = {name: self.label(told, name, pair) for name in BY}
        pairs = set(zip(self.labels["discipline"], self.labels["condition"], strict=True))
        plans, kinds = set(self.labels["plan"]), set(self.labels["facts"])
        self.cells = [
            (*both, plan, kind, a, b, c)
            for both in sorted(pairs)
            for plan in sorted(plans)
            for kind in sorted(kinds)
            for a in D
            for b in D
            for c in ((True, False) if a == b else (True,))
        ]
        self.columns = [np.array(x, dtype=object) for x in zip(*self.cells, strict=True)]
        self.rows: list[np.ndarray] = []
        self.known: list[int] = []
        self.least: list[np.ndarray] = []
        self.read(told)

    @staticmethod
    def label(told: dict[str, object], name: str, pair: pl.DataFrame) -> list[str]:
        named = {row[name] for row in told["groups"][name]}
        true = pair["on_assumptions" if name == "facts" else name].to_list()
        words = {True: "assumed", False: "recorded"}
        return [v if v in named else OTHERS for v in (words.get(v, v) for v in true)]

    def where(self, **chosen: object) -> np.ndarray:
        """The sum of all cells with these values, as a row of ones and zeros."""
        mask = np.ones(len(self.cells), dtype=bool)
        for name, value in chosen.items():
            if name == "new":
                mask &= np.array([cell[4:6] in REFERRED for cell in self.cells]) == value
            else:
                at = ("discipline", "condition", "plan", "facts", "published", "draft", "changed").index(name)
                mask &= self.columns[at] == value
        return mask.astype(float)

    def tell(self, count: int | None, **chosen: object) -> None:
        if count is not None:
            self.rows.append(self.where(**chosen))
            self.known.append(count)

    def read(self, told: dict[str, object]) -> None:
        self.tell(told["cases"]["requests"])
        self.tell(told["flips"]["requests"], changed=True)
        self.tell(told["rates"][NEWLY_REFERRED]["draft"], new=True)
        for a in D:
            for b in D:
                self.tell(told["matrix"][a][b], published=a, draft=b)
            for side in ("published", "draft"):
                self.tell(told["totals"][side][a], **{side: a})
        for name, rows in told["groups"].items():
            for row in rows:
                group = {name: row[name]}
                self.tell(row["requests"], **group)
                self.tell(row["changed"], changed=True, **group)
                self.tell(row["newly_referred"], new=True, **group)
                for a in D:
                    for side in ("published", "draft"):
                        self.tell(row[f"{a} {side}"], **group, **{side: a})
                if row[name] != OTHERS:  # a named group has 11
                    self.least.append(self.where(**group))

    def bounds(self, **chosen: object) -> tuple[float, float]:
        """The least and the most that a sum of cells can be."""
        target, ends = self.where(**chosen), []
        system: dict[str, object] = {"bounds": (0, None)}
        if self.rows:
            system |= {"A_eq": sparse.csr_matrix(np.array(self.rows)), "b_eq": np.array(self.known, dtype=float)}
        if self.least:
            system |= {
                "A_ub": -sparse.csr_matrix(np.array(self.least)),
                "b_ub": np.full(len(self.least), -float(THRESHOLD)),
            }
        for sign in (1, -1):
            result = linprog(sign * target, **system)
            ends.append(np.inf * sign * -1 if result.status == 3 else sign * result.fun)
            assert result.status in (0, 3), result.message
        return ends[0], ends[1]

    def true(self, pair: pl.DataFrame) -> pl.DataFrame:
        return pair.select(
            published="determination",
            draft="determination_draft",
            changed="flipped",
            new=newly_referred(pair),
            person="member_id",
            **{n: pl.Series(v) for n, v in self.labels.items()},
        )


def small(frame: pl.DataFrame, *by: str) -> list[dict[str, object]]:
    """The combinations of values that few requests, or few people, have."""
    counted = frame.group_by(by).agg(pl.len().alias("n"), pl.col("person").n_unique().alias("people"))
    return counted.filter(pl.min_horizontal("n", "people") < THRESHOLD).drop("n", "people").rows(named=True)


# Sizes at which much is small and little can be hidden, and one at which little is small.
@pytest.mark.parametrize(
    "requests, seed, moved",
    [
        (25, 5, 0.1),
        (60, 21, 0.4),
        (60, 27, 0.02),
        (150, 1, 0.05),
        pytest.param(60, 24, 0.4, marks=pytest.mark.slow),
        pytest.param(400, 3, 0.3, marks=pytest.mark.slow),
        pytest.param(2000, 4, 0.01, marks=pytest.mark.slow),
    ],
)
def test_no_small_count_can_be_derived_from_all_tables_together(requests: int, seed: int, moved: float) -> None:
    whole = comparison(requests, seed, moved)
    attack = Attack(release(whole), whole.pair)
    true = attack.true(whole.pair)
    tried = 0
    for by in (
        ("published", "draft"),
        ("published",),
        ("draft",),
        ("changed",),
        ("discipline", "condition"),
        *((g, x) for g in BY for x in ("published", "draft", "changed")),
        *((g,) for g in BY),
        *((g, "published", "draft") for g in BY),
    ):
        for chosen in small(true, *by):
            low, high = attack.bounds(**chosen)
            assert low < 1e-6 and high > THRESHOLD - 1e-6, (chosen, low, high)
            tried += 1
    assert tried > 20


def test_the_attack_finds_what_is_not_hidden() -> None:
    """The whole comparison in the same tables: every small count is known. So the attack above is one."""
    whole = comparison(150, 1, 0.05)
    told = release(whole)
    for a in D:
        told["matrix"][a] = whole.matrix[a]
    attack = Attack(told, whole.pair)
    few = small(attack.true(whole.pair), "published", "draft")
    assert few and all(low == pytest.approx(high) for low, high in (attack.bounds(**chosen) for chosen in few))


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    """Every count of the matrix and of the groups is 0 or at least 11, and so are those between them."""
    parts = [(a, b) for a in D for b in D if a != d.ADMINISTRATIVE]
    rows = [(a, b, plan) for a, b in parts for plan in ("gold", "silver") for _ in range(12)]
    whole = comparison(len(rows), 1, one_each=True)
    granted = {d.APPROVED: 5, d.IN_PART: 3}
    pair = whole.pair.with_columns(
        pl.Series("determination", [r[0] for r in rows]),
        pl.Series("determination_draft", [r[1] for r in rows]),
        pl.Series("plan", [r[2] for r in rows]),
        pl.lit("PT").alias("discipline"),
        pl.lit("back").alias("condition"),
        pl.lit(False).alias("on_assumptions"),
        *(
            pl.Series(f"granted_{n}{s}", [granted.get(r[i], 0) for r in rows])
            for n in ("visits", "weeks")
            for i, s in enumerate(("", "_draft"))
        ),
        pl.Series("flipped", [r[0] != r[1] for r in rows]),
    )
    whole = Comparison(whole.published, whole.draft, pair)
    told = release(whole)
    assert told["matrix"] == whole.matrix
    assert told["cases"] == whole.total.as_dict() and told["flips"] == whole.flipped.as_dict()
    for rate in whole.rates:
        for side in ("published", "draft", "difference", "low", "high"):
            assert told["rates"][rate.name][side] == pytest.approx(getattr(rate, side))
    assert told["amounts"] == whole.amounts()
    for name in ("discipline", "condition", "plan"):
        full = {row[name]: row for row in whole.groups(name).filter(pl.col("facts") == "all").rows(named=True)}
        for row in told["groups"][name]:
            for key, value in row.items():
                assert value == (pytest.approx(full[row[name]][key]) if "rate" in key else full[row[name]][key])


@pytest.fixture(scope="module")
def told() -> dict[str, object]:
    return release(comparison(400, 3, 0.05))


def test_a_rate_is_told_only_of_counts_that_are_told(told: dict[str, object]) -> None:
    hidden = 0
    for name, over in (
        ("approval_rate", [d.APPROVED]),
        ("any_approval_rate", [d.APPROVED, d.IN_PART]),
        ("referral_rate", [d.CLINICIAN, d.IN_PART]),
        ("information_rate", [d.INFORMATION]),
    ):
        sides = [
            (told["rates"][name][side], told["totals"][side], told["cases"]["requests"])
            for side in ("published", "draft")
        ]
        sides += [
            (row[f"{name} {side}"], {a: row[f"{a} {side}"] for a in D}, row["requests"])
            for rows in told["groups"].values()
            for row in rows
            for side in ("published", "draft")
        ]
        for rate, counts, requests in sides:
            parts = [*(counts[a] for a in over), counts[d.NOT_REQUIRED], requests]
            if None in parts:
                assert rate is None
                hidden += 1
            else:
                assert rate == pytest.approx(sum(parts[:-2]) / (parts[-1] - parts[-2]))
    assert hidden


def test_no_count_from_1_to_10_is_told_anywhere(told: dict[str, object]) -> None:
    def counts(value: object) -> list[int]:
        if isinstance(value, dict):
            return [n for key, v in value.items() if key != "about" for n in counts(v)]
        if isinstance(value, list):
            return [n for v in value for n in counts(v)]
        return [value] if type(value) is int else []

    assert len(counts(told)) > 50
    assert all(n == 0 or abs(n) >= THRESHOLD for n in counts({k: v for k, v in told.items() if k != "amounts"}))


def test_it_speaks_json_and_plain_lines(told: dict[str, object]) -> None:
    assert json.loads(json.dumps(told)) == told
    assert "2025-01-07" not in json.dumps(told) and told["about"]["years_received"] == [2025, 2025]
    text = "\n".join(release_lines(told))
    assert TOO_FEW in text and "None" not in text


def test_groups_are_named_by_name_and_the_smallest_stand_together() -> None:
    told = release(comparison(300, 6, 0.1, plans=("a", *["b"] * 6, *["c"] * 3)))
    for name, rows in told["groups"].items():
        names = [row[name] for row in rows]
        assert [n for n in names if n != OTHERS] == sorted(n for n in names if n != OTHERS)
        assert OTHERS not in names[:-1]
    pair = comparison(300, 6).pair.with_columns(
        plan=pl.when(pl.int_range(pl.len()) < 3).then(pl.lit("Ann's own plan")).otherwise("plan")
    )
    about = comparison(1, 1).draft
    text = json.dumps(release(Comparison(about, about, pair)))
    assert "Ann" not in text and OTHERS in text


def test_people_whom_no_change_touches_are_not_told_when_they_are_few() -> None:
    whole = comparison(60, 7, one_each=True)
    changed = pl.int_range(pl.len()) < 55
    pair = whole.pair.with_columns(
        flipped=changed,
        determination=pl.lit(d.APPROVED),
        determination_draft=pl.when(changed).then(pl.lit(d.IN_PART)).otherwise(pl.lit(d.APPROVED)),
    )
    told = release(Comparison(whole.published, whole.draft, pair))
    assert None in (told["cases"]["people"], told["flips"]["people"])
    assert None in (told["cases"]["requests"], told["flips"]["requests"])


def test_sums_of_visits_are_told_where_no_count_is_small() -> None:
    whole = comparison(3000, 8, moved=0.0, one_each=True)
    for few in (5, 11):
        approved = pl.col("determination") == d.APPROVED
        changed = approved & (approved.cum_sum() <= few)
        pair = whole.pair.with_columns(
            granted_visits_draft=pl.col("granted_visits") + changed.cast(pl.Int64), flipped=changed
        )
        made = Comparison(whole.published, whole.draft, pair)
        told = release(made, by=())
        none = dict.fromkeys(("published", "draft", "difference"))
        for name, sums in made.amounts().items():
            assert told["amounts"][name] == (none if few == 5 else sums)
        assert (told["rates"]["visit_approval_rate"]["draft"] is None) == (few == 5)


def test_no_interval_beside_a_count_that_is_hidden() -> None:
    """505 approvals are lost and 5 gained; what is lost less what is gained is told, and with it the width of an
    interval, the root of the sum of both, would tell the 5."""
    whole = comparison(3000, 10, moved=0.0, one_each=True)
    one = pl.col("determination")
    lost = (one == d.APPROVED) & ((one == d.APPROVED).cum_sum() <= 505)
    won = (one == d.CLINICIAN) & ((one == d.CLINICIAN).cum_sum() <= 5)
    other = pl.when(lost).then(pl.lit(d.IN_PART)).when(won).then(pl.lit(d.APPROVED)).otherwise(one)
    pair = whole.pair.with_columns(determination_draft=other, flipped=lost | won)
    told = release(Comparison(whole.published, whole.draft, pair), by=())
    assert told["matrix"][d.CLINICIAN][d.APPROVED] is None
    for name, rate in told["rates"].items():
        assert (rate["low"], rate["high"]) == (None, None), name


def test_an_interval_needs_eleven_requests_that_differ() -> None:
    """Some go from approved to a clinician and as many come back: the rates are told and equal, but the width of their
    interval would tell how many there are."""
    whole = comparison(3000, 10, moved=0.0, one_each=True)
    for few in (5, 11):
        one = pl.col("determination")
        going = (one == d.APPROVED) & ((one == d.APPROVED).cum_sum() <= few)
        coming = (one == d.CLINICIAN) & ((one == d.CLINICIAN).cum_sum() <= few)
        other = pl.when(going).then(pl.lit(d.CLINICIAN)).when(coming).then(pl.lit(d.APPROVED)).otherwise(one)
        pair = whole.pair.with_columns(determination_draft=other, flipped=going | coming)
        rate = release(Comparison(whole.published, whole.draft, pair), by=())["rates"]["approval_rate"]
        assert rate["published"] == rate["draft"] > 0.4 and rate["difference"] == 0
        assert (rate["low"] is None) == (rate["high"] is None) == (few == 5)


def test_history_can_be_released_too() -> None:
    told = release(comparison(300, 9, 0.1), by=("history", "facts"))
    assert {row["history"] for row in told["groups"]["history"]} == {"approved, no review"}

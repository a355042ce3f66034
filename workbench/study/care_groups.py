"""Decided requests by kind of care: medical rehabilitative, habilitative, mental health; how each fares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl
from scipy import special

from workbench.engine import decision as d
from workbench.study.replay import Replay

MEDICAL, HABILITATIVE, MENTAL = "medical rehabilitative", "habilitative", "mental health"
GROUPS = (MEDICAL, HABILITATIVE, MENTAL)
AT_ONCE = (d.APPROVED, d.NOT_REQUIRED)
HOLDS = (d.IN_PART, d.INFORMATION, d.CLINICIAN, d.ADMINISTRATIVE)  # the rest: each holds care up in its own way
Grouped = pl.DataFrame  # member_id, discipline, intent, diagnosis, review_type, determination, reasons, group


@dataclass(frozen=True)
class Outcome:
    """Decisions on the requests of a group: shares from 0 to 1. `low` and `high` bound immediate − that of medical
    rehabilitative care (95 %, clustered by member)."""

    group: str
    review: str
    requests: int
    people: int
    shares: tuple[tuple[str, float], ...]
    immediate: float
    difference: float | None
    low: float | None
    high: float | None
    held_up: tuple[tuple[str, float, float, float], ...] = ()  # HOLDS: determination, difference as above, low, high


@dataclass(frozen=True)
class Why:
    """A reason that the requests of a group bear more or less often than those of medical rehabilitative care: shares
    from 0 to 1, and what bounds their difference (95 %, clustered by member). Reasons of what need not be authorized
    are among them."""

    group: str
    review: str
    reason: str
    share: float
    medical: float
    low: float
    high: float


def grouped(done: Replay) -> Grouped:
    """The decided requests with the kind of care that each is; null for maintenance and for an unknown aim."""
    facts = done.cases.select("member_id", "discipline", "intent", "diagnosis", "review_type")
    decided = done.decisions.select("determination", "reasons")
    return pl.concat([facts, decided], how="horizontal").with_columns(_group().alias("group"))


def stopped_by(pair: Grouped, discipline: str) -> tuple[Mapping[str, int], Mapping[tuple[str, str], int]]:
    """Of one discipline: group → requests, and (group, reason) → requests that it stopped."""
    mine = pair.filter((pl.col("discipline") == discipline) & pl.col("group").is_not_null())
    counts = Counter((g, r) for g, r in mine.select("group", "reasons").explode("reasons").drop_nulls().iter_rows())
    return dict(mine.group_by("group").len().iter_rows()), counts


def _group() -> pl.Expr:
    chapter = pl.col("diagnosis").str.to_uppercase().str.starts_with("F")
    by_aim = pl.col("intent").replace_strict(
        {"rehabilitative": MEDICAL, "habilitative": HABILITATIVE}, default=None, return_dtype=pl.String
    )
    return pl.when(chapter & (pl.col("intent") != "maintenance")).then(pl.lit(MENTAL)).otherwise(by_aim)


def outcomes(pair: pl.DataFrame) -> Iterable[Outcome]:
    for review in ("initial", "continuing"):
        base = pair.filter((pl.col("group") == MEDICAL) & (pl.col("review_type") == review))
        for group in GROUPS:
            mine = pair.filter((pl.col("group") == group) & (pl.col("review_type") == review))
            if not mine.height:
                continue
            shares = tuple((n, float((mine["determination"] == n).sum()) / mine.height) for n in d.DETERMINATIONS)
            one, _ = _share(mine, AT_ONCE)
            difference = low = high = None
            held_up: list[tuple[str, float, float, float]] = []
            if group != MEDICAL and base.height:
                difference, low, high = _apart(mine, base, AT_ONCE)
                held_up = [(name, *_apart(mine, base, (name,))) for name in HOLDS]
            people = mine["member_id"].drop_nulls().n_unique()
            yield Outcome(group, review, mine.height, people, shares, one, difference, low, high, tuple(held_up))


def reasons(pair: Grouped) -> Iterable[Why]:
    """The reasons by which a group differs, where the bounds leave no difference out; the largest difference first."""
    for review in ("initial", "continuing"):
        kind = pair.filter(pl.col("review_type") == review)
        base = kind.filter(pl.col("group") == MEDICAL)
        for group in GROUPS[1:]:
            mine = kind.filter(pl.col("group") == group)
            found = []
            ids = {i for frame in (mine, base) for i in frame["reasons"].explode().drop_nulls().to_list()}
            for id_ in sorted(ids) if mine.height and base.height else ():
                ours, theirs = (
                    f.with_columns(pl.col("reasons").list.contains(id_).cast(pl.String).alias("determination"))
                    for f in (mine, base)
                )
                _, low, high = _apart(ours, theirs, ("true",))
                if low > 0 or high < 0:
                    one, other = _share(ours, ("true",))[0], _share(theirs, ("true",))[0]
                    found.append(Why(group, review, id_, one, other, low, high))
            yield from sorted(found, key=lambda w: -abs(w.share - w.medical))


def _apart(mine: pl.DataFrame, base: pl.DataFrame, names: Iterable[str]) -> tuple[float, float, float]:
    """The difference of two shares, and its bounds (95 %)."""
    (one, spread), (other, beside) = _share(mine, names), _share(base, names)
    half = float(special.ndtri(0.975)) * (spread + beside) ** 0.5
    return one - other, one - other - half, one - other + half


def _share(frame: pl.DataFrame, names: Iterable[str]) -> tuple[float, float]:
    """The share with one of these determinations, and its variance, clustered by member (a request without one stands
    for itself)."""
    held = frame.select(
        pl.coalesce("member_id", pl.int_range(pl.len()).cast(pl.String)).alias("who"),
        pl.col("determination").is_in(list(names)).cast(pl.Float64).alias("yes"),
    )
    share = sum(held["yes"]) / max(held.height, 1)
    sums = held.group_by("who").agg((pl.col("yes") - share).sum())["yes"]
    clusters = len(sums)
    spread = sum(x * x for x in sums) * clusters / max(clusters - 1, 1) / held.height**2
    return share, spread

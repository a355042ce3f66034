"""Two folders of decisions of the same cases side by side, on the cluster: what the draft changes, and every rate with
its interval. Only sums come back to the driver; always draft − published."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.cases.assume import Assumptions
from workbench.engine import decision as d
from workbench.engine.setting import Setting
from workbench.engine.spark import session
from workbench.study.compare import AMOUNTS, Counts, NotComparable, as_plain
from workbench.study.rates import Rate, Sums, rates_of
from workbench.study.replay import About
from workbench.study.spark_replay import replay_folder

if TYPE_CHECKING:
    from workbench.engine.spark import Frame


@dataclass(frozen=True)
class Compared:
    """What a draft changes, in numbers, as `Comparison` has them."""

    published: About
    draft: About
    total: Counts
    flipped: Counts
    matrix: dict[str, dict[str, int]]
    amounts: dict[str, dict[str, int]]
    sums: Sums

    @cached_property
    def rates(self) -> tuple[Rate, ...]:
        return rates_of(self.sums)

    def amount(self, name: str) -> dict[str, int]:
        """The sum of `granted_visits`, `granted_weeks` or `referred_visits`: published, draft, draft − published."""
        return self.amounts[name]

    def as_dict(self) -> dict[str, object]:
        """As plain JSON matter, by the names that `Comparison` gives them."""
        return as_plain(self)


def compare_folders(
    cases: str | Path,
    out: str | Path,
    published: Setting,
    drafted: Setting,
    master: str | None = None,
    *,
    assumptions: Assumptions | None = None,
    mode: str = "as_recorded",
    policy: str = "history",
    force: bool = False,
) -> Compared:
    """Replay cases under both, to the folders `published` and `draft` of `out`, and compare. People and episodes are
    those that the cases name. Raises as `replay_folder` does."""
    abouts, folders = [], []
    for name, chosen in (("published", published), ("draft", drafted)):
        folders.append(f"{str(out).rstrip('/')}/{name}")
        about, _ = replay_folder(
            cases, folders[-1], chosen, master, assumptions=assumptions, mode=mode, policy=policy, force=force
        )
        abouts.append(about)
    return _compared(abouts, str(cases), folders, master)


def _compared(abouts: list[About], cases: str, folders: list[str], master: str | None) -> Compared:
    spark = session(master)
    sides = [spark.read.parquet(p) for p in folders]
    given = spark.read.option("datetimeRebaseMode", "CORRECTED").parquet(cases)
    about = [f"CAST({n if n in given.columns else 'NULL'} AS {t}) AS {n}" for n, t in _CASE.items()]
    names = ("determination", *AMOUNTS)
    pair = given.selectExpr(*about)
    for side, suffix in zip(sides, ("", "_draft"), strict=True):
        chosen = side.selectExpr("request_id", *(f"{n} AS {n}{suffix}" for n in names))
        pair = pair.join(chosen, "request_id", "full")
    differs = " OR ".join(f"NOT ({n} <=> {n}_draft)" for n in ("determination", "granted_visits", "granted_weeks"))
    pair = pair.selectExpr("*", f"({differs}) AS flipped").persist()
    try:
        return _counted(abouts, pair)
    finally:
        pair.unpersist()


_CASE = {"request_id": "STRING", "member_id": "STRING", "episode_id": "STRING", "requested_visits": "BIGINT"}


def _counted(abouts: list[About], pair: Frame) -> Compared:
    counts = ("count(*)", "count(DISTINCT episode_id)", "count(DISTINCT member_id)")
    amounts = [f"coalesce(sum({n}{side}), 0)" for n in AMOUNTS for side in ("", "_draft")]
    row: Any = pair.selectExpr(
        *counts, "count_if(determination IS NULL OR determination_draft IS NULL)", *amounts
    ).head()
    if row[3]:
        raise NotComparable("the two replays are not of the same requests")
    found = dict(((a, b), int(n)) for a, b, n in pair.groupBy("determination", "determination_draft").count().collect())
    moved: Any = pair.where("flipped").selectExpr(*counts).head()
    said = {}
    for i, name in enumerate(AMOUNTS):
        one, two = int(row[4 + 2 * i]), int(row[5 + 2 * i])
        said[name] = {"published": one, "draft": two, "difference": two - one}
    return Compared(
        abouts[0],
        abouts[1],
        Counts(*(int(n) for n in row[:3])),
        Counts(*(int(n) for n in moved)),
        {a: {b: found.get((a, b), 0) for b in d.DETERMINATIONS} for a in d.DETERMINATIONS},
        said,
        _sums(pair, int(row[0])),
    )


def _features(suffix: str) -> list[str]:
    """The numbers of a request in which every rate is linear (study/rates.py), of one side."""
    said = f"determination{suffix}"
    asks = f"{said} != '{d.NOT_REQUIRED}' AND requested_visits IS NOT NULL"
    return [
        *(f"CAST({said} = '{name}' AS DOUBLE)" for name in d.DETERMINATIONS),
        f"CASE WHEN {asks} THEN CAST(coalesce(granted_visits{suffix}, 0) AS DOUBLE) ELSE 0D END",
        f"CASE WHEN {asks} THEN CAST(requested_visits AS DOUBLE) ELSE 0D END",
    ]


def _sums(pair: Frame, requests: int) -> Sums:
    """The sums of `sums_of`: requests by member (one without a member stands for itself), members by products."""
    one, two = _features(""), _features("_draft")
    new = (
        f"CAST(determination IN ('{d.APPROVED}', '{d.NOT_REQUIRED}') AND "
        f"determination_draft IN ('{d.CLINICIAN}', '{d.IN_PART}') AS DOUBLE)"
    )
    columns = [*one, *(f"({b}) - ({a})" for a, b in zip(one, two, strict=True)), new]
    at = range(len(columns))
    key = "coalesce(concat('m ', member_id), concat('r ', request_id)) AS _key"
    rows = pair.selectExpr(key, *(f"{said} AS x{i}" for i, said in zip(at, columns, strict=True)))
    members = rows.groupBy("_key").sum(*(f"x{i}" for i in at))
    pairs = [(i, k) for i in at for k in at if i <= k]
    totals = [f"coalesce(sum(`sum(x{i})`), 0D)" for i in at]
    products = [f"coalesce(sum(`sum(x{i})` * `sum(x{k})`), 0D)" for i, k in pairs]
    row: Any = members.selectExpr("count(*)", *totals, *products).head()
    squares = np.zeros((len(columns), len(columns)))
    for (i, k), value in zip(pairs, row[1 + len(columns) :], strict=True):
        squares[i, k] = squares[k, i] = value
    return Sums(requests, int(row[0]), np.array(row[1 : 1 + len(columns)], dtype=float), squares)

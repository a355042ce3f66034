"""Whom a draft falls on: approval gaps between groups of people, before and after, and in which direction requests go.

A gap is the approval rate of a group less that of all others who say what they are. Its interval, and that of its
change, comes from the linearised contributions of each request, summed by member, as in rates.py. Groups below 11
requests or people are named and not compared; of all that are compared the p values of the change are corrected
together (Holm), since among many groups some differ by chance. The interval of a change is no narrower than with one
spread for the group and the others, and where fewer than five changes are there, or to be expected, there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

import numpy as np
import polars as pl
from scipy import special, stats

from workbench.engine import decision as d
from workbench.errors import Problem, ProblemsFound
from workbench.study.compare import Comparison
from workbench.study.fares import GAINS, LOSES, fares
from workbench.study.listing import UNKNOWN, group_key
from workbench.study.replay import About

FACTS = ("age_band", "sex", "language", "rural", "line_of_business", "intent", "plan")
FEW = 5  # requests whose approval moves, in a group or to be expected there, below which no change is judged
SMALL = 11  # requests or people below which a group is not compared (CMS cell suppression policy)
_SIDES = ("", "_draft")


@dataclass(frozen=True)
class Fair:
    """`groups` has a row for each fact and group: `fact`, `group`, `requests`, `people`, `small`, `approval_published`,
    `approval_draft`, `gap_published`, `gap_low`, `gap_high`, `gap_draft`, `gap_draft_low`, `gap_draft_high`, `change`
    (of the gap, draft − published), `change_low`, `change_high`, `p`, `p_holm`, `gains`, `loses` (requests).
    `parity` has a row a fact: fairlearn's demographic parity difference and ratio of both sides."""

    groups: pl.DataFrame = field(repr=False)
    parity: pl.DataFrame = field(repr=False)
    published: About
    draft: About

    @property
    def widest(self) -> tuple[float | None, float | None]:
        """The largest difference of approval rates between two groups of one fact, as published and under the draft."""
        found = [self.parity[n].drop_nulls().max() for n in ("difference_published", "difference_draft")]
        one, two = (float(x) if isinstance(x, int | float) else None for x in found)
        return one, two


def fairness(comparison: Comparison, cases: pl.DataFrame, facts: Sequence[str] = FACTS) -> Fair:
    """`cases` are those of the replays, in their order. Raises ValueError for a fact that groups are not made by, and
    ProblemsFound (`missing-extra`) without fairlearn and statsmodels."""
    if any(find_spec(name) is None for name in ("fairlearn", "statsmodels")):
        what = "groups can not be compared: fairlearn or statsmodels is not installed"
        raise ProblemsFound([Problem("missing-extra", what, hint="install therapy-workbench[simulate]")])
    pair = comparison.pair
    how = pair.select(fares().alias("how"))["how"]
    sides = [_parts(pair, s) for s in _SIDES]
    member = _codes(pair["member_id"])
    rows: list[dict[str, object]] = []
    parity: list[dict[str, object]] = []
    for fact in facts:
        key = group_key(cases, fact)
        told = (key != UNKNOWN).to_numpy()
        compared = []
        for name in key.unique().sort():
            mine = (key == name).to_numpy()
            row: dict[str, object] = {"fact": fact, "group": name, "requests": int(mine.sum())}
            row["people"] = pair["member_id"].filter(pl.Series(mine)).drop_nulls().n_unique()
            row["gains"], row["loses"] = (int((how.filter(pl.Series(mine)) == x).sum()) for x in (GAINS, LOSES))
            row["small"] = int(mine.sum()) < SMALL or 0 < int(str(row["people"])) < SMALL
            for side, (over, under) in zip(("published", "draft"), sides, strict=True):
                below = under[mine].sum()
                row[f"approval_{side}"] = float(over[mine].sum() / below) if below and not row["small"] else None
            if name != UNKNOWN and not row["small"]:
                row |= _gaps(mine, told, sides, member)
                compared.append(mine)
            rows.append(row)
        parity.append({"fact": fact, "groups": len(compared), **_parity(compared, key, sides)})
    return Fair(_corrected(rows), _parity_table(parity), comparison.published, comparison.draft)


def _parts(pair: pl.DataFrame, side: str) -> tuple[np.ndarray, np.ndarray]:
    """Approved, and in need of a decision, of each request."""
    said = pair[f"determination{side}"]
    return (said == d.APPROVED).to_numpy().astype(float), (said != d.NOT_REQUIRED).to_numpy().astype(float)


def _codes(member: pl.Series) -> np.ndarray:
    """A number for each member, and one for each request of nobody known."""
    named = member.is_not_null().to_numpy()
    out = np.empty(len(member), dtype=np.int64)
    out[named] = member.drop_nulls().rank("dense").to_numpy() - 1
    people = member.drop_nulls().n_unique()
    out[~named] = people + np.arange(int((~named).sum()))
    return out


def _gaps(
    mine: np.ndarray, told: np.ndarray, sides: list[tuple[np.ndarray, np.ndarray]], member: np.ndarray
) -> dict[str, object]:
    """The gap of a group on both sides and its change, with intervals."""
    others = told & ~mine
    pulls, gaps = [], []
    for over, under in sides:
        pull, gap = np.zeros(len(mine)), 0.0
        for at, sign in ((mine, 1), (others, -1)):
            below = under[at].sum()
            if not below:
                return {}
            rate = over[at].sum() / below
            gap += sign * rate
            pull[at] += sign * (over[at] - rate * under[at]) / below
        pulls.append(pull)
        gaps.append(gap)
    out: dict[str, object] = {}
    moves = (sides[0][0] != sides[1][0]) | (sides[0][1] != sides[1][1])
    few = max(moves[mine].sum(), moves[told].mean() * mine.sum()) < FEW
    for name, value, pull in (
        ("gap_published", gaps[0], pulls[0]),
        ("gap_draft", gaps[1], pulls[1]),
        ("change", gaps[1] - gaps[0], pulls[1] - pulls[0]),
    ):
        error, clusters = _error(pull, member, told)
        if name == "change":
            error = max(error, _pooled(pull, member, mine, others, sides[1][1]))
        half = float(special.stdtrit(max(clusters - 1, 1), 0.975)) * error
        stem = {"gap_published": "gap"}.get(name, name)
        out[name] = float(value)
        if name == "change" and few:
            continue
        out |= {f"{stem}_low": float(value - half), f"{stem}_high": float(value + half)}
        if name == "change":
            out["p"] = float(2 * stats.t.sf(abs(value) / error, clusters - 1)) if error > 0 else 1.0
    return out


def _pooled(pull: np.ndarray, member: np.ndarray, mine: np.ndarray, others: np.ndarray, under: np.ndarray) -> float:
    """The standard error where the group and all others had one spread: a group in which nothing happened to move would
    else seem certain of it."""
    spread, below = 0.0, []
    for at in (mine, others):
        below.append(max(float(under[at].sum()), 1.0))
        spread += (_error(pull, member, at)[0] * below[-1]) ** 2
    return float(np.sqrt(spread / sum(below) * (1 / below[0] + 1 / below[1])))


def _error(pull: np.ndarray, member: np.ndarray, told: np.ndarray) -> tuple[float, int]:
    """The standard error of a sum of contributions that add up to 0, clustered by member."""
    who, place = np.unique(member[told], return_inverse=True)
    sums = np.bincount(place, weights=pull[told])
    clusters = len(who)
    if clusters < 2:
        return 0.0, clusters
    return float(np.sqrt((sums**2).sum() * clusters / (clusters - 1))), clusters


def _parity(
    compared: list[np.ndarray], key: pl.Series, sides: list[tuple[np.ndarray, np.ndarray]]
) -> dict[str, object]:
    """fairlearn's metrics over the groups that are compared, among requests that need a decision."""
    from fairlearn.metrics import demographic_parity_difference, demographic_parity_ratio

    out: dict[str, object] = {}
    among = np.any(compared, axis=0) if compared else np.zeros(len(key), dtype=bool)
    for side, (over, under) in zip(("published", "draft"), sides, strict=True):
        at = among & (under > 0)
        enough = at.any() and len(compared) > 1
        said, group = over[at].astype(int), key.to_numpy()[at]
        for name, metric in (("difference", demographic_parity_difference), ("ratio", demographic_parity_ratio)):
            found = float(metric(said, said, sensitive_features=group)) if enough else None
            out[f"{name}_{side}"] = found
    return out


def _corrected(rows: list[dict[str, object]]) -> pl.DataFrame:
    from statsmodels.stats.multitest import multipletests

    texts = {"fact": pl.String, "group": pl.String, "requests": pl.Int64, "people": pl.Int64, "small": pl.Boolean}
    numbers = [f"approval_{s}" for s in ("published", "draft")]
    for stem, name in (("gap", "gap_published"), ("gap_draft", "gap_draft"), ("change", "change")):
        numbers += [name, f"{stem}_low", f"{stem}_high"]
    shape = texts | dict.fromkeys([*numbers, "p", "p_holm"], pl.Float64) | {"gains": pl.Int64, "loses": pl.Int64}
    at = [i for i, row in enumerate(rows) if "p" in row]
    if at:
        corrected = multipletests([rows[i]["p"] for i in at], method="holm")[1]
        for i, p in zip(at, corrected, strict=True):
            rows[i]["p_holm"] = float(p)
    return pl.DataFrame([{n: row.get(n) for n in shape} for row in rows], schema=shape)


def _parity_table(rows: list[dict[str, object]]) -> pl.DataFrame:
    names = [f"{n}_{s}" for n in ("difference", "ratio") for s in ("published", "draft")]
    return pl.DataFrame(rows, schema={"fact": pl.String, "groups": pl.Int64} | dict.fromkeys(names, pl.Float64))

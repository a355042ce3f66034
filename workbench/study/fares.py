"""How a request fares under a draft beside published, in the order of outcomes that proofs go by (docs/proof.md): free
or approved, then in part, then information needed, then an obstacle or a clinician; of two alike the one with more
visits or weeks, or with more visits free, is better."""

from __future__ import annotations

import polars as pl

from workbench.engine import decision as d

LOSES, MIXED, GAINS, OTHERWISE, ALIKE = "loses", "mixed", "gains", "otherwise", "alike"
FARES = (LOSES, MIXED, GAINS, OTHERWISE)  # those of which something changes, losers first
RANK = {d.APPROVED: 3, d.NOT_REQUIRED: 3, d.IN_PART: 2, d.INFORMATION: 1, d.CLINICIAN: 0, d.ADMINISTRATIVE: 0}
_AMOUNTS = ("granted_visits", "granted_weeks", "waived_visits")


def fares() -> pl.Expr:
    """Of a pair (columns of both sides, the draft's with suffix `_draft`) how each request fares: `mixed` is more of
    one and less of another, `otherwise` another determination that is neither better nor worse."""
    better, worse = _better("", "_draft"), _better("_draft", "")
    other = pl.any_horizontal(pl.col(n).ne_missing(pl.col(f"{n}_draft")) for n in ("determination", *_AMOUNTS))
    return (
        pl.when(better & worse)
        .then(pl.lit(MIXED))
        .when(better)
        .then(pl.lit(GAINS))
        .when(worse)
        .then(pl.lit(LOSES))
        .when(other)
        .then(pl.lit(OTHERWISE))
        .otherwise(pl.lit(ALIKE))
    )


def _better(one: str, other: str) -> pl.Expr:
    """The side whose columns end in `other` is supported further. What is not told is not more."""
    ranks = [pl.col(f"determination{s}").replace_strict(RANK, return_dtype=pl.Int8) for s in (one, other)]
    more = [(pl.col(f"{n}{other}") > pl.col(f"{n}{one}")).fill_null(False) for n in _AMOUNTS]
    return (ranks[1] > ranks[0]) | ((ranks[1] == ranks[0]) & pl.any_horizontal(more))


def supported(side: str = "") -> pl.Expr:
    """Whether anything is supported at once: visits granted or free, or no review at all."""
    said = pl.col(f"determination{side}")
    return said.is_in([d.NOT_REQUIRED, d.APPROVED, d.IN_PART]) | (pl.col(f"waived_visits{side}") > 0).fill_null(False)

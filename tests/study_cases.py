"""Requests of a generated guideline folder as prepared cases, for the tests of studies."""

from __future__ import annotations

from random import Random

import polars as pl
from generative.agreement import frame_for
from generative.libraries import Case
from generative.requests import many_requests

from workbench.cases.prepared import PreparedCases


def ready(case: Case, luck: int, size: int = 120) -> PreparedCases:
    """Requests of some people, and of nobody; of episodes, and of none."""
    rows, by_chance = many_requests(case.facts, case.near, luck, size), Random(luck)
    for row in rows:
        who = by_chance.choice((None, *"abcdefghijklmnop"))
        row |= {"member_id": who, "episode_id": who and f"{who}{by_chance.choice((None, 1, 2))}"}
    frame = frame_for(rows).with_columns(pl.lit([], dtype=pl.List(pl.String)).alias("assumed"))
    return PreparedCases(frame)

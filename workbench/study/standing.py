"""How each rule of a guideline comes out in given cases: counts of requests, from the columns of the plan.

    found = standings(published, setting, guideline)
    found["criteria", "active_care"].unmet

Criteria are asked of requests that no exemption or waiver frees; limit rows are looked for in all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from workbench.engine.columnar_nodes import compile_plan, run
from workbench.engine.columns import VARIANT, Plan, criterion, exemption, needed, waiver
from workbench.engine.plan import MET, UNDEFINED, UNKNOWN, UNMET, plans
from workbench.engine.setting import Setting
from workbench.guideline.model import Guideline, Rules
from workbench.language.columnar import compile_
from workbench.study.replay import Replay

BENEFIT = "benefit_limit"
_BUILT_IN = ("too_early", "excluded_procedure")


@dataclass(frozen=True)
class Standing:
    """Requests in which a rule is met (an exemption holds, a waiver frees visits, a row is the first that matches),
    is not, is unknown for want of a fact, or undefined. `alone`: requests in which it is the only criterion that is
    not met, or the only thing that frees them; for a row those that it decides."""

    met: int = 0
    unmet: int = 0
    unknown: int = 0
    undefined: int = 0
    alone: int = 0

    def __add__(self, other: Standing) -> Standing:
        return Standing(
            self.met + other.met,
            self.unmet + other.unmet,
            self.unknown + other.unknown,
            self.undefined + other.undefined,
            self.alone + other.alone,
        )


Standings = dict[tuple[str, str], Standing]  # (criteria | exemptions | waivers | limits | benefit_limit, id)


def standings(published: Replay, setting: Setting, guideline: Guideline) -> Standings:
    """Of the requests that this version decided in a replay, under the rules of a setting (a draft's, say)."""
    mine = (pl.col("_guideline") == guideline.id) & (pl.col("_version") == guideline.version)
    decided = published.decisions.select(
        pl.col("guideline").alias("_guideline"),
        pl.col("version").alias("_version"),
        pl.col("overlay").fill_null("").alias("_overlay"),
    )
    frame = pl.concat([published.cases, decided], how="horizontal").filter(mine)
    overlays = sorted(set(frame["_overlay"].to_list()))
    rules = [setting.rules_named(guideline.id, guideline.version, o) for o in overlays]
    out: Standings = {}
    for plan, places in plans(rules, named=False):
        numbers = {overlays[at]: i for i, at in enumerate(places, start=1)}
        rows = frame.filter(pl.col("_overlay").is_in(list(numbers))).with_columns(
            pl.col("_overlay").replace_strict(numbers, return_dtype=pl.Int64).alias(VARIANT),
            pl.lit(None, dtype=pl.Date).alias("_requests_from"),
        )
        if rows.height:
            for key, found in _counted(rows, plan, [rules[at] for at in places]):
                out[key] = out.get(key, Standing()) + found
    return out


def _counted(rows: pl.DataFrame, plan: Plan, rules: list[Rules]) -> Iterator[tuple[tuple[str, str], Standing]]:
    names = [criterion(c) for c in (*_BUILT_IN, *plan.criteria)]
    names += [*map(exemption, plan.exemptions), *map(waiver, plan.waivers)]
    found = run(rows, compile_plan(needed(plan, ("free", "row", "all waived", *names)))).select(
        VARIANT, "free", "row", "all waived", *names
    )
    yield from _criteria(found.filter(~pl.col("free")), plan.criteria)
    yield from _freeing(rows, found, plan, rules)
    yield from _reached(found, rules)


def _criteria(asked: pl.DataFrame, ids: Sequence[str]) -> Iterator[tuple[tuple[str, str], Standing]]:
    """Criteria of requests that nothing frees; those of a program and of the codes count among what is not met."""
    states = {i: pl.col(criterion(i)) for i in (*_BUILT_IN, *ids)}
    alone = pl.sum_horizontal([(s != MET).cast(pl.Int32) for s in states.values()]) == 1
    counts = [(states[i] == how).sum().alias(f"{how} {i}") for i in ids for how in (MET, UNMET, UNKNOWN, UNDEFINED)]
    counts += [((states[i] != MET) & alone).sum().alias(f"alone {i}") for i in ids]
    found = asked.select(counts).row(0) if ids else ()
    for at, id_ in enumerate(ids):
        key = BENEFIT if id_ == BENEFIT else "criteria"
        met, unmet, unknown, undefined = found[4 * at : 4 * at + 4]
        yield (key, id_), Standing(met, unmet, unknown, undefined, found[4 * len(ids) + at])


def _freeing(
    rows: pl.DataFrame, found: pl.DataFrame, plan: Plan, rules: list[Rules]
) -> Iterator[tuple[tuple[str, str], Standing]]:
    """Exemptions and waivers: what holds frees, and alone where nothing else does."""
    none = (pl.col(VARIANT) * 0).cast(pl.Int32)
    holds = found.select(pl.sum_horizontal([none, *(pl.col(exemption(i)).cast(pl.Int32) for i in plan.exemptions)]))
    frees = found.select(pl.sum_horizontal([none, *((pl.col(waiver(i)) > 0).cast(pl.Int32) for i in plan.waivers)]))
    many, some = holds.to_series(), frees.to_series()
    for id_ in plan.exemptions:
        true = found[exemption(id_)]
        alone = true & (many == 1) & ~found["all waived"]
        yield ("exemptions", id_), _split(rows, rules, true, "exemptions", id_, alone)
    for id_ in plan.waivers:
        true = found[waiver(id_)] > 0
        yield ("waivers", id_), _split(rows, rules, true, "waivers", id_, true & (some == 1) & (many == 0))


def _split(
    rows: pl.DataFrame, rules: list[Rules], true: pl.Series, target: str, id_: str, alone: pl.Series
) -> Standing:
    """What does not hold is false, or unknown where the condition is."""
    unknown = 0
    for number, one in enumerate(rules, start=1):
        mine = next((x for x in getattr(one, target) if x.id == id_), None)
        if mine is not None and mine.when is not None:
            open_ = rows.select(compile_(mine.when, one.values).is_null() & (pl.col(VARIANT) == number)).to_series()
            unknown += int((open_ & ~true).sum())
    met = int(true.sum())
    return Standing(met, rows.height - met - unknown, unknown, 0, int(alone.sum()))


def _reached(found: pl.DataFrame, rules: list[Rules]) -> Iterator[tuple[tuple[str, str], Standing]]:
    """Limit rows: the first that matches counts; at one with an unknown cell the search stops."""
    for number, one in enumerate(rules, start=1):
        row = found.filter(pl.col(VARIANT) == number)["row"]
        counts = {int(k): int(n) for k, n in row.value_counts().iter_rows()}
        for at, limit in enumerate(one.limits, start=1):
            met, stopped = counts.get(at, 0), counts.get(-at, 0)
            yield ("limits", limit.id), Standing(met, row.len() - met - stopped, stopped, 0, met)

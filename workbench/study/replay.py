"""Replays: cases × a version → decisions, as recorded or carried forward, in the order of the input."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from workbench.cases.assume import Assumptions, assume
from workbench.cases.derive import derive
from workbench.cases.frame import conform
from workbench.engine import columnar, reference
from workbench.engine.columnar import RECORD, decide_frame
from workbench.engine.interpret import Facts
from workbench.engine.setting import Setting
from workbench.study.carry import POLICIES, Carried, carry_forward

ENGINES = ("columnar", "reference")
MODES = ("as_recorded", "carried_forward")
Decider = Callable[[pl.DataFrame, Setting], pl.DataFrame]


@dataclass(frozen=True)
class About:
    """What a replay rests on; printed with every result that comes of it."""

    requests: int
    episodes: int
    people: int
    requests_without_person: int
    period: tuple[date | None, date | None]   # first and last received_on
    deciding_day: str                         # a date, or "by date"
    mode: str
    policy: str | None                        # after clinician_review and information_needed; carried forward only
    guidelines: tuple[str, ...]               # id/version digest, of those that decided anything
    overlays: tuple[str, ...]
    program: str | None
    draft: str | None
    assumptions: str | None
    requests_on_assumptions: int
    plans_without_overlay: tuple[tuple[str, int], ...]
    engine: str
    carried: Carried | None = None

    def as_dict(self) -> dict[str, object]:
        out = {k: v for k, v in self.__dict__.items() if k != "carried"}
        out["period"] = [d and d.isoformat() for d in self.period]
        out["plans_without_overlay"] = dict(self.plans_without_overlay)
        out["guidelines"], out["overlays"] = list(self.guidelines), list(self.overlays)
        return out | ({"carried": dict(self.carried.__dict__)} if self.carried else {})


@dataclass(frozen=True)
class Replay:
    """`decisions` has one record a request, in the order of `cases`; both are Polars frames of equal height."""

    cases: pl.DataFrame = field(repr=False)
    decisions: pl.DataFrame = field(repr=False)
    about: About


def prepare(cases: pl.DataFrame, setting: Setting, assumptions: Assumptions | None = None) -> pl.DataFrame:
    """Cases with derived facts where they were absent, and assumptions where facts are still missing."""
    frame = derive(conform(cases), setting.library)
    if assumptions is None:
        return frame.with_columns(pl.lit([], dtype=pl.List(pl.String)).alias("assumed"))
    return assume(frame, assumptions, setting.library)


def replay(cases: pl.DataFrame, setting: Setting, *, assumptions: Assumptions | None = None,
           engine: str = "columnar", mode: str = "as_recorded", policy: str = "history",
           prepared: bool = False) -> Replay:
    """Decide every case. Shapes: one record a row of `cases`, in its order.

    `prepared` says that `cases` came from `prepare` already. Raises ValueError for an unknown engine, mode, policy.
    """
    for value, allowed in ((engine, ENGINES), (mode, MODES), (policy, POLICIES)):
        if value not in allowed:
            raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    frame = cases if prepared else prepare(cases, setting, assumptions)
    decide = decide_frame if engine == "columnar" else decide_by_reference
    if mode == "as_recorded":
        decisions, carried = decide(frame, setting), None
    else:
        decisions, carried = carry_forward(frame, lambda rows: decide(rows, setting), policy)
    return Replay(frame, decisions, about(frame, decisions, setting, engine=engine, mode=mode, carried=carried,
                                          policy=policy if carried else None, assumptions=assumptions))


def decide_by_reference(frame: pl.DataFrame, setting: Setting) -> pl.DataFrame:
    """The same records by the reference interpreter: slow, and the definition."""
    rows = [reference.decide(facts_of(row), setting).decision.as_dict() for row in frame.iter_rows(named=True)]
    return pl.DataFrame(rows, schema=RECORD)


def facts_of(row: dict[str, object]) -> Facts:
    """A row of a case frame as the reference reads it: numbers as exact decimals, lists as tuples."""
    return reference.exact(row)


def about(frame: pl.DataFrame, decisions: pl.DataFrame, setting: Setting, *, engine: str, mode: str,
          policy: str | None, carried: Carried | None, assumptions: Assumptions | None) -> About:
    """The circumstances of a replay, counted from its frames."""
    named = decisions.filter(pl.col("plan").is_not_null() & pl.col("overlay").is_null())
    lonely = named.group_by("plan").len().sort("plan").rows()
    received = frame["received_on"]

    def listed(name: str, digest: str) -> tuple[str, ...]:
        pairs = decisions.select(name, digest).drop_nulls().unique().sort(name, digest).rows()
        return tuple(f"{a} {b}" for a, b in pairs)

    decided = decisions.with_columns(pl.format("{}/{}", "guideline", "version").alias("_name"))
    pairs = decided.select("_name", "guideline_digest").drop_nulls().unique().sort("_name", "guideline_digest")
    names = tuple(f"{a} {b}" for a, b in pairs.rows())
    return About(
        requests=frame.height, episodes=frame["episode_id"].drop_nulls().n_unique(),
        people=frame["member_id"].drop_nulls().n_unique(), requests_without_person=frame["member_id"].null_count(),
        period=(received.min(), received.max()), mode=mode, policy=policy, guidelines=names,
        deciding_day=setting.as_of.isoformat() if setting.as_of else "by date",
        overlays=listed("overlay", "overlay_digest"), program=setting.program,
        draft=setting.draft.draft if setting.draft else None,
        assumptions=assumptions.name if assumptions else None,
        requests_on_assumptions=decisions.filter(pl.col("assumed").list.len() > 0).height,
        plans_without_overlay=tuple((p, n) for p, n in lonely),
        engine=f"{engine} {columnar.d.ENGINE_VERSION}", carried=carried)

"""Replays: cases × a version → decisions, as recorded or carried forward, in the order of the input."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from workbench.cases.assume import Assumptions
from workbench.cases.prepared import PreparedCases, prepared
from workbench.cases.request import rows
from workbench.cases.values import Value
from workbench.engine import reference
from workbench.engine.columnar import RECORD, Decided, decide_frame
from workbench.engine.decision import BY_PROGRAM, COLUMNAR, REFERENCE, Engine
from workbench.engine.fact_values import exact
from workbench.engine.setting import Setting
from workbench.language.interpret import Facts
from workbench.log import timed
from workbench.study.carry import POLICIES, Carried, carry_forward

log = logging.getLogger(__name__)

ENGINES = (COLUMNAR, REFERENCE)
BY_DATE = "by date"
MODES = ("as_recorded", "carried_forward")
Frame = pl.DataFrame  # of cases: a column for every fact


@dataclass(frozen=True, order=True)
class Pin:
    """A version that decided, `id/version`, and the digest of its text."""

    name: str
    digest: str

    def __str__(self) -> str:
        return f"{self.name} {self.digest}"


@dataclass(frozen=True)
class About:
    """What a replay rests on; printed with every result that comes of it."""

    requests: int
    episodes: int
    people: int
    requests_without_person: int
    period: tuple[date | None, date | None]  # first and last received_on
    deciding_day: date | None  # None: by date, each request by its own day
    mode: str
    policy: str | None  # after clinician_review and information_needed; carried forward only
    guidelines: tuple[Pin, ...]  # those that decided anything
    overlays: tuple[Pin, ...]
    program: str | None
    draft: str | None
    assumptions: str | None
    requests_on_assumptions: int
    plans_without_overlay: tuple[tuple[str, int], ...]
    engine: Engine
    carried: Carried | None = None

    @property
    def warning(self) -> str:
        """Said where no guideline decided anything, which looks like a result and is none; else empty."""
        if self.guidelines or not self.requests or self.deciding_day is not None:
            return ""
        first, last = self.period
        return (
            f"no guideline decided any of the {self.requests:,} requests: none was in force when they were received "
            f"({first} to {last}); decide as of a day to try a version on them"
        )

    def as_dict(self) -> dict[str, object]:
        """As JSON has it: days, versions and the engine as texts, and `by date` for no one day."""
        out = {k: v for k, v in self.__dict__.items() if k != "carried"}
        out["period"] = [d and d.isoformat() for d in self.period]
        out["deciding_day"] = self.deciding_day.isoformat() if self.deciding_day else BY_DATE
        out["engine"] = str(self.engine)
        out["plans_without_overlay"] = dict(self.plans_without_overlay)
        out["guidelines"], out["overlays"] = [str(p) for p in self.guidelines], [str(p) for p in self.overlays]
        return out | ({"carried": dict(self.carried.__dict__)} if self.carried else {})


@dataclass(frozen=True)
class Replay:
    """`decisions` has one record a request, in the order of `cases`; both are Polars frames of equal height."""

    cases: pl.DataFrame = field(repr=False)
    decisions: pl.DataFrame = field(repr=False)
    about: About


def prepare(cases: pl.DataFrame, setting: Setting, assumptions: Assumptions | None = None) -> PreparedCases:
    """Cases with derived facts where they were absent, and assumptions where facts are still missing: once for all
    replays of them."""
    return prepared(cases, setting.library, setting.as_of, dict(setting.pins), assumptions)


def prepare_alone(requests: Sequence[Mapping[str, Value]], setting: Setting) -> PreparedCases:
    """Single requests (facts by name, in their types) with their derived facts, a request a row; each is alone: those
    of one member make no episode together."""
    named = [{"request_id": "request", **request} for request in requests]
    if any("member_id" in request for request in named):
        return PreparedCases(pl.concat(prepare(rows([request]), setting).frame for request in named))
    return prepare(rows(named), setting)


@timed(log, "replayed")
def replay(
    cases: pl.DataFrame | PreparedCases,
    setting: Setting,
    *,
    assumptions: Assumptions | None = None,
    engine: str = "columnar",
    mode: str = "as_recorded",
    policy: str = "history",
    known: Decided | None = None,
) -> Replay:
    """Decide every case. Shapes: one record a row of `cases`, in its order. `known`: what the same cases came to under
    a setting that differs in its draft; requests that no draft touches are then not decided anew.

    A frame is prepared first, with `assumptions`; prepared cases bring theirs. Raises ValueError for an unknown
    engine, mode or policy, and for assumptions beside prepared cases.
    """
    for value, allowed in ((engine, ENGINES), (mode, MODES), (policy, POLICIES)):
        if value not in allowed:
            raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    if isinstance(cases, pl.DataFrame):
        cases = prepare(cases, setting, assumptions)
    elif assumptions is not None:
        raise ValueError("prepared cases bring their assumptions")
    frame, assumptions = cases.frame, cases.assumptions
    log.info("%d requests, %s, %s", frame.height, engine, mode)
    decide = decide_frame if engine == COLUMNAR else decide_by_reference
    if mode == "as_recorded":
        decisions, carried = decide(frame, setting, known), None
    else:
        decisions, carried = carry_forward(frame, lambda some: decide(some, setting), policy)
    return Replay(
        frame,
        decisions,
        about(
            frame,
            decisions,
            setting,
            engine=engine,
            mode=mode,
            carried=carried,
            policy=policy if carried else None,
            assumptions=assumptions,
        ),
    )


def decide_by_reference(frame: pl.DataFrame, setting: Setting, known: Decided | None = None) -> pl.DataFrame:
    """The same records by the reference interpreter: slow, and the definition. It decides all anew."""
    records = [reference.decide(facts_of(row), setting).decision.as_dict() for row in frame.iter_rows(named=True)]
    return pl.DataFrame(records, schema=RECORD)


def frame_of(row: Mapping[str, object], like: Frame) -> Frame:
    """One row of facts in the shape of a prepared frame; what it does not name is missing."""
    return pl.DataFrame([{n: row.get(n) for n in like.schema}], schema=like.schema)


def facts_of(row: dict[str, object]) -> Facts:
    """A row of a case frame as the reference reads it: numbers as exact decimals, lists as tuples."""
    return exact(row)


# What a replay rests on is counted over what a program does not free: there rules say only what is urgent.
UNDER_REVIEW = ~pl.col("reasons").list.contains(BY_PROGRAM)


def about(
    frame: pl.DataFrame,
    decisions: pl.DataFrame,
    setting: Setting,
    *,
    engine: str,
    mode: str,
    policy: str | None,
    carried: Carried | None,
    assumptions: Assumptions | None,
) -> About:
    """The circumstances of a replay, counted from its frames."""
    reviewed = decisions.filter(UNDER_REVIEW)
    named = reviewed.filter(pl.col("plan").is_not_null() & pl.col("overlay").is_null())
    lonely = named.group_by("plan").len().sort("plan").rows()
    first, last = frame.select(pl.col("received_on").min(), pl.col("received_on").max().alias("last")).row(0)

    decided = reviewed.with_columns(pl.format("{}/{}", "guideline", "version").alias("_name"))

    def pins(name: str, digest: str) -> tuple[Pin, ...]:
        return tuple(sorted(Pin(*pair) for pair in decided.select(name, digest).drop_nulls().unique().rows()))

    return About(
        requests=frame.height,
        episodes=frame["episode_id"].drop_nulls().n_unique(),
        people=frame["member_id"].drop_nulls().n_unique(),
        requests_without_person=frame["member_id"].null_count(),
        period=(first, last),
        mode=mode,
        policy=policy,
        guidelines=pins("_name", "guideline_digest"),
        deciding_day=setting.as_of,
        overlays=pins("overlay", "overlay_digest"),
        program=setting.program,
        draft=setting.draft.draft if setting.draft else None,
        assumptions=assumptions.name if assumptions else None,
        requests_on_assumptions=decisions.filter(pl.col("assumed").list.len() > 0).height,
        plans_without_overlay=tuple((p, n) for p, n in lonely),
        engine=Engine(engine),
        carried=carried,
    )

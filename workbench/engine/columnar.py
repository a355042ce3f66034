"""The columnar reading: whole case frames decided as Polars expressions. It gives the complete decision record.

Rows are first sorted by which rules decide them (program, deciding day, overlay, guideline); each such group is then
decided by expressions made from its rules. The order of the input is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

import polars as pl

from workbench.engine import decision as d
from workbench.engine.ruled import Compiled, compile_rules, decide_group
from workbench.engine.setting import Setting
from workbench.engine.terms import compile_
from workbench.guideline.model import Overlay, Program, ProgramRow, Rules

RECORD: dict[str, pl.DataType] = {
    "request_id": pl.String, "determination": pl.String, "granted_visits": pl.Int64, "granted_weeks": pl.Int64,
    "referred_visits": pl.Int64, "referred_weeks": pl.Int64, "waived_visits": pl.Int64,
    "benefit_excess_visits": pl.Int64, "procedures_not_covered": pl.List(pl.String), "reasons": pl.List(pl.String),
    "missing": pl.List(pl.String), "assumed": pl.List(pl.String), "undefined": pl.List(pl.String),
    "guideline": pl.String, "version": pl.String, "guideline_digest": pl.String, "plan": pl.String,
    "overlay": pl.String, "overlay_digest": pl.String, "program": pl.String, "program_digest": pl.String,
    "deciding_day": pl.Date, "engine": pl.String}
ROW = "_row"


def decide_frame(frame: pl.DataFrame, setting: Setting) -> pl.DataFrame:
    """Case frame (a column for every fact) → one decision record a row, in the order of the input."""
    if "assumed" not in frame.columns:
        frame = frame.with_columns(pl.lit([], dtype=pl.List(pl.String)).alias("assumed"))
    day = pl.lit(setting.as_of) if setting.as_of else pl.col("received_on")
    frame = frame.with_row_index(ROW).with_columns(
        day.cast(pl.Date).alias("deciding_day"),
        pl.lit(f"columnar {d.ENGINE_VERSION}").alias("engine"),
        pl.lit(None, dtype=pl.Date).alias("_requests_from"), pl.lit(False).alias("_free"),
        pl.lit(None, dtype=pl.String).alias("program"), pl.lit(None, dtype=pl.String).alias("program_digest"))
    if setting.program:
        frame = pl.concat(_programs(frame, setting))
    free, frame = frame.filter("_free"), frame.filter(~pl.col("_free"))
    parts = [_record(free, determination=d.NOT_REQUIRED, reasons=["program"])]
    for group, rules in _groups(frame, setting):
        if isinstance(rules, str):
            asked = {"referred_visits": pl.col("requested_visits"), "referred_weeks": pl.col("requested_weeks")}
            parts.append(_record(group, determination=d.CLINICIAN, reasons=[rules], granted_visits=0,
                                 granted_weeks=0, **asked))
        else:
            parts.append(_record(decide_group(group, _compiled(Keyed(rules), setting.program is not None))))
    return pl.concat(parts).sort(ROW).drop(ROW)


@dataclass(frozen=True)
class Keyed:
    """Rules under their digests, which say all that they say."""

    rules: Rules = field(compare=False)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Keyed) and self.key == other.key

    @property
    def key(self) -> tuple[str, ...]:
        r = self.rules
        return r.guideline, r.version, r.guideline_digest, r.plan, r.overlay_version, r.overlay_digest


@lru_cache(maxsize=256)
def _compiled(keyed: Keyed, named: bool) -> Compiled:
    return compile_rules(keyed.rules, named=named)


def _record(group: pl.DataFrame, **known: object) -> pl.DataFrame:
    """The record's columns of a group: those given, those already there, else what stands where nothing happened."""
    zero = ("referred_visits", "referred_weeks", "waived_visits", "benefit_excess_visits")
    columns = [pl.col(ROW)]
    for name, dtype in RECORD.items():
        if name in known:
            value = known[name]
            expr = value if isinstance(value, pl.Expr) else pl.lit(value, dtype=dtype)
        elif name in group.columns:
            expr = pl.col(name)
        elif isinstance(dtype, pl.List):
            expr = pl.lit([], dtype=dtype)
        else:
            expr = pl.lit(0 if name in zero else None, dtype=dtype)
        columns.append(expr.cast(dtype).alias(name))
    return group.select(columns)


def _programs(frame: pl.DataFrame, setting: Setting) -> Iterator[pl.DataFrame]:
    """Step 1, by the version of the program that counts for each row."""
    days = frame["received_on"].unique().to_list()
    by_version: dict[str, tuple[Program, list[date | None]]] = {}
    for day in days:
        program = setting.program_for(day)
        by_version.setdefault(program.name, (program, []))[1].append(day)
    for program, received in by_version.values():
        mine = pl.col("received_on").is_in([r for r in received if r is not None])
        if None in received:
            mine = mine.fill_null(True)
        yield frame.filter(mine).with_columns(
            pl.lit(program.name).alias("program"), pl.lit(setting.program_digest(program)).alias("program_digest"),
            **_program(program))


def _program(program: Program) -> dict[str, pl.Expr]:
    """Whether a row is free of review, and from which day requests are taken where it is not."""
    found = required = pl.lit(False)
    first = pl.lit(None, dtype=pl.Date)
    start = pl.coalesce("requested_start", "received_on")
    for row in program.rows:
        mine = _names(program, row)
        found = found | mine
        if row.review_from is None:
            continue
        due = ~(start < row.review_from).fill_null(False)
        if row.exempt_when is not None:
            due = due & ~compile_(row.exempt_when, {}).fill_null(False)
        required = required | (mine & due)
        if row.requests_from is not None:
            first = pl.when(mine).then(pl.lit(row.requests_from)).otherwise(first)
    known = pl.col("line_of_business").is_not_null() & pl.col("state").is_not_null()
    return {"_free": known & ~required.fill_null(False), "_requests_from": pl.when(known).then(first)}


def _names(program: Program, row: ProgramRow) -> pl.Expr:
    state = pl.col("state")
    if row.states is not None:
        where = state.is_in(list(row.states))
    else:
        named = {s for r in program.rows if r.line_of_business == row.line_of_business for s in r.states or ()}
        where = ~state.is_in(sorted(named))
    mine = (pl.col("line_of_business") == row.line_of_business) & where & pl.col("discipline").is_in(
        list(row.disciplines))
    return mine.fill_null(False)


def _groups(frame: pl.DataFrame, setting: Setting) -> Iterator[tuple[pl.DataFrame, Rules | str]]:
    """Step 2: the rows of each set of rules; a reason stands for rows that no single guideline decides."""
    yield frame.filter(pl.col("deciding_day").is_null()), "no_guideline"
    cuts = setting.cut_days
    for start, end in zip((date.min, *cuts), (*cuts, date.max), strict=True):
        rows = frame.filter((pl.col("deciding_day") >= start) & (pl.col("deciding_day") < end))
        if rows.is_empty():
            continue
        for overlay, group in _by_overlay(rows, setting, start):
            yield from _claims(group, [setting.rules(g, overlay) for g in setting.guidelines(start)])


def _by_overlay(rows: pl.DataFrame, setting: Setting, day: date) -> list[tuple[Overlay | None, pl.DataFrame]]:
    """The rows of each overlay that applies on this day, and those of none."""
    pairs = rows.select("plan", "line_of_business").unique()
    overlays = [setting.overlay(plan, business, day) for plan, business in pairs.iter_rows()]
    pairs = pairs.with_columns(pl.Series("_overlay", [o.name if o else "" for o in overlays], dtype=pl.String))
    rows = rows.join(pairs, on=["plan", "line_of_business"], how="left", nulls_equal=True, maintain_order="left")
    by_name = {o.name: o for o in overlays if o}
    return [(by_name.get(name), group.drop("_overlay"))
            for (name,), group in rows.group_by("_overlay", maintain_order=True)]


def _claims(group: pl.DataFrame, candidates: list[Rules]) -> Iterator[tuple[pl.DataFrame, Rules | str]]:
    claims = [compile_(r.scope, r.values).fill_null(False).cast(pl.Int32) for r in candidates]
    count = sum(claims, pl.lit(0))
    index = sum((c * i for i, c in enumerate(claims)), pl.lit(0))
    group = group.with_columns(count.alias("_claims"), index.alias("_claim"))
    yield group.filter(pl.col("_claims") == 0), "no_guideline"
    yield group.filter(pl.col("_claims") > 1), "ambiguous_guideline"
    for i, rules in enumerate(candidates):
        mine = group.filter((pl.col("_claims") == 1) & (pl.col("_claim") == i))
        if not mine.is_empty():
            yield mine, rules

"""The columnar reading: whole case frames decided as Polars expressions. It gives the complete decision record.

Rows are first sorted by which rules decide them (program, deciding day, overlay, guideline); each such group is then
decided by expressions made from its rules. The order of the input is kept.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from functools import reduce
from operator import add
from weakref import WeakKeyDictionary

import polars as pl

from workbench.engine import decision as d
from workbench.engine.columnar_nodes import Compiled, compile_node, compile_plan, run
from workbench.engine.columns import FREE, VARIANT, by_variant, value
from workbench.engine.plan import plans
from workbench.engine.setting import Setting
from workbench.guideline.model import Library, Overlay, Program, ProgramRow, Rules
from workbench.language.columnar import compile_

_DTYPES: dict[type, pl.DataType] = {
    str: pl.String(),
    int: pl.Int64(),
    bool: pl.Boolean(),
    date: pl.Date(),
    tuple: pl.List(pl.String()),
    d.Engine: pl.String(),
}
RECORD: dict[str, pl.DataType] = {f.name: _DTYPES[f.holds] for f in d.FIELDS}
_DEFAULT = {f.name: f.default for f in d.FIELDS}
ROW = "_row"
log = logging.getLogger(__name__)


Group = tuple[pl.DataFrame, list[Rules]]  # rows that one guideline decides, and its rules by the number in `_variant`


@dataclass(frozen=True)
class Decided:
    """What a setting decided of a frame: its records, in the order of the frame."""

    setting: Setting
    decisions: pl.DataFrame = field(repr=False)

    def has(self, setting: Setting) -> bool:
        """Whether another setting differs in its draft at most."""
        return replace(setting, draft=self.setting.draft) == self.setting

    def record(self, group: pl.DataFrame, rules: list[Rules]) -> pl.DataFrame | None:
        """The records of the rows of a group, where these very rules decided them all."""
        for now in rules:
            overlay = f"{now.plan}/{now.overlay_version}" if now.plan else None
            if self.setting.rules_named(now.guideline, now.version, overlay) is not now:
                return None
        found = self.decisions[group[ROW]].with_columns(group[ROW])
        # A draft may take requests into the scope of another guideline, or leave them to this one alone.
        mine = (found["guideline"] == rules[0].guideline) & (found["version"] == rules[0].version)
        return found.select(ROW, *RECORD) if mine.fill_null(False).all() else None


def decide_frame(frame: pl.DataFrame, setting: Setting, known: Decided | None = None) -> pl.DataFrame:
    """Case frame (a column for every fact) → one decision record a row, in the order of the input. `known`, records of
    the same frame under another setting, spares deciding anew what no draft touches."""
    parts, groups = settle(frame, setting)
    known = known if known is not None and known.has(setting) else None
    for group, rules in groups:
        found = known.record(group, rules) if known else None
        parts += [_record(decided) for decided in _decided(group, rules, setting)] if found is None else [found]
    return pl.concat(parts).sort(ROW).drop(ROW)


def settle(frame: pl.DataFrame, setting: Setting) -> tuple[list[pl.DataFrame], list[Group]]:
    """Steps 1 and 2: the records of what no rules decide, and the rows that some do; each row with its place in the
    frame (`ROW`). What the program frees is among the latter, since rules may say that it is urgent."""
    if "assumed" not in frame.columns:
        frame = frame.with_columns(pl.lit([], dtype=pl.List(pl.String)).alias("assumed"))
    frame = frame.with_row_index(ROW).with_columns(
        *_days(setting),
        pl.lit(d.SCHEMA, dtype=pl.Int64).alias("schema"),
        pl.lit(str(d.Engine(d.COLUMNAR))).alias("engine"),
        pl.lit(None, dtype=pl.Date).alias("_requests_from"),
        pl.lit(False).alias(FREE),
        pl.lit(None, dtype=pl.String).alias("program"),
        pl.lit(None, dtype=pl.String).alias("program_digest"),
    )
    if setting.program:
        frame = pl.concat(_programs(frame, setting))
    parts: list[pl.DataFrame] = []
    groups: list[Group] = []
    for group, rules in _groups(frame, setting):
        if isinstance(rules, str):
            free, group = group.filter(FREE), group.filter(~pl.col(FREE))
            parts.append(_record(free, determination=d.NOT_REQUIRED, reasons=[d.BY_PROGRAM]))
            asked = {"referred_visits": pl.col("requested_visits"), "referred_weeks": pl.col("requested_weeks")}
            parts.append(
                _record(group, determination=d.CLINICIAN, reasons=[rules], granted_visits=0, granted_weeks=0, **asked)
            )
        else:
            groups.append((group, rules))
    return parts, groups


def _decided(group: pl.DataFrame, rules: list[Rules], setting: Setting) -> Iterator[pl.DataFrame]:
    """The rows of one guideline, decided by as few plans as serve the rules of their variants."""
    found = _plans(setting.library, tuple(rules), setting.program is not None)
    for compiled, places in found:
        if len(found) == 1:
            yield run(group, compiled)
        else:
            numbers = {at + 1: i for i, at in enumerate(places, start=1)}
            mine = group.filter(pl.col(VARIANT).is_in(list(numbers)))
            yield run(mine.with_columns(pl.col(VARIANT).replace_strict(numbers, return_dtype=pl.Int64)), compiled)


Found = list[tuple[Compiled, tuple[int, ...]]]
KEPT = 128  # plans for each library; all overlays of a guideline share one, so that few are ever in use
_kept: WeakKeyDictionary[Library, OrderedDict[tuple[object, ...], tuple[tuple[Rules, ...], Found]]] = (
    WeakKeyDictionary()
)


def _plans(library: Library, rules: tuple[Rules, ...], named: bool) -> Found:
    """Compiled once for the same rules, and kept as long as their library lives: never the other way round. Rules are
    told apart by identity, which the kept ones hold on to; working out a hash of all that they say takes longer."""
    kept = _kept.setdefault(library, OrderedDict())
    key = (named, *map(id, rules))
    if key not in kept:
        kept[key] = rules, [(compile_plan(plan), places) for plan, places in plans(rules, named=named)]
        log.debug("compiled %d plans for %d rules of %s", len(kept[key][1]), len(rules), rules[0].guideline)
        if len(kept) > KEPT:
            kept.popitem(last=False)
    kept.move_to_end(key)
    return kept[key][1]


def _days(setting: Setting) -> list[pl.Expr]:
    """The deciding day of each request, and where it comes from."""
    if setting.as_of is not None:
        return [pl.lit(setting.as_of).alias("deciding_day"), pl.lit(d.AS_OF).alias("day_from")]
    received = pl.col("received_on")
    asked = None if setting.asked_on is None else d.ASKED_ON
    return [
        pl.coalesce(received, pl.lit(setting.asked_on, dtype=pl.Date)).alias("deciding_day"),
        pl.when(received.is_not_null())
        .then(pl.lit(d.RECEIVED_ON))
        .otherwise(pl.lit(asked, dtype=pl.String))
        .alias("day_from"),
    ]


def _record(group: pl.DataFrame, **known: object) -> pl.DataFrame:
    """The record's columns of a group: those given, those already there, else what stands where nothing happened."""
    columns = [pl.col(ROW)]
    for name, dtype in RECORD.items():
        if name in known:
            value = known[name]
            expr = value if isinstance(value, pl.Expr) else pl.lit(value, dtype=dtype)
        elif name in group.columns:
            expr = pl.col(name)
        else:
            expr = pl.lit(_DEFAULT[name], dtype=dtype)
        columns.append(expr.cast(dtype).alias(name))
    return group.select(columns)


def _programs(frame: pl.DataFrame, setting: Setting) -> Iterator[pl.DataFrame]:
    """Step 1, by the version of the program that counts for each row."""
    days = frame["received_on"].unique().to_list() or [None]  # no rows: none of any day
    by_version: dict[str, tuple[Program, list[date | None]]] = {}
    for day in days:
        program = setting.program_for(day)
        assert program is not None, "a program is named"
        by_version.setdefault(program.name, (program, []))[1].append(day)
    for program, received in by_version.values():
        mine = pl.col("received_on").is_in([r for r in received if r is not None])
        if None in received:
            mine = mine.fill_null(True)
        yield frame.filter(mine).with_columns(
            pl.lit(program.name).alias("program"),
            pl.lit(setting.program_digest(program)).alias("program_digest"),
            **_program(program),
        )


def _program(program: Program) -> dict[str, pl.Expr]:
    """Whether a row is free of review, and from which day requests are taken where it is not."""
    found = required = pl.lit(False)
    first = pl.lit(None, dtype=pl.Date)
    start = pl.coalesce("requested_start", "received_on")
    for row in program.rows:
        mine = _names(program, row) & ~found  # the first row that names a request speaks for it
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
    return {FREE: known & ~required.fill_null(False), "_requests_from": pl.when(known).then(first)}


def _names(program: Program, row: ProgramRow) -> pl.Expr:
    state = pl.col("state")
    if row.states is not None:
        where = state.is_in(list(row.states))
    else:
        where = ~state.is_in(sorted(program.named(row.line_of_business)))
    mine = (
        (pl.col("line_of_business") == row.line_of_business) & where & pl.col("discipline").is_in(list(row.disciplines))
    )
    return mine.fill_null(False)


def _groups(frame: pl.DataFrame, setting: Setting) -> Iterator[tuple[pl.DataFrame, list[Rules] | str]]:
    """Step 2: the rows of each guideline with the rules of its variants, which are numbered in `_variant`; a reason
    stands for rows that no single guideline decides."""
    yield frame.filter(pl.col("deciding_day").is_null()), "no_guideline"
    cuts = setting.cut_days
    for start, end in zip((date.min, *cuts), (*cuts, date.max), strict=True):
        rows = frame.filter((pl.col("deciding_day") >= start) & (pl.col("deciding_day") < end))
        if not rows.is_empty():
            rows, overlays = _numbered(rows, setting, start)
            yield from _claims(rows, [[setting.rules(g, o) for o in overlays] for g in setting.guidelines(start)])


def overlays_of(rows: pl.DataFrame, setting: Setting, day: date) -> list[Overlay | None]:
    """The overlays that apply to some of the rows on this day, in order, None first."""
    return _numbered(rows, setting, day)[1]


def _numbered(rows: pl.DataFrame, setting: Setting, day: date) -> tuple[pl.DataFrame, list[Overlay | None]]:
    """The rows with the number of the overlay that applies on this day, and the overlays in order, None first."""
    pairs = rows.select("plan", "line_of_business").unique()
    overlays = [setting.overlay(plan, business, day) for plan, business in pairs.iter_rows()]
    by_name = {o.name: o for o in overlays if o}
    names = ["", *sorted(by_name)]
    numbers = [names.index(o.name if o else "") + 1 for o in overlays]
    pairs = pairs.with_columns(pl.Series(VARIANT, numbers, dtype=pl.Int64))
    rows = rows.join(pairs, on=["plan", "line_of_business"], how="left", nulls_equal=True, maintain_order="left")
    return rows, [by_name.get(name) for name in names]


def _claims(group: pl.DataFrame, candidates: list[list[Rules]]) -> Iterator[tuple[pl.DataFrame, list[Rules] | str]]:
    claims = [
        compile_node(by_variant([value(r, r.scope) for r in rules])).fill_null(False).cast(pl.Int32)
        for rules in candidates
    ]
    count: pl.Expr = reduce(add, claims, pl.lit(0))
    index: pl.Expr = reduce(add, (c * i for i, c in enumerate(claims)), pl.lit(0))
    group = group.with_columns(count.alias("_claims"), index.alias("_claim"))
    yield group.filter(pl.col("_claims") == 0), "no_guideline"
    yield group.filter(pl.col("_claims") > 1), "ambiguous_guideline"
    for i, rules in enumerate(candidates):
        mine = group.filter((pl.col("_claims") == 1) & (pl.col("_claim") == i))
        if not mine.is_empty():
            yield mine, rules

"""Derived facts: computed where they are absent and their inputs are known, exactly, alike for one request and for
a million. A supplied value always stands; `disagreements` lists those that their inputs contradict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache, reduce
from operator import and_

import polars as pl

from workbench.cases import icd10cm
from workbench.cases.claims import Claims, Read, claims
from workbench.cases.episodes import with_episodes
from workbench.cases.frame import SCALE, Frame, conform, quotient, scaled, unscaled
from workbench.guideline.model import ConditionRow, Library, Measure
from workbench.language.columnar import compile_

# Largest result that a decimal fact may take, in hundred-millionths.
_BOUND = 10**7 * SCALE


SIMPLE = (
    "condition",
    "provider_valid",
    "deficit_percent",
    "remaining_deficit_percent",
    "improvement_mcid",
    "improvement_since_last_mcid",
    "second_remaining_deficit_percent",
    "second_improvement_mcid",
    "second_improvement_since_last_mcid",
)


def derive(frame: Frame, library: Library, as_of: date | None = None, pins: Mapping[str, str] | None = None) -> Frame:
    """The frame, conformed, with its derived facts filled in.

    Conditions and measures come from the tables of the guideline version that decides a row: as of a day, or by the
    day on which each request was received (None); `pins` (guideline → version) replaces what the day would choose.
    A row that no guideline claims goes by the newest tables.
    """
    return derived(conform(frame), library, as_of, pins)


def derived(frame: Frame, library: Library, as_of: date | None = None, pins: Mapping[str, str] | None = None) -> Frame:
    """The same for a frame that is conformed."""
    frame = frame.with_columns(_of_an_evaluation(n) for n in ("requested_visits", "requested_weeks"))
    absent = frame.lazy().select(pl.col(*SIMPLE).null_count()).collect().row(0, named=True)
    wanted = [name for name in SIMPLE if absent[name]]
    if wanted:
        columns = frame.collect_schema().names()
        frame = _with_computed(frame, claims(library, as_of, pins), wanted)
        frame = frame.with_columns(pl.coalesce(name, f"_{name}").alias(name) for name in wanted).select(columns)
    return with_episodes(frame, library)


def _of_an_evaluation(amount: str) -> pl.Expr:
    """An evaluation alone that names no amount is one visit in one week: nobody need be asked how many."""
    alone = pl.col("evaluation_only").fill_null(False) & pl.col(amount).is_null()
    return pl.when(alone).then(1).otherwise(pl.col(amount)).cast(pl.Int64).alias(amount)


def _with_computed(frame: Frame, found: Claims, wanted: Sequence[str]) -> Frame:
    """The frame with `_name` for each derived fact wanted (those of a single request): what its inputs make of it,
    null where they do not suffice. None of these rests on another."""
    if not found.by:
        return _computed(frame, found.rest, wanted)
    columns = frame.collect_schema().names()
    for i, (tables, claimed) in enumerate(found.by):
        # A scope sees the facts that its own guideline's tables give.
        frame = _computed(frame, tables, wanted, f"_{i}")
        own = {name: pl.coalesce(name, f"_{name}_{i}") for name in wanted}
        scoped = frame.with_columns(**own).select(claimed.alias(f"_claimed_{i}"))
        frame = pl.concat([frame, scoped], how="horizontal")
    frame = _computed(frame, found.rest, wanted)
    chosen = {f"_{name}": pl.col(f"_{name}") for name in wanted}
    for i in reversed(range(len(found.by))):
        chosen = {
            name: pl.when(pl.col(f"_claimed_{i}")).then(pl.col(f"{name}_{i}")).otherwise(value)
            for name, value in chosen.items()
        }
    return frame.with_columns(**chosen).select(*columns, *chosen)


def _computed(frame: Frame, tables: Read, wanted: Iterable[str], suffix: str = "") -> Frame:
    measures = tables.measures
    values = {
        "condition": condition_of(tables.sets, pl.col("_group")),
        "provider_valid": npi_valid(pl.col("provider_npi")),
        "deficit_percent": _left(measures, "measure", "score_baseline"),
        "remaining_deficit_percent": _left(measures, "measure", "score_current"),
        "second_remaining_deficit_percent": _left(measures, "second_measure", "second_score_current"),
    }
    for which in ("", "second_"):
        values[f"{which}improvement_mcid"] = _gain(measures, which, "baseline")
        values[f"{which}improvement_since_last_mcid"] = _gain(measures, which, "previous")
    # A column of its own: as a part of the expression it would be worked out anew in every branch.
    frame = frame.with_columns(condition_group(tables.numbers).alias("_group"))
    return frame.with_columns(values[name].alias(f"_{name}{suffix}") for name in wanted).drop("_group")


def npi_valid(npi: pl.Expr) -> pl.Expr:
    """Whether an NPI has ten digits and its check digit holds: the Luhn sum over 80840 (which adds 24) and the
    ten digits is a multiple of ten. Null where it is missing."""
    total = pl.lit(24, pl.Int32)
    for place in range(10):
        digit = npi.str.slice(place, 1).cast(pl.Int32, strict=False)
        if place % 2 == 0:
            digit = 2 * digit - pl.when(digit > 4).then(9).otherwise(0)
        total = total + digit
    valid = npi.str.contains(r"^[0-9]{10}$") & (total % 10 == 0)
    return pl.when(npi.is_not_null()).then(valid)


@lru_cache(maxsize=1)
def _existing() -> pl.Series:
    return pl.Series(sorted(icd10cm.codes() | icd10cm.earlier()))


def condition_group(numbers: Mapping[int, Mapping[str, int]]) -> pl.Expr:
    """The number of the set of rows with the longest prefix of `diagnosis` whose discipline fits; null without."""
    code = pl.col("diagnosis").str.to_uppercase().str.replace_all(r"[.\s]", "")
    code = pl.when(code.is_in(_existing().implode())).then(code)  # words and codes of other systems decide nothing
    if not numbers:
        return pl.lit(None, pl.Int32)
    return pl.coalesce(
        pl.concat_str(pl.col("discipline"), pl.lit(" "), code.str.head(n)).replace_strict(
            numbers[n], default=None, return_dtype=pl.Int32
        )
        for n in sorted(numbers, reverse=True)
    )


def condition_of(groups: Sequence[tuple[ConditionRow, ...]], group: pl.Expr) -> pl.Expr:
    """The condition, given the set of rows that share the longest prefix: they are read from the top, true is taken,
    false passed over, unknown ends in null. Shorter prefixes are not tried."""
    # Sets whose first row has no cells are settled by the code alone; only the others need their cells read.
    settled = {i: found[0].condition for i, found in enumerate(groups) if not found[0].cells}
    result = group.replace_strict(settled, default=None, return_dtype=pl.String) if settled else pl.lit(None, pl.String)
    # Side by side, not one within another: Polars' memory grows with the square of the depth.
    return pl.coalesce(
        result, *(pl.when(group == i).then(_first_row(found)) for i, found in enumerate(groups) if i not in settled)
    )


def _first_row(rows: tuple[ConditionRow, ...]) -> pl.Expr:
    unknown, states = pl.lit(""), []
    for row in rows:
        # Polars' `&` is Kleene's: one false cell settles a row, whatever is unknown beside it.
        holds = reduce(and_, (compile_(c.node, {}) for c in row.cells), pl.lit(True))
        states.append(pl.when(holds.is_null()).then(unknown).when(holds).then(pl.lit(row.condition)))
    first = pl.coalesce(states)
    return pl.when(first != unknown).then(first)


def _gain(measures: Mapping[str, Measure], which: str, since: str) -> pl.Expr:
    """How far the first measure ("") or the second ("second_") went to the better, in its MCID."""
    measure, then, now = (f"{which}{n}" for n in ("measure", f"score_{since}", "score_current"))
    sign = _per_measure(measures, _sign, measure)
    mcid = _per_measure(measures, lambda m: _whole(m.mcid), measure)
    change = sign * (scaled(pl.col(now)) - scaled(pl.col(then)))
    return unscaled(_within(quotient(change, mcid), -_BOUND, _BOUND))


def _per_measure(
    measures: Mapping[str, Measure], value: Callable[[Measure], int | None], fact: str = "measure"
) -> pl.Expr:
    """A number of the row's measure (or second measure) as Int128; null where the measure has none."""
    numbers = {m.id: value(m) for m in measures.values()}
    known = {k: v for k, v in numbers.items() if v is not None}
    if not known:
        return pl.lit(None, pl.Int128)
    # Through Int64: these stay below 10^15.
    return pl.col(fact).replace_strict(known, default=None, return_dtype=pl.Int64).cast(pl.Int128)


def _sign(measure: Measure) -> int:
    return 1 if measure.better == "higher" else -1


def _whole(value: Decimal | None) -> int | None:
    return None if value is None else int(value * SCALE)


def _width(measure: Measure) -> int | None:
    if measure.lowest is None or measure.highest is None:
        return None
    return _whole(measure.highest - measure.lowest)


def _left(measures: Mapping[str, Measure], measure: str, score: str) -> pl.Expr:
    """How far a score is from the unimpaired end of its measure, in percent of the scale; null beyond either end."""
    best = _per_measure(measures, lambda m: _whole(m.highest if m.better == "higher" else m.lowest), measure)
    distance = _per_measure(measures, _sign, measure) * (best - scaled(pl.col(score)))
    return unscaled(_within(quotient(100 * distance, _per_measure(measures, _width, measure)), 0, 100 * SCALE))


def _within(whole: pl.Expr, low: int, high: int) -> pl.Expr:
    """Null outside: a score beyond its measure's ends says nothing that could be computed with."""
    return pl.when((whole >= pl.lit(low, pl.Int128)) & (whole <= pl.lit(high, pl.Int128))).then(whole)


def disagreements(frame: pl.DataFrame, library: Library) -> pl.DataFrame:
    """Supplied derived facts of a single request that their inputs contradict: request_id, fact, supplied, computed (as
    text).

    A supplied decimal agrees if it is the computed one rounded to the places it shows (for changes in MCID, to two
    places at least, since 1.0 against 0.96 decides). Each request goes by the tables of the day on which it was
    received.
    """
    frame = _with_computed(conform(frame), claims(library, None), SIMPLE)
    found = []
    for name in SIMPLE:
        supplied, value = pl.col(name), pl.col(f"_{name}")
        if frame.schema[name] == pl.Float64:
            differs = _differs(scaled(supplied), scaled(value), 8 if name.endswith("_percent") else 6)
        else:
            differs = supplied != value
        found.append(
            frame.filter(differs).select(
                "request_id",
                pl.lit(name).alias("fact"),
                supplied.cast(pl.String).alias("supplied"),
                value.cast(pl.String).alias("computed"),
            )
        )
    return pl.concat(found)


def _differs(supplied: pl.Expr, value: pl.Expr, coarsest: int) -> pl.Expr:
    step = pl.lit(1, pl.Int128)
    for zeros in range(1, coarsest + 1):
        step = pl.when(supplied % pl.lit(10**zeros, pl.Int128) == 0).then(pl.lit(10**zeros, pl.Int128)).otherwise(step)
    return (supplied - value).abs() * 2 > step

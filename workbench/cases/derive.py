"""Derived facts: computed where they are absent and their inputs are known, exactly, alike for one request and for
a million. A supplied value always stands; `disagreements` lists those that their inputs contradict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

import polars as pl

from workbench.cases.cells import cells_hold
from workbench.cases.episodes import with_episodes
from workbench.cases.frame import SCALE, Frame, conform, quotient, scaled, unscaled
from workbench.guideline.model import ConditionRow, Library, Measure

# Largest result that a decimal fact may take, in hundred-millionths.
_BOUND = 10**7 * SCALE


SIMPLE = ("condition", "provider_valid", "deficit_percent", "improvement_mcid", "improvement_since_last_mcid")


def derive(frame: Frame, library: Library) -> Frame:
    """The frame, conformed, with its derived facts filled in."""
    frame = conform(frame)
    absent = frame.lazy().select(pl.col(*SIMPLE).null_count()).collect().row(0, named=True)
    wanted = [name for name in SIMPLE if absent[name]]
    if wanted:
        columns = frame.collect_schema().names()
        frame = _with_computed(frame, library, wanted)
        frame = frame.with_columns(pl.coalesce(name, f"_{name}").alias(name) for name in wanted).select(columns)
    return with_episodes(frame, library)


def _with_computed(frame: Frame, library: Library, wanted: Iterable[str]) -> Frame:
    """The frame with `_name` for each derived fact wanted (those of a single request): what its inputs make of it,
    null where they do not suffice. None of these rests on another."""
    base, current, previous = (scaled(pl.col(c)) for c in ("score_baseline", "score_current", "score_previous"))
    sign, mcid = _per_measure(library, _sign), _per_measure(library, lambda m: _whole(m.mcid))
    deficit = quotient(100 * _distance(base, library), _per_measure(library, _width))
    values = {
        "condition": condition_of(library.conditions, pl.col("_group")),
        "provider_valid": npi_valid(pl.col("provider_npi")),
        "deficit_percent": unscaled(_within(deficit, 0, 100 * SCALE)),
        "improvement_mcid": unscaled(_within(quotient(sign * (current - base), mcid), -_BOUND, _BOUND)),
        "improvement_since_last_mcid": unscaled(
            _within(quotient(sign * (current - previous), mcid), -_BOUND, _BOUND)),
    }
    # A column of its own: as a part of the expression it would be worked out anew in every branch.
    frame = frame.with_columns(condition_group(library.conditions).alias("_group"))
    return frame.with_columns(values[name].alias(f"_{name}") for name in wanted)


def npi_valid(npi: pl.Expr) -> pl.Expr:
    """Whether an NPI has ten digits and its check digit holds: the Luhn sum over 80840 (which adds 24) and the
    ten digits is a multiple of ten. Null where it is missing."""
    total = pl.lit(24, pl.Int32)
    for place in range(10):
        digit = npi.str.slice(place, 1).cast(pl.Int32, strict=False)
        if place % 2 == 0:
            digit = 2 * digit - pl.when(digit > 4).then(9).otherwise(0)
        total = total + digit
    valid = npi.str.contains(r"^[0-9]{10}$") & (total % 10 == 0).fill_null(False)
    return pl.when(npi.is_not_null()).then(valid)


def _groups(rows: tuple[ConditionRow, ...]) -> tuple[list[tuple[ConditionRow, ...]], dict[str, int]]:
    """Sets of rows that share a discipline and a prefix, and "discipline prefix" → the number of its set."""
    by_key: dict[str, list[ConditionRow]] = defaultdict(list)
    for row in rows:
        for discipline in row.disciplines:
            for prefix in row.prefixes:
                if row not in by_key[f"{discipline} {prefix}"]:
                    by_key[f"{discipline} {prefix}"].append(row)
    groups = list(dict.fromkeys(tuple(found) for found in by_key.values()))
    return groups, {key: groups.index(tuple(found)) for key, found in by_key.items()}


def condition_group(rows: tuple[ConditionRow, ...]) -> pl.Expr:
    """The number of the set of rows with the longest prefix of `diagnosis` whose discipline fits; null without."""
    number = _groups(rows)[1]
    code = pl.col("diagnosis").str.to_uppercase().str.replace_all(r"[.\s]", "")
    lengths = sorted({len(key.split(" ")[1]) for key in number}, reverse=True)
    if not lengths:
        return pl.lit(None, pl.Int32)
    return pl.coalesce(
        pl.when(code.str.len_chars() >= n)
        .then(pl.concat_str(pl.col("discipline"), pl.lit(" "), code.str.head(n))
              .replace_strict({k: v for k, v in number.items() if len(k.split(" ")[1]) == n}, default=None,
                              return_dtype=pl.Int32))
        for n in lengths)


def condition_of(rows: tuple[ConditionRow, ...], group: pl.Expr) -> pl.Expr:
    """The condition, given the set of rows that share the longest prefix: they are read from the top, true is taken,
    false passed over, unknown ends in null. Shorter prefixes are not tried."""
    groups = _groups(rows)[0]
    # Sets whose first row has no cells are settled by the code alone; only the others need their cells read.
    settled = {i: found[0].condition for i, found in enumerate(groups) if not found[0].cells}
    result = group.replace_strict(settled, default=None, return_dtype=pl.String) if settled \
        else pl.lit(None, pl.String)
    for i, found in enumerate(groups):
        if i not in settled:
            result = pl.when(group == i).then(_first_row(found)).otherwise(result)
    return result


def _first_row(rows: tuple[ConditionRow, ...]) -> pl.Expr:
    result = pl.lit(None, pl.String)
    for row in reversed(rows):
        holds = cells_hold(row.cells)
        result = pl.when(holds.is_null()).then(None).when(holds).then(pl.lit(row.condition)).otherwise(result)
    return result


def _per_measure(library: Library, value: object) -> pl.Expr:
    """A number of the row's measure as Int128; null where the measure has none."""
    numbers = {m.id: value(m) for m in library.measures.values()}
    known = {k: v for k, v in numbers.items() if v is not None}
    if not known:
        return pl.lit(None, pl.Int128)
    # Through Int64: these stay below 10^15.
    return pl.col("measure").replace_strict(known, default=None, return_dtype=pl.Int64).cast(pl.Int128)


def _sign(measure: Measure) -> int:
    return 1 if measure.better == "higher" else -1


def _whole(value: Decimal | None) -> int | None:
    return None if value is None else int(value * SCALE)


def _width(measure: Measure) -> int | None:
    if measure.lowest is None or measure.highest is None or measure.highest == measure.lowest:
        return None
    return _whole(measure.highest - measure.lowest)


def _distance(base: pl.Expr, library: Library) -> pl.Expr:
    """Distance of a score from the unimpaired end of its measure; negative beyond that end."""
    best = _per_measure(library, lambda m: None if _width(m) is None else _whole(
        m.highest if m.better == "higher" else m.lowest))
    return _per_measure(library, _sign) * (best - base)


def _within(whole: pl.Expr, low: int, high: int) -> pl.Expr:
    """Null outside: a score beyond its measure's ends says nothing that could be computed with."""
    return pl.when((whole >= pl.lit(low, pl.Int128)) & (whole <= pl.lit(high, pl.Int128))).then(whole)


def disagreements(frame: pl.DataFrame, library: Library, *, across: bool = True) -> pl.DataFrame:
    """Supplied derived facts that their inputs contradict: request_id, fact, supplied, computed (as text).

    A supplied decimal agrees if it is the computed one rounded to the places it shows (for changes in MCID, to two
    places at least, since 1.0 against 0.96 decides). `across` says that the frame is whole, so that request numbers
    can be counted.
    """
    frame = _with_computed(conform(frame), library, SIMPLE)
    names = list(SIMPLE)
    if across:
        bare = frame.with_columns(pl.lit(None, pl.Int64).alias("request_number"))
        frame = frame.with_columns(with_episodes(bare, library)["request_number"].alias("_request_number"))
        names.append("request_number")
    found = []
    for name in names:
        supplied, value = pl.col(name), pl.col(f"_{name}")
        if frame.schema[name] == pl.Float64:
            differs = _differs(scaled(supplied), scaled(value), 8 if name == "deficit_percent" else 6)
        else:
            differs = supplied != value
        found.append(frame.filter(differs).select(
            "request_id", pl.lit(name).alias("fact"), supplied.cast(pl.String).alias("supplied"),
            value.cast(pl.String).alias("computed")))
    return pl.concat(found)


def _differs(supplied: pl.Expr, value: pl.Expr, coarsest: int) -> pl.Expr:
    step = pl.lit(1, pl.Int128)
    for zeros in range(1, coarsest + 1):
        step = pl.when(supplied % pl.lit(10**zeros, pl.Int128) == 0).then(pl.lit(10**zeros, pl.Int128)).otherwise(step)
    return (supplied - value).abs() * 2 > step

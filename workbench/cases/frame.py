"""The canonical case frame: one column for each fact of the fact table, in its order, whatever the source.

Text and choices are String, numbers Int64 or Float64, a code list List(String). A decimal holds at most eight
places and stays below ten million, so that `scaled` turns it into an exact integer. Missing is null; there is no NaN.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.errors import Problem, ProblemsFound
from workbench.facts import DECIMAL_PLACES, facts

SCALE: int = 10**DECIMAL_PLACES

_DTYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "choice": pl.String(),
    "boolean": pl.Boolean(),
    "integer": pl.Int64(),
    "decimal": pl.Float64(),
    "date": pl.Date(),
    "code list": pl.List(pl.String),
}

SCHEMA: dict[str, pl.DataType] = {name: _DTYPES[fact.kind] for name, fact in facts().items()}

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)
CaseFrame: TypeAlias = pl.DataFrame  # of this schema, for rooms that hand cases on and compute nothing


def conform(frame: Frame) -> Frame:
    """The frame with every fact, in order and typed; columns that are no facts follow as they are.

    A column that does not fit its type raises ProblemsFound (`bad-value`) when the frame is collected at once;
    lazy frames are cast when they run. Ranges and choices are `check`'s affair, not this function's.
    """
    have = frame.collect_schema()
    wanted = []
    for name, dtype in SCHEMA.items():
        if name not in have:
            wanted.append(pl.lit(None, dtype).alias(name))
        else:
            wanted.append(_cast(pl.col(name), have[name], dtype).alias(name))
    others = [c for c in have.names() if c not in SCHEMA]
    try:
        return frame.select(*wanted, *others)
    except pl.exceptions.PolarsError:
        if isinstance(frame, pl.DataFrame) and (found := _misfits(frame)):
            raise ProblemsFound(found) from None
        raise


def _cast(column: pl.Expr, have: pl.DataType, want: pl.DataType) -> pl.Expr:
    if want == pl.Float64:
        return rounded(column.cast(pl.Float64))
    if want == pl.Int64 and have.is_float():
        # Through text, because a cast would cut the places off; 2.0 is whole, 2.5 is a misfit.
        return column.fill_nan(None).cast(pl.String).str.strip_suffix(".0").cast(pl.Int64)
    if want == pl.List(pl.String) and have != pl.List(pl.Null):
        codes = column.cast(pl.List(pl.String)).list.drop_nulls()
        return pl.when(codes.list.len() > 0).then(codes)
    if isinstance(have, pl.Datetime) and want == pl.Date:
        return column.dt.date()
    return column.cast(want)


def _misfits(frame: pl.DataFrame) -> list[Problem]:
    problems = []
    for name, dtype in SCHEMA.items():
        if name in frame.columns:
            try:
                frame.select(_cast(pl.col(name), frame.schema[name], dtype))
            except pl.exceptions.PolarsError:
                problems.append(
                    Problem(
                        "bad-value",
                        f"the column {name} holds {frame.schema[name]} that does not fit {facts()[name].kind}",
                    )
                )
    return problems


def rounded(number: pl.Expr) -> pl.Expr:
    """A Float64 held to eight places, ties toward +infinity; NaN is missing. Exact up to ten million, where
    number × 10^8 has an error under 0.2; larger ones pass through, for the range check to catch."""
    whole = (number * SCALE + 0.5).floor()
    return pl.when(number.abs() <= 1e7).then(_per_scale(whole)).otherwise(number.fill_nan(None))


def _per_scale(whole: pl.Expr) -> pl.Expr:
    """A Float64 divided by 10^8, correctly rounded. Polars divides a long column by a constant through its
    reciprocal, which is often one bit off (-1.4000000000000001) and not what it does for one row; the divisor is
    therefore made a column."""
    return whole / (whole * 0 + SCALE)


def scaled(decimal: pl.Expr) -> pl.Expr:
    """A decimal of the frame as the exact Int128 number of its hundred-millionths; null beyond ten million."""
    return pl.when(decimal.abs() <= 1e7).then(decimal * SCALE).round().cast(pl.Int128)


def quotient(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    """Two Int128 of one scale divided, as the Int128 number of hundred-millionths, ties toward +infinity; null where
    the denominator is not above 0. Polars' `//` floors, so that half the divisor is added first."""
    size = pl.when(denominator > 0).then(denominator)
    return (numerator * (2 * SCALE) + size) // (size * 2)


def unscaled(whole: pl.Expr) -> pl.Expr:
    """The Float64 nearest to an Int128 number of hundred-millionths."""
    return _per_scale(whole.cast(pl.Float64))


def as_frame(part: pa.RecordBatch) -> pl.DataFrame:
    """Arrow as Polars; a column of a type that Polars falls over is told as texts. Raises ArrowException where a
    damaged file gave values that are none, such as texts that are not UTF-8."""
    part.validate(full=True)
    columns = []
    for name, column in zip(part.schema.names, part.columns, strict=True):
        if not _known(column.type):
            column = pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.string())
        columns.append(pl.Series(name, pl.from_arrow(column)))
    return pl.DataFrame(columns) if columns else pl.DataFrame({"_": [None] * part.num_rows})


def _known(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _known(kind.value_type)
    if kind.num_fields:
        return not pa.types.is_union(kind) and all(_known(kind.field(i).type) for i in range(kind.num_fields))
    is_ = pa.types
    if is_.is_timestamp(kind) and kind.tz and not _zone(kind.tz):
        return False  # such as -05:30, which Polars knows no place for
    return any(
        test(kind)
        for test in (
            is_.is_boolean,
            is_.is_integer,
            is_.is_floating,
            is_.is_decimal128,
            is_.is_string,
            is_.is_large_string,
            is_.is_binary,
            is_.is_large_binary,
            is_.is_fixed_size_binary,
            is_.is_date,
            is_.is_time,
            is_.is_timestamp,
            is_.is_duration,
            is_.is_null,
        )
    )


def _zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def empty() -> pl.DataFrame:
    return pl.DataFrame(schema=SCHEMA)


def stack(frames: list[pl.DataFrame]) -> pl.DataFrame:
    """Case frames one below the other."""
    return pl.concat(frames)


# Says that the rows of a file were checked when it was written, and by which fact table.
MARK = {b"workbench": b"cases 1"}


def checked(path: str | Path) -> bool:
    """Whether a Parquet file was written here, so that its rows need no second check. What the generator adds
    (`latent_…`) is nothing that is decided by."""
    try:
        schema = pq.read_schema(path)
        marked = dict(schema.metadata or {}).get(b"workbench") == MARK[b"workbench"]
        have = as_frame(pa.RecordBatch.from_pylist([], schema)).schema
        return marked and {n: t for n, t in have.items() if not n.startswith("latent_")} == SCHEMA
    except (OSError, ValueError, pa.ArrowException):
        return False

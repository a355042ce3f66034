"""Sets of ids, one for each row, as bits in whole numbers: cheap to make, and few different ones to spell out."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

WIDTH = 60  # bits in one 64-bit whole number, with room to spare


def bits(flags: Sequence[pl.Expr | None], name: str) -> list[pl.Expr]:
    """Columns `name0`, `name1`, … in which bit i says whether flag i holds. None never holds; an unknown is unset."""
    columns = []
    for start in range(0, max(len(flags), 1), WIDTH):
        word = pl.lit(0, dtype=pl.Int64)
        for i, flag in enumerate(flags[start : start + WIDTH]):
            if flag is not None:
                word = word + flag.fill_null(False).cast(pl.Int64) * (1 << i)
        columns.append(word.alias(f"{name}{start // WIDTH}"))
    return columns


def spell(frame: pl.DataFrame, name: str, ids: Sequence[str]) -> pl.Series:
    """The ids of each row as a list column, in the order of `ids`."""
    words = [c for c in frame.columns if c.startswith(name) and c[len(name) :].isdigit()]
    keys = frame.select(pl.struct(words).alias("key"))
    distinct = keys.unique()
    spelled = [
        [ids[w * WIDTH + i] for w, word in enumerate(row) for i in range(WIDTH) if word >> i & 1]
        for row in distinct["key"].struct.unnest().iter_rows()
    ]
    table = distinct.with_columns(pl.Series("spelled", spelled, dtype=pl.List(pl.String)))
    return keys.join(table, on="key", how="left", maintain_order="left")["spelled"]

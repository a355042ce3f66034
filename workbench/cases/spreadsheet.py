"""Texts that a spreadsheet would run as a formula, made harmless: each CSV file that a verb writes goes through.

`=cmd|' /C calc'!A0` in a request id is such a text; a `'` before it makes a spreadsheet show it as it stands.
"""

from __future__ import annotations

import re

import polars as pl

# What begins a formula: the signs, the same in full width, and what a spreadsheet skips before them.
_FORMULA = r"^[\s\x00-\x1f]*[=+\-@＝＋－＠]|^[\t\r\n]"
_NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$"


def harmless(value: object) -> object:
    """A cell of a table of numbers and words: a text that would run gets a `'` in front; a plain number, as text too,
    stays as it is."""
    if isinstance(value, str) and re.search(_FORMULA, value) and not re.fullmatch(_NUMBER, value):
        return f"'{value}"
    return value


def csv_safe(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame as it may stand in a CSV file: lists joined by `;`, and a `'` before each text that a spreadsheet
    would run as a formula, column names too. Numbers keep their sign; a text that is a number (`+1`, a telephone
    number) does not pass as one."""
    lists = [
        pl.col(name).cast(pl.List(pl.String)).list.join(";").alias(name)
        for name, dtype in frame.schema.items()
        if isinstance(dtype, pl.List)
    ]
    frame = frame.with_columns(lists)
    texts = [name for name, dtype in frame.schema.items() if dtype in (pl.String, pl.Categorical, pl.Enum)]
    safe = frame.with_columns(pl.col(name).cast(pl.String) for name in texts).with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA)).then(pl.concat_str(pl.lit("'"), name)).otherwise(name).alias(name)
        for name in texts
    )
    return safe.rename({name: str(harmless(name)) for name in safe.columns})

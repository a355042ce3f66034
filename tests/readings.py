"""Every reading of an expression, in one list, so that each table and each generated expression runs through all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from workbench.cases.frame import SCHEMA
from workbench.engine import terms
from workbench.engine.interpret import Facts, evaluate
from workbench.language.tree import Node, Type, fact_names

Values = Mapping[str, Decimal]


@dataclass(frozen=True)
class Reading:
    """`values(node, rows, parameters)` is one plain value a row; `asked` one set of facts a row."""

    name: str
    values: Callable[[Node, Sequence[Facts], Values], list[object]]
    asked: Callable[[Node, Sequence[Facts], Values], list[frozenset[str]]]


def _interpreted(node: Node, rows: Sequence[Facts], values: Values) -> list[object]:
    return [evaluate(node, facts, values).value for facts in rows]


def _interpreted_asks(node: Node, rows: Sequence[Facts], values: Values) -> list[frozenset[str]]:
    return [evaluate(node, facts, values).asked for facts in rows]


def frame_of(rows: Sequence[Facts], wanted: Sequence[str]) -> pl.DataFrame:
    """The rows as a case frame with these facts as columns (and one more, so that it is never without any)."""
    columns = {"_row": pl.Series(range(len(rows)), dtype=pl.Int64)}
    for name in wanted:
        dtype = SCHEMA[name]
        cells = [_cell(facts.get(name), dtype) for facts in rows]
        columns[name] = pl.Series(name, cells, dtype=dtype)
    return pl.DataFrame(columns)


def _cell(value: object, dtype: pl.DataType) -> object:
    if isinstance(value, Decimal):
        return float(value) if dtype == pl.Float64 else int(value)
    return list(value) if isinstance(value, tuple) else value


def plain(value: object, type_: Type) -> object:
    """A value of a compiled expression as the interpreter gives it: numbers as exact decimals."""
    if value is None or not type_.numeric:
        return value
    return Decimal(value).scaleb(-type_.places)


def _columnar(node: Node, rows: Sequence[Facts], values: Values) -> list[object]:
    frame = frame_of(rows, fact_names(node))
    column = frame.with_columns(terms.compile_(node, values).alias("_value"))["_value"]
    return [plain(v, node.type) for v in column.to_list()]


def _columnar_asks(node: Node, rows: Sequence[Facts], values: Values) -> list[frozenset[str]]:
    wanted = fact_names(node)
    flags = {f"?{name}": terms.asks(node, name, values) for name in wanted} | {"_any": terms.asks_any(node, values)}
    frame = frame_of(rows, wanted).with_columns(**{n: pl.lit(False) if e is None else e for n, e in flags.items()})
    asked = [frozenset(n for n in wanted if row[f"?{n}"]) for row in frame.iter_rows(named=True)]
    assert frame["_any"].to_list() == [bool(a) for a in asked], "asks_any is not the union of asks"
    return asked


READINGS = (Reading("reference", _interpreted, _interpreted_asks), Reading("columnar", _columnar, _columnar_asks))

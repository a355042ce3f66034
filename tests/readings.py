"""Every reading of an expression, in one list, so that each table and each generated expression runs through all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl
import z3

from workbench.cases.frame import SCHEMA
from workbench.language import columnar as terms
from workbench.language import symbolic
from workbench.language import terms as terms_of_z3
from workbench.language.interpret import Facts, evaluate
from workbench.language.terms import Symbols
from workbench.language.tree import Literal, Node, Type, asked_names, fact_names, looked_at, walk

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
    wanted = asked_names(node)
    flags = {f"?{name}": terms.asks(node, name, values) for name in wanted} | {"_any": terms.asks(node, None, values)}
    frame = frame_of(rows, looked_at(node)).with_columns(
        **{n: pl.lit(False) if e is None else e for n, e in flags.items()}
    )
    asked = [frozenset(n for n in wanted if row[f"?{n}"]) for row in frame.iter_rows(named=True)]
    assert frame["_any"].to_list() == [bool(a) for a in asked], "asking for any is not the union of asking for each"
    return asked


def symbols_for(rows: Sequence[Facts], *nodes: Node) -> Symbols:
    """Variables for the facts of these expressions, that know the texts and codes of these and of the rows."""
    texts = {n.value for node in nodes for n in walk(node) if isinstance(n, Literal) and isinstance(n.value, str)}
    codes = {c for row in rows for v in row.values() if isinstance(v, tuple) for c in v}
    return Symbols({*texts, *(v for row in rows for v in row.values() if isinstance(v, str))}, {*codes, *texts})


def fixed(terms: Sequence[object], symbols: Symbols, facts: Facts) -> list[object]:
    """Terms of the solver in one request, as plain values."""
    together = z3.Function("together", *(t.sort() for t in terms), z3.BoolSort())(*terms)
    found = z3.simplify(z3.substitute(together, *symbols.fixed(facts)))
    return [x.as_long() if z3.is_int_value(x) else z3.is_true(x) if _truth(x) else x for x in found.children()]


def _truth(x: object) -> bool:
    return z3.is_true(x) or z3.is_false(x)


def _symbolic(node: Node, rows: Sequence[Facts], values: Values) -> list[object]:
    symbols = symbols_for(rows, node)
    found = symbolic.term(node, symbols, values)
    parts = [found.yes, found.no] if isinstance(found, terms_of_z3.Truth) else [found.value, found.unknown]
    out: list[object] = []
    for facts in rows:
        one, two = fixed(parts, symbols, facts)
        if isinstance(found, terms_of_z3.Truth):
            assert not (one and two), "a truth is not both"
            out.append(True if one else False if two else None)
        elif two or node.type.kind == "null":
            out.append(None)
        elif node.type.kind == "string":
            out.append(symbols.texts[(one - 1) // 2])
        elif node.type.kind == "date":
            out.append(date.fromordinal(one))
        else:
            out.append(plain(one, node.type))
    return out


def _symbolic_asks(node: Node, rows: Sequence[Facts], values: Values) -> list[frozenset[str]]:
    symbols, wanted = symbols_for(rows, node), asked_names(node)
    flags = [symbolic.asks(node, symbols, values, name) for name in (*wanted, None)]
    out = []
    for facts in rows:
        *each, some = fixed(flags, symbols, facts)
        asked = frozenset(n for n, flag in zip(wanted, each, strict=True) if flag)
        assert some == bool(asked), "asking for any is not the union"
        out.append(asked)
    return out


READINGS = (
    Reading("reference", _interpreted, _interpreted_asks),
    Reading("columnar", _columnar, _columnar_asks),
    Reading("symbolic", _symbolic, _symbolic_asks),
)

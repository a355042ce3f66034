"""Several rows a request, such as the lines of a claim: rows that share a request_id become one request. Lists of codes
are put together; of every other fact the lines that hold it say the same, unless the mapping says which counts."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import polars as pl

from workbench.cases.frame import SCHEMA
from workbench.cases.values import Misfit
from workbench.facts import REQUIRED, facts
from workbench.guideline.model import Library
from workbench.reading.accept_rows import misfit
from workbench.reading.account import Note
from workbench.reading.cell_texts import short
from workbench.reading.mapping import Mapping

FURTHER = "they are further lines of requests that are counted already"
LINE = "_line"  # a column that is the same in two lines whose cells all are
ALONE = ("request_id",)  # what every line must hold; the rest may stand in one of the others


class Grouped(NamedTuple):
    """`requests` has the columns of a case frame and `row`, the row of its first line; `aside`: row of a line → why its
    request can not be used; `further`: sound lines beside the first of their requests; `notes` are of lines."""

    requests: pl.DataFrame
    aside: dict[int, list[Misfit]]
    further: int
    notes: list[Note]


def put_together(lines: pl.DataFrame, row: str, spoilt: Collection[str], mapping: Mapping, library: Library) -> Grouped:
    """`lines` are sound rows of a case frame with their numbers in `row`; `spoilt` names requests of which another line
    was set aside: without it they would lack what it holds."""
    how = {c.fact.name: c.of_lines for c in mapping.columns if c.of_lines}
    same = [n for n in SCHEMA if n != "request_id" and n not in how and facts()[n].kind != "code list"]
    summed = [n for n, said in how.items() if said == "sum"]
    values = [_of_all(name, how.get(name, "")).alias(name) for name in SCHEMA if name != "request_id"]
    several = [(pl.col(n).drop_nulls().n_unique() > 1).alias(f"several {n}") for n in same]
    texts = [pl.col(n).drop_nulls().unique(maintain_order=True).cast(pl.String).alias(f"texts {n}") for n in same]
    found = lines.group_by("request_id", maintain_order=True).agg(
        *values, *several, *texts, pl.col(row).first(), pl.col(row).alias("rows")
    )
    reasons: dict[int, list[Misfit]] = {}
    wrong = found.select(
        pl.col("request_id").is_in(list(spoilt)).alias("spoilt"),
        *(pl.col(f"several {n}").alias(n) for n in same),
        *(pl.col(n).is_null().alias(f"no {n}") for n in REQUIRED),
        *(misfit(facts()[n], library).alias(f"odd {n}") for n in summed),
    )
    bad = wrong.select(pl.any_horizontal(pl.all())).to_series()
    for i in bad.arg_true():
        mine = _why(found.row(i, named=True), wrong.row(i, named=True), same, summed)
        reasons |= dict.fromkeys(found["rows"][i].to_list(), mine)
    good = found.filter(~bad)
    further = int(good["rows"].list.len().sum()) - len(good)
    twice = _twice(lines.filter(~pl.col(row).is_in(list(reasons))), row, summed[0]) if summed else []
    return Grouped(good.select(*SCHEMA, row), reasons, further, twice)


def _twice(lines: pl.DataFrame, row: str, fact: str) -> list[Note]:
    """Lines that stand in the file twice, cell for cell: both are added up, though one may be there by mistake."""
    again = lines.filter(pl.struct("request_id", LINE).is_duplicated()).select(
        row, "request_id", pl.col(row).first().over("request_id", LINE).alias("first")
    )
    return [
        (one, name, fact, f"the line is that of row {first} once more, cell for cell; both are counted")
        for one, name, first in again.filter(pl.col(row) != pl.col("first")).iter_rows()
    ]


def _of_all(name: str, how: str) -> pl.Expr:
    known = pl.col(name).drop_nulls()
    if facts()[name].kind == "code list":
        codes = pl.col(name).explode().drop_nulls().unique(maintain_order=True)
        return pl.when(codes.len() > 0).then(codes.implode())
    if how == "sum":
        return pl.when(known.len() > 0).then(known.sum())
    return known.min() if how == "least" else known.max() if how == "most" else known.first()


def _why(values: dict[str, object], wrong: dict[str, bool], same: list[str], summed: list[str]) -> list[Misfit]:
    request, out = short(str(values["request_id"])), []
    if wrong["spoilt"]:
        out.append(Misfit("bad-value", f"another line of request {request} can not be used"))
    for name in same:
        if wrong[name]:
            texts = values[f"texts {name}"]
            shown = " and ".join(texts[:3]) if isinstance(texts, list) else ""
            hint = "say `of_lines: first`, `least`, `most` or `sum` of this column in the mapping"
            out.append(Misfit("bad-value", f"{name}: the lines of request {request} say {shown}", hint, name))
    out += [Misfit("missing-value", f"{n} is missing", "", n) for n in REQUIRED if wrong[f"no {n}"]]
    for name in (n for n in summed if wrong[f"odd {n}"]):
        fact = facts()[name]
        message = f"{name}: the lines of request {request} come to {values[name]}, outside {fact.low}..{fact.high}"
        out.append(Misfit("value-out-of-range", message, "", name))
    return out

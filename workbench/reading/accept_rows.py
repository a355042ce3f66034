"""Which rows of a typed frame can not be used, and why. Every row is accepted or set aside, with all its reasons."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import polars as pl

from workbench.cases.values import FIRST_DAY, LAST_DAY, Misfit, Value, choices_of, fits, round_places
from workbench.facts import PROCEDURE_CODE, REQUIRED, TEXT_BOUND, Fact, facts
from workbench.guideline.model import Library

# What is known of a row that was set aside: its place among the rows read (from 1), its reasons, each with its code at
# the same place in `codes`, and the row as read.
SET_ASIDE: dict[str, pl.DataType] = {
    "row": pl.Int64(),
    "request_id": pl.String(),
    "codes": pl.List(pl.String),
    "reasons": pl.List(pl.String),
    "raw": pl.String(),
}


def said(code: str, reason: str) -> str:
    """A reason of SET_ASIDE without its code, for who has named that already: a reason begins with it."""
    return reason[len(code) :].strip()


def misfit(fact: Fact, library: Library) -> pl.Expr:
    """Whether a value of a typed column lies outside its range, choices or form; never null."""
    value = pl.col(fact.name)
    if fact.kind in ("integer", "decimal"):
        low, high = fact.span
        wrong = (value < float(low)) | (value > float(high))
    elif fact.kind == "date":
        wrong = (value < FIRST_DAY) | (value > LAST_DAY)
    elif fact.kind == "code list":
        wrong = value.list.eval(~pl.element().str.contains(PROCEDURE_CODE)).list.any()
    elif fact.kind == "choice" and choices_of(fact, library):
        wrong = ~value.is_in(choices_of(fact, library))
    elif fact.kind in ("text", "choice"):
        wrong = value.str.len_chars() > TEXT_BOUND
    else:
        return pl.lit(False)
    return wrong.fill_null(False)


def bad_rows(
    frame: pl.DataFrame, misfits: Mapping[int, object], library: Library, required: Sequence[str] = REQUIRED
) -> list[int]:
    """Indices of the rows that can not be used: found wrong while read, or now."""
    wrong = [misfit(fact, library) for fact in facts().values()] + [pl.col(name).is_null() for name in required]
    found = frame.select(pl.any_horizontal(wrong)).to_series()
    return sorted({*found.arg_true().to_list(), *misfits})


def sort_out(
    frame: pl.DataFrame,
    rows: pl.Series,
    raw: Callable[[int], str],
    library: Library,
    misfits: Mapping[int, Sequence[Misfit]],
    unsplit: Collection[int] = (),
    required: Sequence[str] = REQUIRED,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The accepted rows of a conformed frame, and the others as SET_ASIDE. `rows` numbers them, `raw` gives a row as
    it was read, `misfits` (index → reasons) is what was found wrong while it was read; an `unsplit` row has no cells
    to complain about. `required`: the facts that no row may lack."""
    index = bad_rows(frame, misfits, library, required)
    if not index:
        return frame, empty_aside()
    reasons = []
    for i in index:
        mine = list(misfits.get(i, ()))
        reasons.append(mine if i in unsplit else mine + _more(frame.row(i, named=True), mine, library, required))
    aside = pl.DataFrame(
        {
            "row": rows.gather(index),
            "request_id": frame["request_id"].gather(index),
            "codes": [[m.code for m in mine] for mine in reasons],
            "reasons": [[str(m) for m in mine] for mine in reasons],
            "raw": [raw(i) for i in index],
        },
        schema=SET_ASIDE,
    )
    return frame.filter(pl.repeat(True, len(frame), eager=True).scatter(index, False)), aside


def _more(
    values: Mapping[str, object], known: Sequence[Misfit], library: Library, required: Sequence[str]
) -> list[Misfit]:
    """What is wrong with the values of a row, beside what is known of it."""
    named, found = {m.fact for m in known}, []
    for name, fact in facts().items():
        if name in named:
            continue
        wrong = fits(fact, _plain(fact, values[name]), choices_of(fact, library))
        if values[name] is None and name in required:
            wrong = Misfit("missing-value", f"{name} is missing")
        if wrong:
            found.append(wrong)
    return found


def repeated_rows(ids: pl.Series, rows: pl.Series) -> dict[int, int]:
    """Row → the earlier row that has its request_id already. Among sound rows the first one stands."""
    table = pl.DataFrame({"id": ids, "row": rows}).filter(pl.col("id").is_duplicated())
    table = table.with_columns(pl.col("row").first().over("id").alias("first"))
    return dict(table.filter(pl.col("row") != pl.col("first")).select("row", "first").iter_rows())


def repeated(request: str, row: int) -> Misfit:
    return Misfit("duplicate-request", f"request_id: '{request}' stands in row {row} already")


def aside_for_repeats(
    again: Mapping[int, int], names: Mapping[int, str], raw: Iterable[tuple[int, str]]
) -> pl.DataFrame:
    """SET_ASIDE of the rows that repeat a request_id. `again` as from repeated_rows, `names` row → request_id, `raw`
    yields each such row as it stood."""
    return aside_rows({row: [repeated(names[row], first)] for row, first in again.items()}, names, raw)


def aside_rows(
    reasons: Mapping[int, Sequence[Misfit]], names: Mapping[int, str], raw: Iterable[tuple[int, str]]
) -> pl.DataFrame:
    """SET_ASIDE of rows by their number."""
    return pl.DataFrame(
        [(row, names[row], [m.code for m in reasons[row]], [str(m) for m in reasons[row]], text) for row, text in raw],
        schema=SET_ASIDE,
        orient="row",
    )


def _plain(fact: Fact, value: object) -> Value:
    """A value of a typed frame as the fact's own. Raises TypeError for what is in no such frame."""
    if isinstance(value, list):
        return tuple(str(code) for code in value)
    if fact.kind == "decimal" and value is not None:
        return round_places(Decimal(repr(value)))
    if value is None or isinstance(value, bool | int | str | date):
        return value
    raise TypeError(f"{fact.name}: {type(value).__name__}")


def empty_aside() -> pl.DataFrame:
    return pl.DataFrame(schema=SET_ASIDE)

"""Rows of a table that are no records: totals, footers, the header once more, rules of hyphens."""

from __future__ import annotations

import re
from collections import Counter

import polars as pl

from workbench.cases.values import Misfit
from workbench.reading.batches import Batch
from workbench.reading.cell_texts import short
from workbench.reading.convert_columns import as_text


def _any(*words: str) -> str:
    return "(?:" + "|".join(words) + ")"


# What totals are called: English, German, French, Spanish, Dutch and others that Excel writes.
_SUM = _any(
    _any("grand", "sub", "running", "page", "report", "column", "overall", "sous", "zwischen", "teil", "end", "net")
    + r"?[\s-]?"
    + _any("totals?", "totaux", "totale[ns]?", "totaal", "totalt", "summen?", "sommes?", "suma"),
    "gesamt(?:summe|ergebnis|zahl|wert|anzahl)?",
    "insgesamt",
)
_MEASURE = _any(
    *(
        "sum",
        "counts?",
        "anzahl",
        "nombre",
        "average",
        "avg",
        "mean",
        "median",
        "moyenne",
        "mittelwert",
        "durchschnitt",
    ),
    *(
        "promedio",
        "minimum",
        "maximum",
        "min",
        "max",
        "std",
        r"st\.?\s?dev",
        "overall",
        "all",
        "alle",
        "tous",
        "toutes",
    ),
    *("todos", "rows?", "records?"),
)
_OF_TOTALS = r".*\b(?:sub)?totals?\s*:?$"  # PT total
# What begins the id of a row of totals, and what a first cell of one is as a whole.
_TOTAL_ID = r"(?i)^\W*" + _any(
    _SUM + r"\b",
    _MEASURE + r"\s*(?:[:=(].*)?$",
    r"all\s+(?:rows|records|patients|members|requests|cases|disciplines)\b",
    _OF_TOTALS,
)
_TOTAL = r"(?i)^\W*" + _any(
    _any(_SUM, "sum", "average", "mean", "median", "mittelwert", "moyenne") + r"\s*(?:\d[\d.,\s]*|[:=(].*)?$",
    _OF_TOTALS,
)
_RULE = r"^[-=_*]{3,}$"
_COUNTED = "(?i)^" + _any(
    r"\(?\d[\d,.]* (?:rows?|records?|datensätze|zeilen|lignes|filas|registros)"
    r"(?: affected| selected| returned)?\)?\.?$",
    r"(?:n|rows?|records?|counts?|(?:row|record) count|number of (?:rows|records|requests)|anzahl|nombre)"
    r"\s*[=:]\s*\d[\d,. ]*$",
)
_FOOTER = r"(?i)^\W*" + _any(
    r"(?:page|seite|pagina|página)\s+\d+(?:\s*(?:of|von|de|sur|/)\s*\d+)?$",
    r"(?:this |the )?(?:report|data|file|list|extract|export|query)?\s*(?:was |is )?"
    + _any(
        "generated", "printed", "exported", "extracted", "created", "produced", "prepared", "refreshed", "downloaded"
    )
    + r"\s*(?:on|by|at|from|date|time|:|\d)",
    r"(?:last )?(?:updated|run)\s*(?:on|by|at|date|time|:|\d)",
    _any(
        "erstellt",
        "gedruckt",
        "exportiert",
        "ausgedruckt",
        "stand",
        "imprimé",
        "généré",
        "édité",
        "impreso",
        "generado",
    )
    + r"\s*(?:am|von|le|par|el|por|:|\d)",
    r"(?:end|ende|fin) (?:of|der|des|du|de) \w+",
    "eof$",
    r"(?:applied )?filters?\s*:",
    r"(?:source|quelle|notes?|remarks?|legende?|disclaimer|confidential\w*|copyright)\s*(?::.*)?$",
    r"confidential\s",
    "©",
)
_LOOKED_AT = 12  # columns in which a row's first cell is looked for
_SEVERAL = 3  # so many ids of one kind, and the most, are how ids are made there
_LIKE = (("a", r"\p{L}"), ("9", r"\d"), ("_", r"\s"))
_HINT = "leave it out of the file, or by `where` in the mapping"
_MEANT = f"{_HINT}; if it is a request, give it another id by `values`"


class NotRows:
    """Finds such rows, batch by batch: what the rows before looked like tells a footer in a last batch of one row.
    `numbered`: requests have no id of their own, so that any row would make one."""

    def __init__(self, numbered: bool):
        self.numbered = numbered
        self.usual = 0.0  # cells that rows hold
        self.likes: set[str] = set()  # signs of which ids are made
        self.ids = 0
        # Ids that differ in their numbers alone, by what is alike in them: how many rows, and the first few ids.
        self.named_so: Counter[str] = Counter()
        self.several: dict[str, set[str]] = {}

    def find(self, batch: Batch, ids: pl.Series | None) -> dict[int, list[Misfit]]:
        """Index → why the row is none. `ids`: as they are read from the rows."""
        table = batch.table
        if not table.width or not len(table):
            return {}
        texts = {c: as_text(table[c]).alias(str(i)) for i, c in enumerate(table.columns[:_LOOKED_AT])}
        cells = pl.DataFrame(list(texts.values())).select(pl.when(pl.all() != "").then(pl.all()))
        first = cells.select(pl.coalesce(pl.all())).to_series()
        filled = table.select(
            pl.sum_horizontal(
                (pl.col(c) != "" if kind == pl.String else pl.col(c).is_not_null()).fill_null(False)
                for c, kind in table.schema.items()
            )
        ).to_series()
        if ids is None or self.numbered:
            ids = pl.Series([None] * len(table), dtype=pl.String)
        self.usual = max(self.usual, float(filled.median() or 0))  # type: ignore[arg-type]
        sparse = filled * 2 <= self.usual
        found: dict[int, tuple[str, str]] = {}
        for pattern, what in ((_TOTAL, "totals"), (_RULE, "signs that part a table"), (_COUNTED, "a count of rows")):
            # With an id and as full as the others, a row may well begin with a cell that says `Total`.
            for i in (first.str.contains(pattern) & (ids.is_null() | sparse)).fill_null(False).arg_true():
                found[i] = f"the row holds {what}, no request: it begins with {short(first[i])}", _HINT
        self._by_id(ids, sparse, found)
        self._repeats(cells, list(texts), found)
        if table.width > 2:
            wordy = first.str.contains(r"\S\s+\S") if not self.numbered else first.is_not_null()
            for i in ((filled == 1) & wordy).fill_null(False).arg_true():
                found.setdefault(i, ("the row holds a single cell, as titles and footers do", _HINT))
        if self.numbered:
            self._of_numbers(table, sparse, found)
        return {i: [Misfit("bad-value", *told)] for i, told in found.items() if i not in batch.unsplit}

    def _by_id(self, ids: pl.Series, sparse: pl.Series, found: dict[int, tuple[str, str]]) -> None:
        total = (ids.str.contains(_TOTAL_ID) | ids.str.contains(_COUNTED)).fill_null(False)
        self.ids += len(ids) - ids.null_count()
        for name in ids.filter((total & ids.str.contains(r"\d")).fill_null(False)):
            alike = re.sub(r"\d+", "9", name)
            self.named_so[alike] += 1
            if len(known := self.several.setdefault(alike, set())) < _SEVERAL:
                known.add(name)
        ((most, count),) = self.named_so.most_common(1) or (("", 0),)
        # Else all are called `Total-1`, `Total-2` and so on; `Total: 3` may stand on each page.
        if 2 * count <= self.ids or len(self.several.get(most, ())) < _SEVERAL:
            for i in total.arg_true():
                found.setdefault(i, (f"the row holds totals, no request: its id is {short(ids[i])}", _MEANT))
        for i in ids.str.contains(_FOOTER).fill_null(False).arg_true():
            found.setdefault(i, (f"the row is a footer, no request: its id is {short(ids[i])}", _MEANT))
        like = _likes(ids)
        self.likes |= set(like.filter(~sparse).drop_nulls().unique())
        if self.likes:
            for i in (sparse & ~like.is_in(list(self.likes))).fill_null(False).arg_true():
                why = f"the row is hardly filled, and its id {short(ids[i])} is unlike the others, as in footers"
                found.setdefault(i, (why, _MEANT))

    def _repeats(self, cells: pl.DataFrame, names: list[str], found: dict[int, tuple[str, str]]) -> None:
        if len(names) < 2:
            return
        again = pl.DataFrame([c.str.to_lowercase() == n.lower() for c, n in zip(cells, names, strict=True)])
        for i in again.select(pl.all_horizontal(pl.all().fill_null(True))).to_series().arg_true():
            if cells.row(i) != (None,) * len(names):
                found[i] = "the row repeats the column names", _HINT

    def _of_numbers(self, table: pl.DataFrame, sparse: pl.Series, found: dict[int, tuple[str, str]]) -> None:
        """Sums alone, where other rows hold words or days as well."""
        texts = [as_text(table[c]).alias(str(i)) for i, c in enumerate(table.columns[:_LOOKED_AT])]
        numbers = pl.DataFrame(texts).select(
            pl.all_horizontal((pl.all().str.contains(r"^[-+$€]?[\d.,\s]*%?$")).fill_null(True))
        )
        only = numbers.to_series()
        if int(only.sum()) * 2 < len(only) or not sparse.all():
            for i in (only & sparse).arg_true():
                found.setdefault(i, ("the row holds numbers alone, as sums do, and few of them", _HINT))


def _likes(ids: pl.Series) -> pl.Series:
    """Of which kinds of signs an id is made: letters, digits, spaces, and each other sign."""
    other = ids.str.replace_all(r"[\p{L}\d\s]", "")
    sorted_ = {t: "".join(sorted(set(t))) for t in other.drop_nulls().unique().to_list()}
    parts = [pl.when(ids.str.contains(p)).then(pl.lit(k)).otherwise(pl.lit("")) for k, p in _LIKE]
    return pl.select(pl.concat_str(*parts, other.replace(sorted_))).to_series()

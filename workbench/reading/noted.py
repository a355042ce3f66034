"""What is to be told of the cells of accepted rows, summed up: how many were kept with a note and how many were left
missing, with the first of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import polars as pl

EXAMPLES = 3  # kept of each fact, in either way


@dataclass
class Noted:
    """`add` takes notes as account.NOTES has them, batch by batch. A few bytes a note are kept, so that those of rows
    which turn out to be of no use can be left out again."""

    _parts: list[pl.DataFrame] = field(default_factory=list)
    _first: dict[tuple[str, bool], list[tuple[int, str]]] = field(default_factory=dict)

    def add(self, said: pl.DataFrame, accepted: pl.DataFrame, rows: str = "") -> None:
        """`accepted` holds the rows that the notes are of; its column `rows` numbers them, or else request_id."""
        if not len(said):
            return
        by = ("row", rows) if rows else ("request_id", "request_id")
        missing = pl.Series([False] * len(said))
        for name in said["fact"].unique():
            if name in accepted.columns:
                lost = accepted.filter(pl.col(name).is_null())[by[1]].to_list()
                missing = missing | ((said["fact"] == name) & said[by[0]].is_in(lost).fill_null(False))
        told = said.with_columns(missing.alias("missing"))
        self._parts.append(told.select("row", pl.col("fact").cast(pl.Categorical), "missing"))
        for (fact, lost), group in told.group_by("fact", "missing", maintain_order=True):
            first = self._first.setdefault((str(fact), bool(lost)), [])
            for row, note in group.unique("note", keep="first", maintain_order=True).select("row", "note").iter_rows():
                if len(first) == EXAMPLES:
                    break
                if note not in {n for _, n in first}:
                    first.append((row, note))

    def without(self, rows: Collection[int]) -> None:
        """Leave out the notes of these rows: they were set aside after all."""
        if not rows:
            return
        self._parts = [p.filter(~pl.col("row").is_in(list(rows))) for p in self._parts]
        known = set(rows)
        self._first = {k: [e for e in mine if e[0] not in known] for k, mine in self._first.items()}

    def counts(self) -> Counter[tuple[str, bool]]:
        """(fact, whether it was left missing) → notes."""
        found: Counter[tuple[str, bool]] = Counter()
        for part in self._parts:
            for fact, missing, n in part.group_by("fact", "missing").len().iter_rows():
                found[fact, missing] += n
        return found

    def as_dict(self) -> dict[str, object]:
        counted = self.counts()
        return {
            fact: {
                "kept": counted[fact, False],
                "missing": counted[fact, True],
                "examples": [f"{_place(r)}{n}" for lost in (False, True) for r, n in self._first.get((fact, lost), ())],
            }
            for fact in sorted({f for f, _ in counted})
        }

    def lines(self) -> Iterator[str]:
        counted = self.counts()
        for fact in sorted({f for f, _ in counted}):
            ways = [f"{counted[fact, lost]:,} {word}" for lost, word in _WAYS if counted[fact, lost]]
            yield f"notes on {fact}: {', '.join(ways)}"
            for lost, word in _WAYS:
                yield from (f"  {word}, {_place(row)}{note}" for row, note in self._first.get((fact, lost), ()))


_WAYS = ((False, "kept"), (True, "left missing"))


def _place(row: int) -> str:
    return f"row {row}: " if row else ""

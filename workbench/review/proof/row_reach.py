"""Which limit rows a change lets requests reach, or keeps them from: by itself, or by the rows above it."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.engine.nodes import Among, Column
from workbench.review.proof.subject import Subject, Variant


@dataclass(frozen=True)
class RowReach:
    """Whether some request comes to a row as its first match; None where the side has no such row."""

    id: str
    before: bool | None
    after: bool | None

    @property
    def words(self) -> str:
        if self.after is None:
            return "is dropped, and no request came to it"
        if self.before is None:
            return "is new, and no request comes to it: the rows above take them all"
        return "becomes reachable" if self.after else "becomes unreachable: the rows above take all of its requests"


def reached_rows(before: Subject, after: Subject, old: Variant, new: Variant) -> tuple[RowReach, ...]:
    """The rows that one side reaches and the other does not, and those that come or go unreached. Raises Undecided."""
    one, two = _reached(before, old), _reached(after, new)
    every = (RowReach(id_, one.get(id_), two.get(id_)) for id_ in dict.fromkeys((*two, *one)))
    quiet = ((None, True), (True, None))  # what comes and goes as it should is told as what changes
    return tuple(r for r in every if r.before != r.after and (r.before, r.after) not in quiet)


def _reached(subject: Subject, variant: Variant) -> dict[str, bool]:
    rows = {row.id: Among(Column("row"), (i,)) for i, row in enumerate(variant.rules.limits, start=1)}
    return subject.search(subject.alone(variant), (variant,), only=("row",)).reach(rows) if rows else {}

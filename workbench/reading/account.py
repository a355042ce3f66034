"""What reading a source yields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from workbench.errors import Problem

# Something worth saying about a row that was accepted: a value left out, a guess not made. Row 0: the file as a whole.
NOTES = {"row": pl.Int64, "request_id": pl.String, "fact": pl.String, "note": pl.String}


@dataclass(frozen=True)
class Reading:
    """`accepted` is a case frame (underived), `set_aside` has the columns of accept_rows.SET_ASIDE, `notes` those of
    NOTES. `read` counts the rows of the source that were meant (`skipped` those outside it, by reason)."""

    accepted: pl.DataFrame
    set_aside: pl.DataFrame
    notes: pl.DataFrame
    read: int
    warnings: tuple[Problem, ...] = ()
    skipped: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        if len(self.accepted) + len(self.set_aside) != self.read:
            raise AssertionError("accepted + set aside must be all that was read")

    @property
    def reasons(self) -> dict[str, int]:
        """Code → rows set aside for it (a row with several reasons counts under each)."""
        counts = Counter(code for codes in self.set_aside["codes"].list.unique() for code in codes)
        return dict(sorted(counts.items(), key=lambda kv: (-kv[1], kv[0])))

    @property
    def counts(self) -> dict[str, object]:
        return {
            "read": self.read,
            "accepted": len(self.accepted),
            "set_aside": len(self.set_aside),
            "reasons": self.reasons,
            "skipped": dict(self.skipped),
        }


Note = tuple[int, str | None, str, str]  # row, request_id, fact, what is said of it


def notes(rows: Sequence[Note]) -> pl.DataFrame:
    """(row, request_id, fact, note), in that order."""
    return pl.DataFrame(rows, schema=NOTES, orient="row")

"""Whether numbers alone make the difference between two rules, and which: asked where a plan is made from another, and
where edits of a draft are taken apart."""

from __future__ import annotations

from decimal import Decimal

from workbench.guideline.addresses import NUMBERS
from workbench.guideline.model import LimitRow, Rules

Number = tuple[str, str, str]  # parameters or limits, id, key
_REST = ("exemptions", "waivers", "criteria", "excluded_procedures", "benefit_limit", "scope")


def moved_numbers(before: Rules, after: Rules) -> dict[Number, Decimal | int | None] | None:
    """What is set otherwise, with its value after; None where anything else that decides differs."""
    # Rules that a draft does not touch are the very same objects: most of this ends at `is`.
    for what in _REST:
        one, two = getattr(before, what), getattr(after, what)
        if one is not two and one != two:
            return None
    if [p.id for p in before.parameters] != [p.id for p in after.parameters]:
        return None
    found: dict[Number, Decimal | int | None] = {
        ("parameters", old.id, "value"): new.value
        for old, new in zip(before.parameters, after.parameters, strict=True)
        if old.value != new.value
    }
    if before.limits is after.limits:
        return found
    if len(before.limits) != len(after.limits):
        return None
    for row, now in zip(before.limits, after.limits, strict=True):
        if row is not now:
            if not _same_row(row, now):
                return None
            for key in NUMBERS:
                if getattr(row, key) != getattr(now, key):
                    found["limits", row.id, key] = getattr(now, key)
    return found


def _same_row(one: LimitRow, two: LimitRow) -> bool:
    cells = one.cells is two.cells or one.cells == two.cells
    return cells and (one.id, one.counts) == (two.id, two.counts)

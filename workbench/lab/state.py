"""What the tuning screen stands at: two frozen values from which the whole screen can be rebuilt.

`State` is what is asked (guideline, condition, plan, cases, changes); `View` is how the answer is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from workbench.guideline.model import Draft

OWN_PLAN = "own"        # every request by the overlay of its own plan
NO_PLAN = "none"        # the guideline alone, as if no request named a plan


@dataclass(frozen=True)
class State:
    """`changes`: control → draft value, in the order in which they were first made; a control is named
    `parameters.ID` or `limits.ROW.visits` (weeks, per_week). `refused`: control → what was typed and can not stand.
    `kept`: what a loaded draft changes and no control shows; it comes first and is never lost."""

    guideline: str
    version: str
    condition: str = ""
    plan: str = OWN_PLAN
    cases: str = "generated"
    changes: tuple[tuple[str, Decimal], ...] = ()
    refused: tuple[tuple[str, str], ...] = ()
    kept: Draft | None = None
    draft: str = ""             # the name of the draft that was loaded or saved

    def moved(self, control: str, value: Decimal | None) -> State:
        """The state with this control at a value; None takes the change back."""
        changes = dict(self.changes)
        if value is None:
            changes.pop(control, None)
        else:
            changes[control] = value
        refused = tuple(r for r in self.refused if r[0] != control)
        return replace(self, changes=tuple(changes.items()), refused=refused)

    def refusing(self, control: str, text: str) -> State:
        """The state with what was typed kept beside the control; the last good value still counts."""
        refused = dict(self.refused)
        refused[control] = text
        return replace(self, refused=tuple(refused.items()))

    def reset(self) -> State:
        """As published: no change, nothing refused, no draft."""
        return replace(self, changes=(), refused=(), kept=None, draft="")

    @property
    def changed(self) -> int:
        """How many things differ from published."""
        kept = [self.kept.changes, *(c for _, c in self.kept.plans)] if self.kept else []
        return len(self.changes) + sum(len(c) for c in kept)


@dataclass(frozen=True)
class View:
    """`cell`: the chosen cell of the flip matrix (published, draft), or all flips. `opened`: a request whose traces
    stand open. `hand`: the control that the hand is on, whose curve is drawn."""

    cell: tuple[str, str] | None = None
    sort: str = "request_id"
    descending: bool = False
    search: str = ""
    opened: str = ""
    by: str = "age_band"
    hand: str = ""

    @property
    def how(self) -> dict[str, object]:
        """Which requests are listed, and in what order."""
        return {"cell": self.cell, "search": self.search, "sort": self.sort, "descending": self.descending}

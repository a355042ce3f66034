"""What the tuning screen stands at: two frozen values from which the whole screen can be rebuilt.

`State` is what is asked (guideline, condition, plan, cases, changes); `View` is how the answer is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from workbench.guideline.addresses import Handle, Rule
from workbench.guideline.model import Draft
from workbench.lab.tuning.edits import Edit
from workbench.study.listing import How

OWN_PLAN = "own"  # every request by the overlay of its own plan
NO_PLAN = "none"  # the guideline alone, as if no request named a plan


@dataclass(frozen=True)
class State:
    """`changes`: number → draft value, in the order in which they were first made. `edits`: what is done to whole
    rules. `refused`: number → what was typed and can not stand. `kept`: what a loaded draft changes and the screen can
    not show as numbers or rules; it comes first and is never lost."""

    guideline: str
    version: str
    condition: str = ""
    plan: str = OWN_PLAN
    whose: str = ""  # what the hand changes: "" the guideline, for everybody, or the overlay of the chosen plan
    cases: str = "generated"
    changes: tuple[tuple[Handle, Decimal], ...] = ()
    edits: tuple[Edit, ...] = ()
    refused: tuple[tuple[Handle, str], ...] = ()
    kept: Draft | None = None
    draft: str = ""  # the name of the draft that was loaded or saved
    saved: tuple[tuple[str, object], ...] = ()  # the moves and edits that stand in its file
    author: str = ""  # whose it is, why, and since when
    reason: str = ""
    created: str = ""

    def moved(self, control: Handle, value: Decimal | None) -> State:
        """The state with this number at a value; None takes the change back."""
        changes = dict(self.changes)
        if value is None:
            changes.pop(control, None)
        else:
            changes[control] = value
        refused = tuple(r for r in self.refused if r[0] != control)
        return replace(self, changes=tuple(changes.items()), refused=refused)

    def refusing(self, control: Handle, text: str) -> State:
        """The state with what was typed kept beside the control; the last good value still counts."""
        refused = dict(self.refused)
        refused[control] = text
        return replace(self, refused=tuple(refused.items()))

    def edited(self, edit: Edit) -> State:
        """The state with this done to a rule; an edit that does nothing takes what was done to it back."""
        edits = {e.rule: e for e in self.edits}
        edits.pop(edit.rule, None) if not (edit.off or edit.added or edit.body) else edits.update({edit.rule: edit})
        return replace(self, edits=tuple(edits.values()))

    def without(self, rule: Rule) -> State:
        """The state with a rule as published again: what was done to it and its numbers is taken back."""
        changes = tuple(c for c in self.changes if c[0].rule != rule)
        refused = tuple(r for r in self.refused if r[0].rule != rule)
        return replace(self, changes=changes, refused=refused, edits=tuple(e for e in self.edits if e.rule != rule))

    def edit_of(self, rule: Rule) -> Edit | None:
        return next((e for e in self.edits if e.rule == rule), None)

    def reset(self) -> State:
        """As published: no change, nothing refused, no draft."""
        return replace(
            self, changes=(), edits=(), refused=(), kept=None, draft="", saved=(), author="", reason="", created=""
        )

    @property
    def marks(self) -> tuple[tuple[str, object], ...]:
        """What is moved and edited, by key."""
        return (*((str(h), v) for h, v in self.changes), *((str(e.rule), e) for e in self.edits))

    @property
    def unsaved(self) -> int:
        """How many moves and edits no file holds."""
        here, there = dict(self.marks), dict(self.saved)
        moved = sum(here.get(k) != there.get(k) for k in here | there)
        return moved if self.draft else self.changed

    @property
    def changed(self) -> int:
        """How many things differ from published."""
        kept = [self.kept.changes, *(c for _, c in self.kept.plans)] if self.kept else []
        return len(self.changes) + len(self.edits) + sum(len(c) for c in kept)


@dataclass(frozen=True)
class View:
    """`cell`: the chosen cell of the flip matrix (published, draft), or all flips. `page` of the list, from 0.
    `opened`: a request whose traces stand open. `hand`: the key of the control that the hand is on, whose curve is
    drawn. `editing`: the key of the rule whose form is open; `new` before a kind of rule for one that is to be
    added."""

    cell: tuple[str, str] | None = None
    sort: str = "fares"
    descending: bool = False
    search: str = ""
    page: int = 0
    opened: str = ""
    by: str = "age_band"
    hand: str = ""
    editing: str = ""

    def how(self, words: Mapping[str, Mapping[str, str]]) -> How:
        """Which requests are listed, and in what order; `words` are those that stand in the list."""
        how: How = {"cell": self.cell, "search": self.search, "sort": self.sort, "descending": self.descending}
        return {**how, "words": words}

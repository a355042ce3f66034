"""What is asked of whom, in the order that decides: the missing facts of a decision as questions."""

from __future__ import annotations

from typing import NamedTuple

from workbench.engine.reference import Traced
from workbench.facts import facts

# Those that say which others are needed at all, most telling first.
OPENING = ("discipline", "intent", "diagnosis", "condition", "post_surgical", "complexity")


class Questions(NamedTuple):
    provider: tuple[str, ...]  # facts, in the order in which they decide
    payer: tuple[str, ...]


def questions(traced: Traced) -> Questions:
    """The missing facts of a decision: those that only the provider can tell, and those that the payer looks up."""
    missing = set(traced.decision.missing)
    order = [*OPENING, *(fact for step in traced.steps for fact in step.asked), *sorted(missing)]
    ranked = [fact for fact in dict.fromkeys(order) if fact in missing]
    by = {who: tuple(f for f in ranked if facts()[f].known_by == who) for who in ("provider", "payer")}
    return Questions(by["provider"], by["payer"])

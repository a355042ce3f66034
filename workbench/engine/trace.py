"""How a decision came about, step by step: plain values, for whoever shows them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from workbench.engine.decision import Decision


@dataclass(frozen=True)
class Step:
    """One line of a trace: what was looked at and how it came out, with the facts and values that made it so."""

    kind: str  # program, guideline, exemption, waiver, criterion, limit, note, determination
    id: str
    state: str  # criterion: met, unmet, unknown, undefined; else true, false, unknown, or the outcome
    text: str
    facts: tuple[tuple[str, object], ...] = ()
    parameters: tuple[tuple[str, Decimal], ...] = ()
    asked: tuple[str, ...] = ()
    applies: bool | None = True
    cure: str = ""  # of a criterion or limit that is not met: what the provider can send or change

    def as_dict(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "id": self.id,
            "state": self.state,
            "text": self.text,
            "facts": dict(self.facts),
            "parameters": dict(self.parameters),
            "asked": list(self.asked),
            "applies": self.applies,
            "cure": self.cure,
        }


@dataclass(frozen=True)
class Traced:
    decision: Decision
    steps: tuple[Step, ...]

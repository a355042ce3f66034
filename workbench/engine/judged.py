"""How one criterion comes out of one request, in the reference."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.engine.fact_values import truth_of
from workbench.guideline.model import Criterion, Rules
from workbench.language.interpret import NOTHING, Facts, evaluate, kleene_or


@dataclass(frozen=True)
class State:
    """`state`: met, unmet, unknown or undefined; `asked`: the facts that it asks for where unknown; `kind`: the
    determination that it leads to where it is not met."""

    id: str
    kind: str
    state: str
    asked: frozenset[str]
    applies: bool | None = True

    @property
    def unmet(self) -> bool:
        return self.state in ("unmet", "undefined")


def told_cure(c: Criterion, facts: Facts, rules: Rules) -> str:
    """What helps where the criterion is unmet: of its cures the first whose case is true, else its own."""
    return next((x.text for x in c.cures if evaluate(x.when, facts, rules.values).value is True), c.cure)


def judge(c: Criterion, facts: Facts, rules: Rules) -> State:
    applies, requires = (evaluate(node, facts, rules.values) for node in (c.applies, c.requires))
    applied = truth_of(applies.value)
    met = kleene_or([None if applied is None else not applied, requires.value])
    asked = applies.asked | requires.asked if met is None else NOTHING
    # Unknown though no fact is missing in it: it counts as unmet, since no answer could ever settle it.
    state = "met" if met else "unmet" if met is False else "unknown" if asked else "undefined"
    return State(c.id, c.unmet, state, asked, applied)

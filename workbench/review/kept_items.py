"""Which plans do not feel a change of a guideline, since their overlay sets the same thing."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.guideline.differences import TARGETS
from workbench.guideline.mixing import decides
from workbench.guideline.model import Rules

Pair = tuple[Rules, Rules]  # before and after


def kept_by(alone: Pair, under: Mapping[str, Pair]) -> dict[tuple[str, str], tuple[str, ...]]:
    """(kind, id) of each thing that changes how something is decided → the plans under which it does not change.
    `under`: plan → the rules under its overlay."""
    out: dict[tuple[str, str], tuple[str, ...]] = {}
    for kind, target in TARGETS.items():
        one, two = ({x.id: decides(x) for x in getattr(r, target)} for r in alone)
        for id_ in dict.fromkeys((*one, *two)):
            if one.get(id_) != two.get(id_):
                same = {plan: [_said(r, target, id_) for r in pair] for plan, pair in under.items()}
                out[kind, id_] = tuple(plan for plan, (old, new) in same.items() if old == new)
    return out


def _said(rules: Rules, target: str, id_: str) -> object:
    return next((decides(x) for x in getattr(rules, target) if x.id == id_), None)

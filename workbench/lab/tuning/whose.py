"""Whose rule it is: what the overlays of plans set themselves, so that a change of the guideline is not felt there."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from workbench.engine.setting import Setting
from workbench.guideline.addresses import AMOUNTS, Handle, Rule
from workbench.guideline.model import Change, Guideline, Overlay, Rules
from workbench.guideline.versions import lineage
from workbench.words.numbers import plain

WHOLE = ""  # the key of what is kept of a rule as a whole


def plan_words(plan: str) -> str:
    """A plan as people call it: `mesa medicaid`."""
    return plan.replace("-", " ")


def kept_by(
    overlays: Iterable[Overlay], guideline: Guideline, rules: Rules, published: Setting
) -> dict[Rule, dict[str, str]]:
    """Rule → key (a number, a condition, or WHOLE) → what which plan has in its place. `rules` are the guideline's
    without an overlay."""
    out: dict[Rule, dict[str, str]] = {}
    mine = {g.id for g in lineage(published.library, guideline)}
    for overlay in overlays:
        theirs = published.rules(guideline, overlay)
        name = plan_words(overlay.plan)
        for change in overlay.changes:
            if change.guideline not in mine:
                continue
            for rule in _meant(change, rules):
                said = out.setdefault(rule, {})
                for key, words in _said(change, rule, name, theirs):
                    said[key] = f"{said[key]}; {words}" if key in said else words
    return out


def _meant(change: Change, rules: Rules) -> list[Rule]:
    if change.where is None:
        return [Rule(change.target, i) for i in change.ids]
    cells = [(row.id, {c.fact: c.text for c in row.cells}) for row in rules.limits]
    return [Rule("limits", i) for i, has in cells if all(has.get(k, "") == v for k, v in change.where)]


def _said(change: Change, rule: Rule, plan: str, theirs: Rules) -> list[tuple[str, str]]:
    if change.kind == "drop":
        return [(WHOLE, f"{plan} has dropped this: not felt there")]
    if change.kind == "add":
        return [(WHOLE, f"{plan} has its own: not felt there")]
    out = []
    for key, content in change.body:
        if key not in AMOUNTS.get(change.target, ()):
            out.append((WHOLE, f"{plan} has its own {key.replace('_', ' ')}"))
            continue
        value = Handle(rule, key).value_in(theirs)
        numbers: dict[str, Decimal] = {}
        if isinstance(content, tuple):
            numbers = {op[0]: op[1] for op in content if isinstance(op, tuple)}
        if "set" in numbers:
            out.append((key, f"{plan} sets its own {'' if value is None else plain(value)}: not felt there"))
        out += [
            (key, f"{plan} keeps {bound.replace('_', ' ')} {plain(n)}")
            for bound, n in numbers.items()
            if bound in ("at_least", "at_most")
        ]
    return out

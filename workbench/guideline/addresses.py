"""Where a rule and a number of it stand, as values: what a hand takes hold of, what a sweep moves, what a step of a
draft sets. As text `limits.lbp.visits`, `mesa-medicaid:waivers.first.visits`; texts are taken apart here and nowhere
else.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from workbench.guideline.model import (
    HIGHEST,
    OVERLAY_BOUNDS,
    BenefitLimit,
    Change,
    Criterion,
    Exemption,
    LimitRow,
    Parameter,
    Rules,
    Waiver,
)

NUMBERS = tuple(HIGHEST)  # of a limit row
SWITCH = "on"  # a criterion, exemption or waiver that counts or does not
# target → its numbers
AMOUNTS = {
    "parameters": ("value",),
    "limits": NUMBERS,
    "waivers": ("visits", "weeks", SWITCH),
    "criteria": (SWITCH,),
    "exemptions": (SWITCH,),
    "benefit_limit": ("visits",),
}
TARGETS = ("criteria", "exemptions", "waivers", "limits", "benefit_limit")
_UNSAID = ("value", SWITCH)  # a rule that has but one number: it goes without saying
_ALONE = ("benefit_limit",)  # a plan has one or none
Thing: TypeAlias = Parameter | Exemption | Waiver | Criterion | LimitRow


@dataclass(frozen=True, order=True)
class Rule:
    """One rule: its kind and id, and whose it is: "" the guideline's, for everybody, else that plan's overlay's."""

    target: str
    id: str
    plan: str = ""

    def __str__(self) -> str:
        return (f"{self.plan}:" if self.plan else "") + f"{self.target}.{self.id}"

    @staticmethod
    def of(key: str) -> Rule:
        """The rule that is named so. Raises ValueError for what is no name."""
        plan, colon, rest = key.rpartition(":")
        target, dot, id_ = rest.partition(".")
        if not dot or not id_ or target not in (*TARGETS, "parameters") or bool(colon) != bool(plan):
            raise ValueError(f"{key!r} names no rule")
        return Rule(target, id_, plan)

    def within(self, rules: Rules) -> Thing | BenefitLimit | None:
        """The rule as these rules have it; None where they have none of this id."""
        if self.target in _ALONE:
            return rules.benefit_limit
        things: tuple[Thing, ...] = getattr(rules, self.target)
        return next((t for t in things if t.id == self.id), None)


@dataclass(frozen=True, order=True)
class Handle:
    """One number of a rule."""

    rule: Rule
    amount: str

    def __str__(self) -> str:
        where = str(self.rule).removesuffix(f".{self.target}") if self.target in _ALONE else str(self.rule)
        return where if self.amount in _UNSAID else f"{where}.{self.amount}"

    @staticmethod
    def of(key: str) -> Handle:
        """The number that is named so. Raises ValueError for what is no name."""
        rule = Rule.of(key)
        amounts = AMOUNTS.get(rule.target, ())
        if rule.target in _ALONE:
            id_, amount = rule.target, rule.id
        else:  # no id has a point
            id_, _, amount = rule.id.partition(".")
            amount = amount or next((a for a in amounts if a in _UNSAID), "")
        if not id_ or amount not in amounts or rule.id.endswith(_UNSAID) and "." in rule.id:
            raise ValueError(f"{key!r} names no number")
        return Handle(Rule(rule.target, id_, rule.plan), amount)

    @property
    def target(self) -> str:
        return self.rule.target

    @property
    def id(self) -> str:
        return self.rule.id

    @property
    def plan(self) -> str:
        return self.rule.plan

    @property
    def whole(self) -> bool:
        """Whether it is a whole number whatever a file says."""
        return self.amount not in ("value", "per_week")

    def value_in(self, rules: Rules) -> Decimal | None:
        """The number under these rules; None where it is gone (a dropped row)."""
        found = self.rule.within(rules)
        if self.amount == SWITCH:
            return Decimal(found is not None)
        number = getattr(found, self.amount, None)
        return None if number is None else Decimal(number)

    def bounds_in(self, rules: Rules) -> tuple[Decimal, Decimal]:
        """The least and the most that a file may say."""
        found = self.rule.within(rules)
        if self.amount == SWITCH:
            return Decimal(0), Decimal(1)
        if isinstance(found, Parameter):
            return found.low, found.high
        return bounds(self.target, self.amount)

    def change(self, guideline: str, value: Decimal) -> Change:
        """The step of a draft that sets it. `guideline` is "" for what an overlay has itself: its waivers, its benefit
        limit."""
        return Change(guideline, self.target, "change", (self.id,), None, ((self.amount, (("set", value),)),))


def bounds(target: str, amount: str) -> tuple[Decimal, Decimal]:
    """The least and the most of a number whose range no file says. A limit may be 0, which asks a clinician; a waiver
    of 0 visits is none, and no published file may hold it."""
    low, high = OVERLAY_BOUNDS.get(target) or (int(target == "waivers"), HIGHEST[amount])
    return Decimal(low), Decimal(high)


def own_of(listed: tuple[str, ...], amount: str) -> tuple[str, ...]:
    """Of the sources (or kinds of evidence) of a limit row, those of one of its numbers: one for all of them, or one
    for each, as the file lists them."""
    return (listed[NUMBERS.index(amount)],) if len(listed) == len(NUMBERS) and amount in NUMBERS else listed


def plan_in(key: str) -> str:
    """The plan that a name says it is of; "" for the guideline's own."""
    return key.rpartition(":")[0]

"""Every number of a guideline that can be moved, with its range, and as the change that a draft makes of it.

`parameters.ID`, `limits.ROW.visits` (weeks, per_week), `waivers.ID.visits` (weeks), or a switch, `criteria.ID`,
`exemptions.ID` or `waivers.ID`: 1 as published, 0 without it. With a plan before it (`mesa-medicaid:limits.lbp.visits`)
it is moved in the overlay of that plan, for its members alone; `PLAN:benefit_limit.visits` is the plan's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.addresses import AMOUNTS, SWITCH, Handle, Rule
from workbench.guideline.model import Change, Draft, LimitRow, Overlay, Parameter, Rules, Waiver

STEPS = {"visits": Decimal(1), "weeks": Decimal(1), "per_week": Decimal("0.5")}
_LEAST = {"visits": 20, "weeks": 20, "per_week": 5}  # a slider reaches at least so far
UNITS = {"visits": "visits", "weeks": "weeks", "per_week": "visits a week"}
_WHOLE = ("visits", "weeks", "days", "years")  # what a parameter counts in ones, where the file counts so too
MOST = 10_000  # values of one control
_KINDS = {"parameters": "parameter", "limits": "limit", "waivers": "waiver", "benefit_limit": "benefit"}


@dataclass(frozen=True)
class Movable:
    """`low` and `high` bound what may be set, in ones where it is `whole`; `usual` is how far one looks, in steps of
    `step`. `guideline` is that under which a draft writes it, "" for what an overlay has itself."""

    guideline: str
    handle: Handle
    label: str
    unit: str
    published: Decimal
    low: Decimal
    high: Decimal
    usual: tuple[Decimal, Decimal]
    step: Decimal
    whole: bool

    @property
    def key(self) -> str:
        """Its name in calls, tables and files."""
        return str(self.handle)

    @property
    def plan(self) -> str:
        """The plan in whose overlay it is moved; "" the guideline itself."""
        return self.handle.plan

    @property
    def kind(self) -> str:
        """parameter, limit, waiver, benefit or switch."""
        return "switch" if self.handle.amount == SWITCH else _KINDS[self.handle.target]

    @property
    def row(self) -> str:
        """The limit row of which it is a number; "" for all else."""
        return self.handle.id if self.handle.target == "limits" else ""

    def values(self, low: Decimal | None = None, high: Decimal | None = None, step: Decimal | None = None) -> Values:
        """From `low` to `high` in steps, ends included where they lie on a step; what is not given is as usual.
        Raises ProblemsFound for a step or range that is none, or lies outside what is allowed."""
        low, high = self.usual[0] if low is None else low, self.usual[1] if high is None else high
        step = self.step if step is None else step
        if step <= 0 or low > high:
            raise ProblemsFound(
                [Problem("bad-call", f"{self.key}: from {low} to {high} in steps of {step} is no range")]
            )
        count = int((high - low) // step) + 1
        if count > MOST:
            raise ProblemsFound([Problem("bad-call", f"{self.key}: {count:,} values, at most {MOST:,}")])
        return self.checked(low + step * i for i in range(count))

    def checked(self, values: Iterable[Decimal]) -> Values:
        """These values, sorted, each once. Raises ProblemsFound for one that may not be set."""
        found = tuple(sorted(set(values)))
        wrong = [v for v in found if not (v.is_finite() and self.low <= v <= self.high)]
        wrong += [v for v in found if v not in wrong and self.whole and v != int(v)]
        if wrong or not found or len(found) > MOST:
            said = ", ".join(map(str, wrong[:5])) if wrong else f"{len(found):,} values"
            hint = f"from {self.low} to {self.high}" + (", whole" if self.whole else "")
            raise ProblemsFound([Problem("out-of-range", f"{self.key} can not be set to {said}", hint=hint)])
        return found

    def change(self, value: Decimal) -> Change | None:
        """What sets it to a value; None where nothing is to be changed."""
        if self.handle.amount == SWITCH:
            return None if value else Change(self.guideline, self.handle.target, "drop", (self.handle.id,), None, ())
        return self.handle.change(self.guideline, value)


Values = tuple[Decimal, ...]


def movables(rules: Rules, overlay: Overlay | None = None) -> dict[Handle, Movable]:
    """Everything of these rules that can be moved. With the overlay that they come of it is moved there, for the
    members of its plan, its own waivers and benefit limit included. Shape: in the order of the files."""
    plan = overlay.plan if overlay is not None else ""
    own = {w.id for w in overlay.waivers} if overlay is not None else set()
    found = {}
    for handle in _handles(rules, plan):
        if (one := movable_in(rules, handle)) is not None:
            theirs = handle.target == "benefit_limit" or handle.target == "waivers" and handle.id in own
            found[handle] = replace(one, guideline="") if theirs else one
    return found


def movable_in(rules: Rules, handle: Handle) -> Movable | None:
    """One number or switch of these rules, as the guideline's own; None where they have none there."""
    published = handle.value_in(rules)
    if published is None:
        return None
    low, high = handle.bounds_in(rules)
    thing = handle.rule.within(rules)
    step, usual = Decimal(1), (low, high)
    label, unit, whole = f"{handle.id}: on or off", "", handle.whole
    if isinstance(thing, Parameter):
        label, unit, step = thing.label, thing.unit, thing.step
        numbers = (thing.value, thing.low, thing.high, thing.step)
        whole = unit in _WHOLE and all(v == v.to_integral_value() for v in numbers)
    elif handle.amount != SWITCH:
        step = STEPS[handle.amount]
        usual = low, min(high, _far(published, handle.amount))
        label, unit = _said(handle, thing)
    return Movable(rules.guideline, handle, label, unit, published, low, high, usual, step, whole)


def _far(published: Decimal, amount: str) -> Decimal:
    """How far one usually looks: two and a half times what is published, in tens."""
    return max(Decimal(_LEAST[amount]), -(-published * 5 // 20) * 10)


def _handles(rules: Rules, plan: str) -> Iterator[Handle]:
    for target in ("parameters", "limits", "waivers", "criteria", "exemptions"):
        for thing in getattr(rules, target):
            yield from (Handle(Rule(target, thing.id, plan), amount) for amount in AMOUNTS[target])
    if plan:  # a guideline has none
        yield Handle(Rule("benefit_limit", "benefit_limit", plan), "visits")


def unit_of(row: LimitRow, amount: str) -> str:
    """What a number of a limit row counts: visits (weeks) an episode, or a request where the row says so."""
    if amount == "per_week":
        return UNITS[amount]
    return f"{UNITS[amount]} {'an' if row.counts == 'episode' else 'a'} {row.counts}"


def _said(handle: Handle, thing: object) -> tuple[str, str]:
    """What a number of visits or weeks is called, and what it counts."""
    unit = UNITS[handle.amount]
    if isinstance(thing, LimitRow):
        return f"Limit of {handle.id}", unit_of(thing, handle.amount)
    if isinstance(thing, Waiver):
        return f"Waiver {handle.id}", unit
    return f"Benefit limit of {handle.plan}", f"{unit} a year"


def overlay_movables(bare: Rules, under: Rules, overlay: Overlay) -> dict[Handle, Movable]:
    """The numbers that an overlay sets itself: `bare` are the rules without it, `under` those with it."""
    named = {Rule(c.target, id_) for c in overlay.changes if c.guideline == bare.guideline for id_ in c.ids}
    lent = {w.id for w in overlay.waivers}
    found = {}
    for handle, one in movables(under, overlay).items():
        rule = Rule(handle.target, handle.id)
        plain = Handle(rule, handle.amount).value_in(bare)
        set_ = one.kind in ("limit", "parameter") and plain is not None and (plain != one.published or rule in named)
        if set_ or one.kind == "benefit" or one.kind == "waiver" and handle.id in lent:
            found[handle] = one
    return found


def movable(known: dict[Handle, Movable], handle: Handle | str) -> Movable:
    """One of them, by its address or the text of it. Raises ProblemsFound, with the nearest that is there."""
    if isinstance(handle, Handle) and handle in known:
        return known[handle]
    names = {m.key: m for m in known.values()}
    if (key := str(handle)) not in names:
        # Another number of the same thing is meant rather than the same number of another.
        alike = [n for n in names if n.rpartition(".")[0] == key.rpartition(".")[0]]
        hint = f"did you mean {alike[0]}?" if len(alike) == 1 else nearest(key, alike or names)
        problem = Problem("unknown-key", f"there is no {key} that could be moved", hint=hint)
        raise ProblemsFound([problem])
    return names[key]


def moved(draft: Draft | None, moves: Iterable[tuple[Movable, Decimal]]) -> Draft:
    """A draft, or none, with these moves on top of it: of a guideline, or of the overlay of a plan."""
    base = draft or Draft("moved", "", "", None, (), ())
    changes, plans = list(base.changes), dict(base.plans)
    for one, value in moves:
        change, plan = one.change(value), one.handle.plan
        if change is not None and plan:
            plans[plan] = (*plans.get(plan, ()), change)
        elif change is not None:
            changes.append(change)
    return replace(base, changes=tuple(changes), plans=tuple(plans.items()))

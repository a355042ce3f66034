"""A draft's changes to an overlay's own keys: waivers, excluded procedures, benefit limit, episode gap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from workbench.errors import Problem, nearest
from workbench.guideline.changes import Entry, Work, operate
from workbench.guideline.model import BenefitLimit, Change, Overlay, Waiver

OWN = ("waivers", "excluded_procedures", "benefit_limit", "episode_gap_days")
BOUNDS = {"episode_gap_days": (1, 9999), "benefit_limit": (1, 999)}


def changed_overlay(overlay: Overlay, changes: Iterable[Change], origin: str,
                    work: Work) -> Overlay:
    """The overlay with its own keys changed. `work` holds the guideline under it: the changed waivers are laid into
    it, and problems and log entries go there."""
    waivers = Work(overlay.plan, {t: () for t in work.parts} | {"waivers": overlay.waivers}, work.choices, work.cells,
                   work.problems)
    mine = [c for c in changes if not c.guideline]
    waivers.apply((c for c in mine if c.target == "waivers"), origin)
    new: tuple[Waiver, ...] = waivers.parts["waivers"]
    if new != overlay.waivers:
        mine_before = {w.id for w in overlay.waivers}
        kept = [w for w in work.parts["waivers"] if w.id not in mine_before]
        work.parts["waivers"] = (*(w for w in kept if w.id not in {n.id for n in new}), *new)
    work.log.extend(waivers.log)
    overlay = replace(overlay, waivers=new)
    for change in mine:
        if change.target == "excluded_procedures":
            overlay = replace(overlay, excluded_procedures=_procedures(overlay, change, origin, work))
        elif change.target == "benefit_limit":
            overlay = replace(overlay, benefit_limit=_benefit(overlay, change, origin, work))
        elif change.target == "episode_gap_days":
            gap = _number(Decimal(overlay.episode_gap_days), change, "value", origin, work, overlay.plan)
            overlay = replace(overlay, episode_gap_days=int(gap))
    return overlay


def _fail(work: Work, change: Change, code: str, message: str, key: str = "", hint: str = "") -> None:
    place = change.places.get(key)
    work.problems.append(Problem(code, message, *(place.spot if place is not None else change.at), hint))


def _number(old: Decimal, change: Change, key: str, origin: str, work: Work, plan: str) -> Decimal:
    new = operate(old, dict(change.body)[key], True)
    low, high = BOUNDS[change.target]
    if not low <= new <= high or new != new.to_integral_value():
        _fail(work, change, "out-of-range", f"{change.target} of {plan} would be {new}; it is a whole number in "
              f"{low}..{high}", key)
        return old
    if new != old:
        work.log.append(Entry(plan, change.target, change.target, key, old, new, origin))
    return new


def _procedures(overlay: Overlay, change: Change, origin: str, work: Work) -> tuple[str, ...]:
    codes = list(overlay.excluded_procedures)
    for code in change.ids:
        if change.kind == "drop" and code not in codes:
            _fail(work, change, "matches-nothing", f"{overlay.plan} does not exclude {code}", hint=nearest(code, codes))
        elif change.kind == "add" and code in codes:
            _fail(work, change, "change-exists", f"{overlay.plan} excludes {code} already")
        elif change.kind == "drop":
            codes.remove(code)
            work.log.append(Entry(overlay.plan, change.target, code, "", code, None, origin))
        else:
            codes.append(code)
            work.log.append(Entry(overlay.plan, change.target, code, "", None, code, origin))
    return tuple(codes)


def _benefit(overlay: Overlay, change: Change, origin: str, work: Work) -> BenefitLimit | None:
    old, body = overlay.benefit_limit, dict(change.body)
    if change.kind == "add":
        if old is not None:
            return _fail(work, change, "change-exists", f"{overlay.plan} has a benefit limit already",
                         hint="change it instead") or old
        new = BenefitLimit(int(body["visits"]), body["source"], body.get("disciplines", ()), body.get("intents", ()))
        work.log.append(Entry(overlay.plan, "benefit_limit", "benefit_limit", "", None, new, origin))
        return new
    if old is None:
        return _fail(work, change, "matches-nothing", f"{overlay.plan} has no benefit limit", hint="put it under `add`")
    if change.kind == "drop":
        work.log.append(Entry(overlay.plan, "benefit_limit", "benefit_limit", "", old, None, origin))
        return None
    new = old
    for key, content in change.body:
        if key == "visits":
            new = replace(new, visits=int(_number(Decimal(old.visits), change, key, origin, work, overlay.plan)))
        elif content != getattr(new, key):
            work.log.append(Entry(overlay.plan, "benefit_limit", "benefit_limit", key, getattr(new, key), content,
                                  origin))
            new = replace(new, **{key: content})
    return new

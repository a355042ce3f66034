"""A draft's changes to an overlay's own keys: waivers, excluded procedures, benefit limit, episode gap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from workbench.errors import Problems, nearest
from workbench.guideline.addresses import bounds
from workbench.guideline.changes import TARGETS, Work
from workbench.guideline.limit_cells import CellReader
from workbench.guideline.model import BenefitLimit, Change, Overlay, Waiver
from workbench.guideline.new_items import fault
from workbench.guideline.operations import operate, operations


def changed_overlay(
    overlay: Overlay,
    changes: Iterable[Change],
    origin: str,
    choices: Mapping[str, tuple[str, ...]],
    cells: CellReader,
    problems: Problems,
) -> Overlay:
    """The overlay as it would be published with these changes: of its own keys, and those that it makes in
    guidelines, which come after its own. What can not be done goes to `problems`."""
    every = tuple(changes)
    mine = [c for c in every if not c.guideline]
    waivers = Work(overlay.plan, {t: () for t in TARGETS} | {"waivers": overlay.waivers}, choices, cells, problems)
    waivers.apply((c for c in mine if c.target == "waivers"), origin)
    kept = tuple(w for w in waivers.parts["waivers"] if isinstance(w, Waiver))
    changing = _Changing(replace(overlay, waivers=kept), problems)
    for change in mine:
        changing.step(change)
    return replace(changing.overlay, changes=(*overlay.changes, *(c for c in every if c.guideline)))


@dataclass
class _Changing:
    overlay: Overlay
    problems: Problems = field(default_factory=Problems)

    def step(self, change: Change) -> None:
        if change.target == "excluded_procedures":
            self.overlay = replace(self.overlay, excluded_procedures=self._procedures(change))
        elif change.target == "benefit_limit":
            self.overlay = replace(self.overlay, benefit_limit=self._benefit(change))
        elif change.target == "episode_gap_days":
            gap = self._number(self.overlay.episode_gap_days, change, "value")
            self.overlay = replace(self.overlay, episode_gap_days=gap)

    def _fail(self, change: Change, code: str, message: str, key: str = "", hint: str = "") -> None:
        self.problems.add(fault(change, code, message, key, hint))

    def _number(self, old: int, change: Change, key: str) -> int:
        steps = operations(dict(change.body)[key])
        if steps is None:
            return old
        new = operate(Decimal(old), steps, True)  # whole: 45 days multiplied by 1.5 are 68, rounded up as visits are
        low, high = bounds(change.target, key)
        if low <= new <= high and new == new.to_integral_value():
            return int(new)
        message = f"{change.target} of {self.overlay.plan} would be {new}; it is a whole number in {low}..{high}"
        self._fail(change, "out-of-range", message, key)
        return old

    def _procedures(self, change: Change) -> tuple[str, ...]:
        plan, codes = self.overlay.plan, list(self.overlay.excluded_procedures)
        for code in change.ids:
            if change.kind == "drop" and code not in codes:
                self._fail(change, "matches-nothing", f"{plan} does not exclude {code}", hint=nearest(code, codes))
            elif change.kind == "add" and code in codes:
                self._fail(change, "change-exists", f"{plan} excludes {code} already")
            elif change.kind == "drop":
                codes.remove(code)
            else:
                codes.append(code)
        return tuple(codes)

    def _benefit(self, change: Change) -> BenefitLimit | None:
        plan, old, body = self.overlay.plan, self.overlay.benefit_limit, dict(change.body)
        if change.kind == "add" and old is not None:
            self._fail(change, "change-exists", f"{plan} has a benefit limit already", hint="change it instead")
        elif change.kind != "add" and old is None:
            self._fail(change, "matches-nothing", f"{plan} has no benefit limit", hint="put it under `add`")
        elif change.kind == "drop":
            return None
        elif old is None:
            visits = body["visits"]
            return BenefitLimit(
                int(visits) if isinstance(visits, Decimal) else 0,
                str(body["source"]),
                _words(body.get("disciplines", ())),
                _words(body.get("intents", ())),
            )
        else:
            return BenefitLimit(
                self._number(old.visits, change, "visits") if "visits" in body else old.visits,
                str(body.get("source", old.source)),
                _words(body.get("disciplines", old.disciplines)),
                _words(body.get("intents", old.intents)),
            )
        return old


def _words(value: object) -> tuple[str, ...]:
    return tuple(w for w in value if isinstance(w, str)) if isinstance(value, tuple) else ()

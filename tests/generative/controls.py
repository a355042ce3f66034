"""Controls of generated guidelines: one thing that moves through several values, all else held."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from hypothesis import assume
from hypothesis import strategies as st

from generative.expressions import PARAMETERS
from generative.libraries import Case, cases
from workbench.engine.setting import Setting
from workbench.errors import ProblemsFound
from workbench.guideline.model import Change, Draft
from workbench.guideline.resolve import resolve

KINDS = ("parameter", "visits", "weeks", "per_week", "waiver", "benefit", "switch")


@dataclass(frozen=True)
class Moved:
    """`settings`: one for each value of the control."""

    kind: str
    case: Case
    settings: tuple[Setting, ...]


@st.composite
def moved(draw, kinds=KINDS) -> Moved:
    case = draw(cases())
    setting = case.setting
    deciding = [g for g in setting.library.guidelines if not g.base]
    target = draw(st.sampled_from(deciding))
    kind = draw(st.sampled_from(kinds))
    overlays = [o for o in setting.library.overlays if kind != "benefit" or o.benefit_limit]
    if kind == "waiver":
        overlays = [o for o in overlays if o.waivers]
    rows = [r for r in target.limits or () if kind != "per_week" or r.per_week is not None]
    assume({"waiver": overlays, "benefit": overlays, "switch": target.criteria}.get(kind, rows or kind == "parameter"))
    if kind == "parameter":
        name = draw(st.sampled_from(sorted(PARAMETERS)))
        _, low, high = PARAMETERS[name]
        values = sorted(draw(st.sets(st.integers(low, high), min_size=2, max_size=5)))
        made = [_change(target.id, "parameters", name, value=v) for v in values]
    elif kind in ("visits", "weeks", "per_week"):
        row = draw(st.sampled_from(rows)).id
        values = sorted(draw(st.sets(st.integers(0, 60 if kind != "per_week" else 7), min_size=2, max_size=5)))
        made = [_change(target.id, "limits", row, **{kind: v}) for v in values]
    elif kind in ("waiver", "benefit"):
        overlay = draw(st.sampled_from(overlays))
        values = sorted(draw(st.sets(st.integers(1, 40), min_size=2, max_size=5)))
        own = ("waivers", overlay.waivers[0].id) if kind == "waiver" else ("benefit_limit", None)
        made = [(_change("", *own, visits=v), overlay.plan) for v in values]
    else:
        off = Change(target.id, "criteria", "drop", (draw(st.sampled_from(target.criteria)).id,), None, ())
        made = [None, off]
    settings = tuple(replace(setting, draft=_with(setting.draft, change)) for change in made)
    assume(all(_applies(s) for s in settings))
    return Moved(kind, case, settings)


def _change(guideline: str, target: str, name: str | None, **body: int) -> Change:
    steps = tuple((key, (("set", Decimal(v)),)) for key, v in body.items())
    return Change(guideline, target, "change", (name,) if name else (), None, steps)


def _with(draft: Draft | None, change: Change | tuple[Change, str] | None) -> Draft:
    """The draft that is held, with the control at a value."""
    held = draft or Draft("d", "a", "r", None, (), ())
    if change is None:
        return held
    if isinstance(change, Change):
        return replace(held, changes=(*held.changes, change))
    one, plan = change
    plans = dict(held.plans)
    return replace(held, plans=tuple((plans | {plan: (*plans.get(plan, ()), one)}).items()))


def _applies(setting: Setting) -> bool:
    """Whether what is drafted can be laid over every version."""
    try:
        for guideline in setting.library.guidelines:
            if not guideline.base:
                for overlay in (None, *setting.library.overlays):
                    resolve(setting.library, guideline.id, guideline.version, overlay, setting.draft)
    except ProblemsFound:
        return False
    return True

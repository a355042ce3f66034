"""A draft taken apart into its edits, and the setting of any of them together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from workbench.engine.moved_numbers import Number, moved_numbers
from workbench.engine.setting import Setting
from workbench.errors import ProblemsFound
from workbench.guideline.addresses import NUMBERS
from workbench.guideline.model import Change, Draft, Guideline, Overlay, Rules
from workbench.study.controls import overlays

Step = tuple[str, Change]  # of an overlay of this plan ("": of guidelines), and what is changed


@dataclass(frozen=True)
class Edit:
    """One edit of a draft: the steps that go together, in their order."""

    steps: tuple[Step, ...]

    @property
    def name(self) -> str:
        """What it changes, as in `physical-therapy limits.lbp.visits`."""
        return " + ".join(dict.fromkeys(_name(*step) for step in self.steps))


def _name(plan: str, change: Change) -> str:
    what = ",".join(change.ids)
    if change.where is not None:
        what = "{" + ", ".join(f"{k}: {v or 'blank'}" for k, v in change.where) + "}"
    keys = [k for k, _ in change.body if k != "value"]
    key = f".{keys[0]}" if change.kind == "change" and len(keys) == 1 else ""
    kind = "" if change.kind == "change" else f" ({change.kind})"
    return " ".join(p for p in (plan, change.guideline, f"{change.target}.{what}{key}{kind}".rstrip(".")) if p)


class Edits:
    """The edits of a setting's draft, in the order written. Numbers of one row are edits of their own. What can not be
    had without another is one edit with it."""

    def __init__(self, setting: Setting):
        draft = setting.draft
        self.setting, self.draft = setting, draft or Draft("none", "", "", None, (), ())
        steps = [("", c) for c in self.draft.changes] + [(p, c) for p, cs in self.draft.plans for c in cs]
        part = [s for step in steps for s in _split(*step)]
        self._order = {id(c): i for i, (_, c) in enumerate(part)}
        self.edits = self._joined([Edit((s,)) for s in part])

    def __len__(self) -> int:
        return len(self.edits)

    def _joined(self, edits: list[Edit]) -> tuple[Edit, ...]:
        """Edits joined until each can be had alone, and all but each."""
        i = 0
        while i < len(edits):
            if len(edits) == 1 or (self._fits(edits[i : i + 1]) and self._fits(edits[:i] + edits[i + 1 :])):
                i += 1
                continue
            k = next((k for k in range(len(edits)) if k != i and self._apart(edits, i, k)), (i - 1) % len(edits))
            one, two = sorted((i, k))
            edits[one] = Edit(edits[one].steps + edits.pop(two).steps)
            i = 0
        return tuple(edits)

    def _apart(self, edits: list[Edit], i: int, k: int) -> bool:
        """Whether two edits can be had together and left out together."""
        return self._fits([edits[i], edits[k]]) and self._fits([e for j, e in enumerate(edits) if j not in (i, k)])

    def _fits(self, edits: Iterable[Edit]) -> bool:
        try:
            self._resolved(self._with(edits))
        except ProblemsFound:
            return False
        return True

    def _resolved(self, setting: Setting) -> dict[tuple[str, str], Rules]:
        return {(g.name, o.name if o else ""): setting.rules(g, o) for g, o in self._meet}

    @cached_property
    def _meet(self) -> list[tuple[Guideline, Overlay | None]]:
        every = {g.name: g for day in self.setting.days for g in self.setting.guidelines(day)}
        able = self.setting.library.overlays if self.setting.as_of is None else overlays(self.setting)
        return [(g, o) for g in every.values() for o in (None, *able)]

    def _with(self, edits: Iterable[Edit]) -> Setting:
        steps = sorted((s for e in edits for s in e.steps), key=lambda s: self._order[id(s[1])])
        plans = {p: tuple(c for q, c in steps if q == p) for p, _ in steps if p}
        mine = tuple(c for p, c in steps if not p)
        return replace(self.setting, draft=replace(self.draft, changes=mine, plans=tuple(plans.items())))

    # any of them together

    def some(self, chosen: Sequence[bool]) -> Setting:
        """The setting under the chosen edits alone. Raises ProblemsFound where they do not apply without the rest."""
        whole = self._numeric
        kept = [e for e, c, n in zip(self.edits, chosen, whole, strict=True) if c and n is None]
        on_top = [n for c, n in zip(chosen, whole, strict=True) if c and n is not None]
        key = tuple(c and n is None for c, n in zip(chosen, whole, strict=True))
        if key not in self._below:
            self._below[key] = self._with(kept)
        below = self._below[key]
        if not on_top:
            return below
        rules = {k: _numbered(r, [n[k] for n in on_top]) for k, r in self._resolved(below).items()}
        return below.ruled_by(rules)

    @cached_property
    def _below(self) -> dict[tuple[bool, ...], Setting]:
        return {}

    @cached_property
    def _numeric(self) -> list[dict[tuple[str, str], dict[Number, Any]] | None]:
        """For each edit what it sets under each overlay, where it sets numbers alone, no other edit sets them too, and
        none does more to the same kind of rules: then any of them together set what each of them sets. Else None."""
        bare = self._resolved(self._with(()))
        found = []
        for edit in self.edits:
            after = self._resolved(self._with([edit]))
            found.append({k: moved_numbers(bare[k], after[k]) for k in bare})
        structural = {
            c.target for e, f in zip(self.edits, found, strict=True) for _, c in e.steps if None in f.values()
        }
        touched: dict[Number, int] = {}
        for each in found:
            for number in {n for f in each.values() for n in f or ()}:
                touched[number] = touched.get(number, 0) + 1
        out: list[dict[tuple[str, str], dict[Number, Any]] | None] = []
        for edit, f in zip(self.edits, found, strict=True):
            alone = all(touched[n] == 1 for g in f.values() for n in g or ())
            targets = {c.target for _, c in edit.steps}
            mine = {k: g for k, g in f.items() if g is not None}
            good = alone and len(mine) == len(f) and not targets & structural and all(_sets(c) for _, c in edit.steps)
            out.append(mine if good else None)
        return out


def _sets(change: Change) -> bool:
    """Whether the change leaves which rows there are, and what they ask for, alone."""
    return change.kind == "change" and change.target in ("parameters", "limits")


def _split(plan: str, change: Change) -> list[Step]:
    """Numbers of limit rows as steps of their own."""
    if change.target != "limits" or change.kind != "change" or any(k not in NUMBERS for k, _ in change.body):
        return [(plan, replace(change))]
    return [(plan, replace(change, body=(part,))) for part in change.body]


def _numbered(rules: Rules, sets: Sequence[dict[Number, Any]]) -> Rules:
    """Rules with these numbers; their digest, of which nobody is told, names them."""
    new = {number: value for one in sets for number, value in one.items()}
    if not new:
        return rules
    parameters = tuple(
        replace(p, value=new["parameters", p.id, "value"]) if ("parameters", p.id, "value") in new else p
        for p in rules.parameters
    )
    rows = {id_ for target, id_, _ in new if target == "limits"}
    limits = tuple(
        replace(r, **{k: new["limits", r.id, k] for k in NUMBERS if ("limits", r.id, k) in new}) if r.id in rows else r
        for r in rules.limits
    )
    kept = rules.limits if not rows else limits
    what = ",".join(f"{k}={v}" for k, v in sorted(new.items(), key=str))
    return replace(rules, parameters=parameters, limits=kept, guideline_digest=f"{rules.guideline_digest}+{what}")

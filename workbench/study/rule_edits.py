"""Two settings taken apart into the things whose rules differ, and the setting of any of them together: for versions,
and for two drafts, which no list of changes leads from one to the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workbench.engine.setting import Setting
from workbench.guideline.differences import TARGETS
from workbench.guideline.mixing import Name, differing, mixed
from workbench.guideline.model import Rules
from workbench.study.controls import overlays


@dataclass(frozen=True)
class RuleEdit:
    """One thing of a guideline that differs, under whatever overlay it does."""

    guideline: str
    thing: Name

    @property
    def name(self) -> str:
        """As in `physical-therapy limits.lbp`."""
        kind, id_ = self.thing
        return f"{self.guideline} {TARGETS[kind]}.{id_}" if kind in TARGETS else f"{self.guideline} {id_}"


class RuleEdits:
    """What differs between two settings of one day, and differs only in rules: other tables are no edit. Raises
    ValueError for settings that decide each request by its own day."""

    def __init__(self, published: Setting, other: Setting):
        if published.as_of is None or published.as_of != other.as_of:
            raise ValueError("edits are told apart as of one day")
        self.setting = published
        self.pairs = {key: (guideline, old, new) for key, guideline, old, new in _pairs(published, other)}
        self.things = {key: differing(old, new) for key, (_, old, new) in self.pairs.items()}
        found = (RuleEdit(self.pairs[key][0], thing) for key, things in self.things.items() for thing in things)
        self.edits = tuple(dict.fromkeys(found))

    def __len__(self) -> int:
        return len(self.edits)

    def some(self, chosen: Sequence[bool]) -> Setting:
        """The published setting with the chosen things as in the other."""
        kept = {edit for edit, c in zip(self.edits, chosen, strict=True) if c}
        rules = {}
        for key, (guideline, old, new) in self.pairs.items():
            mine = [thing for thing in self.things[key] if RuleEdit(guideline, thing) in kept]
            if mine:
                rules[key] = mixed(old, new, mine)
        return self.setting.ruled_by(rules)


def _pairs(published: Setting, other: Setting) -> Iterator[tuple[tuple[str, str], str, Rules, Rules]]:
    """(guideline/version, plan/version or "") → the guideline, and its rules in both settings."""
    assert published.as_of is not None
    others = {g.id: g for g in other.guidelines(published.as_of)}
    for guideline in published.guidelines(published.as_of):
        if guideline.id in others:
            for overlay in (None, *overlays(published)):
                key = guideline.name, overlay.name if overlay else ""
                old, new = published.rules(guideline, overlay), other.rules(others[guideline.id], overlay)
                yield key, guideline.id, old, new

"""Differences in words: what changes, number by number and row by row, for the terminal, the reports and the screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from workbench.guideline.addresses import Rule, Thing
from workbench.guideline.differences import (
    ADDED,
    CHANGED,
    MOVED,
    Cells,
    Condition,
    ForWhom,
    Item,
    Place,
    Terms,
    Value,
    Whole,
)
from workbench.guideline.digests import plain
from workbench.guideline.model import BenefitLimit, Change, Exemption, LimitRow, Parameter, Waiver
from workbench.language.show import show
from workbench.words.conditions import Sayer, amount, row_words, trim

OTHERS = "all other states"
NONE = "—"
WORDS = {
    "about": "",
    "parameter": "parameter",
    "exemption": "exemption",
    "waiver": "waiver",
    "criterion": "criterion",
    "limit": "limit row",
    "plan": "plan",
    "program": "program",
    "condition": "condition",
    "measure": "measure",
    "property": "property",
    "exception": "",
}
_PARTS = {
    "value": "",
    "low": "lowest allowed",
    "high": "highest allowed",
    "per_week": "visits a week",
    "when": "holds where",
    "applies": "asked where",
    "requires": "met where",
    "unmet": "if not met",
    "cells": "for",
    "mcid": "smallest important change",
    "codes": "codes that come to it",
    "claim": "the other request is",
}
_KEYS = {
    "effective": "takes effect",
    "lines_of_business": "lines of business",
    "excluded_procedures": "procedures not covered",
    "benefit_limit": "benefit limit",
    "episode_gap_days": "gap that opens a new episode",
    "changes": "change to a guideline",
}
_TARGETS = {
    "parameters": "parameter",
    "exemptions": "exemption",
    "waivers": "waiver",
    "criteria": "criterion",
    "limits": "limit row",
    "excluded_procedures": "procedure not covered",
}
_OPERATIONS = {"set": "=", "add": "+", "multiply": "×", "at_least": "at least", "at_most": "at most"}


@dataclass(frozen=True)
class Said:
    """One item in words. `old` is None where there was nothing, `new` None where nothing is left."""

    item: Item = field(repr=False)
    place: str
    id: str
    label: str
    part: str
    old: str | None
    new: str | None
    unit: str
    source: str
    evidence: str
    note: str  # where it stands, or how it is written

    @property
    def kind(self) -> str:
        return self.item.kind

    @property
    def how(self) -> str:
        return self.item.how

    @property
    def title(self) -> str:
        """`limit row lbp_high (low back pain; high complexity)`"""
        name = self.label if self.kind == "parameter" else self.id if not self.label else f"{self.id} ({self.label})"
        return f"{WORDS[self.kind]} {name}".strip()

    @property
    def change(self) -> str:
        """`visits 16 → 20`, `added: …`"""
        unit = f" {self.unit}" if self.unit and self.unit != self.part else ""
        if self.how == MOVED:
            return f"moved: {self.note}"
        if self.how != CHANGED:
            body = f"{self.how}: {self.new if self.how == ADDED else self.old}"
            return body + (f" ({self.note})" if self.note else "")
        text = f"{self.part} {self.old or NONE} → {self.new or NONE}{unit}".strip()
        return text + (f" ({self.note})" if self.note else "")

    def as_dict(self) -> dict[str, object]:
        """The words, and beside them the data: `address` and `key` of what changes, `was` and `becomes` as plain
        values, `guidelines` and `overlays` of those who feel it."""
        item = self.item
        return {
            "place": self.place,
            "kind": self.kind,
            "id": self.id,
            "label": self.label,
            "part": self.part,
            "old": self.old,
            "new": self.new,
            "unit": self.unit,
            "source": self.source,
            "evidence": self.evidence,
            "how": self.how,
            "note": self.note,
            "address": str(item.address),
            "key": item.part,
            "was": data(item.old),
            "becomes": data(item.new),
            "guidelines": sorted({p.guideline for p in item.places if p.guideline}),
            "overlays": sorted({p.overlay for p in item.places if p.overlay}),
        }


def said(item: Item, names: Mapping[str, str]) -> Said:
    """An item in words; `names` are those of conditions and measures."""
    moved = item.how == MOVED
    return Said(
        item,
        place_words(item.places),
        _id(item),
        _label(item, names),
        _PARTS.get(item.part, item.part),
        "" if moved else value_words(item.old, names, item.part),
        "" if moved else value_words(item.new, names, item.part),
        item.unit.replace("/", " a "),
        "; ".join(item.sources),
        "; ".join(item.evidence),
        _note(item),
    )


def place_words(places: tuple[Place, ...]) -> str:
    """`physical-therapy/2026.1`, `harbor/2026.1, physical-therapy/2026.1`, `a/1 → 2`."""
    return " and ".join(map(_place, places))


def _place(place: Place) -> str:
    name = ", ".join(x for x in (place.overlay, place.guideline, place.program) if x)
    if not place.against:
        return name
    # Two versions of one thing are told by its name once.
    (one, _), (two, version) = (n.rsplit("/", 1) for n in (name, place.against))
    return f"{name} → {version}" if one == two else f"{name} and {place.against}"


def _id(item: Item) -> str:
    address = item.address
    if isinstance(address, Rule):
        return address.id
    if isinstance(address, ForWhom):
        return f"{address.line_of_business.replace('_', ' ')}, {', '.join(s or OTHERS for s in address.states)}"
    return _KEYS.get(address.name, address.name)


def _label(item: Item, names: Mapping[str, str]) -> str:
    if isinstance(item.address, ForWhom):
        return ", ".join(item.address.disciplines)
    return row_words(item.label.cells, names) if isinstance(item.label, Cells) else item.label


def _note(item: Item) -> str:
    stands = "" if item.before is None else f"before {item.before}" if item.before else "last"
    if item.how == MOVED:
        return f"now {stands}"
    # The scope of a whole file is not written out twice.
    if item.kind != "about" and any(isinstance(v, Condition) for v in (item.old, item.new)):
        sides = (show(v.node) if isinstance(v, Condition) else "nothing" for v in (item.old, item.new))
        return "written " + " → ".join(sides)
    return stands


def value_words(value: Value, names: Mapping[str, str], part: str = "") -> str | None:
    """A value of an item in words; None for nothing."""
    if value is None:
        return None
    if isinstance(value, Condition):
        return _sayer(value.parameters, names).say(value.node)
    if isinstance(value, Whole):
        return whole_words(value.thing, _sayer(value.parameters, names))
    if isinstance(value, Cells):
        return row_words(value.cells, names)
    if isinstance(value, Terms):
        return terms_words(value, names)
    if isinstance(value, BenefitLimit):
        over = "; ".join(" and ".join(x) for x in (value.disciplines, value.intents) if x)
        return f"{value.visits} visits a benefit year" + (f" ({over})" if over else "")
    if isinstance(value, Change):
        return step_words(value)
    if isinstance(value, Decimal):
        return trim(value)
    if isinstance(value, tuple):
        return ", ".join(value)
    return str(value).replace("_", " ") if part == "unmet" else str(value)


def _sayer(parameters: tuple[Parameter, ...], names: Mapping[str, str]) -> Sayer:
    return Sayer({p.id: p for p in parameters}, names)


def whole_words(thing: Thing, sayer: Sayer) -> str:
    """All that a rule says, in one line."""
    if isinstance(thing, Parameter):
        return amount(thing.value, thing.unit)
    if isinstance(thing, LimitRow):
        rate = f", at most {trim(thing.per_week)} a week" if thing.per_week is not None else ""
        return f"{thing.visits} visits, {thing.weeks} weeks{rate}"
    if isinstance(thing, Exemption):
        return f"free where {sayer.say(thing.when)}"
    if isinstance(thing, Waiver):
        weeks = f" within {thing.weeks} weeks" if thing.weeks is not None else ""
        return f"{thing.visits} visits free{weeks}" + (f" where {sayer.say(thing.when)}" if thing.when else "")
    applies = f"; asked where {sayer.say(thing.applies)}" if thing.applies else ""
    return f"met where {sayer.say(thing.requires)}{applies}; if not, {thing.unmet.replace('_', ' ')}"


def terms_words(terms: Terms, names: Mapping[str, str]) -> str:
    """What a row of a program says: `review from 2021-08-01, requests from 2021-07-15`."""
    text = f"review from {terms.review_from}" if terms.review_from else ""
    text += f", requests from {terms.requests_from}" if terms.requests_from else ""
    text = ", ".join(x for x in (text, f"planned: {terms.planned}" if terms.planned else "") if x)
    if terms.exempt_when is not None:
        text += f", no review where {Sayer({}, names).say(terms.exempt_when)}"
    return text


def step_words(change: Change) -> str:
    """One step of a `changes` section in words: `physical-therapy, limit rows with condition stroke: visits × 1.25`"""
    head, done = step_head(change), step_done(change)
    return (f"{change.guideline}, {head}" if change.guideline else head) + (f": {done}" if done else "")


def step_head(change: Change) -> str:
    """What a step changes: `limit rows with condition stroke`"""
    what = _TARGETS.get(change.target, change.target.replace("_", " "))
    cells = ", ".join(f"{k} {v or 'blank'}" for k, v in change.where or ())
    meant = f"{what}s with {cells}" if cells else f"every {what}"
    named = what if change.ids == (change.target,) else f"{what} {', '.join(change.ids)}"
    who = named if change.where is None else meant
    return who + {"change": "", "add": " added", "drop": " dropped"}[change.kind]


def step_done(change: Change, keys: Mapping[str, str] | None = None, becomes: str = "=") -> str:
    """What a step does: `visits × 1.25; weeks = 8`. `keys` are words for keys of another name, `becomes` for `set`."""
    parts, operations = [], {**_OPERATIONS, "set": becomes}
    for key, body in change.body:
        name = (keys or {}).get(key, key.replace("_", " "))
        if isinstance(body, tuple) and body and isinstance(body[0], tuple):
            done = ", then ".join(f"{operations[op]} {trim(n)}".strip() for op, n in body)
            parts.append(done if key == "value" else f"{name} {done}")
        else:
            parts.append(f"{name} {trim(body) if isinstance(body, Decimal) else body}")
    return "; ".join(parts)


def data(value: Value) -> object:
    """A value of an item as plain JSON matter: numbers as numbers, conditions as they are written, cells by column."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Condition):
        return show(value.node)
    if isinstance(value, Cells):
        return {c.fact: c.text for c in value.cells}
    if isinstance(value, Whole):
        return plain(value.thing)
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | str) else plain(value)

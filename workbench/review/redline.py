"""The redline: two sets of rules, overlays or programs side by side, and what differs in words, item by item."""


from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher

from workbench.guideline.model import (
    BenefitLimit,
    Change,
    Criterion,
    Exemption,
    Guideline,
    Library,
    LimitRow,
    Overlay,
    Parameter,
    Program,
    Rules,
    Waiver,
)
from workbench.language.syntax import show
from workbench.language.tree import Node
from workbench.review.program_days import row_terms
from workbench.review.sentences import Sayer, amount, labels, row_words, trim

CHANGED, ADDED, DROPPED, MOVED = "changed", "added", "dropped", "moved"
KINDS = ("about", "parameter", "exemption", "waiver", "criterion", "limit", "plan", "program")
WORDS = {"about": "", "parameter": "parameter", "exemption": "exemption", "waiver": "waiver", "criterion": "criterion",
          "limit": "limit row", "plan": "plan", "program": "program"}
_PARTS = {"value": "", "low": "lowest allowed", "high": "highest allowed", "per_week": "visits a week",
          "when": "holds where", "applies": "asked where", "requires": "met where", "unmet": "if not met",
          "cells": "for"}
_UNITS = {"visits": "visits", "weeks": "weeks", "per_week": "visits/week"}
NONE = "—"
_TARGETS = {"parameters": "parameter", "exemptions": "exemption", "waivers": "waiver", "criteria": "criterion",
            "limits": "limit row", "excluded_procedures": "procedure not covered"}
_OPERATIONS = {"set": "=", "add": "+", "multiply": "×", "at_least": "at least", "at_most": "at most"}


@dataclass(frozen=True)
class Item:
    """One thing that changes. `part` is what of it (visits, met where, …; "" for the thing itself); `old` is None where
    it was not there, `new` None where it is gone. `source` and `evidence` are those of the new side, or of what was
    dropped."""

    place: str      # guideline/version, or plan/version, or both
    kind: str       # one of KINDS
    id: str
    label: str
    part: str
    old: str | None
    new: str | None
    unit: str = ""
    source: str = ""
    evidence: str = ""
    how: str = CHANGED
    note: str = ""  # where it stands, or how it is written

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

    def as_dict(self) -> dict[str, str | None]:
        return dict(self.__dict__)


def compare_rules(old: Rules | Guideline, new: Rules | Guideline, place: str, library: Library) -> list[Item]:
    """What differs between two sets of rules, kind by kind."""
    names = labels(library)
    before, after = (Sayer({p.id: p for p in r.parameters}, names) for r in (old, new))
    items: list[Item] = []
    for kind, target in (("parameter", "parameters"), ("exemption", "exemptions"), ("waiver", "waivers"),
                         ("criterion", "criteria"), ("limit", "limits")):
        items += _things(kind, getattr(old, target) or (), getattr(new, target) or (), place, before, after)
    if isinstance(old, Rules):
        items += _plan_parts(old, new, place)
    return items


def _things(kind: str, old: Iterable, new: Iterable, place: str, before: Sayer, after: Sayer) -> list[Item]:
    olds, news = {x.id: x for x in old}, {x.id: x for x in new}
    items: list[Item] = []
    for id_, thing in news.items():
        if id_ not in olds:
            items.append(_whole_item(kind, thing, place, after, ADDED, _standing(kind, id_, list(news))))
        elif thing != olds[id_]:
            items += _parts(kind, olds[id_], thing, place, before, after)
    items += [_whole_item(kind, thing, place, before, DROPPED) for id_, thing in olds.items() if id_ not in news]
    if kind == "limit":
        items += _moved(olds, news, place, after)
    return items


def _standing(kind: str, id_: str, order: list[str]) -> str:
    at = order.index(id_)
    return "" if kind != "limit" else f"before {order[at + 1]}" if at + 1 < len(order) else "last"


def _moved(olds: Mapping[str, LimitRow], news: Mapping[str, LimitRow], place: str, after: Sayer) -> list[Item]:
    """Rows that stand elsewhere than before: the first that matches is taken, so order decides."""
    one, two = [i for i in olds if i in news], [i for i in news if i in olds]
    kept = {one[k] for b in SequenceMatcher(None, one, two, autojunk=False).get_matching_blocks()
            for k in range(b.a, b.a + b.size)}
    order = list(news)
    return [Item(place, "limit", i, row_words(news[i].cells, after.names), "", "", "", source=news[i].source,
                 evidence=news[i].evidence, how=MOVED, note=f"now {_standing('limit', i, order)}")
            for i in two if i not in kept]


def _label(kind: str, thing: object, sayer: Sayer) -> str:
    if kind == "parameter":
        return thing.label
    return row_words(thing.cells, sayer.names) if kind == "limit" else thing.text.rstrip(".")


def _whole_item(kind: str, thing: object, place: str, sayer: Sayer, how: str, note: str = "") -> Item:
    said = _said(thing, sayer)
    return Item(place, kind, thing.id, _label(kind, thing, sayer), "", None if how == ADDED else said,
                said if how == ADDED else None, source=thing.source, evidence=getattr(thing, "evidence", ""), how=how,
                note=note)


def _said(thing: object, sayer: Sayer) -> str:
    """All that a whole item says, in one line."""
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
    assert isinstance(thing, Criterion)
    applies = f"; asked where {sayer.say(thing.applies)}" if thing.applies else ""
    return f"met where {sayer.say(thing.requires)}{applies}; if not, {thing.unmet.replace('_', ' ')}"


def _parts(kind: str, old: object, new: object, place: str, before: Sayer, after: Sayer) -> list[Item]:
    """The fields of one item that differ."""
    items = []
    for name in new.__dataclass_fields__:
        a, b = getattr(old, name), getattr(new, name)
        if name in ("at", "id") or a == b:
            continue
        unit = new.unit if kind == "parameter" and name in ("value", "low", "high", "step") else _UNITS.get(name, "")
        note = ""
        if isinstance(a, Node) or isinstance(b, Node):
            note = "written " + " → ".join("nothing" if n is None else show(n) for n in (a, b))
        items.append(Item(place, kind, new.id, _label(kind, new, after), _PARTS.get(name, name),
                          _text(name, a, before), _text(name, b, after), unit.replace("/", " a "), new.source,
                          getattr(new, "evidence", ""), note=note))
    return items


def _text(name: str, value: object, sayer: Sayer) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, Node):
        return sayer.say(value)
    if name == "cells":
        return row_words(value, sayer.names)
    if isinstance(value, Decimal):
        return trim(value)
    if isinstance(value, tuple):
        return ", ".join(str(v) for v in value) or None
    return str(value).replace("_", " ") if name == "unmet" else str(value)


def _plan_parts(old: Rules | Overlay, new: Rules | Overlay, place: str) -> list[Item]:
    """What an overlay alone has: procedures not covered, benefit limit, gap between episodes."""
    items: list[Item] = []
    source = getattr(new, "source", "")
    gone, came = (sorted(set(a.excluded_procedures) - set(b.excluded_procedures)) for a, b in ((old, new), (new, old)))
    for how, codes in ((ADDED, came), (DROPPED, gone)):
        if codes:
            text = ", ".join(codes)
            items.append(Item(place, "plan", "procedures not covered", "", "", None if how == ADDED else text,
                              text if how == ADDED else None, source=source, how=how))
    if old.benefit_limit != new.benefit_limit:
        items.append(Item(place, "plan", "benefit limit", "", "", _benefit(old.benefit_limit),
                          _benefit(new.benefit_limit), source=new.benefit_limit.source if new.benefit_limit else ""))
    if old.episode_gap_days != new.episode_gap_days:
        items.append(Item(place, "plan", "gap that opens a new episode", "", "", str(old.episode_gap_days),
                          str(new.episode_gap_days), "days", source))
    return items


def _benefit(limit: BenefitLimit | None) -> str | None:
    if limit is None:
        return None
    over = "; ".join(" and ".join(x) for x in (limit.disciplines, limit.intents) if x)
    return f"{limit.visits} visits a benefit year" + (f" ({over})" if over else "")


def about_items(old: object, new: object, place: str) -> list[Item]:
    """Heads of files: title, status, the day a version takes effect."""
    items = []
    for name, what in (("title", "title"), ("status", "status"), ("effective", "takes effect"),
                       ("published", "published"), ("extends", "extends"), ("scope", "scope"),
                       ("lines_of_business", "lines of business"), ("monitoring", "monitoring"), ("note", "note")):
        a, b = getattr(old, name, None), getattr(new, name, None)
        if a != b:
            items.append(Item(place, "about", what, "", "", _text(name, a, Sayer()), _text(name, b, Sayer())))
    return items


def overlay_items(old: Overlay, new: Overlay, place: str, names: Mapping[str, str]) -> list[Item]:
    sayer = Sayer({}, names)
    items = _things("waiver", old.waivers, new.waivers, place, sayer, sayer) + _plan_parts(old, new, place)
    olds, news = ([step_words(c) for c in o.changes] for o in (old, new))
    items += [Item(place, "plan", "change to a guideline", "", "", None, s, source=new.source, how=ADDED)
              for s in news if s not in olds]
    return items + [Item(place, "plan", "change to a guideline", "", "", s, None, source=old.source, how=DROPPED)
                    for s in olds if s not in news]


def step_words(change: Change) -> str:
    """One step of a `changes` section in words: `physical-therapy, limit rows with condition stroke: visits × 1.25`"""
    what = _TARGETS.get(change.target, change.target.replace("_", " "))
    cells = ", ".join(f"{k} {v or 'blank'}" for k, v in change.where or ())
    meant = f"{what}s with {cells}" if cells else f"every {what}"
    named = what if change.ids == (change.target,) else f"{what} {', '.join(change.ids)}"
    who = named if change.where is None else meant
    parts = []
    for key, body in change.body:
        if isinstance(body, tuple) and body and isinstance(body[0], tuple):
            done = ", then ".join(f"{_OPERATIONS[op]} {trim(n)}" for op, n in body)
            parts.append(done if key == "value" else f"{key.replace('_', ' ')} {done}")
        else:
            parts.append(f"{key.replace('_', ' ')} {trim(body) if isinstance(body, Decimal) else body}")
    did = {"change": "", "add": " added", "drop": " dropped"}[change.kind]
    head = f"{change.guideline}, {who}" if change.guideline else who
    return f"{head}{did}" + (f": {'; '.join(parts)}" if parts else "")


def program_items(old: Program, new: Program, place: str, names: Mapping[str, str]) -> list[Item]:
    """State by state, those that change alike in one item."""
    olds, news = row_terms(old, names), row_terms(new, names)
    alike: dict[tuple[str, str, str | None, str | None], list[str]] = {}
    for key in dict.fromkeys((*olds, *news)):
        business, state, discipline = key
        if olds.get(key) != news.get(key):
            alike.setdefault((business, discipline, olds.get(key), news.get(key)), []).append(state)
    merged: dict[tuple[str, tuple[str, ...], str | None, str | None], list[str]] = {}
    for (business, discipline, a, b), states in alike.items():
        merged.setdefault((business, tuple(states), a, b), []).append(discipline)
    return [Item(place, "program", f"{business.replace('_', ' ')}, {', '.join(states)}", ", ".join(disciplines), "", a,
                 b, how=ADDED if a is None else DROPPED if b is None else CHANGED)
            for (business, states, a, b), disciplines in merged.items()]

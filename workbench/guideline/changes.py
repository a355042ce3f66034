"""Applying changes: layer over layer, each step on the result of the last, and an account of what it did.

Within a layer and target: drop, then change in the order written, then add. What one layer set and a later one sets
again is a warning that names both; what can not be done is a problem. Nothing given is ever altered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, localcontext

from workbench.errors import Problem, nearest
from workbench.facts import DECIMAL_PLACES
from workbench.guideline.cells import CellReader
from workbench.guideline.expressions import condition, guideline_names
from workbench.guideline.load_limits import HIGHEST, hidden_rows
from workbench.guideline.model import Cell, Change, Criterion, Exemption, LimitRow, Operations, Parameter, Spot, Waiver
from workbench.language.syntax import Names, show

Item = Parameter | Exemption | Waiver | Criterion | LimitRow
TARGETS = ("parameters", "exemptions", "waivers", "criteria", "limits")
_ONE = {"parameters": "parameter", "exemptions": "exemption", "waivers": "waiver", "criteria": "criterion",
        "limits": "limit row"}
_KINDS = ("drop", "change", "add")
_CONDITIONS = ("when", "applies", "requires")


@dataclass(frozen=True)
class Entry:
    """One thing that a layer changed. `key` is what of the item changed; for an item added or dropped it is "", and
    `old` or `new` is None. Numbers are Decimal, the rest is text (or the whole item)."""

    guideline: str
    target: str
    id: str
    key: str
    old: object
    new: object
    origin: str


@dataclass
class Work:
    """The parts of a guideline while layers are laid over it."""

    guideline: str
    parts: dict[str, tuple[Item, ...]]
    choices: Mapping[str, tuple[str, ...]]
    cells: CellReader
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    log: list[Entry] = field(default_factory=list)
    _by: dict[tuple[str, str, str], str] = field(default_factory=dict)      # (target, id, key) → origin
    _gone: dict[tuple[str, str], str] = field(default_factory=dict)         # (target, id) → origin of the drop
    _written: dict[str, dict[str, str]] = field(default_factory=dict)       # limit row → cells as in its file
    _origin: str = ""                                                       # of the layer being laid

    def __post_init__(self) -> None:
        for row in self.parts["limits"]:
            self._written[row.id] = {c.fact: c.text for c in row.cells}

    @property
    def names(self) -> Names:
        return guideline_names({p.id: p for p in self.parts["parameters"]}, self.choices)

    def apply(self, changes: Iterable[Change], origin: str) -> None:
        """Lay one layer's changes over what there is. `origin` names the layer in warnings and in the log."""
        self._origin = origin
        steps = sorted(changes, key=lambda c: (TARGETS.index(c.target), _KINDS.index(c.kind)))
        moved = [c for c in steps if c.target == "limits" and (c.kind == "add" or _sets_cells(c))]
        hidden = {p.message for p in hidden_rows(self.parts["limits"])} if moved else set()
        for step in steps:
            {"drop": self._drop, "change": self._change, "add": self._add}[step.kind](step)
        for problem in hidden_rows(self.parts["limits"]) if moved else ():
            if problem.message not in hidden:
                self.problems.append(problem.at(*moved[-1].at))

    def lend(self, target: str, items: Iterable[Item], origin: str) -> None:
        """Put a layer's whole items at the end; the same id takes the place of what is there, with a warning."""
        self._origin = origin
        for item in items:
            if self._find(target, item.id) is not None:
                self._warn(target, item.id, "", self._by.get((target, item.id, ""), self.guideline), item.at)
            self._put(target, item)
            self._by[target, item.id, ""] = origin

    # steps

    def _drop(self, step: Change) -> None:
        for id_ in step.ids:
            item = self._meant(step, id_)
            if item is None:
                continue
            earlier = next((o for (t, i, _), o in self._by.items()
                            if (t, i) == (step.target, id_) and o != self._origin), "")
            if earlier:
                self._warn(step.target, id_, "", earlier, step.at)
            self.parts[step.target] = tuple(i for i in self.parts[step.target] if i.id != id_)
            self._gone[step.target, id_] = self._origin
            self._log(step, id_, "", item, None)

    def _change(self, step: Change) -> None:
        if step.where is None:
            meant = [i for i in (self._meant(step, id_) for id_ in step.ids) if i is not None]
        else:
            meant = [r for r in self.parts["limits"] if self._matches(r.id, step.where)]
            gone = [i for t, i in self._gone if t == "limits" and self._dropped("limits", i)
                    and self._matches(i, step.where)]
            for id_ in () if meant else gone:
                self._warn("limits", id_, "", self._gone["limits", id_], step.at, gone=True)
            if not meant and not gone:
                self._fail(step, "matches-nothing", f"no limit row of {self.guideline} has "
                           + ", ".join(f"{k} {v!r}" for k, v in step.where))
        for key, content in step.body:
            able = [i for i in meant if self._able(i, step, key)]
            if meant and not able and step.where is not None:
                self._fail(step, "matches-nothing", f"no row meant has {key}", key)
            for item in able:
                # The item may have been altered by an earlier key of the same step.
                self._set(step, self._find(step.target, item.id), key, content)
        for item in meant if step.target == "criteria" else ():
            new = self._find("criteria", item.id)
            if new.unmet == "administrative" and not new.cure:
                self._fail(step, "missing-cure", f"criterion {new.id} is administrative and does not say how to cure "
                           "it", hint="add `cure`")

    def _add(self, step: Change) -> None:
        (id_,) = step.ids
        old = self._find(step.target, id_)
        if old is not None:
            earlier = self._by.get((step.target, id_, ""), self._origin)
            if earlier == self._origin:
                self._fail(step, "change-exists", f"{self.guideline} has a {_ONE[step.target]} {id_} already",
                           hint="put it under `change`, or `drop` it first")
                return
            self._warn(step.target, id_, "", earlier, step.at)
        item = _ADDED[step.target](self, step)
        if item is None:
            return
        beside = step.before or step.after
        if beside and self._dropped(step.target, beside):
            self._warn(step.target, beside, "", self._gone[step.target, beside], step.at, gone=True)
            beside = ""
        if beside:
            ids = [i.id for i in self.parts[step.target] if i.id != id_]
            if beside not in ids:
                self._fail(step, "matches-nothing", f"{self.guideline} has no {_ONE[step.target]} {beside}",
                           "before" if step.before else "after", nearest(beside, ids))
                return
            at = ids.index(beside) + bool(step.after)
            rest = [i for i in self.parts[step.target] if i.id != id_]
            self.parts[step.target] = (*rest[:at], item, *rest[at:])
        else:
            self._put(step.target, item)
        if isinstance(item, LimitRow):
            self._written[id_] = {c.fact: c.text for c in item.cells}
        self._by[step.target, id_, ""] = self._origin
        self._log(step, id_, "", old, item)

    # one value

    def _set(self, step: Change, item: Item, key: str, content: object) -> None:
        if isinstance(content, tuple):
            old, new = self._operate(step, item, key, content)
            fixed = any(op == "set" for op, _ in content)
        else:
            old, new = self._text(step, item, key, str(content))
            fixed = True
        if new is None:
            return
        changed = old != new
        if changed or fixed:
            earlier = self._by.get((step.target, item.id, key)) or \
                self._by.get((step.target, item.id, ""), self._origin)
            if earlier != self._origin:
                self._warn(step.target, item.id, key, earlier, step.at)
            self._by[step.target, item.id, key] = self._origin
        if changed:
            self._log(step, item.id, key, old, new)

    def _operate(self, step: Change, item: Item, key: str, operations: Operations) -> tuple[object, Decimal | None]:
        old = getattr(item, key)
        whole = step.target != "parameters" and key != "per_week"
        new = operate(None if old is None else Decimal(old), operations, whole)
        low, high = (item.low, item.high) if isinstance(item, Parameter) else (0, HIGHEST[key])
        what = item.id if isinstance(item, Parameter) else f"{key} of {item.id}"
        if not low <= new <= high:
            return old, self._fail(step, "out-of-range", f"{what} would be {_plain(new)}; its range is {low}..{high}",
                                   key)
        if whole and new != new.to_integral_value():
            return old, self._fail(step, "wrong-value", f"{what} would be {_plain(new)}, which is no whole number", key)
        if len(_plain(new).partition(".")[2]) > DECIMAL_PLACES:
            return old, self._fail(step, "out-of-range", f"{what} would have more than {DECIMAL_PLACES} places", key)
        self._put(step.target, replace(item, **{key: int(new) if whole else new}))
        return None if old is None else Decimal(old), new

    def _text(self, step: Change, item: Item, key: str, text: str) -> tuple[str, str | None]:
        if isinstance(item, LimitRow) and key not in ("source", "evidence", "note"):
            old = next((c.text for c in item.cells if c.fact == key), "")
            cells = [c for c in item.cells if c.fact != key]
            if text:
                cell = self.cells.read(key, text)
                if isinstance(cell, Problem):
                    return old, self._fail(step, cell.code, cell.message, key, cell.hint)
                cells.append(cell)
            self._put("limits", replace(item, cells=tuple(cells)))
            return old, text
        if key in _CONDITIONS:
            before = getattr(item, key)
            node = self._condition(step, key, text)
            if node is None:
                return "", None
            self._put(step.target, replace(item, **{key: node}))
            return "" if before is None else show(before), show(node)
        old = getattr(item, key)
        self._put(step.target, replace(item, **{key: text}))
        return old, text

    def _condition(self, step: Change, key: str, text: str):
        return condition(text, self.names, step.places.get(key), self.problems)

    # whole items

    def _new_parameter(self, step: Change) -> None:
        self._fail(step, "bad-change", "a change adds no parameters", hint="they belong to a guideline's own file")

    def _new_exemption(self, step: Change) -> Exemption | None:
        body = dict(step.body)
        when = self._condition(step, "when", body.get("when", "true"))
        return when and Exemption(step.ids[0], body.get("text", ""), when, body.get("source", ""),
                                  body.get("note", ""), at=step.at)

    def _new_waiver(self, step: Change) -> Waiver | None:
        body = dict(step.body)
        when = self._condition(step, "when", body["when"]) if "when" in body else None
        if "visits" not in body or when is None and "when" in body:
            return None
        weeks = int(body["weeks"]) if "weeks" in body else None
        return Waiver(step.ids[0], body.get("text", ""), int(body["visits"]), body.get("source", ""), weeks, when,
                      body.get("note", ""), at=step.at)

    def _new_criterion(self, step: Change) -> Criterion | None:
        body = dict(step.body)
        requires = self._condition(step, "requires", body["requires"]) if "requires" in body else None
        applies = self._condition(step, "applies", body["applies"]) if "applies" in body else None
        if requires is None or applies is None and "applies" in body:
            return None
        criterion = Criterion(step.ids[0], body.get("text", ""), requires, body.get("source", ""), applies,
                              body.get("unmet", "clinician_review"), body.get("cure", ""), body.get("note", ""),
                              at=step.at)
        if criterion.unmet == "administrative" and not criterion.cure:
            self._fail(step, "missing-cure", f"criterion {criterion.id} is administrative and does not say how to cure "
                       "it", "unmet", "add `cure`")
        return criterion

    def _new_row(self, step: Change) -> LimitRow | None:
        body = dict(step.body)
        cells: list[Cell] = []
        for key, text in body.items():
            if key not in ("visits", "weeks", "per_week", "source", "evidence", "note"):
                cell = self.cells.read(key, str(text))
                if isinstance(cell, Problem):
                    self._fail(step, cell.code, cell.message, key, cell.hint)
                else:
                    cells.append(cell)
        if "visits" not in body or "weeks" not in body:
            return None
        return LimitRow(step.ids[0], tuple(cells), int(body["visits"]), int(body["weeks"]), body.get("per_week"),
                        str(body.get("source", "")), str(body.get("evidence", "consensus")), str(body.get("note", "")),
                        at=step.at)

    # helpers

    def _find(self, target: str, id_: str) -> Item | None:
        return next((i for i in self.parts[target] if i.id == id_), None)

    def _meant(self, step: Change, id_: str) -> Item | None:
        """The item that a step means; what an earlier layer dropped is passed over with a warning."""
        item = self._find(step.target, id_)
        if self._dropped(step.target, id_):
            self._warn(step.target, id_, "", self._gone[step.target, id_], step.at, gone=True)
        elif item is None:
            self._fail(step, "matches-nothing", f"{self.guideline} has no {_ONE[step.target]} {id_}",
                       hint=nearest(id_, [i.id for i in self.parts[step.target]]))
        return item

    def _dropped(self, target: str, id_: str) -> bool:
        """Whether an earlier layer dropped the item."""
        return self._find(target, id_) is None and self._gone.get((target, id_), self._origin) != self._origin

    def _matches(self, id_: str, where: Iterable[tuple[str, str]]) -> bool:
        written = self._written[id_]
        return all(written.get(column, "") == text for column, text in where)

    def _able(self, item: Item, step: Change, key: str) -> bool:
        """Whether the item has a number to work on (`set` needs none)."""
        content = dict(step.body)[key]
        if not isinstance(content, tuple) or getattr(item, key) is not None or content[0][0] == "set":
            return True
        if step.where is None:
            self._fail(step, "bad-change", f"{item.id} has no {key} to work on", key, "set it first")
        return False

    def _put(self, target: str, item: Item) -> None:
        if self._find(target, item.id) is None:
            self.parts[target] = (*self.parts[target], item)
        else:
            self.parts[target] = tuple(item if i.id == item.id else i for i in self.parts[target])

    def _log(self, step: Change, id_: str, key: str, old: object, new: object) -> None:
        self.log.append(Entry(self.guideline, step.target, id_, key, old, new, self._origin))

    def _fail(self, step: Change, code: str, message: str, key: str = "", hint: str = "") -> None:
        place = step.places.get(key)
        self.problems.append(Problem(code, message, *(place.spot if place is not None else step.at), hint))

    def _warn(self, target: str, id_: str, key: str, earlier: str, at: Spot, gone: bool = False) -> None:
        later = self._origin
        what = f"{key} of {_ONE[target]} {id_}" if key and target != "parameters" else f"{_ONE[target]} {id_}"
        text = f"{what} is set by {earlier} and by {later}; the later wins" if not gone else \
            f"{what} is dropped by {earlier}, so that {later} does nothing to it"
        self.warnings.append(Problem("layers-clash", text, *at))


_ADDED = {"parameters": Work._new_parameter, "exemptions": Work._new_exemption, "waivers": Work._new_waiver,
          "criteria": Work._new_criterion, "limits": Work._new_row}


def _sets_cells(step: Change) -> bool:
    return any(not isinstance(v, tuple) and k not in ("source", "evidence", "note") for k, v in step.body)


def operate(value: Decimal | None, operations: Operations, whole: bool) -> Decimal:
    """A number after its operations, one on the result of the other; `multiply` of whole numbers rounds up."""
    with localcontext() as exact:
        exact.prec = 80
        for op, amount in operations:
            if op == "set":
                value = amount
            elif op == "add":
                value = value + amount
            elif op == "multiply":
                value = value * amount
                value = value.to_integral_value("ROUND_CEILING") if whole else value
            else:
                value = max(value, amount) if op == "at_least" else min(value, amount)
        return +value


def _plain(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text

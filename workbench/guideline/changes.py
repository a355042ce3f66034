"""Applying changes: layer over layer, each step on the result of the last.

Within a layer and target: drop, then change in the order written, then add. What one layer set and a later one sets
again is a warning that names both; what can not be done is a problem. Nothing given is ever altered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from workbench.errors import Problem, Problems, nearest
from workbench.facts import DECIMAL_PLACES, places
from workbench.guideline.addresses import bounds
from workbench.guideline.expressions import condition, guideline_names
from workbench.guideline.limit_cells import CellReader
from workbench.guideline.load_limits import hidden_rows
from workbench.guideline.model import LIMIT_WORDS, Change, Content, Criterion, LimitRow, Operations, Parameter, Spot
from workbench.guideline.new_items import Item, fault, new_item
from workbench.guideline.operations import operate, operations, plain_number, sets_cells
from workbench.language.syntax import Names

TARGETS = ("parameters", "exemptions", "waivers", "criteria", "limits")
_ONE = dict(zip(TARGETS, ("parameter", "exemption", "waiver", "criterion", "limit row"), strict=True))
_KINDS = ("drop", "change", "add")
_CONDITIONS = ("when", "applies", "requires")


@dataclass
class Work:
    """The parts of a guideline while layers are laid over it."""

    guideline: str
    parts: dict[str, tuple[Item, ...]]
    choices: Mapping[str, tuple[str, ...]]
    cells: CellReader
    problems: Problems = field(default_factory=Problems)
    warnings: list[Problem] = field(default_factory=list)
    by: dict[tuple[str, str, str], str] = field(default_factory=dict)  # (target, id, key) → origin
    gone: dict[tuple[str, str], str] = field(default_factory=dict)  # (target, id) → origin of the drop
    written: dict[str, dict[str, str]] = field(default_factory=dict)  # limit row → cells as in its file
    _origin: str = ""  # of the layer being laid

    def __post_init__(self) -> None:
        for row in self.rows:
            self.written[row.id] = {c.fact: c.text for c in row.cells}

    @property
    def rows(self) -> tuple[LimitRow, ...]:
        return tuple(r for r in self.parts["limits"] if isinstance(r, LimitRow))

    @property
    def names(self) -> Names:
        parameters = {p.id: p for p in self.parts["parameters"] if isinstance(p, Parameter)}
        return guideline_names(parameters, self.choices)

    def apply(self, changes: Iterable[Change], origin: str) -> None:
        """Lay one layer's changes over what there is. `origin` names the layer in warnings."""
        self._origin = origin
        steps = sorted(changes, key=lambda c: (TARGETS.index(c.target), _KINDS.index(c.kind)))
        moved = [c for c in steps if c.target == "limits" and (c.kind == "add" or sets_cells(c))]
        hidden = {p.message for p in hidden_rows(self.rows)} if moved else set()
        for step in steps:
            {"drop": self._drop, "change": self._change, "add": self._add}[step.kind](step)
        for problem in hidden_rows(self.rows) if moved else ():
            if problem.message not in hidden:
                self.problems.add(problem.at(*moved[-1].at))

    def lend(self, target: str, items: Iterable[Item], origin: str) -> None:
        """Put a layer's whole items at the end; the same id takes the place of what is there, with a warning."""
        self._origin = origin
        for item in items:
            if self._find(target, item.id) is not None:
                earlier = (o for (t, i, _), o in self.by.items() if (t, i) == (target, item.id))
                self._warn(target, item.id, "", next(earlier, self.guideline), item.at)
            self._put(target, item)
            self.by[target, item.id, ""] = origin

    # steps

    def _drop(self, step: Change) -> None:
        for id_ in step.ids:
            item = self._meant(step, id_)
            if item is None:
                continue
            earlier = next(
                (o for (t, i, _), o in self.by.items() if (t, i) == (step.target, id_) and o != self._origin), ""
            )
            if earlier:
                self._warn(step.target, id_, "", earlier, step.at)
            self.parts[step.target] = tuple(i for i in self.parts[step.target] if i.id != id_)
            self.gone[step.target, id_] = self._origin

    def _change(self, step: Change) -> None:
        if step.where is None:
            meant = [i for i in (self._meant(step, id_) for id_ in step.ids) if i is not None]
        else:
            meant = [r for r in self.rows if self._matches(r.id, step.where)]
            gone = [
                i for t, i in self.gone if t == "limits" and self._dropped("limits", i) and self._matches(i, step.where)
            ]
            for id_ in () if meant else gone:
                self._warn("limits", id_, "", self.gone["limits", id_], step.at, gone=True)
            if not meant and not gone:
                self._fail(
                    step,
                    "matches-nothing",
                    f"no limit row of {self.guideline} has " + ", ".join(f"{k} {v!r}" for k, v in step.where),
                )
        for key, content in step.body:
            # The item may have been altered by an earlier key of the same step.
            now = [i for i in (self._find(step.target, m.id) for m in meant) if i is not None]
            able = [i for i in now if self._able(i, step, key)]
            if meant and not able and step.where is not None:
                self._fail(step, "matches-nothing", f"no row meant has {key}", key)
            for item in able:
                self._set(step, item, key, content)
        for new in (self._find("criteria", i.id) for i in meant) if step.target == "criteria" else ():
            if isinstance(new, Criterion) and new.unmet == "administrative" and not new.cure:
                self._fail(
                    step,
                    "missing-cure",
                    f"criterion {new.id} is administrative and does not say how to cure it",
                    hint="add `cure`",
                )

    def _add(self, step: Change) -> None:
        (id_,) = step.ids
        old = self._find(step.target, id_)
        if old is not None:
            earlier = self.by.get((step.target, id_, ""), self._origin)
            if earlier == self._origin:
                self._fail(
                    step,
                    "change-exists",
                    f"{self.guideline} has a {_ONE[step.target]} {id_} already",
                    hint="put it under `change`, or `drop` it first",
                )
                return
            self._warn(step.target, id_, "", earlier, step.at)
        item = new_item(step, self.names, self.cells, self.problems)
        if item is None:
            return
        beside = step.before or step.after
        if beside and self._dropped(step.target, beside):
            self._warn(step.target, beside, "", self.gone[step.target, beside], step.at, gone=True)
            beside = ""
        if beside:
            ids = [i.id for i in self.parts[step.target] if i.id != id_]
            if beside not in ids:
                self._fail(
                    step,
                    "matches-nothing",
                    f"{self.guideline} has no {_ONE[step.target]} {beside}",
                    "before" if step.before else "after",
                    nearest(beside, ids),
                )
                return
            at = ids.index(beside) + bool(step.after)
            rest = [i for i in self.parts[step.target] if i.id != id_]
            self.parts[step.target] = (*rest[:at], item, *rest[at:])
        else:
            self._put(step.target, item)
        if isinstance(item, LimitRow):
            self.written[id_] = {c.fact: c.text for c in item.cells}
        self.by[step.target, id_, ""] = self._origin

    # one value

    def _set(self, step: Change, item: Item, key: str, content: Content) -> None:
        steps = operations(content)
        if steps is None:
            fixed = self._text(step, item, key, str(content))
        else:
            fixed = self._operate(step, item, key, steps) and any(op == "set" for op, _ in steps)
        if fixed or self._find(step.target, item.id) != item:
            earlier = self.by.get((step.target, item.id, key)) or self.by.get((step.target, item.id, ""), self._origin)
            if earlier != self._origin:
                self._warn(step.target, item.id, key, earlier, step.at)
            self.by[step.target, item.id, key] = self._origin

    def _operate(self, step: Change, item: Item, key: str, steps: Operations) -> bool:
        """Lay operations on one number; false, the reason reported, where that can not be."""
        old: Decimal | int | None = getattr(item, key)
        whole = step.target != "parameters" and key != "per_week"
        new = operate(None if old is None else Decimal(old), steps, whole)
        low, high = (item.low, item.high) if isinstance(item, Parameter) else bounds(step.target, key)
        what = item.id if isinstance(item, Parameter) else f"{key} of {item.id}"
        if not low <= new <= high:
            message = f"{what} would be {plain_number(new)}; its range is {low}..{high}"
            self._fail(step, "out-of-range", message, key)
        elif whole and new != new.to_integral_value():
            self._fail(step, "wrong-value", f"{what} would be {plain_number(new)}, which is no whole number", key)
        elif places(Decimal(plain_number(new))) > DECIMAL_PLACES:
            self._fail(step, "out-of-range", f"{what} would have more than {DECIMAL_PLACES} places", key)
        else:
            self._put(step.target, _with(item, key, int(new) if whole else new))
            return True
        return False

    def _text(self, step: Change, item: Item, key: str, text: str) -> bool:
        """Give one key another text, cell or condition; false, the reason reported, where it is none."""
        if isinstance(item, LimitRow) and key not in LIMIT_WORDS:
            cells = [c for c in item.cells if c.fact != key]
            if text:
                cell = self.cells.read(key, text)
                if isinstance(cell, Problem):
                    self._fail(step, cell.code, cell.message, key, cell.hint)
                    return False
                cells.append(cell)
            self._put("limits", replace(item, cells=tuple(cells)))
        elif key in _CONDITIONS:
            node = condition(text, self.names, step.places.get(key), self.problems)
            if node is None:
                return False
            self._put(step.target, _with(item, key, node))
        else:
            self._put(step.target, _with(item, key, text))
        return True

    # helpers

    def _find(self, target: str, id_: str) -> Item | None:
        return next((i for i in self.parts[target] if i.id == id_), None)

    def _meant(self, step: Change, id_: str) -> Item | None:
        """The item that a step means; what an earlier layer dropped is passed over with a warning."""
        item = self._find(step.target, id_)
        if self._dropped(step.target, id_):
            self._warn(step.target, id_, "", self.gone[step.target, id_], step.at, gone=True)
        elif item is None:
            self._fail(
                step,
                "matches-nothing",
                f"{self.guideline} has no {_ONE[step.target]} {id_}",
                hint=nearest(id_, [i.id for i in self.parts[step.target]]),
            )
        return item

    def _dropped(self, target: str, id_: str) -> bool:
        """Whether an earlier layer dropped the item."""
        return self._find(target, id_) is None and self.gone.get((target, id_), self._origin) != self._origin

    def _matches(self, id_: str, where: Iterable[tuple[str, str]]) -> bool:
        written = self.written[id_]
        return all(written.get(column, "") == text for column, text in where)

    def _able(self, item: Item, step: Change, key: str) -> bool:
        """Whether the item has a number to work on (`set` needs none)."""
        steps = operations(dict(step.body)[key])
        if steps is None or getattr(item, key) is not None or steps[0][0] == "set":
            return True
        if step.where is None:
            self._fail(step, "bad-change", f"{item.id} has no {key} to work on", key, "set it first")
        return False

    def _put(self, target: str, item: Item) -> None:
        if self._find(target, item.id) is None:
            self.parts[target] = (*self.parts[target], item)
        else:
            self.parts[target] = tuple(item if i.id == item.id else i for i in self.parts[target])

    def _fail(self, step: Change, code: str, message: str, key: str = "", hint: str = "") -> None:
        self.problems.add(fault(step, code, message, key, hint))

    def _warn(self, target: str, id_: str, key: str, earlier: str, at: Spot, gone: bool = False) -> None:
        later = self._origin
        what = f"{key} of {_ONE[target]} {id_}" if key and target != "parameters" else f"{_ONE[target]} {id_}"
        text = (
            f"{what} is set by {earlier} and by {later}; the later wins"
            if not gone
            else f"{what} is dropped by {earlier}, so that {later} does nothing to it"
        )
        self.warnings.append(Problem("layers-clash", text, *at))


def _with(item: Item, key: str, value: Any) -> Item:
    """The item with another value under a key that its kind has."""
    return replace(item, **{key: value})

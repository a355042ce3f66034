"""A whole item that a change adds, made of what its body says."""

from __future__ import annotations

from decimal import Decimal

from workbench.errors import Problem, Problems
from workbench.guideline.expressions import condition
from workbench.guideline.limit_cells import CellReader
from workbench.guideline.model import (
    COUNTS,
    HIGHEST,
    LIMIT_WORDS,
    Cell,
    Change,
    Criterion,
    Exemption,
    LimitRow,
    Parameter,
    Waiver,
)
from workbench.language.syntax import Names
from workbench.language.tree import Node

Item = Parameter | Exemption | Waiver | Criterion | LimitRow


def new_item(step: Change, names: Names, cells: CellReader, problems: Problems) -> Item | None:
    """The item that an `add` makes; None, with the reasons in `problems`, where it makes none."""
    return _New(step, names, cells, problems).item()


def fault(step: Change, code: str, message: str, key: str = "", hint: str = "") -> Problem:
    """What is wrong with a change, at the place of one of its keys."""
    place = step.places.get(key)
    file, line, column = place.spot if place is not None else step.at
    return Problem(code, message, file, line, column, hint)


class _New:
    def __init__(self, step: Change, names: Names, cells: CellReader, problems: Problems):
        self.step, self.names, self.cells, self.problems = step, names, cells, problems
        self.body = dict(step.body)

    def item(self) -> Item | None:
        make = {
            "exemptions": self._exemption,
            "waivers": self._waiver,
            "criteria": self._criterion,
            "limits": self._row,
        }.get(self.step.target)
        if make is not None:
            return make()
        self._fail("bad-change", "a change adds no parameters", hint="they belong to a guideline's own file")
        return None

    def _fail(self, code: str, message: str, key: str = "", hint: str = "") -> None:
        self.problems.add(fault(self.step, code, message, key, hint))

    def _text(self, key: str, default: str = "") -> str:
        return str(self.body.get(key, default))

    def _number(self, key: str) -> Decimal | None:
        number = self.body.get(key)
        return number if isinstance(number, Decimal) else None

    def _condition(self, key: str) -> Node | None:
        if key not in self.body:
            return None
        return condition(self._text(key), self.names, self.step.places.get(key), self.problems)

    def _exemption(self) -> Exemption | None:
        when = self._condition("when")
        if when is None:
            return None
        return Exemption(
            self.step.ids[0], self._text("text"), when, self._text("source"), self._text("note"), at=self.step.at
        )

    def _waiver(self) -> Waiver | None:
        when, visits, weeks = self._condition("when"), self._number("visits"), self._number("weeks")
        if visits is None or (when is None and "when" in self.body):
            return None
        return Waiver(
            self.step.ids[0],
            self._text("text"),
            int(visits),
            self._text("source"),
            None if weeks is None else int(weeks),
            when,
            self._text("note"),
            at=self.step.at,
        )

    def _criterion(self) -> Criterion | None:
        requires, applies = self._condition("requires"), self._condition("applies")
        if requires is None or (applies is None and "applies" in self.body):
            return None
        criterion = Criterion(
            self.step.ids[0],
            self._text("text"),
            requires,
            self._text("source"),
            applies,
            self._text("unmet", "clinician_review"),
            self._text("cure"),
            self._text("note"),
            at=self.step.at,
        )
        if criterion.unmet == "administrative" and not criterion.cure:
            self._fail(
                "missing-cure",
                f"criterion {criterion.id} is administrative and does not say how to cure it",
                "unmet",
                "add `cure`",
            )
        return criterion

    def _row(self) -> LimitRow | None:
        cells: list[Cell] = []
        for key in self.body:
            if key not in (*HIGHEST, *LIMIT_WORDS):
                cell = self.cells.read(key, self._text(key))
                if isinstance(cell, Problem):
                    self._fail(cell.code, cell.message, key, cell.hint)
                else:
                    cells.append(cell)
        visits, weeks = self._number("visits"), self._number("weeks")
        if visits is None or weeks is None:
            return None
        return LimitRow(
            self.step.ids[0],
            tuple(cells),
            int(visits),
            int(weeks),
            self._number("per_week"),
            self._text("source"),
            self._text("evidence", "consensus"),
            self._text("note"),
            self._text("counts", COUNTS[0]),
            at=self.step.at,
        )

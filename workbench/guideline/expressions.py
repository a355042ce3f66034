"""Expressions where they stand in files: read from a scalar, with every place counted in the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from workbench.documents.yaml_places import Scalar, Value
from workbench.errors import Problem, Problems
from workbench.guideline.model import Parameter
from workbench.language.names import names, parameter_type
from workbench.language.syntax import Names, parse
from workbench.language.tree import Call, Node


def guideline_names(parameters: Mapping[str, Parameter], choices: Mapping[str, tuple[str, ...]]) -> Names:
    """The names that an expression of a guideline with these parameters may use."""
    return names({p.id: parameter_type(p.unit, p.low, p.high) for p in parameters.values()}, choices)


def read_condition(scalar: Scalar | None, known: Names) -> Node | None:
    """The condition that a scalar holds, its nodes placed in the file; None, with the problems reported, if it is
    not one. (`requires: true` is a boolean to YAML and a condition here.)"""
    if scalar is None:
        return None
    if scalar.kind == "null":
        scalar.fail("wrong-value", "a condition is empty")
        return None
    return condition(scalar.text, known, scalar, scalar.document.problems)


def condition(text: str, known: Names, place: Value | None, problems: Problems) -> Node | None:
    """A condition that is text already, placed where it was written (`place`, if it is known)."""
    parsed = parse(text, known, condition=True)
    for problem in parsed.problems:
        if isinstance(place, Scalar):
            problem = problem.at(place.document.file, *place.place(problem.line, problem.column))
        problems.add(problem if place is None or isinstance(place, Scalar) else problem.at(*place.spot))
    if parsed.node is None or not isinstance(place, Scalar):
        return parsed.node
    return _placed(parsed.node, place)


def _placed(node: Node, scalar: Scalar) -> Node:
    at = scalar.place(*node.at)
    if isinstance(node, Call):
        return replace(node, at=at, args=tuple(_placed(a, scalar) for a in node.args))
    return replace(node, at=at)


def reread(text: str, known: Names, spot: tuple[str, int, int]) -> tuple[Node | None, list[Problem]]:
    """A condition that is text already, its problems all at one place."""
    parsed = parse(text, known, condition=True)
    return parsed.node, [p.at(*spot) for p in parsed.problems]

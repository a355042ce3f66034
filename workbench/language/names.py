"""What the names of the fact table mean to an expression."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from workbench.facts import DECIMAL_PLACES, facts
from workbench.language.syntax import Names
from workbench.language.tree import BOOLEAN, CODES, DATE, Type
from workbench.language.units import parse_unit

_KINDS = {"boolean": BOOLEAN, "date": DATE, "code list": CODES}


def fact_types(choices: Mapping[str, tuple[str, ...]] | None = None) -> dict[str, Type]:
    """Fact → type, for every fact that may stand in an expression. `choices` closes condition and measure."""
    choices = choices or {}
    types: dict[str, Type] = {}
    for fact in facts().values():
        if not fact.in_expressions:
            continue
        if fact.kind in _KINDS:
            types[fact.name] = _KINDS[fact.kind]
        elif fact.kind in ("text", "choice"):
            types[fact.name] = Type("string", choices=choices.get(fact.name, fact.choices))
        else:
            bound = max(abs(end) for end in fact.span)
            types[fact.name] = Type(
                fact.kind, parse_unit(fact.unit), bound=bound, places=DECIMAL_PLACES if fact.kind == "decimal" else 0
            )
    return types


def parameter_type(unit: str, low: Decimal, high: Decimal) -> Type:
    """The type of a parameter with this unit and range; its value may have up to 8 places."""
    return Type("decimal", parse_unit(unit), bound=max(abs(low), abs(high)), places=DECIMAL_PLACES)


def names(parameters: Mapping[str, Type], choices: Mapping[str, tuple[str, ...]] | None = None) -> Names:
    """The names of an expression in a guideline with these parameters."""
    outcomes = frozenset(f.name for f in facts().values() if not f.in_expressions)
    return Names(fact_types(choices), dict(parameters), outcomes)

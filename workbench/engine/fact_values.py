"""Values of facts as the walk takes them: each of one type, or missing. A value of another type never reaches it (the
readers set such rows aside), so that it fails at once here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from math import isnan

from workbench.cases.values import round_places
from workbench.language.interpret import Facts


def whole(value: object) -> int | None:
    assert value is None or isinstance(value, Decimal | int), value
    return None if value is None else int(value)


def text_of(value: object) -> str | None:
    assert value is None or isinstance(value, str), value
    return value


def day_of(value: object) -> date | None:
    assert value is None or isinstance(value, date), value
    return value


def truth_of(value: object) -> bool | None:
    assert value is None or isinstance(value, bool), value
    return value


def texts_of(value: object) -> tuple[str, ...]:
    assert value is None or isinstance(value, tuple | list), value
    return tuple(value or ())


def exact(row: Mapping[str, object]) -> Facts:
    """Plain values as the language has them: numbers as exact decimals of at most 8 places, lists as tuples."""
    return {name: _exact(value) for name, value in row.items()}


def _exact(value: object) -> object:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return None if isnan(value) else round_places(Decimal(repr(value)))
    return tuple(value) if isinstance(value, list) else value

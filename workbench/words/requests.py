"""A request in words: its facts, in the order of the fact table, as a person says them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from workbench.facts import facts
from workbench.words.conditions import noun, value_words
from workbench.words.numbers import trim

_FIRST = ("discipline", "intent", "review_type", "condition", "requested_visits", "requested_weeks")


def request_words(request: Mapping[str, object], labels: Mapping[str, str] | None = None) -> str:
    """`the discipline physical therapy; the aim of treatment rehabilitative; …; nothing else is told`. `labels` are
    those of the folder's conditions and measures."""
    order = [*_FIRST, *(n for n in facts() if n not in _FIRST)]
    return "; ".join([*(fact_words(n, request[n], labels) for n in order if n in request), "nothing else is told"])


def fact_words(name: str, value: object, labels: Mapping[str, str] | None = None) -> str:
    """`visits asked for 6`; a missing one is `… missing`."""
    if value is None:
        return f"{_noun(name)} missing"
    if isinstance(value, bool):
        return f"{_noun(name)}: {'yes' if value else 'no'}"
    if isinstance(value, Decimal):
        unit = facts()[name].unit
        return f"{_noun(name)} {trim(value)}" + (f" {unit}" if unit and unit not in _noun(name) else "")
    if isinstance(value, tuple):
        return f"{_noun(name)} {', '.join(map(str, value))}"
    return f"{_noun(name)} {value_words(value, labels)}"


def _noun(name: str) -> str:
    return noun(name).removeprefix("the ")

"""Plain JSON matter held against a form: what a program wrote and a person may have changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from workbench.documents.form import Form, Key
from workbench.documents.section import WANTED
from workbench.errors import nearest

Fault = tuple[str, str, str]  # code, message, hint


def faults(held: Mapping[str, object], form: Form, what: str, others: tuple[str, ...] = ()) -> Iterator[Fault]:
    """What a JSON object holds that its form does not have, or not so. `what` names it; what stands under a key of
    `others` has a reader of its own. Numbers are JSON's: true is no 1, and 6.0 is 6."""
    for key in form.keys:
        if key.required and key.name not in held:
            yield "missing-key", f"{what} lacks `{key.name}`", ""
    for name, value in held.items():
        if name not in form.names:
            yield "unknown-key", f"{what} has no key `{name}`", nearest(name, form.names)
            continue
        key = form.key(name)
        if not _fits(value, key):
            yield "wrong-value", f"`{name}` of {what} is {_wanted(key)}", ""
        elif key.form is not None and isinstance(value, Mapping) and name not in others:
            yield from faults(value, key.form, f"`{name}` of {what}", others)


def _fits(value: object, key: Key) -> bool:
    if value is None:
        return key.null
    if key.kind == "any":
        return True
    if key.kind == "section":
        return isinstance(value, Mapping) and all(_fits(v, key.each) for v in value.values() if key.each is not None)
    if key.kind == "boolean":
        return isinstance(value, bool)
    if key.kind == "integer":
        if isinstance(value, bool) or not (isinstance(value, int) or isinstance(value, float) and value.is_integer()):
            return False
        return key.low is None or value >= key.low
    if key.kind == "items":
        return isinstance(value, list) and all(_fits(v, key.each) for v in value if key.each is not None)
    if not isinstance(value, str) or not (value.strip() or key.empty):
        return False
    return _is_day(value) if key.kind == "date" else not key.choices or value in key.choices


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _wanted(key: Key) -> str:
    if key.choices:
        return f"one of {', '.join(key.choices)}"
    inner = f", each {WANTED[key.each.kind]}" if key.kind == "items" and key.each is not None else ""
    return WANTED[key.kind] + inner + (f", from {key.low} up" if key.low is not None else "")

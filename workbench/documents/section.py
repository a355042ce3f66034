"""What a section of a YAML file may hold: take each key with its kind, then `finish`; every slip is a Problem.

    section = open_section(read_yaml(path, problems), "a scenario")
    question = section.take("question", "text")
    seed = section.take("seed", "integer", required=False, default=7, low=0)
    section.finish()                       # what was not taken is an unknown key

`take` gives the default (None) where the key is absent or wrong; wrong keys are already reported by then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Literal, NotRequired, TypedDict, Unpack, overload

from workbench.documents.form import Form, Key
from workbench.documents.yaml_places import Items, Pairs, Scalar, Value
from workbench.errors import Problem, closest, nearest

ID = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)  # of things within a file
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)  # of files and folders
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,31}", re.ASCII)

# kind → what to say is wanted
WANTED = {
    "text": "a text",
    "line": "a text",
    "id": "an id",
    "name": "a name",
    "version": "a version in quotes",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "date": "a day like 2026-01-31",
    "section": "keys and values",
    "items": "a list",
    "sections": "a list of entries with keys",
    "texts": "a list of words",
    "scalar": "a single value",
    "any": "a value",
    "nothing": "nothing",
}
_FOUND = {
    "text": "a text",
    "boolean": "true or false",
    "integer": "a number",
    "decimal": "a number",
    "date": "a date",
    "null": "nothing",
    "doubtful": "a text",
    "broken": "a value",
}


Words = Literal["text", "line", "id", "name", "version"]


class Bounds(TypedDict):
    """What narrows a kind: `choices` close texts, `low` and `high` bound numbers (both included), `choice_code` is the
    code of a wrong choice, `empty` allows an empty text or list."""

    choices: NotRequired[Iterable[str]]
    low: NotRequired[int | Decimal | None]
    high: NotRequired[int | Decimal | None]
    choice_code: NotRequired[str]
    empty: NotRequired[bool]


class Asked(Bounds):
    required: NotRequired[bool]


class Section:
    """A mapping being read. `value` is where it stands; `what` names it in messages (`parameter goals_needed`); `form`
    declares its keys. Where there is one, `take` goes by the declaration and is given none of it again."""

    def __init__(self, value: Pairs, what: str, form: Form | None = None):
        self.value, self.what, self.form = value, what, form
        self._taken: set[str] = set(form.names) if form else set()
        self._missing: dict[str, Problem] = {}

    def __contains__(self, key: str) -> bool:
        return self.value.get(key) is not None

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(k.text for k, _ in self.value)

    def at(self, key: str) -> Value:
        """The value of a key, to place a problem at; the section itself where there is none."""
        return self.value.get(key) or self.value

    def fail(self, code: str, message: str, hint: str = "", key: str = "") -> Problem:
        """Add a problem at the place of a key, or of the section."""
        return self.at(key).fail(code, message, hint)

    # A key that is absent or wrong gives the default: with none given, None.
    @overload
    def take(self, key: str, kind: Words, *, default: str, **asked: Unpack[Asked]) -> str: ...
    @overload
    def take(self, key: str, kind: Words, **asked: Unpack[Asked]) -> str | None: ...
    @overload
    def take(self, key: str, kind: Literal["integer"], *, default: int, **asked: Unpack[Asked]) -> int: ...
    @overload
    def take(self, key: str, kind: Literal["integer"], **asked: Unpack[Asked]) -> int | None: ...
    @overload
    def take(self, key: str, kind: Literal["number"], **asked: Unpack[Asked]) -> Decimal | None: ...
    @overload
    def take(self, key: str, kind: Literal["boolean"], **asked: Unpack[Asked]) -> bool | None: ...
    @overload
    def take(self, key: str, kind: Literal["date"], **asked: Unpack[Asked]) -> date | None: ...
    @overload
    def take(self, key: str, kind: Literal["section"], **asked: Unpack[Asked]) -> Section | None: ...
    @overload
    def take(self, key: str, kind: Literal["scalar"], **asked: Unpack[Asked]) -> Scalar | None: ...
    @overload
    def take(self, key: str, kind: Literal["any"], **asked: Unpack[Asked]) -> Value | None: ...
    @overload
    def take(
        self, key: str, kind: Literal["texts"], *, default: tuple[str, ...], **asked: Unpack[Asked]
    ) -> tuple[str, ...]: ...
    @overload
    def take(self, key: str, kind: Literal["texts"], **asked: Unpack[Asked]) -> tuple[str, ...] | None: ...
    @overload
    def take(
        self, key: str, kind: Literal["items"], *, default: tuple[Value, ...], **asked: Unpack[Asked]
    ) -> tuple[Value, ...]: ...
    @overload
    def take(self, key: str, kind: Literal["items"], **asked: Unpack[Asked]) -> tuple[Value, ...] | None: ...
    @overload
    def take(
        self, key: str, kind: Literal["sections"], *, default: tuple[Section, ...], **asked: Unpack[Asked]
    ) -> tuple[Section, ...]: ...
    @overload
    def take(self, key: str, kind: Literal["sections"], **asked: Unpack[Asked]) -> tuple[Section, ...] | None: ...
    @overload
    def take(self, key: str, kind: str, *, default: object = None, **asked: Unpack[Asked]) -> object: ...
    def take(self, key: str, kind: str, *, default: object = None, **asked: Unpack[Asked]) -> object:
        """The value of a key as its kind: text (may have several lines), line, id (lower_snake_case), name
        (lower-kebab-case), version, integer → int, number → Decimal, boolean, date, section → Section,
        items → tuple of Value, sections → tuple of Section, texts → tuple of str, scalar → Scalar, any → Value."""
        declared = self._declared(key, kind, asked)
        self._taken.add(key)
        value = self.value.get(key)
        if value is None:
            if declared.required:
                self._missing[key] = self.value.fail("missing-key", f"{self.what} lacks `{key}`")
            return default
        if isinstance(value, Scalar) and value.kind == "null" and kind != "any":
            if declared.null:
                return default
            hint = "" if declared.required else "leave the key out"
            value.fail("wrong-value", f"`{key}` is empty; {WANTED[kind]} is wanted", hint)
            return default
        return _take(value, f"`{key}`", declared, default)

    def _declared(self, key: str, kind: str, asked: Asked) -> Key:
        if self.form is None:
            return _declared(key, kind, asked, asked.get("required", True))
        if asked:
            raise TypeError(f"{self.what} declares `{key}` in its form; take is given none of it again")
        declared = self.form.key(key)
        fitting = next((k for k in (declared, *declared.also) if k.kind == kind), None)
        if fitting is None:
            raise TypeError(f"{self.what} declares `{key}` as {declared.kind}, not {kind}")
        # Required by what else stands there: a guideline with limits has a scope, a base has neither.
        called_for = any(second == key and first in self for first, second in self.form.needs)
        return replace(fitting, required=declared.required or called_for)

    def finish(self) -> None:
        """Report the keys that were not taken. A key that is only misspelt is not reported as missing too."""
        rest = self._taken - set(self.keys)
        for key, _ in self.value:
            if key.text not in self._taken:
                key.fail("unknown-key", f"{self.what} has no key `{key.text}`", nearest(key.text, rest))
                meant = self._missing.pop(closest(key.text, rest) or "", None)
                if meant is not None:
                    self.value.document.problems.withdraw(meant)


def _declared(name: str, kind: str, asked: Bounds, required: bool = True) -> Key:
    return Key(
        name,
        kind,
        required=required,
        choices=tuple(asked.get("choices", ())),
        low=asked.get("low"),
        high=asked.get("high"),
        choice_code=asked.get("choice_code", "wrong-value"),
        empty=asked.get("empty", False),
    )


def open_section(value: Value | None, what: str, form: Form | None = None) -> Section | None:
    """A value as a section; None, with the problem reported, where it is not one."""
    if value is None:
        return None
    if not isinstance(value, Pairs):
        value.fail("wrong-value", f"{what} wants keys and values, not {found(value)}")
        return None
    return Section(value, what, form)


def found(value: Value) -> str:
    """A value in words, as what stands where something else was wanted."""
    if isinstance(value, Scalar):
        return _FOUND[value.kind]
    return "a list" if isinstance(value, Items) else "keys and values"


@overload
def take_value(value: Value, what: str, kind: Words, *, default: str, **bounds: Unpack[Bounds]) -> str: ...
@overload
def take_value(value: Value, what: str, kind: Words, **bounds: Unpack[Bounds]) -> str | None: ...
@overload
def take_value(value: Value, what: str, kind: Literal["number"], **bounds: Unpack[Bounds]) -> Decimal | None: ...
@overload
def take_value(value: Value, what: str, kind: Literal["integer"], **bounds: Unpack[Bounds]) -> int | None: ...
@overload
def take_value(value: Value, what: str, kind: Literal["date"], **bounds: Unpack[Bounds]) -> date | None: ...
@overload
def take_value(value: Value, what: str, kind: str, *, default: object = None, **bounds: Unpack[Bounds]) -> object: ...
def take_value(value: Value, what: str, kind: str, *, default: object = None, **bounds: Unpack[Bounds]) -> object:
    """One value as its kind (see Section.take); the default, with the problem reported, where it does not fit."""
    return _take(value, what, _declared(what, kind, bounds), default)


def _take(value: Value, what: str, key: Key, default: object) -> object:
    kind = key.kind
    if kind == "any":
        return value
    if isinstance(value, Scalar) and value.kind == "broken":
        return default
    if kind in ("section", "sections", "items", "texts"):
        return _compound(value, what, key, default)
    if not isinstance(value, Scalar):
        value.fail("wrong-value", f"{what} wants {WANTED[kind]}, not {found(value)}")
        return default
    if kind == "scalar":
        return value
    if kind in ("integer", "number"):
        return _number(value, what, key, default)
    if kind in ("boolean", "date"):
        return _boolean_or_date(value, what, kind, default)
    text = _text(value, what, kind, key.empty)
    if text is not None and key.choices and text not in key.choices:
        value.fail(key.choice_code, f"{what} can not be {text!r}", nearest(text, key.choices))
        return default
    return default if text is None else text


def _compound(value: Value, what: str, key: Key, default: object) -> object:
    kind = key.kind
    if kind == "section":
        if isinstance(value, Pairs):
            return Section(value, what, key.form)
    elif isinstance(value, Items):
        if not value.values and not key.empty:
            value.fail("wrong-value", f"{what} is an empty list", "leave the key out")
            return default
        if kind == "items":
            return value.values
        one = what + " entry" if kind == "sections" else "an entry of " + what
        if kind == "sections":
            return tuple(s for s in (open_section(v, one, key.form) for v in value.values) if s is not None)
        return _texts(value, one, key)
    hint = f"write [{_short(value.text)}]" if kind == "texts" and isinstance(value, Scalar) else ""
    value.fail("wrong-value", f"{what} wants {WANTED[kind]}, not {found(value)}", hint)
    return default


def _texts(value: Items, what: str, key: Key) -> tuple[str, ...]:
    words: dict[str, None] = {}
    for entry in value.values:
        word = take_value(entry, what, "line", choices=key.choices, choice_code=key.choice_code)
        if word in words:
            entry.fail("duplicate-id", f"{word} stands twice in the list")
        elif word is not None:
            words[word] = None
    return tuple(words)


def _text(value: Scalar, what: str, kind: str, empty: bool) -> str | None:
    text, shown = value.text, _short(value.text)
    pattern = {"id": ID, "name": NAME, "version": VERSION}.get(kind)
    if value.kind == "null" or value.kind == "text" and not text.strip() and not empty:
        value.fail("wrong-value", f"{what} is empty; {WANTED[kind]} is wanted")
    elif value.kind != "text":
        meant = {"integer": "a number", "decimal": "a number", "date": "a date"}.get(value.kind, "something else")
        message = f"{what} wants {WANTED[kind]}, but YAML reads {shown} as {meant}"
        value.fail("yaml-word", message, f'write "{shown}"')
    elif kind != "text" and "\n" in text:
        value.fail("wrong-value", f"{what} wants one line")
    elif pattern and not pattern.fullmatch(text):
        style = {"id": "lower_snake_case", "name": "lower-kebab-case", "version": "letters, digits, . and -"}[kind]
        value.fail("bad-id", f"{what} can not be {shown!r}", f"write it in {style}")
    else:
        return text
    return None


def _number(value: Scalar, what: str, key: Key, default: object) -> object:
    number, low, high = value.value, key.low, key.high
    if value.kind not in ("integer", "decimal") or not isinstance(number, Decimal):
        if value.kind == "doubtful" and not value.text[-1:].isdigit() or value.kind == "boolean":
            hint = "write it in digits"
        elif value.kind == "text" and _looks_like_number(value.text):
            hint = "write it without quotes"
        else:
            hint = "write it in plain digits" if value.kind == "doubtful" else ""
        value.fail("wrong-value", f"{what} wants {WANTED[key.kind]}, not {_short(value.text)!r}", hint)
        return default
    if key.kind == "integer" and number != number.to_integral_value():
        value.fail("wrong-value", f"{what} wants a whole number, not {value.text}")
        return default
    if low is not None and number < low or high is not None and number > high:
        ends = f"at least {low}" if high is None else f"at most {high}"
        said = f"it is {ends}" if None in (low, high) else f"its range is {low}..{high}"
        value.fail("out-of-range", f"{what} is {value.text}; {said}")
        return default
    return int(number) if key.kind == "integer" else number


def _looks_like_number(text: str) -> bool:
    return bool(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text))


def _boolean_or_date(value: Scalar, what: str, kind: str, default: object) -> bool | date | object:
    if value.kind == kind:
        return value.value
    if kind == "boolean" and value.kind == "doubtful":
        value.fail("yaml-word", f"{what} wants true or false, not {_short(value.text)}", "write true or false")
    elif kind == "date" and value.kind == "doubtful" and re.fullmatch(r"\d{4}-\d\d-\d\d", value.text):
        value.fail("wrong-value", f"{what} is {value.text}, which is no day of the calendar")
    else:
        hint = (
            "write it without quotes"
            if value.kind == "text"
            and value.text in ("true", "false")
            or value.kind == "text"
            and re.fullmatch(r"\d{4}-\d\d-\d\d", value.text)
            else ""
        )
        value.fail("wrong-value", f"{what} wants {WANTED[kind]}, not {_short(value.text)!r}", hint)
    return default


def _short(text: str) -> str:
    text = text.replace("\n", " ")
    return text if len(text) <= 40 else text[:37] + "..."

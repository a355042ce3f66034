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
from datetime import date
from decimal import Decimal

from workbench.errors import Problem, nearest
from workbench.guideline.yamlfile import Items, Pairs, Scalar, Value

ID = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)             # of things within a file
NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)       # of files and folders
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,31}", re.ASCII)

# kind → what to say is wanted
WANTED = {"text": "a text", "line": "a text", "id": "an id", "name": "a name", "version": "a version in quotes",
          "integer": "a whole number", "number": "a number", "boolean": "true or false",
          "date": "a day like 2026-01-31", "section": "keys and values", "items": "a list",
          "sections": "a list of entries with keys", "texts": "a list of words", "scalar": "a single value",
          "any": "a value"}
_FOUND = {"text": "a text", "boolean": "true or false", "integer": "a number", "decimal": "a number",
          "date": "a date", "null": "nothing", "doubtful": "a text", "broken": "a value"}


class Section:
    """A mapping being read. `value` is where it stands; `what` names it in messages (`parameter goals_needed`)."""

    def __init__(self, value: Pairs, what: str):
        self.value, self.what = value, what
        self._taken: set[str] = set()
        self._missing: dict[str, Problem] = {}

    def __contains__(self, key: str) -> bool:
        return self.value.get(key) is not None

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(k.text for k, _ in self.value)

    def at(self, key: str) -> Value:
        """The value of a key, to place a problem at; the section itself where there is none."""
        return self.value.get(key) or self.value

    def fail(self, code: str, message: str, hint: str = "", key: str = "") -> None:
        self.at(key).fail(code, message, hint)

    def take(self, key: str, kind: str, *, required: bool = True, default: object = None,
             choices: Iterable[str] = (), low: int | Decimal | None = None, high: int | Decimal | None = None,
             choice_code: str = "wrong-value", empty: bool = False):
        """The value of a key as its kind: text (may have several lines), line, id (lower_snake_case), name
        (lower-kebab-case), version, integer → int, number → Decimal, boolean, date, section → Section,
        items → tuple of Value, sections → tuple of Section, texts → tuple of str, scalar → Scalar, any → Value.
        `choices` closes texts; `low` and `high` bound numbers; `empty` allows an empty text or list."""
        self._taken.add(key)
        value = self.value.get(key)
        if value is None:
            if required:
                self.value.fail("missing-key", f"{self.what} lacks `{key}`")
                self._missing[key] = self.value.document.problems[-1]
            return default
        if isinstance(value, Scalar) and value.kind == "null" and kind != "any":
            value.fail("wrong-value", f"`{key}` is empty; {WANTED[kind]} is wanted",
                       "" if required else "leave the key out")
            return default
        return take_value(value, f"`{key}`", kind, default=default, choices=tuple(choices), low=low, high=high,
                          choice_code=choice_code, empty=empty)

    def finish(self) -> None:
        """Report the keys that were not taken. A key that is only misspelt is not reported as missing too."""
        rest = self._taken - set(self.keys)
        for key, _ in self.value:
            if key.text not in self._taken:
                hint = nearest(key.text, rest)
                key.fail("unknown-key", f"{self.what} has no key `{key.text}`", hint)
                meant = self._missing.pop(hint.removeprefix("did you mean ").rstrip("?"), None)
                if meant is not None:
                    self.value.document.problems.remove(meant)


def open_section(value: Value | None, what: str) -> Section | None:
    """A value as a section; None, with the problem reported, where it is not one."""
    if value is None:
        return None
    if not isinstance(value, Pairs):
        return value.fail("wrong-value", f"{what} wants keys and values, not {found(value)}")
    return Section(value, what)


def found(value: Value) -> str:
    """A value in words, as what stands where something else was wanted."""
    if isinstance(value, Scalar):
        return _FOUND[value.kind]
    return "a list" if isinstance(value, Items) else "keys and values"


def take_value(value: Value, what: str, kind: str, *, default: object = None, choices: tuple[str, ...] = (),
               low: int | Decimal | None = None, high: int | Decimal | None = None,
               choice_code: str = "wrong-value", empty: bool = False):
    """One value as its kind (see Section.take); the default, with the problem reported, where it does not fit."""
    if kind == "any":
        return value
    if isinstance(value, Scalar) and value.kind == "broken":
        return default
    if kind in ("section", "sections", "items", "texts"):
        return _compound(value, what, kind, default, choices, choice_code, empty)
    if not isinstance(value, Scalar):
        value.fail("wrong-value", f"{what} wants {WANTED[kind]}, not {found(value)}")
        return default
    if kind == "scalar":
        return value
    if kind in ("integer", "number"):
        return _number(value, what, kind, default, low, high)
    if kind in ("boolean", "date"):
        return _boolean_or_date(value, what, kind, default)
    text = _text(value, what, kind, empty)
    if text is not None and choices and text not in choices:
        return value.fail(choice_code, f"{what} can not be {text!r}", nearest(text, choices)) or default
    return default if text is None else text


def _compound(value: Value, what: str, kind: str, default: object, choices: tuple[str, ...], choice_code: str,
              empty: bool):
    if kind == "section":
        if isinstance(value, Pairs):
            return Section(value, what)
    elif isinstance(value, Items):
        if not value.values and not empty:
            value.fail("wrong-value", f"{what} is an empty list", "leave the key out")
            return default
        if kind == "items":
            return value.values
        one = what + " entry" if kind == "sections" else "an entry of " + what
        if kind == "sections":
            return tuple(s for s in (open_section(v, one) for v in value.values) if s is not None)
        return _texts(value, one, choices, choice_code)
    hint = f"write [{_short(value.text)}]" if kind == "texts" and isinstance(value, Scalar) else ""
    value.fail("wrong-value", f"{what} wants {WANTED[kind]}, not {found(value)}", hint)
    return default


def _texts(value: Items, what: str, choices: tuple[str, ...], choice_code: str) -> tuple[str, ...]:
    words: list[str] = []
    for entry in value.values:
        word = take_value(entry, what, "line", choices=choices, choice_code=choice_code)
        if word in words:
            entry.fail("duplicate-id", f"{word} stands twice in the list")
        elif word is not None:
            words.append(word)
    return tuple(words)


def _text(value: Scalar, what: str, kind: str, empty: bool) -> str | None:
    if value.kind != "text":
        if value.kind == "null":
            return value.fail("wrong-value", f"{what} is empty; {WANTED[kind]} is wanted")
        meant = "a number" if value.kind in ("integer", "decimal") else "a date" if value.kind == "date" else \
            "something else"
        return value.fail("yaml-word", f"{what} wants {WANTED[kind]}, but YAML reads {_short(value.text)} as {meant}",
                          f'write "{_short(value.text)}"')
    text = value.text
    if not text.strip() and not empty:
        return value.fail("wrong-value", f"{what} is empty; {WANTED[kind]} is wanted")
    if kind != "text" and "\n" in text:
        return value.fail("wrong-value", f"{what} wants one line")
    pattern = {"id": ID, "name": NAME, "version": VERSION}.get(kind)
    if pattern and not pattern.fullmatch(text):
        style = {"id": "lower_snake_case", "name": "lower-kebab-case", "version": "letters, digits, . and -"}[kind]
        return value.fail("bad-id", f"{what} can not be {_short(text)!r}", f"write it in {style}")
    return text


def _number(value: Scalar, what: str, kind: str, default: object, low, high):
    if value.kind not in ("integer", "decimal"):
        if value.kind == "doubtful" and not value.text[-1:].isdigit() or value.kind == "boolean":
            hint = "write it in digits"
        else:
            hint = "write it without quotes" if value.kind == "text" and _looks_like_number(value.text) else \
                "write it in plain digits" if value.kind == "doubtful" else ""
        value.fail("wrong-value", f"{what} wants {WANTED[kind]}, not {_short(value.text)!r}", hint)
        return default
    number: Decimal = value.value
    if kind == "integer" and number != number.to_integral_value():
        value.fail("wrong-value", f"{what} wants a whole number, not {value.text}")
        return default
    if low is not None and number < low or high is not None and number > high:
        ends = f"its range is {low}..{high}" if None not in (low, high) else \
            f"it is at least {low}" if high is None else f"it is at most {high}"
        value.fail("out-of-range", f"{what} is {value.text}; {ends}")
        return default
    return int(number) if kind == "integer" else number


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
        hint = "write it without quotes" if value.kind == "text" and value.text in ("true", "false") or \
            value.kind == "text" and re.fullmatch(r"\d{4}-\d\d-\d\d", value.text) else ""
        value.fail("wrong-value", f"{what} wants {WANTED[kind]}, not {_short(value.text)!r}", hint)
    return default


def _short(text: str) -> str:
    text = text.replace("\n", " ")
    return text if len(text) <= 40 else text[:37] + "..."

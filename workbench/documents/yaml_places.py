"""Plain YAML with places: mappings, lists and scalars, each knowing its file, line and column.

Nothing of YAML that runs, refers or surprises is read: no anchors, aliases, tags or second documents, no deep
nesting. A word that other YAML readers take for something else (`no`, `on`, `0x1F`, `1e3`) is kept as `doubtful`, so
that the one who takes it can say what was meant. Any YAML file of the project is read through `read_yaml`; what a
section may hold is said with `Section.take` and closed with `Section.finish`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from numbers import Integral, Real
from pathlib import Path

from workbench.documents.json_places import broken_json, json_fault
from workbench.documents.text import CONTROL, SIZE, Lines, plain_text, read_text
from workbench.documents.yaml_events import Event, events_of
from workbench.errors import Problem, Problems

_JSON = re.compile(r'\s*\[?\s*\{\s*"')  # a text that is surely meant to be JSON, which is YAML as well
DIGITS = 28  # of a number

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
# What YAML 1.1 or 1.2 readers elsewhere take for a truth value, null or number.
_DOUBTFUL = re.compile(
    r"yes|no|on|off|true|false|null|[-+]?\.inf|\.nan|[-+]?0x[0-9a-f_]+|[-+]?0[ob]?[0-9_]*"
    r"|[-+]?[0-9][0-9_,]*(?:\.[0-9_]*)?(?:e[-+]?[0-9]+)?|[-+]?\.[0-9][0-9_]*(?:e[-+]?[0-9]+)?"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?",
    re.ASCII | re.IGNORECASE,
)


@dataclass(eq=False)
class Document:
    """The file that values come from, and the list that their problems go to."""

    file: str
    problems: Problems
    text: str = ""
    placed: bool = False  # whether the values came from a text

    @cached_property
    def lines(self) -> Lines:
        return Lines(self.text)


@dataclass(frozen=True, eq=False)
class Value:
    """A value of a file; `line` and `column` count from 1 (0 where the value did not come from a file)."""

    document: Document = field(repr=False)
    line: int
    column: int

    @property
    def spot(self) -> tuple[str, int, int]:
        return self.document.file, self.line, self.column

    def fail(self, code: str, message: str, hint: str = "") -> Problem:
        """Add a problem at this value's place, and say which."""
        problem = Problem(code, message, *self.spot, hint)
        self.document.problems.add(problem)
        return problem


@dataclass(frozen=True, eq=False)
class Scalar(Value):
    """`kind` is text, boolean, integer, decimal, date, null, doubtful, or broken where a problem is reported already;
    `text` is what stands in the file and `value` what it means (a str for text, doubtful and broken, Decimal for
    integer and decimal)."""

    text: str
    kind: str
    value: object
    span: tuple[int, int] = (0, 0)

    def place(self, line: int, column: int) -> tuple[int, int]:
        """The place in the file of a place within the text."""
        if not self.document.placed:
            return self.line, self.column
        lines = self.text.split("\n")[: line - 1]
        offset = min(sum(len(x) + 1 for x in lines) + column - 1, len(self.text))
        return self.document.lines.place(self._offsets[offset])

    @cached_property
    def _offsets(self) -> list[int]:
        return _source_offsets(self.document.text, *self.span, self.text)


@dataclass(frozen=True, eq=False)
class Items(Value):
    values: tuple[Value, ...]


@dataclass(frozen=True, eq=False)
class Pairs(Value):
    """A mapping, in the order of the file."""

    pairs: tuple[tuple[Scalar, Value], ...]

    def __iter__(self) -> Iterator[tuple[Scalar, Value]]:
        return iter(self.pairs)

    def get(self, key: str) -> Value | None:
        return self._by_key.get(key)

    @cached_property
    def _by_key(self) -> dict[str, Value]:
        return {k.text: v for k, v in reversed(self.pairs)}


def read_yaml(path: Path | str, problems: Problems, *, shown: str = "", size: int = SIZE) -> Value | None:
    """The one document of a YAML file, or None with the reasons added to `problems`."""
    text = read_text(path, problems, shown=shown, size=size)
    return None if text is None else parse_yaml(text, problems, shown or str(path))


def parse_yaml(text: str, problems: Problems, file: str = "<text>", size: int = SIZE) -> Value | None:
    """The same for a text."""
    if len(text) > size:
        problems.add(Problem("too-large", f"the text has {len(text)} characters; at most {size} are read", file))
        return None
    if not plain_text(text, problems, file):
        return None
    builder = _Builder(Document(file, problems, text, placed=True))
    events, wrong = events_of(text)
    for event in events:
        builder.take(event)
    if wrong is not None:
        # The reader's own lines end at a bare \r too, so its offset is what counts.
        line, column = (0, 0) if wrong.at is None else builder.document.lines.place(wrong.at)
        if _JSON.match(text) and (broken := broken_json(text)):
            what = f"the JSON is broken: {json_fault(broken)}"
            problems.add(Problem("bad-yaml", what, file, broken.lineno, broken.colno))
            return None
        problems.add(Problem("bad-yaml", wrong.what, file, line, column, wrong.hint))
        return None
    if builder.root is None:
        problems.add(Problem("bad-yaml", "the file is empty", file))
    return builder.root


def from_plain(value: object, problems: Problems, file: str = "<value>") -> Value:
    """Dicts, lists and scalars as values without places, to be read by the same readers. Raises TypeError."""
    return _plain_value(value, Document(file, problems))


def _plain_value(value: object, document: Document) -> Value:
    if isinstance(value, Value):
        return value
    if isinstance(value, Mapping):
        return Pairs(
            document, 0, 0, tuple((_scalar(document, str(k)), _plain_value(v, document)) for k, v in value.items())
        )
    if isinstance(value, list | tuple | set | frozenset):
        return Items(document, 0, 0, tuple(_plain_value(v, document) for v in value))
    if value is None or isinstance(value, bool | str | date):
        kind = {bool: "boolean", str: "text", type(None): "null"}.get(type(value), "date")
        text = str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)
        odd = CONTROL.search(text)
        if odd:  # what no file may hold is no text here either: a draft could be written and never read again
            what = f"the text holds the character U+{ord(odd[0]):04X}"
            document.problems.add(Problem("bad-yaml", what, document.file, hint="leave it out"))
            kind = "broken"
        return Scalar(document, 0, 0, text, kind, value)
    if isinstance(value, Decimal | Real):  # NumPy's numbers are Real, and its float64 is a float
        number = value if isinstance(value, Decimal) else Decimal(str(value))
        if number.is_finite():
            whole = number == number.to_integral_value() and isinstance(value, Decimal | Integral)
            return Scalar(document, 0, 0, format(number, "f"), "integer" if whole else "decimal", number)
    raise TypeError(f"{type(value).__name__} is not plain")


def _scalar(document: Document, text: str) -> Scalar:
    return Scalar(document, 0, 0, text, "text", text)


def resolve_scalar(text: str) -> tuple[str, object]:
    """The kind and value of an unquoted scalar."""
    if text in ("", "~", "null"):
        return "null", None
    if text in ("true", "false"):
        return "boolean", text == "true"
    if _NUMBER.fullmatch(text) and len(text) <= 1000:
        return ("decimal" if "." in text else "integer"), Decimal(text)
    if _DATE.fullmatch(text):
        try:
            return "date", date.fromisoformat(text)
        except ValueError:
            return "doubtful", text
    return ("doubtful" if len(text) > 1000 and text.isdigit() or _DOUBTFUL.fullmatch(text[:1000]) else "text"), text


class _Builder:
    """Takes events and holds the values."""

    def __init__(self, document: Document):
        self.document = document
        self.root: Value | None = None
        self._open: list[tuple[Event, list[Value]]] = []

    def take(self, event: Event) -> None:
        if event.kind == "scalar":
            self._add(self._scalar(event))
        elif event.kind == "end":
            self._close()
        else:
            self._open.append((event, []))

    def _scalar(self, event: Event) -> Scalar:
        line, column = self.document.lines.place(event.start)
        quoted = event.style in ("'", '"', "|", ">")
        text = event.value.rstrip("\n") if event.style in ("|", ">") else event.value
        kind, value = ("text", text) if quoted else resolve_scalar(text)
        odd = CONTROL.search(text)
        if odd:  # an escape stands for what could not stand in the file
            self._fail(
                line, column, "bad-yaml", f"the text holds the character U+{ord(odd[0]):04X}", "leave the escape out"
            )
            kind, value = "broken", text
        if isinstance(value, Decimal) and len(value.as_tuple().digits) > DIGITS:
            self._fail(line, column, "too-large", f"a number has at most {DIGITS} digits")
            kind, value = "broken", text
        return Scalar(self.document, line, column, text, kind, value, (event.start, event.end))

    def _fail(self, line: int, column: int, code: str, message: str, hint: str = "") -> None:
        self.document.problems.add(Problem(code, message, self.document.file, line, column, hint))

    def _add(self, value: Value) -> None:
        if self._open:
            self._open[-1][1].append(value)
        else:
            self.root = value

    def _close(self) -> None:
        event, values = self._open.pop()
        line, column = self.document.lines.place(event.start)
        if event.kind == "sequence":
            self._add(Items(self.document, line, column, tuple(values)))
            return
        pairs: dict[str, tuple[Scalar, Value]] = {}
        for key, value in zip(values[::2], values[1::2], strict=True):
            if not isinstance(key, Scalar) or key.kind == "null":
                key.fail("bad-yaml", "a key is a word")
            elif key.text in pairs:
                key.fail("duplicate-key", f"{key.text} stands twice", f"first in line {pairs[key.text][0].line}")
            else:
                if isinstance(value, Scalar) and value.span[0] == value.span[1]:  # nothing stands there: see the key
                    value = replace(value, line=key.line, column=key.column)
                pairs[key.text] = (key, value)
        self._add(Pairs(self.document, line, column, tuple(pairs.values())))


def _source_offsets(text: str, start: int, end: int, value: str) -> list[int]:
    """Where each character of a scalar's value, and its end, stands in the file. Both are walked in step: folded
    lines, indentation, doubled quotes and escapes are all that can differ."""
    quote = text[start : start + 1]
    at = start
    if quote in ("|", ">"):
        at = text.find("\n", start, end) + 1 or end
    elif quote in ("'", '"'):
        at = start + 1
    offsets: list[int] = []
    before = ""
    for char in value:
        while quote == '"' and text[at : at + 1] == "\\" and text[at + 1 : at + 2] in ("\r", "\n"):
            at += 2  # an escaped line end, and the indentation after it, are nothing
            while at < end and text[at] in " \t\n":
                at += 1
        while at < end and text[at] in " \t\r\n" and char not in " \n":
            at += 1  # indentation, or what is left of a fold
        offsets.append(min(at, end))
        if char in " \n" and text[at : at + 1] != "\\":
            within = before in (" ", "\n")
            at += 0 if within or at >= end or text[at] not in " \t\r\n" else 1
        elif quote == "'" and text[at : at + 2] == "''":
            at += 2
        elif quote == '"' and text[at : at + 1] == "\\":
            at += 2 + {"x": 2, "u": 4, "U": 8}.get(text[at + 1 : at + 2], 0)
        else:
            at += 1
        before = char
    return [*offsets, min(at, end)]

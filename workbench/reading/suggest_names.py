"""Which fact a column's name means. A name means a fact when all its words are those of a name of the fact: a word more
(not, last year, secondary, type, cost) makes it another thing, however alike the letters are."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import cache, lru_cache

from workbench.facts import DERIVED, facts
from workbench.shipped import shipped_rows

# Say nothing about what a column holds.
_EMPTY = ("the", "is", "has", "flag", "indicator", "ind", "yn")
_CODED = ("code", "codes")  # nothing new in the name of a choice or a code, but much in that of a number
_FIRST = ("primary", "principal", "first", "main")
_PLURAL = ("codes", "goals", "weeks", "procedures", "diagnoses", "comorbidities", "sessions", "units")
VAGUE = 0.985  # how sure a name is that may well mean another thing; it ends in ? in synonyms.csv
_TYPING_ERROR = 0.88  # likeness of two words from which one is the other, mistyped
# What turns a name into its opposite or into something else.
TURNS = ("not", "no", "non", "without", "never", "denied", "declined", "refused", "last", "previous", "prior", "old")


# Names that say only that something is told apart: a request, where each row has another.
ROW_IDS = frozenset(
    "id|ids|key|uid|guid|uuid|unique id|record|record id|record number|row id|auth|authorization|authorisation|request"
    "|request key|case|ref|reference|referral|referral id|referral number|pa number|pa id|order id|order number"
    "|claim id|claim number|ticket|ticket number|tracking id|document id|service request id|fall id|fallnummer|fall nr"
    "|procedure occurrence id|vorgangsnummer|antragsnummer|aktenzeichen|dossier|n dossier|no dossier"
    "|numero dossier".split("|")
)


# How exports shorten words, CMS's above all: BENE_ID, CLM_FROM_DT, LINE_ICD_DGNS_CD, MDFR_CD1.
_SHORT = {
    "cd": "code", "cds": "codes", "dt": "date", "num": "number", "nbr": "number", "typ": "type", "cnt": "count",
    "qty": "quantity", "amt": "amount", "pmt": "payment", "chrg": "charge", "thru": "through", "bgn": "begin",
    "dgns": "diagnosis", "diag": "diagnosis", "prncpal": "principal", "mdfr": "modifier", "mod": "modifier",
    "clm": "claim", "bene": "beneficiary", "mbr": "member", "pat": "patient", "srvc": "service", "svc": "service",
    "svcs": "services", "prvdr": "provider", "prov": "provider", "rndrng": "rendering", "rfrg": "referring",
    "physn": "physician", "gndr": "gender", "plc": "place", "spclty": "specialty",
    "proc": "procedure", "ident": "identification", "fac": "facility",
}  # fmt: skip


def words_of(name: str) -> list[str]:
    """The words of a name, those that exports shorten in full."""
    out: list[str] = []
    for word in plain(name).split():
        stem = word.rstrip("0123456789")
        out += [_SHORT[stem], *([word[len(stem) :]] if word != stem else [])] if stem in _SHORT else [word]
    return out


@lru_cache(maxsize=20_000)
def plain(name: str) -> str:
    """A name as words: PlanOfCare, plan_of_care and `Plan of care` are one."""
    folded = unicodedata.normalize("NFKD", name.replace("ß", "ss"))  # Größe and Grosse are one, and é is e
    folded = "".join(c for c in folded if not unicodedata.combining(c))
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", folded).replace("#", " number ")
    return " ".join(re.sub(r"[^a-z0-9%]+", " ", spaced.lower()).split())


@cache
def _names() -> dict[tuple[str, ...], tuple[str, float]]:
    """Words in order → the fact, and how surely."""
    table = {r["fact"]: r["names"].split(";") for r in shipped_rows("workbench.reading", "synonyms.csv")}
    found: dict[tuple[str, ...], tuple[str, float]] = {}
    for name in facts():
        for spelled in (name.replace("_", " "), *([] if name in DERIVED else table.get(name, ()))):
            sure = 1.0 if spelled == name.replace("_", " ") else VAGUE if spelled.endswith("?") else 0.99
            found.setdefault(_key(spelled.rstrip("?").split()), (name, sure))
    return found


@cache
def _words() -> dict[str, tuple[str, ...]]:
    """First letter → the words of all names that begin with it."""
    words = sorted({w for key in _names() for w in key if len(w) >= 5})
    return {letter: tuple(w for w in words if w[0] == letter) for letter in {w[0] for w in words}}


def _key(words: list[str]) -> tuple[str, ...]:
    """The order of words is free, except that a visit number is no number of visits. `Week` alone is one of several."""
    many = [] if words in (["weeks"], ["week"]) else _PLURAL
    kept = [w[:-1] if w in many and w != "diagnoses" else w for w in words if w not in _EMPTY]
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
    for spelled in (words, words_of(column)):
        for said, less in _readings(spelled):
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


# What names of groups above names say: of which kind of facts those below them are.
_GROUPS = {
    "request requests requested authorization auth service services therapy order antrag demande": "request",
    "member patient subscriber person claimant demographics versicherter": "member",
    "provider clinic therapist practice facility anbieter": "provider",
    "clinical diagnosis assessment evaluation medical": "clinical",
    "history": "history",
    "decision determination outcome review result entscheidung": "outcome",
}
_EMPTY_GROUPS = ("information", "info", "details", "data", "general")


def group_of(above: str) -> str:
    """The group of facts that a name above other names means; empty where none is known."""
    words = [w for w in plain(above).split() if w not in _EMPTY_GROUPS]
    return next((group for said, group in _GROUPS.items() if len(words) == 1 and words[0] in said.split()), "")


def meanings(columns: Sequence[str], above: Sequence[str]) -> dict[str, tuple[str, float]]:
    """Column → the fact that its name means, with how surely. Of a name with the name of a group above it both count,
    or the lower alone where the group says no other thing: `Visits` below `Decision` are not those asked for."""
    found = {}
    for place, name in enumerate(columns):
        over = above[place] if place < len(above) else ""
        group, lower = group_of(over), name.removeprefix(over).strip()
        if not over and "." in name:  # service.discipline, as nested records have it
            whole, _, lower = name.rpartition(".")
            group = group_of(whole.rpartition(".")[2])
        if one := meant(name):
            found[name] = one
        elif group and (one := meant(lower)) and facts()[one[0]].group == group:
            found[name] = (one[0], one[1] - 0.05)
        elif group == "request" and plain(lower) in ROW_IDS:
            found[name] = ("request_id", 0.9)
    return found


def is_row_id(column: str) -> bool:
    return plain(column) in ROW_IDS or " ".join(words_of(column)) in ROW_IDS


def is_birth(column: str) -> bool:
    """Whether a column is called a day of birth, of a member as far as is said."""
    words = [w for w in words_of(column) if w not in _OF_WHOM]
    return " ".join(words) in _BIRTHS and plain(column) not in ("birth", "born date")


_OF_WHOM = ("patient", "member", "beneficiary", "date", "day", "of", "de", "the", "s")
_BIRTHS = frozenset(
    "dob|birth|birthdate|birthday|born|d o b|birth datetime|geburtsdatum|geboren|geboren am|geb datum|naissance"
    "|nacimiento|fecha nacimiento".split("|")
)
_DAYS = ("date", "datetime", "day", "datum", "jour", "fecha")
# What a name is about, by one of its words, where the whole of it means no fact; the first counts.
_LEFT_OPEN = (
    ("a modifier; of GP, GO and GN `values` makes the discipline", ("modifier", "modifiers", "mod1", "mod2")),
    ("whose NPI it is, its name tells: not that of who treats", ("npi",)),
    (
        "units may be of 15 minutes; it is requested_visits only where each is a visit",
        ("unit", "units", "einheiten", "unites"),
    ),
    ("of what it is the count, its name does not tell", ("count", "quantity")),
    (
        "an amount of money",
        ("amount", "payment", "paid", "charge", "charges", "cost", "price", "copay", "betrag", "montant", "importe"),
    ),
    (
        "names a person or a place, or how to reach them",
        ("name", "firstname", "lastname", "address", "street", "city", "phone", "email", "zip", "fax", "ssn", "nom"),
    ),
    ("which score it is, its name does not tell", ("score", "result", "value", "punkte")),
    (
        "a service: whether its discipline, its procedures or neither, its name does not tell",
        ("service", "services", "treatment", "treatments", "therapies", "prestation", "servicio"),
    ),
    ("what stands twice, a row or a therapy, its name does not tell", ("duplicate", "duplicates")),
    ("its day, its result or that nothing else is asked for: its name does not tell", ("evaluation", "eval")),
    ("which week, or how many, its name does not tell", ("week",)),
    ("a free text", ("note", "notes", "comment", "comments", "remark", "remarks", "description", "narrative")),
)
_OF_SERVICE = ("service", "visit", "treatment", "appointment", "claim", "procedure", "encounter", "line", "expense")


def left_open(column: str) -> str:
    """Why a column that is known by its name is no fact for sure; empty for any other."""
    if is_birth(column):
        return "a birth: `computed` makes age_years of it and the day received"
    words = words_of(column)
    if "dos" in words or words[-1:] == ["behandlungsdatum"] or words == ["datum"]:
        return _A_SERVICE
    if any(w in _DAYS for w in words):
        return _A_SERVICE if any(w in _OF_SERVICE for w in words) else "which day it is, its name does not tell"
    return next((why for why, known in _LEFT_OPEN if any(w in known for w in words)), "")


_A_SERVICE = "a day of service: requested_start or received_on, where each row is one request"


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

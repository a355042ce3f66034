"""What stands in files where nothing is known: words, marks, days and numbers that are no values. Each is missing with
a note."""

from __future__ import annotations

from datetime import date

import polars as pl

from workbench.cases.values import choices_of
from workbench.facts import Fact
from workbench.guideline.model import Library

WORDS = frozenset(
    "nil|tbd|tba|tbc|unk|ukn|unkn|unknown|not known|not available|not applicable|not provided|not recorded"
    "|not reported|not documented|not stated|not specified|not entered|unspecified|undetermined|to be determined"
    "|missing|(missing)|blank|(blank)|empty|(empty)|[null]|<null>|undefined|n.a.|n. a.|n/k|n/d|no data|no value"
    "|k.a.|k. a.|k.a|keine angabe"
    "|keine angaben|unbekannt|nicht bekannt|nicht angegeben|inconnu|inconnue|non renseigné|non précisé|desconocido"
    "|sin datos|onbekend|sconosciuto|okänd|ukjent".split("|")
)
# Dashes of every kind, dots, question marks; `.A` to `.Z` and `._` are SAS's further marks.
_MARKS = r"^(?:[-–—―−‐‑_.…?*]+|\.[A-Za-z_])$"


def no_word(text: pl.Series, fact: Fact, library: Library, named: list[str]) -> pl.Series:
    """Where a text is a mark or a word that says that nothing is known. What a choice is called, and what the mapping
    gives a value, is none."""
    words = [w for w in WORDS if w not in {c.lower() for c in choices_of(fact, library)}]
    found = text.str.to_lowercase().is_in(words) | text.str.contains(_MARKS)
    return (found & ~text.is_in(named)).fill_null(False)


# The first and last days that databases, spreadsheets and statistics packages know stand for none.
NEVER = frozenset(
    (
        *(date(1, 1, d) for d in (1, 2, 3)),
        date(1582, 10, 14),
        date(1582, 10, 15),
        date(1601, 1, 1),
        date(1677, 9, 21),
        date(1677, 9, 22),
        date(1752, 9, 14),
        date(1753, 1, 1),
        date(1800, 1, 1),
        date(1858, 11, 17),
        date(1899, 12, 30),
        date(1899, 12, 31),
        date(1900, 1, 1),
        date(1900, 1, 2),
        date(2079, 6, 6),
        date(2099, 12, 31),
        date(2100, 1, 1),
        date(2199, 12, 31),
        date(2200, 1, 1),
        date(2262, 4, 11),
        date(2299, 12, 31),
        date(2500, 1, 1),
        date(2999, 12, 31),
        date(3000, 1, 1),
    )
)
# Of a request, but not of a birth: what counts days begins there.
ZEROS = frozenset((date(1904, 1, 1), date(1960, 1, 1), date(1970, 1, 1)))
_LAST_YEARS = (*range(1111, 9999, 1111), 3999, 4000, 9998, 9999)  # 2222-02-22, 8888-08-08, 9999-12-31
NO_DAY = (
    r"^(?:0{2,4}[-/.]00[-/.]0{2,4}|00000000|[89]{2,4}[-/.][89]{2}[-/.][89]{2,4}|9{8}|8{8}"
    r"|1900-0?1-0?0|0?1/0?0/1900|0?0[./-]0?1[./-]1900)(?:[T ].*)?$"  # Excel shows the number 0 so
)
# Requests lie between them; another day stands as it is, with a note.
FIRST_USUAL, LAST_USUAL = date(1990, 1, 1), date(2035, 12, 31)


def no_day(value: pl.Series, request: bool) -> pl.Series:
    """Where a day stands for none. `request`: it is one of a request, not of a birth or an onset."""
    never = [*NEVER, *(ZEROS if request else ())]
    return (value.is_in(never) | value.dt.year().is_in(_LAST_YEARS)).fill_null(False)


def is_no_day(day: date, request: bool) -> bool:
    """The same of one day."""
    return day in NEVER or request and day in ZEROS or day.year in _LAST_YEARS


def usual_days(value: pl.Series) -> bool:
    """Whether all are days as requests have them, so that none has to be looked at."""
    low, high = value.min(), value.max()
    return low is None or bool(low >= FIRST_USUAL and high <= LAST_USUAL)  # type: ignore[operator]


def unusual_day(value: pl.Series, request: bool) -> pl.Series:
    return ((value > LAST_USUAL) | (value < FIRST_USUAL) & request).fill_null(False)


_NINES = tuple(sign * (10**n - 1) for n in range(1, 7) for sign in (1, -1))  # 9, -9, 99 and so on
_CODES = (*_NINES, 777, 888, 7777, 8888, -7, -8, -77, -88, -777, -888)


def count_or_none(number: int, fact: Fact) -> tuple[int | None, str]:
    """A single number of a fact, missing where it stands for no value, and what is to be said of it."""
    never, perhaps = no_number(pl.Series([number]), fact)
    if never[0]:
        return None, f"{number} stands for no value; it is missing"
    return number, f"{number} may stand for no value" if perhaps[0] else ""


def no_number(value: pl.Series, fact: Fact) -> tuple[pl.Series, pl.Series]:
    """Where a number outside the fact's range is one of those that stand for no value (-9, 99, 999, 888), and where one
    within it may be (-9, 999)."""
    low, high = fact.span
    outside = (value < float(low)) | (value > float(high))
    plain = value.cast(pl.Float64)
    perhaps = plain.is_in([float(n) for n in _NINES if not 0 < n < 999])
    return (outside & plain.is_in([float(n) for n in _CODES])).fill_null(False), (~outside & perhaps).fill_null(False)

"""In which styles the days of a column are written: which of day, month and year stands first.

Days are looked at form by form, since 13.02.2026 says nothing of how 03/04/2026 is meant. A form is proposed in the
order that all of its days allow; where they show several, in all of these, and the reader sets aside the days that may
be either; where several are left that nothing tells apart, the column is left open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import polars as pl

from workbench.reading.cell_texts import short
from workbench.reading.date_columns import SHORT_YEARS, styled
from workbench.reading.date_styles import strptime_format

ENOUGH = 0.5  # of the distinct texts of a column must be days
FIRST_YEAR, LAST_YEAR = 1900, 2100
SURE = 5  # distinct days, below which they may lie close together by chance
NARROW, WIDE = 2, 4  # years: requests of a file lie within the one; a wrong reading spreads them over the other
_FIRST = {"M": "month", "D": "day", "Y": "year"}
# A time of day, also as SAS writes it and in digits alone.
_CLOCK = re.compile(
    r"(?:[T ]|(?<=[A-Za-z]\d{4}):|(?<=[A-Za-z]\d\d):)\d{1,2}:\d\d.*$|(?<=^\d{8})T?(?:\d{4}|\d{6}(?:\.\d+)?)$"
)
_ISO, _ISO_FORM = "YYYY-MM-DD", "Y--"
# Three parts, of which one may be the name of a month, and what stands between and after them. Signs of doubt (?, ~, <)
# belong to no style.
_MARK = r"((?:[-/.,' ]|[^\x00-\x7f]){0,3})"
_FORM = re.compile(
    rf"([0-9]{{1,4}}|[A-Za-z]{{3,}}){_MARK}([0-9]{{1,2}}|[A-Za-z]{{3,}}){_MARK}([0-9]{{1,4}})((?:\.|[^\x00-\x7f]){{0,3}})"
)
_DIGITS = re.compile(r"\d{8}|\d{6}")
_ORDERS = ("MDY", "DMY", "YMD", "YDM")
# (form, order): what the days of a column prove for all that are written in this form.
Proved = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class _Day:
    """A text that may be a day: its form (what stands between the parts, `A` where a month is named, `Y` where a year
    of four digits stands first), and in which orders it can be read, each with its style and the day in it."""

    text: str
    form: str
    read: dict[str, tuple[str, date]]


class _Found(NamedTuple):
    """What the days of one form come to: the orders in which they are read, or `left`, between which nothing tells."""

    orders: Sequence[str] = ()
    left: Sequence[str] = ()
    remark: str = ""
    proved: bool = True


def orders(texts: Sequence[str]) -> Proved:
    """What the days of a column prove of the forms that they are written in."""
    return frozenset((form, o) for form, days in _by_form(texts).items() for o in _proved(days))


def _proved(days: list[_Day]) -> Sequence[str]:
    found = _told(days, set())
    return found.orders if found.proved else ()


def styles_of(texts: Sequence[str], others: Proved) -> tuple[list[str], str, int]:
    """The styles in which the texts are days; a remark, or why there are none; and how many of the texts are days then.
    `others`: what other columns of the file prove."""
    forms = _by_form(texts)
    days = sum(map(len, forms.values()))
    if texts and days < ENOUGH * len(texts):
        read = {d.text for mine in forms.values() for d in mine}
        return [], f"dates such as {short(next(t for t in texts if t not in read))}: say their style", days
    styles: list[str] = []
    remarks: list[str] = []
    open_: list[str] = []
    good = 0
    for form, mine in forms.items():
        found = _told(mine, {o for f, o in others if f == form})
        if found.left:
            such = next(d for d in mine if set(found.left) <= set(d.read))
            said = " or ".join(such.read[o][0] for o in found.left)
            why = f"days such as {short(such.text)} may be {said}: no day tells them apart"
            open_.append(found.remark or why)
            continue
        styles += dict.fromkeys(d.read[o][0] for o in found.orders for d in mine if o in d.read)
        remarks += [found.remark] if found.remark else []
        good += sum(bool(set(d.read) & set(found.orders)) and not _either(d, found.orders) for d in mine)
    firsts = {s[0]: s for s in styles if s[0] in "MD" and "MMM" not in s}
    if len(firsts) > 1 and not remarks:
        remarks.append(" and ".join(f"{_FIRST[o]} first in {s}" for o, s in firsts.items()))
    if good < ENOUGH * len(texts) and open_:
        return [], f"{open_[0]}; say the style", 0
    remarks += [f"{why}; they are set aside" for why in open_]
    if good < ENOUGH * len(texts):
        return [], "day and month stand in both orders, and most days may be read in either", good
    if len(texts) > days:
        remarks.append(f"{len(texts) - days} of {len(texts)} distinct values do not fit")
    return [s for s in dict.fromkeys(styles) if s != _ISO], "; ".join(dict.fromkeys(remarks)), good


def _told(days: list[_Day], others: set[str]) -> _Found:
    """The orders in which the days of one form are to be read."""
    shown = _shown(days)
    if len(shown) > 1:
        either = next((d for d in days if _either(d, shown)), None)
        why = f"; days that may be either, such as {short(either.text)}, are set aside" if either else ""
        return _Found(shown, remark=f"day and month stand in both orders{why}")
    rest = [d for d in days if not set(d.read) & set(shown)]
    possible = [o for o in _ORDERS if all(o in d.read for d in rest)] if rest else []
    if len(shown) + len(possible) == 1:  # the days themselves tell
        (one,) = (*shown, *possible)
        if one == "YMD" or _mirror(one) not in others:
            return _Found([one])
        firm = [d for d in days if _mirror(one) not in d.read]
        first = f"the {_FIRST[one.strip('Y')[0]]} first"
        if len(firm) == 1:
            return _Found(
                left=[one], remark=f"only {short(firm[0].text)} has {first}; other columns have the other order"
            )
        return _Found([one], remark=f"{first[4:]}; other columns have the other order")
    if not rest:
        return _Found(shown)
    told = [o for o in possible if o in others]
    if len(told) > 1:
        why = f"days such as {short(rest[0].text)} may be either, and other columns have day and month in both orders"
        return _Found(left=possible, remark=why)
    if told:
        return _Found([*shown, *told], remark=f"{_FIRST[told[0][0]]} first as in other columns")
    narrow, remark = _narrow(rest, possible) if len(possible) > 1 else (possible, "")
    if len(narrow) == 1:
        return _Found([*shown, *narrow], remark=remark, proved=not remark)
    return _Found(
        left=narrow or [next(iter(rest[0].read))], remark="" if narrow else "its days stand in several orders"
    )


def _shown(days: list[_Day]) -> list[str]:
    """The orders that a day needs which no other can read."""
    needed = {next(iter(d.read)) for d in days if len(d.read) == 1}
    if "YDM" in needed and days[0].form == _ISO_FORM:  # which is read besides all other styles
        needed.add("YMD")
    return [o for o in _ORDERS if o in needed]


def _mirror(order: str) -> str:
    """The order with day and month exchanged."""
    return order.translate({ord("M"): "D", ord("D"): "M"})


def _either(day: _Day, orders: Iterable[str]) -> bool:
    """Whether a day is another day in each of several orders: 03/03/2026 is the same."""
    return len({day.read[o][1] for o in orders if o in day.read}) > 1


def _narrow(days: list[_Day], possible: list[str]) -> tuple[list[str], str]:
    """Of years of two digits: the orders in which all days lie within few years, where any other spreads them."""
    years = {o: sorted(d.read[o][1].year for d in days) for o in possible}
    few = [o for o in possible if years[o][-1] - years[o][0] <= NARROW]
    wide = [o for o in possible if years[o][-1] - years[o][0] >= WIDE]
    if len(days) < SURE or not few or not wide or len(few) + len(wide) < len(possible):
        return possible, ""
    first, last = years[few[0]][0], years[few[0]][-1]
    lie = f"in {first}" if first == last else f"from {first} to {last}"
    return few, f"year {'first' if few[0][0] == 'Y' else 'last'}: so all lie {lie}"


def _by_form(texts: Sequence[str]) -> dict[str, list[_Day]]:
    """The days among the texts, by their form."""
    found: dict[str, list[_Day]] = {}
    plain = {t: _CLOCK.sub("", " ".join(t.split())) for t in texts}
    known = _days(tuple(dict.fromkeys(plain.values())))
    for text, bare in plain.items():
        if one := known.get(bare):
            found.setdefault(one.form, []).append(_Day(text, one.form, dict(one.read)))
    # Nobody writes the day between year and month, except where one shows it.
    for days in found.values():
        if not any(set(d.read) == {"YDM"} for d in days):
            for day in days:
                day.read.pop("YDM", None)
            days[:] = [d for d in days if d.read]
    return {form: days for form, days in found.items() if days}


@lru_cache(maxsize=256)
def _days(texts: tuple[str, ...]) -> dict[str, _Day]:
    """Text → the day that it may be; each style is tried once on all texts."""
    tries: dict[str, list[str]] = {}
    forms = {t: _tries(t) for t in texts}
    for text, (_, mine) in forms.items():
        for style in mine.values():
            tries.setdefault(style, []).append(text)
    read_in = {style: _in_style(style, some) for style, some in tries.items()}
    out = {}
    for text, (form, mine) in forms.items():
        read = {o: (s, day) for o, s in mine.items() if (day := read_in[s].get(text))}
        if read:
            out[text] = _Day(text, form, read)
    return out


def _tries(text: str) -> tuple[str, dict[str, str]]:
    """The form of a text, and the orders that it may have by its look, each with its style."""
    if _DIGITS.fullmatch(text):
        year = "YYYY" if len(text) == 8 else "YY"
        return str(len(text)), {o: o.replace("Y", year).replace("M", "MM").replace("D", "DD") for o in _ORDERS[:3]}
    found = _FORM.fullmatch(text)
    if not found:
        return "", {}
    first, one, second, two, third, after = found.groups()
    parts = (first, second, third)
    names = [i for i, p in enumerate(parts) if p.isalpha()]
    if len(names) > 1 or not names and not (one and two) or any(len(p) == 3 and p.isdigit() for p in parts):
        return "", {}
    bare = one not in ("/", "-", ".", "")
    out = {}
    for order in _ORDERS:
        named = not names or order.index("M") == names[0]
        if named and all(len(p) <= 2 or p.isalpha() or o == "Y" for o, p in zip(order, parts, strict=True)):
            signs = [_sign(o, p, bare) for o, p in zip(order, parts, strict=True)]
            out[order] = f"{signs[0]}{one}{signs[1]}{two}{signs[2]}{after}"
    return f"{'Y' if len(first) == 4 and not names else ''}{'A' if names else ''}{one}{two}{after}", out


def _sign(part: str, text: str, bare: bool) -> str:
    """How a style names a part that is written so."""
    if part == "Y":
        return "YYYY" if len(text) == 4 else "YY"
    if text.isalpha():
        return "MMM" if len(text) == 3 else "MMMM"
    return part if bare else part * 2


def _in_style(style: str, texts: list[str]) -> dict[str, date]:
    """Text → day, for the texts that are days in a style; of years of two digits those that are surely of this century,
    as the reader has it."""
    days = styled(pl.Series(texts), strptime_format(style) or "").to_list()
    last = LAST_YEAR if "YYYY" in style else SHORT_YEARS - 1
    return {t: d for t, d in zip(texts, days, strict=True) if d is not None and FIRST_YEAR <= d.year <= last}

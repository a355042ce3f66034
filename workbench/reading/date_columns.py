"""Columns of days: their styles, times of day and zones."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo

import polars as pl

from workbench.cases.values import Misfit
from workbench.facts import facts
from workbench.reading.cell_texts import no_date, short
from workbench.reading.mapping import Column, Mapping
from workbench.reading.no_values import FIRST_USUAL, NO_DAY, no_day, unusual_day

# A day and a time of day, with or without a zone; as SAS writes it; and in digits alone, after a day of eight.
_CLOCK = r"([01]?\d|2[0-3]):([0-5]\d)(?::[0-5]\d(?:[.,]\d+)?)?(?:\s*([AaPp])\.?[Mm]\.?)?"
_OFFSET = r"\s*(Z|UTC|GMT|[ECMP][SD]T|[+-]\d{2}(?::?\d{2})?)?$"
_TIME = r"^(.*\d)(?:[T ]|, )\s*" + _CLOCK + _OFFSET
_SAS = r"^(\d{1,2}[A-Za-z]{3}\d{2,4}):" + _CLOCK + _OFFSET
_DIGITS = r"^(\d{8})T?([01]\d|2[0-3])([0-5]\d)(?:[0-5]\d(?:\.\d+)?)?()" + _OFFSET
_TIMES = (_TIME, _SAS, _DIGITS)
_ZONES = dict.fromkeys(("", "Z", "UTC", "GMT"), 0) | {"EDT": -4, "PST": -8, "PDT": -7, "MST": -7, "MDT": -6, "CST": -6}
_ZONES |= {"CDT": -5, "EST": -5}
# 24:00 is the end of the day before which it stands.
_END_OF_DAY = r"((?:[T ]|, |\d{4}:))24:00(?::00(?:[.,]0+)?)?"
_ISO = "%Y-%m-%d"
SHORT_YEARS = 2031  # from here on, a year of two digits is as likely one of the last century


class Days(NamedTuple):
    value: pl.Series
    misfits: list[tuple[int, Misfit]]
    notes: list[tuple[int, str]]


def read_days(text: pl.Series, column: Column, mapping: Mapping, births: bool = False) -> Days:
    """Days, the time of day left out; a day is that which is written unless the mapping names a zone. Of `births`
    every year of two digits may be of either century."""
    misfits: list[tuple[int, Misfit]] = []
    notes: list[tuple[int, str]] = []
    formats = column.dates or mapping.dates
    as_written = text.str.strip_prefix("'").str.replace_all(r"\s+", " ")
    text = as_written.str.replace(_END_OF_DAY, "${1}23:59")
    zone = column.zone or mapping.zone
    floats = text.str.contains(r"^\d{8}\.0+$").fill_null(False)  # YYYYMMDD that went through a column of numbers
    value, ambiguous = _date(text.str.replace(r"^(\d{8})\.0+$", "$1"), formats)
    notes += [(i, f"{short(as_written[i])} is read as {value[i]}") for i in (floats & value.is_not_null()).arg_true()]
    for pattern in _TIMES:
        timed = text.str.contains(pattern) & value.is_null()
        if timed.any():
            day = text.str.replace(pattern, "$1")
            again, unsure = _date(pl.select(pl.when(timed).then(day)).to_series(), formats)
            value, ambiguous = pl.select(pl.coalesce(value, again)).to_series(), ambiguous | unsure
    moved = _in_zone(text, value, ZoneInfo(zone)) if zone else {}
    if moved:
        for i in text.is_in(list(moved)).fill_null(False).arg_true():
            notes.append((i, f"{short(as_written[i])} is {moved[text[i]]} in {zone}; the time is left out"))
        there = text.replace_strict(moved, default=None, return_dtype=pl.Date)
        value = pl.select(pl.coalesce(there, value)).to_series()
    told = text.str.contains("|".join(_TIMES)) & value.is_not_null() & ~text.is_in(list(moved))
    for i in (told & ~as_written.str.contains(r"[T ]0?0:00(:00(\.0+)?)?( ?Z)?$")).fill_null(False).arg_true():
        notes.append((i, f"{short(as_written[i])} is read as {value[i]}; the time is left out"))
    nowhere = (as_written.str.contains(NO_DAY) & value.is_null()).fill_null(False)
    wrong = (text.is_not_null() & value.is_null() & ~nowhere).arg_true().to_list()
    misfits += [(i, _no_day(column, as_written[i], bool(ambiguous[i]), mapping)) for i in wrong]
    odd = dict.fromkeys(as_written[i] for i in wrong[:1000] if not ambiguous[i])
    if shown := [f for f in _mirrored((*formats, _ISO)) if any(_is_day(t, f) for t in odd)]:
        for i in _either(text, value, shown).arg_true():
            notes.append((i, f"{short(as_written[i])} is read as {value[i]}; other days stand in the other order"))
    request = column.fact.name in facts()
    never = no_day(value, request)
    short_year = ((value.dt.year() >= SHORT_YEARS) | births) & ~text.str.contains(r"\d{4}") & ~never
    for i in short_year.fill_null(False).arg_true():
        message = f"{column.fact.name}: {short(as_written[i])} may lie in two centuries"
        misfits.append((i, Misfit("bad-value", message, "write years with four digits", column.fact.name)))
    for i in (never | nowhere).arg_true():
        notes.append((i, f"{short(as_written[i])} stands for no day; it is missing"))
    value = pl.select(pl.when(~never & ~short_year.fill_null(False)).then(value)).to_series()
    for i in unusual_day(value, request).arg_true():
        when = "long before" if value[i] < FIRST_USUAL else "long after"
        notes.append((i, f"{value[i]} lies {when} the days of other requests; it stands as it is"))
    return Days(value, misfits, notes)


def _in_zone(text: pl.Series, day: pl.Series, zone: ZoneInfo) -> dict[str, date]:
    """Text → its day in the zone, for instants with an offset, given the day as it is written."""
    found: dict[str, date] = {}
    for one, written in dict(zip(text.to_list(), day.to_list(), strict=True)).items():
        got = one is not None and written is not None and next(filter(None, (re.match(p, one) for p in _TIMES)), None)
        if not got or not got[5]:
            continue
        hour = int(got[2]) % 12 + 12 * (got[4] in "pP") if got[4] else int(got[2])
        at = datetime(written.year, written.month, written.day, hour, int(got[3]), tzinfo=timezone(_offset(got[5])))
        found[one] = at.astimezone(zone).date()
    return found


def _offset(text: str) -> timedelta:
    if text in _ZONES:
        return timedelta(hours=_ZONES[text])
    digits = text[1:].replace(":", "").ljust(4, "0")
    return (-1 if text[0] == "-" else 1) * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))


def _date(text: pl.Series, formats: tuple[str, ...]) -> tuple[pl.Series, pl.Series]:
    iso = text.str.replace(r"^(\d{4}-\d{2}-\d{2})[T ]00:00(:00(\.0+)?)?Z?$", "$1")
    found = iso.str.extract(r"^(\d{4}-\d{1,2}-\d{1,2})$").str.to_date(_ISO, strict=False)
    readings = [found] + [styled(text, f) for f in formats if f != _ISO]
    table = pl.DataFrame({str(i): r for i, r in enumerate(readings)})
    first = table.select(pl.coalesce(pl.all())).to_series()
    ambiguous = table.select(pl.min_horizontal(pl.all()) != pl.max_horizontal(pl.all())).to_series().fill_null(False)
    return pl.select(pl.when(~ambiguous).then(first)).to_series(), ambiguous


def styled(text: pl.Series, style: str) -> pl.Series:
    """Days in one style. Digits are counted first: strptime would read 12 as a four-digit year, and 2026061 (the 61st
    day of a year) as the first of June."""
    few = r"\d{2}" if re.search("%.%", style) else r"\d{1,2}"
    digits = {"%Y": r"\d{4}", "%y": r"\d{2}", "%m": few, "%d": few, "%b": r"[A-Za-z]{3}", "%B": r"[A-Za-z]+"}
    pattern = "".join(digits.get(p, re.escape(p)) for p in re.findall(r"%.|[^%]", style))
    return text.str.extract(f"^({pattern})$").str.to_date(style, strict=False)


def _no_day(column: Column, text: str, ambiguous: bool, mapping: Mapping) -> Misfit:
    fact = column.fact
    if ambiguous:
        message = f"{fact.name}: {short(text)} is another day in each of two styles"
        hint = "write such days as YYYY-MM-DD, or leave one style of the column in its `dates`"
        return Misfit("bad-value", message, hint, fact.name)
    other = no_date(text, mapping.day_zero)
    if other:
        return Misfit("bad-value", f"{fact.name}: {short(text)} is {other[0]}", other[1], fact.name)
    hint = "styles are given by `dates` in the mapping" if not column.dates else ""
    if any(_is_day(text, f) for f in _mirrored((*(column.dates or mapping.dates), _ISO))):
        hint = "it is one with day and month exchanged; if both orders are in use, name both styles in `dates`"
    return Misfit(
        "bad-value", f"{fact.name}: {short(text)} is not a day in one of the styles that are read", hint, fact.name
    )


def _mirrored(formats: tuple[str, ...]) -> tuple[str, ...]:
    """The styles with day and month exchanged, where months are numbers."""
    return tuple(f.replace("%m", "_").replace("%d", "%m").replace("_", "%d") for f in formats if "%m" in f)


def _is_day(text: str, style: str) -> bool:
    return styled(pl.Series([text]), style)[0] is not None


def _either(text: pl.Series, value: pl.Series, shown: list[str]) -> pl.Series:
    """Where a day that is read would be another in one of the styles that other days show."""
    for pattern in _TIMES:
        text = text.str.replace(pattern, "$1")
    others = pl.DataFrame({style: (styled(text, style) != value).fill_null(False) for style in shown})
    return others.select(pl.any_horizontal(pl.all())).to_series()

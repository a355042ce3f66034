"""In which styles the days of a column are written, and whether the month or the day stands first.

Where a column shows both orders, both are proposed, and the reader sets aside the days that may be either."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import polars as pl

from workbench.facts import facts
from workbench.guideline.model import Library
from workbench.reading.cell_texts import short
from workbench.reading.convert_columns import convert
from workbench.reading.date_styles import strptime_format
from workbench.reading.mapping import Column, Mapping

STYLES = (
    "MM/DD/YYYY",
    "DD/MM/YYYY",
    "DD.MM.YYYY",
    "MM-DD-YYYY",
    "DD-MM-YYYY",
    "D MMM YYYY",
    "DD-MMM-YYYY",
    "MMM D, YYYY",
    "MMM D YYYY",
    "YYYYMMDD",
    "YYYY/MM/DD",
    "MM/DD/YY",
)
SHORT_STYLES = ("DD/MM/YY", "DD.MM.YY", "MM-DD-YY", "DD-MM-YY", "DD-MMM-YY", "D MMM YY")
ENOUGH = 0.5  # of the distinct texts of a column must be days
BOTH = frozenset("MD")
_FIRST = {"M": "month", "D": "day"}
_CLOCK = re.compile(r"[T ]\d{1,2}:\d\d.*$")
_ISO = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([T ]|$)")


def orders(texts: Sequence[str]) -> frozenset[str]:
    """What the days of a column prove to stand first: M, D, both, or neither where each day may be read either way."""
    fitting = _fitting(_odd(texts))
    return frozenset(o for s, found in fitting.items() if (o := _order(s)) and found - fitting[_mirror(s)])


def styles_of(texts: Sequence[str], others: frozenset[str]) -> tuple[list[str], str, int]:
    """The style in which the most of the texts are days, and those in which others are and the first could not read
    (years of two digits beside those of four); a remark, and how many of the texts are days then. `others`: what other
    columns of the file prove to stand first."""
    odd = _odd(texts)
    if not odd:
        return [], "", len(texts)
    fitting = _fitting(odd)
    own = orders(texts)
    if own == BOTH:
        return _in_both(texts, odd, fitting)
    against = others - own if own else frozenset()
    firm = {i for s, found in fitting.items() if _order(s) in own for i in found - fitting[_mirror(s)]}
    if against and len(firm) == 1:
        return (
            [],
            f"only {short(odd[min(firm)])} has the {_FIRST[min(own)]} first; other columns have the other order",
            0,
        )
    told = own or others
    candidates = {s: fitting[s] for s in (*STYLES, *SHORT_STYLES)}
    if told and told != BOTH:  # the other order reads no day that this one does not
        candidates = {s: found for s, found in candidates.items() if _order(s) in ("", *told)}
    most = max(map(len, candidates.values()))
    best = [style for style, found in candidates.items() if len(found) == most]
    styles, read = best[:1], set(candidates[best[0]])
    while more := _another(styles, {s: found for s, found in candidates.items() if found and not found & read}):
        styles.append(more)
        read |= candidates[more]
    good = len(texts) - len(odd) + len(read)
    lost = f"{len(odd) - len(read)} of {len(texts)} distinct values do not fit" if len(read) < len(odd) else ""
    if not most or good < ENOUGH * len(texts):
        return [], lost if good >= ENOUGH * len(texts) else f"dates such as {short(odd[0])}: say their style", good
    alike = [style for style in best[1:] if candidates[style] == candidates[best[0]] and style not in styles]
    if alike and others == BOTH:
        return [], f"days such as {short(odd[0])} may be either, and other columns have day and month in both orders", 0
    other = f"or {' or '.join(alike)}: no day tells them apart" if alike else ""
    if against:
        other = f"{_FIRST[min(own)]} first; other columns have the other order"
    if own != told and _order(best[0]) in told:
        other = f"{_FIRST[min(told)]} first as in other columns"
    return styles, "; ".join(filter(None, (other, lost))), good


def _in_both(texts: Sequence[str], odd: tuple[str, ...], fitting: dict[str, set[int]]) -> tuple[list[str], str, int]:
    """All styles that read a day, each in both orders."""
    styles: list[str] = []
    read: set[int] = set()
    for style in (*STYLES, *SHORT_STYLES):
        if fitting[style] - read:
            styles += [s for s in dict.fromkeys((style, _mirror(style))) if s not in styles]
            read |= fitting[style] | fitting[_mirror(style)]
    either = {i for s in styles if _order(s) for i in fitting[s] & fitting[_mirror(s)] if not _same(odd[i])}
    good = len(texts) - len(odd) + len(read - either)
    if good < ENOUGH * len(texts):
        return [], "day and month stand in both orders, and most days may be read in either", good
    why = f"; days that may be either, such as {short(odd[min(either)])}, are set aside" if either else ""
    return styles, f"day and month stand in both orders{why}", good


def _odd(texts: Sequence[str]) -> tuple[str, ...]:
    """The texts that need a style, without times of day."""
    return tuple(t for t in (_CLOCK.sub("", " ".join(t.split())) for t in texts) if not _ISO.match(t))


@lru_cache(maxsize=256)
def _fitting(odd: tuple[str, ...]) -> dict[str, set[int]]:
    """Style → the texts that are days in it; each style that has an order in both orders."""
    if not odd:
        return {}
    table, open_ = pl.DataFrame({"text": odd}), Library("", {}, {}, {}, ())
    found: dict[str, set[int]] = {}
    for style in dict.fromkeys(s for one in (*STYLES, *SHORT_STYLES) for s in (one, _mirror(one))):
        column = Column("text", facts()["received_on"], dates=(strptime_format(style) or "",))
        got = convert(table, [column], Mapping(), pl.Series(range(len(odd))), open_)
        found[style] = set(range(len(odd))) - set(got.misfits)
    return found


def _another(styles: list[str], fitting: dict[str, set[int]]) -> str:
    """The style that most of the days that are left have; month and day stand in it as in the others."""
    chosen = {_order(s) for s in styles} - {""}
    possible = [s for s in fitting if not chosen or _order(s) in ("", *chosen)]
    most = max((len(fitting[s]) for s in possible), default=0)
    best = [s for s in possible if len(fitting[s]) == most]
    return best[0] if len({_order(s) for s in best} - {""}) == 1 or best and not _order(best[0]) else ""


def _order(style: str) -> str:
    """Whether the month or the day stands first; empty where that can not be mistaken."""
    return "" if "MMM" in style or style.startswith("YYYY") else style[0]


def _mirror(style: str) -> str:
    """The style with day and month exchanged, where that can be mistaken."""
    return style.replace("MM", "_").replace("DD", "MM").replace("_", "DD") if _order(style) else style


def _same(text: str) -> bool:
    """Whether a day is the same in both orders: 03/03/2026."""
    first, second = (re.findall(r"\d+", text) + ["", ""])[:2]
    return bool(first.lstrip("0") == second.lstrip("0"))

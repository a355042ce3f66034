"""Numbers as people read them, once: separators, a true minus sign, a dash where there is none. Missing is never 0."""

from __future__ import annotations

from decimal import Decimal

from workbench.errors import several as several

MINUS, DASH = "−", "–"
_SMALL = 0.0005  # a share below which two places of percentage points say nothing


def true_minus(text: str) -> str:
    """Digits with the sign that is as wide as the plus."""
    return text.replace("-", MINUS)


def count(value: int | None) -> str:
    """`50,000`; a dash for what is not stated."""
    return DASH if value is None else true_minus(f"{value:,}")


def stated(value: int | None) -> str:
    """`96`; in words where it is not stated."""
    return "not stated" if value is None else count(value)


def plus(value: int) -> str:
    """A difference: `+12`, `−3`, `0`."""
    return "0" if value == 0 else true_minus(f"{value:+,}")


def percent(share: float | None, places: int = 1) -> str:
    """A share from 0 to 1: `41.8 %`."""
    return DASH if share is None else true_minus(f"{100 * share:.{places}f} %")


def percents(share: float | None) -> float:
    """A share from 0 to 1 as a place on an axis of percent; not a number where there is none."""
    return float("nan") if share is None else 100 * share


def share(part: float, whole: float) -> str:
    """A part of a whole: `41.8 %`; a dash where the whole is nothing."""
    return percent(part / whole) if whole else DASH


def points(difference: float | None) -> str:
    """A difference of shares in percentage points: `+0.36`."""
    if difference is None:
        return DASH
    return "0" if round(100 * difference, 2) == 0 else true_minus(f"{100 * difference:+.2f}")


def interval(difference: float | None, low: float | None, high: float | None) -> str:
    """A difference of shares with its interval, in percentage points: `+0.36 (0.31 to 0.41)`; small ones get a third
    place rather than a −0.00."""
    if difference is None or low is None or high is None:
        return DASH
    if difference == low == high == 0:
        return "0"
    places = 2 if max(abs(difference), abs(low), abs(high)) >= _SMALL else 3
    said = [f"{100 * v:+.{places}f}" for v in (difference, low, high)]
    said = [s if float(s) else s[1:] for s in said]
    return true_minus(f"{said[0]} ({said[1]} to {said[2]})")


def percent_change(percent: float | None) -> str:
    """A difference that is in percent already: `+3.1 %`, `0`; a dash for none, and for not a number."""
    if percent is None or percent != percent:
        return DASH
    return true_minus(f"{percent:+.1f} %") if abs(percent) >= 0.05 else "0"


def measured(value: float | None) -> str:
    """Three digits that count: `0.518`, `9.69`, `104`; a dash for none, and for not a number."""
    if value is None or value != value:
        return DASH
    return true_minus(f"{value:,.0f}" if abs(value) >= 99.95 else f"{value:.3g}")


def plain(value: Decimal) -> str:
    """A number as it is typed into a field: no idle zeros, a sign that a keyboard has."""
    return format(value.normalize() + 0, "f")


def trim(value: Decimal) -> str:
    """A number as it is read: no idle zeros, a true minus sign."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return true_minus(text)

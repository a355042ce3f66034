"""Small pieces of HTML, each from plain values: what comes from a file or a person is escaped here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from html import escape

MINUS, DASH = "−", "–"


def text(value: object) -> str:
    """Anything as text that is safe to show."""
    return escape(str(value), quote=True)


def count(value: int | None) -> str:
    return DASH if value is None else f"{value:,}".replace("-", MINUS)


def plus(value: int) -> str:
    """A difference: `+12`, `−3`, `0`."""
    return "0" if value == 0 else f"{value:+,}".replace("-", MINUS)


def percent(share: float | None, places: int = 1) -> str:
    return DASH if share is None else f"{100 * share:.{places}f} %"


def points(difference: float | None) -> str:
    """A difference of shares in percentage points."""
    if difference is None:
        return DASH
    return "0" if round(100 * difference, 2) == 0 else f"{100 * difference:+.2f}".replace("-", MINUS)


def interval(difference: float | None, low: float | None, high: float | None) -> str:
    """A difference of shares with its interval, in percentage points: `+0.36 (0.31 to 0.41)`; small ones get a third
    place rather than a −0.00."""
    if difference is None or low is None or high is None:
        return DASH
    if difference == low == high == 0:
        return "0"
    places = 2 if max(abs(difference), abs(low), abs(high)) >= 0.0005 else 3
    said = [f"{100 * v:+.{places}f}" for v in (difference, low, high)]
    said = [s if float(s) else s[1:] for s in said]
    return f"{said[0]} ({said[1]} to {said[2]})".replace("-", MINUS)


def plain(value: Decimal) -> str:
    """A number as it is typed into a field."""
    return format(value.normalize() + 0, "f")


def tag(name: str, inside: str, **attributes: object) -> str:
    """`tag("p", …, class_="cap")`; True stands for an attribute without value, None and False leave it out."""
    words = "".join(f" {k.rstrip('_').replace('_', '-')}" + ("" if v is True else f'="{text(v)}"')
                    for k, v in attributes.items() if v is not None and v is not False)
    return f"<{name}{words}>{inside}</{name}>"


def button(label: str, act: str, **attributes: object) -> str:
    """A button that sends `act` with its data to the kernel."""
    return tag("button", text(label), type="button", data_act=act, **attributes)


def select(label: str, act: str, options: Iterable[tuple[str, str]], chosen: str, **attributes: object) -> str:
    """A labelled list to choose from; options are (value, words)."""
    inside = "".join(tag("option", text(words), value=value, selected=value == chosen) for value, words in options)
    return tag("label", tag("span", text(label)) + tag("select", inside, data_act=act, **attributes))


def table(head: Iterable[str], rows: Iterable[Iterable[str]], caption: str, **attributes: object) -> str:
    """A table of cells that are HTML already; the first cell of a row names it."""
    top = "".join(tag("th", h, scope="col") for h in head)
    body = "".join("<tr>" + "".join(tag("th", c, scope="row") if i == 0 else tag("td", c)
                                    for i, c in enumerate(row)) + "</tr>" for row in rows)
    return tag("table", tag("caption", caption) + f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody>", **attributes)


def definitions(pairs: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    return tag("dl", "".join(tag("dt", text(k)) + tag("dd", text(v)) for k, v in items))


def notice(title: str, lines: Iterable[str]) -> str:
    """Something that did not work, with all its reasons."""
    return tag("div", tag("h2", text(title)) + tag("ul", "".join(tag("li", text(line)) for line in lines))
               + tag("div", button("Close", "cancel"), class_="acts"), class_="form", role="alert")

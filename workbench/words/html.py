"""HTML from plain values under one rule: a text is escaped unless its type says that it is HTML (`Html`).

    tag("p", "a < b", class_="cap")          # <p class="cap">a &lt; b</p>
    tag("p", tag("b", name), " is new")      # what `tag` made goes in as it is

Every page, screen and report is put together from these functions; none writes a bracket by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from workbench.words.numbers import DASH, count

Html = Markup
NOTHING = Markup()
_VOID = frozenset({"img", "input", "br"})


def text(value: object) -> Html:
    """Anything as HTML: what is not HTML already is escaped."""
    return escape(value)


def joined(pieces: Iterable[object], between: object = "") -> Html:
    """Pieces in a row, each escaped unless it is HTML."""
    return Markup(str.join(escape(between), map(escape, pieces)))


def tag(name: str, /, *inside: object, **attributes: object) -> Html:
    """`tag("p", …, class_="cap")`; True stands for an attribute without value, None and False leave it out."""
    # Put together as texts, every part escaped or ours, and marked as HTML once: a page has ten thousand of these.
    words = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if v is True else f'="{escape(str(v))}"')
        for key, v in attributes.items()
        if v is not None and v is not False
    )
    return Markup(f"<{name}{words}>" if name in _VOID else f"<{name}{words}>{joined(inside)}</{name}>")


def web_address(address: str) -> str:
    """The address where it is one of the web (http, https), without blanks around it; else nothing, as for an address
    that runs a script."""
    found = address.strip()
    try:
        parts = urlsplit(found)
    except ValueError:
        return ""
    return found if parts.scheme.lower() in ("http", "https") and parts.netloc and found.isprintable() else ""


def safe_link(address: str, words: object) -> Html:
    """A link where the address is one of the web; its words alone where it is anything else."""
    found = web_address(address)
    return tag("a", words, href=found, rel="noopener noreferrer") if found else text(words)


def button(label: str, act: str, **attributes: object) -> Html:
    """A button that sends `act` with its data to the kernel."""
    return tag("button", label, type="button", data_act=act, **attributes)


def select(label: str, act: str, options: Iterable[tuple[str, str]], chosen: str, **attributes: object) -> Html:
    """A labelled list to choose from; options are (value, words)."""
    inside = joined(tag("option", words, value=value, selected=value == chosen) for value, words in options)
    return tag("label", tag("span", label), tag("select", inside, data_act=act, **attributes))


def cell(value: object) -> Html:
    """A value of a table: HTML as it is, whole numbers with separators, a dash for None, the rest escaped."""
    if isinstance(value, Markup):
        return value
    if value is None or isinstance(value, int) and not isinstance(value, bool):
        return text(DASH if value is None else count(value))
    return text(value)


def table(
    head: Sequence[object],
    rows: Iterable[Sequence[object]],
    *,
    caption: object = "",
    numbers: Iterable[int] = (),
    named: bool = False,
    class_: str | None = None,
) -> Html:
    """A table. `numbers` are the columns set to the right; with `named` the first cell of a row names it."""
    right = set(numbers)
    heads = joined(tag("th", cell(h), scope="col", class_=_n(k, right)) for k, h in enumerate(head))
    body = joined(tag("tr", *(_cell(k, c, right, named) for k, c in enumerate(row))) + Markup("\n") for row in rows)
    above = tag("caption", caption) if caption else NOTHING
    top = tag("thead", tag("tr", heads)) if any(head) else NOTHING
    return tag("table", above, top, tag("tbody", body), class_=class_) + Markup("\n")


def _cell(column: int, value: object, right: set[int], named: bool) -> Html:
    if named and column == 0:
        return tag("th", cell(value), scope="row")
    return tag("td", cell(value), class_=_n(column, right))


def _n(column: int, right: set[int]) -> str | None:
    return "n" if column in right else None


def figure(source: str, alt: str, caption: str) -> Html:
    """A picture (a data: address) with the text that says the same."""
    return tag("figure", tag("img", src=source, alt=alt), tag("figcaption", caption)) + Markup("\n")


def style(css: str) -> Html:
    """A stylesheet of the project's own: it is never made of what a file or a person wrote."""
    return Markup("<style>") + Markup(css) + Markup("</style>")


def document(title: str, body: Html, css: str) -> Html:
    """A page of its own: nothing in it is fetched from anywhere."""
    head = joined(
        (
            tag(
                "head",
                Markup('<meta charset="utf-8">'),
                tag("title", title),
                Markup('<meta name="viewport" content="width=device-width,initial-scale=1">'),
                style(css),
            ),
            tag("body", Markup("\n"), body, Markup("\n")),
        )
    )
    return Markup("<!doctype html>\n") + tag("html", head, lang="en") + Markup("\n")


def notice(title: str, lines: Iterable[object]) -> Html:
    """Something that did not work, with all its reasons."""
    reasons = tag("ul", *(tag("li", line) for line in lines))
    acts = tag("div", button("Close", "cancel"), class_="acts")
    return tag("div", tag("h2", title), reasons, acts, class_="form", role="alert")

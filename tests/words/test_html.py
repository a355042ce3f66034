"""One rule: a text is escaped unless its type says that it is HTML."""

from __future__ import annotations

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.words import html
from workbench.words.html import Html

EVIL = "<img src=x onerror=alert(1)>\"'&"

PLACES = {
    "text": lambda t: html.text(t),
    "inside": lambda t: html.tag("p", t),
    "beside": lambda t: html.tag("p", "a") + t,
    "before": lambda t: t + html.tag("p", "a"),
    "attribute": lambda t: html.tag("p", "a", title=t),
    "joined": lambda t: html.joined([t, "a"], t),
    "button": lambda t: html.button(t, t, data_id=t),
    "select": lambda t: html.select(t, t, [(t, t)], t),
    "table": lambda t: html.table([t], [[t], [t]], caption=t),
    "named table": lambda t: html.table([t], [[t]], caption=t, named=True, class_=t),
    "figure": lambda t: html.figure(t, t, t),
    "document": lambda t: html.document(t, html.tag("p", t), ""),
    "notice": lambda t: html.notice(t, [t]),
    "link": lambda t: html.safe_link(t, t),
    "link within": lambda t: html.safe_link("https://example.org/" + t, t),
}


@pytest.mark.parametrize("place", PLACES)
def test_markup_in_a_text_stays_text(place):
    made = PLACES[place](EVIL)
    assert isinstance(made, Html)
    assert "<img src=x" not in made and 'alert(1)>"' not in made
    assert "&lt;img src=x onerror=alert(1)&gt;" in made


def test_what_is_html_goes_in_once():
    assert html.tag("p", "", title=html.tag("b", "x")) == '<p title="&lt;b&gt;x&lt;/b&gt;"></p>'
    assert html.tag("p", html.tag("b", "a < b")) == "<p><b>a &lt; b</b></p>"
    assert html.cell(None) == "–" and html.cell(1234) == "1,234" and html.cell(-5) == "−5" and html.cell(True) == "True"
    assert (
        html.tag("input", type="text", name="x", disabled=True, title=None) == '<input type="text" name="x" disabled>'
    )


@given(st.text())
def test_any_text_comes_back_as_it_was(t):
    made = html.tag("p", t)
    assert made.count("<") == 2 and made.count(">") == 2
    assert unescape(str(made)[3:-4]) == t or "\r" in t or not t.isprintable()


@pytest.mark.parametrize("address", ["http://example.org/a", "https://example.org/a?b=1&c=2", " HTTPS://EXAMPLE.ORG/ "])
def test_an_address_of_the_web_is_a_link(address):
    assert html.safe_link(address, "there").startswith("<a href=")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        " JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "data:text/html,<b>",
        "file:///etc/passwd",
        "//example.org/a",
        "vbscript:x",
        "https:",
        "http://[",
        "",
        "guidelines/x",
    ],
)
def test_any_other_address_is_not(address):
    assert html.safe_link(address, "there <b>") == "there &lt;b&gt;"

"""One rule: a text is escaped unless its type says that it is Markdown."""

from __future__ import annotations

import re
from html import unescape

import mistune
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import printable
from workbench.words.markdown import code, link, md, plain, table

RENDER = mistune.create_markdown(escape=False, plugins=["table", "strikethrough"])


def shown(markdown: str) -> str:
    """What a reader sees of a paragraph."""
    html = RENDER(markdown)
    assert re.fullmatch(r"<p>[^<>]*</p>\n", html) or not markdown, html
    return unescape(html[3:-5]) if markdown else ""


@given(st.text(st.sampled_from("ab1 *_`[]()<>&;#|~\\!-+=.:\"'\n/$é"), max_size=30))
def test_any_text_is_seen_as_it_was(text):
    wanted = " ".join(text.split())
    assert shown(plain(text)) == wanted


@given(st.text(max_size=30))
def test_any_text_is_one_line_without_controls(text):
    line = plain(text)
    assert line.isprintable() and plain(line) is line
    assert "<" not in line and "|" not in re.sub(r"\\.", "", line)


@pytest.mark.parametrize(
    "text",
    ["# a", "1. a", "12) a", "- a", "+ a", "> a", "---", "===", "***", "~~~", "    a", "<b>", "&lt;b>", "&#60;", "[a](b)",
     "![a](b)", "__a__", "a_b_c", "_a_", "2026.1", "-1.5", "+1", "#1", "a|b", "\\*", "`a`", "![x][y]", "<!-- a"],
)  # fmt: skip
def test_what_markdown_knows_is_shown(text):
    assert shown(plain(text)) == " ".join(text.split())


def test_numbers_and_names_stay_as_they_are():
    for text in ("2026.1", "-1.5 SD", "a_b_c", "96.5%", "AT&T", "(see below)", "10–12 visits"):
        assert plain(text) == text


@pytest.mark.parametrize(
    "address", ["https://a.org/b_(c)", "https://a.org/b)(c", "https://a.org/<b> c|d", "http://a/b"]
)
def test_an_address_of_the_web_is_a_link(address):
    html = RENDER(link("a [b]", address))
    assert re.fullmatch(r'<p><a href="[^"<> ]*">a \[b\]</a></p>\n', html), html


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "", "data:text/html,x", "https:", "https://a\x1b.org", "ftp://a"]
)
def test_any_other_is_not(address):
    assert link("a", address) == "a"


def test_a_table_stays_a_table():
    html = RENDER(table(["a", "b"], [["x|y", md("**1**")], ["<b>", "`c|d`"]], (1,)))
    assert html.count("<tr>") == 3 and html.count("<td") == 4 and "<strong>1</strong>" in html and "<b>" not in html


def test_code_is_code_or_text():
    assert code("a_b-c/1.0") == "`a_b-c/1.0`" and code("a`b") == "a\\`b" and printable(code("\x1b")) == code("\x1b")

"""Strategies that break things: texts by their tokens and lines, YAML by its structure, files by their bytes.

A byte that is not UTF-8 stands in a text as the lone surrogate that `surrogateescape` makes of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import deepcopy
from datetime import date

from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

_TOKEN = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|\w+|[ \t]+|\n|.", re.DOTALL)

# What stands in no sound file, or means something to one of the readers.
ODD = [
    "",
    " ",
    "\n",
    "\t",
    "\r",
    "\r\n",
    "\x00",
    "\x1b",
    "\x85",
    "\xa0",
    "\u2028",
    "\ufeff",
    "\udcff",
    "\udc80",
    "é",
    "İ",
    "ß",
    "😀",
    "٣",
    "²",
    "e\u0301",
    "'",
    '"',
    "''",
    '""',
    "\\",
    "`",
    ",",
    ";",
    ":",
    ": ",
    "- ",
    "? ",
    "#",
    " #",
    "&a ",
    "*a",
    "!t ",
    "!!int ",
    "|",
    ">",
    "|9",
    ">-",
    "%",
    "@",
    "{",
    "}",
    "[",
    "]",
    "{}",
    "[]",
    "<<",
    "---\n",
    "...\n",
    "null",
    "~",
    "true",
    "no",
    "on",
    ".inf",
    "-.inf",
    ".nan",
    "0",
    "-0",
    "1",
    "-1",
    "007",
    "0x1F",
    "1_000",
    "1e9",
    "1e999",
    "0.5",
    "0.000000001",
    "1" + "0" * 27,
    "9" * 40,
    "1..2",
    "2..1",
    "..",
    "-1..1",
    "2026-02-30",
    "0001-01-01",
    "9999-12-31",
    "2026-01-01",
    '"\\0"',
    '"\\ud800"',
    '"\\e[2J"',
    '"\\x41"',
    "x" * 300,
    "../x",
    "a/b",
    "=1+1",
    "__proto__",
    "draft",
    "retired",
]


def tokens(text: str) -> list[str]:
    return _TOKEN.findall(text)


@st.composite
def texts(draw: st.DrawFn, corpus: Sequence[str], words: Sequence[str] = (), most: int = 4) -> str:
    """One of the corpus with up to `most` edits: a token or line cut out, doubled, moved or put in place of another,
    an odd thing or one of `words` put in, the text broken off."""
    text = draw(st.sampled_from(corpus))
    other = tokens(draw(st.sampled_from(corpus)))
    pool = [*ODD, *words]
    for _ in range(draw(st.integers(1, most))):
        by_line = draw(st.booleans())
        parts = text.splitlines(keepends=True) if by_line else tokens(text)
        if not parts:
            return draw(st.sampled_from(pool))
        at = draw(st.integers(0, len(parts) - 1))
        what = draw(
            st.sampled_from(("drop", "double", "odd", "odd", "other", "other", "swap", "indent", "end", "many"))
        )
        if what == "drop":
            parts[at : at + draw(st.integers(1, 5))] = []
        elif what == "double":
            parts[at:at] = parts[at : at + draw(st.integers(1, 5))]
        elif what == "odd":
            parts[at : at + draw(st.integers(0, 1))] = [draw(st.sampled_from(pool))]
        elif what == "other" and other:
            parts[at : at + draw(st.integers(0, 1))] = [draw(st.sampled_from(other))]
        elif what == "swap":
            to = draw(st.integers(0, len(parts) - 1))
            parts[at], parts[to] = parts[to], parts[at]
        elif what == "indent":
            parts[at] = draw(st.sampled_from(("  ", " ", "\t", "- "))) + parts[at]
        elif what == "end":
            parts = parts[:at]
        elif what == "many":
            parts[at] *= draw(st.integers(2, 40))
        text = "".join(parts)
    return text


SCALARS = st.one_of(
    st.sampled_from(
        [
            None,
            True,
            False,
            0,
            1,
            -1,
            2,
            10**6,
            10**20,
            10**40,
            0.5,
            -0.25,
            1e-9,
            1e300,
            "",
            " ",
            "no",
            "x",
            "1",
            "true",
            "2026-01-01",
            date(2026, 1, 1),
            date(1, 1, 1),
            date(9999, 12, 31),
            "é",
            "a b",
            "a\nb",
            "x" * 300,
            "PT",
            "low_back_pain",
            "lbp",
            "house-rule",
            "2026.1",
            "visits",
            "\x00",
            "\ud800",
        ]
    ),
    st.integers(-50, 200),
    st.text(max_size=8),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "set", "id", "value", "0", "PT"]), inner, max_size=3),
    ),
    max_leaves=6,
)


def trees(corpus: Sequence[str]) -> list[object]:
    """What the texts hold, of those that are YAML."""
    found = []
    for text in corpus:
        try:
            found.append(YAML(typ="safe").load(text))
        except (YAMLError, ValueError):
            continue
    return [t for t in found if isinstance(t, dict | list)]


def _spots(tree: object, path: tuple = ()) -> list[tuple]:
    """The way to everything in a tree but itself."""
    pairs = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return [spot for key, value in pairs for spot in ((*path, key), *_spots(value, (*path, key)))]


def _at(tree: object, path: tuple) -> object:
    for key in path:
        tree = tree[key]
    return tree


@st.composite
def structures(draw: st.DrawFn, found: Sequence[object], most: int = 3) -> object:
    """Well formed and wrong: entries replaced, left out, renamed, or taken from elsewhere."""
    tree, other = deepcopy(draw(st.sampled_from(found))), draw(st.sampled_from(found))
    for _ in range(draw(st.integers(1, most))):
        spots = _spots(tree)
        if not spots:
            break
        *way, key = draw(st.sampled_from(spots))
        within = _at(tree, way)
        what = draw(st.sampled_from(("value", "value", "drop", "rename", "other", "wrap", "double")))
        if what == "value":
            within[key] = draw(VALUES)
        elif what == "drop":
            del within[key]
        elif what == "rename" and isinstance(within, dict):
            within[
                draw(st.one_of(st.sampled_from([k for s in spots for k in s if isinstance(k, str)] or ["a"]), SCALARS))
            ] = within.pop(key)
        elif what == "other" and _spots(other):
            within[key] = deepcopy(_at(other, draw(st.sampled_from(_spots(other)))))
        elif what == "wrap":
            within[key] = draw(st.sampled_from(([within[key]], {"a": within[key]}, {key: within[key]})))
        elif what == "double" and isinstance(within, list):
            within.append(deepcopy(within[key]))
    return tree


# What a value is replaced by, one at a time, in a file that is sound otherwise.
SLIPS = [
    None,
    True,
    False,
    0,
    1,
    -1,
    0.5,
    10**6,
    10**20,
    10**27,
    10**40,
    -(10**27),
    1e-9,
    1e300,
    "",
    " ",
    "no",
    "x",
    "1",
    "12",
    "true",
    "null",
    "2026-01-01",
    date(2026, 1, 1),
    date(1, 1, 1),
    date(9999, 12, 31),
    "é",
    "a b",
    "a\nb",
    "A",
    "a-b",
    "a_b",
    "x" * 300,
    "x" * 6000,
    "\x00",
    "\x1b[2J",
    "\ud800",
    "\ufeff",
    "../x",
    "/",
    ".",
    "~",
    "a/b",
    "=1",
    "[",
    "{a}",
    "1..2",
    "PT",
    "OT",
    "low_back_pain",
    "odi",
    "review_type",
    "age_years",
    "age_years > 1",
    "age_years",
    "1 =",
    "'a'",
    "house-rule",
    "2026.1",
    "visits",
    "visits/week",
    "set",
    [],
    {},
    [None],
    [[]],
    [{}],
    {"a": 1},
    {"set": 1},
    {"set": -1},
    {"multiply": 10**7},
    {"add": 1e-8},
    ["a", "a"],
    [1, 2],
    [2, 1],
    ["97110"],
    [0, 10**27],
    {"": 1},
    {"a": None},
]


@st.composite
def slips(draw: st.DrawFn, found: Sequence[object]) -> object:
    """A sound file with one value replaced, or one key renamed."""
    tree = deepcopy(draw(st.sampled_from(found)))
    *way, key = draw(st.sampled_from(_spots(tree)))
    within, slip = _at(tree, way), draw(st.sampled_from(SLIPS))
    if isinstance(within, dict) and not isinstance(slip, list | dict) and draw(st.integers(0, 5)) == 0:
        within[slip] = within.pop(key)
    else:
        within[key] = slip
    return tree


def flow(value: object) -> str:
    """A tree as YAML in flow style, an entry a line."""
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"{flow(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[\n" + ",\n".join(map(flow, value)) + "]"
    if isinstance(value, str):
        return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in value) + '"'
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return value.isoformat() if isinstance(value, date) else str(value)


@st.composite
def garbage(draw: st.DrawFn, corpus: Sequence[bytes]) -> bytes:
    """Bytes of the corpus with pieces overwritten, cut out or put in; or anything."""
    data = bytearray(draw(st.sampled_from(corpus)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.sampled_from((0, 1, 1, 4, 4096)))] = draw(st.binary(max_size=8))
    return bytes(data)

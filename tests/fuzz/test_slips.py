"""A slip in a file is refused, whatever kind of file it is in, and at its place.

tests/fuzz/test_files.py asks that nothing breaks and that every place is right; a reader that drops what it was told
passes that. Here a sound file gets one slip that no reader may overlook, on a line drawn at random, and must not pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fuzz.kinds import KINDS, LIBRARY, Kind, laid_out
from fuzz.kinds import problems_of as said_of
from workbench.errors import Problem
from workbench.guideline.load import load_guidelines
from workbench.review.examples import run_examples

YAMLS = [k for k in KINDS.values() if k.path.endswith(".yaml")]
CSVS = [k for k in KINDS.values() if k.path.endswith(".csv")]
# `key: value`, or `- key: value`, on a line of its own: indent and dash, key, value, comma.
_LINE = re.compile(r"( *(?:- )?)([\w-]+|\"[\w-]+\"): +([^\s#&*!|>\[{][^#]*?|\{[^#]*\}|\[[^#]*\])(,?)", re.ASCII)


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with laid_out(tmp_path_factory.mktemp("slips")):
        yield


def _doubtless() -> list[Problem]:
    loaded = load_guidelines("guidelines")  # doubts of a sound folder are another matter
    return [p for p in run_examples(loaded).problems if p.code != "example-fails"]


def problems_of(kind: Kind, data: bytes) -> list[Problem]:
    return said_of(kind, data, _doubtless if kind in LIBRARY else None)


@cache
def sound(kind: Kind) -> list[str]:
    """The texts of the kind that pass as they are."""
    return [t for t in kind.sound() if not problems_of(kind, t.encode())]


@dataclass(frozen=True)
class Slip:
    """What is done to a line, and the code that must be said. `at` is the line of the slip, counted from the line that
    was drawn; None where a reader notices it only further on."""

    name: str
    do: Callable[[re.Match[str]], str]
    code: str
    at: int | None = 0


def _twice(line: re.Match[str]) -> str:
    return f"{line[0]}\n{line[1].replace('-', ' ')}{line[2]}: {line[3]}{line[4]}"


def _value(text: str) -> Callable[[re.Match[str]], str]:
    return lambda line: f"{line[1]}{line[2]}: {text.replace('VALUE', line[3])}{line[4]}"


SLIPS = (
    Slip("a key twice", _twice, "duplicate-key", 1),
    Slip("29 digits", _value("1" + "0" * 28), "too-large"),
    Slip("40 digits and a point", _value("0." + "1" * 40), "too-large"),
    Slip("an escape for a control character", _value('"a\\a"'), "bad-yaml"),
    Slip("an escape for half a character", _value('"\\ud800"'), "bad-yaml"),
    Slip("a control character", lambda line: line[0] + " # \x07", "unreadable"),
    Slip("a line separator", lambda line: line[0] + " # \u2028", "unreadable"),
    Slip("an anchor", _value("&a VALUE"), "bad-yaml"),
    Slip("an alias", _value("*a"), "bad-yaml"),
    Slip("a tag", _value("!!str VALUE"), "bad-yaml"),
    Slip("a tag of a program", _value("!!python/object:os.system {}"), "bad-yaml"),
    Slip("a tab", lambda line: f"{line[0]}\n\tx: 1", "bad-yaml", None),
    Slip("an unclosed bracket", _value("[1, 2"), "bad-yaml", None),
    Slip("an unclosed brace", _value("{a: 1"), "bad-yaml", None),
    Slip("an unclosed quote", _value('"abc'), "bad-yaml", None),
    Slip("a colon in a text", _value("a: b: c"), "bad-yaml"),
    Slip("too deep", _value("[" * 25 + "]" * 25), "bad-yaml"),
    Slip("a second document", lambda line: f"{line[0]}\n---\nx: 1", "bad-yaml", 1),
    Slip("not UTF-8", lambda line: line[0] + " # \udcff", "unreadable"),
)


def lines_of(text: str) -> list[int]:
    """The lines of a text that hold a key with its whole value: not within a text of several lines, and within brackets
    only before a comma."""
    found, inside, depth = [], -1, 0
    for number, line in enumerate(text.split("\n")):
        indent = len(line) - len(line.lstrip())
        if inside >= 0 and (indent > inside or not line.strip()):
            continue
        inside = indent if re.search(r"[|>]-?\s*$", line) else -1
        opened = sum(line.count(c) for c in "{[") - sum(line.count(c) for c in "}]")
        depth += opened
        match = _LINE.fullmatch(line.rstrip())
        if match and not opened and (depth == 0 or match[4]):
            found.append(number)
    return found


@pytest.mark.parametrize("slip", SLIPS, ids=lambda s: s.name)
@pytest.mark.parametrize("kind", YAMLS, ids=lambda k: k.name)
@settings(max_examples=2)
@given(draw=st.randoms(use_true_random=False))
def test_a_slip_of_yaml_is_refused(kind: Kind, slip: Slip, draw) -> None:
    texts = [t for t in sound(kind) if lines_of(t)]
    assert texts, "a sound file of the kind"
    text = draw.choice(texts)
    number = draw.choice(lines_of(text))
    lines = text.split("\n")
    match = _LINE.fullmatch(lines[number].rstrip())
    assert match
    lines[number] = slip.do(match)
    broken = "\n".join(lines)
    found = problems_of(kind, broken.encode("utf-8", "surrogateescape"))
    mine = [p for p in found if p.code == slip.code and p.file.endswith(Path(kind.path).name)]
    assert mine, f"{slip.name} passes in line {number + 1}: {found}\n{broken}"
    if slip.at is not None:
        assert number + 1 + slip.at in {p.line for p in mine}, f"{slip.name}: {mine}\n{broken}"
    else:
        assert all(number + 1 <= p.line <= len(lines) + 2 for p in mine), f"{slip.name}: {mine}\n{broken}"


_DRAFT = """draft: a-draft
author: Somebody
reason: "to see what is lost"
changes:
  physical-therapy:
    parameters: {goals_needed: {set: 80}}
"""


@given(
    st.sampled_from(
        (
            ("author: Somebody", 'author: "Some\\abody"', 2),
            (
                "    parameters: {goals_needed: {set: 80}}",
                "    parameters: {goals_needed: {set: 80}}\n    parameters: {}",
                7,
            ),
            ("set: 80", "set: 80, at_most: 100000000000000000000000000000", 6),
        )
    )
)
def test_nothing_of_a_draft_is_lost(case: tuple[str, str, int]) -> None:
    """Half a draft was taken for the whole: what stands twice, a number of thirty digits, and the name of the author."""
    old, new, line = case
    kind = KINDS["draft"]
    found = problems_of(kind, _DRAFT.replace(old, new).encode())
    assert line in {p.line for p in found}


@dataclass(frozen=True)
class Cut:
    """What is done to the text of a table at a row; the code, and the line counted from the row (None: the first)."""

    name: str
    do: Callable[[str], str]
    code: str


CUTS = (
    Cut("a field too many", lambda row: row + ",x", "field-count"),
    Cut("a field too few", lambda row: row.rpartition(",")[0], "field-count"),
    Cut("a quote within a cell", lambda row: 'a"b' + row, "bad-csv"),
    Cut("an unclosed quote", lambda row: '"' + row, "bad-csv"),
    Cut("a bare carriage return", lambda row: "a\rb" + row, "bad-csv"),
    Cut("a control character", lambda row: "\x00" + row, "unreadable"),
    Cut("not UTF-8", lambda row: "\udcff" + row, "unreadable"),
)


@pytest.mark.parametrize("cut", CUTS, ids=lambda c: c.name)
@pytest.mark.parametrize("kind", CSVS, ids=lambda k: k.name)
@settings(max_examples=3)
@given(draw=st.randoms(use_true_random=False))
def test_a_slip_of_a_table_is_refused(kind: Kind, cut: Cut, draw) -> None:
    lines = draw.choice(sound(kind)).rstrip("\n").split("\n")
    # A row with quoted cells would be cut within one, which is another slip; a blank row is none.
    whole = [n for n, line in enumerate(lines) if '"' not in line and line.count(",") == lines[0].count(",")]
    number = draw.choice([n for n in whole if n])
    lines[number] = cut.do(lines[number])
    broken = "\n".join(lines) + "\n"
    found = problems_of(kind, broken.encode("utf-8", "surrogateescape"))
    mine = [p for p in found if p.code == cut.code and p.file.endswith(Path(kind.path).name)]
    assert mine and any(p.line == number + 1 for p in mine), f"{cut.name} in line {number + 1}: {found}\n{broken}"


@pytest.mark.parametrize("kind", CSVS, ids=lambda k: k.name)
@given(draw=st.randoms(use_true_random=False))
@settings(max_examples=3)
def test_a_slip_of_a_header_is_refused(kind: Kind, draw) -> None:
    header, *rows = draw.choice(sound(kind)).rstrip("\n").split("\n")
    names = header.split(",")
    at = draw.randrange(len(names))
    for new, code in (
        ([*names, names[at]], "duplicate-key"),
        ([*names, ""], "bad-csv"),
        ([n for i, n in enumerate(names) if i != at], "field-count"),
    ):
        wide = len(new) > len(names)
        table = "\n".join([",".join(new), *(r + "," if wide else r for r in rows)]) + "\n"
        assert code in {p.code for p in problems_of(kind, table.encode()) if p.line}, (code, table)
    semicolons = "\n".join([header, *rows]).replace(",", ";")
    assert "bad-csv" in {p.code for p in problems_of(kind, semicolons.encode())}


@given(st.sampled_from(("record", "request", "draft")))
@example("record")
def test_a_key_that_stands_twice_in_a_record_is_refused(key: str) -> None:
    kind = KINDS["record"]
    text = next(t for t in kind.sound())
    assert f'"{key}"' in text or key == "draft"
    twice = text.rstrip()[:-1] + f', "record": {{}}, "{key}": {{}}}}'
    assert "duplicate-key" in {p.code for p in problems_of(kind, twice.encode())}

"""Reading files: every value knows its true place, and no text whatever gives a traceback."""

from __future__ import annotations

import io
import os
import shutil
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from effort import calls_at_most
from hypothesis import example, given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import (
    DoubleQuotedScalarString,
    FoldedScalarString,
    LiteralScalarString,
    PlainScalarString,
    SingleQuotedScalarString,
)

from workbench.documents.csv_places import parse_table, read_table
from workbench.documents.section import open_section, take_value
from workbench.documents.text import read_text
from workbench.documents.yaml_places import Items, Pairs, Scalar, from_plain, parse_yaml, read_yaml
from workbench.errors import Problems, ProblemsFound
from workbench.guideline.load import load_guidelines
from workbench.guideline.load_draft import load_draft
from workbench.guideline.resolve import resolve

BASE = Path(__file__).parent / "errors" / "_base" / "guidelines"

# Texts that once exploded, froze or slipped through somewhere.
HOSTILE = {
    "anchors that explode": "\n".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]" for i in range(1, 40)),
    "nested lists": "[" * 100_000,
    "nested mappings": "{a: " * 50_000,
    "nested blocks": "".join("  " * i + f"a{i}:\n" for i in range(500)),
    "nested dashes": "- " * 50_000,
    "a tag that runs": "!!python/object/apply:os.system ['true']",
    "a merge of an alias": "a: &x {b: 1}\nc: {<<: *x}",
    "two documents": "a: 1\n---\nb: 2",
    "a directive": "%YAML 999999999999999999999.1\n---\na: 1",
    "a NUL": "a: \0",
    "a tab": "a:\n\tb: 1",
    "an escape beyond Unicode": 'a: "\\UFFFFFFFF"',
    "half a surrogate": "a: \ud800",
    "an open quote": "a: '" + "x" * 10_000,
    "an odd key": "? [a]\n: 1",
    "nothing": "",
    "a remark": "# nothing",
    "a huge number": "a: " + "9" * 1_000_000,
    "a huge exponent": "a: 1e999999999",
    "too much": "a: " + "x " * 1_500_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_yaml_gives_problems_and_little_work(name: str) -> None:
    problems = Problems()
    text = HOSTILE[name]
    with calls_at_most(100 * len(text) + 20_000):
        root = parse_yaml(text, problems, "f.yaml")
        if isinstance(root, Pairs):  # what can be read as YAML is not what was asked for
            section = open_section(root, "a file")
            section.take("a", "integer")
            section.finish()
    assert problems and all(p.file == "f.yaml" for p in problems)


@given(st.one_of(st.text(max_size=300), st.text("[]{}:,-?!&*|>'\"%@` #\n\t ab01.\\", max_size=200)))
@example("a: !<tag:x> 1")
@example("%TAG ! x\n---\n!y z")
@example('"\\x')
@example("a: |9\n x")
def test_no_text_gives_a_traceback(text: str) -> None:
    problems = Problems()
    root = parse_yaml(text, problems, "f.yaml")
    assert root is not None or problems
    parse_table(text, problems, "f.csv")


FILES = sorted(p.relative_to(BASE) for p in BASE.rglob("*.*") if p.suffix in (".yaml", ".csv"))


@given(st.sampled_from(FILES), st.data())
def test_no_broken_file_gives_a_traceback(file: Path, data: st.DataObject) -> None:
    """A file of the library with a piece cut out, doubled or replaced: it loads, or says what is wrong with it."""
    text = (BASE / file).read_text(encoding="utf-8")
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 60)))
    piece = data.draw(
        st.one_of(
            st.just(""),
            st.just(text[start:end] * 2),
            st.text(max_size=10),
            st.sampled_from([": ", "- ", "\n", ",", "'", '"', "null", "no", "1e9", "[", "}"]),
        )
    )
    broken = (text[:start] + piece + text[end:]).encode("utf-8", "surrogatepass")
    with TemporaryDirectory() as folder:
        here = Path(folder) / "guidelines"
        shutil.copytree(BASE, here)
        (here / file).write_bytes(broken)
        try:
            load_guidelines(here)
        except ProblemsFound as found:
            for problem in found.problems:
                assert problem.file.startswith(str(here)) and problem.message
                assert problem.line >= 0 and problem.column >= 0


LOADED = load_guidelines(BASE)
DRAFTS = sorted((BASE.parent.parent / "changes").glob("*/draft.yaml"))


@given(st.sampled_from(DRAFTS), st.data())
def test_no_broken_draft_gives_a_traceback(file: Path, data: st.DataObject) -> None:
    """The same for drafts, from those that have one thing wrong with them already."""
    text = file.read_text(encoding="utf-8").replace(", digest: DIGEST", "")
    start = data.draw(st.integers(text.index("changes:"), len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 30)))
    piece = data.draw(st.sampled_from(["", text[start:end] * 2, ": ", "\n", "{}", "[]", "null", "{set: 1}", "-1"]))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "draft.yaml"
        path.write_text(text[:start] + piece + text[end:], encoding="utf-8")
        try:
            resolve(LOADED, "physical-therapy", "2026.1", "harbor/2026.1", load_draft(path, LOADED))
        except ProblemsFound as found:
            assert all(p.file == str(path) for p in found.problems)


STYLES = {
    "plain": PlainScalarString,
    "single": SingleQuotedScalarString,
    "double": DoubleQuotedScalarString,
    "literal": LiteralScalarString,
    "folded": FoldedScalarString,
}
WORDS = st.lists(st.text("abcxyz'\"=<>()+%é", min_size=1, max_size=12), min_size=1, max_size=30)


@given(WORDS, st.sampled_from(sorted(STYLES)), st.sampled_from([" ", "  ", "\n", "\n\n"]))
@example(["<<<", '<<<"', "<<<<<<<<<", '<<<<<<<<<<"<', "b"], "double", " ")
def test_a_place_within_a_text_is_its_place_in_the_file(words: list[str], style: str, gap: str) -> None:
    """Whatever way a text is written, each of its words is found in the file where the text says it is."""
    if style == "plain" and (gap != " " or not words[0][0].isalpha() or any(w[0] in "%" for w in words)):
        gap, words = " ", ["x" + w.replace("%", "") for w in words]
    out = io.StringIO()
    yaml = YAML()
    yaml.width = 40
    yaml.dump({"key": {"text": STYLES[style](gap.join(words))}}, out)
    written = out.getvalue()
    problems = Problems()
    scalar = parse_yaml(written, problems).get("key").get("text")
    assert not problems and scalar.text.split() == gap.join(words).split()
    lines, at = written.split("\n"), 0
    for word in scalar.text.split():
        at = scalar.text.index(word, at)
        before = scalar.text[:at]
        line, column = scalar.place(before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1)
        if word.isalpha():
            assert lines[line - 1][column - 1 :].startswith(word)
        at += len(word)


@pytest.mark.parametrize(
    "text, kind, value",
    [
        ("12", "integer", Decimal(12)),
        ("-0.50", "decimal", Decimal("-0.50")),
        ("true", "boolean", True),
        ("", "null", None),
        ("~", "null", None),
        ("null", "null", None),
        ("PT", "text", "PT"),
        ("'12'", "text", "12"),
        ('"no"', "text", "no"),
        ("no", "doubtful", "no"),
        ("Yes", "doubtful", "Yes"),
        ("on", "doubtful", "on"),
        ("TRUE", "doubtful", "TRUE"),
        ("Null", "doubtful", "Null"),
        ("0x1F", "doubtful", "0x1F"),
        ("1e3", "doubtful", "1e3"),
        ("007", "doubtful", "007"),
        ("1_000", "doubtful", "1_000"),
        (".5", "doubtful", ".5"),
        ("12:30", "doubtful", "12:30"),
        (".inf", "doubtful", ".inf"),
        ("2026-02-30", "doubtful", "2026-02-30"),
        ("0552T", "text", "0552T"),
        ("0..12", "text", "0..12"),
        ("2019-11", "text", "2019-11"),
        ("f123e45", "text", "f123e45"),
    ],
)
def test_what_an_unquoted_word_is(text: str, kind: str, value: object) -> None:
    scalar = parse_yaml(f"a: {text}\n", []).get("a")
    assert (scalar.kind, scalar.value) == (kind, value)


def test_every_kind_takes_what_it_says_and_nothing_else() -> None:
    values = {
        "text": "a b",
        "id": "a_b",
        "name": "a-b",
        "version": "2026.1",
        "integer": 3,
        "number": Decimal("1.5"),
        "boolean": True,
        "items": [1],
        "section": {"a": 1},
        "texts": ["a"],
    }
    fits = {
        "text": {"text", "id", "name", "version"},
        "line": {"text", "id", "name", "version"},
        "id": {"id"},
        "name": {"name"},
        "version": {"version", "name"},
        "integer": {"integer"},
        "number": {"integer", "number"},
        "boolean": {"boolean"},
        "items": {"items", "texts"},
        "section": {"section"},
        "texts": {"texts"},
        "date": set(),
    }
    for kind, able in fits.items():
        for name, value in values.items():
            problems = Problems()
            take_value(from_plain(value, problems), "`x`", kind)
            assert bool(problems) == (name not in able), (kind, name, problems)


def test_a_section_reports_each_slip_once() -> None:
    problems = Problems()
    section = open_section(parse_yaml("titel: x\nvisits: 1000\nnote:\nodd: 1\n", problems, "f"), "a thing")
    section.take("title", "text")
    section.take("visits", "integer", low=0, high=999)
    section.take("note", "text", required=False)
    section.finish()
    assert [str(p) for p in sorted(problems, key=lambda p: p.line)] == [
        "f:1:1: unknown-key a thing has no key `titel` (did you mean title?)",
        "f:2:9: out-of-range `visits` is 1000; its range is 0..999",
        "f:3:1: wrong-value `note` is empty; a text is wanted (leave the key out)",
        "f:4:1: unknown-key a thing has no key `odd` (one of title)",
    ]


def test_cells_know_their_places() -> None:
    problems = Problems()
    table = parse_table('a,b,c\n1,"x, ""y""\nz",3\n\n4,,6\n', problems, "f.csv")
    assert not problems
    assert [[(e.text, e.line, e.column) for e in row.entries.values()] for row in table.rows] == [
        [("1", 2, 1), ('x, "y"\nz', 2, 3), ("3", 3, 4)],
        [("4", 5, 1), ("", 5, 3), ("6", 5, 4)],
    ]


@pytest.mark.parametrize(
    "content, code",
    [
        (b"a,b\n1,2,3\n", "field-count"),
        (b'a,b\n1,"2\n', "bad-csv"),
        (b'a,b\n1,2"3"\n', "bad-csv"),
        (b"", "bad-csv"),
        (b"a,a\n1,2\n", "duplicate-key"),
        (b"a,\n1,2\n", "bad-csv"),
        (b"a\n\xff\n", "unreadable"),
        (b"a\n\0\n", "unreadable"),
        (b"\xff\xfea\0,\0b\0", "unreadable"),
        (b"a," * 1000 + b"b\n", "too-large"),
        (b"x" * 2_000_001, "too-large"),
        (b"a," * 999_000 + b"b\n", "too-large"),
    ],
)
def test_bad_tables(content: bytes, code: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    problems = Problems()
    read_table(path, problems, shown="t.csv")
    assert [p.code for p in problems] == [code]


def test_a_byte_order_mark_is_dropped(tmp_path: Path) -> None:
    for name, text in (("t.csv", "a,b\n1,2\n"), ("t.yaml", "a: 1\n")):
        (tmp_path / name).write_bytes(b"\xef\xbb\xbf" + text.encode())
    problems = Problems()
    assert read_table(tmp_path / "t.csv", problems).columns[0].text == "a"
    assert isinstance(read_yaml(tmp_path / "t.yaml", problems).get("a"), Scalar)
    assert not problems


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "absent.yaml", Path("\0"), tmp_path / ("x" * 300)):
        problems = Problems()
        assert read_text(path, problems) is None
        assert [p.code for p in problems] in (["unreadable"], ["missing-file"])


def test_plain_values_are_read_like_files() -> None:
    problems = Problems()
    value = from_plain({"a": [1, 2.5, Decimal("0.1"), True, None, "x"], "b": {"c": "d"}}, problems)
    assert isinstance(value.get("a"), Items)
    assert [(s.kind, s.value) for s in value.get("a").values] == [
        ("integer", 1),
        ("decimal", Decimal("2.5")),
        ("decimal", Decimal("0.1")),
        ("boolean", True),
        ("null", None),
        ("text", "x"),
    ]
    with pytest.raises(TypeError):
        from_plain({"a": object()}, problems)
    with pytest.raises(TypeError):
        from_plain({"a": float("nan")}, problems)


def test_a_table_that_excel_saved() -> None:
    problems = Problems()
    table = parse_table("a,b\n1,2\n,\n , \n", problems, "t.csv")
    assert table is not None and len(table.rows) == 1 and not problems
    assert parse_table("a;b\n1;2\n", problems, "t.csv") is None and "semicolons" in next(iter(problems)).message

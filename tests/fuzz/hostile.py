"""What is too large to keep: files that explode, nest, repeat or lie, made in code.

Each maker takes a size `n`: the thousands of repetitions, so that the same thing can be made small for CI.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from openpyxl import Workbook

from fuzz.kinds import SEEDS

Maker = Callable[[int], bytes]


def _seed(kind: str, old: str = "", new: str = "", name: str = "everything.yaml") -> bytes:
    text = (SEEDS / kind / name).read_text(encoding="utf-8")
    assert old in text
    return text.replace(old, new, 1).encode()


def _lines(n: int, line: str) -> str:
    """A thousand `n` lines; `{i}` is the number of each."""
    return "".join(line.replace("{i}", str(i)) + "\n" for i in range(1000 * n))


def _in_guideline(text: str) -> bytes:
    return _seed("guideline", "title: Physical therapy with everything that a guideline may hold\n", f"title: {text}\n")


def _when(expression: str) -> bytes:
    return _seed("guideline", "when: evaluation_only,", f"when: '{expression}',")


# Kind and name → content.
TEXTS: dict[tuple[str, str], Maker] = {
    ("guideline", "anchors that explode"): lambda n: "\n".join(
        f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}, *a{i - 1}]" for i in range(1, 40)
    ).encode(),
    ("guideline", "an anchor within itself"): lambda n: b"a: &a [*a]",
    ("guideline", "merged aliases"): lambda n: b"a: &a {b: 1}\nc: {<<: [*a, *a]}",
    ("guideline", "tags"): lambda n: _in_guideline("!!python/object/apply:os.system ['true']"),
    ("guideline", "tags of its own"): lambda n: b"%TAG ! tag:x,2000:\n---\n!y {a: !!binary aGVsbG8=}",
    ("guideline", "nested lists"): lambda n: b"[" * 100_000 * n,
    ("guideline", "nested mappings"): lambda n: b"{a: " * 50_000 * n,
    ("guideline", "nested blocks"): lambda n: "".join("  " * i + f"a{i}:\n" for i in range(600)).encode(),
    ("guideline", "nested dashes"): lambda n: b"- " * 50_000 * n,
    ("guideline", "nested questions"): lambda n: b"? " * 50_000 * n,
    ("guideline", "a huge number"): lambda n: _in_guideline("9" * 90_000 * n),
    ("guideline", "a huge exponent"): lambda n: _in_guideline("1e999999999"),
    ("guideline", "a huge key"): lambda n: b"x" * 90_000 * n + b": 1",
    ("guideline", "many documents"): lambda n: b"a: 1\n---\n" * 10_000 * n,
    ("guideline", "an open quote"): lambda n: _in_guideline("'" + "x\n" * 40_000 * n),
    ("guideline", "quotes"): lambda n: _in_guideline("'" + "''" * 40_000 * n + "'"),
    ("guideline", "escapes"): lambda n: _in_guideline('"' + "\\x41" * 20_000 * n + '"'),
    ("guideline", "folds"): lambda n: _seed(
        "guideline", "      plan_of_care\n", "      plan_of_care\n" + "\n" * 90_000 * n
    ),
    ("guideline", "remarks"): lambda n: _in_guideline("a") + b"#\n" * 40_000 * n,
    ("guideline", "carriage returns"): lambda n: (
        (SEEDS / "guideline" / "everything.yaml").read_bytes().replace(b"\n", b"\r")
    ),
    ("guideline", "another encoding"): lambda n: (SEEDS / "guideline" / "everything.yaml").read_text().encode("utf-16"),
    ("guideline", "one key many times"): lambda n: b"a: 1\n" * 8_000 * n,
    ("guideline", "unknown keys"): lambda n: _in_guideline("a") + _lines(4 * n, "k{i}: 1").encode(),
    ("guideline", "entries"): lambda n: b"[" + b"a," * 20_000 * n + b"]",
    ("guideline", "criteria"): lambda n: _in_guideline("a").replace(
        b"criteria:\n",
        b"criteria:\n" + _lines(n, "  - {id: c{i}, text: x, requires: age_years > {i}, source: house-rule}").encode(),
    ),
    ("guideline", "nested brackets"): lambda n: _when("(" * 2400 + "true" + ")" * 2400),
    ("guideline", "an expression that doubles"): lambda n: _when("not (" * 55 + "true" + ") = true" * 55),
    ("guideline", "an expression that repeats itself"): lambda n: _when(
        "if (" * 50 + "age_years" + ") between 1 and 2 then 1 else 3" * 50 + " = 1"
    ),
    ("guideline", "a long expression"): lambda n: _when("x" * 90_000 * n),
    ("guideline", "another folder's file"): lambda n: _seed(
        "guideline", "limits: 2026.1.limits.csv", "limits: " + "x" * 300 + ".csv"
    ),
    ("examples", "facts"): lambda n: b"- name: a\n  request:\n" + _lines(3 * n, "    k{i}: 1").encode(),
    ("sources", "sources"): lambda n: _lines(
        n, "s{i}: {title: a, publisher: b, year: 2000, url: '', read: full}"
    ).encode(),
    ("overlay", "procedures"): lambda n: _seed(
        "overlay", '["97033", "97010"]', "[" + ", ".join(f'"{i:05d}"' for i in range(7_000 * n)) + "]"
    ),
    ("overlay", "procedures that are none"): lambda n: _seed(
        "overlay", '["97033", "97010"]', "[" + ", ".join(f"x{i}" for i in range(7_000 * n)) + "]"
    ),
    ("program", "rows"): lambda n: _seed_program(n),
    ("draft", "changes"): lambda n: _seed(
        "draft",
        "change: [{where: {}, visits: {at_most: 24, at_least: 3}}]",
        "change: [" + ",\n".join(["{where: {}, visits: {at_most: 24}}"] * 400 * n) + "]",
    ),
    ("draft", "keys of a change"): lambda n: _seed(
        "draft", "{at_most: 24, at_least: 3}", "{at_most: 24}, " + ", ".join(f"k{i}: 1" for i in range(4_000 * n))
    ),
    ("assumptions", "entries"): lambda n: (
        b"assumptions: a\nfacts:\n  intent:\n"
        + _lines(n // 2 or 1, "    - {where: {weeks_used: {i}}, value: habilitative, reason: r}").encode()
    ),
    ("mapping", "values"): lambda n: (
        b"columns:\n  Disc:\n    fact: discipline\n    values:\n" + _lines(3 * n, "      v{i}: PT").encode()
    ),
    ("limits", "rows"): lambda n: (
        _LIMITS + _lines(3, "r{i},rehabilitative,,{i}..{i},1,1,,house-rule,consensus,")[: 250 * 100 * n]
    ).encode(),
    ("limits", "columns"): lambda n: b"a," * 40_000 * n,
    ("limits", "an open quote"): lambda n: (_LIMITS + '"' + "x\n" * 40_000 * n).encode(),
    ("conditions", "rows of one code"): lambda n: _conditions(n),
    ("record", "nesting"): lambda n: (
        b'{"record": {"reasons": ' + b"[" * 9_000 * n + b"]" * 9_000 * n + b'}, "request": {}}'
    ),
    ("record", "a huge number"): lambda n: (
        b'{"record": {}, "request": {"requested_visits": ' + b"9" * 90_000 * n + b"}}"
    ),
}
_LIMITS = "id,intent,condition,weeks_since_onset,visits,weeks,per_week,source,evidence,note\n"


def _seed_program(n: int) -> bytes:
    row = "  - {line_of_business: commercial, states: [CT], disciplines: [PT], planned: soon, source: house-rule}"
    return ("program: review\nversion: '2019-11'\ntitle: t\npublished: 2019-10-01\nrows:\n" + _lines(n, row)).encode()


def _conditions(n: int) -> bytes:
    """Rows that all match one code, each ruled out by another cell."""
    rows = "".join(f"c{i},Label,PT,M54.5,{i % 120}..{i % 120},{i // 120}..{i // 120}\n" for i in range(280 * n))
    return f"condition,label,disciplines,icd10_prefixes,age_years,weeks_since_onset\n{rows}".encode()


_HEAD = b"request_id,discipline,plan\n"
# Case files: name (with its ending) → content.
CASES: dict[str, Maker] = {
    "a million columns.csv": lambda n: b"request_id,discipline," + b",".join(b"c%d" % i for i in range(100_000 * n)),
    "a million cells in a row.csv": lambda n: _HEAD + b"a,PT," + b"x," * 100_000 * n + b"\nb,OT,y\n",
    "a huge field.csv": lambda n: _HEAD + b"a,PT," + b"x" * 900_000 * n + b"\nb,OT,y\n",
    "a huge quoted field.csv": lambda n: _HEAD + b'a,PT,"' + b"x\n" * 15_000 * n + b'"\nb,OT,y\n',
    "quotes that never close.csv": lambda n: _HEAD + b'a,PT,"x\n' * 2_000 * n,
    "quotes only.csv": lambda n: _HEAD + b'"' * 400_000 * n,
    "quotes within.csv": lambda n: _HEAD + b'a,PT,"x"y"z"\n' * 5_000 * n,
    "NULs.csv": lambda n: b"\0" * 900_000 * n,
    "NULs in rows.csv": lambda n: _HEAD + b"a\0,PT,x\n" * 10_000 * n,
    "blank lines.csv": lambda n: _HEAD + b"\n" * 900_000 * n + b"a,PT,x\n",
    "carriage returns.csv": lambda n: _HEAD.replace(b"\n", b"\r") + b"a,PT,x\r" * 20_000 * n,
    "one id.csv": lambda n: _HEAD + b"a,PT,x\n" * 10_000 * n,
    "formulas.csv": lambda n: _HEAD + b"".join(b"r%d,PT,=1+1\n" % i for i in range(3_000 * n)),
    "encodings.csv": lambda n: (
        _HEAD + ("a,PT,é\n".encode() + b"b,PT,\xe9\n" + "c,PT,é\n".encode("utf-16-le")) * 2_000 * n
    ),
    "utf-16.csv": lambda n: (_HEAD.decode() + "a,PT,x\n" * 9_000 * n).encode("utf-16")[:-1],
    "separators.csv": lambda n: _HEAD + b",,\n" * 10_000 * n,
    "big numbers.csv": lambda n: (
        b"request_id,discipline,score_baseline,requested_visits\n"
        + b"".join(b"r%d,PT,1e%d,%s\n" % (i, i, b"9" * 300) for i in range(500 * n))
    ),
    "a bomb.xlsx": lambda n: _zip({"xl/workbook.xml": b"<a/>", "big": bytes(60_000_000 * n)}),
    "laughs.xlsx": lambda n: _workbook(_LAUGHS, "<v>&e;</v>"),
    "a far cell.xlsx": lambda n: _workbook("", '<c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"/>'),
    "text.xlsx": lambda n: b"PK\x03\x04" + b"x" * 1000,
    "text.parquet": lambda n: b"PAR1" + b"\xff" * 90_000 * n + b"\xff\xff\xff\x7fPAR1",
    "a footer that lies.parquet": lambda n: b"PAR1" + bytes(100) + b"\x10\0\0\0PAR1",
}
_LAUGHS = (
    '<!DOCTYPE a [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + i)} "{f"&{chr(97 + i)};" * 100}">' for i in range(4))
    + "]>"
)


def laughs(n: int) -> bytes:
    return f"<?xml version='1.0'?>{_LAUGHS}<tests><test name='&e;'><expression>&e;</expression></test></tests>".encode()


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return out.getvalue()


def _workbook(doctype: str, cells: str) -> bytes:
    """A workbook whose one sheet is written by hand."""
    made = io.BytesIO()
    Workbook().save(made)
    with zipfile.ZipFile(made) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    files["xl/worksheets/sheet1.xml"] = (
        f'<?xml version="1.0"?>{doctype}<worksheet xmlns="{space}"><sheetData><row r="1">'
        f"{cells}</row></sheetData></worksheet>"
    ).encode()
    return _zip(files)

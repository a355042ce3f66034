"""The terminal, handed files and words of any kind: an exit code, never a traceback; with --json one JSON value."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.kinds import KINDS, SEEDS, library
from fuzz.kinds import lay_out as lay_out_base
from fuzz.mutate import ODD, garbage, texts
from workbench.reading.read import read_to
from workbench.terminal.parser import main

# Calls that are good as they stand; what follows a colon names the kind of file that may be broken.
CALLS = [
    "check :guideline :examples",
    "check --coverage :limits :conditions",
    "check :draft",
    "check :assumptions",
    "check :scenario",
    "check guidelines/plans :overlay --strict",
    "read cases :cases --force --out out.parquet --quarantine q.csv",
    "read cases :cases --force --out out[1].parquet --json",
    "read cases :to_map --mapping :mapping --force --out out.parquet",
    "read --suggest :cases",
    "read narratives :cases --force --out o.parquet",
    "read imr :cases --force --out o.parquet",
    "read claims :cases --force --out o.parquet",
    "decide :request",
    "decide :request --draft :draft --by-date",
    "decide :request --program review --as-of 2026-02-01 :program :base",
    "replay --cases :cases --assume :assumptions --force --out out.parquet",
    "replay --cases :marked --replay carried_forward --force --out out.parquet",
    "replay --cases :marked --force --out out.parquet",
    "replay --cases :to_map --mapping :mapping --draft :draft --engine reference --force --out out.parquet",
    "compare --cases :cases --draft :draft",
    "compare --cases :marked --draft :draft --release --log releases.log",
    "diff :draft",
    "diff physical-therapy/2026.1 physical-therapy/2026.1 :measures :sources",
    "program review --on 2020-01-01 :program",
    "recompute :record",
    "recompute :record --draft :draft",
    "conformance tests :conformance",
    "deidentify :cases --profile safe_harbor --force --out private.csv",
    "deidentify :marked --profile safe_harbor --force --out private.parquet --map :surrogates",
]
OWN = {
    "cases": "cases.csv",
    "marked": "marked.parquet",
    "to_map": "to_map.csv",
    "conformance": "tests/own.xml",
    "surrogates": "map.csv",
}
# Files that are there but not named in the call: they are read all the same.
UNNAMED = ("limits", "conditions", "program", "base", "measures", "sources", "conformance", "overlay", "examples")


def path_of(kind: str) -> Path:
    return Path(OWN.get(kind) or KINDS[kind].path)


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    here, before = tmp_path_factory.mktemp("terminal"), Path.cwd()
    lay_out_base(here)
    os.chdir(here)
    for kind, seed in {
        "request": "everything.yaml",
        "scenario": "everything.yaml",
        "record": "everything.json",
        "cases": "plain.csv",
        "conformance": "own.xml",
        "surrogates": "map.csv",
    }.items():
        path_of(kind).parent.mkdir(exist_ok=True)
        path_of(kind).write_bytes((SEEDS / kind / seed).read_bytes())
    read_to("cases.csv", "marked.parquet", library(), force=True)
    yield
    os.chdir(before)


def run(call: list[str]) -> int:
    """The exit code of a call; what it prints is checked."""
    out, err = (
        io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors=e, write_through=True)
        for e in ("strict", "backslashreplace")
    )  # as Python opens them
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(call)
        except SystemExit as exit_:
            code = exit_.code
    said, told = (stream.buffer.getvalue().decode() for stream in (out, err))
    assert code in (0, 1, 2) and "Traceback" not in said + told
    assert not code or said or told, "a call that fails says why"
    if "--json" in call and said:
        json.loads(said)
    return code


def words(call: str) -> list[str]:
    kinds = [w[1:] for w in call.split() if w.startswith(":")]
    return [
        str(path_of(w[1:])) if w.startswith(":") else w
        for w in call.split()
        if not (w[1:] in kinds and w[1:] in UNNAMED)
    ]


@pytest.mark.parametrize("call", CALLS)
def test_a_sound_call(call: str) -> None:
    assert run(words(call)) in (
        (0, 1, 2) if call.startswith(("read imr", "read claims", "read narratives")) else (0, 1)
    )


@cache
def corpus(kind: str) -> list[bytes]:
    if kind in KINDS:
        return KINDS[kind].corpus()
    if kind in ("marked", "to_map"):
        return [path_of(kind).read_bytes(), *corpus("cases")]
    return [p.read_bytes() for p in sorted((SEEDS / kind).iterdir())]


@st.composite
def broken(draw: st.DrawFn) -> tuple[list[str], str, bytes]:
    """A call, a kind of file that it reads, and what that file holds."""
    call = draw(st.sampled_from(CALLS))
    kind = draw(st.sampled_from([w[1:] for w in call.split() if w.startswith(":")]))
    if kind == "marked" or draw(st.integers(0, 3)) == 0:
        content = draw(garbage(corpus(kind)))
    else:
        content = draw(texts([c.decode("utf-8", "surrogateescape") for c in corpus(kind)])).encode(
            "utf-8", "surrogateescape"
        )
    return [*words(call), *draw(st.sampled_from(([], ["--json"])))], kind, content


@given(broken())
def test_a_broken_file(case: tuple[list[str], str, bytes]) -> None:
    call, kind, content = case
    path = path_of(kind)
    before = path.read_bytes()
    path.write_bytes(content)
    try:
        run(call)
    finally:
        path.write_bytes(before)


@given(st.sampled_from(CALLS), st.data())
def test_an_odd_word(call: str, data: st.DataObject) -> None:
    """A word of the call replaced, left out or put in."""
    args = words(call)
    odd = st.sampled_from(
        [
            *(o for o in ODD if o and "\x00" not in o),
            "--json",
            "--cases",
            "--out",
            ".",
            "/",
            "guidelines",
            "-1",
            "~",
            "out/of/reach.csv",
            "2026-02-30",
            "/dev/null",
            "cases.csv",
        ]
    )
    for _ in range(data.draw(st.integers(1, 2))):
        at = data.draw(st.integers(0, len(args)))
        args[at : at + data.draw(st.integers(0, 1))] = [data.draw(odd)]
    if args[:1] != ["scenario"]:
        run(args)

"""One broken file for each message: what stands in tests/errors/<area>/<case>/ gives exactly its expected.txt.

A case is laid over the small sound library in tests/errors/_base (what `absent.txt` lists is taken away) and run in
that folder. By default the library is loaded; an area with a `_run.py` says for itself what is run:
`run(case: Path) -> Iterable[Problem]`, which may raise ProblemsFound; the current folder is the laid-out copy.

WORKBENCH_REWRITE=1 pytest tests/test_errors.py writes every expected.txt anew, to be read before it is kept.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

import workbench
from workbench.errors import CODES, Problem, ProblemsFound
from workbench.guideline.digests import short
from workbench.guideline.load import load_guidelines
from workbench.guideline.resolve import guideline_digest

ERRORS = Path(__file__).parent / "errors"
CASES = sorted(
    p for p in ERRORS.glob("*/*") if p.is_dir() and not p.parent.name.startswith("_") and not p.name.startswith("_")
)
Run = Callable[[Path], Iterable[Problem]]


def runner(area: Path) -> Run:
    own = area / "_run.py"
    if not own.exists():
        return lambda case: load_guidelines("guidelines").warnings
    spec = importlib.util.spec_from_file_location(f"errors_{area.name}", own)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.run


@pytest.fixture(scope="module")
def digest() -> str:
    """Of the base's physical therapy; files and texts say DIGEST for it."""
    return guideline_digest(load_guidelines(ERRORS / "_base" / "guidelines"), "physical-therapy", "2026.1")


def lay_out(case: Path, here: Path, digest: str) -> None:
    shutil.copytree(ERRORS / "_base", here, dirs_exist_ok=True)
    shutil.copytree(case, here, dirs_exist_ok=True)
    absent = case / "absent.txt"
    for name in absent.read_text().split() if absent.exists() else ():
        path = here / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for draft in here.glob("*.yaml"):
        text = draft.read_bytes()
        draft.write_bytes(text.replace(b"DIGEST", digest.encode()))


def shown(case: Path, here: Path, digest: str, monkeypatch: pytest.MonkeyPatch) -> str:
    lay_out(case, here, digest)
    monkeypatch.chdir(here)
    try:
        problems = list(runner(case.parent)(here))
    except ProblemsFound as found:
        problems = list(found.problems)
    return "".join(f"{p}\n" for p in problems).replace(digest, "DIGEST").replace(short(digest), "DIGEST")


@pytest.mark.parametrize("case", CASES, ids=[f"{c.parent.name}/{c.name}" for c in CASES])
def test_a_broken_file_says_what_is_wrong(
    case: Path, tmp_path: Path, digest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = shown(case, tmp_path / "case", digest, monkeypatch)
    expected = case / "expected.txt"
    if os.environ.get("WORKBENCH_REWRITE"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")
    assert text, "a case that nothing is wrong with shows nothing"
    if case.name in CODES:
        assert f" {case.name} " in text, "a case named after a code shows it"


def test_the_base_is_sound(tmp_path: Path, digest: str, monkeypatch: pytest.MonkeyPatch) -> None:
    empty = tmp_path / "none"
    empty.mkdir()
    assert shown(empty, tmp_path / "case", digest, monkeypatch) == ""


def codes(area: str = "*") -> set[str]:
    lines = [line for path in ERRORS.glob(f"{area}/*/expected.txt") for line in path.read_text().splitlines()]
    lines = [line for line in lines if not line.startswith("note, ")]  # what is noted of a row has no code
    return {line.split(": ", 1)[1].split(" ", 1)[0] for line in lines}


def test_every_code_is_raised_somewhere() -> None:
    room = Path(workbench.__file__).parent
    said = "".join(p.read_text(encoding="utf-8") for p in room.rglob("*.py") if p != room / "errors.py")
    assert [code for code in CODES if f'"{code}"' not in said] == []


def test_at_least_forty_codes_are_shown() -> None:
    assert codes() <= set(CODES)
    assert len(codes()) >= 40


def test_twelve_mistakes_give_twelve_problems_at_their_places() -> None:
    """Each broken line of the file says in a comment which problem it is."""
    case = ERRORS / "guideline" / "twelve-mistakes"
    lines = (case / "guidelines" / "physical-therapy" / "2026.1.yaml").read_text().splitlines()
    meant = {(number, line.rsplit("# wrong: ", 1)[1]) for number, line in enumerate(lines, 1) if "# wrong: " in line}
    told = [line.split(": ", 1) for line in (case / "expected.txt").read_text().splitlines()]
    found = {(int(place.split(":")[1]), text.split(" ", 1)[0]) for place, text in told}
    assert found == meant
    assert len(told) == 12 and len({code for _, code in found}) == 12

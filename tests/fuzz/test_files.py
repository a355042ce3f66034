"""Files that people write, broken in every way: they are read, or all that is wrong is said, each where it stands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.kinds import KINDS, LIBRARY, OTHERS, SEEDS, Kind, lay_out
from fuzz.mutate import garbage, structures, texts, trees
from fuzz.places import placed_in_files
from workbench.errors import ProblemsFound

SEED_FILES = [p for k in KINDS for p in sorted((SEEDS / k).glob("*"))]


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    here, before = tmp_path_factory.mktemp("files"), Path.cwd()
    lay_out(here)
    os.chdir(here)
    yield
    os.chdir(before)


def reads(kind: Kind, data: bytes) -> None:
    """Read the file with this content in its place, then put back what stood there."""
    path = Path(kind.path)
    before = path.read_bytes() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    try:
        placed_in_files(kind.run())
    except ProblemsFound as found:
        assert found.problems
        placed_in_files(found.problems)
    finally:
        path.unlink()
        if before is not None:
            path.write_bytes(before)


@pytest.mark.parametrize("file", SEED_FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_seed(file: Path) -> None:
    reads(KINDS[file.parent.name], file.read_bytes())


@cache
def corpus(kind: Kind) -> list[str]:
    return kind.texts()


@cache
def shapes(kind: Kind) -> list[object]:
    return trees(corpus(kind))


def mutated(kinds: list[Kind]) -> st.SearchStrategy[tuple[Kind, bytes]]:
    return st.sampled_from(kinds).flatmap(lambda k: texts(corpus(k)).map(
        lambda text: (k, text.encode("utf-8", "surrogateescape"))))


def reshaped(kinds: list[Kind]) -> st.SearchStrategy[tuple[Kind, bytes]]:
    kinds = [k for k in kinds if not k.path.endswith(".csv")]
    return st.sampled_from(kinds).flatmap(lambda k: structures(shapes(k)).map(lambda text: (k, text.encode())))


@given(mutated(LIBRARY))
def test_mutated_guideline_files(case: tuple[Kind, bytes]) -> None:
    reads(*case)


@given(reshaped(LIBRARY))
def test_guideline_files_of_another_shape(case: tuple[Kind, bytes]) -> None:
    reads(*case)


@given(mutated(OTHERS))
def test_mutated_files_beside_the_guidelines(case: tuple[Kind, bytes]) -> None:
    reads(*case)


@given(reshaped(OTHERS))
def test_files_beside_the_guidelines_of_another_shape(case: tuple[Kind, bytes]) -> None:
    reads(*case)


@given(st.sampled_from(list(KINDS.values())), st.data())
def test_garbage(kind: Kind, data: st.DataObject) -> None:
    reads(kind, data.draw(st.one_of(st.binary(max_size=200), garbage([t.encode("utf-8", "surrogateescape")
                                                                      for t in corpus(kind)]))))

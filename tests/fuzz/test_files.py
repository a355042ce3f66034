"""Files that people write, broken in every way: they are read, or all that is wrong is said, each where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.kinds import KINDS, LIBRARY, OTHERS, SEEDS, Kind, holding, laid_out
from fuzz.mutate import garbage, slips, structures, texts, trees
from fuzz.places import placed_in_files
from workbench.errors import ProblemsFound

YAMLS = [k for k in KINDS.values() if not k.path.endswith(".csv")]
SEED_FILES = [p for k in KINDS for p in sorted((SEEDS / k).glob("*"))]


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with laid_out(tmp_path_factory.mktemp("files")):
        yield


def reads(kind: Kind, data: bytes) -> None:
    """Read the file with this content in its place, then put back what stood there."""
    with holding(kind, data):
        try:
            placed_in_files(kind.run())
        except ProblemsFound as found:
            assert found.problems
            placed_in_files(found.problems)


@pytest.mark.parametrize("file", SEED_FILES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_seed(file: Path) -> None:
    reads(KINDS[file.parent.name], file.read_bytes())


@cache
def corpus(kind: Kind) -> list[str]:
    return kind.texts()


@cache
def shapes(kind: Kind) -> list[object]:
    return trees(corpus(kind))


@cache
def sound(kind: Kind) -> list[object]:
    return trees(kind.sound())


def mutated(kinds: list[Kind]) -> st.SearchStrategy[tuple[Kind, bytes]]:
    return st.sampled_from(kinds).flatmap(
        lambda k: texts(corpus(k)).map(lambda text: (k, text.encode("utf-8", "surrogateescape")))
    )


def reshaped(kinds: list[Kind]) -> st.SearchStrategy[tuple[Kind, bytes]]:
    kinds = [k for k in kinds if k in YAMLS]
    return st.sampled_from(kinds).flatmap(lambda k: structures(shapes(k)).map(lambda tree: (k, k.written(tree))))


@given(st.sampled_from(YAMLS).flatmap(lambda k: slips(sound(k)).map(lambda tree: (k, k.written(tree)))))
def test_one_slip(case: tuple[Kind, bytes]) -> None:
    reads(*case)


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
    reads(
        kind,
        data.draw(
            st.one_of(st.binary(max_size=200), garbage([t.encode("utf-8", "surrogateescape") for t in corpus(kind)]))
        ),
    )

"""Files that would eat a machine: each is answered, well, and with work that does not grow out of hand.

CI makes them small; `make fuzz` makes them ten times as large unless told to do little.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from effort import calls_at_most
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.hostile import CASES, TEXTS, laughs
from fuzz.kinds import KINDS, laid_out
from fuzz.test_cases import opens
from fuzz.test_cases import reads as reads_cases
from fuzz.test_files import reads
from workbench.engine.conformance import conformance
from workbench.errors import ProblemsFound

SIZE = 10 if int(os.environ.get("WORKBENCH_FUZZ", "0")) >= 2000 else 1
MOST = 50_000_000 * SIZE  # calls; what takes the most (separators.csv) makes 25 million at size 1


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with laid_out(tmp_path_factory.mktemp("hostile")):
        yield


# A strategy of few things is run through whole; `make fuzz` picks the test by its mark.
@settings(max_examples=len(TEXTS))
@given(st.sampled_from(list(TEXTS)))
def test_hostile_files(name: tuple[str, str]) -> None:
    content = TEXTS[name](SIZE)
    with calls_at_most(MOST):
        reads(KINDS[name[0]], content)


@settings(max_examples=len(CASES))
@given(st.sampled_from(list(CASES)))
def test_hostile_cases(name: str) -> None:
    path = Path(name)
    path.write_bytes(CASES[name](SIZE))
    with calls_at_most(MOST):
        reads_cases(path)
        opens(path)
    path.unlink()


def test_xml_that_laughs() -> None:
    Path("tests").mkdir()
    Path("tests/laughs.xml").write_bytes(laughs(SIZE))
    with calls_at_most(MOST), pytest.raises(ProblemsFound, match="unreadable"):
        conformance("tests")

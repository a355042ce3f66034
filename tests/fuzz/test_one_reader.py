"""A request is read in one way, wherever it stands: alone, among the examples beside a guideline, or in Python."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fuzz.kinds import library
from fuzz.mutate import SLIPS, flow
from workbench.cases.request import read_request
from workbench.errors import ProblemsFound
from workbench.facts import facts
from workbench.review.example_file import load_examples

_NAMES = [*facts(), "requested_wekes", "PT", ""]
_SOUND = {"discipline": "PT", "requested_visits": 8, "requested_weeks": 4, "condition": "low_back_pain"}
REQUESTS = st.builds(
    lambda odd, bare: {**({} if bare else _SOUND), **odd},
    st.dictionaries(st.sampled_from(_NAMES), st.sampled_from(SLIPS), max_size=3),
    st.booleans(),
)


def told(read) -> set[tuple[str, str, str]] | dict[str, object]:
    """What is said of a request; else the request."""
    try:
        return read()
    except ProblemsFound as found:
        return {(p.code, p.message, p.hint) for p in found.problems}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("requests")


@given(facts_=REQUESTS)
@example(facts_={"discipline": "PT", "procedures": ["AB123"], "requested_visits": 8})
@example(facts_={"discipline": "PT", "requested_visits": 0})
@example(facts_={"requested_wekes": 4})
def test_alone_and_among_examples(here: Path, facts_: Mapping[str, object]) -> None:
    alone, among = here / "request.yaml", here / "examples.yaml"
    alone.write_text(flow(facts_), encoding="utf-8")
    among.write_text(
        f"- name: one\n  request: {flow(facts_)}\n  expect: {{determination: approved}}\n  why: Of one.\n",
        encoding="utf-8",
    )

    def asked() -> dict[str, object]:
        (row,) = read_request(alone, library()).rows(named=True)
        return row

    def expected() -> dict[str, object]:
        (one,) = load_examples(among, library())
        (row,) = read_request(one.request, library()).rows(named=True)
        return row

    assert told(asked) == told(expected)

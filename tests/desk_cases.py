"""One library, a few thousand cases and a desk on them, made once."""

from __future__ import annotations

import pytest

from workbench.engine.setting import setting
from workbench.generator.generate import generate
from workbench.guideline.load import load_guidelines
from workbench.lab.tuning.case_sets import Cases, CaseSet
from workbench.lab.tuning.session import Desk
from workbench.study.replay import prepare

REQUESTS = 2_500


@pytest.fixture(scope="session")
def library():
    return load_guidelines("guidelines")


@pytest.fixture(scope="session")
def cases(library):
    """Generated requests of two plans and of none: each further plan is a group more to decide."""
    made = generate(9 * REQUESTS, 5, library)
    kept = made.filter(
        (made["plan"].is_null() & (made["line_of_business"] == "medicare")) | (made["plan"] == "harbor-commercial-ppo")
    )
    return kept.head(REQUESTS)


@pytest.fixture(scope="session")
def prepared(library, cases):
    return prepare(cases, setting(library))


@pytest.fixture(scope="session")
def _desk(library, cases):
    return Desk(library, (CaseSet("few", "A few requests", lambda _: Cases(cases, "made for the tests")),))


@pytest.fixture
def desk(_desk, tmp_path):
    _desk.drafts = tmp_path / "drafts"
    return _desk

"""A store of a test's own, over a small folder of guidelines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from intake_cases import SMALL

from workbench.engine.setting import Setting, setting
from workbench.guideline.load import load_guidelines
from workbench.intake.store import Store, open_store


@pytest.fixture(scope="session")
def small_setting() -> Setting:
    return setting(load_guidelines(SMALL))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "store.db", create=True)
    yield opened
    opened.close()

"""The libraries that these tests look at: the shipped one, and the small sound one of the error cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.guideline.load import load_guidelines
from workbench.guideline.model import Library

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def shipped() -> Library:
    return load_guidelines(ROOT / "guidelines")


@pytest.fixture(scope="session")
def small() -> Library:
    return load_guidelines(ROOT / "tests" / "errors" / "_base" / "guidelines")

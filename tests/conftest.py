"""How much the property tests generate: 20 examples each, or WORKBENCH_FUZZ of them in `make fuzz`, which CI runs
beside these tests with 120; what runs first; how many threads a test has."""

from __future__ import annotations

import gc
import os

import cpu_seconds
import pytest
from cpu_seconds import pytest_addoption, pytest_runtest_logreport, pytest_runtest_makereport, pytest_terminal_summary
from hypothesis import HealthCheck, settings

# Before anything imports Polars. Two workers share two cores, and the frames of tests are small: threads would only
# wait for one another.
os.environ.setdefault("POLARS_MAX_THREADS", "1")

__all__ = ["pytest_addoption", "pytest_runtest_logreport", "pytest_runtest_makereport", "pytest_terminal_summary"]

# A deadline for one example would fail on a busy machine; in CI the same examples come every time.
settings.register_profile(
    "workbench",
    max_examples=20,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "fuzz", settings.get_profile("workbench"), max_examples=int(os.environ.get("WORKBENCH_FUZZ", "2000"))
)
settings.load_profile("workbench")


def pytest_collection_finish() -> None:
    """What is there now lives to the end: the garbage collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    cpu_seconds.begin()


# These go over the same lines thousands of times, which tracing makes three times as long; that the lines are reached is
# for other tests to show.
LOOPS = ("generative", "fuzz/test_hostile", "peers", "mutation", "content/test_laws", "content/test_practice")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser and notebooks first: their files take minutes in one piece, and at the end one worker would wait for
    the other. (`--no-loadscope-reorder` keeps this order; pytest-xdist's own begins with the files of most tests.)"""
    for item in items:
        if item.nodeid.removeprefix("tests/").startswith(LOOPS):
            item.add_marker("no_cover")
    items.sort(key=lambda item: not any(item.get_closest_marker(m) for m in ("browser", "notebooks")))

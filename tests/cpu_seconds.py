"""`pytest --cpu=20`: the files and tests that take most seconds of CPU, those of their subprocesses included, over all
workers. On a busy machine seconds of the clock say little; these say nearly the same as on an idle one."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Generator

import pytest


def _spent() -> float:
    """Seconds of this process and of the children that it waited for."""
    who = (resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(u.ru_utime + u.ru_stime for u in who)


_last = _spent()
_tests: Counter[str] = Counter()


def begin() -> None:
    """What was spent so far, on imports and collection, is no test's."""
    global _last
    _last = _spent()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--cpu", type=int, default=0, metavar="N", help="tell the N files and tests that take most CPU")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Each phase of a test carries what was spent since the one before: xdist takes it along."""
    global _last
    report = yield
    now = _spent()
    report.cpu, _last = now - _last, now
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    _tests[report.nodeid] += getattr(report, "cpu", 0.0)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    most = config.getoption("--cpu")
    if not most:
        return
    files: Counter[str] = Counter()
    for name, seconds in _tests.items():
        files[name.partition("::")[0]] += seconds
    terminalreporter.section(f"{sum(files.values()):.0f} seconds of CPU")
    for found in (files, _tests):
        for name, seconds in found.most_common(most):
            terminalreporter.write_line(f"{seconds:7.1f} {name}")

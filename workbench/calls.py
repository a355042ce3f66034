"""What a call from the terminal comes to: exit codes, and paths that must be there."""

from __future__ import annotations

from os.path import exists
from pathlib import Path

from workbench.errors import Problem, ProblemsFound

GOOD, NO, WRONG = 0, 1, 2  # good; the answer is "no" (problems, a gate failed, a record differs); the call was wrong
# Problems of the call rather than of a file.
OF_THE_CALL = ("bad-call", "unknown-program", "unknown-guideline", "unknown-plan")


def need(path: str) -> Path:
    """A path that must be there, else the call was wrong."""
    if not exists(path):
        raise ProblemsFound([Problem("bad-call", "there is no such file or folder", path)])
    return Path(path)

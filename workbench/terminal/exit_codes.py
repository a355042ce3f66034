"""What a call from the terminal comes to: exit codes, and paths that must be there."""

from __future__ import annotations

from os.path import exists
from pathlib import Path

from workbench.errors import Problem, ProblemsFound

GOOD, NO, WRONG = 0, 1, 2  # good; the answer is "no" (problems, a gate failed, a record differs); the call was wrong
INTERRUPTED = 130
EXIT_CODES = """\
exit codes:
  0    good
  1    the answer is "no": problems found, a gate failed, a record differs
  2    the call was wrong: an argument, a file that is not there, an output that may not or can not be written
  130  interrupted; nothing was left half done
"""
# Problems of the call rather than of a file.
OF_THE_CALL = (
    "bad-call",
    "missing-extra",
    "unknown-program",
    "unknown-guideline",
    "unknown-plan",
    "unknown-request",
    "no-person",
    "bad-time",
    "output-is-input",
    "output-exists",
    "unwritable",
)


def need(path: str) -> Path:
    """A path that must be there, else the call was wrong."""
    if not exists(path):
        raise ProblemsFound([Problem("bad-call", "there is no such file or folder", path)])
    return Path(path)


def need_guidelines(path: str) -> Path:
    """The folder of the guidelines, which every verb needs."""
    if not exists(path):
        hint = "say by --guidelines FOLDER where they are, or call from the folder that holds them"
        raise ProblemsFound([Problem("bad-call", "there is no folder of guidelines here", path, hint=hint)])
    return Path(path)

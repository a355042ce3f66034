"""Calls of the terminal within a folder to practise a review in, shown in a notebook.

here = practice_folder("../guidelines")
call(here, "dossier make scenarios/one-number-for-voice.yaml --on 2026-12-01 --out dossier")
show_dossier(here / "dossier", "verdict", "effects")
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.review.practice import practice_folder

if TYPE_CHECKING:
    from workbench.lab.notebook_html import Shown

__all__ = ["call", "practice_folder"]


def call(here: Path, *calls: str) -> Shown:
    """Make calls of the terminal within the folder (`seal` for `workbench seal`), one after another; shows each with
    what it says and its exit code."""
    from workbench.lab.review_view import calls_shown
    from workbench.terminal.parser import main

    said, was = [], os.getcwd()
    os.chdir(here)
    try:
        for words in calls:
            out = io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                try:
                    code = main(shlex.split(words))
                except SystemExit as left:  # a call that argparse refuses
                    code = int(left.code or 0)
            said.append((words, out.getvalue().rstrip(), code))
    finally:
        os.chdir(was)
    return calls_shown(said)

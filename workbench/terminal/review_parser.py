"""The part of the command line that reviews a change: dossier, votes, seals, the gate of a pull request."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from workbench.terminal.arguments import count, day

Verb = Callable[..., Any]


def add_reviewing(verb: Verb, writing: argparse.ArgumentParser) -> None:
    """Add the verbs; `verb` makes one."""
    dossier = verb(
        "dossier", "Make a dossier of versions in review, or compute one again and say what differs.", writing
    )
    dossier.add_argument("act", choices=("make", "verify"))
    dossier.add_argument("what", metavar="SCENARIO.yaml | FOLDER", help="make: the scenario; verify: the dossier")
    dossier.add_argument("--out", metavar="FOLDER", help="make: where the dossier goes")
    dossier.add_argument("--on", type=day, metavar="DATE", help="make: the day it is made on; no clock is read")
    dossier.add_argument("--retire", action="store_true", help="make: ask for the versions compared with to be retired")
    dossier.add_argument("--scenario", metavar="FILE", help="verify: where the scenario lies now")
    dossier.add_argument("--question", action="append", metavar="NAME", help="make: only this one (may be given again)")
    dossier.add_argument("--seconds", type=count, default=10, metavar="N", help="the solver's time for one formula")

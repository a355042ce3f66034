"""The part of the command line that reviews a change: dossier, votes, seals, the gate of a pull request."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from workbench.terminal.arguments import count, day

Verb = Callable[..., Any]


def add_reviewing(verb: Verb, writing: argparse.ArgumentParser, replaying: argparse.ArgumentParser) -> None:
    """Add the verbs; `verb` makes one."""
    said = "Say what a draft, or one version or draft against another, does to the people of a history."
    impact = verb("impact", said, replaying, writing)
    impact.add_argument("one", metavar="ONE", help="a draft (.yaml), or a version: GUIDELINE/VERSION, PLAN/VERSION, …")
    impact.add_argument("two", metavar="TWO", nargs="?", help="another draft, or another version, that comes after")
    told = "groups of this fact, as age_band, language or plan (may be given again; default: those that lose most)"
    impact.add_argument("--by", action="append", metavar="FACT", default=[], help=told)
    impact.add_argument("--edits", action="store_true", help="put the effect down to edits (takes many replays)")
    impact.add_argument("--minutes", type=float, default=20.0, metavar="N", help="of a clinician for one request")
    impact.add_argument("--out", metavar="FILE", help="the requests that change, losers first (CSV or Parquet)")

    dossier = verb(
        "dossier", "Make a dossier of versions in review, or compute one again and say what differs.", writing
    )
    dossier.add_argument("act", choices=("make", "verify"))
    dossier.add_argument("what", metavar="SCENARIO.yaml | FOLDER", help="make: the scenario; verify: the dossier")
    dossier.add_argument("--out", metavar="FOLDER", help="make: where the dossier goes")
    dossier.add_argument("--on", type=day, metavar="DATE", help="make: the day it is made on; no clock is read")
    dossier.add_argument("--retire", action="store_true", help="make: ask for the versions compared with to be retired")
    why = "make: a law of pairs that is known to be broken, and why; it is put before who signs (may be given again)"
    dossier.add_argument("--accept", action="append", metavar="QUESTION=REASON", default=[], help=why)
    dossier.add_argument("--scenario", metavar="FILE", help="verify: where the scenario lies now")
    dossier.add_argument("--question", action="append", metavar="NAME", help="make: only this one (may be given again)")
    dossier.add_argument("--seconds", type=count, default=10, metavar="N", help="the solver's time for one formula")

    said = "Vote on a dossier, comment on it, or say how it stands: votes are committed first and opened together."
    sign = verb("sign", said)
    sign.add_argument("act", choices=("commit", "open", "comment", "show", "signers"))
    sign.add_argument("dossier", metavar="FOLDER", help="the dossier")
    sign.add_argument("--as", dest="reviewer", metavar="ID", help="who signs, as in seals/reviewers.yaml")
    sign.add_argument("--role", action="append", metavar="ROLE", default=[], help="commit: what they stand for")
    sign.add_argument("--vote", choices=("approve", "reject", "abstain"), help="commit: the vote")
    conflict = sign.add_mutually_exclusive_group()
    conflict.add_argument("--no-conflict", metavar="STATEMENT", help="commit: that there is no conflict of interest")
    conflict.add_argument("--conflict", metavar="STATEMENT", help="commit: the conflict of interest that there is")
    sign.add_argument("--keep", metavar="FILE", help="commit, open: the voter's own file; keep it to yourself")
    sign.add_argument("--item", metavar="ITEM", help="comment: on what")
    sign.add_argument("--text", metavar="TEXT", help="comment: what is said")
    sign.add_argument("--key", metavar="FILE", help="the private key (Ed25519); without it ssh-keygen signs")
    sign.add_argument("--on", type=day, metavar="DATE", help="the day; no clock is read")

    publish = verb("publish", "Publish what a signed dossier asks for, once it is computed again, and seal it.")
    publish.add_argument("dossier", metavar="FOLDER")
    publish.add_argument("--on", type=day, required=True, metavar="DATE", help="the day; no clock is read")
    publish.add_argument("--scenario", metavar="FILE", help="where the dossier's scenario lies now")

    seal = verb("seal", "Begin a folder's seals, over all that decides today and unsigned; or list the seals it keeps.")
    seal.add_argument("--founding", action="store_true", help="write the first seal")
    seal.add_argument("--on", type=day, metavar="DATE", help="with --founding: the day; no clock is read")

    practice = verb("practice", "Lay out a folder to practise a review in: a made-up change, reviewers, their keys.")
    practice.add_argument("folder", metavar="FOLDER", help="where it goes; new, or empty")

    said = "Judge what one revision of the repository changes in the guidelines of another; the verdict as Markdown."
    review = verb("review", said)
    review.add_argument("--base", required=True, metavar="REV", help="the revision before")
    review.add_argument("--head", default="HEAD", metavar="REV", help="the revision to judge (default: HEAD)")
    review.add_argument("--question", action="append", metavar="NAME", help="only this one (may be given again)")
    review.add_argument("--seconds", type=count, default=10, metavar="N", help="the solver's time for one formula")

"""The part of the command line that keeps requests: asked, answered, decided, listed, kept safe."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from workbench.terminal.arguments import count

# act → what stands after it, the options that it needs, and what it does
ACTS: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "new": ((), (), "make a store"),
    "submit": (("FILE.yaml",), ("at", "by"), "ask; it is answered at once"),
    "continue": (("ID", "FILE.yaml"), ("at", "by"), "ask for more after a request, with its history"),
    "amend": (("ID", "FILE.yaml"), ("at", "by"), "supply or correct facts; it is answered anew"),
    "withdraw": (("ID",), ("at", "by"), "take a request back"),
    "decide": (("ID",), ("at", "by", "credential", "field", "reason", "verdict"), "record what a clinician decided"),
    "list": ((), (), "list requests (--status, --member, --text)"),
    "worklist": ((), (), "list what waits for a clinician, urgent first, then by the clock"),
    "show": (("ID",), (), "print the history of a request"),
    "letter": (("ID",), (), "print the letter on a request"),
    "verify": ((), (), "say whether all is as it was written, and every answer comes out again"),
    "backup": ((), ("out",), "copy the store while others write"),
    "restore": (("COPY",), (), "put a backup in the store's place"),
    "export": ((), ("out",), "write all requests as cases (Parquet or CSV)"),
}
_TABLE = "\n".join(f"  {' '.join((act, *what)):<22}{says}" for act, (what, _, says) in ACTS.items())


def add_intake(verb: Callable[..., Any], deciding: argparse.ArgumentParser, writing: argparse.ArgumentParser) -> None:
    """Add the verb; `verb` makes one."""
    said = "Keep requests in a store: ask, amend, continue, decide, list, write the letter."
    intake = verb("intake", said, deciding, writing)
    intake.formatter_class, intake.epilog = argparse.RawDescriptionHelpFormatter, f"acts:\n{_TABLE}"
    intake.add_argument("act", choices=tuple(ACTS), metavar="ACT", help="one of those below")
    intake.add_argument("what", nargs="*", metavar="WHAT", help="what stands after it there")
    where = "the store: a SQLite file, or postgresql+psycopg://USER@HOST/NAME"
    intake.add_argument("--store", required=True, metavar="FILE|URL", help=where)
    intake.add_argument("--at", metavar="TIME", help="when, as 2026-03-02 or 2026-03-02T14:05; no clock is read")
    intake.add_argument("--by", metavar="NAME", help="who does it")
    intake.add_argument("--attended", type=int, metavar="N", help="continue: visits of the one before that took place")
    intake.add_argument("--verdict", metavar="WORD", help="decide: approved, approved_in_part, declined or noted")
    intake.add_argument("--credential", metavar="TEXT", help="decide: as PT, DPT or MD")
    intake.add_argument("--field", metavar="TEXT", help="decide: the field of practice")
    intake.add_argument("--reason", metavar="TEXT", help="decide, withdraw: why")
    intake.add_argument("--visits", type=int, metavar="N", help="decide: visits beside those that are granted already")
    intake.add_argument("--weeks", type=int, metavar="N", help="decide: weeks beside those that are granted already")
    intake.add_argument("--seen", type=count, metavar="N", help="decide: the entries that were looked at")
    intake.add_argument("--status", metavar="WORD", help="list: only these")
    intake.add_argument("--member", metavar="ID", help="list: only those of this member")
    intake.add_argument("--text", metavar="TEXT", default="", help="list: only those in which this stands")
    intake.add_argument("--out", metavar="FILE", help="backup, export: where it goes")

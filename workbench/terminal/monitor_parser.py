"""The part of the command line that monitors claims."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from workbench.terminal.arguments import day

Verb = Callable[..., Any]


def add_monitor(verb: Verb, deciding: argparse.ArgumentParser, writing: argparse.ArgumentParser) -> None:
    """Add the verb; `verb` makes one."""
    said = "Monitor claims: utilization, limit rows that review would have met, outliers, validation, before and after."
    monitor = verb("monitor", said, deciding, writing)
    monitor.add_argument("files", nargs="+", metavar="FILE", help="files of one kind")
    monitor.add_argument(
        "--source",
        choices=("cases", "claims", "lines"),
        default="cases",
        help="cases (default), claims as DE-SynPUF has them, or lines of claims (docs/monitoring.md)",
    )
    monitor.add_argument(
        "--since", type=day, metavar="DATE", help="hold what was before this day against what came after"
    )
    monitor.add_argument("--today", type=day, metavar="DATE", help="what lies after has not happened (default: today)")
    monitor.add_argument(
        "--q", type=float, default=0.05, metavar="SHARE", help="false alarms among flagged (default 0.05)"
    )
    monitor.add_argument("--out", metavar="FILE.html", help="the report as a page")
    told = "counts by month, and by provider, condition, state and line of business in it (CSV or Parquet)"
    monitor.add_argument("--trends", metavar="FILE", help=told)
    monitor.add_argument("--findings", metavar="FILE", help="each finding with its row and reason (CSV or Parquet)")

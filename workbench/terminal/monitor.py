"""`workbench monitor FILE`: claims history and utilization, providers and members, where review sleeps."""

from __future__ import annotations

from argparse import Namespace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.documents.outputs import claim, write_bytes
from workbench.errors import Problem, ProblemsFound
from workbench.terminal.exit_codes import GOOD, need
from workbench.terminal.streams import as_json

if TYPE_CHECKING:
    from workbench.engine.setting import Setting
    from workbench.guideline.model import Library
    from workbench.reading.sources.claim_lines import Claims
    from workbench.study.monitor import Monitoring


def checked(args: Namespace) -> None:
    """Raises ProblemsFound for an output that may not be written, and a share that is none."""
    read = [*args.files, args.guidelines]
    claim([args.out], read, force=args.force, endings=(".html",))
    for table in (args.findings, args.trends):
        claim([table], read, force=args.force, endings=(".csv", ".parquet"))
    if not 0 < args.q < 1:
        raise ProblemsFound([Problem("bad-call", "--q is a share between 0 and 1")])


def monitor(args: Namespace, library: Library, setting: Setting) -> int:
    """Monitor, write and say."""
    from workbench.study.monitor import monitor as run
    from workbench.words.monitor import lines

    claims = _claims(args, library)
    found = run(
        claims.lines,
        setting,
        today=args.today or date.today(),
        rows_are=claims.rows_are,
        cases=claims.cases,
        since=args.since,
        q=args.q,
        notes=claims.notes,
    )
    for file, table in ((args.findings, found.findings), (args.trends, found.trends)):
        if file:
            from workbench.study.sweep import write_table

            write_table(table, Path(file))
    if args.out:
        from workbench.review.monitor_page import monitor_page

        write_bytes(Path(args.out), monitor_page(found).encode())
    print(as_json(_as_dict(found)) if args.json else "\n".join(lines(found)))
    return GOOD


def _claims(args: Namespace, library: Library) -> Claims:
    """All files together; they are of one kind. Rows are counted on from file to file."""
    from workbench.reading.sources.claim_lines import joined, read_claims_file

    return joined([read_claims_file(need(f), library, args.source) for f in args.files], library)


def _as_dict(found: Monitoring) -> dict[str, object]:
    from workbench.study.monitor_checks import counts

    return {
        "about": found.about.as_dict(),
        "limits": found.limits.to_dicts(),
        "providers": found.funnel.providers.to_dicts(),
        "between_providers": found.funnel.between,
        "findings": counts(found.findings).to_dicts(),
        "steps": [] if found.interrupted is None else [vars(s) for s in found.interrupted.steps],
    }

"""`workbench impact ONE [TWO]`: what a change does to the people of a history."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.documents.outputs import claim
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.terminal.exit_codes import GOOD, need
from workbench.terminal.streams import as_json

if TYPE_CHECKING:
    from workbench.cases.frame import CaseFrame
    from workbench.guideline.model import Library
    from workbench.review.impact import How
    from workbench.study.impact import Impact


def impact(args: Namespace, library: Library, cases: CaseFrame, how: How) -> int:
    """Say it, and write the requests that change where `--out` says."""
    from workbench.study.impact_table import changed_table
    from workbench.study.sweep import write_table
    from workbench.words.impact import lines

    found = _impact(args, library, cases, how)
    if args.out:
        write_table(changed_table(found), Path(args.out))
    print(as_json(found.as_dict()) if args.json else "\n".join(lines(found, args.by)))
    return GOOD


def checked(args: Namespace) -> None:
    """Raises ProblemsFound for a fact that groups are not made by, and for an output that may not be written."""
    from workbench.study.impact import GROUPS

    odd = [b for b in args.by if b not in GROUPS]
    if odd:
        said = [Problem("bad-call", f"{b} is no fact that groups are made by", hint=nearest(b, GROUPS)) for b in odd]
        raise ProblemsFound(said)
    if args.minutes < 0 or args.by_date or args.engine != "columnar":
        said_ = "an impact is of one day, by the columnar engine, and a review takes no minutes below 0"
        raise ProblemsFound([Problem("bad-call", said_)])
    read = [args.one, args.two, args.cases, args.guidelines, args.mapping, args.assume]
    claim([args.out], read, force=args.force, endings=(".csv", ".parquet"))


def _impact(args: Namespace, library: Library, cases: CaseFrame, how: How) -> Impact:
    from workbench.guideline.load_draft import load_draft
    from workbench.review.difference import find
    from workbench.review.impact import impact_of_draft, impact_of_versions
    from workbench.review.tried_versions import id_of
    from workbench.terminal.diff import is_version

    names = [n for n in (args.one, args.two) if n]
    versions = [is_version(n, library) for n in names]
    if any(versions) and not all(versions) or versions == [True]:
        text = "a draft is held against the version that it was made on or another draft, a version against another"
        raise ProblemsFound([Problem("bad-call", text, hint="name the draft alone, or two drafts, or two versions")])
    if all(versions):
        one, two = (find(library, n) for n in names)
        if id_of(one) != id_of(two) or type(one) is not type(two):
            raise ProblemsFound([Problem("bad-call", f"{names[0]} and {names[1]} are not versions of one thing")])
        return impact_of_versions(library, cases, {id_of(one): (one.version, two.version)}, how)
    drafts = [load_draft(need(n), library) for n in names]
    return impact_of_draft(library, cases, drafts[-1], how, before=drafts[0] if len(drafts) == 2 else None)

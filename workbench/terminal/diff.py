"""`workbench diff ONE [TWO]`: what a draft, or one version or draft against another, changes."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.documents.outputs import claim, write_text
from workbench.errors import Problem, ProblemsFound
from workbench.guideline.load import load_guidelines
from workbench.terminal.exit_codes import GOOD, need, need_guidelines
from workbench.terminal.streams import as_json

if TYPE_CHECKING:
    from workbench.guideline.model import Draft, Library
    from workbench.review.difference import Difference


ENDINGS = {"plain": (".txt",), "html": (".html",), "markdown": (".md",), "json": (".json",)}


def diff(args: Namespace) -> int:
    """Print it, or write it. Raises ProblemsFound for names that are not there, and for what can not be compared."""
    if args.json and args.format not in (None, "json"):
        raise ProblemsFound([Problem("bad-call", f"--json and --format {args.format} are two formats")])
    form = "json" if args.json else args.format or "plain"
    claim([args.out], [args.one, args.two, args.cases, args.guidelines], force=args.force, endings=ENDINGS[form])
    library = load_guidelines(need_guidelines(args.guidelines))
    difference, before, draft = _difference(args, library)
    effects = []
    if args.prove:
        from workbench.terminal.prove import effects as proved

        effects = proved(args, library, before, draft)
    if form == "json":
        told = [e.as_dict() for e in effects]
        text = as_json(difference.as_dict() | ({"effects": told} if args.prove else {}))
    elif form == "plain":
        text = "\n".join([*difference.lines(), *(line for e in effects for line in ("", *e.lines()))])
    else:
        from workbench.review.difference_page import difference_markdown, difference_page

        page = difference_page(difference, effects) if form == "html" else difference_markdown(difference, effects)
        text = str(page).rstrip("\n")
    if args.out:
        write_text(Path(args.out), text + "\n")
    else:
        print(text)
    return GOOD


def _difference(args: Namespace, library: Library) -> tuple[Difference, Draft | None, Draft | None]:
    """The difference, and the drafts of both sides where they are drafts."""
    from workbench.review.difference import diff_draft, diff_versions

    drafts = [not is_version(name, library) for name in (args.one, args.two) if name]
    if args.two and drafts[0] != drafts[1]:
        text = "a draft is compared with another draft, or by itself with the version that it was made on"
        raise ProblemsFound([Problem("bad-call", text, hint="name the draft alone, or two drafts, or two versions")])
    if args.two and not drafts[0]:
        return diff_versions(library, args.one, args.two), None, None
    from workbench.guideline.load_draft import load_draft

    one = load_draft(need(args.one), library)
    if not args.two:
        return diff_draft(library, one), None, one
    two = load_draft(need(args.two), library)
    return diff_draft(library, two, before=one), one, two


def is_version(name: str, library: Library) -> bool:
    """Whether this names a version of the folder, and no draft: a version may be named by its file."""
    from workbench.review.difference import find

    if Path(name).suffix not in (".yaml", ".yml"):
        return True
    try:
        find(library, name)
    except ProblemsFound:
        return False
    return True

"""What the verbs of review do: parse nothing, decide nothing, print the answer and return the exit code."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from workbench.errors import Problem, ProblemsFound
from workbench.terminal.exit_codes import GOOD, NO, need
from workbench.terminal.streams import as_json

__all__ = ["dossier"]


def dossier(args: Namespace) -> int:
    """Make a dossier, or verify one; 1 where the verdict is that something breaks, or where a number differs."""
    _installed("z3", "reportlab", "matplotlib")
    return _make(args) if args.act == "make" else _verify(args)


def _make(args: Namespace) -> int:
    from workbench.guideline.load import load_guidelines
    from workbench.review.dossier.contents import Asked
    from workbench.review.dossier.folder import make_dossier
    from workbench.review.proof.prove import chosen_questions
    from workbench.review.scenario_file import load_scenario

    missing = [n for n in ("on", "out") if getattr(args, n) is None]
    if missing:
        hint = "workbench dossier make SCENARIO.yaml --on DATE --out FOLDER"
        raise ProblemsFound([Problem("bad-call", f"dossier make needs --{n}", hint=hint) for n in missing])
    library = load_guidelines(need(args.guidelines))
    scenario = load_scenario(need(args.what), library)
    asked = Asked(args.on, chosen_questions(args.question or ()), args.seconds, args.retire)
    held = make_dossier(scenario, library, asked, Path(args.out), force=args.force, progress=_progress(args))
    said = held["verdict"]
    if args.json:
        print(as_json({"folder": args.out, "verdict": said, "asks": held["asks"]}))
    else:
        print(said["sentence"], *(f"  breaks: {b}" for b in said["breaks"]), f"{args.out}/dossier.html", sep="\n")
    return GOOD if said["holds"] else NO


def _verify(args: Namespace) -> int:
    from workbench.review.dossier.folder import verify_dossier

    scenario = need(args.scenario) if args.scenario else None
    found = verify_dossier(need(args.what), str(need(args.guidelines)), scenario, progress=_progress(args))
    print(as_json(found.as_dict()) if args.json else "\n".join(found.lines()))
    return GOOD if found.same else NO


def _progress(args: Namespace) -> Callable[[str], None]:
    def tell(what: str) -> None:
        if not args.json and sys.stderr.isatty():
            print(what, "…", file=sys.stderr)

    return tell


def _installed(*libraries: str) -> None:
    """Raises ProblemsFound for a library of an extra that is not there."""
    missing = [name for name in libraries if find_spec(name) is None]
    if missing:
        hint = "pip install 'therapy-workbench[review]'"
        raise ProblemsFound([Problem("bad-call", f"this needs {', '.join(missing)}", hint=hint)])

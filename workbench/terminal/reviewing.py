"""What the verbs of review do: parse nothing, decide nothing, print the answer and return the exit code."""

from __future__ import annotations

import secrets
import sys
from argparse import Namespace
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from workbench.errors import Problem, ProblemsFound, nearest
from workbench.terminal.exit_codes import GOOD, NO, need
from workbench.terminal.streams import as_json

__all__ = ["dossier", "practice", "publish", "review", "seal", "sign"]


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
    pairs = [a.partition("=")[::2] for a in args.accept]
    if any(not reason for _, reason in pairs):
        hint = "--accept 'more-progress=goals are only asked for later'"
        raise ProblemsFound([Problem("bad-call", "--accept names a question and a reason", hint=hint)])
    chosen_questions(q for q, _ in pairs)
    asked = Asked(args.on, chosen_questions(args.question or ()), args.seconds, args.retire, tuple(pairs))
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


def sign(args: Namespace) -> int:
    """Write a document of a review; `show` says how it stands: 1 where it is not signed as it has to be."""
    from workbench.review.dossier.read import read_dossier
    from workbench.review.signing import votes
    from workbench.review.signing.reviewers import allowed_signers, load_reviewers
    from workbench.review.signing.standing import standing

    _installed("cryptography")
    folder = need(args.dossier)
    _, digest = read_dossier(folder)
    reviewers = load_reviewers(need(args.guidelines))
    if args.act == "signers":
        print(allowed_signers(reviewers), end="")
        return GOOD
    if args.act == "show":
        found = standing(digest, votes.documents(folder), reviewers, str(folder))
        print(as_json(found.as_dict()) if args.json else "\n".join(found.lines()))
        return GOOD if found.complete else NO
    path = _document(args, folder)
    told = {"document": str(path), "signed": bool(args.key)}
    print(as_json(told) if args.json else f"{path}" if args.key else f"{path}; sign it: {votes.how_to_sign(path)}")
    return GOOD


_NEEDS = {"commit": ("reviewer", "vote", "keep", "on"), "open": ("reviewer", "keep", "on"),
          "comment": ("reviewer", "item", "text", "on")}  # fmt: skip


def _document(args: Namespace, folder: Path) -> Path:
    from workbench.review.signing import votes
    from workbench.review.signing.reviewers import load_reviewers

    missing = [n for n in _NEEDS[args.act] if getattr(args, n) is None]
    if args.act == "commit" and args.conflict is None and args.no_conflict is None:
        missing.append("conflict or --no-conflict")
    if missing:
        named = {"reviewer": "as"}
        raise ProblemsFound([Problem("bad-call", f"sign {args.act} needs --{named.get(n, n)}") for n in missing])
    reviewers = load_reviewers(args.guidelines)
    if args.reviewer not in reviewers:
        hint = nearest(args.reviewer, reviewers) or "seals/reviewers.yaml names them"
        raise ProblemsFound([Problem("bad-call", f"there is no reviewer {args.reviewer}", args.guidelines, hint=hint)])
    who, key = reviewers[args.reviewer], need(args.key) if args.key else None
    if args.act == "comment":
        return votes.comment(folder, who, args.item, args.text, on=args.on, key=key)
    if args.act == "open":
        return votes.open_vote(folder, who, on=args.on, keep=need(args.keep), key=key)
    conflict = args.conflict is not None
    ballot = votes.Ballot(tuple(args.role), args.vote, conflict, args.conflict if conflict else args.no_conflict)
    salt = secrets.token_hex(32)
    return votes.commit(folder, who, ballot, on=args.on, salt=salt, keep=Path(args.keep), key=key)


def publish(args: Namespace) -> int:
    """Publish what a dossier asks for, once it is computed again."""
    from workbench.review.dossier.folder import Verified, verify_dossier
    from workbench.review.signing.publish import publish as run

    _installed("cryptography", "z3", "reportlab", "matplotlib")
    folder, guidelines = need(args.dossier), str(need(args.guidelines))
    scenario = need(args.scenario) if args.scenario else None

    def verify() -> Verified:
        return verify_dossier(folder, guidelines, scenario, progress=_progress(args))

    done = run(folder, guidelines, on=args.on, verify=verify)
    print(as_json(done.as_dict()) if args.json else "\n".join(done.lines()))
    return GOOD


def practice(args: Namespace) -> int:
    """Lay out a folder to practise in, and say what to do first there."""
    from workbench.review.practice import NAME, practice_folder

    _installed("cryptography")
    into = Path(args.folder)
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        told = "something lies there already"
        raise ProblemsFound([Problem("output-exists", told, str(into), hint="name a new folder")])
    here = practice_folder(need(args.guidelines), into)
    first = f"workbench dossier make scenarios/{NAME}.yaml --on 2026-12-01 --out dossier --question less-asked"
    print(f"{here}: a change to review, with reviewers and their keys; cd there, then", f"  {first}", sep="\n")
    return GOOD


def seal(args: Namespace) -> int:
    """Write the first seal, or list the seals and what stands against them."""
    from workbench.guideline.load import load_guidelines
    from workbench.review.signing.seals import found_seals, read_seals, seal_problems

    if args.founding != (args.on is not None):
        raise ProblemsFound([Problem("bad-call", "the first seal is of a day", hint="--founding --on DATE")])
    library = load_guidelines(need(args.guidelines))
    if args.founding:
        found_seals(library, args.on.isoformat())
    problems, seals = seal_problems(library), read_seals(library.root)
    told = [{"seal": s.number, "act": s.act, "on": s.on, "files": len(s.files), "file": s.file} for s in seals]
    if args.json:
        print(as_json({"seals": told, "problems": [p.as_dict() for p in problems]}))
    else:
        lines = [f"{s['seal']:>4}  {s['on']}  {s['act']}, {s['files']} files  {s['file']}" for s in told]
        print(*(lines or ["the folder keeps no seals"]), *problems, sep="\n")
    return NO if problems else GOOD


def review(args: Namespace) -> int:
    """Judge a revision against another; 1 where something breaks."""
    from tempfile import TemporaryDirectory

    from workbench.review.gate.review import review as judge
    from workbench.review.gate.revisions import lay_out
    from workbench.review.proof.prove import chosen_questions

    _installed("z3")
    questions = chosen_questions(args.question or ())
    with TemporaryDirectory() as folder:
        base, head = (
            lay_out(need(args.guidelines), revision, Path(folder) / name)
            for name, revision in (("base", args.base), ("head", args.head))
        )
        found = judge(base, head, questions=questions, seconds=args.seconds, progress=_progress(args))
    print(as_json(found.as_dict()) if args.json else found.markdown(), end="")
    return GOOD if found.holds else NO

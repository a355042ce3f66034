"""The verb `check`: a guideline folder with its examples, or loose drafts, scenarios and assumptions files."""

from __future__ import annotations

import json
import re
from argparse import Namespace
from dataclasses import dataclass, field
from pathlib import Path

from workbench.errors import Problem, ProblemsFound
from workbench.terminal.exit_codes import GOOD, NO, need

# The first key of a file tells what it is.
_KIND = re.compile(r"^(draft|scenario|assumptions)\s*:", re.MULTILINE)


@dataclass
class _Found:
    """What a check of several folders and files adds up to."""

    report: dict[str, object] = field(default_factory=dict)
    files: list[dict[str, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    failed: bool = False


def check(args: Namespace) -> int:
    roots, loose, within = _sorted_out(args)
    if args.sample is not None and not args.mutate:
        raise ProblemsFound([Problem("bad-call", "--sample draws from --mutate", hint="--mutate --sample 20")])
    found = _Found()
    for root in roots:
        _folder(root, within, args, found)
    for path, kind in loose:
        _loose(path, kind, args, found)
    if args.json:
        print(
            json.dumps(
                found.report | ({"files": found.files} if found.files else {}),
                ensure_ascii=False,
                indent=1,
                default=str,
            )
        )
    else:
        print(*found.lines, sep="\n")
    return NO if found.failed else GOOD


def _sorted_out(args: Namespace) -> tuple[list[str], list[tuple[str, str]], list[str]]:
    """The folders to load, loose files with their kind, and the paths that narrow what is shown."""
    roots, loose, within = [], [], []
    for path in args.paths:
        if (need(path) / "sources.yaml").exists():
            roots.append(path)
        elif Path(path).resolve().is_relative_to(Path(args.guidelines).resolve()):
            within.append(path)
        elif kind := _kind(Path(path)):
            loose.append((path, kind))
        else:
            raise ProblemsFound(
                [
                    Problem(
                        "bad-call",
                        "this is neither a guideline folder or a part of one, nor a "
                        "draft, a scenario or an assumptions file",
                        path,
                        hint="name the guideline folder with --guidelines",
                    )
                ]
            )
    if within or not (roots or loose):
        roots.append(args.guidelines)
    return roots, loose, within


def _kind(path: Path) -> str:
    if path.is_dir():
        return ""
    found = _KIND.search(path.read_bytes()[:100_000].decode("utf-8", "replace"))
    return found.group(1) if found else ""


def _concerns(problem: Problem, within: list[str]) -> bool:
    return not within or any(Path(problem.file).resolve().is_relative_to(Path(p).resolve()) for p in within)


def _folder(root: str, within: list[str], args: Namespace, found: _Found) -> None:
    from workbench.guideline.doubts import check_library
    from workbench.guideline.load import load_guidelines
    from workbench.review.examples import run_examples
    from workbench.review.signing.seals import read_seals, seal_problems, unchecked

    try:
        library = load_guidelines(need(root))
    except ProblemsFound as error:
        concerned = [p for p in error.problems if _concerns(p, within)]
        raise ProblemsFound(concerned or error.problems) from None
    broken_seals = [p for p in seal_problems(library) if _concerns(p, within)]
    if broken_seals:
        raise ProblemsFound(broken_seals)
    if unread := unchecked(read_seals(root)):
        found.lines.append(f"{root}: the signatures of {unread} seals were not checked; that needs [review]")
    warnings = [p for p in check_library(library) if _concerns(p, within)]
    examples = run_examples(library)
    broken = [p for p in examples.problems if _concerns(p, within)]
    found.failed |= bool(warnings) and args.strict or bool(broken)
    found.lines += [str(p) for p in (*warnings, *broken)]
    report = {
        "guidelines": [g.name for g in library.guidelines],
        "warnings": [w.as_dict() for w in warnings],
        "examples": {**examples.as_dict(), "failed": [p.as_dict() for p in broken]},
    }
    if args.coverage:
        from workbench.review.coverage import coverage

        reached = coverage(library)
        report["coverage"] = reached.as_dict()
        found.failed |= not reached.complete
        found.lines += reached.lines()
    if args.mutate:
        from workbench.review.mutate import mutate_library

        mutation = mutate_library(library, sample=args.sample)
        report["mutation"] = mutation.as_dict()
        found.failed |= not mutation.good_enough
        found.lines += mutation.lines()
    found.report |= report
    found.lines.append(
        f"{root}: {len(library.guidelines)} guidelines, {len(library.overlays)} overlays, {len(library.programs)} "
        f"programs: no problems, {len(warnings)} warnings, {examples.words()}"
    )


def _loose(path: str, kind: str, args: Namespace, found: _Found) -> None:
    from workbench.guideline.load import load_guidelines

    library = load_guidelines(need(args.guidelines))
    if kind == "draft":
        from workbench.guideline.load_draft import draft_warnings, load_draft

        warnings = draft_warnings(load_draft(path, library), library)
        found.lines += [str(w) for w in warnings]
        found.failed |= bool(warnings) and args.strict
    elif kind == "scenario":
        from workbench.review.scenario_file import load_scenario

        load_scenario(path, library)
    else:
        from workbench.cases.assume import load_assumptions

        load_assumptions(path, library)
    found.files.append({"file": path, "kind": kind})
    found.lines.append(f"{path}: no problems ({kind})")

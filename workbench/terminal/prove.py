"""`workbench prove [GUIDELINE …]`: questions about every request that there can be."""

from __future__ import annotations

from argparse import Namespace
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tqdm import tqdm

from workbench.errors import Problem, ProblemsFound
from workbench.guideline.load import load_guidelines
from workbench.terminal.exit_codes import GOOD, NO, need, need_guidelines
from workbench.terminal.streams import as_json

if TYPE_CHECKING:
    from workbench.guideline.model import Draft, Library
    from workbench.review.proof.effect import Effect


def prove(args: Namespace, *, quiet: bool) -> int:
    """Print the answers; 1 where one fails or could not be decided. Raises ProblemsFound for names that are not there,
    and where the solver is not installed."""
    _solver()
    from workbench.review.proof.prove import prove as run

    library = load_guidelines(need_guidelines(args.guidelines))
    draft = None
    if args.draft:
        from workbench.guideline.load_draft import load_draft

        draft = load_draft(need(args.draft), library)
    with tqdm(unit=" questions", disable=quiet, desc="prove") as bar:

        def progress(asked: int, of: int, what: str) -> None:
            bar.total, bar.n = of, asked
            bar.set_postfix_str(what)

        found = run(
            library,
            args.names,
            questions=args.question,
            plan=args.plan,
            draft=draft,
            seconds=args.seconds,
            progress=progress,
        )
        bar.n = bar.total or 0
        bar.set_postfix_str("")
    print(as_json(found.as_dict()) if args.json else "\n".join(found.lines()))
    return GOOD if found.holds else NO


def _solver() -> None:
    """Raises ProblemsFound where the solver is not installed."""
    if find_spec("z3") is None:
        hint = "pip install 'therapy-workbench[proof]'"
        raise ProblemsFound([Problem("bad-call", "proofs need the solver Z3", hint=hint)])


def effects(args: Namespace, library: Library, before: Draft | None, draft: Draft | None) -> list[Effect]:
    """What a draft, or one version against another, does to every request; for each guideline that a draft changes, and
    each plan that is asked about."""
    _solver()
    from workbench.guideline.versions import default_day, overlay_on
    from workbench.review.difference import touched
    from workbench.review.proof.effect import compare_draft, compare_versions

    cases = None
    if args.cases:
        from workbench.reading.read import read_cases

        cases = read_cases(need(args.cases), library, mapping=args.mapping).accepted
    plans = [args.plan]
    if args.every_plan:
        day = default_day(library)
        known = sorted({o.plan for o in library.overlays})
        plans = ["", *(p for p in known if overlay_on(library, p, day) is not None)]
    if draft is None:
        return [compare_versions(library, args.one, args.two, plan=p, cases=cases, seconds=args.seconds) for p in plans]
    touching = {g.name: g for d in (before, draft) if d is not None for g in touched(library, d)}
    return [
        compare_draft(library, draft, g, before=before, plan=p, cases=cases, seconds=args.seconds)
        for g in touching.values()
        for p in plans
    ]

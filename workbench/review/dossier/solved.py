"""The parts of a dossier that a solver answers, each pair of versions in a process of its own.

A solver's example hangs on everything that it was asked before in the same process. A process of its own starts from
nothing, and with sets in the same order, so that the same question gets the same example; two pairs are answered at
once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from workbench.cases.frame import CaseFrame
from workbench.guideline.load import load_guidelines
from workbench.guideline.model import Guideline, Library, Overlay
from workbench.guideline.versions import Version, every_version, latest_published
from workbench.review.dossier import parts
from workbench.review.tried_versions import library_with

PROCESSES, HASHES = 2, "PYTHONHASHSEED"

Pairs = Sequence[tuple[Version, Version]]
Part = dict[str, object]


def solved(
    library: Library,
    cases: CaseFrame,
    pairs: Pairs,
    questions: Sequence[str],
    seconds: int,
    progress: Callable[[str], None],
) -> tuple[list[Part], list[Part]]:
    """The proofs of each new version, and the effect of each on every request; `cases` are counted in its regions.
    Of an overlay: under each guideline that decides; of a program none."""
    proofs, effects = [], []
    asked = [(*pair, name) for pair in pairs for name in _under(library, pair[1])]
    if not asked:
        return [], []
    workers = min(PROCESSES, len(asked))
    with _same_hashes(), ProcessPoolExecutor(workers, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        jobs = [
            pool.submit(_job, library.root, cases, [old.name, new.name, under], tuple(questions), seconds)
            for old, new, under in asked
        ]
        for (_, new, under), job in zip(asked, jobs, strict=True):
            progress(f"proofs of {new.name}" + (f" under {under}" if under else ""))
            proof, effect = job.result()
            proofs.append(proof)
            effects.append(effect)
    return proofs, effects


@contextmanager
def _same_hashes() -> Iterator[None]:
    """New processes walk through sets in the same order each time: what a solver is told in another order it answers
    with another example."""
    before = os.environ.get(HASHES)
    os.environ[HASHES] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ[HASHES]
        else:
            os.environ[HASHES] = before


def _under(library: Library, new: Version) -> list[str]:
    """The guidelines under which a version is looked at; "" for a guideline itself."""
    if isinstance(new, Guideline):
        return [""]
    return [g.name for g in latest_published(library)] if isinstance(new, Overlay) else []


def sides_of(library: Library, guideline: Guideline, old: Overlay | None, new: Overlay) -> parts.Sides:
    """The folder with the old overlay in force, or none, and with the new one."""
    before, after = (library_with(library, {new.plan: o.version if o else ""}) for o in (old, new))
    return before, after, guideline, (old, new)


def _job(root: str, cases: CaseFrame, names: list[str], questions: tuple[str, ...], seconds: int) -> tuple[Part, Part]:
    library = load_guidelines(root)
    by_name = {x.name: x for x in every_version(library)}
    old, new, under = (by_name.get(n) for n in names)
    if isinstance(new, Overlay) and isinstance(under, Guideline):
        sides = sides_of(library, under, old if isinstance(old, Overlay) else None, new)
        return (parts.proofs_under(sides, questions, seconds), parts.effect_under(sides, cases, seconds))
    assert isinstance(old, Guideline) and isinstance(new, Guideline)
    return (parts.proofs(library, old, new, questions, seconds), parts.effect(library, cases, old, new, seconds))

"""The parts of a dossier that a solver answers, each pair of versions in a process of its own.

A solver's example hangs on everything that it was asked before in the same process. A process of its own starts from
nothing, so that the same question gets the same example, and two pairs are answered at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from workbench.cases.frame import CaseFrame
from workbench.guideline.load import load_guidelines
from workbench.guideline.model import Guideline, Library
from workbench.review.dossier import parts

PROCESSES = 2

Pairs = Sequence[tuple[Guideline, Guideline]]
Part = dict[str, object]


def solved(
    library: Library,
    cases: CaseFrame,
    pairs: Pairs,
    questions: Sequence[str],
    seconds: int,
    progress: Callable[[str], None],
) -> tuple[list[Part], list[Part]]:
    """The proofs of each new version, and the effect of each on every request; `cases` are counted in its regions."""
    proofs, effects = [], []
    workers = min(PROCESSES, len(pairs))
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        jobs = [
            pool.submit(_job, library.root, cases, [g.name for g in pair], tuple(questions), seconds) for pair in pairs
        ]
        for (_, new), job in zip(pairs, jobs, strict=True):
            progress(f"proofs of {new.name}")
            proof, effect = job.result()
            proofs.append(proof)
            effects.append(effect)
    return proofs, effects


def _job(root: str, cases: CaseFrame, names: list[str], questions: tuple[str, ...], seconds: int) -> tuple[Part, Part]:
    library = load_guidelines(root)
    by_name = {g.name: g for g in library.guidelines}
    old, new = (by_name[n] for n in names)
    return (parts.proofs(library, old, new, questions, seconds), parts.effect(library, cases, old, new, seconds))

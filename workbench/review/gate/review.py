"""What a revision changes in the guidelines, whether a law, an example, a gate or a seal breaks, in one verdict.

found = review(base_folder, head_folder)
found.holds, found.markdown()
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from workbench.errors import Problem, ProblemsFound
from workbench.guideline.load import load_guidelines
from workbench.guideline.model import DECIDES, Guideline, Library, Overlay
from workbench.guideline.versions import Version, begins, every_version, latest_published, lineage
from workbench.review.difference import diff_items
from workbench.review.dossier import parts
from workbench.review.dossier.as_markdown import as_markdown
from workbench.review.dossier.blocks import Block, Bullets, Heading, Table, Text
from workbench.review.dossier.inputs import guideline_files, table_files, version_files
from workbench.review.dossier.judged import Judged, judge
from workbench.review.dossier.page import verdict
from workbench.review.dossier.solved import sides_of
from workbench.review.examples import run_examples
from workbench.review.gate.guards import guards
from workbench.review.proof.prove import QUESTIONS
from workbench.review.scenario_file import load_scenario
from workbench.review.scenario_result import GateResult, try_scenario
from workbench.review.signing.seals import read_seals, seal_problems
from workbench.review.tried_versions import id_of
from workbench.words.numbers import several

Pair = tuple[Guideline | None, Guideline]  # the version before, where there is one


@dataclass(frozen=True)
class Reviewed:
    """`breaks` and `weigh` are sentences, as in a dossier; `blocks` the page."""

    breaks: tuple[str, ...]
    weigh: tuple[str, ...]
    blocks: tuple[Block, ...]

    @property
    def holds(self) -> bool:
        return not self.breaks

    def markdown(self) -> str:
        """The verdict as a comment on a pull request."""
        return as_markdown(self.blocks)

    def as_dict(self) -> dict[str, object]:
        return {"holds": self.holds, "breaks": list(self.breaks), "weigh": list(self.weigh)}


def review(
    base: Path,
    head: Path,
    *,
    questions: Sequence[str] = QUESTIONS,
    seconds: int = 10,
    progress: Callable[[str], None] = lambda _: None,
) -> Reviewed:
    """Judge a guideline folder against an earlier one. What is wrong with the files of `head` is part of the verdict;
    raises ProblemsFound for what is wrong with those of `base`."""
    before = load_guidelines(base)
    one, two = guideline_files(base), guideline_files(head)
    files = [(n, "added" if n not in one else "removed" if n not in two else "changed")
             for n in sorted(set(one) | set(two)) if one.get(n) != two.get(n)]  # fmt: skip
    try:
        library = load_guidelines(head)
        sealed = (p.at(_inside(p.file, head), p.line, p.column) for p in seal_problems(library))
        problems = (*_seals(base, head), *sealed)
    except ProblemsFound as found:
        return _unread(found.problems, head, files)
    changed = {name for name, _ in files}
    pairs = list(_pairs(library, changed))
    proofs = []
    for old, new in pairs:
        progress(f"proofs of {new.name}")
        proofs.append(parts.proofs(library, old, new, questions, seconds))
    progress("the examples")
    examples = run_examples(library) if files else None
    others = list(_others(library, changed))
    for was, now in others:
        for guideline in latest_published(library) if isinstance(now, Overlay) else ():
            progress(f"proofs of {guideline.name} under {now.name}")
            assert isinstance(now, Overlay) and (was is None or isinstance(was, Overlay))
            proofs.append(parts.proofs_under(sides_of(library, guideline, was, now), questions, seconds))
    gates = list(_gates(library, head, {new.name for _, new in (*pairs, *others)}, progress))
    not_run = [new.name for _, new in pairs if new.status == "in_review" and examples
               and new.name not in examples.versions]  # fmt: skip
    told = [f"{several(len(pairs) + len(others), 'version')} changed, in {several(len(files), 'file')}."]
    failed = examples.problems if examples else ()
    judged = judge(told, [g for _, g in gates], proofs, failed, not_run, asked=questions)
    breaks = (*(f"{p}" for p in problems), *judged.breaks)
    judged = replace(judged, breaks=breaks, weigh=(*guards(before, library), *judged.weigh))
    page = _page(judged, files, library, [*pairs, *others], gates)
    return Reviewed(breaks, judged.weigh, tuple(page))


def _unread(problems: Sequence[Problem], head: Path, files: Sequence[tuple[str, str]]) -> Reviewed:
    told = tuple(str(p.at(_inside(p.file, head), p.line, p.column)) for p in problems)
    judged = Judged(told, (), "The guidelines can not be read.")
    return Reviewed(told, (), tuple(_page(judged, files, None, [], [])))


def _inside(file: str, root: Path) -> str:
    """A file's name from the folder that holds the guidelines: where it was laid out tells nobody anything."""
    path = Path(file)
    return path.relative_to(root.parent).as_posix() if path.is_relative_to(root.parent) else file


def _seals(base: Path, head: Path) -> Iterator[Problem]:
    """Seals of the earlier folder that are no longer as they were."""
    now = {Path(s.file).name: s.text for s in read_seals(head)}
    for seal in read_seals(base):
        name = Path(seal.file).name
        if now.get(name) != seal.text:
            what = "is gone" if name not in now else "is another one"
            yield Problem(
                "seal-broken", f"a seal of the base {what}: seals are only ever added", f"{head.name}/seals/{name}"
            )


def _pairs(library: Library, changed: set[str]) -> Iterator[Pair]:
    """The versions whose files changed, or whose base's or tables' did, each with the version before it; a draft is
    nobody's yet."""
    root = Path(library.root)
    for new in library.guidelines:
        if new.base or new.status == "draft":
            continue
        own = set().union(*(version_files(root, g.file) for g in lineage(library, new)), table_files(library, new))
        if own & changed:
            older = [g for g in library.guidelines if g.id == new.id and g.status in DECIDES]
            yield max((g for g in older if g.effective < new.effective), key=lambda g: g.effective, default=None), new


def _others(library: Library, changed: set[str]) -> Iterator[tuple[Version | None, Version]]:
    """Overlays and programs whose files changed, each with the version before it."""
    root = Path(library.root)
    for new in every_version(library):
        if isinstance(new, Guideline) or new.status == "draft" or not version_files(root, new.file) & changed:
            continue
        older = [x for x in every_version(library) if id_of(x) == id_of(new) and x.status in DECIDES]
        yield max((x for x in older if begins(x) < begins(new)), key=begins, default=None), new


def _gates(
    library: Library, head: Path, versions: set[str], progress: Callable[[str], None]
) -> Iterator[tuple[str, GateResult]]:
    """The gates of the scenarios that try a version that changed."""
    for path in sorted((head.parent / "scenarios").glob("*.yaml")):
        scenario = load_scenario(path, library)
        if scenario.gates and versions & {f"{id_}/{v}" for id_, v in scenario.versions}:
            progress(f"the scenario {scenario.name}")
            for gate in try_scenario(scenario, library).gates:
                yield scenario.name, gate


def _page(
    judged: Judged,
    files: Sequence[tuple[str, str]],
    library: Library | None,
    pairs: Sequence[tuple[Version | None, Version]],
    gates: Sequence[tuple[str, GateResult]],
) -> Iterator[Block]:
    yield Heading("Guidelines: review of the change", 2)
    yield from verdict(judged.as_dict())
    for old, new in pairs:
        if library and old is not None:
            yield from _changes(library, old, new)
    if gates:
        yield Heading("Gates", 3)
        rows: list[list[Any]] = [
            [name, g.gate.name, f"{g.gate.bound.replace('_', ' ')} {g.gate.limit}",
             "" if g.published is None else f"{g.published:.4g}",
             "not known" if g.draft is None else f"{g.draft:.4g}", "holds" if g.holds else "fails"]
            for name, g in gates
        ]  # fmt: skip
        yield Text("Rates are shares from 0 to 1; newly_referred and lose_visits are requests.")
        yield Table(["scenario", "gate", "bound", "before", "it is", ""], rows, (3, 4))
    yield Heading("Files", 3)
    yield Table(["file", ""], files) if files else Text("No file of the guidelines changed.")


def _changes(library: Library, old: Version, new: Version) -> Iterator[Block]:
    found = diff_items(library, old, new)
    yield Heading(f"{old.name} → {new.name}: {found.counts()}", 3)
    yield Bullets(found.remarks)
    yield Table(["what", "old → new", "source"], [[s.title, s.change, s.source] for s in found.said])

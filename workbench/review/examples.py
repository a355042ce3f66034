"""The named examples: what a clinician expects, held against what the reference decides, under the latest published
version of each guideline and under every version in review."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.engine.columnar import decide_frame
from workbench.engine.decision import Decision
from workbench.engine.fact_values import exact
from workbench.engine.reference import Traced, decide
from workbench.engine.setting import Setting, setting
from workbench.errors import Problem, ProblemsFound
from workbench.guideline.load import EXAMPLES
from workbench.guideline.model import Draft, Guideline, Library
from workbench.guideline.versions import latest_published
from workbench.language.interpret import Facts, evaluate
from workbench.review.example_file import WRITTEN, Example, load_examples
from workbench.review.restated import restated
from workbench.study.replay import facts_of, prepare_alone

Files = Mapping[str, tuple[Example, ...]]  # folder of the guideline folder → the examples in it
PROGRAMS = "programs"


def read_all(library: Library) -> Files:
    """The examples of every guideline, base and program. Raises ProblemsFound with what is wrong in any of them."""
    folders = [g.id for g in library.guidelines] + [f"{PROGRAMS}/{p.program}" for p in library.programs]
    files: dict[str, tuple[Example, ...]] = {}
    problems: list[Problem] = []
    for folder in dict.fromkeys(folders):
        path = Path(library.root) / folder / EXAMPLES
        try:
            files[folder] = load_examples(path, library) if path.is_file() else ()
        except ProblemsFound as found:
            problems += found.problems
    if problems:
        raise ProblemsFound(problems)
    return files


def running(library: Library) -> tuple[Guideline, ...]:
    """The versions that examples run: the latest published one of each guideline, and those in review."""
    in_review = [g for g in library.guidelines if not g.base and g.status == "in_review"]
    return (*latest_published(library), *in_review)


def examples_of(library: Library, guideline: Guideline, files: Files | None = None) -> tuple[Example, ...]:
    """The examples that hold for a version: those beside it, and those beside its base that it claims. Raises
    ProblemsFound for a broken file."""
    files = read_all(library) if files is None else files
    base = library.base_of(guideline)
    lent = files.get(base.id, ()) if base is not None else ()
    return tuple(
        e
        for e in (*(x for x in lent if _claims(guideline, x)), *files.get(guideline.id, ()))
        if not e.versions or guideline.version in e.versions
    )


def _claims(guideline: Guideline, example: Example) -> bool:
    return evaluate(guideline.scope, exact(dict(example.request)), {}).value is True


def examples_of_programs(library: Library, files: Files | None = None) -> tuple[Example, ...]:
    """The examples beside the programs; each is decided under its program."""
    files = read_all(library) if files is None else files
    return tuple(
        e if e.program else replace(e, program=folder.removeprefix(f"{PROGRAMS}/"))
        for folder, examples in files.items()
        if folder.startswith(f"{PROGRAMS}/")
        for e in examples
    )


def deciding(library: Library, guideline: Guideline, *, draft: Draft | None = None) -> Setting:
    """A setting in which this version decides, on the day it takes effect."""
    return setting(library, as_of=guideline.effective, pins={guideline.id: guideline.version}, draft=draft)


def under_program(chosen: Setting, program: str | None) -> Setting:
    """The same setting with the program of an example."""
    return chosen if program == chosen.program else replace(chosen, program=program)


def outcome(decision: Decision, expect: Iterable[str]) -> dict[str, object]:
    """The columns of a record that an example names."""
    return {name: getattr(decision, name) for name in expect}


def run_example(example: Example, facts: Facts, chosen: Setting) -> tuple[Traced, Problem | None]:
    """Decide an example; the problem says what was expected and what came out."""
    traced = decide(facts, under_program(chosen, example.program))
    got = outcome(traced.decision, example.expect)
    wrong = [
        f"{name} {_show(got[name])}, expected {_show(want)}"
        for name, want in example.expect.items()
        if got[name] != want
    ]
    if not wrong:
        return traced, None
    why = f"reasons {_show(traced.decision.reasons)}, missing {_show(traced.decision.missing)}"
    version = f" under {traced.decision.guideline}/{traced.decision.version}" if traced.decision.guideline else ""
    text = f"“{example.name}”{version}: {'; '.join(wrong)}"
    return traced, Problem("example-fails", text, example.file, example.line, 1, why)


@dataclass(frozen=True)
class ExamplesRun:
    """`run` examples came out, one for each request and version, and a problem for each that did so otherwise than
    expected. `written` are the examples that somebody wrote, `requests` what they ask, `restated` those generated from
    rows of the limits, each counted once however many versions it runs. `versions` are the versions that were run."""

    run: int
    problems: tuple[Problem, ...]
    written: int = 0
    requests: int = 0
    restated: int = 0
    versions: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        return {
            "run": self.run,
            "written": self.written,
            "requests": self.requests,
            "restated": self.restated,
            "versions": list(self.versions),
        }

    def words(self) -> str:
        """The counts in a line."""
        return (
            f"{self.run - len(self.problems)} of {self.run} examples as expected ({self.written} written with a "
            f"clinician's reason, of {self.requests} requests, and {self.restated} restated from tables; run by "
            f"{', '.join(self.versions) or 'no version'})"
        )


def run_examples(library: Library) -> ExamplesRun:
    """All examples, written and restated: under the latest published version of the guideline that they stand beside
    and under those in review, or the versions that they name; those of a program under that."""
    files = read_all(library)
    seen: dict[tuple[str, str, str], Example] = {}
    problems: list[Problem] = []
    run, versions = 0, []
    for guideline in running(library):
        chosen, examples = deciding(library, guideline), examples_of(library, guideline, files)
        every = (*examples, *restated(chosen, guideline, examples))
        versions.append(guideline.name)
        run += len(every)
        seen |= {(guideline.id, e.file, e.name): e for e in every}
        problems += _failed(every, chosen)
    of_programs = examples_of_programs(library, files)
    run += len(of_programs)
    seen |= {("", e.file, e.name): e for e in of_programs}
    problems += _failed(of_programs, setting(library))
    written = {(e.file, e.name): e for e in seen.values() if e.kind == WRITTEN}
    return ExamplesRun(
        run,
        tuple(problems),
        len({(e.file, e.entry) for e in written.values()}),
        len(written),
        sum(e.kind != WRITTEN for e in seen.values()),
        tuple(versions),
    )


def _failed(examples: Iterable[Example], chosen: Setting) -> Iterator[Problem]:
    """The problems of those that come out otherwise than expected. All are decided in columns first, which agrees with
    the reference and is faster; what fails there is decided by the reference, which says why."""
    examples = tuple(examples)
    for program in dict.fromkeys(e.program for e in examples):
        mine = [e for e in examples if e.program == program]
        under = under_program(chosen, program)
        frame = prepare_alone([e.request for e in mine], under).frame
        records = decide_frame(frame, under).iter_rows(named=True)
        for example, row, record in zip(mine, frame.iter_rows(named=True), records, strict=True):
            if any(_told(record[name]) != want for name, want in example.expect.items()):
                problem = run_example(example, facts_of(row), under)[1]
                if problem is None:
                    raise AssertionError(f"“{example.name}”: the readings differ")
                yield problem


def _told(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _show(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(str, value)) + "]"
    return "null" if value is None else str(value)

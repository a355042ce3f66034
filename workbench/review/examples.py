"""The named examples beside a guideline: what a clinician expects, held against what the reference decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from workbench.cases.frame import stack
from workbench.cases.request import read_request
from workbench.engine.decision import Decision
from workbench.engine.interpret import Facts
from workbench.engine.reference import Traced, decide
from workbench.engine.setting import Setting, setting
from workbench.errors import Problem
from workbench.guideline.examples import Example, load_examples
from workbench.guideline.model import Guideline, Library
from workbench.study.replay import facts_of, prepare


@dataclass(frozen=True)
class ExamplesRun:
    """How many examples ran, and a problem for each that came out otherwise than expected."""

    run: int
    problems: tuple[Problem, ...]


def examples_of(library: Library, guideline: Guideline) -> tuple[Example, ...]:
    """The examples beside a guideline; none where the file is absent. Raises ProblemsFound for a broken file."""
    path = Path(guideline.file).with_name("examples.yaml")
    return load_examples(path, library) if path.exists() else ()


def deciding(library: Library, guideline: Guideline, **more: object) -> Setting:
    """A setting in which this version decides, on the day it takes effect."""
    return setting(library, as_of=guideline.effective, pins={guideline.id: guideline.version}, **more)


def facts_of_examples(examples: Iterable[Example], chosen: Setting) -> list[Facts]:
    """The requests of examples with their derived facts, in order."""
    frames = [read_request(example.request, chosen.library) for example in examples]
    if not frames:
        return []
    if all(frame["member_id"].null_count() for frame in frames):  # no episode can join them: derive them at once
        return [facts_of(row) for row in prepare(stack(frames), chosen).iter_rows(named=True)]
    return [facts_of(prepare(frame, chosen).row(0, named=True)) for frame in frames]


def outcome(decision: Decision, expect: Iterable[str]) -> dict[str, object]:
    """The columns of a record that an example names."""
    return {name: getattr(decision, name) for name in expect}


def run_example(example: Example, facts: Facts, chosen: Setting) -> tuple[Traced, Problem | None]:
    """Decide an example; the problem says what was expected and what came out."""
    traced = decide(facts, chosen)
    got = outcome(traced.decision, example.expect)
    wrong = [f"{name} {_show(got[name])}, expected {_show(want)}" for name, want in example.expect.items()
             if got[name] != want]
    if not wrong:
        return traced, None
    why = f"reasons {_show(traced.decision.reasons)}, missing {_show(traced.decision.missing)}"
    return traced, Problem("example-fails", f"“{example.name}”: {'; '.join(wrong)}", example.file, example.line, 1, why)


def run_examples(library: Library) -> ExamplesRun:
    """All examples, each under the latest published version of the guideline that it stands beside."""
    run, problems = 0, []
    for guideline in latest(library):
        chosen = deciding(library, guideline)
        examples = examples_of(library, guideline)
        for example, facts in zip(examples, facts_of_examples(examples, chosen), strict=True):
            run += 1
            problem = run_example(example, facts, chosen)[1]
            if problem is not None:
                problems.append(problem)
    return ExamplesRun(run, tuple(problems))


def latest(library: Library) -> tuple[Guideline, ...]:
    """The latest published version of each guideline that decides."""
    found: dict[str, Guideline] = {}
    for guideline in library.guidelines:
        if not guideline.base and guideline.status == "published":
            held = found.get(guideline.id)
            if held is None or guideline.effective > held.effective:
                found[guideline.id] = guideline
    return tuple(found[id_] for id_ in sorted(found))


def _show(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(map(str, value)) + "]"
    return "null" if value is None else str(value)

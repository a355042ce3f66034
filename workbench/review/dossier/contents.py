"""What a dossier holds, as plain JSON matter, computed from a scenario, the guideline folder and its cases alone.

    contents(load_scenario("scenarios/version-2026-2.yaml", library), library, Asked(date(2026, 11, 26)))

The same inputs and the same software give the same bytes: no clock is read, days are told.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from workbench.errors import Problem, ProblemsFound
from workbench.guideline.digests import digest
from workbench.guideline.model import Guideline, Library, Overlay, Program
from workbench.guideline.resolve import guideline_digest
from workbench.guideline.versions import Version
from workbench.review.dossier import parts
from workbench.review.dossier.inputs import bases, beside, deciding, digests, file_digest, software
from workbench.review.dossier.judged import judge
from workbench.review.dossier.read import SCHEMA, Contents
from workbench.review.dossier.solved import Pairs, solved
from workbench.review.examples import run_examples
from workbench.review.proof.prove import QUESTIONS, UNDECIDED
from workbench.review.scenario_file import Scenario
from workbench.review.scenario_result import Trial, try_scenario, versions_tried
from workbench.words.decisions import CANNOT_KNOW
from workbench.words.numbers import several

PLACES = 9  # of a number that is not whole: behind them lies what another processor may compute otherwise


@dataclass(frozen=True)
class Asked:
    """What a dossier is asked for: made `on` a day, these questions, `seconds` of the solver for a formula, and whether
    the versions compared with are to be retired when the new ones are published. `accept` are laws of pairs that the
    author knows to be broken anew, each with the reason, which is put before who signs."""

    on: date
    questions: tuple[str, ...] = QUESTIONS
    seconds: int = 10
    retire: bool = False
    accept: tuple[tuple[str, str], ...] = ()


def contents(
    scenario: Scenario, library: Library, asked: Asked, progress: Callable[[str], None] = lambda _: None
) -> Contents:
    """All of a dossier. Raises ProblemsFound where the scenario tries a draft, or its cases can not be read."""
    pairs = versions_of(scenario, library)
    progress("the cases")
    trial = try_scenario(scenario, library)
    progress("the examples")
    examples = run_examples(library)
    proofs, effects = solved(library, trial.replays[0].cases, pairs, asked.questions, asked.seconds, progress)
    names = [new.name for _, new in pairs]
    failed = [p for p in examples.problems if any(f" under {n}: " in p.message for n in names)]
    not_run = [n.name for _, n in pairs if isinstance(n, Guideline) and n.name not in examples.versions]
    every = "; ".join(f"{e['two']} {e['verdict']}" for e in effects)
    told = (
        *([f"Over every request: {every}."] if effects else ()),
        f"In these cases: {trial.who_loses()} {trial.who_gains()}",
    )
    judged = judge(told, trial.gates, proofs, failed, not_run, dict(asked.accept), asked.questions)
    held = {
        "dossier": SCHEMA,
        "scenario": scenario.name,
        "file": beside(Path(scenario.file), scenario.root),
        "question": scenario.question,
        "asked": asked.__dict__ | {"accept": dict(asked.accept)},
        "asks": asks(library, pairs, asked.retire),
        "verdict": judged.as_dict(),
        "changes": [parts.change(library, old, new) for old, new in pairs],
        "proofs": proofs,
        "effects": effects,
        "impact": parts.impact(trial),
        "witnesses": parts.witnesses(trial),
        "people": parts.people(trial),
        "gates": [g.as_dict() for g in trial.gates],
        "examples": examples.as_dict() | {"failed": [p.as_dict() for p in failed]},
        "unknown": list(_unknown(trial, proofs, asked, pairs)),
        "digests": digests(library, scenario)
        | {"versions": {g.name: _digest(library, g) for pair in pairs for g in pair if g.file}},
        "software": software(),
    }
    found = _plain(held)
    assert isinstance(found, dict)
    return found


def versions_of(scenario: Scenario, library: Library) -> Pairs:
    """The versions compared, old and new. Raises ProblemsFound for a scenario that tries a draft: what is to be
    published is written as a version."""
    if not scenario.versions:
        told = "a dossier is made of versions, and this scenario tries a draft"
        hint = "write the draft as a version in review, and name it: draft: {version: {GUIDELINE: VERSION}}"
        raise ProblemsFound([Problem("bad-call", told, scenario.file, hint=hint)])
    return versions_tried(scenario, library)


def asks(library: Library, pairs: Pairs, retire: bool) -> dict[str, object]:
    """What is asked of who signs: the versions in review to be published, with the bases in review that they extend,
    those to be retired then, and the files of all with the tables that they decide with, as they were reviewed."""
    publish = [x for _, new in pairs for x in (*bases(library, new), new) if x.status == "in_review"]
    retired = [old for old, _ in pairs if retire and old.file and old.status == "published"]
    root = Path(library.root)
    files: set[str] = set()
    for item in (*publish, *retired):
        files |= deciding(library, root, item)
    return {
        "publish": list(dict.fromkeys(g.name for g in publish)),
        "retire": [g.name for g in retired],
        "files": {name: file_digest(root / name) for name in sorted(files)},
    }


def _digest(library: Library, item: Version) -> str:
    return guideline_digest(library, item.id, item.version) if isinstance(item, Guideline) else digest(item)


def _unknown(trial: Trial, proofs: Sequence[Mapping[str, Any]], asked: Asked, pairs: Pairs) -> Iterator[str]:
    """What no number here can tell."""
    yield CANNOT_KNOW
    if trial.scenario.cases.generate:
        yield "The requests are invented: their rates show how the change works, not how often a plan will meet it."
    else:
        yield "The requests are those of a file: none is shown here, and small counts may still point to a person."
    left = [q for q in QUESTIONS if q not in asked.questions]
    if left:
        yield f"Not asked of every request: {', '.join(left)}."
    undecided = sum(a["state"] == UNDECIDED for p in proofs for a in p["open"])
    if undecided:
        yield f"The solver did not decide {several(undecided, 'question')} in its time."
    if any(isinstance(new, Guideline) for _, new in pairs):
        yield (
            "The effect on every request is that on requests to which no plan's overlay applies; the questions are "
            "asked under every overlay, and each item names the plans that keep their own."
        )
    if any(isinstance(new, Overlay) for _, new in pairs):
        yield (
            "Of an overlay the questions and the effect on every request are those of its plan's requests, in the "
            "lines of business that it covers; the examples are run without it."
        )
    if any(isinstance(new, Program) for _, new in pairs):
        yield (
            "Of a program nothing is proved: whom it frees is told in words and counted in these cases; the examples "
            "of its calendar are run for the versions that decide."
        )


def _plain(value: object) -> object:
    """JSON matter: days as text, exact numbers as numbers, shares to nine places."""
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return round(value, PLACES) + 0.0  # no −0.0
    return value.isoformat() if isinstance(value, date) else value


def as_text(held: Contents) -> str:
    """The one spelling of a dossier."""
    return json.dumps(held, ensure_ascii=False, indent=1, allow_nan=False) + "\n"

"""Scenarios run: the notebook by papermill, its key numbers against the expected ones, the gates, one combined table.

    run_scenarios([Path("scenarios/relax-chronic-back-pain.yaml")], Path("artefacts/scenarios"))

Each run leaves its folder: the executed notebook, the report, the key numbers, the result. What a run must come to
stands in `scenarios/<name>.expected.csv`: counts exactly, shares within the tolerance beside each; rows marked `note`
(digests, days) say what the numbers rested on, and where they differ that is told and fails nothing.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from workbench.documents.outputs import claim
from workbench.errors import Problem, Problems, ProblemsFound
from workbench.guideline.load import load_guidelines
from workbench.review.notebook import check_parameters, parameters_of, run_notebook
from workbench.review.page import write_csv
from workbench.review.report import NUMBERS, REPORT, RESULT
from workbench.review.scenario_file import Scenario, load_scenario
from workbench.review.scenario_result import COUNT, SHARE

NOTEBOOK, SUMMARY = "notebook.ipynb", "summary.csv"
TOLERANCE = {COUNT: "0", SHARE: "0.0005"}  # half a tenth of a percentage point
PROCESSES = 2
# What of each run stands in the combined table, besides its name, result, parameters and digests.
_SUMMED = (
    "requests",
    "episodes",
    "people",
    "requests that change",
    "people that change",
    "requests that change, draft supports more",
    "requests that change, draft supports less",
    "newly_referred draft",
    "lose_visits draft",
    "granted_visits difference",
    "referred_visits difference",
    "approval_rate published",
    "approval_rate draft",
    "approval_rate difference",
    "approval_rate low",
    "approval_rate high",
    "referral_rate published",
    "referral_rate draft",
    "referral_rate difference",
    "requests on assumptions",
    "deciding day",
    "guidelines published",
    "guidelines draft",
    "overlays draft",
)


@dataclass(frozen=True)
class Run:
    """One run. `failures` are what made it fail: the notebook, a gate, a key number; `remarks` fail nothing."""

    scenario: str
    question: str
    folder: str
    parameters: Mapping[str, object]
    verdict: str
    failures: tuple[str, ...]
    remarks: tuple[str, ...]
    numbers: Mapping[str, str]

    @property
    def passed(self) -> bool:
        return not self.failures


@dataclass(frozen=True)
class Runs:
    """All runs, in the order asked for."""

    runs: tuple[Run, ...]
    summary: str

    @property
    def passed(self) -> bool:
        return all(r.passed for r in self.runs)

    def lines(self) -> list[str]:
        out = []
        for run in self.runs:
            out.append(f"{run.scenario}: {'passed' if run.passed else 'FAILED'}")
            out += [f"  {x}" for x in (run.verdict, *_first(run.failures), *_first(run.remarks)) if x]
            out.append(f"  {run.folder}/{REPORT}")
        good = sum(r.passed for r in self.runs)
        return [*out, f"{good} of {len(self.runs)} scenarios passed; {self.summary}"]

    def as_dict(self) -> dict[str, object]:
        return {
            "passed": self.passed,
            "summary": self.summary,
            "runs": [
                {**r.__dict__, "passed": r.passed, "failures": list(r.failures), "remarks": list(r.remarks)}
                for r in self.runs
            ],
        }


def _first(said: tuple[str, ...], most: int = 10) -> tuple[str, ...]:
    return said if len(said) <= most else (*said[:most], f"… and {len(said) - most} more")


def run_scenarios(
    files: Sequence[Path | str],
    out: Path | str = Path("artefacts/scenarios"),
    *,
    guidelines: str = "guidelines",
    quiet: bool = True,
    accept: bool = False,
) -> Runs:
    """Run scenario files, two at a time, and write `summary.csv` over all of them. `accept` writes the key numbers as
    the expected ones instead of comparing them.

    Raises ProblemsFound, before anything runs, with all that is wrong in any of the files.
    """
    from tqdm import tqdm

    out, library = Path(out), load_guidelines(guidelines)
    problems = Problems()
    scenarios: list[Scenario] = []
    for file in files:
        try:
            scenarios.append(load_scenario(file, library))
        except ProblemsFound as found:
            problems.extend(found.problems)
    names = [s.name for s in scenarios]
    problems.extend(
        Problem("duplicate-id", f"two scenarios are named {n}", s.file)
        for s, n in zip(scenarios, names, strict=True)
        if names.count(n) > 1
    )
    for scenario in scenarios:
        given = _given(scenario, out, guidelines)
        problems.extend(check_parameters(scenario.root / scenario.notebook, given, scenario.notebook))
    problems.check()
    _claim(scenarios, out, guidelines)
    jobs = [(s.notebook, s.name, _given(s, out, guidelines), str(s.root)) for s in scenarios]
    failed: dict[str, str] = {}
    with tqdm(total=len(jobs), unit=" scenarios", disable=quiet, desc="scenarios") as bar:
        if len(jobs) == 1:
            failed[jobs[0][1]] = _job(*jobs[0], str(out))
            bar.update()
        elif jobs:
            # Spawned, not forked: the library's threads do not survive a fork.
            with ProcessPoolExecutor(min(PROCESSES, len(jobs)), mp_context=get_context("spawn")) as pool:
                running = {pool.submit(_job, *job, str(out)): job[1] for job in jobs}
                for done in as_completed(running):
                    failed[running[done]] = done.result()
                    bar.update()
    runs = tuple(_settle(s, out, failed[s.name], accept) for s in scenarios)
    _summarise(runs, out / SUMMARY)
    return Runs(runs, str(out / SUMMARY))


def _claim(scenarios: Sequence[Scenario], out: Path, guidelines: str) -> None:
    """A folder of results is the verb's own: it writes its files there anew, but never over one that is read."""
    mine = [out / s.name / name for s in scenarios for name in (NUMBERS, RESULT, REPORT, NOTEBOOK)]
    reads: list[str | Path] = [guidelines]
    for s in scenarios:
        reads += [
            s.file,
            s.root / s.notebook,
            s.draft.file if s.draft else "",
            s.assumptions.file if s.assumptions else "",
        ]
        reads += [s.root / f for f in (s.cases.file, s.cases.mapping) if f]
    claim([*mine, out / SUMMARY], [r for r in reads if r], force=True)


def _given(scenario: Scenario, out: Path, guidelines: str) -> dict[str, object]:
    """The parameters of the notebook: what the file says, where the guidelines are, where the report goes."""
    # The notebook runs in the folder beside the guidelines, so that no path of this machine is written into it.
    more = {"guidelines": Path(guidelines).resolve().name, "out": os.path.relpath(out / scenario.name, scenario.root)}
    known = parameters_of(scenario.root / scenario.notebook)
    return {**scenario.parameters, **{k: v for k, v in more.items() if k in known}}


def _job(notebook: str, name: str, parameters: Mapping[str, object], root: str, out: str) -> str:
    """One run in a process of its own; what failed in words, empty where nothing did."""
    folder = Path(out) / name
    for left in (NUMBERS, RESULT, REPORT):
        (folder / left).unlink(missing_ok=True)
    try:
        return run_notebook(Path(root) / notebook, folder / NOTEBOOK, parameters, Path(root)).failure
    except ProblemsFound as found:
        return str(found)


def _settle(scenario: Scenario, out: Path, failed: str, accept: bool) -> Run:
    folder = out / scenario.name
    failures = [f"the notebook failed in {failed}"] if failed else []
    numbers = read_numbers(folder / NUMBERS)
    said = json.loads((folder / RESULT).read_text(encoding="utf-8")) if (folder / RESULT).is_file() else {}
    remarks: list[str] = []
    if not numbers and not failed:
        failures.append(f"the notebook wrote no {NUMBERS}")
    if numbers:
        failures += gates_failed(scenario, said)
        expected = scenario.root / Path(scenario.file).with_suffix(".expected.csv")
        if accept:
            accept_numbers(numbers, expected)
            remarks.append(f"accepted: {expected}")
        else:
            wrong, told = compare_numbers({k: v for k, (v, _) in numbers.items()}, expected)
            failures += wrong
            remarks += told
    return Run(
        scenario.name,
        scenario.question,
        str(folder),
        scenario.parameters,
        said.get("verdict", ""),
        tuple(failures),
        tuple(remarks),
        {k: v for k, (v, _) in numbers.items()},
    )


def gates_failed(scenario: Scenario, said: Mapping[str, object]) -> list[str]:
    """The gates that do not hold, in words, as the trial judged them (`gates` of its result). They are not judged here
    again: from key numbers of six places 0.4999996 would pass a bound of 0.5."""
    judged = said.get("gates")
    known = {g.get("gate"): g for g in judged if isinstance(g, dict)} if isinstance(judged, list) else {}
    out = []
    for gate in scenario.gates:
        words = f"gate {gate.name}: {gate.bound.replace('_', ' ')} {gate.limit}"
        one = known.get(gate.name)
        if one is None or (one.get("bound"), one.get("limit")) != (gate.bound, float(gate.limit)):
            out.append(f"{words}, and the notebook did not judge it ({RESULT})")
        elif not one.get("holds"):
            draft = one.get("draft")
            out.append(f"{words}, and it is {draft}" if draft is not None else f"{words}, and it is not known")
    return out


def read_numbers(path: Path) -> dict[str, tuple[str, str]]:
    """Number → (value, unit) of a key numbers file; empty where there is none."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["number"]: (row["value"], row["unit"]) for row in csv.DictReader(file)}


def accept_numbers(numbers: Mapping[str, tuple[str, str]], path: Path) -> None:
    """Write key numbers as the expected ones."""
    rows = [[name, value, TOLERANCE.get(unit, "note")] for name, (value, unit) in numbers.items()]
    write_csv(path, ["number", "value", "tolerance"], rows)


def compare_numbers(numbers: Mapping[str, str], path: Path) -> tuple[list[str], list[str]]:
    """What differs from the expected key numbers: failures, and what is only told."""
    if not path.is_file():
        return [f"there are no expected key numbers: {path} (run with --accept to write them)"], []
    with path.open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    if not expected or set(expected[0]) != {"number", "value", "tolerance"}:
        return [f"{path} wants the columns number, value, tolerance"], []
    wrong, told = [], []
    for row in expected:
        name, value, tolerance = row["number"], row["value"], row["tolerance"]
        now = numbers.get(name)
        if now is None:
            wrong.append(f"{name}: expected {value}, and there is no such number")
        elif tolerance == "note":
            if now != value:
                told.append(f"{name} is no longer {value} but {now}")
        elif not _near(now, value, tolerance):
            near = f" ± {tolerance}" if tolerance != "0" else ""
            wrong.append(f"{name}: expected {value}{near}, came to {now}")
    known = {row["number"] for row in expected}
    wrong += [f"{name}: not among the expected numbers" for name in numbers if name not in known]
    return wrong, told


def _near(now: str, value: str, tolerance: str) -> bool:
    if now == value:
        return True
    try:
        return abs(float(now) - float(value)) <= float(tolerance)
    except ValueError:
        return False


def _summarise(runs: Sequence[Run], path: Path) -> None:
    """The combined table: a row a run, with its parameters and digests."""
    head = ["scenario", "passed", "failures", "question", "verdict", *_SUMMED, "parameters"]
    write_csv(
        path,
        head,
        [
            [
                r.scenario,
                str(r.passed).lower(),
                "; ".join(r.failures),
                r.question,
                r.verdict,
                *(r.numbers.get(n, "") for n in _SUMMED),
                json.dumps(dict(r.parameters), ensure_ascii=False, sort_keys=True),
            ]
            for r in runs
        ],
    )

"""Every kind of file that people write: where it stands, and what reads it.

A reader runs in a folder laid out like tests/errors/_base, raises ProblemsFound or nothing, and yields problems that are
only doubtful. What can be read is also used: a traceback may wait behind a file that looked sound.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
import polars as pl

from fuzz.mutate import flow
from workbench.cases.assume import assume, load_assumptions
from workbench.cases.frame import empty
from workbench.cases.request import read_request
from workbench.engine import reference
from workbench.engine.columnar import decide_frame
from workbench.engine.setting import setting
from workbench.errors import Problem, ProblemsFound
from workbench.guideline.doubts import check_library
from workbench.guideline.load import load_guidelines
from workbench.guideline.load_draft import load_draft
from workbench.reading.read import read_cases
from workbench.review.difference import diff_draft
from workbench.review.examples import run_examples
from workbench.review.recompute import recompute
from workbench.review.scenario_file import KEYS, load_scenario
from workbench.study.replay import facts_of, prepare

TESTS = Path(__file__).parent.parent
BASE = TESTS / "errors" / "_base"
SEEDS = Path(__file__).parent / "seeds"
LARGEST = 20_000  # bytes of a seed


@cache
def library():
    return load_guidelines(BASE / "guidelines")


def lay_out(here: Path) -> None:
    """The base, a notebook that takes what a scenario holds, files that it may name, and cases to map."""
    shutil.copytree(BASE, here, dirs_exist_ok=True)
    (here / "notebooks").mkdir()
    cell = nbformat.v4.new_code_cell(
        "".join(f"{k} = None\n" for k in KEYS if k != "notebook"), metadata={"tags": ["parameters"]}
    )
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(
        nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel}), here / "notebooks" / "study.ipynb"
    )
    (here / "to_map.csv").write_text(
        "No,Disc,Day,Visits,More\n1,PT,03/04/2026,6,x\n2,physical,2026-01-01,,\n", encoding="utf-8"
    )
    for kind in ("draft", "assumptions", "mapping"):
        shutil.copy(SEEDS / kind / "everything.yaml", here / f"{kind}.yaml")


@contextmanager
def laid_out(here: Path) -> Iterator[None]:
    """In a folder that holds what the kinds need."""
    before = Path.cwd()
    lay_out(here)
    os.chdir(here)
    try:
        yield
    finally:
        os.chdir(before)


def _library() -> Iterable[Problem]:
    loaded = load_guidelines("guidelines")
    for warning in (*loaded.warnings, *check_library(loaded)):
        yield warning
    yield from run_examples(loaded).problems
    decide(loaded)


def decide(loaded) -> None:
    """One request through both readings."""
    chosen = setting(loaded, by_date=True, program=next((p.program for p in loaded.programs), None))
    frame = prepare(
        read_request(
            {
                "discipline": "PT",
                "requested_visits": 8,
                "requested_weeks": 4,
                "plan": "harbor",
                "line_of_business": "commercial",
                "state": "ME",
            },
            loaded,
        ),
        chosen,
    ).frame
    traced = reference.decide(facts_of(frame.row(0, named=True)), chosen)
    assert decide_frame(frame, chosen)["determination"].to_list() == [traced.decision.determination]


def _draft() -> Iterable[Problem]:
    draft = load_draft("draft.yaml", library())
    diff_draft(library(), draft).lines()
    decide_with = setting(library(), as_of=library().guidelines[0].effective, draft=draft)
    frame = prepare(read_request({"discipline": "PT", "requested_visits": 8}, library()), decide_with).frame
    decide_frame(frame, decide_with)
    return ()


def _request() -> Iterable[Problem]:
    frame = prepare(read_request("request.yaml", library()), setting(library(), by_date=True)).frame
    chosen = setting(library(), by_date=True)
    reference.decide(facts_of(frame.row(0, named=True)), chosen)
    decide_frame(frame, chosen)
    return ()


def _assumptions() -> Iterable[Problem]:
    found = load_assumptions("assumptions.yaml", library())
    row = empty().clear(1).with_columns(discipline=pl.lit("PT"), request_id=pl.lit("a"))
    assume(row, found, library())
    return ()


def _mapping() -> Iterable[Problem]:
    found = read_cases("to_map.csv", library(), mapping="mapping.yaml")
    assert len(found.accepted) + len(found.set_aside) == found.read == 2
    return found.warnings


def _scenario() -> Iterable[Problem]:
    load_scenario("scenarios/try.yaml", load_guidelines("guidelines"))
    return ()


def _record() -> Iterable[Problem]:
    json.dumps(recompute("record.json", library()).as_dict(), ensure_ascii=False).encode()
    return ()


@dataclass(frozen=True)
class Kind:
    name: str
    path: str
    run: Callable[[], Iterable[Problem]]

    def sound(self) -> list[str]:
        """Texts that nothing is wrong with."""
        files = [BASE / self.path, *(SEEDS / self.name).glob("everything.*")]
        return [p.read_text(encoding="utf-8") for p in files if p.is_file()]

    def written(self, tree: object) -> bytes:
        """A tree as a file of the kind."""
        return (json.dumps(tree, default=str, skipkeys=True) if self.path.endswith(".json") else flow(tree)).encode()

    def corpus(self) -> list[bytes]:
        """The seeds of the kind, and the files at its path in tests/errors."""
        files = [
            *sorted((SEEDS / self.name).glob("*")),
            BASE / self.path,
            *sorted((TESTS / "errors").glob(f"*/*/{self.path}")),
        ]
        return [p.read_bytes() for p in files if p.is_file() and p.stat().st_size < LARGEST]

    def texts(self) -> list[str]:
        return [data.decode("utf-8", "surrogateescape") for data in self.corpus()]


@contextmanager
def holding(kind: Kind, data: bytes) -> Iterator[None]:
    """While the file of the kind holds this; afterwards it is as it was."""
    path = Path(kind.path)
    before = path.read_bytes() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    try:
        yield
    finally:
        path.unlink()
        if before is not None:
            path.write_bytes(before)


def problems_of(kind: Kind, data: bytes, run: Callable[[], Iterable[Problem]] | None = None) -> list[Problem]:
    """What is said when the file of the kind holds this, by its reader or another one."""
    with holding(kind, data):
        try:
            return list((run or kind.run)())
        except ProblemsFound as found:
            return list(found.problems)


_PT = "guidelines/physical-therapy/"
KINDS = {
    k.name: k
    for k in (
        Kind("guideline", _PT + "2026.1.yaml", _library),
        Kind("base", "guidelines/therapy-common/2026.1.yaml", _library),
        Kind("limits", _PT + "2026.1.limits.csv", _library),
        Kind("examples", _PT + "examples.yaml", _library),
        Kind("conditions", "guidelines/conditions/2026.1.csv", _library),
        Kind("measures", "guidelines/measures/2026.1.csv", _library),
        Kind("sources", "guidelines/sources.yaml", _library),
        Kind("overlay", "guidelines/plans/harbor/2026.1.yaml", _library),
        Kind("program", "guidelines/programs/review/2019-11.yaml", _library),
        Kind("draft", "draft.yaml", _draft),
        Kind("scenario", "scenarios/try.yaml", _scenario),
        Kind("assumptions", "assumptions.yaml", _assumptions),
        Kind("mapping", "mapping.yaml", _mapping),
        Kind("request", "request.yaml", _request),
        Kind("record", "record.json", _record),
    )
}
LIBRARY = [k for k in KINDS.values() if k.run is _library]
OTHERS = [k for k in KINDS.values() if k.run is not _library]

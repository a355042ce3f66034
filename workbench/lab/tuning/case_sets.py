"""The cases that an author can choose from: generated ones, the real ones that lie beside the guidelines, their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.cases.assume import Assumptions, load_assumptions
from workbench.generator.generate import generate
from workbench.guideline.model import Library
from workbench.reading.read import read_cases
from workbench.reading.sources import read_source
from workbench.study.listing import as_frame


@dataclass(frozen=True)
class Cases:
    """A case frame with what has to be said about it. `python` is how a notebook gets the same frame."""

    frame: Any = field(repr=False)
    note: str = ""
    assumptions: Assumptions | None = None
    python: tuple[str, ...] = ()
    assume: str = ""  # the name that `python` gives the assumptions


@dataclass(frozen=True)
class CaseSet:
    """An entry of the list of cases; `load` makes the frame when it is first chosen."""

    name: str
    title: str
    load: Callable[[Library], Cases] = field(repr=False, compare=False)


def generated(requests: int, seed: int) -> CaseSet:
    def load(library: Library) -> Cases:
        return Cases(
            generate(requests, seed, library),
            f"Invented people, calibrated on published figures; seed {seed}. No real person is among them.",
            python=(f"cases = wb.generate({requests:_}, guidelines, seed={seed})",),
        )

    return CaseSet("generated", f"{requests:,} generated requests", load)


def hearing_orders(project: Path) -> CaseSet | None:
    """The real hearing orders and appeals that come with the project, with the assumptions that they need."""
    file = project / "scenarios" / "cases" / "hearing_orders.csv"
    assumed = project / "scenarios" / "assumptions" / "hearing-orders.yaml"
    if not file.exists():
        return None

    def load(library: Library) -> Cases:
        found = read_source("narratives", file, library)
        assumptions = load_assumptions(assumed, library) if assumed.exists() else None
        return Cases(
            found.accepted,
            f"Real requests, as hearing orders and appeals tell them: {found.read:,} read, "
            f"{found.accepted.height:,} accepted, {found.set_aside.height:,} set aside.",
            assumptions,
            (
                f'cases = wb.read_cases("{_shown(file, project)}", guidelines, source="narratives").accepted',
                f'assumed = wb.load_assumptions("{_shown(assumed, project)}", guidelines)',
            ),
            "assumed",
        )

    return CaseSet("hearing-orders", "Real hearing orders, appeals", load)


def own(cases: Any, title: str = "Your cases") -> CaseSet:
    """A case frame, or a file with the columns of the fact table."""
    if isinstance(cases, str | Path):
        path = Path(cases)

        def load(library: Library) -> Cases:
            found = read_cases(path, library)
            return Cases(
                found.accepted,
                f"{path.name}: {found.read:,} read, {found.accepted.height:,} accepted, "
                f"{found.set_aside.height:,} set aside.",
                python=(f'cases = wb.read_cases("{path}", guidelines).accepted',),
            )

        return CaseSet("yours", path.name, load)
    return CaseSet(
        "yours", title, lambda _: Cases(as_frame(cases), python=("# cases: the frame that was given to wb.tune",))
    )


def _shown(path: Path, project: Path) -> str:
    """A path as a notebook of the project writes it."""
    return f"../{path.relative_to(project).as_posix()}"

"""What decides: the guideline folder, a program, a deciding day, a draft. Shared by the readings, decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.model import Draft, Guideline, Library, Overlay, Program, Rules, digest
from workbench.guideline.resolve import resolve
from workbench.guideline.versions import cut_days, default_day, overlay_on, program_on, versions_on


@dataclass(frozen=True)
class Setting:
    """`as_of` None means by date: each request by its `received_on`. `pins` replaces the version that the day would
    choose, guideline → version (of any status), so that a version under review can be tried."""

    library: Library
    as_of: date | None
    program: str | None = None
    draft: Draft | None = None
    pins: tuple[tuple[str, str], ...] = ()
    _cache: dict = field(default_factory=dict, repr=False, compare=False, hash=False)

    def guidelines(self, day: date) -> tuple[Guideline, ...]:
        """The versions that count on this day, one of each guideline; bases are no candidates."""
        key = ("guidelines", day)
        if key not in self._cache:
            chosen = dict(versions_on(self.library, day))
            for guideline in self.library.guidelines:
                if (guideline.id, guideline.version) in self.pins:
                    chosen[guideline.id] = guideline
            self._cache[key] = tuple(g for _, g in sorted(chosen.items()) if not g.base)
        return self._cache[key]

    def overlay(self, plan: str | None, line_of_business: str | None, day: date) -> Overlay | None:
        """The overlay of the plan on this day, where the line of business is one of its own."""
        overlay = overlay_on(self.library, plan, day) if plan else None
        return overlay if overlay and line_of_business in overlay.lines_of_business else None

    def rules(self, guideline: Guideline, overlay: Overlay | None) -> Rules:
        key = ("rules", guideline.name, overlay and overlay.name)
        if key not in self._cache:
            self._cache[key] = resolve(self.library, guideline.id, guideline.version, overlay=overlay,
                                       draft=self.draft).rules
        return self._cache[key]

    def program_for(self, received_on: date | None) -> Program | None:
        return program_on(self.library, self.program, received_on) if self.program else None

    def program_digest(self, program: Program) -> str:
        key = ("program", program.name)
        if key not in self._cache:
            self._cache[key] = digest(program)
        return self._cache[key]

    @property
    def cut_days(self) -> tuple[date, ...]:
        """The days on which a version of anything takes effect, sorted."""
        return cut_days(self.library)


def setting(library: Library, *, as_of: date | None = None, by_date: bool = False, program: str | None = None,
            draft: Draft | None = None, pins: Mapping[str, str] | None = None) -> Setting:
    """A setting with the default deciding day filled in. Raises ProblemsFound for names that are not there."""
    problems = []
    programs = sorted({p.program for p in library.programs})
    if program is not None and program not in programs:
        problems.append(Problem("unknown-program", f"there is no program {program}", hint=nearest(program, programs)))
    for id_, version in (pins or {}).items():
        versions = [g.version for g in library.guidelines if g.id == id_]
        if version not in versions:
            problems.append(Problem("unknown-guideline", f"there is no {id_}/{version}",
                                    hint=nearest(version, versions) or "no such guideline"))
    if problems:
        raise ProblemsFound(problems)
    day = None if by_date else as_of or default_day(library)
    return Setting(library, day, program, draft, tuple(sorted((pins or {}).items())))

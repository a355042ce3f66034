"""What decides: the guideline folder, a program, a deciding day, a draft. Shared by the readings, decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from workbench.engine.decision import AS_OF, ASKED_ON, RECEIVED_ON
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.digests import digest
from workbench.guideline.model import Draft, Guideline, Library, Overlay, Program, Rules
from workbench.guideline.resolve import resolve
from workbench.guideline.versions import (
    cut_days,
    default_day,
    find_guideline,
    overlay_named,
    overlay_on,
    program_on,
    versions_on,
)


@dataclass
class _Cache:
    """What a setting worked out once."""

    guidelines: dict[date, tuple[Guideline, ...]] = field(default_factory=dict)
    rules: dict[tuple[str, str], Rules] = field(default_factory=dict)
    programs: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """`as_of` None means by date: each request by its `received_on`, and one without by `asked_on`, the day on which
    a single decision is asked for (a replay has none). `pins` replaces the version that the day would choose,
    guideline → version (of any status), so that a version under review can be tried."""

    library: Library
    as_of: date | None
    program: str | None = None
    draft: Draft | None = None
    pins: tuple[tuple[str, str], ...] = ()
    asked_on: date | None = None
    _cache: _Cache = field(default_factory=_Cache, init=False, repr=False, compare=False, hash=False)

    def day(self, received_on: date | None) -> tuple[date | None, str | None]:
        """The deciding day of a request received on this day, and where it comes from."""
        if self.as_of is not None:
            return self.as_of, AS_OF
        if received_on is not None:
            return received_on, RECEIVED_ON
        return self.asked_on, ASKED_ON if self.asked_on else None

    def guidelines(self, day: date) -> tuple[Guideline, ...]:
        """The versions that count on this day, one of each guideline; bases are no candidates."""
        kept = self._cache.guidelines
        if day not in kept:
            chosen = dict(versions_on(self.library, day))
            for guideline in self.library.guidelines:
                if (guideline.id, guideline.version) in self.pins:
                    chosen[guideline.id] = guideline
            kept[day] = tuple(g for _, g in sorted(chosen.items()) if not g.base)
        return kept[day]

    def overlay(self, plan: str | None, line_of_business: str | None, day: date) -> Overlay | None:
        """The overlay of the plan on this day, where the line of business is one of its own."""
        overlay = overlay_on(self.library, plan, day) if plan else None
        return overlay if overlay and line_of_business in overlay.lines_of_business else None

    def rules(self, guideline: Guideline, overlay: Overlay | None) -> Rules:
        kept, key = self._cache.rules, (guideline.name, overlay.name if overlay else "")
        if key not in kept:
            found = resolve(self.library, guideline.id, guideline.version, overlay=overlay, draft=self.draft)
            kept[key] = found.rules
        return kept[key]

    def rules_named(self, guideline: str, version: str, overlay: str | None) -> Rules:
        """The rules by which a record was decided that names these: guideline and version, and `plan/version` of the
        overlay, None or "" for none. Raises ProblemsFound where the folder has them not."""
        library = self.library
        return self.rules(find_guideline(library, guideline, version), overlay_named(library, overlay))

    def ruled_by(self, rules: Mapping[tuple[str, str], Rules]) -> Setting:
        """The same setting with other rules in place of those of (guideline/version, plan/version or "")."""
        other = replace(self)  # with a cache of its own
        other._cache.rules.update(rules)
        return other

    def program_for(self, received_on: date | None) -> Program | None:
        return program_on(self.library, self.program, received_on) if self.program else None

    def program_digest(self, program: Program) -> str:
        kept = self._cache.programs
        if program.name not in kept:
            kept[program.name] = digest(program)
        return kept[program.name]

    @property
    def cut_days(self) -> tuple[date, ...]:
        """The days on which a version of anything takes effect, sorted."""
        return cut_days(self.library)

    @property
    def days(self) -> tuple[date, ...]:
        """The days to look at for all that decides: the one day, or all on which anything begins to count."""
        return (self.as_of,) if self.as_of is not None else self.cut_days


def setting(
    library: Library,
    *,
    as_of: date | None = None,
    by_date: bool = False,
    program: str | None = None,
    draft: Draft | None = None,
    pins: Mapping[str, str] | None = None,
    asked_on: date | None = None,
) -> Setting:
    """A setting with the default deciding day filled in. Raises ProblemsFound for names that are not there."""
    problems = []
    programs = sorted({p.program for p in library.programs})
    if program is not None and program not in programs:
        problems.append(Problem("unknown-program", f"there is no program {program}", hint=nearest(program, programs)))
    for id_, version in (pins or {}).items():
        versions = [g.version for g in library.guidelines if g.id == id_]
        if version not in versions:
            problems.append(
                Problem(
                    "unknown-guideline",
                    f"there is no {id_}/{version}",
                    hint=nearest(version, versions) or "no such guideline",
                )
            )
    if problems:
        raise ProblemsFound(problems)
    day = None if by_date else as_of or default_day(library)
    return Setting(library, day, program, draft, tuple(sorted((pins or {}).items())), asked_on)

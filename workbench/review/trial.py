"""A scenario, tried: both sides decided on the same cases, compared, its gates checked, its key numbers named.

    trial = try_scenario(scenario, library)
    trial.verdict()        # the sentence
    trial.key_numbers()    # what `scenarios/<name>.expected.csv` holds to
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from workbench.cases.generate import generate
from workbench.engine.decision import APPROVED, DETERMINATIONS, IN_PART, NOT_REQUIRED
from workbench.engine.setting import Setting, setting
from workbench.errors import Problem, ProblemsFound
from workbench.guideline.model import Library
from workbench.review.difference import Difference, diff_draft, diff_versions
from workbench.review.scenario_file import Gate, Scenario
from workbench.study.compare import Comparison, Counts, compare
from workbench.study.rates import NEWLY_REFERRED
from workbench.study.replay import prepare, replay

COUNT, SHARE, NOTE = "count", "share", "note"
MORE, LESS, SAME = "more", "less", "same"
PLACES = 6  # of a share among the key numbers


@dataclass(frozen=True)
class KeyNumber:
    """`unit` is count (exact), share (from 0 to 1, rounded to 6 places) or note (a digest or day: says what the others
    rest on)."""

    name: str
    value: int | float | str | None
    unit: str

    @property
    def text(self) -> str:
        return "" if self.value is None else f"{self.value:.{PLACES}f}" if self.unit == SHARE else str(self.value)


@dataclass(frozen=True)
class GateResult:
    gate: Gate
    published: float | None
    draft: float | None

    @property
    def holds(self) -> bool:
        return self.gate.holds(self.draft)


@dataclass(frozen=True)
class Trial:
    """`read` counts rows of the cases: read, accepted, set aside."""

    scenario: Scenario
    library: Library = field(repr=False)
    difference: Difference
    comparison: Comparison
    published: Setting = field(repr=False)
    draft: Setting = field(repr=False)
    read: tuple[int, int, int]

    @cached_property
    def gates(self) -> tuple[GateResult, ...]:
        rates = {r.name: r for r in self.comparison.rates}
        return tuple(GateResult(g, rates[g.name].published, rates[g.name].draft) for g in self.scenario.gates)

    @property
    def holds(self) -> bool:
        return all(g.holds for g in self.gates)

    def verdict(self) -> str:
        """What changes, and whether the gates hold, in words."""
        held, total = sum(g.holds for g in self.gates), len(self.gates)
        gates = ("No gate was set." if not total else "The gate holds." if total == held == 1 else
                 "The gate fails." if total == 1 else f"All {total} gates hold." if held == total else
                 f"{total - held} of {total} gates fail{'s' if total - held == 1 else ''}.")
        return f"{self.comparison.sentence()} {gates}"

    @cached_property
    def flips(self) -> list[dict[str, object]]:
        """The requests that change, in the order of the cases, each with `direction`: whether the draft supports more,
        less or as many visits and weeks."""
        return [{**row, "direction": direction(row)} for row in self.comparison.flips.iter_rows(named=True)]

    @cached_property
    def directions(self) -> dict[str, int]:
        """Direction → requests; all three always."""
        found = Counter(row["direction"] for row in self.flips)
        return {d: found.get(d, 0) for d in (MORE, LESS, SAME)}

    def by(self, fact: str) -> list[tuple[str | None, int, int, int]]:
        """(value, requests, more, less) of each value of a fact, those with most changes first."""
        totals = Counter(self.comparison.pair[fact].to_list())
        moved = {d: Counter(row[fact] for row in self.flips if row["direction"] == d) for d in (MORE, LESS)}
        rows = [(v, n, moved[MORE][v], moved[LESS][v]) for v, n in totals.items()]
        return sorted(rows, key=lambda r: (-(r[2] + r[3]), -r[1], str(r[0])))

    def key_numbers(self) -> tuple[KeyNumber, ...]:
        """Counts, shares and what they rest on, in a fixed order."""
        c = self.comparison
        out = [KeyNumber(f"{name}{what}", n, COUNT) for what, counts in (("", c.total), (" that change", c.flipped))
               for name, n in stated(counts, c.total).items()]
        out += [KeyNumber(f"requests that change, draft supports {d}", n, COUNT) for d, n in self.directions.items()]
        out.append(KeyNumber("requests on assumptions", c.draft.requests_on_assumptions, COUNT))
        sides = {"published": {d: sum(c.matrix[d].values()) for d in DETERMINATIONS},
                 "draft": {d: sum(row[d] for row in c.matrix.values()) for d in DETERMINATIONS}}
        out += [KeyNumber(f"{d} {side}", counts[d], COUNT) for side, counts in sides.items() for d in DETERMINATIONS]
        out += [KeyNumber(f"{name} {side}", n, COUNT) for name, found in c.amounts().items()
                for side, n in found.items()]
        for rate in c.rates:
            if rate.name == NEWLY_REFERRED:
                out.append(KeyNumber(f"{rate.name} draft", int(rate.draft), COUNT))
                continue
            out += [KeyNumber(f"{rate.name} {side}", None if value is None else round(value, PLACES), SHARE)
                    for side, value in (("published", rate.published), ("draft", rate.draft),
                                        ("difference", rate.difference), ("low", rate.low), ("high", rate.high))]
        out += [KeyNumber(f"{what} {side}", "; ".join(getattr(about, what)), NOTE)
                for side, about in (("published", c.published), ("draft", c.draft))
                for what in ("guidelines", "overlays")]
        return (*out, KeyNumber("deciding day", c.draft.deciding_day, NOTE))


def try_scenario(scenario: Scenario, library: Library) -> Trial:
    """Decide the cases under baseline and draft. Raises ProblemsFound where the cases can not be read."""
    options = {"as_of": scenario.as_of, "by_date": scenario.by_date, "program": scenario.program}
    base = dict(scenario.baseline)
    published = setting(library, **options, pins=base)
    drafted = setting(library, **options, draft=scenario.draft, pins=base | dict(scenario.versions))
    accepted, read = _cases(scenario, library)
    frame = prepare(accepted, published, scenario.assumptions)
    how = {"assumptions": scenario.assumptions, "mode": scenario.replay, "policy": scenario.policy, "prepared": True}
    comparison = compare(replay(frame, published, **how), replay(frame, drafted, **how))
    return Trial(scenario, library, difference_of(scenario, library), comparison, published, drafted, read)


def difference_of(scenario: Scenario, library: Library) -> Difference:
    """What the scenario changes, in words."""
    if scenario.draft is not None:
        return diff_draft(library, scenario.draft)
    base = dict(scenario.baseline)
    parts = [diff_versions(library, f"{id_}/{base[id_]}", f"{id_}/{version}") for id_, version in scenario.versions]
    return Difference(", ".join(p.one for p in parts), ", ".join(p.two for p in parts),
                      tuple(i for p in parts for i in p.items), tuple(r for p in parts for r in p.remarks))


def _cases(scenario: Scenario, library: Library):
    """The accepted cases, and how many rows were read, accepted and set aside."""
    cases = scenario.cases
    if cases.generate:
        return generate(cases.generate, cases.seed, library), (cases.generate, cases.generate, 0)
    from workbench.cases.read import read_cases
    path = scenario.root / cases.file
    if cases.source:
        from workbench.cases.sources import read_source
        found = read_source(cases.source, path, library)
    else:
        found = read_cases(path, library, mapping=scenario.root / cases.mapping if cases.mapping else None)
    if not found.accepted.height:
        raise ProblemsFound([Problem("bad-scenario", f"none of the {found.read} rows could be used", cases.file,
                                     hint="workbench read says why")])
    return found.accepted, (found.read, found.accepted.height, found.set_aside.height)


def stated(counts: Counts, total: Counts) -> dict[str, int | None]:
    """Requests, episodes and people; None, not 0, where the cases name no episode or no person at all."""
    return {name: None if not total.as_dict()[name] and total.requests else n for name, n in counts.as_dict().items()}


def direction(row: dict[str, object]) -> str:
    """Whether the draft supports more, less or as much as published: visits first, then weeks. What needs no
    authorization supports all that was asked."""
    one, two = _supported(row, ""), _supported(row, "_draft")
    return MORE if two > one else LESS if two < one else SAME


def _supported(row: dict[str, object], side: str) -> tuple[float, float]:
    if row[f"determination{side}"] == NOT_REQUIRED:
        return tuple(float("inf") if row[n] is None else float(row[n]) for n in ("requested_visits", "requested_weeks"))
    waived = row[f"waived_visits{side}"] or 0
    return float(max(row[f"granted_visits{side}"] or 0, waived)), float(row[f"granted_weeks{side}"] or 0)


def sample(trial: Trial, most: int = 10) -> list[dict[str, object]]:
    """Up to `most` requests in each direction, the largest changes of visits first."""
    def size(row: dict[str, object]) -> float:
        one, two = _supported(row, "")[0], _supported(row, "_draft")[0]
        return 0.0 if one == two else abs(two - one)
    out = []
    for one in (MORE, LESS, SAME):
        mine = [r for r in trial.flips if r["direction"] == one]
        out += sorted(mine, key=lambda r: -size(r))[:most]
    return out


def settled(matrix: dict[str, dict[str, int]], one: str, two: str) -> str:
    """How a cell of the flip matrix is shaded: `same`, `zero`, `up` (towards approval), `down`, or "" beside."""
    if one == two:
        return "same"
    before, after = (2 if d in (APPROVED, NOT_REQUIRED) else 1 if d == IN_PART else 0 for d in (one, two))
    return "zero" if not matrix[one][two] else "up" if after > before else "down" if after < before else ""

"""A scenario, tried: both sides decided on the same cases, compared, its gates checked, its key numbers named.

trial = try_scenario(scenario, library)
trial.verdict()        # the sentence
trial.key_numbers()    # what `scenarios/<name>.expected.csv` holds to
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from workbench.engine.columnar import Decided
from workbench.engine.decision import APPROVED, DETERMINATIONS, IN_PART, NOT_REQUIRED
from workbench.engine.setting import Setting, setting
from workbench.errors import Problem, ProblemsFound
from workbench.generator.generate import generate
from workbench.guideline.model import Draft, Library, Overlay
from workbench.guideline.versions import Version
from workbench.review.difference import Difference, diff_draft, diff_items
from workbench.review.scenario_file import Gate, Scenario
from workbench.review.scenario_form import LOSE_VISITS, WIDEST_GAP
from workbench.review.tried_versions import day_of, known_versions, library_with, no_overlay
from workbench.study.clocks import first
from workbench.study.compare import Comparison, Counts, compare
from workbench.study.rates import NEWLY_REFERRED
from workbench.study.replay import BY_DATE, Frame, Replay, prepare, replay
from workbench.study.simulate.fairness import fairness
from workbench.words.comparisons import sentence
from workbench.words.conditions import labels

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

    def as_dict(self) -> dict[str, object]:
        """The gate as judged; whether it holds is said here once, for every reader of a result."""
        g = self.gate
        said = {"gate": g.name, "bound": g.bound, "limit": float(g.limit)}
        return {**said, "published": self.published, "draft": self.draft, "holds": self.holds}


@dataclass(frozen=True)
class Trial:
    """`read` counts rows of the cases: read, accepted, set aside. `replays` are both sides, published and
    draft."""

    scenario: Scenario
    library: Library = field(repr=False)
    difference: Difference
    comparison: Comparison
    published: Setting = field(repr=False)
    draft: Setting = field(repr=False)
    read: tuple[int, int, int]
    replays: tuple[Replay, Replay] = field(repr=False)

    @cached_property
    def gates(self) -> tuple[GateResult, ...]:
        found = {r.name: (r.published, r.draft) for r in self.comparison.rates}
        found[LOSE_VISITS] = (0.0, float(len(self.losers)))
        if any(g.name == WIDEST_GAP for g in self.scenario.gates):
            found[WIDEST_GAP] = fairness(self.comparison, self.replays[0].cases).widest
        return tuple(GateResult(g, *found[g.name]) for g in self.scenario.gates)

    @property
    def holds(self) -> bool:
        return all(g.holds for g in self.gates)

    def verdict(self) -> str:
        """Who loses, who gains, what changes over all, and whether the gates hold, in words."""
        held, total = sum(g.holds for g in self.gates), len(self.gates)
        gates = (
            "No gate was set."
            if not total
            else "The gate holds."
            if total == held == 1
            else "The gate fails."
            if total == 1
            else f"All {total} gates hold."
            if held == total
            else f"{total - held} of {total} gates fail{'s' if total - held == 1 else ''}."
        )
        return f"{self.who_loses()} {self.who_gains()} {sentence(self.comparison)} {gates}"

    @cached_property
    def losers(self) -> list[dict[str, object]]:
        """The requests for which the draft supports fewer visits."""
        return [row for row in self.flips if _supported(row, "_draft")[0] < _supported(row, "")[0]]

    def who_loses(self) -> str:
        rates = {r.name: r.draft for r in self.comparison.rates}
        new, fewer = int(rates[NEWLY_REFERRED] or 0), len(self.losers)
        if not new and not fewer:
            return "Nobody loses: no request gets fewer visits, and none is newly referred."
        people = len({row.get("member_id") for row in self.losers if row.get("member_id") is not None})
        of = f" (of {people:,} {'person' if people == 1 else 'people'})" if people else ""
        return f"Who loses: {_requests(fewer)} fewer visits{of}, and {_requests(new, 'is', 'are')} newly referred."

    def who_gains(self) -> str:
        return f"Who gains: {_requests(self.directions[MORE])} more visits or weeks at once."

    @cached_property
    def flips(self) -> list[dict[str, object]]:
        """The requests that change, urgent first and else in the order of the cases, each with `direction`: whether the
        draft supports more, less or as many visits and weeks."""
        found = self.comparison.flips.sort(*first("", "_draft"), descending=True, maintain_order=True)
        return [{**row, "direction": direction(row)} for row in found.iter_rows(named=True)]

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
        out = [
            KeyNumber(f"{name}{what}", n, COUNT)
            for what, counts in (("", c.total), (" that change", c.flipped))
            for name, n in stated(counts, c.total).items()
        ]
        out += [KeyNumber(f"requests that change, draft supports {d}", n, COUNT) for d, n in self.directions.items()]
        out.append(KeyNumber(f"{LOSE_VISITS} draft", len(self.losers), COUNT))
        out.append(KeyNumber("requests on assumptions", c.draft.requests_on_assumptions, COUNT))
        sides = {
            "published": {d: sum(c.matrix[d].values()) for d in DETERMINATIONS},
            "draft": {d: sum(row[d] for row in c.matrix.values()) for d in DETERMINATIONS},
        }
        out += [KeyNumber(f"{d} {side}", counts[d], COUNT) for side, counts in sides.items() for d in DETERMINATIONS]
        out += [
            KeyNumber(f"{name} {side}", n, COUNT) for name, found in c.amounts().items() for side, n in found.items()
        ]
        for rate in c.rates:
            if rate.name == NEWLY_REFERRED:
                out.append(KeyNumber(f"{rate.name} draft", int(rate.draft or 0), COUNT))
                continue
            out += [
                KeyNumber(f"{rate.name} {side}", None if value is None else round(value, PLACES), SHARE)
                for side, value in (
                    ("published", rate.published),
                    ("draft", rate.draft),
                    ("difference", rate.difference),
                    ("low", rate.low),
                    ("high", rate.high),
                )
            ]
        out += [
            KeyNumber(f"{what} {side}", "; ".join(map(str, pins)), NOTE)
            for side, about in (("published", c.published), ("draft", c.draft))
            for what, pins in (("guidelines", about.guidelines), ("overlays", about.overlays))
        ]
        return (*out, KeyNumber("deciding day", str(c.draft.deciding_day or BY_DATE), NOTE))


def _requests(n: int, one: str = "gets", several: str = "get") -> str:
    """`12 requests get`, `no request gets`."""
    return f"no request {one}" if not n else f"{n:,} request{'' if n == 1 else 's'} {one if n == 1 else several}"


def try_scenario(scenario: Scenario, library: Library) -> Trial:
    """Decide the cases under baseline and draft. Raises ProblemsFound where the cases can not be read."""
    base, ids = dict(scenario.baseline), {g.id for g in library.guidelines}
    touched = {i: v for i, v in (base | dict(scenario.versions)).items() if i not in ids}
    day = scenario.as_of
    if touched and not scenario.by_date:
        day = day or day_of(library, touched)

    def side(draft: Draft | None, named: dict[str, str]) -> Setting:
        folder = library_with(library, {i: named.get(i, "") for i in touched})
        pins = {i: v for i, v in named.items() if i in ids}
        return setting(folder, as_of=day, by_date=scenario.by_date, program=scenario.program, draft=draft, pins=pins)

    published = side(None, base)
    drafted = side(scenario.draft, base | dict(scenario.versions))
    accepted, read = _cases(scenario, library)
    ready = prepare(accepted, published, scenario.assumptions)
    one = replay(ready, published, mode=scenario.replay, policy=scenario.policy)
    known = Decided(published, one.decisions)
    two = replay(ready, drafted, mode=scenario.replay, policy=scenario.policy, known=known)
    comparison = compare(one, two)
    return Trial(scenario, library, difference_of(scenario, library), comparison, published, drafted, read, (one, two))


def difference_of(scenario: Scenario, library: Library) -> Difference:
    """What the scenario changes, in words."""
    if scenario.draft is not None:
        return diff_draft(library, scenario.draft)
    parts = [diff_items(library, old, new) for old, new in versions_tried(scenario, library)]
    return Difference(
        ", ".join(p.one for p in parts),
        ", ".join(p.two for p in parts),
        tuple(i for p in parts for i in p.items),
        names=labels(library),
    )


def versions_tried(scenario: Scenario, library: Library) -> list[tuple[Version, Version]]:
    """The versions compared, old and new; a plan's first overlay is compared with one that changes nothing."""
    known, base, pairs = known_versions(library), dict(scenario.baseline), []
    for id_, version in scenario.versions:
        new = known[id_][version]
        old = known[id_][base[id_]] if id_ in base else new
        pairs.append((no_overlay(new) if old is new and isinstance(new, Overlay) else old, new))
    return pairs


def _cases(scenario: Scenario, library: Library) -> tuple[Frame, tuple[int, int, int]]:
    """The accepted cases, and how many rows were read, accepted and set aside."""
    cases = scenario.cases
    if cases.generate:
        return generate(cases.generate, cases.seed, library), (cases.generate, cases.generate, 0)
    from workbench.reading.read import read_cases

    path = scenario.root / cases.file
    mapping = scenario.root / cases.mapping if cases.mapping else None
    if cases.source:
        from workbench.reading.sources import read_source

        found = read_source(cases.source, path, library, mapping)
    else:
        found = read_cases(path, library, mapping=mapping)
    if not found.accepted.height:
        raise ProblemsFound(
            [
                Problem(
                    "bad-scenario",
                    f"none of the {found.read} rows could be used",
                    cases.file,
                    hint="workbench read says why",
                )
            ]
        )
    return found.accepted, (found.read, found.accepted.height, found.set_aside.height)


def stated(counts: Counts, total: Counts) -> dict[str, int | None]:
    """Requests, episodes and people; None, not 0, where the cases name no episode or no person at all."""
    return {name: None if not total.as_dict()[name] and total.requests else n for name, n in counts.as_dict().items()}


def direction(row: Mapping[str, Any]) -> str:
    """Whether the draft supports more, less or as much as published: visits first, then weeks. What needs no
    authorization supports all that was asked."""
    one, two = _supported(row, ""), _supported(row, "_draft")
    return MORE if two > one else LESS if two < one else SAME


def _supported(row: Mapping[str, Any], side: str) -> tuple[float, float]:
    if row[f"determination{side}"] == NOT_REQUIRED:
        visits, weeks = (
            float("inf") if row[n] is None else float(row[n]) for n in ("requested_visits", "requested_weeks")
        )
        return visits, weeks
    waived = row[f"waived_visits{side}"] or 0
    return float(max(row[f"granted_visits{side}"] or 0, waived)), float(row[f"granted_weeks{side}"] or 0)


def _waits(row: dict[str, object]) -> int:
    """How long a request may wait: 0 urgent, 1 an expedited review was asked for, 2 else."""
    if row["urgent"] or row["urgent_draft"]:
        return 0
    return 1 if row["expedited"] and row["review_timing"] != "post_service" else 2


def sample(trial: Trial, most: int = 10) -> list[dict[str, object]]:
    """Up to `most` requests in each direction: urgent first, then those of which an expedited review was asked, then
    the largest changes of visits."""

    def size(row: dict[str, object]) -> float:
        one, two = _supported(row, "")[0], _supported(row, "_draft")[0]
        return 0.0 if one == two else abs(two - one)

    out = []
    for one in (MORE, LESS, SAME):
        mine = [r for r in trial.flips if r["direction"] == one]
        out += sorted(mine, key=lambda r: (_waits(r), -size(r)))[:most]
    return out


def settled(matrix: dict[str, dict[str, int]], one: str, two: str) -> str:
    """How a cell of the flip matrix is shaded: `same`, `zero`, `up` (towards approval), `down`, or "" beside."""
    if one == two:
        return "same"
    before, after = (2 if d in (APPROVED, NOT_REQUIRED) else 1 if d == IN_PART else 0 for d in (one, two))
    return "zero" if not matrix[one][two] else "up" if after > before else "down" if after < before else ""

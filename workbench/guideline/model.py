"""What a guideline is: frozen values, each as its file says it. Nothing here reads, changes or decides."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from workbench.errors import Problem
from workbench.language.syntax import show
from workbench.language.tree import Node

STATUSES = ("draft", "in_review", "published", "retired")
DECIDES = ("published", "retired")  # a retired version decided once, and decides history
READ = ("full", "part", "secondary", "unread")
EVIDENCE = ("regulation", "guideline", "trial", "utilization", "payer", "consensus")

Spot = tuple[str, int, int]  # file, line and column, from 1; where a thing was written, which means nothing


def _spot() -> Spot:
    return field(default=("", 0, 0), compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class Source:
    id: str
    title: str
    publisher: str
    year: int | None
    url: str
    read: str  # full | part | secondary | unread


@dataclass(frozen=True)
class Measure:
    """A standardised outcome measure; `lowest`, `highest` and `mcid` are None where nothing is agreed."""

    id: str
    label: str
    lowest: Decimal | None
    highest: Decimal | None
    better: str  # higher | lower
    mcid: Decimal | None
    source: str
    evidence: str
    at: Spot = _spot()


@dataclass(frozen=True)
class Cell:
    """One key cell: the fact, the text as it stands in the file, and the condition that it means."""

    fact: str
    text: str
    node: Node


@dataclass(frozen=True)
class ConditionRow:
    condition: str
    label: str
    disciplines: tuple[str, ...]
    prefixes: tuple[str, ...]  # upper case, without dots
    cells: tuple[Cell, ...]    # the cells that are not blank
    at: Spot = _spot()


@dataclass(frozen=True)
class Parameter:
    id: str
    label: str
    value: Decimal
    unit: str
    low: Decimal
    high: Decimal
    step: Decimal
    help: str
    source: str
    evidence: str
    checked: date
    note: str = ""
    at: Spot = _spot()


@dataclass(frozen=True)
class Exemption:
    id: str
    text: str
    when: Node
    source: str
    note: str = ""
    at: Spot = _spot()


@dataclass(frozen=True)
class Waiver:
    """The first `visits` of an episode are free while `weeks_used` < `weeks` (where it has weeks) and `when` holds."""

    id: str
    text: str
    visits: int
    source: str
    weeks: int | None = None
    when: Node | None = None
    note: str = ""
    at: Spot = _spot()


@dataclass(frozen=True)
class Criterion:
    """`applies` None means always. `unmet` is clinician_review or administrative; the latter has a `cure`."""

    id: str
    text: str
    requires: Node
    source: str
    applies: Node | None = None
    unmet: str = "clinician_review"
    cure: str = ""
    note: str = ""
    at: Spot = _spot()


@dataclass(frozen=True)
class LimitRow:
    """`cells` holds the key cells that are not blank, in the order of the columns."""

    id: str
    cells: tuple[Cell, ...]
    visits: int
    weeks: int
    per_week: Decimal | None
    source: str     # as in the file: one, or one for each number joined by ;
    evidence: str
    note: str = ""
    at: Spot = _spot()


@dataclass(frozen=True)
class Guideline:
    """One version of one guideline file, before `extends` is followed. A base has `limits` None and no scope."""

    id: str
    version: str
    title: str
    status: str
    effective: date
    extends: str  # "therapy-common/2026.1" or ""
    scope: Node | None
    parameters: tuple[Parameter, ...]
    exemptions: tuple[Exemption, ...]
    waivers: tuple[Waiver, ...]
    criteria: tuple[Criterion, ...]
    limits: tuple[LimitRow, ...] | None
    file: str = field(compare=False)
    note: str = ""
    at: Spot = _spot()

    @property
    def name(self) -> str:
        return f"{self.id}/{self.version}"

    @property
    def base(self) -> bool:
        return self.limits is None


@dataclass(frozen=True)
class BenefitLimit:
    """Visits a benefit year, over the disciplines and intents that it names; empty is any."""

    visits: int
    source: str
    disciplines: tuple[str, ...] = ()
    intents: tuple[str, ...] = ()


Operations = tuple[tuple[str, Decimal], ...]  # (set | add | multiply | at_least | at_most, number), in order


@dataclass(frozen=True)
class Change:
    """One step of a `changes` section, as written.

    `target` is parameters, exemptions, waivers, criteria or limits, and for an overlay's own keys (where `guideline`
    is "") waivers, excluded_procedures, benefit_limit or episode_gap_days; `kind` is change, add or drop. The number
    of a parameter and of episode_gap_days goes by the key `value`.
    """

    guideline: str
    target: str
    kind: str
    ids: tuple[str, ...]                          # the rows or items meant; for add the new id; empty with where
    where: tuple[tuple[str, str], ...] | None     # column → text of the cell in the file; None unless it goes by cells
    body: tuple[tuple[str, Operations | Decimal | str | tuple[str, ...]], ...]  # key → operations, or the new content
    before: str = ""
    after: str = ""
    at: Spot = _spot()
    # key → the value in the file (yamlfile.Scalar), for the places of problems; "" stands for the change itself
    places: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Overlay:
    plan: str
    version: str
    title: str
    status: str
    effective: date
    lines_of_business: tuple[str, ...]
    source: str
    episode_gap_days: int = 90
    waivers: tuple[Waiver, ...] = ()
    excluded_procedures: tuple[str, ...] = ()
    benefit_limit: BenefitLimit | None = None
    changes: tuple[Change, ...] = ()
    file: str = field(default="", compare=False)
    at: Spot = _spot()

    @property
    def name(self) -> str:
        return f"{self.plan}/{self.version}"


@dataclass(frozen=True)
class ProgramRow:
    """`states` None means the states that no other row of the line of business names."""

    line_of_business: str
    states: tuple[str, ...] | None
    disciplines: tuple[str, ...]
    source: str
    requests_from: date | None = None
    review_from: date | None = None
    planned: str = ""
    exempt_when: Node | None = None
    at: Spot = _spot()


@dataclass(frozen=True)
class Program:
    program: str
    version: str
    title: str
    published: date
    rows: tuple[ProgramRow, ...]
    monitoring: tuple[str, ...] = ()
    file: str = field(default="", compare=False)
    at: Spot = _spot()

    @property
    def name(self) -> str:
        return f"{self.program}/{self.version}"


@dataclass(frozen=True)
class DraftBase:
    version: str
    digest: str
    at: Spot = _spot()


@dataclass(frozen=True)
class Draft:
    """Changes to published files, not published themselves. `plans` holds plan → changes of that overlay: of its own
    keys, and of guidelines for that plan alone."""

    draft: str
    author: str
    reason: str
    created: date | None
    base: tuple[tuple[str, DraftBase], ...]
    changes: tuple[Change, ...]
    plans: tuple[tuple[str, tuple[Change, ...]], ...] = ()
    file: str = field(default="", compare=False)


@dataclass(frozen=True, eq=False)
class Library:
    """A guideline folder, loaded whole and free of problems; `warnings` are what is doubtful. Equal only to itself,
    so that what was resolved from it can be kept."""

    root: str
    sources: Mapping[str, Source]
    measures: Mapping[str, Measure]
    conditions: tuple[ConditionRow, ...]
    guidelines: tuple[Guideline, ...]
    overlays: tuple[Overlay, ...] = ()
    programs: tuple[Program, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def choices(self) -> dict[str, tuple[str, ...]]:
        """The choices of the facts that this folder closes."""
        return {"condition": tuple(sorted({c.condition for c in self.conditions})),
                "measure": tuple(sorted(self.measures))}


@dataclass(frozen=True)
class Rules:
    """The one guideline that decides: base, guideline, overlay and draft laid over one another (see resolve).

    `guideline_digest` covers base + guideline + draft of it; `overlay_digest` the overlay with its draft ("" without).
    """

    guideline: str
    version: str
    title: str
    guideline_digest: str
    plan: str               # "" where no overlay applies
    overlay_version: str
    overlay_digest: str
    scope: Node
    parameters: tuple[Parameter, ...]
    exemptions: tuple[Exemption, ...]
    waivers: tuple[Waiver, ...]
    criteria: tuple[Criterion, ...]
    limits: tuple[LimitRow, ...]
    excluded_procedures: tuple[str, ...] = ()
    benefit_limit: BenefitLimit | None = None
    episode_gap_days: int = 90

    @cached_property
    def values(self) -> dict[str, Decimal]:
        """Parameter → value."""
        return {p.id: p.value for p in self.parameters}


def plain(value: object) -> object:
    """A frozen value as plain JSON matter; places in files, which mean nothing, are left out."""
    if isinstance(value, Node):
        return show(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if f.compare and f.name != "file"}
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, str):
        return [plain(v) for v in value]
    return value


def digest(value: object) -> str:
    """A short name for what a value says: the first 16 hex digits of the SHA-256 of its canonical JSON."""
    text = json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]

"""What a guideline is: frozen values, each as its file says it. Nothing here reads, changes or decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from workbench.documents.yaml_places import Value
from workbench.errors import Problem
from workbench.facts import closed
from workbench.guideline.declared import Excepted, Property
from workbench.guideline.version_order import newest
from workbench.language.tree import Node

STATUSES = ("draft", "in_review", "published", "retired")
DECIDES = ("published", "retired")  # a retired version decided once, and decides history
READ = ("full", "part", "secondary", "unread")
EVIDENCE = ("regulation", "guideline", "trial", "cohort", "utilization", "payer", "consensus")
UNMET = ("clinician_review", "administrative")
COUNTS = ("episode", "request")  # what the numbers of a limit row count
HIGHEST = {"visits": 999, "weeks": 999, "per_week": 99}  # as far as the facts visits_used and weeks_used go
GAP_DAYS = 90  # days after which an episode has ended, where no overlay says otherwise
OVERLAY_BOUNDS = {"episode_gap_days": (1, 9999), "benefit_limit": (1, HIGHEST["visits"])}
LIMIT_WORDS = ("counts", "source", "evidence", "note")  # of a limit row: what is neither a number nor a cell

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
    copy: str = ""  # where it was read, if not at `url`


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
    note: str = ""
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
    cells: tuple[Cell, ...]  # the cells that are not blank
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
class Cure:
    """What helps where `when` is true, in place of the criterion's own `cure`."""

    when: Node
    text: str


@dataclass(frozen=True)
class Criterion:
    """`applies` None is always. An administrative one has a `cure`; the first of `cures` that holds stands for it."""

    id: str
    text: str
    requires: Node
    source: str
    applies: Node | None = None
    unmet: str = "clinician_review"
    cure: str = ""
    note: str = ""
    medicare: str = ""  # own | silent: what it is to a member of Medicare; "" where it says nothing
    urgent: bool = False  # where it is unmet the request is marked urgent, and comes first in every list
    papers_wait: bool = False  # where it is unmet a clinician looks, whatever paper is missing; urgent ones likewise
    cures: tuple[Cure, ...] = ()
    at: Spot = _spot()


@dataclass(frozen=True)
class LimitRow:
    """`cells` holds the key cells that are not blank, in the order of the columns."""

    id: str
    cells: tuple[Cell, ...]
    visits: int
    weeks: int
    per_week: Decimal | None
    source: str  # as in the file: one, or one for each number joined by ;
    evidence: str  # likewise
    note: str = ""
    counts: str = COUNTS[0]  # episode | request: visits and weeks of the episode so far are left, or not asked about
    at: Spot = _spot()


@dataclass(frozen=True)
class Tables:
    """The versions of the condition and measure tables that a guideline names; "" where its base names them."""

    conditions: str = ""
    measures: str = ""


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
    tables: Tables = Tables()  # as its own file names them
    properties: tuple[Property, ...] = ()
    exceptions: tuple[Excepted, ...] = ()
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
Content = Operations | Decimal | str | tuple[str, ...]  # what a change does to a key: operations, or what it becomes


@dataclass(frozen=True)
class Change:
    """One step of a `changes` section, as written. `target` is parameters, exemptions, waivers, criteria or limits,
    and for an overlay's own keys (where `guideline` is "") waivers, excluded_procedures, benefit_limit or
    episode_gap_days; `kind` is change, add or drop. The number of a parameter and of episode_gap_days goes by the
    key `value`."""

    guideline: str
    target: str
    kind: str
    ids: tuple[str, ...]  # the rows or items meant; for add the new id; empty with where
    where: tuple[tuple[str, str], ...] | None  # column → text of the cell in the file; None unless it goes by cells
    body: tuple[tuple[str, Content], ...]
    before: str = ""
    after: str = ""
    at: Spot = _spot()
    # key → the value in the file, for the places of problems; "" stands for the change itself
    places: Mapping[str, Value] = field(default_factory=dict, compare=False, repr=False)


@dataclass(frozen=True)
class Overlay:
    plan: str
    version: str
    title: str
    status: str
    effective: date
    lines_of_business: tuple[str, ...]
    source: str
    episode_gap_days: int = GAP_DAYS
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
    status: str = field(default="published", compare=False)  # who is asked for review hangs on rows and days alone
    file: str = field(default="", compare=False)
    at: Spot = _spot()

    @property
    def name(self) -> str:
        return f"{self.program}/{self.version}"

    def named(self, line_of_business: str) -> frozenset[str]:
        """The states that rows of a line of business name."""
        rows = (r for r in self.rows if r.line_of_business == line_of_business)
        return frozenset(state for r in rows for state in r.states or ())

    def meets(self, row: ProgramRow, line_of_business: str | None, state: str | None, discipline: str | None) -> bool:
        """Whether a row is meant for these; None stands for any."""
        if line_of_business not in (None, row.line_of_business) or discipline not in (None, *row.disciplines):
            return False
        if state is None or row.states is not None:
            return state is None or state in (row.states or ())
        return state not in self.named(row.line_of_business)


@dataclass(frozen=True)
class DraftBase:
    version: str
    digest: str
    at: Spot = _spot()


@dataclass(frozen=True)
class Draft:
    """Changes to published files. `plans`: plan → changes of its overlay's keys, and of guidelines for it alone."""

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
    """A guideline folder, whole and free of problems; `waiting` programs do not decide yet. Equal only to itself."""

    root: str
    sources: Mapping[str, Source]
    measure_tables: Mapping[str, Mapping[str, Measure]]  # version → measure → what it is
    condition_tables: Mapping[str, tuple[ConditionRow, ...]]  # version → rows
    guidelines: tuple[Guideline, ...]
    overlays: tuple[Overlay, ...] = ()
    programs: tuple[Program, ...] = ()
    warnings: tuple[Problem, ...] = ()
    waiting: tuple[Program, ...] = ()

    @cached_property
    def choices(self) -> dict[str, tuple[str, ...]]:
        """The choices of the facts that this folder closes: what any version of its tables knows."""
        conditions = {c.condition for table in self.condition_tables.values() for c in table}
        return closed(conditions, {m for table in self.measure_tables.values() for m in table})

    @cached_property
    def conditions(self) -> tuple[ConditionRow, ...]:
        """The newest version of the condition table."""
        return self.condition_tables[newest(self.condition_tables)] if self.condition_tables else ()

    @cached_property
    def measures(self) -> Mapping[str, Measure]:
        """The newest version of the measure table."""
        return self.measure_tables[newest(self.measure_tables)] if self.measure_tables else {}

    def base_of(self, guideline: Guideline) -> Guideline | None:
        """The version that a guideline extends; None where it extends none."""
        return self._by_name.get(guideline.extends)

    @cached_property
    def _by_name(self) -> dict[str, Guideline]:
        return {g.name: g for g in self.guidelines}

    def tables(self, guideline: Guideline) -> Tables:
        """The table versions that a guideline decides with: its own, else its base's."""
        own = guideline.tables
        base = self.base_of(guideline)
        lent = self.tables(base) if base is not None and not (own.conditions and own.measures) else own
        return Tables(own.conditions or lent.conditions, own.measures or lent.measures)


@dataclass(frozen=True)
class Rules:
    """What decides: base, guideline, overlay and draft laid over one another (see resolve). `guideline_digest` covers
    base + guideline + draft of it; `overlay_digest` the overlay with its draft ("" without)."""

    guideline: str
    version: str
    title: str
    guideline_digest: str
    plan: str  # "" where no overlay applies
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
    episode_gap_days: int = GAP_DAYS

    @cached_property
    def values(self) -> dict[str, Decimal]:
        """Parameter → value."""
        return {p.id: p.value for p in self.parameters}

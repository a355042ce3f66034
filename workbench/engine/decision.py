"""What a decision is: plain values shared by every reading. There is no denial among the determinations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from datetime import date
from functools import lru_cache
from types import NoneType
from typing import Any, cast, get_args, get_type_hints

from workbench.guideline.model import BenefitLimit, Criterion, Rules
from workbench.guideline.outcomes import ADMINISTRATIVE as ADMINISTRATIVE
from workbench.guideline.outcomes import APPROVED as APPROVED
from workbench.guideline.outcomes import BUILT_IN as BUILT_IN
from workbench.guideline.outcomes import CLINICIAN as CLINICIAN
from workbench.guideline.outcomes import CURES as CURES
from workbench.guideline.outcomes import DETERMINATIONS as DETERMINATIONS
from workbench.guideline.outcomes import IN_PART as IN_PART
from workbench.guideline.outcomes import INFORMATION as INFORMATION
from workbench.guideline.outcomes import MEDICARE
from workbench.guideline.outcomes import NOT_REQUIRED as NOT_REQUIRED
from workbench.language.build import call
from workbench.language.interpret import Facts
from workbench.language.names import fact_types
from workbench.language.tree import STRING, Call, Fact, Literal, Node, number

# What step 5 asks about the request itself.
LIMIT_FACTS = ("requested_visits", "requested_weeks", "visits_used", "weeks_used")
# Those of them that a row which counts the request alone takes as 0.
HISTORY_FACTS = ("visits_used", "weeks_used")

ENGINE_VERSION = "1"
COLUMNAR, REFERENCE, SPARK = "columnar", "reference", "spark"  # the readings that give whole records
SCHEMA = 2  # of a decision record: it grows when a field comes, goes, or changes its name or its meaning
# Years; below it Medicaid owes what is needed, whatever an amount says (42 U.S.C. 1396d(a)(4)(B), (r)(5)).
EPSDT_AGE = 21
AS_OF, RECEIVED_ON, ASKED_ON = "as_of", "received_on", "asked_on"  # where a deciding day can come from


@dataclass(frozen=True, order=True)
class Engine:
    """What decided: a reading by its name, and the version of the meaning that it follows. In files `columnar 1`."""

    name: str
    version: str = ENGINE_VERSION

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()

    @staticmethod
    def of(text: str) -> Engine:
        """As a file says it; a text that names no version has none."""
        name, _, version = text.partition(" ")
        return Engine(name, version)


def _says(text: str, since: int = 0, choices: tuple[str, ...] = ()) -> dict[str, object]:
    return {"says": text, "since": since, "choices": choices}


_SHA = _says("SHA-256 of what it says")


@dataclass(frozen=True)
class Decision:
    """The record of one decision (docs/meaning.md, A decision record). This is the one list of its fields: frames,
    the page and the schema of records, and what `workbench recompute` takes are made from it (`FIELDS`)."""

    request_id: str = field(metadata=_says("of the request; empty where it has none"))
    determination: str = field(metadata=_says("what is said; none of them is a denial", choices=DETERMINATIONS))
    granted_visits: int | None = field(default=None, metadata=_says("visits; null where no authorization is needed"))
    granted_weeks: int | None = field(default=None, metadata=_says("weeks; null where no authorization is needed"))
    referred_visits: int | None = field(
        default=0, metadata=_says("visits that a clinician decides; null where it is not known what was asked")
    )
    referred_weeks: int | None = field(
        default=0, metadata=_says("weeks that a clinician decides; null where it is not known what was asked")
    )
    waived_visits: int = field(default=0, metadata=_says("visits that need no authorization"))
    benefit_excess_visits: int = field(default=0, metadata=_says("visits beyond the benefit year"))
    procedures_not_covered: tuple[str, ...] = field(default=(), metadata=_says("codes that the plan excludes"))
    reasons: tuple[str, ...] = field(default=(), metadata=_says("ids, in the order of the steps"))
    missing: tuple[str, ...] = field(default=(), metadata=_says("facts that would have been needed"))
    assumed: tuple[str, ...] = field(default=(), metadata=_says("facts that an assumption supplied"))
    undefined: tuple[str, ...] = field(
        default=(), metadata=_says("criteria that are unmet only because they have no answer")
    )
    urgent: bool = field(
        default=False,
        metadata=_says(
            "whether an unmet criterion can not wait, even where no review is required; first in every list", since=2
        ),
    )
    guideline: str | None = field(default=None, metadata=_says("id of the guideline that decided"))
    version: str | None = field(default=None, metadata=_says("of the guideline"))
    guideline_digest: str | None = field(default=None, metadata=_SHA)
    plan: str | None = field(default=None, metadata=_says("the plan that the request names"))
    overlay: str | None = field(default=None, metadata=_says("`plan/version` of the overlay that applied"))
    overlay_digest: str | None = field(default=None, metadata=_SHA)
    program: str | None = field(default=None, metadata=_says("`program/version`"))
    program_digest: str | None = field(default=None, metadata=_SHA)
    deciding_day: date | None = field(default=None, metadata=_says("the day by which versions were chosen"))
    day_from: str | None = field(
        default=None,
        metadata=_says(
            "what made it the deciding day; absent in schema 0, where the day is taken as given (`as_of`)",
            since=1,
            choices=(AS_OF, RECEIVED_ON, ASKED_ON),
        ),
    )
    schema: int = field(default=SCHEMA, metadata=_says(f"the shape of the record, now {SCHEMA}", since=1))
    engine: Engine = field(
        default=Engine("", ""), compare=False, metadata=_says("name and version of the reading that decided")
    )

    def as_dict(self) -> dict[str, object]:
        """The record as files and frames have it: lists for tuples, `columnar 1` for an engine."""
        return {f.name: _plain(getattr(self, f.name)) for f in FIELDS}

    @staticmethod
    def of(record: Mapping[str, object]) -> Decision:
        """A row of a frame of decisions, or a record that was read: what it has beside the fields is left out."""
        known: dict[str, Any] = {f.name: record[f.name] for f in FIELDS if f.name in record}
        for name, value in known.items():
            known[name] = tuple(value) if isinstance(value, list) else value
        if isinstance(known.get("engine"), str):
            known["engine"] = Engine.of(known["engine"])
        return Decision(**known)


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Engine) else value


@dataclass(frozen=True)
class RecordField:
    """One field of a record. `holds`: str, int, bool, date, Engine, or tuple for a list of texts; `null`: whether it
    may hold nothing; `default`: what files and frames have where nothing happened; `since`: the schema that it came
    with (a record without `schema` is of 0)."""

    name: str
    holds: type
    null: bool
    default: object
    since: int
    says: str
    choices: tuple[str, ...]


def _fields() -> tuple[RecordField, ...]:
    hints, out = get_type_hints(Decision), []
    for f in fields(Decision):
        kinds = get_args(hints[f.name]) if NoneType in get_args(hints[f.name]) else (hints[f.name],)
        (kind,) = (k for k in kinds if k is not NoneType)
        holds = cast(type, getattr(kind, "__origin__", kind))
        default = None if f.default is MISSING else _plain(f.default)
        out.append(RecordField(f.name, holds, NoneType in kinds, default, **f.metadata))
    return tuple(out)


FIELDS = _fields()  # of a decision record, in the order in which they are written
BY_PROGRAM = "program"  # the reason of what the program requires no review of


def benefit_criterion(rules: Rules) -> Criterion | None:
    """The built-in `benefit_limit` in the language itself, so that every reading has it from one place."""
    return None if rules.benefit_limit is None else _benefit(rules.benefit_limit)


@lru_cache(maxsize=256)
def _benefit(limit: BenefitLimit) -> Criterion:
    types = fact_types()
    covered: list[Node] = []
    for name, allowed in (("discipline", limit.disciplines), ("intent", limit.intents)):
        if allowed:
            covered.append(call("in_list", Fact(types[name], name=name), *(Literal(STRING, value=v) for v in allowed)))
    applies = call("and", *covered) if len(covered) == 2 else covered[0] if covered else None
    requires = call(">", benefit_left(limit.visits), number(0))
    return Criterion(
        "benefit_limit",
        BUILT_IN["benefit_limit"],
        requires,
        limit.source,
        applies,
        ADMINISTRATIVE,
        "Ask the plan whether more visits can be had this benefit year.",
    )


@lru_cache(maxsize=256)
def benefit_left(visits: int) -> Call:
    """What is left of a benefit limit of so many visits."""
    used = Fact(fact_types()["visits_used_this_year"], name="visits_used_this_year")
    return call("-", number(visits), used)


@lru_cache(maxsize=1)
def epsdt() -> Node:
    """Whether a limit may not be the last word on a request: a member of Medicaid under 21."""
    types = fact_types()
    line = call("=", Fact(types["line_of_business"], name="line_of_business"), Literal(STRING, value="medicaid"))
    return call("and", line, call("<", Fact(types["age_years"], name="age_years"), number(EPSDT_AGE)))


def said(c: Criterion, facts: Facts) -> str:
    """The text of a criterion; to a member of Medicare also whose rule it is."""
    if not c.medicare or facts.get("line_of_business") not in MEDICARE:
        return c.text
    whose = "Medicare's own rule" if c.medicare == "own" else "A house rule, where Medicare's rules are silent"
    return f"{c.text} ({whose}.)"

"""What a decision is: plain values shared by every reading. There is no denial among the determinations."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date

from workbench.guideline.model import Criterion, Rules
from workbench.language.build import call
from workbench.language.names import fact_types
from workbench.language.tree import STRING, Call, Fact, Literal, Node, number

NOT_REQUIRED, APPROVED, IN_PART = "not_required", "approved", "approved_in_part"
INFORMATION, CLINICIAN, ADMINISTRATIVE = "information_needed", "clinician_review", "administrative"
# In the order in which tables and charts show them.
DETERMINATIONS = (APPROVED, IN_PART, INFORMATION, CLINICIAN, ADMINISTRATIVE, NOT_REQUIRED)
# Determinations that list what is missing (a clinician_review does so only from step 6 on).
LISTS_MISSING = (INFORMATION, CLINICIAN, ADMINISTRATIVE)
# What step 5 asks about the request itself.
LIMIT_FACTS = ("requested_visits", "requested_weeks", "visits_used", "weeks_used")

BUILT_IN = {
    "program": "The review program does not require authorization of this request.",
    "no_guideline": "No guideline covers this request on the deciding day.",
    "ambiguous_guideline": "More than one guideline claims this request.",
    "too_early": "The program takes requests only from a later day.",
    "excluded_procedure": "Every procedure asked for is excluded by the plan.",
    "benefit_limit": "The visits of the benefit year are used up.",
    "no_limit": "No limit row covers this request; a clinician sets the amount.",
    "limit_reached": "The visits or weeks that the guideline supports are used up.",
    "limit_unknown": "Facts are missing that decide how much is supported.",
    "limit_exceeded": "More is asked for than the guideline supports; a clinician decides the rest.",
}

ENGINE_VERSION = "1"


@dataclass(frozen=True)
class Decision:
    """The record of one decision (decisions.md, A decision record). Visits and weeks are whole numbers; `granted_*`
    is None where no authorization is needed, `referred_*` where what was asked is not known."""

    request_id: str
    determination: str
    granted_visits: int | None = None
    granted_weeks: int | None = None
    referred_visits: int | None = 0
    referred_weeks: int | None = 0
    waived_visits: int = 0
    benefit_excess_visits: int = 0
    procedures_not_covered: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    undefined: tuple[str, ...] = ()   # criteria that are unmet only because they have no answer
    guideline: str | None = None
    version: str | None = None
    guideline_digest: str | None = None
    plan: str | None = None           # the plan that the request names
    overlay: str | None = None        # plan/version of the overlay that applied
    overlay_digest: str | None = None
    program: str | None = None        # program/version
    program_digest: str | None = None
    deciding_day: date | None = None
    engine: str = field(default="", compare=False)

    def as_dict(self) -> dict[str, object]:
        return {f.name: list(v) if isinstance(v := getattr(self, f.name), tuple) else v for f in fields(self)}


def benefit_criterion(rules: Rules) -> Criterion | None:
    """The built-in `benefit_limit` in the language itself, so that every reading has it from one place."""
    limit = rules.benefit_limit
    if limit is None:
        return None
    types = fact_types()
    covered: list[Node] = []
    for name, allowed in (("discipline", limit.disciplines), ("intent", limit.intents)):
        if allowed:
            covered.append(call("in_list", Fact(types[name], name=name),
                                *(Literal(STRING, value=v) for v in allowed)))
    applies = call("and", *covered) if len(covered) == 2 else covered[0] if covered else None
    requires = call(">", benefit_left(limit.visits), number(0))
    return Criterion("benefit_limit", BUILT_IN["benefit_limit"], requires, limit.source, applies, ADMINISTRATIVE,
                     "Ask the plan whether more visits can be had this benefit year.")


def benefit_left(visits: int) -> Call:
    """What is left of a benefit limit of so many visits."""
    used = Fact(fact_types()["visits_used_this_year"], name="visits_used_this_year")
    return call("-", number(visits), used)

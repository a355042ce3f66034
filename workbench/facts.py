"""The fact table: what may be said about a request, with types, units, ranges and choices.

The table itself is `facts.csv` beside this module; `condition`, `measure` and `second_measure` take their choices from
the guideline folder (its condition and measure tables), so they are open here and closed when a library is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from workbench.shipped import shipped_rows

US_STATES = tuple(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH "
    "OK OR PA PR RI SC SD TN TX UT VT VA VI WA WV WI WY".split()
)

# A decimal is held to 8 places and below ten million, so that every reading computes with it exactly.
DECIMAL_PLACES = 8
DECIMAL_BOUND = Decimal(10) ** 7
REQUIRED = ("request_id", "discipline")
# Part of every guideline's digest; raise it with any change of cases/derive.py that changes what a derived fact is.
DERIVED_VERSION = "2"
# Known only afterwards, or used only to compare groups: these can not stand in an expression.
COMPARISON_ONLY = ("language", "rural")
TEXT_BOUND = 200  # characters
# A CPT or HCPCS number, upper case: letters that neither list gives (O and I among them) are slips of the hand.
PROCEDURE = r"(?:[0-9]{4}[0-9AFMTU]|[A-EGHJ-MP-V][0-9]{4})"
PROCEDURE_CODE = f"^{PROCEDURE}$"


def places(number: Decimal) -> int:
    """How many digits a finite number has after the point, as it is written: 2 for 1.50. Raises ValueError."""
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"{number} is no number")
    return max(-exponent, 0)


def held(number: Decimal) -> bool:
    """Whether a number can be computed with exactly: within DECIMAL_BOUND, with at most DECIMAL_PLACES places."""
    return abs(number) <= DECIMAL_BOUND and places(number) <= DECIMAL_PLACES


@dataclass(frozen=True)
class Fact:
    """One row of the table. `kind` is text, date, choice, integer, decimal, boolean or code list;
    `low` and `high` (both included) bound numbers; `choices` is empty where any text will do; `known_by` says who can
    tell it, provider or payer."""

    name: str
    group: str
    kind: str
    unit: str
    low: Decimal | None
    high: Decimal | None
    choices: tuple[str, ...]
    only_where: str
    actionable: bool
    known_by: str
    meaning: str

    @property
    def span(self) -> tuple[Decimal, Decimal]:
        """The least and the largest value of a numeric fact. Raises ValueError for one that is no number."""
        if self.low is None or self.high is None:
            raise ValueError(f"{self.name} is no number")
        return self.low, self.high

    @property
    def derived(self) -> bool:
        return self.name in DERIVED

    @property
    def in_expressions(self) -> bool:
        return self.group != "outcome" and self.name not in COMPARISON_ONLY


@dataclass(frozen=True)
class Input:
    """A fact that a derived one is computed from; where any of `instead` is known it is not needed."""

    name: str
    instead: tuple[str, ...] = ()


# derived fact → the facts that its formula needs (docs/meaning.md, Unknown). `condition` is derived too, but a person
# can choose it, so that it is asked for by its own name.
INPUTS: dict[str, tuple[Input, ...]] = {
    "provider_valid": (Input("provider_npi"),),
    "deficit_percent": (Input("measure"), Input("score_baseline")),
    "remaining_deficit_percent": (Input("measure"), Input("score_current")),
    "improvement_mcid": (Input("measure"), Input("score_baseline"), Input("score_current")),
    "improvement_since_last_mcid": (Input("measure"), Input("score_previous"), Input("score_current")),
    "second_remaining_deficit_percent": (Input("second_measure"), Input("second_score_current")),
    "second_improvement_mcid": (Input("second_measure"), Input("second_score_baseline"), Input("second_score_current")),
    "second_improvement_since_last_mcid": (
        Input("second_measure"),
        Input("second_score_previous"),
        Input("second_score_current"),
    ),
    "episode_id": (Input("member_id"), Input("received_on"), Input("condition", ("diagnosis",))),
    "request_number": (
        Input("received_on"),
        Input("member_id", ("episode_id",)),
        Input("condition", ("diagnosis", "episode_id")),
    ),
}
DERIVED = ("condition", *INPUTS)


def inputs(name: str) -> tuple[Input, ...]:
    """What a person is asked for where this fact is missing: itself, or its inputs where it is derived."""
    return INPUTS.get(name) or (Input(name),)


def _fact(row: dict[str, str]) -> Fact:
    name, kind, span = row["name"], row["type"], row["range"]
    low = high = None
    choices: tuple[str, ...] = ()
    if kind in ("integer", "decimal") and ".." in span:
        low, high = (Decimal(end) for end in span.split(".."))
    elif kind == "decimal":
        low, high = -DECIMAL_BOUND, DECIMAL_BOUND
    elif kind == "choice" and "|" in span:
        choices = tuple(span.split("|"))
    elif name == "state":
        choices = US_STATES
    elif kind == "integer":  # request_number and comorbidities carry ranges; nothing is unbounded
        low, high = Decimal(0), Decimal(10) ** 6
    return Fact(
        name,
        row["group"],
        kind,
        row["unit"],
        low,
        high,
        choices,
        row["only_where"],
        row["actionable"] == "yes",
        row["known_by"],
        row["meaning"],
    )


def closed(conditions: Iterable[str], measures: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The facts whose choices the tables of a guideline folder close: fact → choices."""
    found = tuple(sorted(measures))
    return {"condition": tuple(sorted(conditions)), "measure": found, "second_measure": found}


@lru_cache(maxsize=1)
def facts() -> dict[str, Fact]:
    """All facts by name, in the order of the table."""
    return {row["name"]: _fact(row) for row in shipped_rows("workbench", "facts.csv")}

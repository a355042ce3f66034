"""The fact table: what may be said about a request, with types, units, ranges and choices.

The table itself is `facts.csv` beside this module; `condition` and `measure` take their choices from the
guideline folder (`conditions.csv`, `measures.csv`), so they are open here and closed when a library is loaded.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib import resources

US_STATES = tuple(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH "
    "OK OR PA PR RI SC SD TN TX UT VT VA VI WA WV WI WY".split())

# A decimal is held to 8 places and below ten million, so that every reading computes with it exactly.
DECIMAL_PLACES = 8
DECIMAL_BOUND = Decimal(10) ** 7
REQUIRED = ("request_id", "discipline")
# Known only afterwards, or used only to compare groups: these can not stand in an expression.
COMPARISON_ONLY = ("language", "rural")
TEXT_BOUND = 200  # characters


@dataclass(frozen=True)
class Fact:
    """One row of the table. `kind` is text, date, choice, integer, decimal, boolean or code list;
    `low` and `high` (both included) bound numbers; `choices` is empty where any text will do."""

    name: str
    group: str
    kind: str
    unit: str
    low: Decimal | None
    high: Decimal | None
    choices: tuple[str, ...]
    only_where: str
    actionable: bool
    meaning: str

    @property
    def derived(self) -> bool:
        return self.name in DERIVED

    @property
    def in_expressions(self) -> bool:
        return self.group != "outcome" and self.name not in COMPARISON_ONLY


# derived fact → the facts it is computed from (decisions.md, Unknown)
DERIVED: dict[str, tuple[str, ...]] = {
    "condition": ("diagnosis", "discipline"),
    "provider_valid": ("provider_npi",),
    "deficit_percent": ("measure", "score_baseline"),
    "improvement_mcid": ("measure", "score_baseline", "score_current"),
    "improvement_since_last_mcid": ("measure", "score_previous", "score_current"),
    "episode_id": ("member_id", "discipline", "condition", "diagnosis", "received_on"),
    "request_number": ("episode_id", "received_on"),
}


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
    return Fact(name, row["group"], kind, row["unit"], low, high, choices, row["only_where"],
                row["actionable"] == "yes", row["meaning"])


@lru_cache(maxsize=1)
def facts() -> dict[str, Fact]:
    """All facts by name, in the order of the table."""
    text = resources.files("workbench").joinpath("facts.csv").read_text(encoding="utf-8")
    return {row["name"]: _fact(row) for row in csv.DictReader(text.splitlines())}

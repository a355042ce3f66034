"""A guideline small enough to be read at a glance, and the table of requests that it decides (`decisions/steps.csv`).

A row is what differs from the request USUAL (`name = value; …`, `null` for missing) and the record that comes of it.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from spec.tables import NAMES, literal
from workbench.engine.setting import Setting
from workbench.facts import facts as fact_table
from workbench.guideline.model import (
    BenefitLimit,
    Cell,
    Criterion,
    Cure,
    Exemption,
    Guideline,
    Library,
    LimitRow,
    Overlay,
    Program,
    ProgramRow,
    Waiver,
)
from workbench.language.syntax import parse
from workbench.language.tree import Node

TABLE = Path(__file__).parent / "decisions" / "steps.csv"
USUAL = (
    "discipline = 'PT'; intent = 'rehabilitative'; condition = 'acl_reconstruction'; review_type = 'initial'; "
    "line_of_business = 'commercial'; state = 'ME'; received_on = @2020-03-01; requested_start = @2020-03-02; "
    "requested_visits = 4; requested_weeks = 2; visits_used = 0; weeks_used = 0; visits_used_this_year = 0; "
    "setting = 'office'; procedures = { '97110' }"
)


def _node(text: str) -> Node:
    node = parse(text, NAMES, condition=True).node
    assert node is not None, text
    return node


def _row(id_: str, when: tuple[str, str], visits: int, weeks: int, rate: str = "", counts: str = "episode") -> LimitRow:
    cells = (Cell(*when, _node(f"{when[0]} {when[1]}")),)
    return LimitRow(id_, cells, visits, weeks, Decimal(rate) if rate else None, "s", "consensus", counts=counts)


def _criterion(id_: str, requires: str, applies: str, unmet: str = "clinician_review", **marks: bool) -> Criterion:
    cure = "c" if unmet == "administrative" else ""
    return Criterion(id_, "t", _node(requires), "s", _node(applies), unmet, cure, **marks)


SCAN = replace(
    _criterion("scan", "Coalesce(skilled_care, true)", "true", papers_wait=True),
    cure="ask",
    cures=(
        Cure(_node("setting = 'home'"), "ask at home"),
        Cure(_node("setting = 'home' or age_years = 5"), "ask early"),
    ),
)
RULES = Guideline(
    "therapy-pt",
    "1",
    "t",
    "published",
    date(2019, 1, 1),
    "",
    _node("discipline = 'PT'"),
    (),
    (Exemption("evaluation", "t", _node("evaluation_only and Coalesce(setting != 'hospital_outpatient', true)"), "s"),),
    (
        Waiver("first_three", "t", 3, "s", weeks=4, when=_node("state = 'CO'")),
        Waiver("two", "t", 2, "s", when=_node("state = 'NV'")),
        Waiver("five", "t", 5, "s", when=_node("state = 'NV'")),
        Waiver("five_again", "t", 5, "s", when=_node("state = 'NV'")),
    ),
    (
        _criterion("flag", "Coalesce(red_flag, 'none') = 'none'", "true", urgent=True),
        _criterion("progress", "improvement_mcid >= 1", "review_type = 'continuing'"),
        _criterion("npi", "provider_valid", "setting = 'home'", "administrative"),
        SCAN,
        _criterion("share", "visits_used / requested_visits > 0.5", "setting = 'school'"),
    ),
    (
        _row("acl", ("condition", "= 'acl_reconstruction'"), 12, 8),
        _row("back", ("condition", "= 'low_back_pain'"), 100, 30, "2.5"),
        _row("alone", ("condition", "= 'autism'"), 6, 4, counts="request"),
        _row("deficit", ("deficit_percent", "between 50 and 100"), 20, 10, counts="request"),
    ),
    "f",
)
OVERLAY = Overlay(
    "harbor", "1", "t", "published", date(2019, 1, 1), ("commercial",), "s",
    excluded_procedures=("97033",), benefit_limit=BenefitLimit(30, "s", ("PT",), ("rehabilitative",)),
)  # fmt: skip
PROGRAM = Program(
    "review", "1", "t", date(2019, 1, 1),
    (
        ProgramRow("commercial", ("ME",), ("PT",), "s", requests_from=date(2019, 10, 21), review_from=date(2019, 11, 1)),
        ProgramRow("commercial", ("CA",), ("PT",), "s", planned="some day"),
        ProgramRow("medicaid", ("OH",), ("OT",), "s", review_from=date(2019, 11, 1)),
        ProgramRow(
            "medicaid", None, ("PT",), "s", review_from=date(2019, 11, 1), exempt_when=_node("condition = 'autism'")
        ),
    ),
)  # fmt: skip
# Where both scopes are true, nobody can say which decides; a base and a draft never do.
TWIN = replace(RULES, id="therapy-tele", scope=_node("discipline = 'PT' and setting = 'telehealth'"))
UNDER_REVIEW = replace(RULES, id="speech", status="in_review", scope=_node("discipline = 'ST'"))
LIBRARY = Library("spec", {}, {}, {"": ()}, (RULES, TWIN, UNDER_REVIEW), (OVERLAY,), (PROGRAM,))
SETTING = Setting(LIBRARY, date(2026, 1, 1))
UNDER_PROGRAM = Setting(LIBRARY, date(2026, 1, 1), "review")


@dataclass(frozen=True)
class Row:
    line: int
    program: bool
    facts: str
    expected: dict[str, str]  # column of the record → as written in the table
    note: str

    @property
    def request(self) -> dict[str, object]:
        pairs = (part.split(" = ", 1) for part in f"{USUAL}; {self.facts}".split("; ") if part)
        known = {name: literal(text) for name, text in pairs}
        assert known.keys() <= fact_table().keys(), known
        return {"request_id": "r", **{n: v for n, v in known.items() if v is not None}}


def rows() -> list[Row]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    for i, row in enumerate(found, start=2):
        assert None not in row and None not in row.values(), f"{TABLE.name}:{i}: wrong number of fields"
    told = ("program", "facts", "note")
    return [
        Row(i, bool(r["program"]), r["facts"], {k: v for k, v in r.items() if k not in told}, r["note"])
        for i, r in enumerate(found, start=2)
    ]


def shown(value: object) -> str:
    """A value of a record as the table writes it: `yes` for true, nothing for false and null."""
    if isinstance(value, bool):
        return "yes" if value else ""
    return " ".join(value) if isinstance(value, list | tuple) else "" if value is None else str(value)

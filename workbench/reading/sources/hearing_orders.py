"""Hearing orders and appeal decisions, coded by hand from published texts: one row for each contested request.

A blank cell means "not stated" and stays missing. What the coder wrote beside a number ("8 to 12", "many") makes the
number unknown, with a note. See docs/sources/narratives.md for what such a file can and can not tell.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import polars as pl

from workbench.cases.frame import SCHEMA
from workbench.cases.values import Misfit
from workbench.facts import facts
from workbench.guideline.model import Library
from workbench.reading.account import Note, Reading, notes
from workbench.reading.no_values import count_or_none, is_no_day
from workbench.reading.sources.renamed import Source, renamed
from workbench.reading.sources.text_table import read_text_table
from workbench.shipped import shipped_rows

COLUMNS = (
    "source",
    "case_id",
    "url",
    "decision_date",
    "discipline",
    "region",
    "post_op",
    "requested_visits",
    "requested_per_week",
    "requested_weeks",
    "prior_visits",
    "progress_noted",
    "first_outcome",
    "final_outcome",
    "note",
)
# The body that decided says where, and one of them under what kind of cover.
_BODIES = {"NY-DFS": {"state": "NY"}, "TX-DWC-MCCH": {"state": "TX", "line_of_business": "workers_compensation"}}
_DISCIPLINES = {"PT": "PT", "OT": "OT", "ST": "ST", "PT-aquatic": "PT", "OT-aquatic": "OT"}
_OUTCOMES = ("approved", "approved_in_part", "denied", "withdrawn")
_CODES = re.compile(r"\b(?:9[27]\d{3}|G\d{4})\b")


def read_hearing_orders(path: str | Path, library: Library, mapping: Source = None) -> Reading:
    table = read_text_table(path, COLUMNS, renamed(mapping, COLUMNS))
    said: list[Note] = []
    rows, misfits = [], dict(table.misfits)
    for i, cells in enumerate(table.cells):
        row = _Row(cells, table.rows[i], said, library)
        rows.append(row.facts)
        if row.misfits:
            misfits.setdefault(i, []).extend(row.misfits)
    frame = pl.DataFrame({name: [r.get(name) for r in rows] for name in SCHEMA}, schema=SCHEMA)
    return table.sorted_out(frame, library, misfits, notes(said))


class _Row:
    """One row's facts, what could not be taken (misfits), and what was left unknown (`said`)."""

    def __init__(self, cells: dict[str, str], number: int, said: list[Note], library: Library):
        self.cells, self.number, self.said, self.library = cells, number, said, library
        self.request = cells["case_id"] or None
        self.discipline = _DISCIPLINES.get(cells["discipline"])
        self.facts: dict[str, object] = {"request_id": self.request}
        self.misfits: list[Misfit] = []
        self._who()
        for column, fact in (
            ("requested_visits", "requested_visits"),
            ("requested_weeks", "requested_weeks"),
            ("prior_visits", "visits_used"),
        ):
            self.facts[fact] = count = self._count(column, fact)
            if fact == "visits_used" and count:
                self.facts["review_type"] = "continuing"  # by definition: earlier visits of this episode
        self._what()
        self._when_and_how()

    def note(self, fact: str, text: str) -> None:
        self.said.append((self.number, self.request, fact, text))

    def _who(self) -> None:
        body, discipline = self.cells["source"], self.cells["discipline"]
        if body in _BODIES:
            self.facts |= _BODIES[body]
        else:
            self.note("state", f"the body '{body}' is not known; state and kind of cover stay missing")
        if "medicaid" in self.cells["note"].lower() and "line_of_business" not in self.facts:
            self.facts["line_of_business"] = "medicaid"
        if self.discipline:
            self.facts["discipline"] = self.discipline
            if discipline != self.discipline:
                self.note("discipline", f"'{discipline}' counts as {self.discipline}")
        elif discipline:
            self.misfits.append(
                Misfit(
                    "value-not-a-choice",
                    f"discipline is never '{discipline}'",
                    "one of OT, PT, PT-aquatic, ST",
                    "discipline",
                )
            )

    def _count(self, column: str, fact: str) -> int | None:
        text = self.cells[column]
        if not text:
            return None
        if re.fullmatch(r"-?\d{1,4}", text):
            count, told = count_or_none(int(text), facts()[fact])
            if told:
                self.note(fact, told)
            return count
        self.note(fact, f"'{text}' is not one number; left unknown")
        return None

    def _what(self) -> None:
        operated = {"Y": True, "N": False}.get(self.cells["post_op"])
        if operated is None and self.cells["post_op"]:
            self.note("post_surgical", f"'{self.cells['post_op']}' is neither Y nor N; left unknown")
        self.facts["post_surgical"] = operated
        region = self.cells["region"]
        if not region:
            return
        condition = _condition(region, self.cells["post_op"], self.cells["note"], self.discipline)
        if condition and condition in self.library.choices["condition"]:
            self.facts["condition"] = condition
        else:
            self.note(
                "condition",
                f"'{region}'{' after an operation' if operated else ''} names no single condition; left unknown",
            )

    def _when_and_how(self) -> None:
        text = self.cells["decision_date"]
        try:
            self.facts["decided_on"] = date.fromisoformat(text) if len(text) == 10 else None
        except ValueError:
            self.facts["decided_on"] = None
        if text and self.facts["decided_on"] is None:
            self.note("decided_on", f"'{text}' is not a day; left unknown")
        day = self.facts["decided_on"]
        if isinstance(day, date) and is_no_day(day, request=True):
            self.facts["decided_on"] = None
            self.note("decided_on", f"{text} stands for no day; it is missing")
        first, final = self.cells["first_outcome"], self.cells["final_outcome"]
        for word in filter(None, (first, final)):
            if word not in _OUTCOMES:
                self.misfits.append(
                    Misfit(
                        "value-not-a-choice",
                        f"the outcome is never '{word}'",
                        f"one of {', '.join(_OUTCOMES)}",
                        "historical_determination",
                    )
                )
                return
        self.facts["historical_determination"] = final or first or None
        if first == "denied" and final:
            self.facts["appeal_outcome"] = {"denied": "upheld", "withdrawn": "withdrawn"}.get(final, "overturned")
        note = self.cells["note"].lower()
        if "retrospective" in note:
            self.facts["review_timing"] = "post_service"
        if re.search(r"\bhome\b", self.cells["region"].lower()):
            self.facts["setting"] = "home"
        codes = tuple(dict.fromkeys(_CODES.findall(self.cells["note"])))
        self.facts["procedures"] = list(codes) or None


def _condition(region: str, operated: str, note: str, discipline: str | None) -> str | None:
    """The first row of hearing_regions.csv that fits; a blank cell there fits anything."""
    for row in _regions():
        if (
            row["region"] == region.lower()
            and row["post_op"] in ("", operated)
            and row["discipline"] in ("", discipline)
            and row["note_has"] in note.lower()
        ):
            return row["condition"] or None
    return None


def _regions() -> list[dict[str, str]]:
    return shipped_rows("workbench.reading.sources", "hearing_regions.csv")

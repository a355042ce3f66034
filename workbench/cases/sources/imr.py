"""Independent medical review determinations (California): appeals of denials, one row each, no visits and no weeks.

Therapy is told by the treatment sub-category alone: the category misses more than a quarter of the rows. Older exports
of the file are comma-separated with commas inside unquoted cells; such rows are set aside as they stand. See
docs/sources/imr.md for what the file can and can not tell.
"""

from __future__ import annotations

import csv
from importlib import resources
from pathlib import Path

import polars as pl

from workbench.cases.frame import SCHEMA
from workbench.cases.reading import Reading, notes
from workbench.cases.sources.text_table import first_line, read_text_table
from workbench.cases.values import Misfit
from workbench.guideline.model import Library

COLUMNS = ("Reference ID", "Report Year", "Diagnosis Category", "Diagnosis Sub Category", "Treatment Category",
           "Treatment Sub Category", "Determination", "Type", "Age Range", "Patient Gender")
_THERAPY = {"Physical Therapy": "PT", "Occupational Therapy": "OT", "Speech Therapy": "ST"}
_OUTCOMES = {"Overturned Decision of Health Plan": "overturned", "Upheld Decision of Health Plan": "upheld"}
_SEXES = {"Male": "male", "Female": "female"}


def read_imr(path: str | Path, library: Library) -> Reading:
    delimiter = ";" if first_line(path).count(";") > first_line(path).count(",") else ","
    table = read_text_table(path, COLUMNS, delimiter, wanted=_is_therapy,
                            skipped="the treatment is no physical, occupational or speech therapy")
    conditions, known = _conditions(), {(c.condition, d) for c in library.conditions for d in c.disciplines}
    rows, said, misfits = [], [(0, None, "decided_on", "the file tells the year of a decision, not its day")], {}
    for i, cells in enumerate(table.cells):
        facts, wrong = {"state": "CA"}, []
        if i in table.misfits:
            rows.append({})
            continue
        facts["request_id"] = cells["Reference ID"] or None
        facts["discipline"] = _THERAPY[cells["Treatment Sub Category"]]
        facts["sex"] = _SEXES.get(cells["Patient Gender"])
        outcome = cells["Determination"]
        if outcome in _OUTCOMES:
            facts |= {"historical_determination": "denied", "appeal_outcome": _OUTCOMES[outcome]}
        else:
            wrong.append(Misfit("value-not-a-choice", f"the determination is never '{outcome}'", "",
                                "appeal_outcome"))
        named = conditions.get((cells["Diagnosis Category"], cells["Diagnosis Sub Category"], facts["discipline"]))
        if (named, facts["discipline"]) in known:
            facts["condition"] = named
        number, request = table.rows[i], facts["request_id"]
        if cells["Age Range"]:
            said.append((number, request, "age_years", f"in the band {cells['Age Range'].replace('_', '-')}"))
        if "condition" not in facts:
            what = " / ".join(filter(None, (cells["Diagnosis Category"], cells["Diagnosis Sub Category"])))
            said.append((number, request, "condition", f"'{what}' names no single condition" if what
                         else "no diagnosis is stated"))
        rows.append(facts)
        if wrong:
            misfits[i] = wrong
    frame = pl.DataFrame({name: [r.get(name) for r in rows] for name in SCHEMA}, schema=SCHEMA)
    return table.sorted_out(frame, library, {**table.misfits, **misfits}, notes(said))


def _is_therapy(cells: dict[str, str]) -> bool:
    return cells["Treatment Sub Category"] in _THERAPY


def _conditions() -> dict[tuple[str, str, str], str]:
    """(category, sub-category, discipline) → condition, where the words of the file name one and no other."""
    text = resources.files("workbench.cases.sources").joinpath("imr_conditions.csv").read_text(encoding="utf-8")
    return {(r["category"], r["sub_category"], d): r["condition"]
            for r in csv.DictReader(text.splitlines()) for d in r["disciplines"].split(";")}

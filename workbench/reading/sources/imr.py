"""Independent medical review determinations (California): appeals of denials, one row each, no visits and no weeks.

Therapy is told by the treatment sub-category alone: the category misses more than a quarter of the rows. Older exports
of the file are comma-separated with commas inside unquoted cells; such rows are set aside as they stand. See
docs/sources/imr.md for what the file can and can not tell.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from workbench.cases.frame import SCHEMA
from workbench.cases.values import Misfit
from workbench.guideline.model import Library
from workbench.reading.account import Note, Reading, notes
from workbench.reading.sources.renamed import Source, renamed
from workbench.reading.sources.text_table import read_text_table
from workbench.shipped import shipped_rows

COLUMNS = (
    "Reference ID",
    "Report Year",
    "Diagnosis Category",
    "Diagnosis Sub Category",
    "Treatment Category",
    "Treatment Sub Category",
    "Determination",
    "Type",
    "Age Range",
    "Patient Gender",
)
_THERAPY = {"Physical Therapy": "PT", "Occupational Therapy": "OT", "Speech Therapy": "ST"}
_OUTCOMES = {"Overturned Decision of Health Plan": "overturned", "Upheld Decision of Health Plan": "upheld"}
_SEXES = {"Male": "male", "Female": "female"}


def read_imr(path: str | Path, library: Library, mapping: Source = None) -> Reading:
    table = read_text_table(
        path,
        COLUMNS,
        renamed(mapping, COLUMNS),
        wanted=_is_therapy,
        skipped="the treatment is no physical, occupational or speech therapy",
    )
    conditions, known = _conditions(), {(c.condition, d) for c in library.conditions for d in c.disciplines}
    rows: list[dict[str, str | None]] = []
    said: list[Note] = [(0, None, "decided_on", "the file tells the year of a decision, not its day")]
    misfits: dict[int, list[Misfit]] = {}
    for i, cells in enumerate(table.cells):
        facts: dict[str, str | None] = {"state": "CA"}
        wrong: list[Misfit] = []
        if i in table.misfits:
            rows.append({})
            continue
        facts["request_id"] = cells["Reference ID"] or None
        discipline = facts["discipline"] = _THERAPY[cells["Treatment Sub Category"]]
        facts["sex"] = _SEXES.get(cells["Patient Gender"])
        if cells["Patient Gender"] and not facts["sex"]:
            told = f"'{cells['Patient Gender']}' is no sex that is known; left unknown"
            said.append((table.rows[i], facts["request_id"], "sex", told))
        outcome = cells["Determination"]
        if outcome in _OUTCOMES:
            facts |= {"historical_determination": "denied", "appeal_outcome": _OUTCOMES[outcome]}
        else:
            wrong.append(Misfit("value-not-a-choice", f"the determination is never '{outcome}'", "", "appeal_outcome"))
        named = conditions.get((cells["Diagnosis Category"], cells["Diagnosis Sub Category"], discipline))
        if named and (named, discipline) in known:
            facts["condition"] = named
        number, request = table.rows[i], facts["request_id"]
        if cells["Age Range"]:
            said.append((number, request, "age_years", f"in the band {cells['Age Range'].replace('_', '-')}"))
        if "condition" not in facts:
            what = " / ".join(filter(None, (cells["Diagnosis Category"], cells["Diagnosis Sub Category"])))
            said.append(
                (
                    number,
                    request,
                    "condition",
                    f"'{what}' names no single condition" if what else "no diagnosis is stated",
                )
            )
        rows.append(facts)
        if wrong:
            misfits[i] = wrong
    frame = pl.DataFrame({name: [r.get(name) for r in rows] for name in SCHEMA}, schema=SCHEMA)
    return table.sorted_out(frame, library, {**table.misfits, **misfits}, notes(said))


def _is_therapy(cells: dict[str, str]) -> bool:
    return cells["Treatment Sub Category"] in _THERAPY


def _conditions() -> dict[tuple[str, str, str], str]:
    """(category, sub-category, discipline) → condition, where the words of the file name one and no other."""
    return {
        (r["category"], r["sub_category"], d): r["condition"]
        for r in shipped_rows("workbench.reading.sources", "imr_conditions.csv")
        for d in r["disciplines"].split(";")
    }

"""Files → lines of claims, for monitoring: DE-SynPUF claims, a table of lines, or cases (a row a request).

A visit here is what it is for the requests made of claims (`claims.py`): one claim, of its first day, in each
discipline that its codes tell. Beside it stand what a request does not need: who treated, births, deaths, cover.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from workbench.cases.claim_lines import (
    CLAIMS,
    LINES,
    REQUESTS,
    Lines,
    conform_lines,
    lines_of_cases,
    with_line_episodes,
)
from workbench.cases.frame import CaseFrame
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.facts import US_STATES
from workbench.guideline.model import Library
from workbench.reading.sources import claims
from workbench.reading.sources.renamed import renamed
from workbench.reading.sources.text_table import read_text_table

KINDS = ("cases", "claims", "lines")
_COVER = "BENE_SMI_CVRAGE_TOT_MONS"  # months of cover for outpatient services in the file's year
_MEMBER = (*claims.PEOPLE, "BENE_DEATH_DT", _COVER)


@dataclass(frozen=True)
class Claims:
    """`lines` with their episodes; `rows_are` claims or requests; `cases`, where the lines come of requests, which say
    more of an episode than lines do; `notes`: what was left out or is not told."""

    lines: Lines = field(repr=False)
    rows_are: str
    cases: CaseFrame | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()


def of_cases(cases: pl.DataFrame, library: Library, notes: tuple[str, ...] = ()) -> Claims:
    """Requests as lines: each with the visits that it came to."""
    return Claims(lines_of_cases(cases, library), REQUESTS, cases, notes)


def of_lines(lines: pl.DataFrame, library: Library, notes: tuple[str, ...] = (), file: str = "<frame>") -> Claims:
    """A frame of lines, typed, with its episodes. Raises ProblemsFound for columns that are missing or do not fit."""
    return Claims(with_line_episodes(conform_lines(lines, file), library), CLAIMS, None, notes)


def read_claims_file(path: str | Path, library: Library, source: str = "cases") -> Claims:
    """A file of one of three kinds: `cases` (as `workbench read` and `replay` take them), `claims` (DE-SynPUF) or
    `lines` (CSV or Parquet with the columns of docs/monitoring.md). Raises ProblemsFound."""
    if source not in KINDS:
        raise ProblemsFound([Problem("bad-call", f"there is no source {source}", hint=nearest(source, KINDS))])
    if source == "cases":
        from workbench.reading.read import read_cases

        found = read_cases(path, library, None)
        aside = f"{len(found.set_aside):,} rows were set aside: workbench read says why"
        return of_cases(found.accepted, library, (aside,) if len(found.set_aside) else ())
    if source == "claims":
        return _synpuf(Path(path), library)
    return of_lines(_table(Path(path)), library, file=str(path))


def _table(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema_length=0)
    except FileNotFoundError:
        raise ProblemsFound([Problem("missing-file", "there is no such file", str(path))]) from None
    except (pl.exceptions.PolarsError, OSError) as wrong:
        raise ProblemsFound([Problem("unreadable", str(wrong).splitlines()[0], str(path))]) from None


def _synpuf(path: Path, library: Library) -> Claims:
    path = claims.claims_file(path)
    codes = claims.table_of("claims_codes.csv")
    disciplines = {r["code"]: frozenset(r["disciplines"].split(";")) for r in codes}
    table = read_text_table(
        path,
        (*claims.COLUMNS, "AT_PHYSN_NPI"),
        renamed(None, claims.COLUMNS),
        wanted=lambda c: any(v in disciplines for n, v in c.items() if n.startswith("HCPCS_CD_")),
        skipped="claim without a therapy code",
        warn=False,
    )
    people = _members(path)
    found = {
        row: (cells, claims.visits_of(cells, row, disciplines))
        for i, (row, cells) in enumerate(zip(table.rows, table.cells, strict=True))
        if i not in table.misfits
    }
    courses = claims.courses_of([v for _, visits in found.values() for v in visits])
    evaluations = {r["code"] for r in codes if r["evaluation"]}
    rows = [
        _line(visit, f"E{n}", course, found[visit.row][0], people.get(visit.member, {}), evaluations)
        for n, course in enumerate(courses, start=1)
        for visit in course
    ]
    known = {c.condition for c in library.conditions}
    icd9 = [(r["prefix"], r["discipline"], r["condition"]) for r in _split(claims.table_of("claims_icd9.csv"))]
    for row in rows:
        row["condition"] = next(
            (c for p, d, c in icd9 if str(row["_icd9"]).startswith(p) and row["discipline"] == d and c in known), None
        )
    lines = pl.DataFrame(rows, schema={**LINES, "_icd9": pl.String})
    undated = sum(not visits for _, visits in found.values())
    skipped = sum(table.skipped.values())
    notes = [f"{skipped:,} claims without a therapy code are not meant"]
    notes += [f"{undated:,} claims have no day of service and are in no count"] if undated else []
    notes += [f"{len(table.misfits):,} rows could not be split into cells"] if table.misfits else []
    notes.append("diagnoses are ICD-9: the commonest plain ones have a condition, the others are not stated")
    notes.append("the public file breaks up the histories of its people: durations and episodes mean nothing there")
    return Claims(lines.select(*LINES).sort("row"), CLAIMS, None, tuple(notes))


def _line(
    visit: claims.Visit,
    episode: str,
    course: list[claims.Visit],
    cells: dict[str, str],
    person: dict[str, str],
    evaluations: set[str],
) -> dict[str, object]:
    """One visit. A claim of evaluation codes alone is no visit, as elsewhere here."""
    born = claims.day_of(person.get("BENE_BIRTH_DT", ""), request=False)
    discipline = frozenset.intersection(*(v.may_be for v in course))
    state = person.get("SP_STATE_CODE", "")
    place = claims.SSA[int(state) - 1] if state.isdigit() and 0 < int(state) <= len(claims.SSA) else None
    months = person.get(_COVER, "")
    treated = not visit.whole or bool(set(visit.codes) - evaluations)
    return {
        "row": visit.row,
        # A long claim goes on in another segment under its own number.
        "claim_id": cells["CLM_ID"] if cells["SEGMENT"] in ("", "1") else f"{cells['CLM_ID']}/{cells['SEGMENT']}",
        "member_id": visit.member,
        "provider_npi": cells["AT_PHYSN_NPI"] or None,
        "discipline": next(iter(discipline)) if len(discipline) == 1 else None,
        "service_on": visit.day,
        "through_on": claims.day_of(cells["CLM_THRU_DT"]),
        "visits": int(treated),
        "procedures": list(visit.codes),
        "state": place if place in US_STATES else None,
        "line_of_business": "medicare",
        "age_years": None if born is None else _age(born, visit.day),
        "sex": {"1": "male", "2": "female"}.get(person.get("BENE_SEX_IDENT_CD", "")),
        "born_on": born,
        "died_on": claims.day_of(person.get("BENE_DEATH_DT", ""), request=False),
        # Months of cover do not say which: only none at all says that a day was not covered.
        "eligible": False
        if months.isdigit() and int(months) == 0 and person.get("_year") == str(visit.day.year)
        else None,
        "episode_id": episode,
        "_icd9": visit.diagnosis,
    }


def _split(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """A row for each discipline of a row."""
    return [{**r, "discipline": d} for r in rows for d in r["disciplines"].split(";")]


def _age(born: date, day: date) -> int | None:
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return years if years >= 0 else None


def _members(path: Path) -> dict[str, dict[str, str]]:
    """Of each person the cells of the first file beneficiary*.csv beside the claims, and its year."""
    out: dict[str, dict[str, str]] = {}
    for file in sorted(path.parent.glob("beneficiary*.csv")):
        year = "".join(c for c in file.stem if c.isdigit())[-4:]
        for cells in read_text_table(file, _MEMBER, warn=False).cells:
            out.setdefault(cells["DESYNPUF_ID"], cells | {"_year": year})
    return out


def joined(parts: list[Claims], library: Library) -> Claims:
    """Files of one kind as one: rows are counted on from file to file, and episodes run through all of them."""
    if len(parts) == 1:
        return parts[0]
    if parts[0].cases is not None:
        cases = pl.concat([p.cases for p in parts if p.cases is not None], how="diagonal_relaxed")
        return of_cases(cases, library, tuple(n for p in parts for n in p.notes))
    moved, before = [], 0
    for part in parts:
        moved.append(part.lines.with_columns(pl.col("row") + before, pl.lit(None, pl.String).alias("episode_id")))
        before += part.lines.select(pl.col("row").max().fill_null(0)).item()
    notes = tuple(dict.fromkeys(n for p in parts for n in p.notes))
    return Claims(with_line_episodes(pl.concat(moved), library), parts[0].rows_are, None, notes)

"""Outpatient claims in the layout of CMS's DE-SynPUF: claims → visits → episodes → the requests they would have needed.

One request is made of each episode: it asks for the visits that took place, over the weeks that they took. What was
really asked for, why, and with what papers, no claim tells. See docs/sources/claims.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from workbench.cases.frame import SCHEMA
from workbench.cases.values import Misfit
from workbench.errors import Problem, ProblemsFound, several
from workbench.facts import US_STATES
from workbench.guideline.model import GAP_DAYS, Library
from workbench.reading.account import Reading, notes
from workbench.reading.no_values import is_no_day
from workbench.reading.sources.renamed import Source, renamed
from workbench.reading.sources.text_table import TextTable, read_text_table
from workbench.shipped import shipped_rows

_CODES = tuple(f"HCPCS_CD_{i}" for i in range(1, 46))
COLUMNS = ("DESYNPUF_ID", "CLM_ID", "SEGMENT", "CLM_FROM_DT", "CLM_THRU_DT", "ICD9_DGNS_CD_1", *_CODES)
PEOPLE = ("DESYNPUF_ID", "BENE_BIRTH_DT", "BENE_SEX_IDENT_CD", "SP_STATE_CODE")
# The states in the order of the Social Security Administration's codes, from 01.
SSA = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND "
    "OH OK OR PA PR RI SC SD TN TX UT VT VI VA WA WV WI WY"
).split()
# Encounters for rehabilitation say for which: ICD-9 V57.
_TELLING = {"V571": "PT", "V572": "OT", "V573": "ST"}


@dataclass(frozen=True)
class Visit:
    member: str
    day: date
    row: int
    codes: tuple[str, ...]
    diagnosis: str
    may_be: frozenset[str]  # disciplines that its codes leave open
    whole: bool  # false where codes were left out because they could be of either of two disciplines


def read_claims(path: str | Path, library: Library, mapping: Source = None) -> Reading:
    """`path` is the claims file (or its folder); a file beneficiary*.csv beside it adds age, sex and state."""
    path = claims_file(Path(path))
    codes = table_of("claims_codes.csv")
    disciplines = {r["code"]: frozenset(r["disciplines"].split(";")) for r in codes}
    evaluations = {r["code"] for r in codes if r["evaluation"]}
    table = read_text_table(
        path,
        COLUMNS,
        renamed(mapping, COLUMNS),
        wanted=lambda c: any(c[k] in disciplines for k in _CODES),
        skipped="claim without a therapy code",
        warn=False,
    )
    people = people_beside(path)
    out = _Requests(library, people, evaluations)
    visits = []
    for i, cells in enumerate(table.cells):
        found = [] if i in table.misfits else visits_of(cells, table.rows[i], disciplines)
        if not found:
            reasons = table.misfits.get(i) or [Misfit("missing-value", "the claim has no day of service")]
            out.set_aside(table.rows[i], table.raw[i], reasons)
        visits += found
    raw = dict(zip(table.rows, table.raw, strict=True))
    courses = courses_of(visits)
    for course in courses:
        out.add(course, raw[course[0].row])
    became = (
        f"{several(len(table.cells), 'claim')} with therapy codes became {several(len(visits), 'visit')} in "
        f"{several(len(courses), 'episode')}, "
        "one request each"
    )
    mapped = "diagnoses are ICD-9; only the commonest plain ones are mapped, and `diagnosis` stays missing"
    out.said[:0] = [(0, None, "visits_attended", became), (0, None, "condition", mapped)]
    return out.reading(table)


class _Requests:
    def __init__(self, library: Library, people: dict[str, dict[str, str]], evaluations: set[str]):
        self.library, self.people, self.evaluations = library, people, evaluations
        self.icd9 = [
            (r["prefix"], frozenset(r["disciplines"].split(";")), r["condition"]) for r in table_of("claims_icd9.csv")
        ]
        self.facts: list[dict[str, object]] = []
        self.rows: list[int] = []
        self.raw: list[str] = []
        self.misfits: dict[int, list[Misfit]] = {}
        self.said: list[tuple[int, str | None, str, str]] = []
        self._last: dict[tuple[str, str], date] = {}

    def set_aside(self, row: int, raw: str, reasons: list[Misfit], facts: dict[str, object] | None = None) -> None:
        self.misfits[len(self.facts)] = reasons
        self._put(row, raw, facts or {})

    def _put(self, row: int, raw: str, facts: dict[str, object]) -> None:
        self.facts.append(facts)
        self.rows.append(row)
        self.raw.append(raw)

    def add(self, course: list[Visit], raw: str) -> None:
        first, last = course[0], course[-1]
        codes = tuple(dict.fromkeys(c for v in course for c in v.codes))
        treated = sorted({v.day for v in course if set(v.codes) - self.evaluations})
        open_ = frozenset.intersection(*(v.may_be for v in course))
        facts: dict[str, object] = {
            "request_id": f"{first.member}-{first.day:%Y%m%d}-{'-'.join(sorted(open_))}-{first.row}",
            "member_id": first.member,
            "received_on": first.day,
            "requested_start": first.day,
            "review_type": "initial",
            "line_of_business": "medicare",
            "procedures": list(codes),
            # Codes that were left out may be of treatment, which leaves it open.
            "evaluation_only": False if treated else True if all(v.whole for v in course) else None,
            "requested_visits": len(treated) or None,
            "visits_attended": len(treated),
            "requested_weeks": max(-(-((last.day - first.day).days + 1) // 7), 1),
            "visits_used": 0,
            "weeks_used": 0,
        }
        facts |= self._person(first, str(facts["request_id"]))
        if len(open_) != 1:
            shown = ", ".join(codes[:4])
            told = f"the codes {shown} do not tell it; they are billed by {' and '.join(sorted(course[0].may_be))}"
            wrong = Misfit("missing-value", f"discipline: {told}", "", "discipline")
            self.set_aside(first.row, raw, [wrong], facts)
            return
        facts["discipline"] = discipline = next(iter(open_))
        before = self._last.get((first.member, discipline))
        if before is not None:
            facts["days_since_last_visit"] = (first.day - before).days
        self._last[first.member, discipline] = last.day
        self._condition(facts, course)
        self._put(first.row, raw, facts)

    def _condition(self, facts: dict[str, object], course: list[Visit]) -> None:
        known = {c.condition for c in self.library.conditions}
        named = {
            next((c for p, ds, c in self.icd9 if v.diagnosis.startswith(p) and facts["discipline"] in ds), None)
            for v in course
        }
        named -= {None}
        if len(named) == 1 and named <= known:
            facts["condition"] = named.pop()

    def _person(self, visit: Visit, request: str) -> dict[str, object]:
        person = self.people.get(visit.member)
        if person is None:
            return {}
        born = day_of(person["BENE_BIRTH_DT"], request=False)
        state = person["SP_STATE_CODE"]
        place = SSA[int(state) - 1] if state.isdigit() and 0 < int(state) <= len(SSA) else None
        age = (
            None
            if born is None
            else visit.day.year - born.year - ((visit.day.month, visit.day.day) < (born.month, born.day))
        )
        for name, fact, lost in (
            ("BENE_BIRTH_DT", "age_years", age is None),
            ("BENE_SEX_IDENT_CD", "sex", person["BENE_SEX_IDENT_CD"] not in ("1", "2")),
            ("SP_STATE_CODE", "state", place not in US_STATES),
        ):
            if lost and person[name]:
                self.said.append((visit.row, request, fact, f"{name} '{person[name]}' tells none; it is missing"))
        return {
            "age_years": age,
            "sex": {"1": "male", "2": "female"}.get(person["BENE_SEX_IDENT_CD"]),
            "state": place if place in US_STATES else None,
        }

    def reading(self, table: TextTable) -> Reading:
        frame = pl.DataFrame({name: [f.get(name) for f in self.facts] for name in SCHEMA}, schema=SCHEMA)
        unsplit = {i: m for i, m in self.misfits.items() if not self.facts[i]}
        made = TextTable(rows=self.rows, raw=self.raw, misfits=unsplit, warnings=table.warnings, skipped=table.skipped)
        return made.sorted_out(frame, self.library, self.misfits, notes(self.said))


def claims_file(path: Path) -> Path:
    if path.is_dir():
        found = sorted(p for p in path.glob("*.csv") if "claims" in p.name.lower())
        if not found:
            raise ProblemsFound([Problem("missing-file", f"{path.name} holds no file *claims*.csv", str(path))])
        return found[0]
    return path


def people_beside(path: Path) -> dict[str, dict[str, str]]:
    found = sorted(path.parent.glob("beneficiary*.csv"))
    return {c["DESYNPUF_ID"]: c for file in found for c in read_text_table(file, PEOPLE, warn=False).cells}


def visits_of(cells: dict[str, str], row: int, disciplines: dict[str, frozenset[str]]) -> list[Visit]:
    """A claim counts as one visit, of its first day, in each discipline that its codes tell; codes carry no days of
    their own. None without a day."""
    day = day_of(cells["CLM_FROM_DT"]) or day_of(cells["CLM_THRU_DT"])
    if day is None:
        return []
    codes = tuple(dict.fromkeys(cells[k] for k in _CODES if cells[k] in disciplines))
    diagnosis, member = cells["ICD9_DGNS_CD_1"], cells["DESYNPUF_ID"]
    told = sorted({next(iter(disciplines[c])) for c in codes if len(disciplines[c]) == 1})
    if len(told) > 1:
        own = {d: tuple(c for c in codes if disciplines[c] == {d}) for d in told}
        whole = sum(map(len, own.values())) == len(codes)
        return [Visit(member, day, row, own[d], diagnosis, frozenset({d}), whole) for d in told]
    may_be = frozenset.intersection(*(disciplines[c] for c in codes))
    if not may_be:  # such as an evaluation for speech beside exercise: the exercise is somebody else's
        may_be = frozenset(told)
        codes = tuple(c for c in codes if disciplines[c] == may_be)
        return [Visit(member, day, row, codes, diagnosis, may_be, False)]
    named = next((d for p, d in _TELLING.items() if diagnosis.startswith(p)), None)
    return [Visit(member, day, row, codes, diagnosis, frozenset({named}) if named in may_be else may_be, True)]


def courses_of(visits: list[Visit]) -> list[list[Visit]]:
    """Visits of one person that may be of one discipline, with no gap of more than 90 days. A visit whose codes leave
    the discipline open joins the course that it may belong to; where none is open, it opens one."""
    courses: list[list[Visit]] = []
    open_: dict[str, list[list[Visit]]] = {}
    for visit in sorted(visits, key=lambda v: (v.member, v.day, len(v.may_be), v.row)):
        mine = open_.setdefault(visit.member, [])
        fitting = [
            c
            for c in mine
            if visit.day - c[-1].day <= timedelta(GAP_DAYS)
            and frozenset.intersection(visit.may_be, *(v.may_be for v in c))
        ]
        if fitting:
            fitting[-1].append(visit)
        else:
            courses.append([visit])
            mine.append(courses[-1])
    return courses


def day_of(text: str, request: bool = True) -> date | None:
    """A day written YYYYMMDD; None for what is none, and for one that stands for none. `request`: see no_day."""
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:8])) if len(text) == 8 else None
    except ValueError:
        return None
    return None if day is None or is_no_day(day, request) else day


def table_of(name: str) -> list[dict[str, str]]:
    return shipped_rows("workbench.reading.sources", name)

"""Who is under review on a day, and how a program went from day to day through its versions.

    under_review(library, "rehab-review-2019", day).lines()
    bands(library, "rehab-review-2019")     # states that fared alike, through all versions

A day here is that of a request received, and of a treatment that starts, on that day. What decides a request is the
engine (docs/meaning.md, Program); this page only says the same for a whole day at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from workbench.errors import Problem, ProblemsFound, nearest
from workbench.facts import US_STATES
from workbench.guideline.model import Library, Program, ProgramRow
from workbench.guideline.versions import planned_until, program_on
from workbench.language.interpret import evaluate
from workbench.language.tree import Literal, Node, fact_names, walk
from workbench.words.conditions import Sayer, labels, listed
from workbench.words.differences import OTHERS

REQUIRED, ASKED, LATER, PLANNED, EXEMPT = "required", "requests taken", "not yet", "planned", "exempt"
STATUSES = (REQUIRED, ASKED, LATER, PLANNED, EXEMPT)
_WORDS = {
    REQUIRED: "under review",
    ASKED: "requests are taken; review starts later",
    LATER: "review starts later",
    PLANNED: "planned, not yet in force",
    EXEMPT: "exempt that day",
}


@dataclass(frozen=True)
class Entry:
    """A row of the program on a day: whom it names and how it stands. `exempt` says in words who needs no review all
    the same."""

    status: str
    line_of_business: str
    states: tuple[str, ...]  # one entry OTHERS for the states that no other row of the line of business names
    disciplines: tuple[str, ...]
    requests_from: date | None
    review_from: date | None
    planned: str
    exempt: str
    source: str
    overdue: bool = False  # only planned, and the time that it names has passed by the day asked about

    def words(self) -> str:
        text = f"{', '.join(self.states)}; {', '.join(self.disciplines)}"
        if self.review_from:
            text += f"; review from {self.review_from}"
        if self.requests_from:
            text += f", requests taken from {self.requests_from}"
        if self.planned:
            text += f"; planned: {self.planned}"
        if self.overdue:
            text += " (that time has passed and no start was found: ask the plan)"
        return text + (f"; no review where {self.exempt}" if self.exempt else "")

    def as_dict(self) -> dict[str, object]:
        return {
            "status": self.status,
            "line_of_business": self.line_of_business,
            "states": list(self.states),
            "disciplines": list(self.disciplines),
            "requests_from": _iso(self.requests_from),
            "review_from": _iso(self.review_from),
            "planned": self.planned,
            "overdue": self.overdue,
            "exempt_where": self.exempt,
            "source": self.source,
        }


@dataclass(frozen=True)
class Day:
    """A program on a day: the version that counts and its rows, those under review first."""

    program: str
    version: str
    title: str
    published: date
    on: date
    entries: tuple[Entry, ...]
    monitoring: tuple[str, ...]

    def lines(self) -> list[str]:
        """Plain text, by status and line of business."""
        announced = "" if self.published <= self.on else ", not yet announced that day: the oldest version counts"
        out = [
            f"{self.program} on {self.on}",
            f"{self.title} (version {self.version}, published {self.published}{announced})",
        ]
        for status in STATUSES:
            mine = [e for e in self.entries if e.status == status]
            if mine or status == REQUIRED:
                out += ["", _WORDS[status] + ("" if mine else ": nobody")]
            business = ""
            for entry in mine:
                if entry.line_of_business != business:
                    business = entry.line_of_business
                    out.append(f"  {business.replace('_', ' ')}")
                out.append(f"    {entry.words()}  [{entry.source}]")
        out += ["", "Everybody else needs no authorization under this program."]
        if self.monitoring:
            out.append(f"Monitored all the same: {listed(m.replace('_', ' ') for m in self.monitoring)}.")
        return out

    def as_dict(self) -> dict[str, object]:
        return {
            "program": self.program,
            "version": self.version,
            "title": self.title,
            "published": self.published.isoformat(),
            "on": self.on.isoformat(),
            "entries": [e.as_dict() for e in self.entries],
            "monitoring": list(self.monitoring),
        }


def under_review(
    library: Library,
    program: str,
    on: date,
    *,
    state: str | None = None,
    line: str | None = None,
    discipline: str | None = None,
) -> Day:
    """Who is under review on a day, and who will be; with a state, a line of business, a discipline: only the rows that
    concern them. Raises ProblemsFound for an unknown program."""
    need_program(library, program)
    version = program_on(library, program, on)
    names = labels(library)
    rows = [r for r in version.rows if version.meets(r, line, state, discipline)]
    entries = [_entry(row, on, names) for row in rows]
    order = {b: k for k, b in enumerate(dict.fromkeys(r.line_of_business for r in version.rows))}
    entries.sort(key=lambda e: (STATUSES.index(e.status), order[e.line_of_business]))
    return Day(program, version.version, version.title, version.published, on, tuple(entries), version.monitoring)


def need_program(library: Library, program: str) -> None:
    """Raises ProblemsFound where there is no such program."""
    programs = sorted({p.program for p in library.programs})
    if program not in programs:
        raise ProblemsFound(
            [Problem("unknown-program", f"there is no program {program}", hint=nearest(program, programs))]
        )


def _entry(row: ProgramRow, on: date, names: Mapping[str, str]) -> Entry:
    exempt = Sayer({}, names).say(row.exempt_when) if row.exempt_when is not None else ""
    return Entry(
        _status(row, on),
        row.line_of_business,
        (OTHERS,) if row.states is None else row.states,
        row.disciplines,
        row.requests_from,
        row.review_from,
        row.planned,
        exempt,
        row.source,
        row.review_from is None and (due := planned_until(row.planned)) is not None and due < on,
    )


def _status(row: ProgramRow, on: date) -> str:
    """How a row stands for a request received, and a treatment that starts, on a day."""
    if row.review_from is None:
        return PLANNED
    if on < row.review_from:
        return ASKED if row.requests_from and row.requests_from <= on else LATER
    days = {"received_on": on, "requested_start": on}
    if row.exempt_when is not None and evaluate(row.exempt_when, days, {}).value is True:
        return EXEMPT
    return REQUIRED


# through the versions


@dataclass(frozen=True)
class Band:
    """States that fared alike, and how: (first day, last day or None for open, status), in order of time."""

    line_of_business: str
    states: tuple[str, ...]
    disciplines: tuple[str, ...]
    spans: tuple[tuple[date, date | None, str], ...]

    @property
    def label(self) -> str:
        business = self.line_of_business.replace("_", " ")
        return f"{business}: {', '.join(self.states)}" + (
            "" if len(self.disciplines) == 3 else f" ({', '.join(self.disciplines)})"
        )


def bands(library: Library, program: str) -> list[Band]:
    """The calendar through all versions of a program. A day goes by the version that counts on it; days before the
    first announcement go by the oldest. Raises ProblemsFound for an unknown program."""
    need_program(library, program)
    versions = sorted((p for p in library.programs if p.program == program), key=lambda p: p.published)
    days = _turning_points(versions)
    alike: dict[tuple[str, tuple[str, ...]], list[tuple[str, str]]] = {}
    for business in dict.fromkeys(r.line_of_business for v in versions for r in v.rows):
        named = {s for v in versions for r in v.rows if r.line_of_business == business for s in r.states or ()}
        for state in (*(s for s in US_STATES if s in named), OTHERS):
            for discipline in ("PT", "OT", "ST"):
                course = tuple(_standing(program_on(library, program, d), business, state, discipline, d) for d in days)
                alike.setdefault((business, course), []).append((state, discipline))
    out = []
    for (business, course), members in alike.items():
        spans = _spans(days, course)
        if spans:
            states = tuple(dict.fromkeys(s for s, _ in members))
            out.append(Band(business, states, tuple(dict.fromkeys(d for _, d in members)), spans))
    return sorted(out, key=lambda b: (b.line_of_business, b.spans[0][0], b.states))


def _turning_points(versions: Iterable[Program]) -> list[date]:
    """Every day on which anything can change: announcements, starts, and the days that exemptions name."""
    days: set[date] = set()
    for version in versions:
        days.add(version.published)
        for row in version.rows:
            days.update(d for d in (row.requests_from, row.review_from) if d)
            if row.exempt_when is not None and {"received_on", "requested_start"} & set(fact_names(row.exempt_when)):
                for day in _days_in(row.exempt_when):
                    days.update((day, day + timedelta(days=1)))
    return sorted(days)


def _days_in(node: Node) -> list[date]:
    return [n.value for n in walk(node) if isinstance(n, Literal) and isinstance(n.value, date)]


def _standing(version: Program, business: str, state: str, discipline: str, on: date) -> str:
    """The status of one state on a day; "" where no row names it."""
    mine = [r for r in version.rows if r.line_of_business == business and discipline in r.disciplines]
    row = next((r for r in mine if r.states is not None and state in r.states), None)
    if row is None:
        named = {s for r in version.rows if r.line_of_business == business for s in r.states or ()}
        row = next((r for r in mine if r.states is None and state not in named), None)
    return "" if row is None else _status(row, on)


def _spans(days: list[date], course: tuple[str, ...]) -> tuple[tuple[date, date | None, str], ...]:
    spans: list[tuple[date, date | None, str]] = []
    for k, status in enumerate(course):
        last = days[k + 1] - timedelta(days=1) if k + 1 < len(days) else None
        if spans and spans[-1][2] == status and status:
            spans[-1] = (spans[-1][0], last, status)
        elif status:
            spans.append((days[k], last, status))
    return tuple(spans)


def table(calendar: Iterable[Band]) -> list[list[str]]:
    """The same as rows: who, from, to, status."""
    return [
        [b.label, first.isoformat(), last.isoformat() if last else "open", _WORDS[status]]
        for b in calendar
        for first, last, status in b.spans
    ]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None

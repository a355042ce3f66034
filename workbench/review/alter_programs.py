"""Alterations of programs: every row dropped, every state, discipline, line of business, day and exemption of a row,
and the day on which a calendar was announced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from workbench.engine.decision import Decision
from workbench.engine.reference import decide
from workbench.engine.setting import Setting
from workbench.guideline.model import Library, Program, ProgramRow
from workbench.guideline.versions import program_on
from workbench.language.build import call
from workbench.review.alterations import Alteration, Bench, Case

PROGRAMS = "programs"
_WOULD = "a request received while this calendar was known, on the edge of what the row says"
_DAY = timedelta(days=1)


def alter_programs(bench: Bench) -> Iterator[Alteration]:
    """The alterations of every version of every program."""
    for program in bench.library.programs:
        for what, other in _altered(program):
            yield _alteration(bench, program, what, other)


def _alteration(bench: Bench, program: Program, what: str, other: Program) -> Alteration:
    library = bench.library
    why = _equivalent(library, program, other)
    changed = replace(library, programs=tuple(other if p == program else p for p in library.programs))
    settings: dict[Setting, Setting] = {}

    def concerns(case: Case) -> bool:
        if case.example.program != program.program:
            return False
        received = case.facts.get("received_on")
        day = received if isinstance(received, date) else None
        return other.published != program.published or program_on(library, program.program, day) == program

    def decided(case: Case) -> Decision:
        if case.chosen not in settings:
            # The rules do not read the programs, so that those of the case go on deciding.
            day = case.chosen.as_of
            kept = case.chosen.guidelines(day) if day is not None else ()
            rules = {(g.name, ""): case.chosen.rules(g, None) for g in kept}
            settings[case.chosen] = replace(case.chosen, library=changed).ruled_by(rules)
        return decide(case.facts, settings[case.chosen]).decision

    return Alteration(
        PROGRAMS, program.program, f"{program.version}, {what}", concerns, decided, _WOULD, equivalent=why
    )


def _equivalent(library: Library, program: Program, other: Program) -> str:
    """Why no request could come out otherwise; "" where one could."""
    versions = sorted((p for p in library.programs if p.program == program.program), key=lambda p: p.published)
    oldest, newest = program == versions[0], program == versions[-1]
    if other.published != program.published:
        return "before the first calendar is announced the first counts all the same" if oldest else ""
    gone = [r for r in program.rows if r not in other.rows]
    new = [r for r in other.rows if r not in program.rows]
    lines = {r.line_of_business for r in (*gone, *new)}
    others = any(r.states is None and r.line_of_business in lines for r in program.rows)
    if all(r.review_from is None for r in (*gone, *new)) and not others:
        return "a row that is only planned says the same as none"
    days = [(a.requests_from, b.requests_from) for a, b in zip(gone, new, strict=False)]
    if len(gone) == len(new) == 1 and replace(gone[0], requests_from=None) == replace(new[0], requests_from=None):
        past = all(day is None or day <= program.published for pair in days for day in pair)
        if past and not oldest and (not newest or None not in days[0]):
            return "no request that this calendar decides comes so early"
    return ""


def _altered(program: Program) -> Iterator[tuple[str, Program]]:
    for sign in (1, -1):
        day = program.published + sign * _DAY
        yield f"announced {program.published} → {day}", replace(program, published=day)
    for number, row in enumerate(program.rows):
        said = _said(row)
        yield f"{said} dropped", replace(program, rows=(*program.rows[:number], *program.rows[number + 1 :]))
        for what, other in _rows(row, program.published):
            rows = (*program.rows[:number], other, *program.rows[number + 1 :])
            yield f"{said}: {what}", replace(program, rows=rows)


def _rows(row: ProgramRow, announced: date) -> Iterator[tuple[str, ProgramRow]]:
    states = row.states or ()
    for state in states if len(states) > 1 else ():
        yield f"without {state}", replace(row, states=tuple(s for s in states if s != state))
    for discipline in row.disciplines if len(row.disciplines) > 1 else ():
        yield f"without {discipline}", replace(row, disciplines=tuple(d for d in row.disciplines if d != discipline))
    line = "marketplace" if row.line_of_business != "marketplace" else "commercial"
    yield f"line of business → {line}", replace(row, line_of_business=line)
    for sign in (1, -1):
        if row.requests_from is not None:
            day = row.requests_from + sign * _DAY
            yield f"requests from {row.requests_from} → {day}", replace(row, requests_from=day)
        if row.review_from is not None:
            day = row.review_from + sign * _DAY
            yield f"review from {row.review_from} → {day}", replace(row, review_from=day)
    if row.requests_from is not None:
        yield "requests from any day", replace(row, requests_from=None)
    if row.review_from is None:
        yield "in force at once", replace(row, planned="", review_from=announced)
    else:
        yield "only planned", replace(row, planned="some day", review_from=None, requests_from=None)
    if row.exempt_when is not None:
        yield "exemption dropped", replace(row, exempt_when=None)
        yield "exemption negated", replace(row, exempt_when=call("not", row.exempt_when))


def _said(row: ProgramRow) -> str:
    states = "other states" if row.states is None else ", ".join(row.states[:2]) + (" …" if row.states[2:] else "")
    return f"{row.line_of_business} {states}"

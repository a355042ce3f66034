"""A program: where, for whom and from which day review is required at all."""

from __future__ import annotations

from pathlib import Path

from workbench.documents.section import Section, open_section
from workbench.documents.yaml_places import Scalar, Value
from workbench.guideline.expressions import guideline_names, read_condition
from workbench.guideline.forms import OTHERS, PROGRAM
from workbench.guideline.load_guideline import named_by_place
from workbench.guideline.load_tables import Shared
from workbench.guideline.model import Program, ProgramRow
from workbench.language.syntax import Names


def read_program(root: Value | None, path: Path, shown: str, shared: Shared) -> Program | None:
    """The program that a file holds; every problem goes to `shared.problems`."""
    section = open_section(root, "a program", PROGRAM)
    if section is None:
        return None
    name, version = named_by_place(section, "program", path)
    known = guideline_names({}, shared.choices)
    title, published = section.take("title", "text", default=""), section.take("published", "date")
    status = section.take("status", "line", default="published") or "published"
    taken: dict[tuple[str, str, str], int] = {}
    rows = []
    for one in section.take("rows", "sections", default=()):
        one.what = "a row"
        row = _row(one, known, shared)
        _claim(one, row, taken)
        rows.append(row)
    monitoring = section.take("monitoring", "texts", default=())
    section.finish()
    if published is None:
        return None
    return Program(name, version, title, published, tuple(rows), monitoring, status, shown, at=section.value.spot)


def _row(one: Section, known: Names, shared: Shared) -> ProgramRow:
    states: tuple[str, ...] | None = None
    if isinstance(one.at("states"), Scalar):
        one.take("states", "line")
    else:
        states = one.take("states", "texts", default=())
    row = ProgramRow(
        one.take("line_of_business", "line", default=""),
        states,
        one.take("disciplines", "texts", default=()),
        shared.source(one),
        one.take("requests_from", "date"),
        one.take("review_from", "date"),
        one.take("planned", "text", default=""),
        read_condition(one.take("exempt_when", "scalar"), known),
        at=one.value.spot,
    )
    if ("review_from" in one) == ("planned" in one):
        one.fail(
            "program-row",
            "a row says either `review_from` or `planned`",
            "keep the day" if "planned" in one else "add `review_from`, or `planned` with what is known",
        )
    elif row.requests_from and row.review_from and row.requests_from > row.review_from:
        one.fail(
            "program-row",
            f"requests are taken from {row.requests_from}, after review begins on {row.review_from}",
            key="requests_from",
        )
    one.finish()
    return row


def _claim(one: Section, row: ProgramRow, taken: dict[tuple[str, str, str], int]) -> None:
    """Report what another row of the program claims already."""
    for state in row.states if row.states is not None else (OTHERS,):
        for discipline in row.disciplines:
            key = (row.line_of_business, state, discipline)
            if key in taken:
                hint = f"the other stands in line {taken[key]}"
                one.fail("program-overlap", f"{' '.join(key)} is in two rows", hint, "states")
                return
            taken[key] = one.value.line

"""A plan overlay: what one health plan changes, frees, leaves out and limits, in one dated version."""

from __future__ import annotations

import re
from pathlib import Path

from workbench.documents.section import Section, open_section
from workbench.documents.yaml_places import Items, Scalar, Value
from workbench.facts import PROCEDURE_CODE
from workbench.guideline.expressions import guideline_names
from workbench.guideline.forms import OVERLAY
from workbench.guideline.load_guideline import items, named_by_place, read_waiver
from workbench.guideline.load_tables import Shared
from workbench.guideline.model import GAP_DAYS, BenefitLimit, Overlay
from workbench.guideline.read_changes import read_changes

_PROCEDURE = re.compile(PROCEDURE_CODE, re.ASCII)


def read_overlay(root: Value | None, path: Path, shown: str, shared: Shared) -> Overlay | None:
    """The overlay that a file holds; every problem goes to `shared.problems`."""
    section = open_section(root, "a plan overlay", OVERLAY)
    if section is None:
        return None
    plan, version = named_by_place(section, "plan", path)
    known = guideline_names({}, shared.choices)  # an overlay meets several guidelines: only facts are common to all
    title, status = section.take("title", "text", default=""), section.take("status", "line")
    effective, source = section.take("effective", "date"), shared.source(section)
    lines = section.take("lines_of_business", "texts", default=())
    gap = section.take("episode_gap_days", "integer", default=GAP_DAYS)
    waivers = items(section, "waivers", read_waiver, known, shared)
    excluded = read_procedures(section, "excluded_procedures")
    benefit = read_benefit(section.take("benefit_limit", "section"), shared)
    changes = read_changes(section.take("changes", "section"), shared)
    section.finish()
    if status is None or effective is None:
        return None
    return Overlay(
        plan,
        version,
        title,
        status,
        effective,
        lines,
        source,
        gap,
        waivers,
        excluded,
        benefit,
        changes,
        shown,
        at=section.value.spot,
    )


def read_procedures(section: Section, key: str) -> tuple[str, ...]:
    """A list of procedure codes; `key` is optional."""
    codes = section.take(key, "texts", default=())
    listed = section.at(key)
    for one in listed.values if isinstance(listed, Items) else ():
        if isinstance(one, Scalar) and one.text in codes:
            procedure(one.text, one)
    return codes


def procedure(code: str, place: Value) -> bool:
    """Whether it is a procedure code; if not, that is reported at `place`."""
    if not _PROCEDURE.fullmatch(code):
        place.fail("bad-procedure", f"{code!r} is not a procedure code", "five digits, or four and a letter")
        return False
    return True


def read_benefit(section: Section | None, shared: Shared) -> BenefitLimit | None:
    """The benefit limit of a section, where there is one."""
    if section is None:
        return None
    visits, source = section.take("visits", "integer"), shared.source(section)
    disciplines, intents = (section.take(key, "texts", default=()) for key in ("disciplines", "intents"))
    section.finish()
    return None if visits is None else BenefitLimit(visits, source, disciplines, intents)

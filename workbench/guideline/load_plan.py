"""A plan overlay: what one health plan changes, frees, leaves out and limits, in one dated version."""

from __future__ import annotations

import re
from pathlib import Path

from workbench.errors import nearest
from workbench.facts import facts
from workbench.guideline.expressions import guideline_names
from workbench.guideline.load_guideline import items, named_by_place, read_waiver
from workbench.guideline.load_tables import Shared
from workbench.guideline.model import STATUSES, BenefitLimit, Overlay
from workbench.guideline.read_changes import read_changes
from workbench.guideline.section import Section, open_section
from workbench.guideline.yamlfile import Value

PROCEDURE = re.compile(r"[0-9]{4}[0-9A-Z]|[A-Z][0-9]{4}", re.ASCII)  # CPT and HCPCS numbers


def read_overlay(root: Value | None, path: Path, shown: str, shared: Shared) -> Overlay | None:
    """The overlay that a file holds; every problem goes to `shared.problems`."""
    section = open_section(root, "a plan overlay")
    if section is None:
        return None
    plan, version = named_by_place(section, "plan", path)
    known = guideline_names({}, shared.choices)  # an overlay meets several guidelines: only facts are common to all
    overlay = Overlay(
        plan, version, section.take("title", "text", default=""),
        section.take("status", "line", choices=STATUSES, default="draft"), section.take("effective", "date"),
        section.take("lines_of_business", "texts", choices=facts()["line_of_business"].choices, default=()),
        shared.source(section),
        section.take("episode_gap_days", "integer", required=False, low=1, high=9999, default=90),
        tuple(items(section, "waivers", read_waiver, known, shared)),
        read_procedures(section, "excluded_procedures"),
        read_benefit(section.take("benefit_limit", "section", required=False), shared),
        read_changes(section.take("changes", "section", required=False), shared), shown, at=section.value.spot)
    section.finish()
    return overlay


def read_procedures(section: Section, key: str) -> tuple[str, ...]:
    """A list of procedure codes; `key` is optional."""
    codes = section.take(key, "texts", required=False, default=())
    for code in codes:
        if not PROCEDURE.fullmatch(code):
            place = next((v for v in section.at(key).values if getattr(v, "text", "") == code), section.at(key))
            place.fail("bad-procedure", f"{code!r} is not a procedure code", "five digits, or four and a letter")
    return codes


def read_benefit(section: Section | None, shared: Shared) -> BenefitLimit | None:
    """The benefit limit of a section, where there is one."""
    if section is None:
        return None
    named: dict[str, tuple[str, ...]] = {}
    for key, fact in (("disciplines", "discipline"), ("intents", "intent")):
        words = section.take(key, "texts", required=False, default=(), empty=True)
        for word in words:
            if word not in facts()[fact].choices:
                section.fail("bad-benefit", f"{word!r} is not one of the {key}", nearest(word, facts()[fact].choices),
                             key)
        named[key] = words
    visits = section.take("visits", "integer", default=1)
    if not 1 <= visits <= 999:
        section.fail("bad-benefit", f"a benefit of {visits} visits is not between 1 and 999", key="visits")
    limit = BenefitLimit(visits, shared.source(section), named["disciplines"], named["intents"])
    section.finish()
    return limit

"""The columns of the tables in a guideline folder: limits, conditions, measures. A row is a line; the readers beside
this file go by it."""

from __future__ import annotations

from workbench.documents.form import Form, Key
from workbench.guideline.model import COUNTS, EVIDENCE, HIGHEST

_CELLS = Key(
    "",
    "line",
    "any other column is named after a fact (a choice, true or false, or a number as a closed range `0..12`); a blank "
    "cell is any value",
    required=False,
)
LIMIT_NUMBERS = (
    Key("visits", "integer", "visits supported", low=0, high=HIGHEST["visits"]),
    Key("weeks", "integer", "weeks supported", low=0, high=HIGHEST["weeks"]),
    Key("per_week", "number", "visits a week; none: any", required=False, low=0, high=HIGHEST["per_week"]),
)
LIMITS = Form(
    "limits",
    "How many visits and weeks a guideline supports, row by row; the first row that matches counts.",
    (
        Key("id", "id", "its name; no two alike"),
        *LIMIT_NUMBERS,
        Key(
            "counts",
            "line",
            "whether visits and weeks so far in the episode are counted in, or the request alone",
            required=False,
            choices=COUNTS,
            default=COUNTS[0],
        ),
        Key("source", "line", "an id of sources.yaml; or one for each number, joined by `;`"),
        Key("evidence", "line", "what kind of text it is: " + ", ".join(EVIDENCE) + "; likewise"),
        Key("note", "text", "why; decides nothing", required=False),
    ),
    rest=_CELLS,
)
CONDITIONS = Form(
    "conditions",
    "What condition a diagnosis is: the row with the longest prefix of the code whose discipline fits and whose key "
    "cells are true.",
    (
        Key("condition", "id", "its name, as the fact `condition`; it may stand in several rows"),
        Key("label", "text", "its name for people"),
        Key("disciplines", "line", "PT, OT, ST, joined by `;`"),
        Key("icd10_prefixes", "line", "beginnings of ICD-10-CM codes, joined by `;`; blank: only a request names it"),
    ),
    rest=_CELLS,
)
MEASURES = Form(
    "measures",
    "Standardised outcome measures: the ends of their scale and the smallest change that matters.",
    (
        Key("measure", "id", "its name, as the fact `measure`"),
        Key("label", "text", "its name for people"),
        Key("lowest", "number", "the lower end of the scale; blank where none is agreed"),
        Key("highest", "number", "the upper end; blank where none is agreed"),
        Key("better", "line", "which way is better", choices=("higher", "lower")),
        Key("mcid", "number", "the smallest important change; blank where none is agreed"),
        Key("source", "line", "an id of sources.yaml"),
        Key("evidence", "line", "what kind of text it is", choices=EVIDENCE),
        Key("note", "text", "what the smallest important change is: in whom, or of which size", required=False),
    ),
)

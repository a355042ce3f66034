"""What a record file holds: the decision, and the request that it is of. The fields of the decision are those of
`engine/decision.py`, which has the one list of them."""

from __future__ import annotations

from datetime import date

from workbench.documents.facts_form import facts_form
from workbench.documents.form import Form, Key
from workbench.engine.decision import FIELDS, Engine, RecordField

_KINDS = {str: "text", int: "integer", bool: "boolean", date: "date", tuple: "items", Engine: "text"}


def _key(field: RecordField) -> Key:
    return Key(
        field.name,
        _KINDS[field.holds],
        field.says + (f" (since schema {field.since})" if field.since else ""),
        required=False,  # what an older version did not write, or somebody cut, is told when it is compared
        choices=field.choices,
        low=1 if field.name == "schema" else 0 if field.holds is int else None,
        empty=field.holds in (str, tuple),
        each=Key("", "text") if field.holds is tuple else None,
        null=field.null,
    )


RECORD = Form("record", "The decision (what each field means: docs/meaning.md).", tuple(map(_key, FIELDS)))
_DRAFT = Form(
    "record_draft",
    "The draft under which it was decided.",
    (Key("draft", "text", "its name"), Key("file", "text", "where it stood", required=False, null=True, empty=True)),
)
RECORD_FILE = Form(
    "record_file",
    "One decision with the request that it is of, as `workbench decide REQUEST.yaml --json` writes it and `workbench "
    "recompute` reads it: whoever holds it needs nothing else but the guideline folder.",
    (
        Key("record", "section", "the decision", form=RECORD),
        Key("request", "section", "the facts as they were decided", form=facts_form()),
        Key("request_digest", "text", "SHA-256 of the request", required=False, null=True),
        Key(
            "derived",
            "boolean",
            "whether derived and assumed facts stand in the request already",
            required=False,
            default="they are derived again",
        ),
        Key("draft", "section", "the draft under which it was decided", required=False, form=_DRAFT, null=True),
        Key(
            "versions",
            "section",
            "guideline → version, those that were tried in place of what the day chooses",
            required=False,
            each=Key("", "text"),
        ),
        Key("steps", "any", "the trace, for people", required=False),
        Key("texts", "any", "the texts behind the ids, for people", required=False),
    ),
)

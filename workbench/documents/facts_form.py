"""A request as a section of facts: the keys are the rows of the fact table."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.documents.form import Form, Key
from workbench.facts import Fact, facts

CODE = "a procedure code in quotes: five digits, or four and a letter"


def facts_form(choices: Mapping[str, tuple[str, ...]] | None = None) -> Form:
    """Every fact as a key; `choices` closes condition and measure, which a guideline folder names. Nothing
    (`home_program: null`) says that a fact is missing, as leaving it out does."""
    return Form(
        "request",
        "One request, a fact a line. A fact that is not known is left out: missing is neither false nor 0.",
        tuple(_key(fact, choices or {}) for fact in facts().values()),
    )


def _key(fact: Fact, choices: Mapping[str, tuple[str, ...]]) -> Key:
    kind = {"integer": "integer", "decimal": "number", "boolean": "boolean", "date": "date", "code list": "texts"}
    kind["text"] = "text"  # of one line or more: nothing but its control characters is refused
    text = fact.meaning + (f" ({fact.unit})" if fact.unit else "")
    return Key(
        fact.name,
        kind.get(fact.kind, "line"),
        text,
        required=False,
        choices=choices.get(fact.name, fact.choices),
        low=fact.low if fact.kind in ("integer", "decimal") else None,
        high=fact.high if fact.kind in ("integer", "decimal") else None,
        choice_code="value-not-a-choice",
        null=True,
        empty=fact.kind in ("text", "code list"),
        each=Key("", "text", CODE, empty=True) if fact.kind == "code list" else None,
    )

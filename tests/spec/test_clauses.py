"""Each clause of docs/meaning.md with what holds it (`decisions/clauses.csv`): a row of the table of decisions, by its note, or a
test, by its name. A clause whose row or test is gone is one that nothing holds."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from spec.small_rules import rows

ROOT = Path(__file__).parents[2]
CLAUSES = list(csv.DictReader((Path(__file__).parent / "decisions" / "clauses.csv").open(encoding="utf-8")))
NOTES = [r.note for r in rows()]


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda c: f"{c['section']}: {c['clause']}")
def test_something_holds_it(clause: dict[str, str]) -> None:
    kind, _, note = clause["held_by"].partition("steps: ")
    if not kind:
        assert NOTES.count(note) == 1, note
        return
    file, _, test = clause["held_by"].partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not test or re.search(rf"^def {test}\(", text, re.MULTILINE), clause["held_by"]


def test_no_clause_stands_twice() -> None:
    assert len({(c["section"], c["clause"]) for c in CLAUSES}) == len(CLAUSES)

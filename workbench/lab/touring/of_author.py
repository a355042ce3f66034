"""The path of a policy author: from a question on a Monday to a saved draft."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from workbench.documents.outputs import write_text
from workbench.engine.setting import setting
from workbench.generator.generate import generate
from workbench.guideline.draft_yaml import render
from workbench.guideline.load_draft import carry_over, load_draft
from workbench.guideline.model import Draft
from workbench.lab.touring.ground import Ground, Seen, need
from workbench.review.difference import diff_draft
from workbench.study.compare import Comparison, compare
from workbench.study.impact import impact
from workbench.study.replay import Replay, prepare, replay
from workbench.study.sweep import rules_of
from workbench.words.comparisons import sentence
from workbench.words.numbers import count

GUIDELINE, ROW, MORE = "physical-therapy", "knee_injury_low", 7
REQUESTS, SEED = 4_000, 7


def find_the_number(ground: Ground) -> Seen:
    """The limit row that the question is about, with its source."""
    rules = rules_of(ground.published, GUIDELINE)
    row = next((r for r in rules.limits if r.id == ROW), None)
    need(row is not None and row.visits < MORE, f"there is no row {ROW} below {MORE} visits")
    assert row is not None
    ground.kept["visits"] = row.visits
    cells = ", ".join(f"{c.fact.replace('_', ' ')} {c.text}" for c in row.cells)
    text = f"Row {row.id} of {GUIDELINE}: {row.visits} visits in {row.weeks} weeks."
    return Seen(text, (f"It is met by: {cells}.", f"Source: {row.source} ({row.evidence})."))


def move_it(ground: Ground) -> Seen:
    """Three become seven, on generated requests; published files are not touched."""
    change = {"rows": [ROW], "visits": {"set": MORE}}
    draft = load_draft({"changes": {GUIDELINE: {"limits": {"change": [change]}}}}, ground.library)
    cases = prepare(generate(REQUESTS, SEED, ground.library), ground.published)
    before = replay(cases, ground.published)
    after = replay(cases, setting(ground.library, draft=draft))
    found = compare(before, after)
    need(found.flipped.requests > 0, "no request changes")
    ground.kept |= {"draft": draft, "before": before, "after": after, "compared": found}
    return Seen(
        sentence(found), (f"{count(REQUESTS)} generated requests, seed {SEED}; every difference is draft − published.",)
    )


def who_fares_how(ground: Ground) -> Seen:
    """Who loses by it, and who gains."""
    before, after = ground.kept["before"], ground.kept["after"]
    assert isinstance(before, Replay) and isinstance(after, Replay)
    found = impact(before, after)
    need(found.nobody_loses, "somebody loses by more visits")
    told = tuple(f"{f.how}: {count(f.counts.requests)} requests, {count(f.counts.people)} people" for f in found.fares)
    return Seen("Nobody loses: no request is supported with less than before.", told)


def save_the_draft(ground: Ground) -> Seen:
    """The draft as a file, read again: it says what was meant."""
    draft, compared = ground.kept["draft"], ground.kept["compared"]
    assert isinstance(draft, Draft) and isinstance(compared, Comparison)
    named = carry_over(
        Draft("monday", "the tour", sentence(compared), date(2026, 11, 30), draft.base, draft.changes), ground.library
    )
    path = ground.folder / "drafts" / "monday.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, render(named, path))
    again = load_draft(path, ground.library)
    need(again.changes[0].body == (("visits", (("set", Decimal(MORE)),)),), "the file does not say what was meant")
    told = tuple(f"{item.title}: {item.change}" for item in diff_draft(ground.library, again).said)
    return Seen(f"Saved as drafts/{path.name} in a folder of the tour; read again it changes this:", told)

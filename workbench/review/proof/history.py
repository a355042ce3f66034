"""Real requests that lie where two sets of rules decide otherwise: cases replayed under both."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from workbench.cases.frame import CaseFrame
from workbench.engine.reference import decide
from workbench.facts import facts as fact_table
from workbench.language.interpret import Facts
from workbench.review.proof.subject import Subject, Witness
from workbench.review.proof.thresholds import SAME_ROW, Rows, Threshold
from workbench.study.replay import facts_of, prepare, replay

_SAID = ("determination", "granted_visits", "granted_weeks", "waived_visits")


@dataclass(frozen=True)
class Seen:
    """Of a cell how many requests lie there, and one of them: its id, and as a witness what both sides decide of it."""

    requests: int
    request_id: str
    witness: Witness | None = None


def seen(
    cases: CaseFrame, before: Subject, after: Subject, plan: str, cuts: list[Threshold], rows: Rows
) -> dict[tuple[str, ...], Seen]:
    """Cell → the requests of these cases that lie there and are decided otherwise. Those of the plan alone; for no plan
    all requests, as if none named a plan."""
    prepared = prepare(cases, before.setting)
    prepared = prepared.of_plan(plan) if plan else prepared.without_plans()
    one, two = (replay(prepared, s.setting).decisions.select(_SAID).rows() for s in (before, after))
    counts: Counter[tuple[str, ...]] = Counter()
    first: dict[tuple[str, ...], Facts] = {}
    for i in (i for i, (a, b) in enumerate(zip(one, two, strict=True)) if a != b):
        facts = facts_of(prepared.frame.row(i, named=True))
        row = SAME_ROW
        if rows.changed:
            row = rows.of(*(decide(facts, s.setting) for s in (before, after)))
        cell = (*(c.of(facts) for c in cuts), row)
        counts[cell] += 1
        first.setdefault(cell, facts)
    return {
        cell: Seen(n, str(first[cell]["request_id"]), _witness(first[cell], before, after))
        for cell, n in counts.items()
    }


def _witness(facts: Facts, before: Subject, after: Subject) -> Witness:
    """A real request, and what both sides decide of it. It goes into reports: days, and texts that may name somebody,
    are left out."""
    one, two = (decide(facts, s.setting) for s in (before, after))
    able = {n for n, f in fact_table().items() if f.in_expressions and (f.kind not in ("text", "date") or n == "plan")}
    told = {n: v for n, v in facts.items() if v is not None and n in able}
    return Witness(told, {}, {}, one, two, confirmed=True)

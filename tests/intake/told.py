"""People who fill in the form: each answers, of a generated request, what is asked, until nothing is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.engine import reference
from workbench.engine.decision import Decision, benefit_criterion
from workbench.engine.setting import Setting
from workbench.guideline.model import Library
from workbench.intake.asking import Asking, ask, askable
from workbench.language.interpret import Facts
from workbench.language.tree import Node, looked_at
from workbench.study.replay import facts_of, prepare_alone

START = ("request_id", "received_on", "discipline")


@dataclass
class Person:
    """`papers` are all that could be told; `told` what was asked for, with None where the papers do not have it."""

    papers: Mapping[str, Any]
    told: dict[str, Any] = field(default_factory=dict)
    asking: Asking | None = None


def people(rows: Sequence[Mapping[str, Any]]) -> list[Person]:
    """Of rows of a case frame; nothing that can be computed stands in their papers but the condition."""
    known = {*askable(), "request_id"} - {"member_id"}
    papers = [{k: v for k, v in row.items() if k in known and v is not None} for row in rows]
    return [Person(p, {n: p.get(n) for n in START}) for p in papers]


def derived(requests: Sequence[Mapping[str, Any]], setting: Setting) -> list[Facts]:
    given = [{k: v for k, v in request.items() if v is not None} for request in requests]
    return [facts_of(row) for row in prepare_alone(given, setting).frame.iter_rows(named=True)]


def fill_in(all_: Sequence[Person], setting: Setting) -> None:
    """Everybody answers one question a round, since a frame costs the same with one row or with thirty."""
    waiting = list(all_)
    while waiting:
        for person, facts in zip(waiting, derived([p.told for p in waiting], setting), strict=True):
            person.asking = ask(facts, person.told, setting)
            if not person.asking.settled:
                name = person.asking.open[0]
                assert name not in person.told, f"{name} was asked twice"
                person.told[name] = person.papers.get(name)
        waiting = [p for p in waiting if p.asking is not None and not p.asking.settled]


def outcome(decision: Decision) -> tuple[object, ...]:
    d = decision
    return d.determination, d.granted_visits, d.granted_weeks, d.waived_visits, d.urgent


def decisions(requests: Sequence[Mapping[str, Any]], setting: Setting) -> list[Decision]:
    return [reference.decide(facts, setting).decision for facts in derived(requests, setting)]


def could_matter(decision: Decision, setting: Setting) -> set[str]:
    """The facts that the rules look at which decide a request of this guideline and overlay, wherever they do."""
    assert decision.guideline is not None and decision.version is not None
    rules = setting.rules_named(decision.guideline, decision.version, decision.overlay)
    benefit = benefit_criterion(rules)
    criteria = [*rules.criteria, *([benefit] if benefit else [])]
    nodes: list[Node | None] = [rules.scope, *(e.when for e in rules.exemptions), *(w.when for w in rules.waivers)]
    nodes += [n for c in criteria for n in (c.applies, c.requires)]
    nodes += [c.node for row in rules.limits for c in row.cells]
    nodes += [r.exempt_when for p in setting.library.programs for r in p.rows]
    return {*looked_at(*nodes), *_NAMED, *_classes(setting.library)}


_NAMED = {
    "request_id", "received_on", "discipline", "diagnosis", "line_of_business", "state", "plan", "requested_start",
    "procedures", "evaluation_only", "requested_visits", "requested_weeks", "visits_used", "weeks_used",
}  # fmt: skip


def _classes(library: Library) -> set[str]:
    return {c.fact for table in library.condition_tables.values() for row in table for c in row.cells}

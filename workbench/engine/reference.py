"""The reference: one request walked through the six steps of decisions.md, line by line, with a trace.

It is dull on purpose and never fast; every other reading must agree with it on every request. Where is *first match*
decided? In `first_row`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from math import isnan

from workbench.engine import decision as d
from workbench.engine.decision import Decision
from workbench.engine.interpret import Answer, Facts, evaluate, kleene_and, kleene_or
from workbench.engine.setting import Setting
from workbench.guideline.model import Criterion, LimitRow, Program, ProgramRow, Rules, Waiver
from workbench.language.tree import PLACES, Node, fact_names, parameter_names


@dataclass(frozen=True)
class Step:
    """One line of a trace: what was looked at and how it came out, with the facts and values that made it so."""

    kind: str       # program, guideline, exemption, waiver, criterion, limit, determination
    id: str
    state: str      # criterion: met, unmet, unknown, undefined; else true, false, unknown, or the outcome
    text: str
    facts: tuple[tuple[str, object], ...] = ()
    parameters: tuple[tuple[str, Decimal], ...] = ()
    asked: tuple[str, ...] = ()
    applies: bool | None = True

    def as_dict(self) -> dict[str, object]:
        return {"kind": self.kind, "id": self.id, "state": self.state, "text": self.text, "facts": dict(self.facts),
                "parameters": dict(self.parameters), "asked": list(self.asked), "applies": self.applies}


@dataclass(frozen=True)
class Traced:
    decision: Decision
    steps: tuple[Step, ...]


def decide(facts: Facts, setting: Setting) -> Traced:
    """Decide one request (a mapping of facts, derived facts included), with the trace of every step.

    `assumed` may stand among the facts: the names of those that an assumption supplied.
    """
    day = setting.as_of or facts.get("received_on")
    record = Decision(request_id=str(facts.get("request_id") or ""), determination="", plan=facts.get("plan"),
                      assumed=tuple(facts.get("assumed") or ()), deciding_day=day,
                      engine=f"reference {d.ENGINE_VERSION}")
    walk = _Walk(facts, setting, record)
    return Traced(walk.run(day), tuple(walk.steps))


class _Walk:
    """The walk of one request through the six steps; `steps` grows as it goes."""

    def __init__(self, facts: Facts, setting: Setting, record: Decision):
        self.facts, self.setting, self.record = facts, setting, record
        self.steps: list[Step] = []

    def run(self, day: date | None) -> Decision:
        program = self.setting.program_for(self.facts.get("received_on"))
        row = None
        if program is not None:                                                         # 1. program
            self.record = replace(self.record, program=program.name,
                                  program_digest=self.setting.program_digest(program))
            required, row = self.program(program)
            if not required:
                return self.out(d.NOT_REQUIRED, ("program",))
        claims = self.claims(day)                                                       # 2. version
        if len(claims) != 1:
            return self.refer("no_guideline" if not claims else "ambiguous_guideline")
        return _Ruled(self, claims[0], program, row).run()

    def see(self, kind: str, id_: str, state: str, text: str, *nodes: Node | None, rules: Rules | None = None,
            asked: frozenset[str] = frozenset(), applies: bool | None = True) -> None:
        facts = tuple((n, self.facts.get(n)) for n in fact_names(*nodes))
        values = tuple((n, rules.values[n]) for n in parameter_names(*nodes)) if rules else ()
        self.steps.append(Step(kind, id_, state, text, facts, values, tuple(sorted(asked)), applies))

    def out(self, determination: str, reasons: tuple[str, ...], **more: object) -> Decision:
        self.steps.append(Step("determination", determination, determination, ", ".join(reasons)))
        return replace(self.record, determination=determination, reasons=reasons, **more)

    def refer(self, reason: str) -> Decision:
        self.steps.append(Step("guideline", reason, "unknown", d.BUILT_IN[reason]))
        visits, weeks = self.facts.get("requested_visits"), self.facts.get("requested_weeks")
        return self.out(d.CLINICIAN, (reason,), granted_visits=0, granted_weeks=0, referred_visits=_int(visits),
                        referred_weeks=_int(weeks))

    def program(self, program: Program) -> tuple[bool, ProgramRow | None]:
        """Whether review is required, and by which row; without line of business or state no row is known."""
        f = self.facts
        if f.get("line_of_business") is None or f.get("state") is None:
            self.steps.append(Step("program", program.name, "unknown", "line of business or state is missing"))
            return True, None
        row = next((r for r in program.rows if self.names(program, r)), None)
        start = f.get("requested_start") or f.get("received_on")
        exempt = row is not None and row.exempt_when is not None and \
            evaluate(row.exempt_when, f, {}).value is True
        early = row is not None and row.review_from is not None and start is not None and start < row.review_from
        required = row is not None and row.review_from is not None and not early and not exempt
        why = ("no row of the program covers it" if row is None else "review is only planned"
               if row.review_from is None else f"treatment starts before {row.review_from}" if early else
               "the program exempts it" if exempt else f"review is required from {row.review_from}")
        self.see("program", program.name, "true" if required else "false", why, row.exempt_when if row else None)
        return required, row

    def names(self, program: Program, row: ProgramRow) -> bool:
        f = self.facts
        if row.line_of_business != f["line_of_business"] or f.get("discipline") not in row.disciplines:
            return False
        if row.states is not None:
            return f["state"] in row.states
        others = (r for r in program.rows if r.line_of_business == row.line_of_business and r.states)
        return all(f["state"] not in r.states for r in others)

    def claims(self, day: date | None) -> list[Rules]:
        """The rules of every guideline whose scope is true on the deciding day."""
        if day is None:
            return []
        f = self.facts
        overlay = self.setting.overlay(f.get("plan"), f.get("line_of_business"), day)
        ruled = [self.setting.rules(g, overlay) for g in self.setting.guidelines(day)]
        return [r for r in ruled if evaluate(r.scope, f, r.values).value is True]


class _Ruled:
    """Steps 3 to 6, once it is clear which rules decide."""

    def __init__(self, walk: _Walk, rules: Rules, program: Program | None, row: ProgramRow | None):
        self.walk, self.rules, self.named, self.row = walk, rules, program is not None, row
        self.facts = walk.facts
        overlay = f"{rules.plan}/{rules.overlay_version}" if rules.plan else None
        walk.record = replace(walk.record, guideline=rules.guideline, version=rules.version,
                              guideline_digest=rules.guideline_digest, overlay=overlay,
                              overlay_digest=rules.overlay_digest or None)
        walk.see("guideline", f"{rules.guideline}/{rules.version}", "true", rules.title, rules.scope, rules=rules)

    def get(self, name: str) -> int | None:
        return _int(self.facts.get(name))

    def truth(self, node: Node | None) -> Answer:
        return evaluate(node, self.facts, self.rules.values)

    def run(self) -> Decision:
        asked_visits, excess = self.visits_asked()
        exempt = self.exemptions()                                                       # 3. exemptions, waivers
        waiver, waived = self.waive(asked_visits)
        freed = waiver is not None and waived == asked_visits
        self.walk.record = replace(self.walk.record, waived_visits=waived, benefit_excess_visits=excess)
        if exempt or freed:
            return self.walk.out(d.NOT_REQUIRED, (*exempt, *((waiver.id,) if freed else ())))
        procedures, excluded = self.facts.get("procedures"), self.rules.excluded_procedures
        self.walk.record = replace(self.walk.record, procedures_not_covered=tuple(
            p for p in procedures or () if p in excluded))
        states = self.criteria()                                                         # 4. criteria
        outcome, visits, weeks, lacking = self.limits(asked_visits)                      # 5. limits
        return self.determine(states, outcome, visits, weeks, lacking, asked_visits)     # 6. the determination

    def visits_asked(self) -> tuple[int | None, int]:
        """Visits asked, cut to what the benefit still covers, and the visits beyond it."""
        asked, criterion = self.get("requested_visits"), d.benefit_criterion(self.rules)
        if criterion is None or asked is None or self.truth(criterion.applies).value is not True:
            return asked, 0
        left = self.truth(d.benefit_left(self.rules.benefit_limit.visits)).value
        if left is None or left <= 0 or left >= asked:
            return asked, 0
        return int(left), asked - int(left)

    def exemptions(self) -> list[str]:
        found = []
        for exemption in self.rules.exemptions:
            answer = self.truth(exemption.when)
            self.walk.see("exemption", exemption.id, _word(answer.value), exemption.text, exemption.when,
                          rules=self.rules)
            if answer.value is True:
                found.append(exemption.id)
        return found

    def waive(self, asked: int | None) -> tuple[Waiver | None, int]:
        """The most generous waiver and the visits that it frees; the first among equals."""
        best, most = None, 0
        used, weeks_used = self.get("visits_used"), self.get("weeks_used")
        for waiver in self.rules.waivers:
            holds = self.truth(waiver.when).value is True
            if waiver.weeks is not None:
                holds = holds and weeks_used is not None and weeks_used < waiver.weeks
            free = min(asked, max(waiver.visits - used, 0)) if holds and asked is not None and used is not None else 0
            self.walk.see("waiver", waiver.id, f"{free} visits" if free else "false", waiver.text, waiver.when,
                          rules=self.rules)
            if free > most:
                best, most = waiver, free
        return best, most

    def criteria(self) -> list[tuple[str, str, str, frozenset[str]]]:
        """(id, unmet kind, state, asked) of every criterion, built-in ones first."""
        states = [self.too_early(), self.excluded()]
        benefit = d.benefit_criterion(self.rules)
        for criterion in ((benefit,) if benefit else ()) + self.rules.criteria:
            states.append(self.criterion(criterion))
        return [s for s in states if s is not None]

    def criterion(self, c: Criterion) -> tuple[str, str, str, frozenset[str]]:
        applies, requires = self.truth(c.applies), self.truth(c.requires)
        met = kleene_or([None if applies.value is None else not applies.value, requires.value])
        asked = applies.asked | requires.asked if met is None else frozenset()
        state = "met" if met else "unmet" if met is False else "unknown" if asked else "undefined"
        self.walk.see("criterion", c.id, state, c.text, c.applies, c.requires, rules=self.rules, asked=asked,
                      applies=applies.value)
        return c.id, c.unmet, state, asked

    def too_early(self) -> tuple[str, str, str, frozenset[str]] | None:
        first = self.row.requests_from if self.row else None
        if first is None:
            return None
        received = self.facts.get("received_on")
        state = "unknown" if received is None else "unmet" if received < first else "met"
        return self.built_in("too_early", state, f"Requests are taken from {first}.", "received_on")

    def excluded(self) -> tuple[str, str, str, frozenset[str]] | None:
        excluded = self.rules.excluded_procedures
        if not excluded:
            return None
        codes = self.facts.get("procedures")
        state = ("unknown" if codes is None else "unmet" if codes and all(c in excluded for c in codes) else "met")
        return self.built_in("excluded_procedure", state, d.BUILT_IN["excluded_procedure"], "procedures")

    def built_in(self, id_: str, state: str, text: str, fact: str) -> tuple[str, str, str, frozenset[str]]:
        asked = frozenset({fact}) if state == "unknown" else frozenset()
        self.walk.steps.append(Step("criterion", id_, state, text, ((fact, self.facts.get(fact)),),
                                    asked=tuple(asked)))
        return id_, d.ADMINISTRATIVE, state, asked

    def limits(self, asked: int | None) -> tuple[str, int, int, frozenset[str]]:
        """(outcome, visits granted, weeks granted, what the step lacks). First match wins: here."""
        lacking = frozenset(n for n in d.LIMIT_FACTS if self.facts.get(n) is None)
        row, stopped = self.first_row()
        if row is None:
            return self.limited("no_limit", None, 0, 0, frozenset())
        if stopped is not None:
            return self.limited("limit_unknown", row, 0, 0, lacking | stopped)
        used, weeks_used = self.get("visits_used"), self.get("weeks_used")
        left = None if used is None else row.visits - used
        weeks_left = None if weeks_used is None else row.weeks - weeks_used
        if left is not None and left <= 0 or weeks_left is not None and weeks_left <= 0:
            return self.limited("limit_reached", row, 0, 0, lacking)
        if lacking:
            return self.limited("limit_unknown", row, 0, 0, lacking)
        asked_weeks = self.get("requested_weeks")
        weeks = min(asked_weeks, weeks_left)
        visits = min(asked, left)
        if row.per_week is not None:
            visits = min(visits, int((row.per_week * weeks).to_integral_value(ROUND_FLOOR)))
        if visits <= 0:
            return self.limited("limit_reached", row, 0, 0, lacking)
        outcome = "supported" if (visits, weeks) == (asked, asked_weeks) else "limit_exceeded"
        return self.limited(outcome, row, visits, weeks, lacking)

    def limited(self, outcome: str, row: LimitRow | None, visits: int, weeks: int, lacking: frozenset[str]):
        cells = tuple((c.fact, self.facts.get(c.fact)) for c in row.cells) if row else ()
        text = d.BUILT_IN.get(outcome, "What is asked for is within the limit.")
        if row is not None:
            text = f"{row.visits} visits, {row.weeks} weeks" + (f", {row.per_week} a week" if row.per_week else "")
        used = tuple((n, self.facts.get(n)) for n in d.LIMIT_FACTS)
        self.walk.steps.append(Step("limit", row.id if row else "no_limit", outcome, text, cells + used,
                                    asked=tuple(sorted(lacking))))
        return outcome, visits, weeks, lacking

    def first_row(self) -> tuple[LimitRow | None, frozenset[str] | None]:
        """The first row that is not false; where it is unknown, also the facts of its unknown cells."""
        for row in self.rules.limits:
            cells = [self.truth(c.node) for c in row.cells]
            truth = kleene_and([c.value for c in cells])
            if truth is True:
                return row, None
            if truth is None:
                return row, frozenset().union(*(c.asked for c in cells))
        return None, None

    def determine(self, states, outcome: str, visits: int, weeks: int, lacking: frozenset[str],
                  asked: int | None) -> Decision:
        unmet = [(i, kind) for i, kind, state, _ in states if state in ("unmet", "undefined")]
        unknown = [(i, facts) for i, _, state, facts in states if state == "unknown"]
        missing = lacking.union(*(facts for _, facts in unknown))
        if self.named:
            missing |= {n for n in ("line_of_business", "state") if self.facts.get(n) is None}
        more = {"missing": tuple(sorted(missing)), "granted_visits": 0, "granted_weeks": 0,
                "undefined": tuple(i for i, _, state, _ in states if state == "undefined")}
        if unmet:
            reasons = tuple(i for i, _ in unmet)
            if any(kind == d.ADMINISTRATIVE for _, kind in unmet):
                return self.walk.out(d.ADMINISTRATIVE, reasons, **more)
            return self.walk.out(d.CLINICIAN, reasons, **more, **self.referred(asked, 0, 0))
        if outcome in ("no_limit", "limit_reached"):
            return self.walk.out(d.CLINICIAN, (outcome,), **more, **self.referred(asked, 0, 0))
        if unknown or outcome == "limit_unknown":
            reasons = tuple(i for i, _ in unknown) + (("limit_unknown",) if outcome == "limit_unknown" else ())
            return self.walk.out(d.INFORMATION, reasons, **more)
        granted = {"granted_visits": visits, "granted_weeks": weeks}
        if outcome == "limit_exceeded":
            return self.walk.out(d.IN_PART, ("limit_exceeded",), **granted, **self.referred(asked, visits, weeks))
        return self.walk.out(d.APPROVED, (), **granted)

    def referred(self, asked: int | None, visits: int, weeks: int) -> dict[str, int | None]:
        asked_weeks = self.get("requested_weeks")
        return {"referred_visits": None if asked is None else asked - max(visits, self.walk.record.waived_visits),
                "referred_weeks": None if asked_weeks is None else asked_weeks - weeks}


def _int(value: object) -> int | None:
    return None if value is None else int(value)


def _word(value: object) -> str:
    return "unknown" if value is None else "true" if value else "false"


def exact(row: Mapping[str, object]) -> Facts:
    """Plain values as the language has them: numbers as exact decimals of at most 8 places, lists as tuples."""
    return {name: _exact(value) for name, value in row.items()}


def _exact(value: object) -> object:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return None if isnan(value) else Decimal(repr(value)).quantize(Decimal(1).scaleb(-PLACES), ROUND_HALF_UP)
    return tuple(value) if isinstance(value, list) else value

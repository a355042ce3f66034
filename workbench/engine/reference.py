"""The reference: one request walked through the six steps of docs/meaning.md, line by line, with a trace.

It is dull on purpose and never fast; every other reading must agree with it on every request. Where is *first match*
decided? In `first_row`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_FLOOR

from workbench.engine import decision as d
from workbench.engine.decision import Decision
from workbench.engine.fact_values import day_of, text_of, texts_of, whole
from workbench.engine.judged import State, judge, told_cure
from workbench.engine.setting import Setting
from workbench.engine.trace import Step as Step
from workbench.engine.trace import Traced as Traced
from workbench.guideline.model import Criterion, LimitRow, Program, ProgramRow, Rules, Waiver
from workbench.language.interpret import NOTHING, Answer, Facts, evaluate, kleene_and
from workbench.language.tree import Node, fact_names, parameter_names


def decide(facts: Facts, setting: Setting) -> Traced:
    """Decide one request (a mapping of facts, derived facts included), with the trace of every step.

    `assumed` may stand among the facts: the names of those that an assumption supplied.
    """
    day, day_from = setting.day(day_of(facts.get("received_on")))
    record = Decision(
        request_id=str(facts.get("request_id") or ""),
        determination="",
        plan=text_of(facts.get("plan")),
        assumed=texts_of(facts.get("assumed")),
        deciding_day=day,
        day_from=day_from,
        engine=d.Engine(d.REFERENCE),
    )
    walk = _Walk(facts, setting, record)
    return Traced(walk.run(day), tuple(walk.steps))


class _Walk:
    """The walk of one request through the six steps; `steps` grows as it goes."""

    def __init__(self, facts: Facts, setting: Setting, record: Decision):
        self.facts, self.setting, self.record = facts, setting, record
        self.steps: list[Step] = []

    def run(self, day: date | None) -> Decision:
        program = self.setting.program_for(day_of(self.facts.get("received_on")))
        row, required = None, True
        if program is not None:  # 1. program
            self.record = replace(
                self.record, program=program.name, program_digest=self.setting.program_digest(program)
            )
            required, row = self.program(program)
        claims = self.claims(day)  # 2. version
        if program is not None and not required:
            pressing = len(claims) == 1 and any(
                c.urgent and judge(c, self.facts, claims[0]).unmet for c in claims[0].criteria
            )
            free = (d.BY_PROGRAM,)
            return _Ruled(self, claims[0], program, row).free(free) if pressing else self.out(d.NOT_REQUIRED, free)
        if len(claims) != 1:
            return self.refer("no_guideline" if not claims else "ambiguous_guideline")
        return _Ruled(self, claims[0], program, row).run()

    def see(
        self,
        kind: str,
        id_: str,
        state: str,
        text: str,
        *nodes: Node | None,
        rules: Rules | None = None,
        asked: frozenset[str] = NOTHING,
        applies: bool | None = True,
        cure: str = "",
    ) -> None:
        facts = tuple((n, self.facts.get(n)) for n in fact_names(*nodes))
        values = tuple((n, rules.values[n]) for n in parameter_names(*nodes)) if rules else ()
        self.steps.append(Step(kind, id_, state, text, facts, values, tuple(sorted(asked)), applies, cure))

    def out(self, determination: str, reasons: tuple[str, ...]) -> Decision:
        """The record as it stands by now, with what it says."""
        self.steps.append(Step("determination", determination, determination, ", ".join(reasons)))
        return replace(self.record, determination=determination, reasons=reasons)

    def refer(self, reason: str) -> Decision:
        self.steps.append(Step("guideline", reason, "unknown", d.BUILT_IN[reason], cure=d.CURES.get(reason, "")))
        visits, weeks = whole(self.facts.get("requested_visits")), whole(self.facts.get("requested_weeks"))
        self.record = replace(
            self.record, granted_visits=0, granted_weeks=0, referred_visits=visits, referred_weeks=weeks
        )
        return self.out(d.CLINICIAN, (reason,))

    def program(self, program: Program) -> tuple[bool, ProgramRow | None]:
        """Whether review is required, and by which row; without line of business or state no row is known."""
        f = self.facts
        if f.get("line_of_business") is None or f.get("state") is None:
            self.steps.append(Step("program", program.name, "unknown", "line of business or state is missing"))
            return True, None
        row = next((r for r in program.rows if self.names(program, r)), None)
        start = day_of(f.get("requested_start")) or day_of(f.get("received_on"))
        exempt = row is not None and row.exempt_when is not None and evaluate(row.exempt_when, f, {}).value is True
        early = row is not None and row.review_from is not None and start is not None and start < row.review_from
        required = row is not None and row.review_from is not None and not early and not exempt
        why = (
            "no row of the program covers it"
            if row is None
            else "review is only planned"
            if row.review_from is None
            else f"treatment starts before {row.review_from}"
            if early
            else "the program exempts it"
            if exempt
            else f"review is required from {row.review_from}"
        )
        self.see("program", program.name, "true" if required else "false", why, row.exempt_when if row else None)
        return required, row

    def names(self, program: Program, row: ProgramRow) -> bool:
        line, state, discipline = (text_of(self.facts.get(n)) for n in ("line_of_business", "state", "discipline"))
        return discipline is not None and program.meets(row, line, state, discipline)

    def claims(self, day: date | None) -> list[Rules]:
        """The rules of every guideline whose scope is true on the deciding day."""
        if day is None:
            return []
        f = self.facts
        overlay = self.setting.overlay(text_of(f.get("plan")), text_of(f.get("line_of_business")), day)
        ruled = [self.setting.rules(g, overlay) for g in self.setting.guidelines(day)]
        return [r for r in ruled if evaluate(r.scope, f, r.values).value is True]


@dataclass(frozen=True)
class Limited:
    """How step 5 came out, what it grants, and the missing facts that it asks for."""

    outcome: str
    visits: int
    weeks: int
    lacking: frozenset[str]


class _Ruled:
    """Steps 3 to 6, once it is clear which rules decide."""

    def __init__(self, walk: _Walk, rules: Rules, program: Program | None, row: ProgramRow | None):
        self.walk, self.rules, self.named, self.row = walk, rules, program is not None, row
        self.facts = walk.facts
        overlay = f"{rules.plan}/{rules.overlay_version}" if rules.plan else None
        walk.record = replace(
            walk.record,
            guideline=rules.guideline,
            version=rules.version,
            guideline_digest=rules.guideline_digest,
            overlay=overlay,
            overlay_digest=rules.overlay_digest or None,
        )
        walk.see("guideline", f"{rules.guideline}/{rules.version}", "true", rules.title, rules.scope, rules=rules)

    def get(self, name: str) -> int | None:
        return whole(self.facts.get(name))

    def truth(self, node: Node | None) -> Answer:
        return evaluate(node, self.facts, self.rules.values)

    def run(self) -> Decision:
        asked, excess = self.visits_asked()
        exempt = self.exemptions()  # 3. exemptions, waivers
        waiver, waived = self.waive(asked)
        self.walk.record = replace(self.walk.record, waived_visits=waived, benefit_excess_visits=excess)
        freed = (waiver.id,) if waiver is not None and waived == asked else ()
        if exempt or freed:
            return self.free((*exempt, *freed))
        excluded = self.rules.excluded_procedures
        not_covered = tuple(p for p in texts_of(self.facts.get("procedures")) if p in excluded)
        self.walk.record = replace(self.walk.record, procedures_not_covered=not_covered)
        return self.determine(self.criteria(), self.limits(asked), asked)  # 4, 5, 6

    def free(self, reasons: tuple[str, ...]) -> Decision:
        """Nothing need be authorized. What is urgent is told all the same: a warning sign in a free visit is one."""
        urgent = [c for c in self.rules.criteria if c.urgent]
        told = [s for c in urgent if judge(c, self.facts, self.rules).unmet for s in (self.criterion(c),)]
        self.walk.record = replace(
            self.walk.record, urgent=bool(told), undefined=tuple(s.id for s in told if s.state == "undefined")
        )
        return self.walk.out(d.NOT_REQUIRED, (*reasons, *(s.id for s in told)))

    def visits_asked(self) -> tuple[int | None, int]:
        """Visits asked, cut to what the benefit still covers, and the visits beyond it."""
        asked, limit = self.get("requested_visits"), self.rules.benefit_limit
        criterion = d.benefit_criterion(self.rules)
        if criterion is None or limit is None or asked is None or self.truth(criterion.applies).value is not True:
            return asked, 0
        left = whole(self.truth(d.benefit_left(limit.visits)).value)
        if left is None or left <= 0 or left >= asked:
            return asked, 0
        return left, asked - left

    def exemptions(self) -> list[str]:
        found = []
        for exemption in self.rules.exemptions:
            answer = self.truth(exemption.when)
            self.walk.see(
                "exemption", exemption.id, _word(answer.value), exemption.text, exemption.when,
                rules=self.rules, asked=answer.asked,
            )  # fmt: skip
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
            self.walk.see(
                "waiver", waiver.id, f"{free} visits" if free else "false", waiver.text, waiver.when, rules=self.rules
            )
            if free > most:
                best, most = waiver, free
        return best, most

    def criteria(self) -> list[State]:
        """How every criterion comes out, built-in ones first."""
        benefit = d.benefit_criterion(self.rules)
        own = [self.criterion(c) for c in ((benefit,) if benefit else ()) + self.rules.criteria]
        return [s for s in (self.too_early(), self.excluded(), *own) if s is not None]

    def criterion(self, c: Criterion) -> State:
        found = judge(c, self.facts, self.rules)
        text, nodes, cure = (
            d.said(c, self.facts),
            (c.applies, c.requires),
            told_cure(c, self.facts, self.rules) if found.unmet else "",
        )
        self.walk.see(
            "criterion", c.id, found.state, text, *nodes,
            rules=self.rules, asked=found.asked, applies=found.applies, cure=cure,
        )  # fmt: skip
        return found

    def too_early(self) -> State | None:
        first = self.row.requests_from if self.row else None
        if first is None:
            return None
        received = day_of(self.facts.get("received_on"))
        state = "unknown" if received is None else "unmet" if received < first else "met"
        return self.built_in("too_early", state, f"Requests are taken from {first}.", "received_on")

    def excluded(self) -> State | None:
        excluded = self.rules.excluded_procedures
        if not excluded:
            return None
        codes = texts_of(self.facts.get("procedures"))
        missing = self.facts.get("procedures") is None
        state = "unknown" if missing else "unmet" if codes and all(c in excluded for c in codes) else "met"
        return self.built_in("excluded_procedure", state, d.BUILT_IN["excluded_procedure"], "procedures")

    def built_in(self, id_: str, state: str, text: str, fact: str) -> State:
        asked = frozenset({fact}) if state == "unknown" else NOTHING
        cure, said = d.CURES[id_] if state == "unmet" else "", ((fact, self.facts.get(fact)),)
        self.walk.steps.append(Step("criterion", id_, state, text, said, asked=tuple(asked), cure=cure))
        return State(id_, d.ADMINISTRATIVE, state, asked)

    def limits(self, asked: int | None) -> Limited:
        """Step 5: the first of these that holds. First match wins: here. An evaluation alone counts in no row."""
        if self.facts.get("evaluation_only") is True and asked == 1 and (weeks := self.get("requested_weeks")):
            return self.limited("supported", None, NOTHING, asked, weeks)
        row, stopped = self.first_row()
        if row is None:
            return self.limited("no_limit", None)
        # A row that counts the request alone takes what was used before as 0, and does not ask for it.
        alone = row.counts == "request"
        used, weeks_used = (0, 0) if alone else (self.get("visits_used"), self.get("weeks_used"))
        asked_weeks = self.get("requested_weeks")
        lacking = frozenset(
            n for n in d.LIMIT_FACTS if self.facts.get(n) is None and not (alone and n in d.HISTORY_FACTS)
        )
        if stopped is not None:
            return self.limited("limit_unknown", row, lacking | stopped)
        left = None if used is None else row.visits - used
        weeks_left = None if weeks_used is None else row.weeks - weeks_used
        if left is not None and left <= 0 or weeks_left is not None and weeks_left <= 0:
            return self.limited("limit_reached", row, lacking)
        if asked is None or asked_weeks is None or left is None or weeks_left is None:
            return self.limited("limit_unknown", row, lacking)
        weeks = min(asked_weeks, weeks_left)
        visits = min(asked, left)
        if row.per_week is not None:
            visits = min(visits, int((row.per_week * weeks).to_integral_value(ROUND_FLOOR)))
        if visits <= 0:
            return self.limited("limit_reached", row)
        outcome = "supported" if (visits, weeks) == (asked, asked_weeks) else "limit_exceeded"
        return self.limited(outcome, row, NOTHING, visits, weeks)

    def limited(
        self, outcome: str, row: LimitRow | None, lacking: frozenset[str] = NOTHING, visits: int = 0, weeks: int = 0
    ) -> Limited:
        cells = tuple((c.fact, self.facts.get(c.fact)) for c in row.cells) if row else ()
        text = d.BUILT_IN.get(outcome, "What is asked for is within the limit.")
        if row is not None:
            text = f"{row.visits} visits, {row.weeks} weeks" + (f", {row.per_week} a week" if row.per_week else "")
            text += " for this request" if row.counts == "request" else ""
        used = tuple((n, self.facts.get(n)) for n in d.LIMIT_FACTS)
        self.walk.steps.append(
            Step(
                "limit",
                row.id if row else "evaluation" if visits else outcome,
                outcome,
                text,
                cells + used,
                asked=tuple(sorted(lacking)),
                cure=d.CURES.get(outcome, ""),
            )
        )
        return Limited(outcome, visits, weeks, lacking)

    def first_row(self) -> tuple[LimitRow | None, frozenset[str] | None]:
        """The first row that is not false; where it is unknown, also what its unknown cells ask for."""
        for row in self.rules.limits:
            cells: list[Answer] = []
            for cell in row.cells:
                cells.append(self.truth(cell.node))
                if cells[-1].value is False:  # the row does not fit, whatever the others say
                    break
            truth = kleene_and([c.value for c in cells])
            if truth is True:
                return row, None
            if truth is None:
                return row, NOTHING.union(*(c.asked for c in cells))
        return None, None

    def determine(self, states: list[State], limited: Limited, asked: int | None) -> Decision:
        """Step 6: the first of these that holds."""
        unmet = [s for s in states if s.unmet]
        unknown = [s for s in states if s.state == "unknown"]
        missing = limited.lacking.union(*(s.asked for s in unknown))
        if self.named:
            missing |= {n for n in ("line_of_business", "state") if self.facts.get(n) is None}
        undefined = tuple(s.id for s in states if s.state == "undefined")
        record = replace(self.walk.record, granted_visits=0, granted_weeks=0, undefined=undefined)
        asking = replace(record, missing=tuple(sorted(missing)))
        if unmet:
            reasons = tuple(s.id for s in unmet)
            pressing = [c for c in self.rules.criteria if c.id in reasons and (c.urgent or c.papers_wait)]
            asking = replace(asking, urgent=any(c.urgent for c in pressing))
            if not pressing and any(s.kind == d.ADMINISTRATIVE for s in unmet):
                return self.out(asking, d.ADMINISTRATIVE, reasons)
            return self.out(self.referred(asking, asked), d.CLINICIAN, reasons)
        if limited.outcome in ("no_limit", "limit_reached"):
            return self.out(self.referred(asking, asked), d.CLINICIAN, self.beyond(limited))
        if unknown or limited.outcome == "limit_unknown":
            stopped = ("limit_unknown",) if limited.outcome == "limit_unknown" else ()
            return self.out(asking, d.INFORMATION, (*(s.id for s in unknown), *stopped))
        granted = replace(record, granted_visits=limited.visits, granted_weeks=limited.weeks)
        if limited.outcome == "limit_exceeded":
            return self.out(self.referred(granted, asked), d.IN_PART, self.beyond(limited))
        return self.out(granted, d.APPROVED, ())

    def beyond(self, limited: Limited) -> tuple[str, ...]:
        """The reasons of what a limit does not support; for a child in Medicaid a limit is never the only one."""
        node = d.epsdt()
        if self.truth(node).value is not True:
            return (limited.outcome,)
        self.walk.see("note", "epsdt", "true", d.BUILT_IN["epsdt"], node, cure=d.CURES["epsdt"])
        return limited.outcome, "epsdt"

    def out(self, record: Decision, determination: str, reasons: tuple[str, ...]) -> Decision:
        self.walk.record = record
        # Only what is a reason is helped: beside an unmet criterion a limit's cure would say something else again.
        mute = [s.kind == "limit" and s.state not in reasons for s in self.walk.steps]
        self.walk.steps[:] = [replace(s, cure="") if m else s for s, m in zip(self.walk.steps, mute, strict=True)]
        return self.walk.out(determination, reasons)

    def referred(self, record: Decision, asked: int | None) -> Decision:
        """What a clinician decides: what was asked for beyond what is granted or waived; null where that is missing."""
        asked_weeks = self.get("requested_weeks")
        free = max(record.granted_visits or 0, record.waived_visits)
        return replace(
            record,
            referred_visits=None if asked is None else asked - free,
            referred_weeks=None if asked_weeks is None else asked_weeks - (record.granted_weeks or 0),
        )


def _word(value: object) -> str:
    return "unknown" if value is None else "true" if value else "false"

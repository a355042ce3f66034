"""Decisions and comparisons in plain words, for the terminal, the tuning screen and the report alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from workbench.engine.decision import APPROVED, BUILT_IN, NOT_REQUIRED, Decision
from workbench.engine.reference import Step, Traced
from workbench.guideline.digests import short
from workbench.language.interpret import Facts
from workbench.language.show import show_value
from workbench.study.clocks import clock, due
from workbench.study.compare import Changes
from workbench.study.rates import NEWLY_REFERRED, Rate
from workbench.study.replay import BY_DATE, About, Pin
from workbench.words.comparisons import sentence
from workbench.words.numbers import DASH, several, true_minus
from workbench.words.numbers import percent as percent
from workbench.words.questions import questions

DETERMINATION = {
    "approved": "approved",
    "approved_in_part": "approved in part",
    "information_needed": "information needed",
    "clinician_review": "clinician review",
    "administrative": "administrative",
    "not_required": "not required",
}
MARK = {
    "met": "met",
    "unmet": "not met",
    "unknown": "unknown",
    "undefined": "not met (can not be computed)",
    "true": "yes",
    "false": "no",
    "supported": "met",
    "limit_exceeded": "not met",
    "limit_reached": "not met",
    "limit_unknown": "unknown",
    "no_limit": "not met",
}
CANNOT_KNOW = (
    "A replay decides again what was asked. It can not know what providers would have asked under other "
    "limits, what a denied member would have gained, or the demand that a limit hid."
)


@dataclass(frozen=True)
class Line:
    """One line of a trace: how it came out, what was looked at, and the facts and values behind it."""

    mark: str
    text: str
    detail: str
    cure: str = ""  # what the provider can send or change, where it is not met


def trace(traced: Traced) -> list[Line]:
    """The steps that bear on a decision, in the order of decision; what does not apply is left out."""
    return [line for step in traced.steps if (line := _line(step, traced.decision)) is not None]


def _line(step: Step, decision: Decision) -> Line | None:
    if step.kind == "determination":
        return None
    if step.kind in ("exemption", "waiver"):
        # What frees is told where it may be so: an approved request needs no freeing.
        if step.state == "false" or step.state == "unknown" and decision.determination == APPROVED:
            return None
    if step.kind == "criterion" and step.applies is False:
        return None
    if step.kind == "waiver" and step.state != "unknown":
        return Line("yes", step.text, f"{step.state} free")
    if step.kind == "note":
        return Line("yes", step.text, _detail(step), step.cure)
    if step.kind == "limit":
        # Of an unknown condition no row is meant: the first that it might be says nothing of this person.
        row = "" if step.state == "no_limit" or "condition" in step.asked else f"row {step.id}: {step.text}"
        return Line(MARK[step.state], _limit(step, decision), row, step.cure)
    if step.kind == "guideline" and step.state == "true":
        return Line("", f"decided by {step.text}, {step.id}", "")
    return Line(MARK.get(step.state, step.state), step.text, _detail(step), step.cure)


def _detail(step: Step) -> str:
    known = [f"{words(n)} {_value(v)}" for n, v in step.facts if v is not None]
    missing = [f"{words(n)} missing" for n in step.asked]
    values = [f"{words(n)} {_value(v)} (guideline)" for n, v in step.parameters]
    return ", ".join(known + missing + values)


def _limit(step: Step, decision: Decision) -> str:
    """`12 used + 8 asked = 20, limit 16 visits, 12 weeks: 4 now, a clinician decides 4`"""
    facts = dict(step.facts)
    used, asked = facts.get("visits_used"), facts.get("requested_visits")
    if step.state == "no_limit":
        return BUILT_IN["no_limit"]
    if step.state == "limit_unknown":
        return "limit unknown: " + ", ".join(f"{words(n)} missing" for n in step.asked)
    if step.id == "evaluation":
        return "one visit for the evaluation alone: no limit counts it"
    text = f"limit {step.text}"
    if isinstance(used, int | Decimal) and isinstance(asked, int | Decimal):
        text = f"{used} used + {asked} asked = {used + asked}, limit {step.text}"
    if step.state == "limit_exceeded" and decision.determination == "approved_in_part":
        parts = [
            f"{n} {unit}" for n, unit in ((decision.referred_visits, "visits"), (decision.referred_weeks, "weeks")) if n
        ]
        text += (
            f": {decision.granted_visits} visits over {decision.granted_weeks} weeks now, a clinician decides "
            f"{' and '.join(parts)}"
        )
    if step.state == "limit_reached":
        text += ": used up"
    return text


def words(name: str) -> str:
    return name.replace("_", " ")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, tuple) else show_value(value).strip("'@")


def with_reasons(decision: Decision) -> str:
    """The headline, with the ids of its reasons."""
    return headline(decision) + (f" ({', '.join(decision.reasons)})" if decision.reasons else "")


def headline(decision: Decision) -> str:
    """`approved in part: 4 visits over 6 weeks now; 4 visits to a clinician`"""
    text = DETERMINATION[decision.determination]
    if decision.granted_visits:
        text += f": {decision.granted_visits} visits over {decision.granted_weeks} weeks"
    if decision.referred_visits or decision.referred_weeks:
        parts = [
            f"{n} {unit}" for n, unit in ((decision.referred_visits, "visits"), (decision.referred_weeks, "weeks")) if n
        ]
        text += f"; {' and '.join(parts)} to a clinician"
    if decision.urgent:
        text = f"URGENT, {text}"
        if decision.determination == NOT_REQUIRED:
            text += "; a clinician is told all the same"
    if decision.waived_visits:
        text += f"; {decision.waived_visits} visits free in any case"
    return text


def clock_line(facts: Facts) -> str:
    """By when an answer is owed, and why; "" where no clock was read for the cover."""
    found, day = clock(facts), due(facts)
    if found is None:
        return ""
    why = [f"{found.amount} {found.unit}"]
    if facts.get("review_timing") == "post_service":
        why.append("the visits have taken place")
    elif facts.get("expedited") is True:
        why.append("an expedited review was asked for")
    return f"an answer is owed {f'by {day}' if day else 'within that time of receipt'} ({', '.join(why)})"


def trace_lines(traced: Traced, facts: Facts | None = None) -> list[str]:
    """A single decision for the terminal; with its facts also by when an answer is owed."""
    decision = traced.decision
    out = [f"{decision.request_id}: {headline(decision)}"]
    if facts is not None and decision.determination != NOT_REQUIRED and (owed := clock_line(facts)):
        out.append(f"a clinician looks at it at once; at the latest {owed}" if decision.urgent else owed)
    if decision.reasons:
        out.append(f"reasons: {', '.join(decision.reasons)}")
    if decision.missing:
        out.append(f"missing: {', '.join(decision.missing)}")
        asked = questions(traced)
        if asked.provider:
            out.append(f"ask the provider, in this order: {', '.join(words(f) for f in asked.provider)}")
        if asked.payer:
            out.append(f"the payer has itself: {', '.join(words(f) for f in asked.payer)}")
    day = f"as of {decision.deciding_day}" if decision.deciding_day else "no deciding day"
    named = (
        f"{decision.guideline}/{decision.version} {short(decision.guideline_digest or '')}"
        if decision.guideline
        else "none"
    )
    out.append("")
    for line in trace(traced):
        out.append(f"  {line.mark:<9} {line.text}" + (f"  [{line.detail}]" if line.detail else ""))
        if line.cure:
            out.append(f"  {'':<10}what helps: {line.cure}")
    out += ["", f"guideline {named}, {day}"]
    return out


def day_words(about: About) -> str:
    """By which day a replay decided: `as of 2026-01-01`, `by date`."""
    return f"as of {about.deciding_day}" if about.deciding_day else BY_DATE


def period(about: About) -> str:
    first, last = about.period
    return "days not stated" if first is None else f"received {first} to {last}"


def _pins(decided: Sequence[Pin], published: Sequence[Pin], draft: str | None) -> str:
    """Versions with their digests: those as published, then what the draft makes of them, which is another text."""
    if not draft:
        return ", ".join(map(str, decided)) or "none"
    changed = [p for p in decided if p not in published]
    out = [", ".join(map(str, published))] if published else []
    out += [f"under the draft {draft}: {', '.join(map(str, changed))}"] if changed else []
    return "; ".join(out) or "none"


def lonely_plans(about: About) -> str:
    """The plans that requests name and whose overlay did not apply, with their requests; empty where there are none."""
    named = ", ".join(f"{p} ({n:,})" for p, n in about.plans_without_overlay)
    return f"plans whose overlay did not apply, requests: {named}" if named else ""


def about_lines(about: About, published: About | None = None) -> list[str]:
    """What a replay rests on; of one under a draft beside what was `published`, both texts of each version."""
    episodes = several(about.episodes, "episode") if about.episodes else "episodes not stated"
    people = several(about.people, "person", "people") if about.people else "people not stated"
    out = [
        f"{several(about.requests, 'request')}, {episodes}, {people} ({period(about)})",
        f"decided {day_words(about)}, "
        f"histories {about.mode.replace('_', ' ')}"
        + (f", undecided requests support what {about.policy} says" if about.policy else ""),
        f"guidelines: {_pins(about.guidelines, published.guidelines if published else (), about.draft)}",
    ]
    if about.overlays:
        out.append(f"overlays: {_pins(about.overlays, published.overlays if published else (), about.draft)}")
    if about.program:
        out.append(f"program: {about.program}")
    if about.draft:
        out.append(f"draft: {about.draft}")
    if about.assumptions:
        out.append(
            f"{about.requests_on_assumptions:,} of {several(about.requests, 'request')} rest on assumptions "
            f"({about.assumptions})"
        )
    if 0 < about.requests_without_person < about.requests:
        out.append(several(about.requests_without_person, "request names", "requests name") + " no person")
    if about.plans_without_overlay:
        out.append(lonely_plans(about))
    if about.carried:
        c = about.carried
        out.append(
            f"{several(c.requests_carried, 'request')} carried, {c.requests_not_carried:,} not carried in "
            f"{several(c.episodes_not_carried, 'episode')}; {c.requests_on_recorded_improvement:,} rest on improvement "
            "as recorded"
        )
    return out


def accepted_words(counts: Mapping[str, int], assumed: int, accepted: int) -> str:
    """How accepted requests come out: `Of the 30 accepted: 2 approved, …; 30 rest on assumptions.`"""
    parts = [f"{n:,} {DETERMINATION[said]}" for said, n in counts.items() if n]
    tail = f"{assumed:,} rest on assumptions" if assumed else "none rests on assumptions"
    return f"Of the {accepted:,} accepted: {', '.join(parts) or 'none decided'}; {tail}."


def points(rate: Rate) -> str:
    """`+0.36 (0.31 to 0.41)`: draft − published in percentage points, or in requests for newly referred."""
    if rate.difference is None or rate.low is None or rate.high is None:
        return DASH
    scale, form = (1, "+,.0f") if rate.name == NEWLY_REFERRED else (100, "+.2f")
    if rate.difference == rate.low == rate.high == 0:
        return "0"
    low, high = (format(scale * x, form) for x in (rate.low, rate.high))
    return true_minus(f"{scale * rate.difference:{form}} ({low} to {high})")


def comparison_lines(comparison: Changes) -> list[str]:
    """A comparison for the terminal."""
    out = [
        *about_lines(comparison.draft, comparison.published),
        "",
        sentence(comparison),
        "",
        f"{'rate':<46}{'published':>11}{'draft':>11}   draft − published, points, 95 %",
    ]
    for rate in comparison.rates:
        if rate.name == NEWLY_REFERRED:
            out.append(f"{rate.label + ', requests':<46}{'':>11}{rate.draft:>11,.0f}   {points(rate)}")
        else:
            out.append(f"{rate.label:<46}{percent(rate.published):>11}{percent(rate.draft):>11}   {points(rate)}")
    heads = list(DETERMINATION.values())
    out += ["", "published ↓ becomes draft →, requests", " " * 20 + "".join(f"{h:>20}" for h in heads)]
    out += [
        f"{DETERMINATION[a]:<20}" + "".join(f"{n:>20,}" for n in row.values()) for a, row in comparison.matrix.items()
    ]
    return [*out, "", CANNOT_KNOW]

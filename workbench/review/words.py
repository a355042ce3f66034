"""Decisions and comparisons in plain words, for the terminal, the tuning screen and the report alike."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.engine.decision import BUILT_IN, Decision
from workbench.engine.reference import Step, Traced
from workbench.language.syntax import show_value
from workbench.study.compare import Comparison
from workbench.study.rates import NEWLY_REFERRED, Rate
from workbench.study.replay import About

DETERMINATION = {"approved": "approved", "approved_in_part": "approved in part",
                 "information_needed": "information needed", "clinician_review": "clinician review",
                 "administrative": "administrative", "not_required": "not required"}
MARK = {"met": "met", "unmet": "not met", "unknown": "unknown", "undefined": "not met (no answer)", "true": "yes",
        "false": "no", "supported": "met", "limit_exceeded": "not met", "limit_reached": "not met",
        "limit_unknown": "unknown", "no_limit": "not met"}
CANNOT_KNOW = ("A replay decides again what was asked. It can not know what providers would have asked under other "
               "limits, what a denied member would have gained, or the demand that a limit hid.")


@dataclass(frozen=True)
class Line:
    """One line of a trace: how it came out, what was looked at, and the facts and values behind it."""

    mark: str
    text: str
    detail: str


def trace(traced: Traced) -> list[Line]:
    """The steps that bear on a decision, in the order of decision; what does not apply is left out."""
    return [line for step in traced.steps if (line := _line(step, traced.decision)) is not None]


def _line(step: Step, decision: Decision) -> Line | None:
    if step.kind == "determination":
        return None
    if step.kind in ("exemption", "waiver") and step.state == "false" or step.kind == "criterion" and \
            step.applies is False:
        return None
    if step.kind == "waiver" and step.state != "unknown":
        return Line("yes", step.text, f"{step.state} free")
    if step.kind == "limit":
        return Line(MARK[step.state], _limit(step, decision), f"row {step.id}: {step.text}")
    if step.kind == "guideline" and step.state == "true":
        return Line("", f"decided by {step.text}, {step.id}", "")
    return Line(MARK.get(step.state, step.state), step.text, _detail(step))


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
    text = f"limit {step.text}"
    if used is not None and asked is not None:
        text = f"{used} used + {asked} asked = {used + asked}, limit {step.text}"
    if step.state == "limit_exceeded" and decision.determination == "approved_in_part":
        parts = [f"{n} {unit}" for n, unit in ((decision.referred_visits, "visits"), (decision.referred_weeks, "weeks"))
                 if n]
        text += (f": {decision.granted_visits} visits over {decision.granted_weeks} weeks now, a clinician decides "
                 f"{' and '.join(parts)}")
    if step.state == "limit_reached":
        text += ": used up"
    return text


def words(name: str) -> str:
    return name.replace("_", " ")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, tuple) else show_value(value).strip("'@")


def headline(decision: Decision) -> str:
    """`approved in part: 4 visits over 6 weeks now; 4 visits to a clinician`"""
    text = DETERMINATION[decision.determination]
    if decision.granted_visits:
        text += f": {decision.granted_visits} visits over {decision.granted_weeks} weeks"
    if decision.referred_visits or decision.referred_weeks:
        parts = [f"{n} {unit}" for n, unit in ((decision.referred_visits, "visits"), (decision.referred_weeks, "weeks"))
                 if n]
        text += f"; {' and '.join(parts)} to a clinician"
    if decision.waived_visits:
        text += f"; {decision.waived_visits} visits free in any case"
    return text


def trace_lines(traced: Traced) -> list[str]:
    """A single decision for the terminal."""
    decision = traced.decision
    out = [f"{decision.request_id}: {headline(decision)}"]
    if decision.reasons:
        out.append(f"reasons: {', '.join(decision.reasons)}")
    if decision.missing:
        out.append(f"missing: {', '.join(decision.missing)}")
    day = f"as of {decision.deciding_day}" if decision.deciding_day else "no deciding day"
    named = f"{decision.guideline}/{decision.version} {decision.guideline_digest}" if decision.guideline else "none"
    out += ["", *(f"  {line.mark:<10}{line.text}" + (f"  [{line.detail}]" if line.detail else "")
                  for line in trace(traced)), "", f"guideline {named}, {day}"]
    return out


def period(about: About) -> str:
    first, last = about.period
    return "days not stated" if first is None else f"received {first} to {last}"


def about_lines(about: About) -> list[str]:
    """What a replay rests on."""
    episodes = f"{about.episodes:,} episodes" if about.episodes else "episodes not stated"
    people = f"{about.people:,} people" if about.people else "people not stated"
    out = [f"{about.requests:,} requests, {episodes}, {people} ({period(about)})",
           f"decided {'as of ' + about.deciding_day if about.deciding_day != 'by date' else 'by date'}, "
           f"histories {about.mode.replace('_', ' ')}"
           + (f", undecided requests support what {about.policy} says" if about.policy else ""),
           f"guidelines: {', '.join(about.guidelines) or 'none'}"]
    if about.overlays:
        out.append(f"overlays: {', '.join(about.overlays)}")
    if about.program:
        out.append(f"program: {about.program}")
    if about.draft:
        out.append(f"draft: {about.draft}")
    if about.assumptions:
        out.append(f"{about.requests_on_assumptions:,} of {about.requests:,} requests rest on assumptions "
                   f"({about.assumptions})")
    if 0 < about.requests_without_person < about.requests:
        out.append(f"{about.requests_without_person:,} requests name no person")
    if about.plans_without_overlay:
        named = ", ".join(f"{p} ({n:,})" for p, n in about.plans_without_overlay)
        out.append(f"plans whose overlay did not apply, requests: {named}")
    if about.carried:
        c = about.carried
        out.append(f"{c.requests_carried:,} requests carried, {c.requests_not_carried:,} not carried in "
                   f"{c.episodes_not_carried:,} episodes; {c.requests_on_recorded_improvement:,} rest on improvement "
                   "as recorded")
    return out


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}".replace("%", " %")


def points(rate: Rate) -> str:
    """`+0.36 (0.31 to 0.41)`: draft − published in percentage points, or in requests for newly referred."""
    if rate.difference is None:
        return "–"
    scale, form = (1, "+,.0f") if rate.name == NEWLY_REFERRED else (100, "+.2f")
    if rate.difference == rate.low == rate.high == 0:
        return "0"
    low, high = (format(scale * x, form) for x in (rate.low, rate.high))
    return f"{scale * rate.difference:{form}} ({low} to {high})".replace("-", "−")


def comparison_lines(comparison: Comparison) -> list[str]:
    """A comparison for the terminal."""
    out = [*about_lines(comparison.draft), "", comparison.sentence(), "",
           f"{'rate':<46}{'published':>11}{'draft':>11}   draft − published, points, 95 %"]
    for rate in comparison.rates:
        if rate.name == NEWLY_REFERRED:
            out.append(f"{rate.label + ', requests':<46}{'':>11}{rate.draft:>11,.0f}   {points(rate)}")
        else:
            out.append(f"{rate.label:<46}{percent(rate.published):>11}{percent(rate.draft):>11}   {points(rate)}")
    heads = list(DETERMINATION.values())
    out += ["", "published ↓ becomes draft →, requests", " " * 20 + "".join(f"{h:>20}" for h in heads)]
    out += [f"{DETERMINATION[a]:<20}" + "".join(f"{n:>20,}" for n in row.values())
            for a, row in comparison.matrix.items()]
    return [*out, "", CANNOT_KNOW]

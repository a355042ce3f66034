"""A letter on a request, in plain language: what is decided, by whom, why in particular, what would help, by when.

It says what was said when the request was answered; no guideline is read again. The engine never denies: what it did
not grant is with a clinician, or waits for what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.engine.decision import ADMINISTRATIVE, IN_PART, INFORMATION, NOT_REQUIRED
from workbench.intake import history as h
from workbench.intake.history import Entry
from workbench.words.conditions import value_words
from workbench.words.decisions import words

_VERDICT = {
    "approved": "approved all that was left to decide",
    "approved_in_part": "approved part of what was left to decide",
    "declined": "declined what was left to decide",
}


def letter(entries: Sequence[Entry]) -> list[str]:
    """The letter, a paragraph or an item a line; an empty line parts what belongs together."""
    now, answered = h.standing(entries), h.answer(entries)
    record, facts = answered.matter["held"]["record"], answered.matter["facts"]
    asked = amount(facts.get("requested_visits"), facts.get("requested_weeks"))
    out = [
        f"Request {now['request_id']}, received {now['received_on']}",
        f"Asked for: {value_words(str(now['discipline']))}, {asked or 'an amount that is not stated'}",
        "",
        *_decided(now, entries[-1], record),
    ]
    if now["status"] == h.WITHDRAWN:
        return out
    open_ = now["status"] in (h.FOR_CLINICIAN, h.FOR_PROVIDER)
    if open_ and answered.matter["clock"]:
        out.append(f"By when: {answered.matter['clock']}.")
    reasons = [s for s in answered.matter["said"] if s["text"]]
    if reasons and (open_ or now["status"] == h.DECIDED):
        out += ["", "The reasons of the first answer:" if now["status"] == h.DECIDED else "The reasons:"]
        for said in reasons:
            out.append(f"- {said['text']}" + (f" [{said['detail']}]" if said["detail"] else ""))
            if said["cure"]:
                out.append(f"  What helps: {said['cure']}")
    if open_ and answered.matter["asked"]["provider"]:
        out += ["", "Please send:", *(f"- {words(n)}" for n in answered.matter["asked"]["provider"])]
    if record["guideline"]:
        overlay = f", under {record['overlay']}" if record["overlay"] else ""
        out += ["", f"Decided by {record['guideline']}/{record['version']}{overlay}, as of {record['deciding_day']}."]
    return out


def _decided(now: Mapping[str, Any], last: Entry, record: Mapping[str, Any]) -> list[str]:
    """What is decided, and by whom."""
    if now["status"] == h.WITHDRAWN:
        why = last.matter["reason"]
        return [f"The request was withdrawn on {last.at} by {last.who['name']}" + (f": {why}" if why else ".")]
    granted = amount(now["granted_visits"], now["granted_weeks"])
    out = []
    if record["urgent"] and now["status"] == h.FOR_CLINICIAN:
        out.append("URGENT: something in it can not wait; a clinician looks at it at once.")
    if now["status"] == h.DECIDED:
        person = f"{last.who['name']}, {last.who['credential']} ({last.who['field']})"
        out.append(f"On {last.at} {person} {_VERDICT[last.matter['verdict']]}: {last.matter['reason']}")
        out.append(f"Approved in all: {granted or 'nothing'}.")
    elif record["determination"] == NOT_REQUIRED:
        out.append("No authorization is needed.")
    elif record["determination"] == INFORMATION:
        out.append("It can not be decided yet: something is missing. Nothing is denied.")
    elif record["determination"] == ADMINISTRATIVE:
        out.append("Something outside of the care itself stands in the way. Nothing is denied.")
    elif record["determination"] == IN_PART:
        rest = amount(record["referred_visits"], record["referred_weeks"])
        out.append(f"Approved now: {granted}. A clinician decides the rest: {rest}. Nothing is denied.")
    elif now["status"] == h.FOR_CLINICIAN and not granted:
        out.append("A clinician decides it. Nothing is denied.")
    else:
        out.append(f"Approved: {granted}.")
    if record["waived_visits"]:
        out.append(f"{record['waived_visits']} visits need no authorization in any case.")
    return out


def amount(visits: int | None, weeks: int | None) -> str:
    """`8 visits over 6 weeks`; "" where there are none."""
    if visits and weeks:
        return f"{visits} visits over {weeks} weeks"
    return f"{visits} visits" if visits else f"{weeks} weeks" if weeks else ""

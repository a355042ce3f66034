"""What can be done to a request. Each act is one transaction, and one entry of its history.

The engine answers at once (`submit`, `continue_`, `amend`), by the reference and never with a denial; the whole record
is kept with its digests, so that `review.recompute` can make it again. A person decides what the engine sent to one.
No clock is read: `at` is told by the caller, and is the day of receipt where a request names none.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from workbench.cases.request import read_facts, read_request, row
from workbench.cases.values import Value
from workbench.documents import yaml_places as yamlfile
from workbench.engine import reference
from workbench.engine.decision import CLINICIAN, IN_PART
from workbench.engine.setting import Setting
from workbench.errors import Problem, Problems, ProblemsFound
from workbench.guideline.model import Library
from workbench.intake import history as h
from workbench.intake.history import Entry
from workbench.intake.store import Store
from workbench.intake.tables import REQUESTS
from workbench.review.recompute import record_of
from workbench.study.carry import used_after_one
from workbench.study.clocks import clock, due
from workbench.study.replay import facts_of, prepare
from workbench.words.decisions import clock_line, trace
from workbench.words.questions import questions

Source = str | Path | Mapping[str, object]
APPROVED, IN_PART_BY_PERSON, DECLINED = "approved", "approved_in_part", "declined"
VERDICTS = (APPROVED, IN_PART_BY_PERSON, DECLINED, h.NOTED)
# What a continuing request takes from the one before, unless it says otherwise. What moves with time (age, weeks since
# onset, days since the last visit, progress) is not taken: it is asked for.
TAKEN = (
    "episode_id", "member_id", "sex", "language", "rural", "state", "line_of_business", "funding", "plan",
    "provider_npi", "provider_type", "in_network", "discipline", "intent", "setting", "diagnosis", "condition",
    "complexity", "comorbidities", "post_surgical", "measure", "score_baseline", "second_measure",
    "second_score_baseline",
)  # fmt: skip
# What it takes under another name: the latest score of the request before is now the previous one.
PREVIOUS = {"score_previous": "score_current", "second_score_previous": "second_score_current"}


@dataclass(frozen=True)
class Person:
    """Who decides: name, credential (as PT, DPT) and field of practice."""

    name: str
    credential: str
    field: str


def submit(store: Store, source: Source, setting: Setting, *, at: str, by: str) -> dict[str, Any]:
    """Ask: a mapping of facts or a YAML file. Shape of the answer: the row of the request.

    Raises ProblemsFound: misfits of the facts, `request-exists`, `bad-time`.
    """
    facts = _own_name(_dated(_read(source, setting.library, {}), at))
    matter = answered(facts, setting, at)
    with store.writing() as connection:
        return _first(connection, facts, h.SUBMIT, at, by, matter)


def continue_(
    store: Store, before: str, source: Source, setting: Setting, *, at: str, by: str, attended: int | None = None
) -> dict[str, Any]:
    """Ask for more after request `before`. Facts that stay are taken from it; visits and weeks used follow from what
    was granted and, where known, `attended` (visits that took place), as carried forward has it. What is given goes
    first.

    Raises ProblemsFound: as `submit`; `bad-act` where it was withdrawn, or is continued already.
    """
    with store.writing() as connection:
        entries = h.read(connection, before, lock=True)
        now = h.standing(entries)
        if now["status"] == h.WITHDRAWN:
            raise _refused(before, "it was withdrawn", "submit a request of its own")
        later = select(REQUESTS.c.request_id).where(REQUESTS.c.follows == before, REQUESTS.c.status != h.WITHDRAWN)
        if (other := connection.execute(later).scalar()) is not None:
            raise _refused(before, f"it is continued by {other}", f"continue {other}, or amend it")
        lent, taken = _carried(entries, now, setting.library, attended)
        facts = _own_name(_dated(_read(source, setting.library, lent), at))
        told = {n: w for n, w in taken.items() if n in facts and facts[n] == lent[n]}
        matter = answered(facts, setting, at) | {"follows": before, "taken": told, "attended": attended}
        return _first(connection, facts, h.CONTINUE, at, by, matter)


def amend(store: Store, request_id: str, source: Source, setting: Setting, *, at: str, by: str) -> dict[str, Any]:
    """Supply or correct facts (`null` takes one away); the request is answered anew and keeps its day of receipt.

    Raises ProblemsFound: misfits, `bad-act` where it is withdrawn or decided by a person, or where less would be
    granted than was granted already.
    """
    with store.writing() as connection:
        entries = h.read(connection, request_id, lock=True)
        now = h.standing(entries)
        if now["status"] in (h.WITHDRAWN, h.DECIDED):
            raise _refused(request_id, f"it is {now['status']}", "ask for more by a continuing request")
        old = _typed(json.loads(now["facts"]), setting.library)
        facts = _read(source, setting.library, old)
        if facts.get("request_id") != request_id:
            raise _refused(request_id, "a request keeps its name", "leave request_id out")
        names = sorted(n for n in {*old, *facts} if old.get(n) != facts.get(n))
        if not names:
            raise _refused(request_id, "no fact is another than before", "name the facts that changed")
        matter = answered(facts, setting, at) | {"changed": {n: [old.get(n), facts.get(n)] for n in names}}
        held, granted = matter["held"]["record"]["granted_visits"], now["granted_visits"] or 0
        if held is not None and held < granted:
            told = f"{granted} visits were granted, and {held} would be by the facts as they are told now"
            raise _refused(request_id, told, "what was granted stays granted; a clinician has to look at it")
        return _next(connection, entries, h.AMEND, at, {"name": by}, matter)


def withdraw(store: Store, request_id: str, *, at: str, by: str, reason: str = "") -> dict[str, Any]:
    """Take a request back. Raises ProblemsFound (`bad-act` where it is withdrawn, or decided by a person)."""
    with store.writing() as connection:
        entries = h.read(connection, request_id, lock=True)
        if (status := h.standing(entries)["status"]) in (h.WITHDRAWN, h.DECIDED):
            raise _refused(request_id, f"it is {status}", "nothing is left to withdraw")
        return _next(connection, entries, h.WITHDRAW, at, {"name": by}, {"reason": reason})


def decide(
    store: Store,
    request_id: str,
    verdict: str,
    *,
    at: str,
    by: Person,
    reason: str,
    visits: int | None = None,
    weeks: int | None = None,
    seen: int | None = None,
) -> dict[str, Any]:
    """Record what a person decided of what the engine sent to one. `visits` and `weeks` are what the person adds to
    what is granted already: of an approval all that was referred unless told; in part, less. `seen` is the number of
    entries that the person looked at.

    Raises ProblemsFound: `no-person`, `bad-act`, `moved-on`, `bad-call` for amounts that do not fit.
    """
    lacking = [n for n, told in (*vars(by).items(), ("reason", reason)) if not told.strip()]
    if lacking:
        raise ProblemsFound(Problem("no-person", f"{n} is missing", request_id) for n in lacking)
    if verdict not in VERDICTS:
        raise ProblemsFound([Problem("bad-call", f"{verdict!r} is none of {', '.join(VERDICTS)}", request_id)])
    with store.writing() as connection:
        entries = h.read(connection, request_id, lock=True)
        now = h.standing(entries)
        if seen is not None and seen != len(entries):
            told = f"{len(entries)} entries stand in its history, and {seen} were looked at"
            raise ProblemsFound([Problem("moved-on", told, request_id, hint="look at it again")])
        if now["status"] != h.FOR_CLINICIAN:
            raise _refused(request_id, f"it is {now['status']}", "only what waits for a clinician is decided by one")
        record = h.answer(entries).matter["held"]["record"]
        opened = record["determination"] in (CLINICIAN, IN_PART)
        if opened == (verdict == h.NOTED):
            told = "visits or weeks are left to decide" if opened else "nothing in it is left to decide"
            hint = ", ".join(v for v in VERDICTS if (v == h.NOTED) != opened)
            raise _refused(request_id, told, f"say {hint}")
        more = _more(request_id, verdict, record, visits, weeks)
        granted = (record["granted_visits"], record["granted_weeks"])
        total = granted if verdict == h.NOTED else tuple((g or 0) + m for g, m in zip(granted, more, strict=True))
        matter = {"verdict": verdict, "reason": reason, "visits": more[0], "weeks": more[1]}
        matter |= {"granted_visits": total[0], "granted_weeks": total[1]}
        return _next(connection, entries, h.DECIDE, at, vars(by), matter)


def _more(
    request_id: str, verdict: str, record: Mapping[str, Any], visits: int | None, weeks: int | None
) -> tuple[int, int]:
    """What a person grants beside what is granted already."""
    if verdict in (DECLINED, h.NOTED):
        if visits or weeks:
            raise ProblemsFound([Problem("bad-call", f"{verdict} grants no visits and no weeks", request_id)])
        return 0, 0
    referred = record["referred_visits"], record["referred_weeks"]
    told = (visits, weeks) if verdict == IN_PART_BY_PERSON else _filled((visits, weeks), referred)
    if None in told:
        hint = "--visits N --weeks N"
        raise ProblemsFound([Problem("bad-call", "say how many visits over how many weeks", request_id, hint=hint)])
    more = int(told[0] or 0), int(told[1] or 0)
    over = [f"{m} {n}" for m, r, n in zip(more, referred, ("visits", "weeks"), strict=True) if r is not None and m > r]
    less = any(r is not None and m < r for m, r in zip(more, referred, strict=True))
    wrong = ""
    if min(more) < 0 or max(more) == 0:
        wrong = "an approval grants visits or weeks"
    elif over:
        wrong = f"{' and '.join(over)} are more than was asked for"
    elif verdict == IN_PART_BY_PERSON and not less and None not in referred:
        wrong = "this is all that was asked for, hence approved"
    elif verdict == APPROVED and less:
        wrong = "this is less than was asked for, hence approved_in_part"
    if wrong:
        raise ProblemsFound([Problem("bad-call", wrong, request_id)])
    return more


def _filled(told: Sequence[int | None], referred: Sequence[int | None]) -> tuple[int | None, ...]:
    return tuple(r if t is None else t for t, r in zip(told, referred, strict=True))


def answered(facts: Mapping[str, Value], setting: Setting, at: str) -> dict[str, Any]:
    """What the engine says to these facts, as an entry keeps it: the record with what it is of, the reasons in words,
    what is asked of whom, and the clock."""
    setting = replace(setting, asked_on=h.day_of(at))
    known = facts_of(prepare(row(facts), setting).frame.row(0, named=True))
    traced = reference.decide(known, setting)
    decision, asked, ends = traced.decision, questions(traced), due(known)
    lines = {
        step.id: line
        for step in traced.steps
        for line in trace(replace(traced, steps=(step,)))
        if {step.id, step.state} & {*decision.reasons}
    }
    said = [{"id": id_, "text": line.text, "detail": line.detail, "cure": line.cure} for id_, line in lines.items()]
    running = clock(known) is not None
    return {
        "facts": dict(facts),
        "held": record_of(decision, known, setting),
        "said": said,
        "asked": {"provider": list(asked.provider), "payer": list(asked.payer)},
        "due": ends.isoformat() if ends else None,
        "clock": clock_line(known) if running else "",
        "pressing": known.get("expedited") is True and known.get("review_timing") != "post_service",
    }


def _carried(
    entries: Sequence[Entry], now: Mapping[str, Any], library: Library, attended: int | None
) -> tuple[dict[str, Value], dict[str, str]]:
    """Facts lent to a continuing request, and from where each is taken."""
    before, record = _typed(json.loads(now["facts"]), library), h.answer(entries).matter["held"]["record"]
    if now["status"] == h.DECIDED:  # a person's word is known, where the engine's was open
        granted = {"granted_visits": now["granted_visits"], "granted_weeks": now["granted_weeks"]}
        record = record | granted | {"determination": IN_PART}
    visits, weeks = used_after_one({**before, "visits_attended": attended}, record)
    lent: dict[str, Value] = {n: before[n] for n in TAKEN if n in before}
    taken = {n: f"{n} of {now['request_id']}" for n in lent}
    for name, source in PREVIOUS.items():
        if source in before:
            lent[name], taken[name] = before[source], f"{source} of {now['request_id']}"
    number = before.get("request_number")
    counted = {"visits_used": visits, "weeks_used": weeks, "review_type": "continuing"}
    counted["request_number"] = number + 1 if isinstance(number, int) else None
    for name, value in counted.items():
        if value is not None:
            lent[name], taken[name] = value, f"counted on from {now['request_id']}"
    return lent, taken


def _read(source: Source, library: Library, lent: Mapping[str, Value]) -> dict[str, Value]:
    """The facts given over those lent, in their types; missing ones are left out."""
    if isinstance(source, Mapping):
        return _typed({**lent, **source}, library)
    problems = Problems()
    top = yamlfile.read_yaml(source, problems)
    facts: dict[str, Value] = {}
    if isinstance(top, yamlfile.Pairs):
        facts = read_facts(top, library, lent)
    elif top is not None:
        top.fail("wrong-value", "a request is written `fact: value`, a line each")
    problems.check()
    return _typed(facts, library)


def _typed(facts: Mapping[str, object], library: Library) -> dict[str, Value]:
    """Facts as a case frame has them, so that what is compared and kept has one form; misfits are reported."""
    named = read_request(facts, library).row(0, named=True)
    return {n: v for n, v in named.items() if v is not None and (n != "request_id" or n in facts)}


def _dated(facts: dict[str, Value], at: str) -> dict[str, Value]:
    return {"received_on": h.day_of(at)} | facts


def _own_name(facts: dict[str, Value]) -> dict[str, Value]:
    """A request without a name gets one that no other has."""
    return {"request_id": f"R-{secrets.token_hex(8)}"} | facts


def _first(
    connection: Connection, facts: Mapping[str, Value], act: str, at: str, by: str, matter: Mapping[str, object]
) -> dict[str, Any]:
    name = str(facts["request_id"])
    try:
        return h.add(connection, (), h.next_entry((), name, act, at, {"name": by}, matter))
    except IntegrityError:
        hint = "amend it, or give this one another request_id"
        raise ProblemsFound([Problem("request-exists", "a request of this name is there", name, hint=hint)]) from None


def _next(
    connection: Connection,
    so_far: Sequence[Entry],
    act: str,
    at: str,
    who: Mapping[str, object],
    matter: Mapping[str, object],
) -> dict[str, Any]:
    entry = h.next_entry(so_far, so_far[0].request_id, act, at, who, matter)
    return h.add(connection, so_far, entry)


def _refused(request_id: str, why: str, hint: str) -> ProblemsFound:
    return ProblemsFound([Problem("bad-act", why, request_id, hint=hint)])

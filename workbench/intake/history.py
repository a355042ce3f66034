"""What happened to a request, entry by entry, and how it stands after that.

Entries are only added. Each holds the digest of the one before, so that an entry altered, taken out or put in between
shows; a request's row holds the count and the last digest. `standing` is the one place where such a row is made.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from workbench.engine.decision import ADMINISTRATIVE, CLINICIAN, IN_PART, INFORMATION
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.digests import digest
from workbench.intake.tables import HISTORY, REQUESTS
from workbench.review.recompute import record_bytes

SUBMIT, CONTINUE, AMEND, WITHDRAW, DECIDE = ACTS = ("submit", "continue", "amend", "withdraw", "decide")
ANSWERED, FOR_PROVIDER, FOR_CLINICIAN, DECIDED, WITHDRAWN = STATUSES = (
    "answered",
    "waits_for_provider",
    "waits_for_clinician",
    "decided",
    "withdrawn",
)
NOTED = "noted"  # a person saw what is urgent in a request that leaves nothing to decide


def canonical(value: Mapping[str, object]) -> str:
    """The one text of a mapping."""
    return record_bytes(value).decode().rstrip("\n")


@dataclass(frozen=True)
class Entry:
    """One act. `matter` is plain JSON: what was said and came of it."""

    request_id: str
    number: int
    act: str
    at: str
    who: Mapping[str, Any]
    matter: Mapping[str, Any]
    previous: str
    digest: str = ""

    def sealed(self) -> str:
        """The digest that it has to have."""
        return digest({k: v for k, v in self.as_dict().items() if k != "digest"})

    def as_dict(self) -> dict[str, object]:
        return dict(self.__dict__)


def next_entry(
    so_far: Sequence[Entry], request_id: str, act: str, at: str, who: Mapping[str, object], matter: Mapping[str, object]
) -> Entry:
    """The entry that an act adds. Raises ProblemsFound (`bad-time`)."""
    day = _day(at)
    if so_far and day < _day(so_far[-1].at):
        told = f"the act is of {at}, and the last one before of {so_far[-1].at}"
        raise ProblemsFound([Problem("bad-time", told, request_id)])
    plain_who, plain = json.loads(canonical(who)), json.loads(canonical(matter))
    previous = so_far[-1].digest if so_far else ""
    made = Entry(request_id, len(so_far) + 1, act, at, plain_who, plain, previous)
    return Entry(**{**made.as_dict(), "digest": made.sealed()})  # type: ignore[arg-type]


def _day(at: str) -> date:
    try:
        return datetime.fromisoformat(at).date()
    except ValueError:
        hint = "as 2026-03-02 or 2026-03-02T14:05"
        raise ProblemsFound([Problem("bad-time", f"{at!r} is no day and no time", hint=hint)]) from None


day_of = _day


def read(connection: Connection, request_id: str, *, lock: bool = False) -> tuple[Entry, ...]:
    """The history of a request, oldest first. `lock`: nobody else acts on it until the transaction ends.

    Raises ProblemsFound (`unknown-request`).
    """
    asked = select(REQUESTS.c.request_id).where(REQUESTS.c.request_id == request_id)
    if connection.execute(asked.with_for_update() if lock else asked).first() is None:
        there = connection.execute(select(REQUESTS.c.request_id).limit(2000)).scalars()
        told = f"there is no request {request_id}"
        raise ProblemsFound([Problem("unknown-request", told, hint=nearest(request_id, there))])
    rows = connection.execute(
        select(HISTORY).where(HISTORY.c.request_id == request_id).order_by(HISTORY.c.number)
    ).mappings()
    return tuple(Entry(**{**row, "who": json.loads(row["who"]), "matter": json.loads(row["matter"])}) for row in rows)


def add(connection: Connection, so_far: Sequence[Entry], entry: Entry) -> dict[str, Any]:
    """Write an entry, and the row of its request; how it stands now."""
    row = standing((*so_far, entry))
    if so_far:
        connection.execute(update(REQUESTS).where(REQUESTS.c.request_id == entry.request_id).values(row))
    else:
        connection.execute(insert(REQUESTS).values(row))
    texts = {"who": canonical(entry.who), "matter": canonical(entry.matter)}
    connection.execute(insert(HISTORY).values(entry.as_dict() | texts))
    return row


def answer(entries: Sequence[Entry]) -> Entry:
    """The entry with the engine's latest answer."""
    return next(e for e in reversed(entries) if "held" in e.matter)


def standing(entries: Sequence[Entry]) -> dict[str, Any]:
    """The row of a request: how it stands after its history."""
    answered, last = answer(entries), entries[-1]
    record, facts = answered.matter["held"]["record"], answered.matter["facts"]
    person = last.matter if last.act == DECIDE else None
    noted = any(e.act == DECIDE for e in entries[answered.number :])
    if last.act == WITHDRAW:
        status = WITHDRAWN
    elif person is not None and person["verdict"] != NOTED:
        status = DECIDED
    else:
        status = status_of(record, noted=noted)
    known = person or record
    return {
        "request_id": last.request_id,
        "follows": entries[0].matter.get("follows"),
        "status": status,
        "determination": record["determination"],
        "verdict": person["verdict"] if person else None,
        "granted_visits": known["granted_visits"],
        "granted_weeks": known["granted_weeks"],
        "urgent": record["urgent"],
        "pressing": answered.matter["pressing"],
        "due": answered.matter["due"],
        **{n: facts.get(n) for n in ("received_on", "discipline", "plan", "member_id", "provider_npi")},
        "facts": canonical(facts),
        "entries": len(entries),
        "head": last.digest,
    }


def status_of(record: Mapping[str, Any], *, noted: bool = False) -> str:
    """Whom a decided request waits for. What is urgent waits for a clinician whatever else it is, until one saw it."""
    said = record["determination"]
    if said in (CLINICIAN, IN_PART) or record["urgent"] and not noted:
        return FOR_CLINICIAN
    return FOR_PROVIDER if said in (INFORMATION, ADMINISTRATIVE) else ANSWERED


def broken(entries: Sequence[Entry], row: Mapping[str, Any]) -> list[Problem]:
    """What of a request is not as it was written."""
    name, found, previous = str(row["request_id"]), [], ""
    for number, entry in enumerate(entries, 1):
        if (entry.number, entry.previous, entry.digest) != (number, previous, entry.sealed()):
            found.append(Problem("broken-history", f"entry {entry.number} is not the one that was written", name))
        previous = entry.digest
    if not found and (not entries or standing(entries) != dict(row)):
        found.append(Problem("broken-history", "the request does not stand as its history says", name))
    return found

"""Requests found, the clinician's worklist, a case frame of all that is stored, and whether it is as it was written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, or_, select

from workbench.cases.case_file import Writer
from workbench.cases.request import rows
from workbench.cases.values import of_mapping
from workbench.engine.decision import NOT_REQUIRED
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.facts import facts
from workbench.guideline.digests import digest
from workbench.guideline.model import Library
from workbench.intake import history as h
from workbench.intake.history import Entry
from workbench.intake.store import Store
from workbench.intake.tables import HISTORY, REQUESTS
from workbench.review.recompute import recompute_record
from workbench.study.sweep import write_table

BATCH = 500  # histories read at a time


def requests(
    store: Store, *, status: str | None = None, member: str | None = None, text: str = "", most: int | None = None
) -> list[dict[str, Any]]:
    """Rows of requests by name. `text` is looked for in what was told of them, letters small or large.

    Raises ProblemsFound (`bad-call`) for a status that is none.
    """
    if status is not None and status not in h.STATUSES:
        raise ProblemsFound([Problem("bad-call", f"there is no status {status}", hint=nearest(status, h.STATUSES))])
    asked = select(REQUESTS).order_by(REQUESTS.c.request_id).limit(most)
    if status is not None:
        asked = asked.where(REQUESTS.c.status == status)
    if member is not None:
        asked = asked.where(REQUESTS.c.member_id == member)
    if text:
        asked = asked.where(
            or_(*(c.icontains(text, autoescape=True) for c in (REQUESTS.c.facts, REQUESTS.c.request_id)))
        )
    with store.reading() as connection:
        return [dict(r) for r in connection.execute(asked).mappings()]


def worklist(store: Store) -> list[dict[str, Any]]:
    """What waits for a clinician: urgent first, then an expedited review asked for, then by the clock (without one
    last), then by day of receipt."""
    r = REQUESTS.c
    asked = select(REQUESTS).where(r.status == h.FOR_CLINICIAN)
    order = (r.urgent.desc(), r.pressing.desc(), r.due.asc().nulls_last(), r.received_on, r.request_id)
    with store.reading() as connection:
        return [dict(row) for row in connection.execute(asked.order_by(*order)).mappings()]


def histories(store: Store) -> Iterator[tuple[RowMapping, tuple[Entry, ...]]]:
    """Every request with its history, by name; each batch is one state of the store."""
    last = ""
    while True:
        with store.reading() as connection:
            some = connection.execute(
                select(REQUESTS).where(REQUESTS.c.request_id > last).order_by(REQUESTS.c.request_id).limit(BATCH)
            ).mappings().all()  # fmt: skip
            if not some:
                return
            first, last = some[0]["request_id"], some[-1]["request_id"]
            between = select(HISTORY).where(HISTORY.c.request_id.between(first, last))
            found = connection.execute(between.order_by(HISTORY.c.request_id, HISTORY.c.number)).mappings()
            entries = [Entry(**{**e, "who": json.loads(e["who"]), "matter": json.loads(e["matter"])}) for e in found]
        told = {name: tuple(of) for name, of in groupby(entries, key=lambda e: e.request_id)}
        yield from ((row, told.get(row["request_id"], ())) for row in some)


def export(store: Store, out: Path, library: Library) -> int:
    """Write a case file of every request (Parquet or CSV), to be replayed and tuned on; the number of requests.
    A withdrawn request is there as withdrawn; what still waits has no historical determination."""
    cases = [_case(row, entries, library) for row, entries in histories(store)]
    frame = rows(cases)
    if out.suffix == ".csv":
        write_table(frame, out)
    else:
        with Writer(out) as file:
            file.write(frame)
    return len(cases)


def _case(row: RowMapping, entries: tuple[Entry, ...], library: Library) -> dict[str, Any]:
    """The facts as they were told last, with what came of them as history."""
    told = json.loads(row["facts"]) | {"request_id": row["request_id"]}
    good, bad = of_mapping(told, facts(), library)
    if bad:
        raise ProblemsFound(Problem(m.code, m.message, row["request_id"], hint=m.hint) for m in bad.values())
    return {**good, **_outcome(row, entries)}


def _outcome(row: RowMapping, entries: tuple[Entry, ...]) -> dict[str, Any]:
    """What was decided, as a case has it: known once nothing is left to a clinician or the provider."""
    if row["status"] in (h.FOR_CLINICIAN, h.FOR_PROVIDER):
        return {}
    day = h.day_of(entries[-1].at)
    visits = row["granted_visits"]
    if row["status"] == h.WITHDRAWN:
        return {"historical_determination": "withdrawn", "decided_on": day}
    if row["determination"] == NOT_REQUIRED:
        return {"historical_determination": NOT_REQUIRED, "decided_on": day}
    said = "denied" if row["verdict"] == "declined" else row["verdict"] or "approved"
    if said == "denied" and visits:  # what the engine granted stays granted
        said = "approved_in_part"
    if said == h.NOTED:
        said = "approved"
    return {"historical_determination": said, "historical_visits": visits, "decided_on": day}


@dataclass(frozen=True)
class Verified:
    """`problems` are of requests whose history is not the one written; `differs` names those whose latest answer comes
    out otherwise by the guidelines here, with what differs. `heads` is one digest over all requests: kept elsewhere, it
    tells later whether a request is gone."""

    requests: int
    entries: int
    heads: str
    problems: tuple[Problem, ...]
    differs: tuple[str, ...]

    @property
    def same(self) -> bool:
        return not self.problems and not self.differs

    def lines(self) -> list[str]:
        good = "all as written; every answer comes out again" if self.same else ""
        counted = f"{self.requests:,} requests, {self.entries:,} entries, digest {self.heads}"
        return [counted, *map(str, self.problems), *self.differs, *([good] if good else [])]

    def as_dict(self) -> dict[str, object]:
        return {
            "requests": self.requests,
            "entries": self.entries,
            "heads": self.heads,
            "same": self.same,
            "problems": [p.as_dict() for p in self.problems],
            "differs": list(self.differs),
        }


def verify(store: Store, library: Library) -> Verified:
    """Whether every history is the one that was written, and whether every answer of it comes out again."""
    problems: list[Problem] = []
    differs: list[str] = []
    heads: list[tuple[str, str]] = []
    count = 0
    for row, entries in histories(store):
        heads.append((row["request_id"], row["head"]))
        count += len(entries)
        found = h.broken(entries, dict(row))
        problems += found
        for entry in () if found else entries:
            if "held" in entry.matter:
                again = recompute_record(entry.matter["held"], library)
                if not again.same:
                    differs += [f"entry {entry.number} of {line}" for line in again.lines()[:1]] + again.lines()[1:]
    return Verified(len(heads), count, digest(heads), tuple(problems), tuple(differs))

"""A recorded decision, decided again: the same bytes, or which field differs and why.

    record_of(decision, facts, setting)      # what `workbench decide --json` writes: {record, request, …}
    recompute(path, library).lines()

The file holds `record` (docs/meaning.md, A decision record) and `request`, the facts as they were decided, so that
whoever holds both needs nothing else but the guideline folder. `derived: true` says that derived and assumed facts
stand in the request already; without it they are derived again. `versions` (guideline → version) are those tried in
place of what the day chooses: a record names only the guideline that decided, and none where none or several claimed
the request, though a version tried was the reason. A record of an older schema is read and compared in what it has;
one of a newer schema is refused (docs/compatibility.md).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from os.path import isfile
from pathlib import Path
from typing import Any

from workbench.cases.request import read_request
from workbench.documents.json_shape import faults
from workbench.documents.text import read_text
from workbench.engine import reference
from workbench.engine.columnar import decide_frame
from workbench.engine.decision import ASKED_ON, COLUMNAR, FIELDS, RECEIVED_ON, SCHEMA, SPARK, Decision, Engine
from workbench.engine.setting import Setting, setting
from workbench.errors import Problem, Problems, ProblemsFound
from workbench.facts import facts as fact_table
from workbench.guideline.digests import digest, short
from workbench.guideline.load_draft import load_draft
from workbench.guideline.model import Draft, Library
from workbench.review.record_form import RECORD_FILE
from workbench.study.replay import facts_of, frame_of, prepare

DIGESTS = {
    "request_digest": "the request",
    "guideline_digest": "the guideline",
    "overlay_digest": "the plan's overlay",
    "program_digest": "the program",
}


def record_of(decision: Decision, facts: Mapping[str, object], chosen: Setting) -> dict[str, object]:
    """A decision with the request that it is of, as plain JSON matter. `facts` are those that decided."""
    request = {n: _plain(facts[n]) for n in fact_table() if facts.get(n) is not None}
    out: dict[str, object] = {
        "record": _plain(decision.as_dict()),
        "request": request,
        "request_digest": digest(request),
        "derived": True,
    }
    if chosen.pins:
        out["versions"] = dict(chosen.pins)
    if chosen.draft is not None:
        out["draft"] = {"draft": chosen.draft.draft, "file": chosen.draft.file}
    return out


def record_bytes(record: Mapping[str, object]) -> bytes:
    """The canonical bytes of a record: sorted keys, no blanks, UTF-8, one line."""
    return (json.dumps(_plain(record), sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n").encode()


@dataclass(frozen=True)
class Recomputed:
    """`record` is the decision made again; `differs` holds field, recorded, recomputed, an altered request first
    (`request_digest`); `remarks` say what was otherwise than expected."""

    request_id: str
    record: dict[str, object]
    differs: tuple[tuple[str, object, object], ...]
    remarks: tuple[str, ...] = ()
    schema: int = SCHEMA  # of the record that was held

    @property
    def same(self) -> bool:
        return not self.differs

    def lines(self) -> list[str]:
        if self.same and self.schema < SCHEMA:
            return [f"{self.request_id}: the same in every field that schema {self.schema} has", *self.remarks]
        if self.same:
            size = len(record_bytes(self.record))
            return [f"{self.request_id}: the same {size} bytes", *self.remarks]
        n = len(self.differs)
        out = [f"{self.request_id}: {n} {'field differs' if n == 1 else 'fields differ'}"]
        for name, old, new in self.differs:
            what = ""
            if name in DIGESTS:
                brief = [short(x) if isinstance(x, str) else x for x in (old, new)]
                old, new = brief if brief[0] != brief[1] else (old, new)
                what = f" ({DIGESTS[name]} is not what was decided {'on' if name == 'request_digest' else 'with'})"
            out.append(f"  {name}: recorded {_shown(old)}, recomputed {_shown(new)}{what}")
        return [*out, *self.remarks]

    def as_dict(self) -> dict[str, object]:
        return {
            "request_id": self.request_id,
            "same": self.same,
            "remarks": list(self.remarks),
            "record": self.record,
            "differs": {n: {"recorded": a, "recomputed": b} for n, a, b in self.differs},
        }


def recompute(path: Path | str, library: Library, *, draft: Draft | None = None) -> Recomputed:
    """Decide the request of a record file again, on the deciding day and with the engine of its record, and compare.

    Raises ProblemsFound where the file is no record, names a program that is not there, or was decided under a draft
    that is neither given nor at its place.
    """
    held = _read(Path(path))
    try:
        return recompute_record(held, library, draft=draft, file=str(path))
    except ProblemsFound as found:
        raise ProblemsFound(p if p.file else p.at(str(path)) for p in found.problems) from None


def recompute_record(
    held: Mapping[str, object], library: Library, *, draft: Draft | None = None, file: str = ""
) -> Recomputed:
    """The same for a record in hand (`record_of`)."""
    record, request = _mapping(held["record"]), _mapping(held["request"])
    remarks: list[str] = []
    chosen = _setting(record, held.get("versions"), library, draft or _draft(held, library, file), remarks)
    frame = read_request(request, library)
    if held.get("derived"):
        row = {**frame.row(0, named=True), "assumed": record.get("assumed") or []}
        frame = frame_of(row, prepare(frame, chosen).frame)
    else:
        frame = prepare(frame, chosen).frame
    engine = Engine.of(str(record.get("engine") or "")).name
    if engine == COLUMNAR:
        again = decide_frame(frame, chosen).row(0, named=True)
    else:
        again = reference.decide(facts_of(frame.row(0, named=True)), chosen).decision.as_dict()
    if engine == SPARK:  # one request is no work for a cluster
        again["engine"] = str(Engine(SPARK))
        remarks.append("decided by spark, and again by the reference")
    again = dict(_mapping(_plain(again)))
    schema = _schema(record)
    # What the record could not tell is not compared: only fields that came later, and only where they are absent. A
    # record of today without `urgent` was tampered with, and differs.
    later = [f.name for f in FIELDS if f.since > schema and f.name not in record]
    if later:
        remarks.append(
            f"the record is of schema {schema}, this version writes {SCHEMA}: it tells nothing of {', '.join(later)}"
        )
    names = dict.fromkeys(n for n in (*again, *record) if n not in later and (n != "schema" or schema == SCHEMA))
    differs = tuple((n, record.get(n), again.get(n)) for n in names if record.get(n) != again.get(n))
    told, now = held.get("request_digest"), digest(request)
    if told not in (None, now):
        differs = (("request_digest", told, now), *differs)
    return Recomputed(str(record.get("request_id", "")), again, differs, tuple(remarks), schema)


def _schema(record: Mapping[str, object]) -> int:
    """The schema of a record; before records said it, it was 0."""
    said = record.get("schema")
    return said if isinstance(said, int) else 0


def _setting(
    record: Mapping[str, object], versions: object, library: Library, draft: Draft | None, remarks: list[str]
) -> Setting:
    """The setting of a record: with the versions that were tried, where it tells them; else a version that decided and
    that the day would not choose is taken to have been tried."""
    day = record.get("deciding_day")
    day = date.fromisoformat(str(day)) if day else None
    program = str(record["program"]).partition("/")[0] if record.get("program") else None
    own = record.get("day_from") in (RECEIVED_ON, ASKED_ON)  # the day was the request's own, or that of the asking
    chosen = setting(
        library, as_of=None if own else day, by_date=own or day is None, program=program, draft=draft, asked_on=day
    )
    tried = dict(_mapping(versions or {}))
    if versions is None and day is not None and record.get("guideline"):
        tried = {str(record["guideline"]): str(record.get("version"))}
    by_day = {(g.id, g.version) for g in chosen.guidelines(day)} if day else set()
    there = {(g.id, g.version) for g in library.guidelines}
    pins = {}
    for id_, version in tried.items():
        if (id_, version) not in there:
            remarks.append(f"{id_}/{version}, which {'was tried' if versions else 'decided'}, is not in the folder")
        elif (id_, version) not in by_day:
            remarks.append(f"{id_}/{version} was tried in place of the version that {day or 'a day'} chooses")
            pins[id_] = version
    return replace(chosen, pins=tuple(sorted(pins.items())))


def _mapping(value: object) -> Mapping[str, Any]:
    """A part of a record that its reader found to be one."""
    assert isinstance(value, Mapping)
    return value


def _draft(held: Mapping[str, object], library: Library, file: str) -> Draft | None:
    if not held.get("draft"):
        return None
    named = _mapping(held["draft"])
    path = Path(str(named.get("file") or ""))
    if not isfile(path):
        raise ProblemsFound(
            [
                Problem(
                    "missing-file",
                    f"the draft {named.get('draft')} that it was decided under is "
                    f"not at {path if path.name else 'any known place'}",
                    file,
                )
            ]
        )
    return load_draft(path, library)


def _once(problems: Problems, file: str, pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose keys stand once: of two the reader would keep one without a word."""
    keys = [key for key, _ in pairs]
    problems.extend(Problem("duplicate-key", f"{k} stands twice", file) for k in {k for k in keys if keys.count(k) > 1})
    return dict(pairs)


def _read(path: Path) -> dict[str, object]:
    """A record file, with its shape checked."""
    problems = Problems()
    text = read_text(path, problems)
    if text is None:
        raise ProblemsFound(problems)
    try:
        held = json.loads(text, parse_constant=_refuse, object_pairs_hook=partial(_once, problems, str(path)))
        json.dumps(held, ensure_ascii=False).encode()  # half a character is no text
    except (ValueError, RecursionError) as error:
        place = (error.lineno, error.colno) if isinstance(error, json.JSONDecodeError) else (0, 0)
        raise ProblemsFound([Problem("unreadable", "this is not JSON", str(path), *place)]) from None
    if not isinstance(held, dict):
        raise ProblemsFound([Problem("wrong-value", "a record file is one JSON object", str(path))])
    record = held.get("record")
    schema = record.get("schema") if isinstance(record, dict) else None
    if isinstance(schema, int) and schema > SCHEMA:
        told = f"the record is of schema {schema}; this version knows up to {SCHEMA}"
        raise ProblemsFound([Problem("newer-record", told, str(path), hint="take a version that knows it")])
    for code, message, hint in faults(held, RECORD_FILE, "a record file", ("request",)):
        problems.add(Problem(code, message, str(path), hint=hint))
    problems.check()
    return held


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _plain(value: object) -> object:
    """Plain JSON matter; whole numbers without a point."""
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else value


def _shown(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)

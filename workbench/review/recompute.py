"""A recorded decision, decided again: the same bytes, or which field differs and why.

    record_of(decision, facts, setting)      # what `workbench decide --json` writes: {record, request, …}
    recompute(path, library).lines()

The file holds `record` (decisions.md, A decision record) and `request`, the facts as they were decided, so that whoever
holds both needs nothing else but the guideline folder. `derived: true` says that derived and assumed facts stand in the
request already; without it they are derived again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from os.path import isfile
from pathlib import Path

from workbench.cases.request import read_request
from workbench.engine import reference
from workbench.engine.columnar import decide_frame
from workbench.engine.decision import Decision
from workbench.engine.setting import Setting, setting
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.facts import facts as fact_table
from workbench.guideline.load_draft import load_draft
from workbench.guideline.model import Draft, Library, digest
from workbench.guideline.textfile import read_text
from workbench.study.replay import Replay, facts_of, prepare

DIGESTS = {"guideline_digest": "the guideline", "overlay_digest": "the plan's overlay", "program_digest": "the program"}
_KEYS = ("record", "request", "request_digest", "derived", "draft", "steps", "texts")


def record_of(decision: Decision, facts: Mapping[str, object], chosen: Setting) -> dict[str, object]:
    """A decision with the request that it is of, as plain JSON matter. `facts` are those that decided."""
    request = {n: _plain(facts[n]) for n in fact_table() if facts.get(n) is not None}
    out: dict[str, object] = {"record": _plain(decision.as_dict()), "request": request,
                              "request_digest": digest(request), "derived": True}
    if chosen.draft is not None:
        out["draft"] = {"draft": chosen.draft.draft, "file": chosen.draft.file}
    return out


def record_of_row(replay: Replay, row: int, chosen: Setting) -> dict[str, object]:
    """The same for one row of a replay. Raises ValueError for one carried forward, whose histories are not kept."""
    if replay.about.mode != "as_recorded":
        raise ValueError("a replay carried forward keeps no history as decided: its rows can not be recomputed alone")
    values = replay.decisions.row(row, named=True)
    known = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items() if k in Decision.__dataclass_fields__}
    return record_of(Decision(**known), facts_of(replay.cases.row(row, named=True)), chosen)


def record_bytes(record: Mapping[str, object]) -> bytes:
    """The canonical bytes of a record: sorted keys, no blanks, UTF-8, one line."""
    return (json.dumps(_plain(record), sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n").encode()


@dataclass(frozen=True)
class Recomputed:
    """`differs` holds field → (recorded, recomputed); `remarks` say what was otherwise than expected."""

    request_id: str
    record: dict[str, object]
    differs: tuple[tuple[str, object, object], ...]
    remarks: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        return not self.differs

    def lines(self) -> list[str]:
        if self.same:
            size = len(record_bytes(self.record))
            return [f"{self.request_id}: the same {size} bytes", *self.remarks]
        n = len(self.differs)
        out = [f"{self.request_id}: {n} {'field differs' if n == 1 else 'fields differ'}"]
        for name, old, new in self.differs:
            what = f" ({DIGESTS[name]} is not the text that decided)" if name in DIGESTS else ""
            out.append(f"  {name}: recorded {_shown(old)}, recomputed {_shown(new)}{what}")
        return [*out, *self.remarks]

    def as_dict(self) -> dict[str, object]:
        return {"request_id": self.request_id, "same": self.same, "remarks": list(self.remarks), "record": self.record,
                "differs": {n: {"recorded": a, "recomputed": b} for n, a, b in self.differs}}


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


def recompute_record(held: Mapping[str, object], library: Library, *, draft: Draft | None = None,
                     file: str = "") -> Recomputed:
    """The same for a record in hand (`record_of`)."""
    record, request = held["record"], held["request"]
    remarks: list[str] = []
    if held.get("request_digest") not in (None, digest(request)):
        remarks.append("the request is not the one that was decided: its digest is another")
    chosen = _setting(record, library, draft or _draft(held, library, file), remarks)
    frame = read_request(request, library)
    if held.get("derived"):
        rows = [{**frame.row(0, named=True), "assumed": record.get("assumed") or []}]
        shape = prepare(frame, chosen).schema
        frame = frame.__class__([{n: rows[0].get(n) for n in shape}], schema=shape)
    else:
        frame = prepare(frame, chosen)
    if str(record.get("engine", "")).startswith("columnar"):
        again = decide_frame(frame, chosen).row(0, named=True)
    else:
        again = reference.decide(facts_of(frame.row(0, named=True)), chosen).decision.as_dict()
    again = _plain(again)
    names = dict.fromkeys((*again, *record))
    differs = tuple((n, record.get(n), again.get(n)) for n in names if record.get(n) != again.get(n))
    return Recomputed(str(record.get("request_id", "")), again, differs, tuple(remarks))


def _setting(record: Mapping[str, object], library: Library, draft: Draft | None, remarks: list[str]) -> Setting:
    """The setting of a record; a version that the day would not choose is pinned."""
    day = record.get("deciding_day")
    day = date.fromisoformat(str(day)) if day else None
    program = str(record["program"]).partition("/")[0] if record.get("program") else None
    chosen = setting(library, as_of=day, by_date=day is None, program=program, draft=draft)
    id_, version = record.get("guideline"), record.get("version")
    if day is None or not id_ or any((g.id, g.version) == (id_, version) for g in chosen.guidelines(day)):
        return chosen
    if not any((g.id, g.version) == (id_, version) for g in library.guidelines):
        remarks.append(f"{id_}/{version}, which decided, is not in the folder")
        return chosen
    remarks.append(f"{id_}/{version} was tried in place of the version that {day} chooses")
    return setting(library, as_of=day, program=program, draft=draft, pins={str(id_): str(version)})


def _draft(held: Mapping[str, object], library: Library, file: str) -> Draft | None:
    named = held.get("draft")
    if not named:
        return None
    path = Path(str(named.get("file") or ""))
    if not isfile(path):
        raise ProblemsFound([Problem("missing-file", f"the draft {named.get('draft')} that it was decided under is "
                                     f"not at {path if path.name else 'any known place'}", file)])
    return load_draft(path, library)


def _read(path: Path) -> dict[str, object]:
    """A record file, with its shape checked."""
    problems: list[Problem] = []
    text = read_text(path, problems)
    if text is None:
        raise ProblemsFound(problems)
    try:
        held = json.loads(text, parse_constant=_refuse)
        json.dumps(held, ensure_ascii=False).encode()  # half a character is no text
    except (ValueError, RecursionError) as error:
        place = (error.lineno, error.colno) if isinstance(error, json.JSONDecodeError) else (0, 0)
        raise ProblemsFound([Problem("unreadable", "this is not JSON", str(path), *place)]) from None
    if not isinstance(held, dict):
        raise ProblemsFound([Problem("wrong-value", "a record file is one JSON object", str(path))])
    for key in ("record", "request"):
        if not isinstance(held.get(key), dict):
            problems.append(Problem("missing-key", f"a record file lacks `{key}`", str(path)))
    problems += [Problem("unknown-key", f"a record file has no key `{key}`", str(path), hint=nearest(key, _KEYS))
                 for key in held if key not in _KEYS]
    for name, value in (held["record"].items() if not problems else ()):
        if name not in Decision.__dataclass_fields__:
            problems.append(Problem("unknown-key", f"a record has no field {name}", str(path),
                                    hint=nearest(name, Decision.__dataclass_fields__)))
        wanted = _USED.get(name)
        if wanted and value is not None and not wanted[1](value):
            problems.append(Problem("wrong-value", f"{name} is {wanted[0]}, not {_shown(value)[:40]}", str(path)))
    if not isinstance(held.get("draft") or {}, dict):
        problems.append(Problem("wrong-value", "`draft` holds its name and its file", str(path)))
    if problems:
        raise ProblemsFound(problems)
    return held


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_day(value: object) -> bool:
    try:
        return bool(date.fromisoformat(str(value)))
    except ValueError:
        return False


# Fields that are looked at before anything is compared.
_USED = {"deciding_day": ("a day like 2026-01-31", _is_day), "assumed": ("a list of facts", _are_texts),
         **{name: ("a text", _is_text) for name in ("guideline", "version", "program", "engine")}}


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

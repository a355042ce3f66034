"""A `changes` section as written: one mechanism for drafts, overlays and scenarios. Applying it is in changes.py."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from workbench.errors import nearest
from workbench.guideline.load_guideline import BUILT_IN, UNMET, fitting
from workbench.guideline.load_limits import COLUMNS as LIMIT_COLUMNS
from workbench.guideline.load_tables import Shared
from workbench.guideline.model import EVIDENCE, Change
from workbench.guideline.section import Section, open_section, take_value
from workbench.guideline.yamlfile import Items, Pairs, Scalar, Value

OPERATIONS = ("set", "add", "multiply", "at_least", "at_most")
TEXT_KEYS = {"exemptions": ("text", "when", "source", "note"), "waivers": ("text", "when", "source", "note"),
             "criteria": ("text", "applies", "requires", "unmet", "cure", "source", "note")}
NUMBER_KEYS = {"exemptions": (), "waivers": ("visits", "weeks"), "criteria": ()}
LIMIT_NUMBERS = ("visits", "weeks", "per_week")
TARGETS = ("parameters", "exemptions", "waivers", "criteria", "limits")


def read_changes(section: Section | None, shared: Shared) -> tuple[Change, ...]:
    """`changes` of an overlay or draft: guideline → what changes in it. Whether it matches is for later."""
    changes: list[Change] = []
    for key, value in section.value if section else ():
        one = open_section(value, f"changes of {key.text}")
        if one is not None:
            changes += guideline_changes(key.text, one, shared)
    return tuple(changes)


def guideline_changes(guideline: str, one: Section, shared: Shared) -> list[Change]:
    """The changes of one guideline: within each target drop, then change, then add."""
    changes: list[Change] = []
    for key, value in _pairs(one.take("parameters", "section", required=False)):
        body, places = {}, {"": key, "value": value}
        read_operations("value", value, f"`{key.text}`", body)
        changes.append(step_change(guideline, "parameters", "change", (key.text,), body, places))
    for target in ("exemptions", "waivers", "criteria"):
        part = one.take(target, "section", required=False)
        if part is not None:
            changes += item_changes(guideline, target, part, shared)
    limits = one.take("limits", "section", required=False)
    if limits is not None:
        changes += _drops(guideline, "limits", limits)
        for step in limits.take("change", "sections", required=False, default=()):
            changes += _limit_change(guideline, step, shared)
        for row in limits.take("add", "sections", required=False, default=()):
            changes += _limit_add(guideline, row, shared)
        limits.finish()
    one.finish()
    return changes


def item_changes(guideline: str, target: str, part: Section, shared: Shared) -> list[Change]:
    """drop, change and add of exemptions, waivers or criteria."""
    changes = _drops(guideline, target, part)
    for key, value in _pairs(part.take("change", "section", required=False)):
        one = open_section(value, f"the change of {key.text}")
        if one is not None:
            body, places = _item_body(target, one, shared, adding=False)
            if not body and not one.keys:
                one.fail("bad-change", f"the change of {key.text} changes nothing")
            changes.append(step_change(guideline, target, "change", (key.text,), body, {**places, "": key}))
    for one in part.take("add", "sections", required=False, default=()):
        one.what = f"an added entry of {target}"
        id_ = one.take("id", "id", default="")
        before, after = _neighbour(one)
        body, places = _item_body(target, one, shared, adding=True)
        places[""] = one.at("id")
        if target == "criteria" and id_ in BUILT_IN:
            one.fail("bad-id", f"{id_} is a reason that every decision can give", "give the criterion another id", "id")
        elif id_:
            changes.append(step_change(guideline, target, "add", (id_,), body, places, before=before, after=after))
    part.finish()
    return changes


def _pairs(section: Section | None) -> Iterator[tuple[Scalar, Value]]:
    return iter(section.value if section else ())


def step_change(guideline: str, target: str, kind: str, ids: tuple[str, ...], body: dict, places: dict[str, Value],
            where=None, before: str = "", after: str = "") -> Change:
    return Change(guideline, target, kind, ids, where, tuple(body.items()), before, after,
                  at=places[""].spot, places=places)


def _drops(guideline: str, target: str, part: Section) -> list[Change]:
    drops = []
    for entry in part.take("drop", "items", required=False, default=()):
        id_ = take_value(entry, "`drop`", "line")
        if id_ is not None:
            drops.append(step_change(guideline, target, "drop", (id_,), {}, {"": entry}))
    return drops


def _neighbour(one: Section) -> tuple[str, str]:
    before, after = (one.take(k, "id", required=False, default="") for k in ("before", "after"))
    if before and after:
        one.fail("bad-change", "an added entry stands `before` or `after` another, not both", key="after")
        after = ""
    return before, after


def _item_body(target: str, one: Section, shared: Shared, *, adding: bool) -> tuple[dict, dict[str, Value]]:
    """The new contents of an item, kept as text; numbers are operations in a change and plain in an addition."""
    needed = {"exemptions": ("text", "when", "source"), "waivers": ("text", "visits", "source"),
              "criteria": ("text", "requires", "source")}[target] if adding else ()
    body: dict[str, object] = {}
    places = {key: one.at(key) for key in one.keys}
    for key in TEXT_KEYS[target]:
        if key == "source":
            value = shared.source(one, required=key in needed) if key in needed or key in one else ""
        elif key in ("when", "applies", "requires"):
            scalar = one.take(key, "scalar", required=key in needed)
            value = scalar.text if scalar is not None else None
        elif key == "unmet":
            value = one.take(key, "line", required=False, choices=UNMET)
        else:
            value = one.take(key, "text", required=key in needed)
        if value:
            body[key] = value
    for key in NUMBER_KEYS[target]:
        if adding:
            value = one.take(key, "integer", required=key in needed, low=1, high=999)
            if value is not None:
                body[key] = Decimal(value)
        elif key in one:
            read_operations(key, one.take(key, "any"), f"`{key}`", body)
    one.finish()
    return body, places


def read_operations(key: str, value: Value, what: str, body: dict) -> None:
    """`{set: 20}` and the like, in the order written, as operations on `key`."""
    if not isinstance(value, Pairs):
        return value.fail("bad-change", f"{what} says what is done to a number",
                          f"write {{set: {value.text[:20]}}}" if isinstance(value, Scalar) else "write {set: 1}")
    done: list[tuple[str, Decimal]] = []
    for op, number in value:
        if op.text not in OPERATIONS:
            op.fail("bad-change", f"{op.text} is nothing that can be done to a number", nearest(op.text, OPERATIONS))
            continue
        amount = fitting(take_value(number, f"`{op.text}`", "number"), number, f"`{op.text}`")
        if amount is not None:
            done.append((op.text, amount))
    if not value.pairs:
        value.fail("bad-change", f"{what} says nothing that is done to it", "write {set: 1}")
    if done:
        body[key] = tuple(done)


def _limit_change(guideline: str, step: Section, shared: Shared) -> list[Change]:
    step.what = "a change of limits"
    places: dict[str, Value] = {key: step.at(key) for key in step.keys}
    places[""] = step.value
    rows = step.take("rows", "texts", required=False)
    cells = step.take("where", "section", required=False)
    if ("rows" in step) == ("where" in step):
        return step.fail("bad-change", "a change of limits says either `rows` or `where`",
                         "write where: {} for every row") or []
    where = None
    if cells is not None:
        where = tuple(_where(cells, shared))
        places[""] = step.at("where")
    elif rows is None:
        return []
    else:
        places[""] = step.at("rows")
    body = _limit_body(step, places, shared, adding=False)
    if not body and set(step.keys) <= {"rows", "where"}:
        step.fail("bad-change", "the change of limits changes nothing")
    step.finish()
    return [step_change(guideline, "limits", "change", rows or (), body, places, where=where)]


def _where(cells: Section, shared: Shared) -> Iterator[tuple[str, str]]:
    for key, value in cells.value:
        if not _key_column(key, shared):
            continue
        if not isinstance(value, Scalar) or value.kind == "null":
            value.fail("wrong-value", f"`{key.text}` wants the text of a cell", "'' is a blank one")
        else:
            yield key.text, value.text.strip()


def _key_column(key: Scalar, shared: Shared) -> bool:
    problem = shared.cells.column(key.text, LIMIT_COLUMNS)
    if problem:
        key.fail(problem.code, problem.message, problem.hint)
    return problem is None


def _limit_body(step: Section, places: dict[str, Value], shared: Shared, *, adding: bool) -> dict:
    body: dict[str, object] = {}
    for key in LIMIT_NUMBERS:
        if key not in step and not (adding and key != "per_week"):
            continue
        if adding:
            number = step.take(key, "number" if key == "per_week" else "integer", low=0,
                               high=99 if key == "per_week" else 999)
            if number is not None:
                body[key] = Decimal(number)
        else:
            read_operations(key, step.take(key, "any"), f"`{key}`", body)
    if adding or "source" in step:
        source = step.take("source", "line", default="")
        for part in source.split(";") if source else ():
            if part.strip() not in shared.sources:
                step.fail("unknown-source", f"{part.strip()} is not in sources.yaml",
                          nearest(part.strip(), shared.sources), "source")
        body["source"] = source
    if adding or "evidence" in step:
        body["evidence"] = step.take("evidence", "line", choices=EVIDENCE, default="consensus")
    if "note" in step:
        body["note"] = step.take("note", "text", default="")
    for key in step.keys:
        if key in ("rows", "where", "id", "before", "after", *LIMIT_COLUMNS):
            continue
        name = next(k for k, _ in step.value if k.text == key)
        value = step.take(key, "any")
        if not _key_column(name, shared):
            continue
        if isinstance(value, Items | Pairs) or value.kind == "null":
            value.fail("wrong-value", f"`{key}` wants the text of a cell", "'' makes it blank")
            continue
        text = value.text.strip()
        if text:
            cell = shared.cells.read(key, text)
            if not hasattr(cell, "node"):
                value.fail(cell.code, cell.message, cell.hint)
                continue
        if text or not adding:
            body[key] = text
        places[key] = value
    return body


def _limit_add(guideline: str, row: Section, shared: Shared) -> list[Change]:
    row.what = "an added row"
    id_ = row.take("id", "id", default="")
    before, after = _neighbour(row)
    places: dict[str, Value] = {key: row.at(key) for key in row.keys}
    places[""] = row.at("id")
    body = _limit_body(row, places, shared, adding=True)
    row.finish()
    if not id_:
        return []
    return [step_change(guideline, "limits", "add", (id_,), body, places, before=before, after=after)]

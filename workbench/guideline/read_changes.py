"""A `changes` section as written: one mechanism for drafts, overlays and scenarios. Applying it is in changes.py."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import Decimal

from workbench.documents.section import Section, open_section, take_value
from workbench.documents.yaml_places import Pairs, Scalar, Value
from workbench.errors import Problem, nearest
from workbench.guideline.change_forms import CHANGED, GUIDELINE_CHANGES, NUMBER_KEYS, OPERATIONS, TEXT_KEYS
from workbench.guideline.load_guideline import fitting
from workbench.guideline.load_limits import COLUMNS as LIMIT_COLUMNS
from workbench.guideline.load_tables import Shared
from workbench.guideline.model import COUNTS, EVIDENCE, HIGHEST, Change, Content
from workbench.guideline.outcomes import BUILT_IN

Body = dict[str, Content]  # key → operations, or the new content


def read_changes(section: Section | None, shared: Shared) -> tuple[Change, ...]:
    """`changes` of an overlay or draft: guideline → what changes in it. Whether it matches is for later."""
    changes: list[Change] = []
    for key, value in section.value if section else ():
        one = open_section(value, f"changes of {key.text}", GUIDELINE_CHANGES)
        if one is not None:
            changes += guideline_changes(key.text, one, shared)
    return tuple(changes)


def guideline_changes(guideline: str, one: Section, shared: Shared) -> list[Change]:
    """The changes of one guideline: within each target drop, then change, then add."""
    changes: list[Change] = []
    for key, value in _pairs(one.take("parameters", "section")):
        body = read_operations("value", value, f"`{key.text}`")
        places = {"": key, "value": value}
        changes.append(step_change(guideline, "parameters", "change", (key.text,), body, places))
    for target in ("exemptions", "waivers", "criteria"):
        part = one.take(target, "section")
        if part is not None:
            changes += item_changes(guideline, target, part, shared)
    limits = one.take("limits", "section")
    if limits is not None:
        changes += _drops(guideline, "limits", limits)
        for step in limits.take("change", "sections", default=()):
            changes += _limit_change(guideline, step, shared)
        for row in limits.take("add", "sections", default=()):
            changes += _limit_add(guideline, row, shared)
        limits.finish()
    one.finish()
    return changes


def item_changes(guideline: str, target: str, part: Section, shared: Shared) -> list[Change]:
    """drop, change and add of exemptions, waivers or criteria."""
    changes = _drops(guideline, target, part)
    for key, value in _pairs(part.take("change", "section")):
        one = open_section(value, f"the change of {key.text}", CHANGED[target])
        if one is not None:
            body, places = _item_body(target, one, shared, adding=False)
            if not body and not one.keys:
                one.fail("bad-change", f"the change of {key.text} changes nothing")
            changes.append(step_change(guideline, target, "change", (key.text,), body, {**places, "": key}))
    for one in part.take("add", "sections", default=()):
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


def step_change(
    guideline: str,
    target: str,
    kind: str,
    ids: tuple[str, ...],
    body: Body,
    places: dict[str, Value],
    where: tuple[tuple[str, str], ...] | None = None,
    before: str = "",
    after: str = "",
) -> Change:
    """A step as written; `places` says where each of its keys stands, and under "" the step itself."""
    return Change(
        guideline, target, kind, ids, where, tuple(body.items()), before, after, at=places[""].spot, places=places
    )


def _drops(guideline: str, target: str, part: Section) -> list[Change]:
    drops = []
    for entry in part.take("drop", "items", default=()):
        id_ = take_value(entry, "`drop`", "line")
        if id_ is not None:
            drops.append(step_change(guideline, target, "drop", (id_,), {}, {"": entry}))
    return drops


def _neighbour(one: Section) -> tuple[str, str]:
    before, after = (one.take(k, "id", default="") for k in ("before", "after"))
    if before and after:
        one.fail("bad-change", "an added entry stands `before` or `after` another, not both", key="after")
        after = ""
    return before, after


def _item_body(target: str, one: Section, shared: Shared, *, adding: bool) -> tuple[Body, dict[str, Value]]:
    """The new contents of an item, kept as text; numbers are operations in a change and plain in an addition."""
    body: Body = {}
    places = {key: one.at(key) for key in one.keys}
    for key in TEXT_KEYS[target]:
        text: str | None
        if key == "source":
            text = shared.source(one) if adding or key in one else ""
        elif key in ("when", "applies", "requires"):
            scalar = one.take(key, "scalar")
            text = scalar.text if scalar is not None else None
        elif key == "unmet":
            text = one.take(key, "line")
        else:
            text = one.take(key, "text")
        if text:
            body[key] = text
    for key in NUMBER_KEYS[target]:
        if adding:
            number = one.take(key, "integer")
            if number is not None:
                body[key] = Decimal(number)
        else:
            body.update(_taken_operations(one, key))
    one.finish()
    return body, places


def _taken_operations(one: Section, key: str) -> Body:
    value = one.take(key, "any")
    return {} if value is None else read_operations(key, value, f"`{key}`")


def read_operations(key: str, value: Value, what: str) -> Body:
    """`{set: 20}` and the like, in the order written, as operations on `key`; nothing where there are none."""
    if not isinstance(value, Pairs):
        hint = f"write {{set: {value.text[:20]}}}" if isinstance(value, Scalar) else "write {set: 1}"
        value.fail("bad-change", f"{what} says what is done to a number", hint)
        return {}
    # In the order written: {add: 4, at_most: 20} is not {at_most: 20, add: 4}, so no form takes its keys by name.
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
    return {key: tuple(done)} if done else {}


def _limit_change(guideline: str, step: Section, shared: Shared) -> list[Change]:
    step.what = "a change of limits"
    places: dict[str, Value] = {key: step.at(key) for key in step.keys}
    places[""] = step.value
    rows = step.take("rows", "texts")
    cells = step.take("where", "section")
    if ("rows" in step) == ("where" in step):
        step.fail("bad-change", "a change of limits says either `rows` or `where`", "write where: {} for every row")
        return []
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


def _limit_body(step: Section, places: dict[str, Value], shared: Shared, *, adding: bool) -> Body:
    body: Body = {}
    for key in HIGHEST:
        if not adding:
            body.update(_taken_operations(step, key))
        elif key == "per_week":
            rate = step.take(key, "number")
            body.update({} if rate is None else {key: rate})
        else:
            number = step.take(key, "integer")
            body.update({} if number is None else {key: Decimal(number)})
    if adding or "source" in step:
        body["source"] = _each(step, "source", shared.sources, "unknown-source", "is not in sources.yaml")
    if adding or "evidence" in step:
        body["evidence"] = _each(step, "evidence", EVIDENCE, "wrong-value", "is no grade of evidence") or "consensus"
    if "counts" in step:
        counts = step.take("counts", "line")
        if counts and not (adding and counts == COUNTS[0]):
            body["counts"] = counts
    if "note" in step:
        body["note"] = step.take("note", "text", default="")
    for name, value in step.value:
        key = name.text
        if key in ("rows", "where", "id", "before", "after", *LIMIT_COLUMNS):
            continue
        step.take(key, "any")
        if not _key_column(name, shared):
            continue
        if not isinstance(value, Scalar) or value.kind == "null":
            value.fail("wrong-value", f"`{key}` wants the text of a cell", "'' makes it blank")
            continue
        text = value.text.strip()
        if text:
            cell = shared.cells.read(key, text)
            if isinstance(cell, Problem):
                value.fail(cell.code, cell.message, cell.hint)
                continue
        if text or not adding:
            body[key] = text
        places[key] = value
    return body


def _each(step: Section, key: str, known: Collection[str] | None, code: str, wrong: str) -> str:
    """A text for the row, or one for each of its numbers joined by `;`; each one `known` (None: any)."""
    text = step.take(key, "line", default="")
    parts = [part.strip() for part in text.split(";")] if text else []
    for part in parts:
        if known is not None and part not in known:
            step.fail(code, f"{part} {wrong}", nearest(part, known), key)
    if len(parts) > len(HIGHEST):
        step.fail("wrong-value", f"`{key}` has {len(parts)} parts", "give one, or one for each number", key)
    return ";".join(parts)


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

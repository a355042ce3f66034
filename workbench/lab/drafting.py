"""Between what stands on the screen and a draft file."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from workbench.errors import Problem, ProblemsFound
from workbench.guideline.load_draft import carry_over, load_draft
from workbench.guideline.model import Change, Draft, DraftBase, Library
from workbench.guideline.resolve import base_digest, resolve
from workbench.guideline.section import NAME
from workbench.guideline.show import changes_mapping, render
from workbench.lab.controls import value_in
from workbench.lab.state import State

UNSAVED = "unsaved"


def change_of(guideline: str, control: str, value: Decimal) -> Change:
    """One moved control as a change: `set` to its value."""
    target, _, rest = control.partition(".")
    id_, _, amount = rest.partition(".")
    return Change(guideline, target, "change", (id_,), None, ((amount or "value", (("set", value),)),))


def draft_of(state: State) -> Draft:
    """The state as a draft that was not saved yet: what was loaded, then what was moved."""
    mine = tuple(change_of(state.guideline, control, value) for control, value in state.changes)
    if state.kept is None:
        return Draft(state.draft or UNSAVED, "", "", None, (), mine)
    moved = {c.ids for c in mine if c.target == "parameters"}
    kept = tuple(c for c in state.kept.changes
                 if (c.guideline, c.target) != (state.guideline, "parameters") or c.ids not in moved)
    return replace(state.kept, changes=(*kept, *mine))


def state_of(draft: Draft, state: State, library: Library) -> State:
    """The screen with a draft on it: what sliders can show as their values, the rest kept as it stands."""
    bases = {g.id for g in library.guidelines if g.base}
    drafted = [name for name, _ in draft.base if name not in bases and any(g.id == name for g in library.guidelines)]
    guideline = next((n for n in drafted if any(c.guideline == n for c in draft.changes)),
                     drafted[0] if drafted else state.guideline)
    on = dict(draft.base).get(guideline)
    if guideline != state.guideline or on and on.version != state.version:
        state = replace(state, guideline=guideline, version=on.version if on else state.version, condition="")
    simple = [c for c in draft.changes if c.guideline == guideline and _simple(c)]
    others = tuple(c for c in draft.changes if c not in simple)
    if any(c.target == s.target for c in others for s in simple):
        simple, others = [], draft.changes      # their order may matter, so none of them is taken out
    changes = tuple((control, value) for c in simple for control, value in _moves(c))
    kept = replace(draft, changes=others) if others or draft.plans else None
    return replace(state, changes=changes, refused=(), kept=kept, draft=draft.draft)


def _simple(change: Change) -> bool:
    """Whether a change does nothing but set parameters or numbers of limit rows."""
    return change.kind == "change" and change.where is None and change.target in ("parameters", "limits") and all(
        isinstance(content, tuple) and len(content) == 1 and content[0][0] == "set" for _, content in change.body)


def _moves(change: Change) -> list[tuple[str, Decimal]]:
    return [(f"{change.target}.{id_}" + ("" if change.target == "parameters" else f".{key}"), content[0][1])
            for id_ in change.ids for key, content in change.body]


def python_lines(state: State) -> list[str]:
    """The draft as a line of Python for `wb.load_draft`."""
    draft = draft_of(state)
    mapping: dict[str, object] = {"base": {state.guideline: {"version": state.version}},
                                  "changes": changes_mapping(draft.changes)}
    return [f"draft = wb.load_draft({_literal(mapping)}, guidelines)"]


def _literal(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(k)}: {_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_literal(v) for v in value) + "]"
    return format(value, "f") if isinstance(value, Decimal) else f'"{value}"' if isinstance(value, str) else repr(value)


# files

def slug(name: str) -> str:
    """A name as a file has it: `More room, please!` → `more-room-please`."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def saved(folder: Path) -> list[str]:
    """The names of the drafts in a folder."""
    return sorted(p.stem for p in folder.glob("*.yaml"))


def save(state: State, library: Library, folder: Path, *, name: str, author: str, reason: str, today: date,
         replace_existing: bool = False) -> Path:
    """Write the draft to `folder/NAME.yaml`. Raises ProblemsFound with everything that is wrong, `draft-exists` where
    the file is there already and nobody said to replace it."""
    name, problems = slug(name), []
    for value, what in ((name, "a name"), (author.strip(), "an author"), (reason.strip(), "a reason")):
        if not value:
            problems.append(Problem("missing-key", f"the draft wants {what}"))
    if name and not NAME.fullmatch(name):
        problems.append(Problem("bad-id", f"{name!r} is no name for a file"))
    if not state.changed:
        problems.append(Problem("missing-key", "nothing differs from published, so there is nothing to save"))
    path = folder / f"{name}.yaml"
    if name and path.exists() and not replace_existing:
        problems.append(Problem("draft-exists", f"there is a draft {name} already", str(path),
                                hint="choose another name, or say that it is to be replaced"))
    if problems:
        raise ProblemsFound(problems)
    draft = draft_of(state)
    base = dict(draft.base) | {state.guideline: DraftBase(state.version, base_digest(
        library, state.guideline, state.version))}
    draft = replace(draft, draft=name, author=author.strip(), reason=reason.strip(), created=today,
                    base=tuple(base.items()), file="")
    folder.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_text(render(draft), encoding="utf-8")
    try:
        load_draft(partial, library)            # what can not be read back is not kept
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def load(folder: Path, name: str, state: State, library: Library, *, carry: bool = False) -> State:
    """The screen with a saved draft on it. Raises ProblemsFound; `stale-digest` where it was made on another text,
    which `carry` accepts: its changes are then laid over the text of today."""
    path = folder / f"{name}.yaml"
    draft = carry_over(load_draft(path, library, stale=True), library) if carry else load_draft(path, library)
    return state_of(draft, state, library)


def carried_words(folder: Path, name: str, library: Library) -> list[str]:
    """What a stale draft would set on the text of today, value by value."""
    draft = load_draft(folder / f"{name}.yaml", library, stale=True)
    lines = []
    for change in draft.changes:
        on = dict(draft.base).get(change.guideline)
        if on is None or not _simple(change):
            continue
        rules = resolve(library, change.guideline, on.version).rules
        for control, value in _moves(change):
            now = value_in(rules, control)
            lines.append(f"{control.partition('.')[2]}: published {now if now is not None else 'gone'}, draft {value}")
    return lines

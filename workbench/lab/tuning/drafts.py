"""Between what stands on the screen and a draft file."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from workbench.documents.outputs import writing
from workbench.documents.section import NAME
from workbench.errors import Problem, ProblemsFound
from workbench.guideline.addresses import Handle, Rule
from workbench.guideline.draft_yaml import as_mapping, render
from workbench.guideline.load_draft import carry_over, load_draft
from workbench.guideline.model import Change, Draft, DraftBase, Library
from workbench.guideline.resolve import base_digest
from workbench.lab.tuning.edits import Edit
from workbench.lab.tuning.failures import failure
from workbench.lab.tuning.state import State
from workbench.review.difference import diff_draft, draft_steps

UNSAVED = "unsaved"
LONGEST = 80  # letters of a name


def draft_of(state: State) -> Draft:
    """The state as a draft that was not saved yet: what was loaded, then what was moved."""
    mine: dict[str, tuple[Change, ...]] = {}
    for plan, change in (
        *((e.rule.plan, e.change(state.guideline)) for e in state.edits),
        *((h.plan, h.change(state.guideline, v)) for h, v in state.changes),
    ):
        mine[plan] = (*mine.get(plan, ()), change)
    kept = state.kept or Draft(state.draft or UNSAVED, "", "", None, (), ())
    before = dict(kept.plans)
    plans = {p: _over(before.get(p, ()), mine.get(p, ())) for p in dict.fromkeys((*before, *mine)) if p}
    return replace(kept, changes=_over(kept.changes, mine.get("", ())), plans=tuple(plans.items()))


def _over(kept: tuple[Change, ...], mine: tuple[Change, ...]) -> tuple[Change, ...]:
    """Changes with those of the hand after them; a parameter is set once."""
    moved = {(c.guideline, c.ids) for c in mine if c.target == "parameters"}
    return (*(c for c in kept if c.target != "parameters" or (c.guideline, c.ids) not in moved), *mine)


def state_of(draft: Draft, state: State, library: Library) -> State:
    """The screen with a draft on it: what sliders can show as their values, the rest kept as it stands."""
    bases = {g.id for g in library.guidelines if g.base}
    drafted = [name for name, _ in draft.base if name not in bases and any(g.id == name for g in library.guidelines)]
    guideline = next(
        (n for n in drafted if any(c.guideline == n for c in draft.changes)), drafted[0] if drafted else state.guideline
    )
    on = dict(draft.base).get(guideline)
    if guideline != state.guideline or on and on.version != state.version:
        state = replace(state, guideline=guideline, version=on.version if on else state.version, condition="")
    changes, edits, others = _shown(draft.changes, guideline)
    plans = []
    for plan, theirs in draft.plans:
        more, done, rest = _shown(theirs, guideline, plan)
        changes, edits = changes + more, edits + done
        if rest:
            plans.append((plan, rest))
    kept = replace(draft, changes=others, plans=tuple(plans)) if others or plans else None
    created = draft.created.isoformat() if draft.created else ""
    opened = replace(
        state,
        changes=tuple(changes),
        edits=tuple(edits),
        refused=(),
        kept=kept,
        draft=draft.draft,
        author=draft.author,
        reason=draft.reason,
        created=created,
    )
    return replace(opened, saved=opened.marks)


def _shown(
    changes: tuple[Change, ...], guideline: str, plan: str = ""
) -> tuple[list[tuple[Handle, Decimal]], list[Edit], tuple[Change, ...]]:
    """What of some changes the screen shows as numbers and as edits of rules, and the rest as it stands."""
    moves: list[tuple[Handle, Decimal]] = []
    edits: dict[Rule, Edit] = {}
    shown, others = [], []
    for change in changes:
        mine = change.guideline == guideline or bool(plan) and not change.guideline
        edit = Edit.of(change, plan) if mine and not _simple(change) else None
        if mine and _simple(change):
            moves += [(Handle(Rule(change.target, id_, plan), key), value) for id_, key, value in _moves(change)]
        elif edit is not None and edit.rule not in edits:
            edits[edit.rule] = edit
        else:
            others.append(change)
            continue
        shown.append(change)
    if {c.target for c in others} & {c.target for c in shown}:
        return [], [], changes  # their order may matter, so none of them is taken out
    return moves, list(edits.values()), tuple(others)


def _simple(change: Change) -> bool:
    """Whether a change does nothing but set parameters or numbers of limit rows."""
    return (
        change.kind == "change"
        and change.where is None
        and change.target in ("parameters", "limits")
        and all(
            isinstance(content, tuple) and len(content) == 1 and content[0][0] == "set" for _, content in change.body
        )
    )


def _moves(change: Change) -> list[tuple[str, str, Decimal]]:
    """Id, which of its numbers, and the value that it is set to."""
    return [
        (id_, key, content[0][1])
        for id_ in change.ids
        for key, content in change.body
        if isinstance(content, tuple) and isinstance(content[0], tuple)
    ]


def python_lines(state: State) -> list[str]:
    """The draft as a line of Python for `wb.load_draft`."""
    mapping = {k: v for k, v in as_mapping(draft_of(state)).items() if k in ("base", "changes", "plans")}
    mapping["base"] = mapping.get("base", {}) | {state.guideline: {"version": state.version}}
    return [f"draft = wb.load_draft({_literal(mapping)}, guidelines)"]


def _literal(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_literal(k)}: {_literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_literal(v) for v in value) + "]"
    return (
        format(value, "f")
        if isinstance(value, Decimal)
        else json.dumps(value, ensure_ascii=False)
        if isinstance(value, str)
        else repr(value)
    )


# files


def slug(name: str) -> str:
    """A name as a file has it: `More room, please!` → `more-room-please`, `Für Rücken` → `fur-rucken`; letters that
    have no plain form are told by their number, so that no name comes to nothing."""
    plain = unicodedata.normalize("NFKD", name.lower())
    letters = (
        c if c.isascii() else "" if unicodedata.combining(c) else f"-{ord(c):x}-" if c.isalnum() else "-" for c in plain
    )
    return re.sub(r"[^a-z0-9]+", "-", "".join(letters)).strip("-")


def saved(folder: Path) -> list[str]:
    """The names of the drafts in a folder."""
    return sorted(p.stem for p in folder.glob("*.yaml"))


def save(
    state: State,
    library: Library,
    folder: Path,
    *,
    name: str,
    author: str,
    reason: str,
    today: date,
    replace_existing: bool = False,
) -> Path:
    """Write the draft to `folder/NAME.yaml`. Raises ProblemsFound with everything that is wrong, `draft-exists` where
    the file is there already and nobody said to replace it, `unwritable` where the folder can not be written."""
    name, problems = slug(name), []
    for value, what in ((name, "a name"), (author.strip(), "an author"), (reason.strip(), "a reason")):
        if not value:
            problems.append(Problem("missing-key", f"the draft wants {what}"))
    if name and not NAME.fullmatch(name):
        problems.append(Problem("bad-id", f"{name!r} is no name for a file"))
    if not state.changed:
        problems.append(Problem("missing-key", "nothing differs from published, so there is nothing to save"))
    path = folder / f"{name}.yaml"
    if len(name) > LONGEST:
        problems.append(Problem("bad-id", f"the name has {len(name)} letters; at most {LONGEST} fit a file"))
    elif name and path.exists() and not replace_existing:
        problems.append(
            Problem(
                "draft-exists",
                f"there is a draft {name} already{_whose(path, library)}",
                str(path),
                hint="choose another name, or say that it is to be replaced",
            )
        )
    if problems:
        raise ProblemsFound(problems)
    draft = draft_of(state)
    base = dict(draft.base) | {
        state.guideline: DraftBase(state.version, base_digest(library, state.guideline, state.version))
    }
    draft = replace(
        draft,
        draft=name,
        author=author.strip(),
        reason=reason.strip(),
        created=today,
        base=tuple(base.items()),
        file="",
    )
    with writing(path) as (partial,):
        partial.write_text(render(draft, path), encoding="utf-8")
        load_draft(partial, library)  # what can not be read back is not kept
    return path


def _whose(path: Path, library: Library) -> str:
    """Whose draft a file holds, where it can be read."""
    try:
        there = load_draft(path, library, stale=True)
    except (ProblemsFound, OSError):
        return ""
    return f", of {there.author}, {there.created}" if there.author else ""


def load(folder: Path, name: str, state: State, library: Library, *, carry: bool = False) -> State:
    """The screen with a saved draft on it. Raises ProblemsFound; `stale-digest` where it was made on another text,
    which `carry` accepts: its changes are then laid over the text of today."""
    path = folder / f"{name}.yaml"
    draft = carry_over(load_draft(path, library, stale=True), library) if carry else load_draft(path, library)
    return state_of(draft, state, library)


def carried_words(folder: Path, name: str, library: Library) -> list[str]:
    """What a stale draft would change in the text of today, thing by thing: all of it. Raises ProblemsFound where it
    can not be laid over that text."""
    draft = carry_over(load_draft(folder / f"{name}.yaml", library, stale=True), library)
    return [
        ": ".join(x for x in (i.title, i.label if i.label not in i.title else "", i.change) if x)
        for i in diff_draft(library, draft).said
    ]


# the folder


@dataclass(frozen=True)
class Shelved:
    """A draft file: whose, why, since when, and what it changes in words; or what is `wrong` with it."""

    name: str
    author: str = ""
    created: str = ""
    reason: str = ""
    holds: tuple[str, ...] = ()
    wrong: str = ""


def shelf(folder: Path, library: Library) -> list[Shelved]:
    """All drafts of a folder, by name."""
    found = []
    for name in saved(folder):
        try:
            draft = load_draft(folder / f"{name}.yaml", library, stale=True)
        except (ProblemsFound, OSError) as error:
            first = error.problems[0].message if isinstance(error, ProblemsFound) else failure(error)
            found.append(Shelved(name, wrong=f"can not be read: {first}"))
            continue
        made = draft.created.isoformat() if draft.created else ""
        found.append(Shelved(name, draft.author, made, draft.reason, draft_steps(draft)))
    return found


def path_of(folder: Path, name: str) -> Path:
    """The file of a draft that is there. Raises ProblemsFound for a name that no draft has."""
    if name not in saved(folder):
        raise ProblemsFound([Problem("missing-file", f"there is no draft {name}")])
    return folder / f"{name}.yaml"


def rename(folder: Path, name: str, to: str) -> str:
    """Give a draft another name; the name that it has then. Raises ProblemsFound where another has it."""
    path, new = path_of(folder, name), slug(to)
    if not new or len(new) > LONGEST or not NAME.fullmatch(new):
        raise ProblemsFound([Problem("bad-id", f"{to!r} is no name for a draft")])
    if new == name:
        return name
    if (folder / f"{new}.yaml").exists():
        raise ProblemsFound([Problem("draft-exists", f"there is a draft {new} already")])
    text = path.read_text(encoding="utf-8")
    named, count = re.subn(rf"(?m)^draft: *[\"']?{re.escape(name)}[\"']? *$", f"draft: {new}", text, count=1)
    with writing(folder / f"{new}.yaml") as (partial,):
        partial.write_text(named if count else text, encoding="utf-8")
    path.unlink()
    return new


def compared(folder: Path, one: str, two: str, library: Library) -> tuple[list[str], list[str], list[str]]:
    """What only the one changes, what both do, and what only the other does. Raises ProblemsFound."""
    mine, theirs = (draft_steps(load_draft(path_of(folder, n), library, stale=True)) for n in (one, two))
    return [s for s in mine if s not in theirs], [s for s in mine if s in theirs], [s for s in theirs if s not in mine]

"""What a draft, or one version against another, changes: in words, number by number and row by row.

    diff_draft(library, draft).lines()                       # for the terminal
    diff_versions(library, "physical-therapy/2026.1", "physical-therapy/2026.2").items

Both sides are compared as they decide, after `extends` and all layers, so that nothing a change does goes unsaid.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.model import (
    DECIDES,
    Draft,
    Guideline,
    Library,
    Overlay,
    Program,
    Rules,
)
from workbench.guideline.resolve import resolve
from workbench.guideline.versions import overlap, period
from workbench.review.redline import (
    ADDED,
    CHANGED,
    DROPPED,
    MOVED,
    Item,
    about_items,
    compare_rules,
    overlay_items,
    program_items,
    step_words,
)
from workbench.review.sentences import labels


@dataclass(frozen=True)
class Difference:
    """All that changes from `one` to `two`, in the order of the files. `remarks` say who, why and what is doubtful;
    `steps` are the changes as a draft writes them."""

    one: str
    two: str
    items: tuple[Item, ...]
    remarks: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()

    def counts(self) -> str:
        """`3 changed, 1 added` in things, not in lines."""
        things: dict[str, set[tuple[str, ...]]] = {}
        for i in self.items:
            things.setdefault(i.how, set()).add((i.place, i.kind, i.id))
        return ", ".join(f"{len(things[h])} {h}" for h in (CHANGED, ADDED, DROPPED, MOVED) if h in things) or \
            "nothing changes"

    def lines(self) -> list[str]:
        """Plain text: what changes, grouped by file and by thing."""
        out = [f"{self.one} → {self.two}: {self.counts()}", *self.remarks, *(f"as written: {s}" for s in self.steps)]
        place = title = ""
        for item in self.items:
            if item.place != place:
                place, title = item.place, ""
                out += ["", place]
            if item.title != title:
                title = item.title
                out.append(f"  {title}")
            rests = ", ".join(x for x in (item.source, item.evidence) if x)
            out.append(f"    {item.change}" + (f"  [{rests}]" if rests else ""))
        return out

    def as_dict(self) -> dict[str, object]:
        return {"one": self.one, "two": self.two, "remarks": list(self.remarks),
                "steps": list(self.steps), "changes": [i.as_dict() for i in self.items]}


def diff_draft(library: Library, draft: Draft) -> Difference:
    """What a draft changes in the versions that it was made on, and in the overlays that it names. Raises ProblemsFound
    where it does not apply."""
    found: list[Item] = []
    warnings: list[Problem] = []
    guidelines = _touched(library, draft)
    overlays = [o for o in library.overlays if o.plan in dict(draft.plans) and _meant(draft, o.plan, o)]
    for guideline in guidelines:
        pairs = [(None, guideline.name)] + [(o, f"{o.name}, {guideline.name}") for o in overlays
                                            if overlap(period(o, library), period(guideline, library))]
        alone: set[Item] = set()
        for overlay, place in pairs:
            old = resolve(library, guideline.id, guideline.version, overlay)
            new = resolve(library, guideline.id, guideline.version, overlay, draft)
            items = compare_rules(old.rules, new.rules, place, library)
            if overlay is None:
                alone = {replace(i, place="") for i in items}
                found += items
            else:
                found += [i for i in items if replace(i, place="") not in alone]
            warnings += [w for w in new.warnings if w not in (*old.warnings, *warnings)]
    base = ", ".join(f"{name}/{base.version}" for name, base in draft.base) or ", ".join(g.name for g in guidelines)
    who = [f"author {draft.author}" if draft.author else "", f"made {draft.created}" if draft.created else ""]
    remarks = (", ".join(w for w in who if w), f"reason: {draft.reason}" if draft.reason else "",
               *(str(w) for w in warnings))
    steps = (*map(step_words, draft.changes),
             *(f"{plan}: {step_words(c)}" for plan, changes in draft.plans for c in changes))
    return Difference(base, f"draft {draft.draft}", _merged(found, guidelines, _of_base(library, draft)),
                      tuple(r for r in remarks if r), steps)


def _touched(library: Library, draft: Draft) -> list[Guideline]:
    """The versions that a draft was made on or, where it does not say, those that decide."""
    touched = {c.guideline for c in draft.changes}
    return [g for g in library.guidelines if not g.base and _meant(draft, g.id, g)
            and (draft.plans or touched & {g.id, g.extends.partition("/")[0]})]


def _of_base(library: Library, draft: Draft) -> bool:
    bases = {g.id for g in library.guidelines if g.base}
    return not draft.plans and all(c.guideline in bases for c in draft.changes)


def _meant(draft: Draft, name: str, version: Guideline | Overlay) -> bool:
    base = dict(draft.base).get(name)
    return version.status in DECIDES if base is None else base.version == version.version


def _merged(items: Iterable[Item], guidelines: list[Guideline], of_base: bool) -> tuple[Item, ...]:
    """A change of an overlay's own keys, or of a base alone, shows under every guideline and is said once."""
    places: dict[Item, list[str]] = {}
    out = []
    for item in items:
        if of_base or ", " in item.place:
            places.setdefault(replace(item, place=""), []).append(item.place)
        else:
            out.append(item)
    for item, found in places.items():
        plans = sorted({p.partition(", ")[0] for p in found if ", " in p})
        everywhere = plans and len(guidelines) > 1 and len(found) == len(guidelines) * len(plans)
        out.append(replace(item, place=" and ".join(plans if everywhere else found)))
    return tuple(out)


def diff_versions(library: Library, one: str, two: str) -> Difference:
    """One version of a guideline, overlay or program against another (`physical-therapy/2026.1`). Raises ProblemsFound
    for names that are not there and for two that are not of one kind."""
    old, new = find(library, one), find(library, two)
    if type(old) is not type(new):
        raise ProblemsFound([Problem("bad-call", f"{one} and {two} are not of one kind",
                                     hint="name two versions of one guideline, plan or program")])
    place = old.name if old.name.split("/")[0] == new.name.split("/")[0] else f"{old.name} and {new.name}"
    place = f"{place} → {new.version}" if "and" not in place else place
    items = [*about_items(old, new, place)]
    if isinstance(old, Guideline):
        items += compare_rules(_whole(library, old), _whole(library, new), place, library)
    elif isinstance(old, Overlay):
        items += overlay_items(old, new, place, labels(library))
    else:
        items += program_items(old, new, place, labels(library))
    return Difference(old.name, new.name, tuple(items))


def find(library: Library, name: str) -> Guideline | Overlay | Program:
    """A guideline, overlay or program by `id/version`. Raises ProblemsFound with the nearest name."""
    name = name.removesuffix(".yaml").removeprefix("guidelines/").removeprefix("plans/").removeprefix("programs/")
    known = {x.name: x for x in (*library.programs, *library.overlays, *library.guidelines)}
    if name not in known:
        raise ProblemsFound([Problem("unknown-guideline", f"there is no {name}", hint=nearest(name, known))])
    return known[name]


def _whole(library: Library, guideline: Guideline) -> Rules | Guideline:
    """A guideline with what it extends; a base as it stands."""
    return guideline if guideline.limits is None else resolve(library, guideline.id, guideline.version).rules

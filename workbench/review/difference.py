"""What a draft, or one version against another, changes: in words, number by number and row by row.

    diff_draft(library, draft).lines()                       # for the terminal
    diff_versions(library, "physical-therapy/2026.1", "physical-therapy/2026.2").items

Both sides are compared as they decide, after `extends` and all layers, so that nothing a change does goes unsaid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.differences import (
    ADDED,
    CHANGED,
    DROPPED,
    MOVED,
    Item,
    Place,
    compare_heads,
    compare_overlays,
    compare_programs,
    compare_rules,
)
from workbench.guideline.load_draft import draft_warnings
from workbench.guideline.model import DECIDES, Draft, Guideline, Library, Overlay, Program, Rules
from workbench.guideline.resolve import resolve
from workbench.guideline.versions import lineage, overlap, period
from workbench.review.kept_items import kept_by
from workbench.words.conditions import labels
from workbench.words.differences import WORDS, Said, said, step_words


@dataclass(frozen=True)
class Difference:
    """All that changes from `one` to `two`, as data in the order of the files; `draft` where that is what is compared,
    with what is doubtful about it. `names` are those of conditions and measures, for `said`. `kept` has, of
    versions, each thing (kind, id) that some plans do not feel, and which."""

    one: str
    two: str
    items: tuple[Item, ...]
    draft: Draft | None = None
    warnings: tuple[Problem, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    kept: tuple[tuple[str, str, tuple[str, ...]], ...] = ()

    @cached_property
    def said(self) -> tuple[Said, ...]:
        """The items in words."""
        return tuple(said(item, self.names) for item in self.items)

    @property
    def remarks(self) -> tuple[str, ...]:
        """Who, why, and what is doubtful."""
        d = self.draft
        signed = (f"author {d.author}" if d.author else "", f"made {d.created}" if d.created else "") if d else ()
        reason = f"reason: {d.reason}" if d and d.reason else ""
        kept = (
            f"not felt under {', '.join(plans)}, since the overlay sets it: {WORDS[kind]} {id_}"
            for kind, id_, plans in self.kept
        )
        told = (", ".join(x for x in signed if x), reason, *(w.message for w in self.warnings), *kept)
        return tuple(t for t in told if t)

    @property
    def steps(self) -> tuple[str, ...]:
        """The changes as the draft writes them."""
        d = self.draft
        return draft_steps(d) if d is not None else ()

    def counts(self) -> str:
        """`3 changed, 1 added` in things, not in lines."""
        things: dict[str, set[object]] = {}
        for i in self.items:
            things.setdefault(i.how, set()).add((i.places, i.kind, i.address))
        return (
            ", ".join(f"{len(things[h])} {h}" for h in (CHANGED, ADDED, DROPPED, MOVED) if h in things)
            or "nothing changes"
        )

    def lines(self) -> list[str]:
        """Plain text: what changes, grouped by file and by thing."""
        out = [f"{self.one} → {self.two}: {self.counts()}", *self.remarks, *(f"as written: {s}" for s in self.steps)]
        place = title = ""
        for one in self.said:
            if one.place != place:
                place, title = one.place, ""
                out += ["", place]
            if one.title != title:
                title = one.title
                out.append(f"  {title}")
            rests = ", ".join(x for x in (one.source, one.evidence) if x)
            out.append(f"    {one.change}" + (f"  [{rests}]" if rests else ""))
        return out

    def as_dict(self) -> dict[str, object]:
        return {
            "one": self.one,
            "two": self.two,
            "remarks": list(self.remarks),
            "steps": list(self.steps),
            "changes": [s.as_dict() for s in self.said],
        }


def draft_steps(draft: Draft) -> tuple[str, ...]:
    """The changes of a draft as it writes them, those for one plan after its name."""
    plans = (f"{plan}: {step_words(c)}" for plan, changes in draft.plans for c in changes)
    return (*map(step_words, draft.changes), *plans)


def diff_draft(library: Library, draft: Draft) -> Difference:
    """What a draft changes in the versions that it was made on, and in the overlays that it names. Raises ProblemsFound
    where it does not apply."""
    found: list[_Found] = []
    guidelines = touched(library, draft)
    overlays = [o for o in library.overlays if o.plan in dict(draft.plans) and _meant(draft, o.plan, o)]
    for guideline in guidelines:
        mine = [o for o in overlays if overlap(period(o, library), period(guideline, library))]
        alone: list[Item] = []
        for overlay in (None, *mine):
            old = resolve(library, guideline.id, guideline.version, overlay)
            new = resolve(library, guideline.id, guideline.version, overlay, draft)
            items = compare_rules(old.rules, new.rules)
            if overlay is None:
                alone = items
            place = Place(guideline.name, overlay.name if overlay else "")
            found += [_Found(i, place) for i in items if overlay is None or i not in alone]
    base = ", ".join(f"{name}/{base.version}" for name, base in draft.base) or ", ".join(g.name for g in guidelines)
    merged = _merged(found, guidelines, _of_base(library, draft))
    warnings = tuple(draft_warnings(draft, library))
    return Difference(base, f"draft {draft.draft}", merged, draft, warnings, labels(library))


def touched(library: Library, draft: Draft) -> list[Guideline]:
    """The versions that a draft was made on or, where it does not say, those that decide."""
    named = {c.guideline for c in draft.changes}
    return [
        g
        for g in library.guidelines
        if not g.base and _meant(draft, g.id, g) and (draft.plans or named & {x.id for x in lineage(library, g)})
    ]


def _of_base(library: Library, draft: Draft) -> bool:
    bases = {g.id for g in library.guidelines if g.base}
    return not draft.plans and all(c.guideline in bases for c in draft.changes)


def _meant(draft: Draft, name: str, version: Guideline | Overlay) -> bool:
    base = dict(draft.base).get(name)
    return version.status in DECIDES if base is None else base.version == version.version


@dataclass(frozen=True)
class _Found:
    """A difference, and where it was found."""

    item: Item
    place: Place


def _merged(items: Iterable[_Found], guidelines: list[Guideline], of_base: bool) -> tuple[Item, ...]:
    """A change of an overlay's own keys, or of a base alone, shows under every guideline and is said once."""
    alike: dict[Item, list[Place]] = {}
    out = []
    for one in items:
        if of_base or one.place.overlay:
            alike.setdefault(one.item, []).append(one.place)
        else:
            out.append(one.item.at(one.place))
    for item, places in alike.items():
        plans = sorted({p.overlay for p in places if p.overlay})
        everywhere = plans and len(guidelines) > 1 and len(places) == len(guidelines) * len(plans)
        out.append(item.at(*(Place(overlay=p) for p in plans) if everywhere else places))
    return tuple(out)


def diff_versions(library: Library, one: str, two: str) -> Difference:
    """One version of a guideline, overlay or program against another (`physical-therapy/2026.1`). Raises ProblemsFound
    for names that are not there and for two that are not of one kind."""
    old, new = find(library, one), find(library, two)
    if type(old) is not type(new):
        raise ProblemsFound(
            [
                Problem(
                    "bad-call",
                    f"{one} and {two} are not of one kind",
                    hint="name two versions of one guideline, plan or program",
                )
            ]
        )
    place = Place(old.name, against=new.name)
    items = [*compare_heads(old, new)]
    kept: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    if isinstance(old, Guideline) and isinstance(new, Guideline):
        items += compare_rules(_whole(library, old), _whole(library, new))
        kept = _kept(library, old, new)
    elif isinstance(old, Overlay) and isinstance(new, Overlay):
        place = Place(overlay=old.name, against=new.name)
        items += compare_overlays(old, new)
    elif isinstance(old, Program) and isinstance(new, Program):
        place = Place(program=old.name, against=new.name)
        items += compare_programs(old, new)
    return Difference(old.name, new.name, tuple(i.at(place) for i in items), kept=kept, names=labels(library))


def _kept(library: Library, old: Guideline, new: Guideline) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Each thing that changes and that some plans do not feel."""
    if old.base or new.base:
        return ()
    periods = [period(g, library) for g in (old, new)]
    met = [o for o in library.overlays if all(overlap(period(o, library), p) for p in periods)]

    def both(overlay: Overlay | None) -> tuple[Rules, Rules]:
        one, two = (resolve(library, g.id, g.version, overlay).rules for g in (old, new))
        return one, two

    kept = kept_by(both(None), {o.name: both(o) for o in met})
    return tuple((kind, id_, plans) for (kind, id_), plans in kept.items() if plans)


def find(library: Library, name: str) -> Guideline | Overlay | Program:
    """A guideline, overlay or program by `id/version`. Raises ProblemsFound with the nearest name."""
    name = name.removesuffix(".yaml").removeprefix("guidelines/").removeprefix("plans/").removeprefix("programs/")
    every: tuple[Guideline | Overlay | Program, ...] = (*library.programs, *library.overlays, *library.guidelines)
    known = {x.name: x for x in every}
    if name not in known:
        raise ProblemsFound([Problem("unknown-guideline", f"there is no {name}", hint=nearest(name, known))])
    return known[name]


def _whole(library: Library, guideline: Guideline) -> Rules | Guideline:
    """A guideline with what it extends; a base as it stands."""
    return guideline if guideline.limits is None else resolve(library, guideline.id, guideline.version).rules

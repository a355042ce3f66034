"""What a draft, or one version against another, changes: in words, number by number and row by row.

    diff_draft(library, draft).lines()                       # for the terminal
    diff_versions(library, "physical-therapy/2026.1", "physical-therapy/2026.2").items

Both sides are compared as they decide, after `extends` and all layers, so that nothing a change does goes unsaid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.declared import Excepted, Property
from workbench.guideline.differences import (
    ADDED,
    CHANGED,
    DROPPED,
    MOVED,
    Item,
    Key,
    Place,
    compare_heads,
    compare_overlays,
    compare_programs,
    compare_rules,
)
from workbench.guideline.load_draft import draft_warnings
from workbench.guideline.model import DECIDES, Draft, Guideline, Library, Overlay, Program, Rules
from workbench.guideline.resolve import resolve
from workbench.guideline.table_differences import compare_conditions, compare_declared, compare_measures
from workbench.guideline.versions import every_version, lineage, overlap, period
from workbench.review.kept_items import kept_by
from workbench.words.conditions import labels
from workbench.words.differences import WORDS, Said, said, step_words


@dataclass(frozen=True)
class Difference:
    """All that changes from `one` to `two`, as data in the order of the files; `draft` where that is what is compared,
    with what is doubtful about it. `names` are those of conditions and measures, for `said`. `kept` has each thing
    (kind, id) that some plans do not feel, and which; `met` the plans that meet both sides."""

    one: str
    two: str
    items: tuple[Item, ...]
    draft: Draft | None = None  # that of `two`
    warnings: tuple[Problem, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    kept: tuple[tuple[str, str, tuple[str, ...]], ...] = ()
    met: tuple[str, ...] = ()

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
            for kind, id_, plans in (() if d else self.kept)  # a draft's warnings say so
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
            "kept": [{"kind": kind, "id": id_, "plans": list(plans)} for kind, id_, plans in self.kept],
        }


def draft_steps(draft: Draft) -> tuple[str, ...]:
    """The changes of a draft as it writes them, those for one plan after its name."""
    plans = (f"{plan}: {step_words(c)}" for plan, changes in draft.plans for c in changes)
    return (*map(step_words, draft.changes), *plans)


def diff_draft(library: Library, draft: Draft, *, before: Draft | None = None) -> Difference:
    """What a draft changes in the versions that it was made on, and in the overlays that it names, or beside another
    draft of them (`before`). Raises ProblemsFound where a draft does not apply, or the two were made on different
    versions."""
    drafts = [d for d in (before, draft) if d is not None]
    if before is not None:
        same_versions(before, draft)
    found: list[_Found] = []
    every = {g.name: g for d in drafts for g in touched(library, d)}
    guidelines = [g for g in library.guidelines if g.name in every]
    plans = {plan for d in drafts for plan, _ in d.plans}
    overlays = [o for o in library.overlays if o.plan in plans and any(_meant(d, o.plan, o) for d in drafts)]
    for guideline in guidelines:
        mine = [o for o in overlays if overlap(period(o, library), period(guideline, library))]
        alone: list[Item] = []
        for overlay in (None, *mine):
            old = resolve(library, guideline.id, guideline.version, overlay, before)
            new = resolve(library, guideline.id, guideline.version, overlay, draft)
            items = compare_rules(old.rules, new.rules)
            if overlay is None:
                alone = items
            place = Place(guideline.name, overlay.name if overlay else "")
            found += [_Found(i, place) for i in items if overlay is None or i not in alone]
    base = ", ".join(f"{name}/{base.version}" for name, base in draft.base) or ", ".join(g.name for g in guidelines)
    merged = _merged(found, guidelines, all(_of_base(library, d) for d in drafts))
    warnings = tuple(draft_warnings(draft, library))
    if before is not None:
        base = f"draft {before.draft}"
    kept: dict[tuple[str, str], tuple[str, ...]] = {}
    met: list[str] = []
    for guideline in guidelines:
        mine = _meeting(library, guideline)
        met += [o.name for o in mine if o.name not in met]
        for name, plans_ in _kept(library, mine, (guideline, before), (guideline, draft)).items():
            kept[name] = (*kept.get(name, ()), *plans_)
    told = tuple((kind, id_, plans_) for (kind, id_), plans_ in kept.items() if plans_)
    return Difference(base, f"draft {draft.draft}", merged, draft, warnings, labels(library), told, tuple(met))


def same_versions(one: Draft, two: Draft) -> None:
    """Raises ProblemsFound where two drafts say that they were made on different versions of a file."""
    bases = [{name: base.version for name, base in d.base} for d in (one, two)]
    odd = [name for name in bases[0].keys() & bases[1].keys() if bases[0][name] != bases[1][name]]
    if odd:
        text = f"the drafts {one.draft} and {two.draft} were made on different versions of {', '.join(sorted(odd))}"
        raise ProblemsFound([Problem("bad-call", text, hint="carry one of them over")])


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
    """One version of a guideline, overlay, program or table against another (`physical-therapy/2026.1`,
    `conditions/2026.1`). Raises ProblemsFound for names that are not there and for two that are not of one kind."""
    if _table_name(one)[0] in TABLES:
        return diff_tables(library, one, two)
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
    return diff_items(library, old, new)


def diff_items(library: Library, old: Guideline | Overlay | Program, new: Guideline | Overlay | Program) -> Difference:
    """The same of two values of one kind, of which the older may be in no file."""
    place = Place(old.name, against=new.name)
    items = [*compare_heads(old, new)]
    kept: dict[tuple[str, str], tuple[str, ...]] = {}
    met: list[Overlay] = []
    if isinstance(old, Guideline) and isinstance(new, Guideline):
        items += compare_rules(_whole(library, old), _whole(library, new))
        items += _of_tables(library, old, new)
        items += compare_declared(_declared(library, old), _declared(library, new))
        if not old.base and not new.base:
            met = [o for o in _meeting(library, old) if o in _meeting(library, new)]
            kept = _kept(library, met, (old, None), (new, None))
    elif isinstance(old, Overlay) and isinstance(new, Overlay):
        place = Place(overlay=old.name, against=new.name)
        items += compare_overlays(old, new)
    elif isinstance(old, Program) and isinstance(new, Program):
        place = Place(program=old.name, against=new.name)
        items += compare_programs(old, new)
    told = tuple((kind, id_, plans) for (kind, id_), plans in kept.items() if plans)
    placed = tuple(i.at(place) for i in items)
    return Difference(old.name, new.name, placed, kept=told, met=tuple(o.name for o in met), names=labels(library))


def diff_tables(library: Library, one: str, two: str) -> Difference:
    """One version of the condition or measure table against another (`conditions/2026.1`). Raises ProblemsFound for
    names that are not there and for two that are not of one kind."""
    named = [_table_name(name) for name in (one, two)]
    (kind, old), (other, new) = named
    if kind != other:
        raise ProblemsFound([Problem("bad-call", f"{one} and {two} are not of one kind")])
    known: Mapping[str, object] = getattr(library, TABLES[kind])
    odd = [v for v in (old, new) if v not in known]
    if odd:
        raise ProblemsFound(
            [Problem("unknown-guideline", f"there is no {kind}/{v}", hint=nearest(v, known)) for v in odd]
        )
    items = _of_versions(library, kind, old, new)
    return Difference(f"{kind}/{old}", f"{kind}/{new}", tuple(items), names=labels(library))


def _table_name(name: str) -> tuple[str, str]:
    kind, _, version = name.removesuffix(".csv").removeprefix("guidelines/").partition("/")
    return kind, version


TABLES = {"conditions": "condition_tables", "measures": "measure_tables"}


def _of_versions(library: Library, kind: str, old: str, new: str) -> list[Item]:
    place = Place(f"{kind}/{old}", against=f"{kind}/{new}")
    if kind == "conditions":
        conditions = library.condition_tables
        return [i.at(place) for i in compare_conditions(conditions[old], conditions[new])]
    measures = library.measure_tables
    return [i.at(place) for i in compare_measures(measures[old], measures[new])]


def _of_tables(library: Library, old: Guideline, new: Guideline) -> Iterator[Item]:
    """The tables that two versions decide with, where they are others."""
    one, two = (library.tables(g) for g in (old, new))
    for kind in TABLES:
        a, b = getattr(one, kind), getattr(two, kind)
        if a != b:
            yield Item("about", Key(f"table of {kind}"), old=a or None, new=b or None)
            if a and b:
                yield from _of_versions(library, kind, a, b)


def _declared(library: Library, guideline: Guideline) -> tuple[list[Property], list[Excepted]]:
    """What a version says of itself, with its base."""
    bases = list(reversed(lineage(library, guideline)))
    properties = {p.id: p for g in bases for p in g.properties}
    return list(properties.values()), [e for g in bases for e in g.exceptions]


def _meeting(library: Library, guideline: Guideline) -> list[Overlay]:
    """The overlays that count while a version does."""
    return [o for o in library.overlays if overlap(period(o, library), period(guideline, library))]


Sided = tuple[Guideline, Draft | None]


def _kept(library: Library, met: Iterable[Overlay], old: Sided, new: Sided) -> dict[tuple[str, str], tuple[str, ...]]:
    """Each thing that changes, and the plans that do not feel it."""

    def both(overlay: Overlay | None) -> tuple[Rules, Rules]:
        one, two = (resolve(library, g.id, g.version, overlay, draft).rules for g, draft in (old, new))
        return one, two

    return kept_by(both(None), {o.name: both(o) for o in met})


def find(library: Library, name: str) -> Guideline | Overlay | Program:
    """A guideline, overlay or program by `id/version`. Raises ProblemsFound with the nearest name."""
    name = name.removesuffix(".yaml").removeprefix("guidelines/").removeprefix("plans/").removeprefix("programs/")
    known = {x.name: x for x in every_version(library)}
    if name not in known:
        raise ProblemsFound([Problem("unknown-guideline", f"there is no {name}", hint=nearest(name, known))])
    return known[name]


def _whole(library: Library, guideline: Guideline) -> Rules | Guideline:
    """A guideline with what it extends; a base as it stands."""
    return guideline if guideline.limits is None else resolve(library, guideline.id, guideline.version).rules

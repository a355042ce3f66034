"""The sections `properties` and `exceptions` of a guideline file."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.documents.section import Section
from workbench.errors import Problem, Problems, nearest
from workbench.guideline.declared import OF_TWO, OTHER, REQUEST, Excepted, Property
from workbench.guideline.expressions import read_condition
from workbench.guideline.load_tables import Shared
from workbench.guideline.model import Guideline
from workbench.language.syntax import Names


def of_two(known: Names) -> Names:
    """The names of an expression over two requests: every fact with `request.` or `other.` before it."""
    twice = {f"{who}.{name}": type_ for name, type_ in known.facts.items() for who in (REQUEST, OTHER)}
    after = frozenset(f"{who}.{name}" for name in known.outcomes for who in (REQUEST, OTHER))
    return Names(twice, known.parameters, known.outcomes | after)


def read_properties(section: Section, known: Names, shared: Shared) -> tuple[Property, ...]:
    """The properties, their ids distinct, without those that are wrong."""
    both, seen, out = of_two(known), dict[str, int](), []
    for one in section.take("properties", "sections", default=()):
        id_ = one.take("id", "id", default="")
        one.what = f"property {id_}".strip()
        text, claim = one.take("text", "text", default=""), one.take("claim", "line", default="")
        when = read_condition(one.take("when", "scalar"), both)
        source = shared.source(one) if "source" in one else ""
        note = one.take("note", "text", default="")
        one.finish()
        if id_ in seen:
            one.fail("duplicate-id", f"{id_} stands twice in properties", f"first in line {seen[id_]}", "id")
            continue
        seen[id_] = one.value.line
        if when is None or not claim:
            continue
        found = Property(id_, text, when, claim, source, note, at=one.at("id").spot)
        if not found.own:
            hint = f"name the fact in which they differ, as in {OTHER}.requested_visits < {REQUEST}.requested_visits"
            one.fail("wrong-value", f"`when` of {one.what} says nothing of the other request", hint, "when")
        out.append(found)
    return tuple(out)


def read_exceptions(section: Section, shared: Shared) -> tuple[Excepted, ...]:
    """The exceptions; no two of one question are about the same."""
    seen: dict[tuple[str, str], int] = {}
    out = []
    for one in section.take("exceptions", "sections", default=()):
        law = one.take("law", "line", default="")
        one.what = f"exception to {law}".strip()
        about, through = (tuple(one.take(n, "texts", default=())) for n in ("about", "through"))
        reason = one.take("reason", "text", default="")
        source = shared.source(one) if "source" in one else ""
        one.finish()
        if through and law and law not in OF_TWO:
            one.fail("wrong-value", f"{law} comes about through no criterion", "leave `through` out", "through")
        for what in (about or ("",)) if law else ():
            if (law, what) in seen:
                of = f"about {what}" if what else "about all of it"
                one.fail("duplicate-id", f"{one.what} stands twice {of}", f"first in line {seen[law, what]}", "law")
            seen.setdefault((law, what), one.value.line)
        if law and reason:
            out.append(Excepted(law, reason, about, through, source, at=one.at("law").spot))
    return tuple(out)


def check_exceptions(guidelines: Iterable[Guideline], problems: Problems) -> None:
    """The criteria that an exception names are those of the guideline or its base."""
    named = {g.name: g for g in guidelines}
    for guideline in named.values():
        known: set[str] = set()
        one: Guideline | None = guideline
        while one is not None:
            known |= {c.id for c in one.criteria}
            one = named.get(one.extends)
        for exception in guideline.exceptions:
            for id_ in (i for i in exception.through if i not in known):
                message = f"{guideline.name} has no criterion {id_}, through which it makes an exception"
                problems.add(Problem("unknown-name", message, *exception.at, nearest(id_, known)))

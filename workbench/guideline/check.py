"""What loads but is doubtful: warnings of `check`, each at the place that gave rise to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path

from workbench.errors import Problem
from workbench.facts import facts
from workbench.guideline.guards import unguarded, unguarded_cells
from workbench.guideline.model import (
    DECIDES,
    Criterion,
    Exemption,
    Guideline,
    Library,
    Waiver,
)
from workbench.guideline.resolve import published_parts
from workbench.guideline.versions import overlap, period
from workbench.language.tree import Call, Fact, Literal, Node, parameter_names

COMPANIONS = ("examples.yaml", "README.md")
_UNREAD = ("secondary", "unread")
_INTERVALS = ("in_cc", "in_co", "in_oc", "in_oo")


def check_library(library: Library, day: date | None = None) -> tuple[Problem, ...]:
    """Every warning about a library, in the order of the files; `day` (default today) dates what is stale."""
    day = day or date.today()
    found: list[Problem] = list(library.warnings)
    for guideline in library.guidelines:
        for criterion in guideline.criteria:
            found += _unguarded(criterion)
            found += _bare_numbers(criterion)
        for row in guideline.limits or ():
            found += (Problem("unguarded-fact", _unguarded_text(c.fact, f"row {row.id}"), *row.at,
                              "add a cell that says when it makes sense") for c in unguarded_cells(row.cells))
        numbers = (*guideline.parameters, *(guideline.limits or ()))
        found += (p for n in numbers for p in _unread(n, library))
        found += _consensus(guideline)
        if guideline.status != "retired":
            found += _stale(guideline, day)
    for measure in library.measures.values():
        found += _unread(measure, library)
    found += _unused(library)
    found += _companions(library)
    found += _scopes(library)
    return tuple(sorted(set(found), key=lambda p: (p.file, p.line, p.column, p.code, p.message)))


def _unguarded_text(fact: str, where: str) -> str:
    return f"{where} uses {fact} where it may not make sense, so that people are asked for it in vain"


def _unguarded(criterion: Criterion) -> Iterator[Problem]:
    for use in unguarded(criterion):
        yield Problem("unguarded-fact", _unguarded_text(use.name, f"criterion {criterion.id}"), criterion.at[0],
                      *use.at,
                      f"guard it: {facts()[use.name].only_where} and …")


def _bare_numbers(criterion: Criterion) -> Iterator[Problem]:
    for top in (criterion.applies, criterion.requires):
        for literal in _numbers(top) if top is not None else ():
            yield Problem("bare-number", f"criterion {criterion.id} holds the number {literal.value}",
                          criterion.at[0], *literal.at, "make it a parameter, with a range and a source")


def _numbers(node: Node) -> Iterator[Literal]:
    """Bare numbers other than 0 and 1; the ends of intervals and the places of Round are none."""
    if isinstance(node, Literal) and isinstance(node.value, Decimal) and node.value not in (0, 1):
        yield node
    if isinstance(node, Call):
        for arg in node.args[:1] if node.op in (*_INTERVALS, "Round") else node.args:
            yield from _numbers(arg)


def _unread(item, library: Library) -> Iterator[Problem]:
    """Evidence claimed from a source that nobody has read in full or in part."""
    if item.evidence == "consensus":
        return
    for name in item.source.split(";"):
        source = library.sources.get(name)
        if source and source.read in _UNREAD:
            how = "is known only at second hand" if source.read == "secondary" else "is unread"
            yield Problem("unread-source", f"{item.id} claims {item.evidence} as evidence, but {name} {how}", *item.at,
                          "read it, or call the evidence consensus")


def _consensus(guideline: Guideline) -> Iterator[Problem]:
    """One line a file: naming each would drown the rest."""
    groups = (("parameters", guideline.parameters), ("limit rows", guideline.limits or ()))
    counts = [(what, sum(x.evidence == "consensus" for x in items), len(items)) for what, items in groups]
    if any(n for _, n, _ in counts):
        text = " and ".join(f"{n} of {total} {what}" for what, n, total in counts if total)
        yield Problem("consensus-only", f"{text} rest on consensus alone", guideline.file)


def _stale(guideline: Guideline, day: date) -> Iterator[Problem]:
    for parameter in guideline.parameters:
        if (day - parameter.checked).days > 366:
            yield Problem("stale-check", f"the source of {parameter.id} was last checked on {parameter.checked}",
                          *parameter.at, "read it again and set `checked`")
        elif parameter.checked > day:
            yield Problem("stale-check", f"the source of {parameter.id} is said to be checked on {parameter.checked}, "
                          f"after {day}", *parameter.at)


def _used(items: tuple) -> set[str]:
    nodes = [getattr(i, key, None) for i in items if isinstance(i, Exemption | Waiver | Criterion)
             for key in ("when", "applies", "requires")]
    return set(parameter_names(*nodes))


def _unused(library: Library) -> Iterator[Problem]:
    """Parameters that no expression uses: of the file itself, of its bases, or of what extends it."""
    used: dict[str, set[str]] = {}
    for guideline in library.guidelines:
        parts = published_parts(library, guideline)
        mine = _used(tuple(i for items in parts.values() for i in items)) | set(parameter_names(guideline.scope))
        for name in _line(guideline, library):
            used.setdefault(name, set()).update(mine)
    for guideline in library.guidelines:
        for parameter in guideline.parameters:
            if parameter.id not in used[guideline.name]:
                yield Problem("unused-parameter", f"no expression uses {parameter.id}", *parameter.at,
                              "drop it, or use it in a criterion")


def _line(guideline: Guideline, library: Library) -> Iterator[str]:
    """The names of a guideline and of its bases."""
    names = {g.name: g for g in library.guidelines}
    while guideline is not None:
        yield guideline.name
        guideline = names.get(guideline.extends)


def _companions(library: Library) -> Iterator[Problem]:
    for folder in dict.fromkeys(Path(g.file).parent for g in library.guidelines if not g.base):
        for name in COMPANIONS:
            if not (folder / name).is_file():
                yield Problem("missing-companion", f"{folder.name} has no {name}", str(folder / name))


def _scopes(library: Library) -> Iterator[Problem]:
    """Two guidelines that may claim one request, where both scopes are plain tests of choices."""
    deciding = [g for g in library.guidelines if not g.base and g.status in DECIDES]
    for one, other in combinations(deciding, 2):
        if one.id == other.id or not overlap(period(one, library), period(other, library)):
            continue
        a, b = (_tests(g.scope) for g in (one, other))
        if a is not None and b is not None and all(a[f] & b[f] for f in a.keys() & b.keys()):
            yield Problem("ambiguous-scope", f"{other.name} and {one.name} may claim the same request", other.file,
                          *other.scope.at, f"the other scope stands in {one.file}:{one.scope.at[0]}")


def _tests(node: Node) -> dict[str, set] | None:
    """Fact → the texts it may have, for a conjunction of plain tests; None for any other scope."""
    if isinstance(node, Call) and node.op == "and":
        left, right = (_tests(a) for a in node.args)
        if left is None or right is None:
            return None
        return {f: left.get(f, right.get(f)) & right.get(f, left.get(f)) for f in left.keys() | right.keys()}
    if isinstance(node, Call) and node.op in ("=", "in_list"):
        subject, *values = node.args
        if isinstance(subject, Fact) and all(isinstance(v, Literal) for v in values):
            return {subject.name: {v.value for v in values}}
    if isinstance(node, Literal) and node.value is True:
        return {}
    return None

"""What loads but is doubtful: warnings of `check`, each at the place that gave rise to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import combinations
from pathlib import Path

from workbench.documents.text import entries
from workbench.errors import Problem
from workbench.facts import facts
from workbench.guideline.guards import unguarded, unguarded_cells
from workbench.guideline.layers import published_parts
from workbench.guideline.model import (
    DECIDES,
    Criterion,
    Exemption,
    Guideline,
    Library,
    LimitRow,
    Measure,
    Parameter,
    Waiver,
)
from workbench.guideline.new_items import Item
from workbench.guideline.outcomes import MEDICARE
from workbench.guideline.versions import overlap, period, planned_until
from workbench.language.interpret import evaluate
from workbench.language.tree import Call, Fact, Literal, Node, Value, parameter_names

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
            found += (
                Problem(
                    "unguarded-fact",
                    _unguarded_text(c.fact, f"row {row.id}"),
                    *row.at,
                    "add a cell that says when it makes sense",
                )
                for c in unguarded_cells(row.cells)
            )
        numbers: tuple[Parameter | LimitRow, ...] = (*guideline.parameters, *(guideline.limits or ()))
        found += (p for n in numbers for p in _unread(n, library))
        found += _consensus(guideline)
        if guideline.status != "retired":
            found += _stale(guideline, day)
    for table in library.measure_tables.values():
        found += (p for measure in table.values() for p in _unread(measure, library))
    found += _stale_plans(library, day)
    found += _medicare(library)
    found += _unused(library)
    found += _companions(library)
    found += _scopes(library)
    return tuple(sorted(set(found), key=lambda p: (p.file, p.line, p.column, p.code, p.message)))


def _unguarded_text(fact: str, where: str) -> str:
    return f"{where} uses {fact} where it may not make sense, so that people are asked for it in vain"


def _unguarded(criterion: Criterion) -> Iterator[Problem]:
    for use in unguarded(criterion):
        yield Problem(
            "unguarded-fact",
            _unguarded_text(use.name, f"criterion {criterion.id}"),
            criterion.at[0],
            *use.at,
            f"guard it: {facts()[use.name].only_where} and …",
        )


def _bare_numbers(criterion: Criterion) -> Iterator[Problem]:
    for top in (criterion.applies, criterion.requires):
        for literal in _numbers(top) if top is not None else ():
            yield Problem(
                "bare-number",
                f"criterion {criterion.id} holds the number {literal.value}",
                criterion.at[0],
                *literal.at,
                "make it a parameter, with a range and a source",
            )


def _numbers(node: Node) -> Iterator[Literal]:
    """Bare numbers other than 0 and 1; the ends of intervals and the places of Round are none."""
    if isinstance(node, Literal) and isinstance(node.value, Decimal) and node.value not in (0, 1):
        yield node
    if isinstance(node, Call):
        for arg in node.args[:1] if node.op in (*_INTERVALS, "Round") else node.args:
            yield from _numbers(arg)


def _unread(item: Parameter | LimitRow | Measure, library: Library) -> Iterator[Problem]:
    """Evidence claimed from a source that nobody has read in full or in part; one grade and one source for all numbers,
    or one for each."""
    names, grades = entries(item.source) or ("",), entries(item.evidence) or ("",)
    names, grades = (x * max(len(names), len(grades)) if len(x) == 1 else x for x in (names, grades))
    for name, grade in dict.fromkeys(zip(names, grades, strict=True)):
        source = library.sources.get(name)
        if grade != "consensus" and source and source.read in _UNREAD:
            how = "is known only at second hand" if source.read == "secondary" else "is unread"
            yield Problem(
                "unread-source",
                f"{item.id} claims {grade} as evidence, but {name} {how}",
                *item.at,
                "read it, or call the evidence consensus",
            )


def _consensus(guideline: Guideline) -> Iterator[Problem]:
    """One line a file: naming each would drown the rest."""
    groups = (("parameters", guideline.parameters), ("limit rows", guideline.limits or ()))
    counts = [
        (what, sum(set(entries(x.evidence)) == {"consensus"} for x in items), len(items)) for what, items in groups
    ]
    if any(n for _, n, _ in counts):
        text = " and ".join(f"{n} of {total} {what}" for what, n, total in counts if total)
        yield Problem("consensus-only", f"{text} rest on consensus alone", guideline.file)


def _stale(guideline: Guideline, day: date) -> Iterator[Problem]:
    for parameter in guideline.parameters:
        if (day - parameter.checked).days > 366:
            yield Problem(
                "stale-check",
                f"the source of {parameter.id} was last checked on {parameter.checked}",
                *parameter.at,
                "read it again and set `checked`",
            )
        elif parameter.checked > day:  # 2062 written for 2026 would silence the warning above for decades
            yield Problem(
                "stale-check",
                f"the source of {parameter.id} is said to be checked on {parameter.checked}, after {day}",
                *parameter.at,
            )


def for_medicare(criterion: Criterion) -> bool:
    """Whether a criterion can apply to a member of Medicare, as far as its line of business alone can tell."""
    values = dict.fromkeys(parameter_names(criterion.applies), Decimal(0))  # beside a missing fact any value is unknown
    return any(evaluate(criterion.applies, {"line_of_business": line}, values).value is not False for line in MEDICARE)


def _medicare(library: Library) -> Iterator[Problem]:
    """Criteria that bind Medicare and do not say whether they are its own rule or fill a silence, in guidelines that
    say so of others (42 CFR 422.101 (b): Medicare's own rules first)."""
    for guideline in library.guidelines:
        parts = published_parts(library, guideline)["criteria"]
        if any(isinstance(c, Criterion) and c.medicare for c in parts):
            for c in guideline.criteria:
                if not c.medicare and for_medicare(c):
                    yield Problem(
                        "medicare-unsaid",
                        f"criterion {c.id} binds members of Medicare and does not say whose rule it is",
                        *c.at,
                        "say `medicare: own` or `medicare: silent`, or leave Medicare out of `applies`",
                    )


def _stale_plans(library: Library, day: date) -> Iterator[Problem]:
    """Rows of a program's newest version that are only planned, for a time that has passed."""
    newest = {p.program: p for p in sorted(library.programs, key=lambda p: p.published)}
    for program in newest.values():
        for row in program.rows:
            due = planned_until(row.planned) if row.review_from is None else None
            if due is not None and due < day:
                yield Problem(
                    "stale-plan",
                    f"{row.line_of_business} in {', '.join(row.states or ('other states',))} was planned for "
                    f"{row.planned}, which has passed",
                    *row.at,
                    "find out whether review began, and say so in a new version",
                )


def _used(items: Iterable[Item]) -> set[str]:
    nodes: list[Node | None] = []
    for item in items:
        if isinstance(item, Criterion):
            nodes += [item.applies, item.requires]
        elif isinstance(item, Exemption | Waiver):
            nodes.append(item.when)
    return set(parameter_names(*nodes))


def _unused(library: Library) -> Iterator[Problem]:
    """Parameters that no expression uses: of the file itself, of its bases, or of what extends it."""
    used: dict[str, set[str]] = {}
    for guideline in library.guidelines:
        parts = published_parts(library, guideline)
        mine = _used(i for items in parts.values() for i in items) | set(parameter_names(guideline.scope))
        for name in _line(guideline, library):
            used.setdefault(name, set()).update(mine)
    for guideline in library.guidelines:
        for parameter in guideline.parameters:
            if parameter.id not in used[guideline.name]:
                yield Problem(
                    "unused-parameter",
                    f"no expression uses {parameter.id}",
                    *parameter.at,
                    "drop it, or use it in a criterion",
                )


def _line(guideline: Guideline, library: Library) -> Iterator[str]:
    """The names of a guideline and of its bases."""
    one: Guideline | None = guideline
    while one is not None:
        yield one.name
        one = library.base_of(one)


def _companions(library: Library) -> Iterator[Problem]:
    for folder in dict.fromkeys(Path(g.file).parent for g in library.guidelines if not g.base):
        for name in COMPANIONS:
            if not (folder / name).is_file():
                yield Problem("missing-companion", f"{folder.name} has no {name}", str(folder / name))


def _scopes(library: Library) -> Iterator[Problem]:
    """Two guidelines that may claim one request, where both scopes are plain tests of choices."""
    deciding = [g for g in library.guidelines if not g.base and g.status in DECIDES]
    for one, other in combinations(deciding, 2):
        # Versions of one guideline follow one another; only different ones at the same time leave a request undecided.
        if one.id == other.id or not overlap(period(one, library), period(other, library)):
            continue
        if one.scope is None or other.scope is None:
            continue
        a, b = _tests(one.scope), _tests(other.scope)
        if a is not None and b is not None and all(a[f] & b[f] for f in a.keys() & b.keys()):
            yield Problem(
                "ambiguous-scope",
                f"{other.name} and {one.name} may claim the same request",
                other.file,
                other.scope.at[0],
                other.scope.at[1],
                f"the other scope stands in {one.file}:{one.scope.at[0]}",
            )


def _tests(node: Node) -> dict[str, set[Value]] | None:
    """Fact → the texts it may have, for a conjunction of plain tests; None for any other scope."""
    if isinstance(node, Call) and node.op == "and":
        left, right = (_tests(a) for a in node.args)
        if left is None or right is None:
            return None
        return {**left, **right, **{f: left[f] & right[f] for f in left.keys() & right.keys()}}
    if isinstance(node, Call) and node.op in ("=", "in_list"):
        subject, *values = node.args
        literals = [v.value for v in values if isinstance(v, Literal)]
        if isinstance(subject, Fact) and len(literals) == len(values):
            return {subject.name: set(literals)}
    if isinstance(node, Literal) and node.value is True:
        return {}
    # Of `age_years < 3 or discipline = 'PT'` nothing is known here: no warning is better than a wrong one.
    return None

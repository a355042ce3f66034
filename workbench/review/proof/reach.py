"""What a guideline can come to at all: rows, criteria and approvals that some request reaches, and gaps that none
should. Each question is one formula for each thing asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from workbench.engine import decision as d
from workbench.engine.columns import Plan, criterion, value
from workbench.engine.nodes import AllOf, Among, Column, Expression, Holds, PlanNode, walk
from workbench.engine.plan import UNDEFINED, UNMET
from workbench.facts import facts
from workbench.guideline.declared import Excepted
from workbench.guideline.model import Criterion, Rules
from workbench.language.names import names
from workbench.language.syntax import parse
from workbench.language.tree import parameter_names
from workbench.review.example_facts import facts_of_examples
from workbench.review.examples import examples_of
from workbench.review.proof.formulas import above, flags, says
from workbench.review.proof.subject import Subject, Variant
from workbench.words.numbers import several


@dataclass(frozen=True)
class Reached:
    """One thing asked about: whether a request reaches it. `wanted` says whether one should; `formula` finds one."""

    about: str
    reached: bool
    wanted: bool
    variant: Variant
    plan: Plan
    formula: PlanNode
    text: str
    met: tuple[tuple[Excepted, str], ...] = ()  # the exceptions that declare it, each with what it is about


Reach = Callable[[Subject], Iterator[Reached]]


def _alike(subject: Subject, key: Callable[[Rules], object]) -> Iterator[tuple[Plan, Variant]]:
    """A variant for each set of rules that differ in what is asked about; the one without an overlay first."""
    seen: list[object] = []
    for plan, variants in subject.groups:
        for variant in variants:
            what = key(variant.rules)
            if what not in seen:
                seen.append(what)
                alone = plan if len(variants) == 1 else subject.alone(variant)
                yield alone, variant


def _ask(
    subject: Subject, variant: Variant, plan: Plan, nodes: Mapping[str, PlanNode], only: tuple[str, ...] = ()
) -> dict[str, bool]:
    also = [e.node for node in nodes.values() for e in _expressions(node)]
    return subject.search(plan, (variant,), only=only, also=also).reach(nodes)


def _expressions(node: PlanNode) -> Iterator[Expression]:
    return (part for part in walk(node) if isinstance(part, Expression))


def every_row(subject: Subject) -> Iterator[Reached]:
    """Every limit row is the first match of some request: none is hidden by those above it, alone or together."""
    for plan, variant in _alike(subject, lambda r: r.limits):
        rows = {row.id: Among(Column("row"), (i,)) for i, row in enumerate(variant.rules.limits, start=1)}
        for id_, reached in _ask(subject, variant, plan, rows, ("row",)).items():
            yield Reached(id_, reached, True, variant, plan, rows[id_], f"no request ever comes to the row {id_}")


def _criteria(subject: Subject) -> Iterator[tuple[Plan, Variant, list[Criterion]]]:
    """Each criterion once: of a plan only those that it changes, since what it leaves alone may be meant for others
    (Medicare's members have criteria of their own)."""
    seen: list[object] = []
    for plan, variant in _alike(subject, lambda r: (r.criteria, r.parameters)):
        mine = [c for c in variant.rules.criteria if _said(c, variant.rules) not in seen]
        seen += [_said(c, variant.rules) for c in mine]
        if mine:
            yield plan, variant, mine


def _said(criterion: Criterion, rules: Rules) -> object:
    names_ = parameter_names(criterion.applies, criterion.requires)
    return criterion.id, criterion.applies, criterion.requires, tuple((n, rules.values[n]) for n in names_)


def every_criterion_unmet(subject: Subject) -> Iterator[Reached]:
    """Every criterion can be unmet, and come to bear: a request comes past the exemptions and fails it."""
    for plan, variant, criteria in _criteria(subject):
        fails = {c.id: Among(Column(criterion(c.id)), (UNMET, UNDEFINED)) for c in criteria}
        bears = {i: AllOf((Column("past step 3"), f)) for i, f in fails.items()}
        only = ("past step 3", *(criterion(i) for i in fails))
        found = _ask(subject, variant, plan, bears, only)
        lost = {i: fails[i] for i in fails if not found[i]}
        able = _ask(subject, variant, plan, lost, only) if lost else {}
        for id_ in fails:
            exempt = f"every request that fails {id_} is exempt, so that it never comes to bear"
            text = exempt if able.get(id_) else f"no request ever fails {id_}"
            yield Reached(id_, found[id_], True, variant, plan, bears[id_], text)


def every_criterion_met(subject: Subject) -> Iterator[Reached]:
    """Every criterion can be met where it applies."""
    for plan, variant, criteria in _criteria(subject):
        rules = variant.rules
        met = {c.id: AllOf((Holds(value(rules, c.applies)), Holds(value(rules, c.requires)))) for c in criteria}
        for id_, reached in _ask(subject, variant, plan, met, ("past step 3",)).items():
            yield Reached(id_, reached, True, variant, plan, met[id_], f"{id_} is never met where it applies")


def something_is_approved(subject: Subject) -> Iterator[Reached]:
    """Under every plan, and in every limit row that is reached, some request is approved."""
    for plan, variant in _alike(subject, lambda r: r):
        approved = says(d.APPROVED)
        limits = enumerate(variant.rules.limits, start=1)
        rows: dict[str, PlanNode] = {row.id: AllOf((Among(Column("row"), (i,)), approved)) for i, row in limits}
        name = variant.plan or "requests under no overlay"
        if variant.overlay is not None:  # its rows are asked about where it changes them, in `every-row`
            rows = {name: approved}
        for id_, reached in _ask(subject, variant, plan, rows, ("determination",)).items():
            text = f"nothing is ever approved {'for' if variant.overlay else 'in the row'} {id_}"
            yield Reached(id_, reached, True, variant, plan, rows[id_], text)


def no_gap(subject: Subject) -> Iterator[Reached]:
    """Every condition of the guideline's discipline has a row for each aim of treatment, whatever else a request says;
    or an example (`no_limit`) or an exception declares that it has none."""
    plan, variant = next(_alike(subject, lambda r: r.limits))
    examples = [e for e in examples_of(subject.library, subject.guideline) if _says_none(e.expect)]
    declared = facts_of_examples(examples, subject.setting)  # an example may tell a diagnosis, not the condition
    intents = facts()["intent"].choices
    cells = {f"{c}, {i}": (c, i) for i in intents for c in subject.conditions}
    inside = {name: _cell(*cell) for name, cell in cells.items()}
    none = {name: AllOf((node, Among(Column("row"), (0,)))) for name, node in inside.items()}
    some = {name: AllOf((node, above(Column("row"), 0))) for name, node in inside.items()}
    found, covered = (_ask(subject, variant, plan, nodes, ("row",)) for nodes in (none, some))
    # Where something else always stands against it, as against a serious condition, no row is missed.
    missed = flags(plan, "reasons")["no_limit"]
    gap = {name: AllOf((inside[name], missed)) for name in cells if found[name]}
    found = subject.one(variant).reach(gap)
    told = {n for n, (c, i) in cells.items() if any(_fits(r, c, i) for r in declared)}
    bare = [n for n in gap if found[n] and not covered[n] and n not in told]
    for name in (n for n in cells if n not in bare):
        text = f"some requests for {name} find no row, others do"
        open_ = found.get(name, False) and name not in told
        yield Reached(name, open_, False, variant, plan, gap.get(name, none[name]), text)
    declared_ = {n: _declared(subject, n, cells[n][1]) for n in bare}
    for intent in intents:  # where a guideline has no row at all they are told together
        for exception in dict.fromkeys(e for e, _ in declared_.values()):
            these = [n for n in bare if cells[n][1] == intent and declared_[n][0] == exception]
            if these:
                text = f"there is no row for {', '.join(cells[n][0] for n in these)}"
                about = f"{several(len(these), 'condition')}, {intent}"
                met = tuple((e, what) for e, what in dict.fromkeys(declared_[n] for n in these) if e is not None)
                yield Reached(about, True, False, variant, plan, gap[these[0]], text, met)


def _declared(subject: Subject, name: str, intent: str) -> tuple[Excepted | None, str]:
    """The exception that says of a condition without any row for an aim that it has none, and what it is about."""
    mine = (e for e in subject.exceptions if e.law == "no-gap")
    found = ((e, what) for e in mine for what in (name, intent) if what in e.about)
    return next(found, (None, ""))


def _says_none(expect: Mapping[str, object]) -> bool:
    reasons = expect.get("reasons")
    return isinstance(reasons, tuple) and "no_limit" in reasons


def _fits(request: Mapping[str, object], condition: str, intent: str) -> bool:
    return request.get("condition") == condition and request.get("intent") == intent


def _cell(condition: str, intent: str) -> PlanNode:
    node = parse(f"condition = '{condition}' and intent = '{intent}'", names({})).node
    assert node is not None
    return Holds(Expression(node))


def one_guideline(subject: Subject) -> Iterator[Reached]:
    """No request is in the scope of two guidelines."""
    variant = subject.variants[0]
    (plan, _), *_rest = subject.groups
    others = [g for g in subject.setting.guidelines(subject.day) if g.id != subject.guideline.id]
    rules = [subject.setting.rules(g, variant.overlay) for g in others]
    both = {r.guideline: Holds(value(r, r.scope)) for r in rules}
    for id_, reached in _ask(subject, variant, subject.alone(variant), both, ("row",)).items():
        text = f"a request is in the scope of {id_} too"
        yield Reached(id_, reached, False, variant, plan, both[id_], text)


REACHES: dict[str, Reach] = {
    "every-row": every_row,
    "every-criterion-unmet": every_criterion_unmet,
    "every-criterion-met": every_criterion_met,
    "something-is-approved": something_is_approved,
    "no-gap": no_gap,
    "one-guideline": one_guideline,
}

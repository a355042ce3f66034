"""What the examples reach: every criterion met, unmet and unknown, every exemption and waiver that holds, every limit
row taken. What a base lends is reached once, by whichever discipline; a row may be taken by a restated example, and how
many are taken by a written one is told beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from workbench.engine.reference import Traced, decide
from workbench.guideline.model import Criterion, Exemption, Guideline, Library, LimitRow, Rules, Waiver
from workbench.language.interpret import Facts, evaluate
from workbench.language.tree import Call, Fact, Node
from workbench.review.example_facts import facts_of_examples
from workbench.review.example_file import RESTATED, WRITTEN
from workbench.review.examples import deciding, examples_of, read_all, running, under_program
from workbench.review.restated import restated

MET, UNMET, UNKNOWN, HOLDS, TAKEN = "met", "unmet", "unknown", "true", "taken"


@dataclass(frozen=True, order=True)
class Goal:
    """One thing that an example has to reach: a kind (criterion, exemption, waiver, limit row), its id, and how."""

    guideline: str
    kind: str
    id: str
    how: str

    def __str__(self) -> str:
        return f"{self.guideline}: no example {_WORDS[self.how].format(f'{self.kind} {self.id}')}"


_WORDS = {
    MET: "meets {}",
    UNMET: "leaves {} unmet",
    UNKNOWN: "leaves {} unknown",
    HOLDS: "makes {} hold",
    TAKEN: "takes {}",
}


@dataclass(frozen=True)
class Coverage:
    """`goals` are all that could be reached, `missed` those that no example reaches, `restated` those that only an
    example reaches which is generated from a row."""

    goals: tuple[Goal, ...]
    missed: tuple[Goal, ...]
    restated: tuple[Goal, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.missed

    def as_dict(self) -> dict[str, object]:
        return {
            "goals": len(self.goals),
            "reached": len(self.goals) - len(self.missed),
            "by_restated_alone": len(self.restated),
            "missed": [{"guideline": g.guideline, "kind": g.kind, "id": g.id, "how": g.how} for g in self.missed],
        }

    def lines(self) -> list[str]:
        found = len(self.goals) - len(self.missed)
        alone = f", {len(self.restated)} of them only where restated from a table" if self.restated else ""
        return [*map(str, self.missed), f"coverage: the examples reach {found} of {len(self.goals)}{alone}"]


def coverage(library: Library) -> Coverage:
    """The coverage of every version that runs. Raises ProblemsFound for broken examples."""
    goals: list[Goal] = []
    reached: dict[str, set[Goal]] = {WRITTEN: set(), RESTATED: set()}
    files = read_all(library)
    for guideline in running(library):
        chosen, examples = deciding(library, guideline), examples_of(library, guideline, files)
        rules, owner = chosen.rules(guideline, None), _owner(library, guideline)
        goals += _goals(owner, rules)
        every = (*examples, *restated(chosen, guideline, examples))
        for example, facts in zip(every, facts_of_examples(every, chosen), strict=True):
            under = under_program(chosen, example.program)
            reached[example.kind] |= set(_reached(owner, rules, facts, decide(facts, under)))
    every_goal = tuple(dict.fromkeys(goals))
    found = set[Goal]().union(*reached.values())
    return Coverage(
        every_goal,
        tuple(g for g in every_goal if g not in found),
        tuple(g for g in every_goal if g in found and g not in reached[WRITTEN]),
    )


def _owner(library: Library, guideline: Guideline) -> Callable[[Criterion | Exemption | Waiver | LimitRow], str]:
    """The name of the file that an item comes from: the base's, where it lends it unchanged."""
    base = library.base_of(guideline)
    lent = () if base is None else (*base.exemptions, *base.waivers, *base.criteria)
    return lambda item: base.name if base is not None and item in lent else guideline.name


def _goals(owner: Callable[[Criterion | Exemption | Waiver | LimitRow], str], rules: Rules) -> Iterator[Goal]:
    for criterion in rules.criteria:
        for how in (MET, UNMET, UNKNOWN):
            if how != UNKNOWN or can_ask(criterion.applies) or can_ask(criterion.requires):
                yield Goal(owner(criterion), "criterion", criterion.id, how)
    for exemption in rules.exemptions:
        yield Goal(owner(exemption), "exemption", exemption.id, HOLDS)
    for waiver in rules.waivers:
        yield Goal(owner(waiver), "waiver", waiver.id, HOLDS)
    yield from (Goal(owner(row), "limit row", row.id, TAKEN) for row in rules.limits)


def _reached(
    owner: Callable[[Criterion | Exemption | Waiver | LimitRow], str], rules: Rules, facts: Facts, traced: Traced
) -> Iterator[Goal]:
    rows = {row.id: row for row in rules.limits}
    criteria = {c.id: c for c in rules.criteria}
    free = {("exemption", e.id): owner(e) for e in rules.exemptions}
    free |= {("waiver", w.id): owner(w) for w in rules.waivers}
    for step in traced.steps:
        if step.kind == "criterion" and step.id in criteria:
            # Met because it does not apply is not yet met.
            if step.state != MET or step.applies is True:
                state = UNMET if step.state == "undefined" else step.state
                yield Goal(owner(criteria[step.id]), step.kind, step.id, state)
        elif step.kind == "exemption" and step.state == HOLDS or step.kind == "waiver" and step.state != "false":
            if (step.kind, step.id) in free:  # a plan's own waiver is no goal of the guideline
                yield Goal(free[step.kind, step.id], step.kind, step.id, HOLDS)
        elif step.kind == "limit" and step.id in rows:
            # A row at which the reading stopped, because a cell is unknown, is not taken.
            if all(evaluate(c.node, facts, {}).value is True for c in rows[step.id].cells):
                yield Goal(owner(rows[step.id]), "limit row", step.id, TAKEN)


def can_ask(node: Node | None) -> bool:
    """Whether the expression can be unknown for want of a fact (by its form: what is ruled out by what it says
    elsewhere is not seen)."""
    if isinstance(node, Fact):
        return True
    if not isinstance(node, Call) or node.op in ("is_null", "is_true", "is_false"):
        return False
    return all(map(can_ask, node.args)) if node.op == "Coalesce" else any(map(can_ask, node.args))

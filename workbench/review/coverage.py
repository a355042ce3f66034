"""What the examples beside a guideline reach: every criterion met, unmet and unknown, every exemption and waiver that
holds, every limit row taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workbench.engine.interpret import evaluate
from workbench.engine.reference import Traced, decide
from workbench.engine.setting import Setting
from workbench.guideline.model import Criterion, Guideline, Library, Rules
from workbench.language.tree import Call, Fact, Node
from workbench.review.examples import deciding, examples_of, facts_of_examples, latest

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


_WORDS = {MET: "meets {}", UNMET: "leaves {} unmet", UNKNOWN: "leaves {} unknown", HOLDS: "makes {} hold",
          TAKEN: "takes {}"}


@dataclass(frozen=True)
class Coverage:
    """`goals` are all that could be reached, `missed` those that no example reaches."""

    goals: tuple[Goal, ...]
    missed: tuple[Goal, ...]

    @property
    def complete(self) -> bool:
        return not self.missed

    def as_dict(self) -> dict[str, object]:
        return {"goals": len(self.goals), "reached": len(self.goals) - len(self.missed),
                "missed": [{"guideline": g.guideline, "kind": g.kind, "id": g.id, "how": g.how} for g in self.missed]}

    def lines(self) -> list[str]:
        found = len(self.goals) - len(self.missed)
        return [*map(str, self.missed), f"coverage: the examples reach {found} of {len(self.goals)}"]


def coverage(library: Library) -> Coverage:
    """The coverage of the latest published version of each guideline. Raises ProblemsFound for broken examples."""
    goals: list[Goal] = []
    reached: set[Goal] = set()
    for guideline in latest(library):
        chosen = deciding(library, guideline)
        rules = chosen.rules(guideline, None)
        goals += _goals(guideline, rules)
        for facts in facts_of_examples(examples_of(library, guideline), chosen):
            reached |= set(_reached(guideline, rules, facts, decide(facts, chosen), chosen))
    return Coverage(tuple(goals), tuple(g for g in goals if g not in reached))


def _goals(guideline: Guideline, rules: Rules) -> Iterator[Goal]:
    name = guideline.name
    for criterion in rules.criteria:
        for how in (MET, UNMET, UNKNOWN):
            if how != UNKNOWN or can_ask(criterion.applies) or can_ask(criterion.requires):
                yield Goal(name, "criterion", criterion.id, how)
    for kind, items in (("exemption", rules.exemptions), ("waiver", rules.waivers)):
        yield from (Goal(name, kind, item.id, HOLDS) for item in items)
    yield from (Goal(name, "limit row", row.id, TAKEN) for row in rules.limits)


def _reached(guideline: Guideline, rules: Rules, facts: dict, traced: Traced, chosen: Setting) -> Iterator[Goal]:
    cells = {row.id: row.cells for row in rules.limits}
    by_id: dict[str, Criterion] = {c.id: c for c in rules.criteria}
    for step in traced.steps:
        if step.kind == "criterion" and step.id in by_id:
            # Met because it does not apply is not yet met.
            if step.state != MET or step.applies is True:
                yield Goal(guideline.name, step.kind, step.id, UNMET if step.state == "undefined" else step.state)
        elif step.kind == "exemption" and step.state == HOLDS or step.kind == "waiver" and step.state != "false":
            yield Goal(guideline.name, step.kind, step.id, HOLDS)
        elif step.kind == "limit" and step.id in cells:
            # A row at which the reading stopped, because a cell is unknown, is not taken.
            if all(evaluate(c.node, facts, {}).value is True for c in cells[step.id]):
                yield Goal(guideline.name, "limit row", step.id, TAKEN)


def can_ask(node: Node | None) -> bool:
    """Whether the expression can be unknown for want of a fact (by its form: what is ruled out by what it says
    elsewhere is not seen)."""
    if isinstance(node, Fact):
        return True
    if not isinstance(node, Call) or node.op in ("is_null", "is_true", "is_false"):
        return False
    return all(map(can_ask, node.args)) if node.op == "Coalesce" else any(map(can_ask, node.args))

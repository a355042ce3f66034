"""What a mutation is made of: the examples that come out as expected, and one place altered at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from workbench.engine.decision import Decision
from workbench.engine.reference import Step, decide
from workbench.engine.setting import Setting, setting
from workbench.guideline.model import Guideline, Library
from workbench.guideline.versions import latest_published
from workbench.language.interpret import Facts
from workbench.review.example_facts import facts_of_examples
from workbench.review.example_file import Example
from workbench.review.examples import (
    Files,
    deciding,
    examples_of,
    examples_of_programs,
    outcome,
    read_all,
    running,
    under_program,
)


@dataclass(frozen=True)
class Case:
    """A written example that comes out as expected: its facts, trace and reasons, and the setting that decides it."""

    example: Example
    facts: Facts
    steps: tuple[Step, ...]
    reasons: frozenset[str]
    chosen: Setting

    def differs(self, decision: Decision) -> bool:
        """Whether a decision is another than the example expects."""
        return outcome(decision, self.example.expect) != dict(self.example.expect)


@dataclass(frozen=True)
class Alteration:
    """One place altered, in words. `kind` is what is altered (rules, limits, measures, conditions, overlays, programs)
    and `of` the file; `concerns` tells the cases that it could change, `decide` decides one of them under it, and may
    raise ProblemsFound where a folder so altered would not load; the reasons in `likely` are those of cases that
    probably notice. `equivalent` says why no request could ever come out otherwise ("" where one could), and `would`
    what kind of example would notice."""

    kind: str
    of: str
    what: str
    concerns: Callable[[Case], bool]
    decide: Callable[[Case], Decision]
    would: str
    likely: frozenset[str] = frozenset()
    equivalent: str = ""


@dataclass
class Bench:
    """The written examples of a folder, decided once. Restated ones are not among them: they change with the table."""

    library: Library
    files: Files = field(init=False)

    def __post_init__(self) -> None:
        self.files = read_all(self.library)
        self._of: dict[str, list[Case]] = {}
        self._every: list[Case] | None = None

    def of(self, guideline: Guideline) -> list[Case]:
        """The cases of one version."""
        if guideline.name not in self._of:
            examples = examples_of(self.library, guideline, self.files)
            self._of[guideline.name] = _cases(examples, deciding(self.library, guideline))
        return self._of[guideline.name]

    def every(self) -> list[Case]:
        """The cases of all versions that run, each example once and under the published version where it holds there;
        and those of the programs."""
        if self._every is None:
            found: dict[tuple[str, str], Case] = {}
            for guideline in running(self.library):
                for case in self.of(guideline):
                    found.setdefault((case.example.file, case.example.name), case)
            programs = examples_of_programs(self.library, self.files)
            self._every = [*found.values(), *_cases(programs, setting(self.library))]
        return self._every


def _cases(examples: Iterable[Example], chosen: Setting) -> list[Case]:
    examples = tuple(examples)
    cases = []
    for example, facts in zip(examples, facts_of_examples(examples, chosen), strict=True):
        under = under_program(chosen, example.program)
        traced = decide(facts, under)
        case = Case(example, facts, traced.steps, frozenset(traced.decision.reasons), under)
        if not case.differs(traced.decision):  # an example that fails already notices nothing
            cases.append(case)
    return cases


def bases(library: Library) -> dict[str, Guideline]:
    """The bases of the versions that are published last, by name."""
    found = (library.base_of(g) for g in latest_published(library))
    return {g.name: g for g in found if g is not None}


def plain(value: Decimal | int) -> str:
    """A number as people write it."""
    return format(Decimal(value).normalize(), "f")

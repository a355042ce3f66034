"""Do the examples notice? What decides is altered in one place at a time, and a written example has to come out
otherwise: rules and limits of guidelines, the measure and condition tables, plan overlays and programs. An example that
only restates a row of a table earns nothing here: it changes with the table."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from workbench.errors import ProblemsFound
from workbench.guideline.model import Library
from workbench.review.alter_conditions import alter_conditions
from workbench.review.alter_measures import alter_measures
from workbench.review.alter_plans import alter_overlays
from workbench.review.alter_programs import alter_programs
from workbench.review.alter_rules import LIMITS, alter_rules
from workbench.review.alterations import Alteration, Bench, Case

ENOUGH = 0.9  # of the alterations of each kind and file that could be noticed
KINDS = ("rules", LIMITS, "measures", "conditions", "overlays", "programs")
LOADER = "the reader refuses it"


@dataclass(frozen=True)
class Mutant:
    """One alteration, in words, and the first example that notices it ("" where none does); `equivalent` says why none
    ever could, `would` what would."""

    kind: str
    of: str
    what: str
    noticed_by: str = ""
    equivalent: str = ""
    would: str = ""

    def as_dict(self) -> dict[str, str]:
        return {"kind": self.kind, "of": self.of, "what": self.what, "would": self.would}


@dataclass(frozen=True)
class Count:
    """Alterations of one kind in one file: those noticed, and those that could be."""

    kind: str
    of: str
    noticed: int
    every: int
    equivalent: int

    @property
    def ratio(self) -> float:
        return self.noticed / self.every if self.every else 1.0

    def __str__(self) -> str:
        aside = f"; {self.equivalent} more change nothing" if self.equivalent else ""
        return (
            f"{self.of}, {self.kind}: the written examples notice {self.noticed} of {self.every} alterations "
            f"({self.ratio:.0%}{aside})"
        )


@dataclass(frozen=True)
class Mutation:
    """`seed` is that of the sample; None where every alteration was tried."""

    mutants: tuple[Mutant, ...]
    seed: int | None = None

    @property
    def survivors(self) -> tuple[Mutant, ...]:
        return tuple(m for m in self.mutants if not m.noticed_by and not m.equivalent)

    @property
    def equivalents(self) -> tuple[Mutant, ...]:
        return tuple(m for m in self.mutants if m.equivalent)

    @property
    def counts(self) -> tuple[Count, ...]:
        """A count for each kind and file, in their order."""
        groups: dict[tuple[str, str], list[Mutant]] = {}
        for m in sorted(self.mutants, key=lambda m: KINDS.index(m.kind)):
            groups.setdefault((m.kind, m.of), []).append(m)
        return tuple(
            Count(
                *key,
                sum(bool(m.noticed_by) for m in some),
                sum(not m.equivalent for m in some),
                sum(bool(m.equivalent) for m in some),
            )
            for key, some in groups.items()
        )

    @property
    def good_enough(self) -> bool:
        """Of each kind and file; of a sample all together: of five, one that passes says little about its file."""
        if self.seed is None:
            return all(c.ratio >= ENOUGH for c in self.counts)
        return sum(c.noticed for c in self.counts) >= ENOUGH * sum(c.every for c in self.counts)

    def as_dict(self) -> dict[str, object]:
        return {
            "sample_seed": self.seed,
            "counts": [
                {
                    "kind": c.kind,
                    "of": c.of,
                    "mutants": c.every,
                    "noticed": c.noticed,
                    "ratio": round(c.ratio, 4),
                    "enough": ENOUGH,
                    "equivalent": c.equivalent,
                }
                for c in self.counts
            ],
            "survivors": [m.as_dict() for m in self.survivors],
            "equivalent": [{**m.as_dict(), "because": m.equivalent} for m in self.equivalents],
        }

    def lines(self) -> list[str]:
        sampled = "" if self.seed is None else f" (a sample, seed {self.seed})"
        by_reason = sorted(self.equivalents, key=lambda m: (m.of, m.equivalent))
        return [
            *(f"{m.of}: no written example notices {m.what}; {m.would} would" for m in self.survivors),
            *(
                f"{of}: {len(some)} alterations change nothing ({why}): {', '.join(m.what for m in some[:3])}"
                + (" …" if len(some) > 3 else "")
                for (of, why), some in (
                    (key, list(found)) for key, found in groupby(by_reason, lambda m: (m.of, m.equivalent))
                )
            ),
            *(f"mutation{sampled}: {c}" for c in self.counts),
        ]


def mutate_library(library: Library, *, sample: int | None = None, seed: int = 1) -> Mutation:
    """Every alteration of everything that decides, tried on the written examples; with `sample`, that many of each kind
    and file, drawn with the seed. Raises ProblemsFound for broken examples."""
    bench = Bench(library)
    return mutate(bench, every_alteration(bench), sample=sample, seed=seed)


def mutate(bench: Bench, alterations: list[Alteration], *, sample: int | None = None, seed: int = 1) -> Mutation:
    """These alterations, or a sample of them, tried on the examples of the bench."""
    if sample is not None:
        alterations = _sampled(alterations, sample, seed)
    mutants = tuple(_tried(a, bench.every(), bench) for a in alterations)
    return Mutation(mutants, None if sample is None else seed)


def every_alteration(bench: Bench) -> list[Alteration]:
    """All that is tried, without trying it."""
    return [
        *alter_rules(bench),
        *alter_measures(bench),
        *alter_conditions(bench),
        *alter_overlays(bench),
        *alter_programs(bench),
    ]


def _sampled(alterations: list[Alteration], sample: int, seed: int) -> list[Alteration]:
    groups: dict[tuple[str, str], list[Alteration]] = {}
    for a in alterations:
        groups.setdefault((a.kind, a.of), []).append(a)
    draw = random.Random(seed)
    return [a for some in groups.values() for a in (some if len(some) <= sample else draw.sample(some, sample))]


def _tried(alteration: Alteration, every: Iterable[Case], bench: Bench) -> Mutant:
    named = next((g for g in bench.library.guidelines if g.name == alteration.of and not g.base), None)
    cases = bench.of(named) if named is not None else every
    noticed = ""
    if not alteration.equivalent:
        concerned = sorted(filter(alteration.concerns, cases), key=lambda c: alteration.likely.isdisjoint(c.reasons))
        try:
            noticed = next((c.example.name for c in concerned if c.differs(alteration.decide(c))), "")
        except ProblemsFound:
            noticed = LOADER
    return Mutant(alteration.kind, alteration.of, alteration.what, noticed, alteration.equivalent, alteration.would)

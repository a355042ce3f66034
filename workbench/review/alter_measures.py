"""Alterations of the measure table: the smallest important change a tenth larger, a tenth smaller and gone, the
direction turned round, and each end of the scale moved by a tenth of its width either way.

A request has one measure, so that one alteration of all measures at once tells of each of them alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from workbench.engine.decision import Decision
from workbench.engine.reference import decide
from workbench.engine.setting import Setting
from workbench.guideline.model import Measure
from workbench.language.interpret import Facts
from workbench.review.alterations import Alteration, Bench, Case
from workbench.review.example_facts import facts_of_examples

MEASURES = "measures"
_TENTH = Decimal("0.1")
_CHANGE = "a gain of exactly one important change that is progress, and a little less that is none"
_ENDS = "a first score that is a limitation of just a tenth of the scale, and one that is just less"
_Alter = Callable[[Measure], Measure]


def _width(m: Measure) -> Decimal | None:
    return None if m.lowest is None or m.highest is None else m.highest - m.lowest


def _times(factor: Decimal) -> _Alter:
    return lambda m: replace(m, mcid=None if m.mcid is None else m.mcid * factor)


def _end(key: str, sign: int) -> _Alter:
    def alter(m: Measure) -> Measure:
        width, value = _width(m), getattr(m, key)
        moved = value if width is None else value + sign * _TENTH * width
        return replace(m, lowest=moved) if key == "lowest" else replace(m, highest=moved)

    return alter


_ALTERATIONS: dict[str, tuple[_Alter, str]] = {
    "MCID a tenth larger": (_times(1 + _TENTH), _CHANGE),
    "MCID a tenth smaller": (_times(1 - _TENTH), _CHANGE),
    "MCID dropped": (lambda m: replace(m, mcid=None), _CHANGE),
    "direction turned round": (lambda m: replace(m, better="lower" if m.better == "higher" else "higher"), _CHANGE),
    "lowest score a tenth higher": (_end("lowest", 1), _ENDS),
    "lowest score a tenth lower": (_end("lowest", -1), _ENDS),
    "highest score a tenth higher": (_end("highest", 1), _ENDS),
    "highest score a tenth lower": (_end("highest", -1), _ENDS),
}


@dataclass
class _Altered:
    """All measures altered in one way, and what the requests of the cases then derive."""

    bench: Bench
    alter: _Alter
    _facts: dict[int, tuple[Facts, Setting]] = field(default_factory=dict)

    def decide(self, case: Case) -> Decision:
        if not self._facts:
            self._derive()
        facts, chosen = self._facts[id(case)]
        return decide(facts, chosen).decision

    def _derive(self) -> None:
        library = self.bench.library
        tables = {v: {k: self.alter(m) for k, m in t.items()} for v, t in library.measure_tables.items()}
        other = replace(library, measure_tables=tables)
        by: dict[Setting, list[Case]] = {}
        for case in self.bench.every():
            if case.facts.get("measure") is not None:
                by.setdefault(case.chosen, []).append(case)
        for chosen, cases in by.items():
            under = replace(chosen, library=other)
            facts = facts_of_examples([c.example for c in cases], under)
            # The rules do not read the measure table, so that those of the case decide.
            self._facts |= {id(c): (f, chosen) for c, f in zip(cases, facts, strict=True)}


def alter_measures(bench: Bench) -> Iterator[Alteration]:
    """The alterations of the newest measure table."""
    of = f"measures {max(bench.library.measure_tables, default='')}"
    for what, (alter, would) in _ALTERATIONS.items():
        run = _Altered(bench, alter)
        for measure in bench.library.measures.values():
            if alter(measure) != measure:
                why = _equivalent(measure, what)
                yield Alteration(
                    MEASURES, of, f"{measure.id}: {what}", _uses(measure.id), run.decide, would, equivalent=why
                )


def _uses(measure: str) -> Callable[[Case], bool]:
    return lambda case: case.facts.get("measure") == measure


def _equivalent(measure: Measure, what: str) -> str:
    if "direction" in what and measure.mcid is None and _width(measure) is None:
        return "without an MCID and without both ends nothing is computed from its scores"
    return ""

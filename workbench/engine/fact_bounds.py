"""What a request can be, for the solver: each fact within its range and choices, a derived fact missing only where its
inputs can not give it, and no fact where it makes no sense (`only_where`).

A derived fact that is there may have been supplied, so that it is any number in its range; that is more than its inputs
alone would give, and what holds of every request then holds of those too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from workbench.cases.frame import SCALE
from workbench.cases.values import FIRST_DAY, LAST_DAY, choices_of
from workbench.facts import DECIMAL_BOUND, DECIMAL_PLACES, INPUTS, Fact, facts
from workbench.guideline.model import Library, Measure
from workbench.language.names import names as all_names
from workbench.language.symbolic import term
from workbench.language.syntax import parse
from workbench.language.terms import Formula, Number, Symbols, Truth, Variable, Whole, both, either, opposite, scaled


def texts(library: Library) -> set[str]:
    """The texts that facts can be, where their choices are closed."""
    return {text for fact in facts().values() for text in choices_of(fact, library)}


class Bounds:
    """The bounds of the facts that symbols have variables for, each told once."""

    def __init__(self, library: Library, measures: Iterable[Measure], *, sensible: bool = True):
        """`measures` are those of the table that decides. `sensible`: a fact is there only where it makes sense; no
        reader sees to that, so that what has to hold of every request is asked without."""
        self.library, self.measures, self.sensible = library, tuple(measures), sensible
        self.told: set[tuple[str, str]] = set()
        self.telling: set[str] = set()

    def new(self, symbols: Symbols) -> Iterator[Formula]:
        """The bounds of all variables made since the last call; telling some makes others."""
        while left := [n for n in symbols.variables if (symbols.mark, n) not in self.told]:
            for name in left:
                self.told.add((symbols.mark, name))
                fact = facts().get(name)
                if fact is not None:
                    yield from self._of(fact, symbols.variables[name], symbols)

    def _of(self, fact: Fact, made: Variable, symbols: Symbols) -> Iterator[Formula]:
        if fact.name == "discipline":
            yield opposite(made.missing)
        if made.kind == "code list":
            yield either(made.missing, *made.codes.values())
        elif made.kind in ("integer", "decimal"):
            low, high = fact.span
            places = DECIMAL_PLACES if made.kind == "decimal" else 0
            yield both(made.value >= scaled(low, places), made.value <= scaled(high, places))
        elif made.kind == "date":
            yield both(made.value >= FIRST_DAY.toordinal(), made.value <= LAST_DAY.toordinal())
        elif made.kind in ("text", "choice"):
            yield self._text(fact, made, symbols)
        if fact.name in INPUTS:
            yield from self._derived(fact.name, made, symbols)
        if self.sensible and fact.only_where:
            parsed = parse(fact.only_where, all_names({})).node
            where = term(parsed, symbols, {})
            assert isinstance(where, Truth)
            yield either(made.missing, where.yes)

    def _text(self, fact: Fact, made: Variable, symbols: Symbols) -> Formula:
        choices = choices_of(fact, self.library)
        if made.kind == "text":
            return both(made.value >= 0, made.value <= 2 * len(symbols.texts))
        numbers = sorted(symbols.texts.index(c) for c in choices)
        runs: list[list[int]] = []
        for n in numbers:  # texts that follow one another are one range
            if runs and runs[-1][1] == n - 1:
                runs[-1][1] = n
            else:
                runs.append([n, n])
        ranges = (both(made.value >= a, made.value <= b) if a < b else made.value == a for a, b in runs)
        return either(*ranges)

    def _derived(self, name: str, made: Variable, symbols: Symbols) -> Iterator[Formula]:
        """It is missing only where an input is, or the measure can not give it."""
        if name == "provider_valid":
            npi = symbols.fact("provider_npi", "text")
            yield either(opposite(made.missing), npi.unknown)
        of, *scores = (i.name for i in INPUTS[name])
        if of not in ("measure", "second_measure"):
            return  # the number of a request can be unknown with all its inputs known
        parts = [symbols.fact(of, "choice"), *(symbols.fact(s, "decimal") for s in scores)]
        measure, *told = numbers = [p for p in parts if isinstance(p, Number)]
        assert len(numbers) == len(parts)
        lacks = [n.unknown for n in numbers]
        if len(told) == 2:
            then, now = told
            shares = {m.id: share for m in self.measures if (share := _change(m, now.value - then.value))}
        else:
            shares = {m.id: share for m in self.measures if (share := _deficit(m, told[0].value))}
        alike: dict[Share, list[str]] = {}
        for id_, share in shares.items():
            alike.setdefault(share, []).append(id_)
        given = [
            both(either(*(measure.value == symbols.code_of[i] for i in ids)), share.held())
            for share, ids in alike.items()
        ]
        yield either(opposite(made.missing), *lacks, opposite(either(*given)))


@dataclass(frozen=True)
class Share:
    """times × (score − less) / width, rounded to 8 places as cases/derive.py does it; a fact only within its range."""

    score: Whole
    times: int
    less: int
    width: int
    low: int
    high: int

    def held(self) -> Formula:
        twice = (self.score - self.less) * (2 * SCALE * self.times) + self.width
        return both(twice >= 2 * self.width * self.low, twice < 2 * self.width * (self.high + 1))


def _change(measure: Measure, change: Whole) -> Share | None:
    if measure.mcid is None:
        return None
    most = int(DECIMAL_BOUND) * SCALE
    return Share(change, 1 if measure.better == "higher" else -1, 0, scaled(measure.mcid, DECIMAL_PLACES), -most, most)


def _deficit(measure: Measure, score: Whole) -> Share | None:
    """Percent of the scale between a score and the unimpaired end; beyond the ends of its measure it says nothing."""
    if measure.lowest is None or measure.highest is None or measure.lowest == measure.highest:
        return None
    low, high = (scaled(x, DECIMAL_PLACES) for x in (measure.lowest, measure.highest))
    higher = measure.better == "higher"
    return Share(score, -100 if higher else 100, high if higher else low, high - low, 0, 100 * SCALE)

"""A choice among options, block by block, under linear bounds: OR-Tools' CP-SAT, in whole numbers, so that nothing
rests on rounding. It knows sums and no guideline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

Numbers = np.ndarray
EFFORT = 30.0  # deterministic seconds a solve may take: the same on any machine


@dataclass(frozen=True)
class Bound:
    """over ≥ share × under (or ≤ with `most`), each a column of the sums; `under` None: over against `share` alone."""

    name: str
    over: int
    under: int | None
    share: Fraction
    most: bool = False

    def slack(self, sums: Numbers) -> Fraction:
        """By how much it holds; below 0 where it does not."""
        under = 1 if self.under is None else int(sums[self.under])
        left = int(sums[self.over]) - self.share * under
        return -left if self.most else left


@dataclass(frozen=True)
class Model:
    """`options`: for each block its options × sums (whole numbers, as differences), the first leaving it as it is;
    `costs`: what each costs; `base`: the sums as they are."""

    options: tuple[Numbers, ...] = field(repr=False)
    costs: tuple[Numbers, ...] = field(repr=False)
    base: Numbers = field(repr=False)

    def sums(self, chosen: Sequence[int]) -> Numbers:
        return np.asarray(self.base + sum(o[i] for o, i in zip(self.options, chosen, strict=True)))

    def cost(self, chosen: Sequence[int]) -> int:
        return int(sum(c[i] for c, i in zip(self.costs, chosen, strict=True)))


def cheapest(
    model: Model, bounds: Sequence[Bound], *, seed: int, other_than: Sequence[Sequence[int]] = ()
) -> list[int] | None:
    """The options of least cost under which all bounds hold; None where there are none. Each of `other_than` leaves at
    least one of the blocks that it moves as it is."""
    return _solve(model, bounds, None, seed, other_than)


def furthest(model: Model, goal: Bound, bounds: Sequence[Bound], *, seed: int) -> tuple[list[int], Fraction] | None:
    """The options that bring the share of a goal as far as the bounds let it, and that share (Dinkelbach's method);
    None where the bounds can not be kept at all, or the share has no denominator."""
    chosen = _solve(model, bounds, goal, seed, ())
    while chosen is not None:
        sums = model.sums(chosen)
        under = 1 if goal.under is None else int(sums[goal.under])
        if not under:
            return None
        share = Fraction(int(sums[goal.over]), under)
        better = _solve(model, bounds, replace(goal, share=share), seed, ())
        assert better is not None, "what could be kept before can be kept still"
        if replace(goal, share=share).slack(model.sums(better)) <= 0:
            return chosen, share
        chosen = better
    return None


def _solve(
    model: Model, bounds: Sequence[Bound], furthest_: Bound | None, seed: int, other_than: Sequence[Sequence[int]]
) -> list[int] | None:
    from ortools.sat.python import cp_model

    made = cp_model.CpModel()
    takes: list[list[Any]] = [
        [made.new_bool_var(f"{k},{i}") for i in range(len(o))] for k, o in enumerate(model.options)
    ]
    for block in takes:
        made.add_exactly_one(block)

    def weighed(bound: Bound) -> tuple[list[tuple[int, Any]], int]:
        """The slack of a bound in whole numbers: what each option adds, and what is there."""
        p, q = bound.share.numerator, bound.share.denominator
        sign = -1 if bound.most else 1

        def of(sums: Numbers) -> int:
            under = 0 if bound.under is None else int(sums[bound.under])
            return sign * (q * int(sums[bound.over]) - p * under)

        there = of(model.base) - (sign * p if bound.under is None else 0)
        terms = [(of(o[i]), x) for o, xs in zip(model.options, takes, strict=True) for i, x in enumerate(xs)]
        return [(w, x) for w, x in terms if w], there

    for bound in bounds:
        terms, there = weighed(bound)
        made.add(sum(w * x for w, x in terms) + there >= 0)
    for known in other_than:
        moved = [xs[0] for xs, i in zip(takes, known, strict=True) if i]
        if not moved:
            return None
        made.add_at_least_one(moved)
    if furthest_ is not None:
        terms, _ = weighed(furthest_)
        made.maximize(sum(w * x for w, x in terms))
    else:
        made.minimize(
            sum(int(c) * x for cs, xs in zip(model.costs, takes, strict=True) for c, x in zip(cs, xs, strict=True))
        )
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = EFFORT
    state = solver.solve(made)
    if state == cp_model.INFEASIBLE:
        return None
    if state != cp_model.OPTIMAL:
        raise RuntimeError("the search came to no proof within its effort; seek among fewer controls")
    return [next(i for i, x in enumerate(xs) if solver.boolean_value(x)) for xs in takes]


# several models, one of which is chosen


@dataclass(frozen=True)
class Obstacle:
    """What stands against a goal: the best share with it, and without it."""

    bound: str
    best_with: Fraction | None
    best_without: Fraction | None


def smallest(models: Sequence[Model], bounds: Sequence[Bound], seed: int, most: int) -> list[tuple[int, list[int]]]:
    """The choices of least cost under which all bounds hold, with the place of their model; each leaves alone something
    that every one before it of that model moves."""
    found: list[tuple[int, list[int]]] = []
    while len(found) < most:
        able: list[tuple[int, int, list[int]]] = []
        for k, model in enumerate(models):
            chosen = cheapest(model, bounds, seed=seed, other_than=[c for m, c in found if m == k])
            if chosen is not None:
                able.append((model.cost(chosen), k, chosen))
        if not able:
            break
        cost, place, chosen = min(able)
        found.append((place, chosen))
        if not cost:
            break  # nothing need be moved
    return found


def best_of(models: Sequence[Model], goal: Bound, bounds: Sequence[Bound], seed: int) -> Fraction | None:
    """As far as any model brings a goal."""
    found = [f[1] for m in models if (f := furthest(m, goal, bounds, seed=seed)) is not None]
    return None if not found else min(found) if goal.most else max(found)


def obstacles_to(
    models: Sequence[Model], goal: Bound, bounds: Sequence[Bound], best: Fraction | None, seed: int
) -> Iterator[Obstacle]:
    """Each bound without which a goal would come further; at last the options, where no bound at all is not enough."""

    def further(share: Fraction | None) -> bool:
        return share is not None and (best is None or (share < best if goal.most else share > best))

    for bound in bounds:
        without = best_of(models, goal, [b for b in bounds if b is not bound], seed)
        if further(without):
            yield Obstacle(bound.name, best, without)
    free = best_of(models, goal, [], seed)
    if free is None or (free > goal.share if goal.most else free < goal.share):
        yield Obstacle("the range of the controls", best, free)
    elif further(free):
        yield Obstacle("all bounds together", best, free)

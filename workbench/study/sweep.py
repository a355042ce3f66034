"""One number of a guideline moved through its range: what a rate comes to at each stop, all else as in the draft."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from workbench.engine.setting import Setting
from workbench.study.rates import RATES, shares
from workbench.study.redecide import Bench


@dataclass(frozen=True)
class Stop:
    """`share` from 0 to 1; None where the rate has no denominator."""

    value: Decimal
    share: float | None


def stops(low: Decimal, high: Decimal, step: Decimal, among: Iterable[Decimal], most: int = 13) -> list[Decimal]:
    """About `most` values from `low` to `high` that lie on the steps, and those of `among` that lie between."""
    steps = int((high - low) // step)
    stride = max(1, -(-steps // (most - 1)))
    values = {low + step * i for i in range(0, steps + 1, stride)} | {high}
    return sorted(values | {v for v in among if low <= v <= high})


def sweep(bench: Bench, settings: Iterable[tuple[Decimal, Setting]], rate: str = "approval_rate") -> Iterator[Stop]:
    """The rate at each value, one after the other in the order given: values that lie side by side are quickest."""
    if rate not in (k.name for k in RATES):
        raise ValueError(f"{rate!r} is none of {', '.join(k.name for k in RATES)}")
    asked = bench.published.cases["requested_visits"]
    values, under = zip(*settings, strict=True)
    for value, side in zip(values, bench.along(under, ("determination", "granted_visits")), strict=True):
        yield Stop(value, shares(side.with_columns(asked))[rate])


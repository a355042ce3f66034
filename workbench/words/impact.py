"""What a change does to the people of a history, in words: every number with its unit, draft − published with its
interval, who loses first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.study.compare import Counts
from workbench.study.impact import Amount, Cause, Group, Impact
from workbench.study.listing import GROUPED
from workbench.study.rates import NEWLY_REFERRED
from workbench.words.numbers import interval, percent, plus, several, stated, true_minus

WORST = 5  # groups told where no fact is named
HEAD = "draft − published (95 %)"


def lines(found: Impact, by: Sequence[str] = ()) -> list[str]:
    """Who loses and gains, rates and amounts, whose care stops, hours of review, groups (of the facts `by`, else those
    that lose most), and what is due to which edit."""
    return [
        *_fares(found),
        "",
        *_rates(found),
        *_amounts(found),
        "",
        *_stops(found),
        *_groups(found, by),
        *_causes(found.causes),
        *(f"not known: {r}" for r in found.remarks),
    ]


def counted(c: Counts) -> str:
    """`12 requests, 9 episodes, 8 people`."""
    people = f"{stated(c.people)} {'person' if c.people == 1 else 'people'}"
    return f"{several(c.requests, 'request')}, {stated(c.episodes)} episode{'' if c.episodes == 1 else 's'}, {people}"


def _fares(found: Impact) -> Iterator[str]:
    yield f"{counted(found.changed)} decided otherwise, of {counted(found.total)}"
    yield "nobody loses" if found.nobody_loses else "who loses comes first:"
    for f in found.fares:
        yield f"  {f.how}: {counted(f.counts)}"


def _rates(found: Impact) -> Iterator[str]:
    yield f"rates: published → draft, {HEAD}, points"
    for r in found.rates:
        if r.name != NEWLY_REFERRED:
            both = f"{percent(r.published)} → {percent(r.draft)}"
            yield f"  {r.label} (of {r.out_of}): {both}, {interval(r.difference, r.low, r.high)}"


def amount(a: Amount) -> str:
    """`+1,204 (1,102 to 1,306)`; without an interval the difference alone."""
    said = [plus(round(x)) for x in (a.difference, a.low, a.high) if x is not None]
    return said[0] + (f" ({said[1]} to {said[2]})" if len(said) == 3 else "")


def _amounts(found: Impact) -> Iterator[str]:
    review = found.review
    for a in (*found.amounts, review.requests, review.hours):
        name = a.name.replace("_", " ")
        yield f"  {name}: {a.published:,.0f} → {a.draft:,.0f} {a.unit}, {amount(a)}"
    yield f"  (assumed: {review.rests_on.name} {review.rests_on.value:g}; {review.rests_on.why})"


def _stops(found: Impact) -> Iterator[str]:
    s = found.stops
    ends = "nobody" if not s.stops.requests else counted(s.stops)
    yield f"continuing care that published supports: {counted(s.supported)}; of these it may stop for {ends}"
    denied = [a for a in found.appeals if a.denials.requests]
    for a in denied:
        yield (
            f"denied in history, then {a.outcome}: {several(a.denials.requests, 'request')}; published approves "
            f"{a.published:,}, the draft {a.draft:,}"
        )


def _groups(found: Impact, by: Sequence[str]) -> Iterator[str]:
    chosen = [g for g in found.groups if g.fact in by]
    if not by:
        losing = sorted((g for g in found.groups if g.net_loss > 0), key=lambda g: -g.net_loss)
        chosen = losing[:WORST]
        yield f"groups of which more lose than gain: {'those that lose most' if chosen else 'none'}"
    for fact in dict.fromkeys(g.fact for g in chosen):
        yield f"by {GROUPED.get(fact, fact)}: approved at once, {HEAD}, points"
        yield from (f"  {_group(g)}" for g in chosen if g.fact == fact)


def _group(g: Group) -> str:
    rate = next(r for r in g.rates if r.name == "approval_rate")
    lose, gain = (g.counts(how).requests for how in ("loses", "gains"))
    both = f"{percent(rate.published)} → {percent(rate.draft)}, {interval(rate.difference, rate.low, rate.high)}"
    return f"{g.value}: {counted(g.total)}; {lose:,} lose, {gain:,} gain; {both}"


def _causes(causes: Sequence[Cause]) -> Iterator[str]:
    due: dict[str, list[Cause]] = {}
    for c in causes:
        due.setdefault(c.edit, []).append(c)
    if due:
        yield "due to each edit (of that alone):"
    for edit, mine in due.items():
        said = (f"{c.measure.replace('_', ' ')} {_signed(c.due)} ({_signed(c.alone)})" for c in mine)
        yield f"  {edit}: {', '.join(said)}"


def _signed(value: float) -> str:
    return true_minus(f"{value:+,.0f}" if value == int(value) else f"{value:+,.1f}")

"""Rates between the bounds that missing facts leave: a figure, and the same in words."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from workbench.study.simulate.bounds import ALL, Bounded
from workbench.words.colours import GAIN, INK, MUTE
from workbench.words.decisions import day_words, period
from workbench.words.figures import look, one
from workbench.words.numbers import percent, percents, several

MOST = 8  # facts told
_SOME = 0.0005  # of a share, below which a fact narrows nothing


def lines(found: Bounded) -> list[str]:
    """The rates of all requests with their bounds, then the facts that narrow them most."""
    rows = found.table.filter(found.table["group"] == ALL).to_dicts()
    if not rows:
        return []
    first = rows[0]
    out = [
        f"{several(first['requests'], 'request')}, {period(found.about)}, decided {day_words(found.about)}; "
        f"{first['settled']:,} are settled, whatever is missing."
    ]
    out += [f"{r['rate'].replace('_', ' ')}: {_range(r)}" for r in rows]
    narrows = [f for f in found.facts.head(MOST).to_dicts() if f["narrows"] >= _SOME]
    if narrows:
        out.append("Known alone, these facts narrow the bounds of the approval rate of the open requests most:")
    for fact in narrows:
        out.append(
            f"- {fact['fact']}: missing in {several(fact['missing'], 'request')}, "
            f"{100 * fact['narrows']:.1f} points narrower on average, settles {fact['settles']:.0f}"
        )
    return out


def _range(row: dict[str, Any]) -> str:
    if row["low"] is None:
        return "nothing to divide by"
    said = f"{percent(row['low'])} to {percent(row['high'])}{' exactly' if row['exact'] else ' at most'}"
    said += f", as things are {percent(row['now'])}"
    if row["assumed_low"] is not None:
        said += f"; with the assumptions {percent(row['assumed_low'])} to {percent(row['assumed_high'])}"
    return said


def plot(found: Bounded, rate: str) -> Axes:
    """The bounds of one rate, a line a group: all completions (thin), with assumptions (thick), as things are (dot)."""
    rows = found.table.filter(found.table["rate"] == rate).to_dicts()
    if not rows:
        raise ValueError(f"{rate!r} is none of {', '.join(found.table['rate'].unique(maintain_order=True))}")
    with look():
        figure, axes = one(8, 1.5 + 0.34 * len(rows))
        at = list(range(len(rows)))[::-1]
        for y, row in zip(at, rows, strict=True):
            axes.plot([percents(row["low"]), percents(row["high"])], [y, y], color=INK, linewidth=1.2)
            axes.plot(
                [percents(row["assumed_low"]), percents(row["assumed_high"])],
                [y, y],
                color=GAIN,
                linewidth=5,
                alpha=0.6,
            )
            axes.plot([percents(row["now"])], [y], "o", color=INK, markersize=4)
        axes.set_yticks(at, [f"{r['group'].replace('_', ' ')} ({r['requests']:,})" for r in rows])
        axes.set(xlim=(-2, 102), xlabel=f"{rate.replace('_', ' ')}, percent (requests in brackets)")
        axes.set_title("Over all completions (thin), with assumptions (thick), as things are (dot)", fontsize=9)
        said = f"{several(found.about.requests, 'request')}, {period(found.about)}, decided {day_words(found.about)}"
        figure.supxlabel(said, fontsize=7, color=MUTE, x=0.01, ha="left")
    return axes

"""What goes to clinicians as work: a figure, and the same in words."""

from __future__ import annotations

from matplotlib.axes import Axes

from workbench.study.simulate.workload import Worked
from workbench.words.colours import INK, MUTE
from workbench.words.decisions import day_words, period
from workbench.words.figures import look, one
from workbench.words.numbers import percent, several


def lines(found: Worked) -> list[str]:
    """A line for each number of reviewers, then what it rests on."""
    every = f"{found.about.requests:,} requests, {period(found.about)}"
    out = [f"{every}; {found.undecided:,} of them wait for papers or an office."]
    for row in found.table.to_dicts():
        wait = "nothing is referred"
        if row["wait_mean"] is not None:
            wait = (
                f"from receipt to decision {row['wait_mean']:.1f} hours on average, half within "
                f"{row['wait_median']:.1f}, 95 % within {row['wait_p95']:.1f}; {row['late']:,} of "
                f"{row['in_time'] + row['late']:,} with a clock late"
            )
        out.append(
            f"{several(row['reviewers'], 'reviewer')}: {row['reviews']:,} reviews, {row['hours']:,.0f} hours, busy "
            f"{percent(row['busy'])} of the time; {wait}."
        )
    out.append("Assumed, not measured:")
    return [*out, *(f"- {a.name}: {a.value:g} ({a.unit}); {a.why}" for a in found.assumptions)]


def plot(found: Worked) -> Axes:
    """The share of referred requests that are decided after so many hours on the calendar."""
    hours = found.requests["hours"].sort().to_list()
    with look():
        figure, axes = one(7, 3.2)
        many = max(len(hours), 1)
        axes.step(hours, [100 * (i + 1) / many for i in range(len(hours))], color=INK, where="post")
        for limit in found.requests["limit_hours"].drop_nulls().unique().sort():
            if hours and limit <= 1.5 * hours[-1]:
                axes.axvline(limit, color=MUTE, linewidth=0.8, linestyle="--")
        number = several(found.table["reviewers"][0], "reviewer")
        axes.set(xlabel="hours on the calendar from receipt to decision", ylabel="percent of referred requests")
        axes.set_title(f"Referred requests decided in time, {number} (dashed: clocks)", fontsize=9)
        said = f"{found.about.requests:,} requests, {period(found.about)}, decided {day_words(found.about)}"
        figure.supxlabel(said, fontsize=7, color=MUTE, x=0.01, ha="left")
    return axes

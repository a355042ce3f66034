"""What a goal seek found, in words, and its frontier drawn."""

from __future__ import annotations

from fractions import Fraction

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from workbench.study.search import Proposal, Sought
from workbench.words.colours import DRAFT, INK, MUTE, PUBLISHED
from workbench.words.decisions import day_words, period
from workbench.words.figures import look, one
from workbench.words.numbers import several, true_minus

SHOWN = 12  # moves of one proposal


def lines(found: Sought) -> list[str]:
    """The proposals, the smallest change first; or how far the rate goes, and what stands against more."""
    wish = found.wish
    name = wish.metric.replace("_", " ")
    kind = "complete requests" if wish.among == "complete" else "requests"
    goal = f"{'at most' if wish.most else 'at least'} {_percent(wish.share)}"
    out = [f"{name.capitalize()} of {found.requests:,} {kind}: {_percent(found.now)}; the goal is {goal}."]
    for i, proposal in enumerate(found.proposals, start=1):
        out += ["", *_proposal(i, proposal)]
    if not found.proposals:
        out.append(f"It can not be had: within the bounds it goes as far as {_percent(found.best)}.")
        for o in found.obstacles:
            if o.bound == "the range of the controls":
                out.append(f"- {o.bound}: without any bound it goes as far as {_percent(o.best_without)}")
            else:
                out.append(f"- {o.bound.replace('_', ' ')} binds: without it {_percent(o.best_without)}")
    return out


def _proposal(number: int, p: Proposal) -> list[str]:
    if not p.moves:
        return [f"{number}. Nothing need be moved: {_percent(p.share)}."]
    said = f"{number}. {p.steps:,} steps in {len(p.moves):,} numbers: {_percent(p.share)}; "
    said += f"{several(p.changed_requests, 'request changes', 'requests change')} "
    said += f"({several(p.changed_people, 'person', 'people')}), {p.newly_referred:,} newly referred"
    if p.worst_group is not None:
        said += f"; worst {p.worst_group.replace('_', ' ')} {true_minus(f'{p.worst_points:+.1f}')} points"
    moves = [f"   {m.key}: {at:f} → {to:f} {m.unit}".rstrip() for m, at, to in p.moves[:SHOWN]]
    rest = len(p.moves) - SHOWN
    return [said, *moves, *([f"   … and {rest:,} numbers more"] if rest > 0 else [])]


def figure(found: Sought) -> Figure:
    """The frontier: steps of change against the rate, the goal as a line."""
    wish = found.wish
    with look():
        drawn, axes = one(7.2, 3.6)
        steps = [0, *found.frontier["steps"].to_list()]
        shares = [100 * float(found.now or 0), *(100 * s for s in found.frontier["share"].to_list())]
        axes.plot(steps, shares, color=DRAFT, marker="o", markersize=4, linewidth=1.4)
        axes.axhline(100 * float(wish.share), color=PUBLISHED, linestyle=(0, (4, 3)), linewidth=1.2)
        axes.annotate("goal", (0, 100 * float(wish.share)), (4, 4), textcoords="offset points", color=INK, fontsize=8)
        axes.annotate("now", (0, shares[0]), (6, -10), textcoords="offset points", color=INK, fontsize=8)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set(xlabel="size of the change, steps", ylabel=f"{wish.metric.replace('_', ' ').capitalize()}, %")
        axes.set_title("The smallest change for each rate, within the bounds")
        about = found.about
        said = (
            f"{found.requests:,} of {several(about.requests, 'request')}, {period(about)}, decided {day_words(about)}"
        )
        drawn.supxlabel(said, fontsize=7, color=MUTE, x=0.01, ha="left")
    return drawn


def _percent(share: Fraction | None) -> str:
    return "–" if share is None else f"{100 * float(share):.2f} %"

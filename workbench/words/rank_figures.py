"""What a ranking shows: a tornado diagram, and the same in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from workbench.study.rank import Ranked
from workbench.words.colours import GAIN, INK, LOSS, MUTE
from workbench.words.decisions import day_words, period
from workbench.words.figures import look, one
from workbench.words.numbers import several, true_minus

MOST = 15


def lines(ranked: Ranked, most: int = MOST) -> list[str]:
    """The first controls in words, a line each."""
    name = ranked.goal.replace("_", " ")
    now = "–" if ranked.now is None else _amount(ranked.now, ranked.unit)
    out = [f"{name.capitalize()} of {ranked.guideline} is {now}; each control moved alone, by one step:"]
    for row in ranked.table.head(most).to_dicts():
        out.append(f"{row['rank']:>3}. {row['control']}: {effect_words(row, ranked)}")
    rest = ranked.table.height - most
    return [*out, f"… and {rest:,} controls more"] if rest > 0 else out


def effect_words(row: Mapping[str, Any], ranked: Ranked) -> str:
    """`up 1 visits: +1.2 points (0.8 to 1.6), 40 requests lose, worst low back pain −0.3 points`"""
    if row["effect"] is None:
        return "can not be moved a step"
    how = row["direction"] if row["direction"] == "off" else f"{row['direction']} {row['step']:g} {row['unit']}".strip()
    said = f"{how}: {_moved(row['effect'], ranked.unit)}"
    if row["low"] is not None:
        said += f" ({_moved(row['low'], ranked.unit)} to {_moved(row['high'], ranked.unit)})"
    said += f", {row['loses_requests']:,} requests lose"
    if row["worst_group"] is not None:
        said += f", worst {row['worst_group'].replace('_', ' ')} {_moved(row['worst_effect'], ranked.unit)}"
    return f"{said}; over its range {_amount(row['swing'], ranked.unit, 'points')}, {row['reach_requests']:,} requests"


def figure(ranked: Ranked, most: int = MOST) -> Figure:
    """The first controls as a tornado diagram: the goal at both ends of the range of each (thin), and after one step
    down and up (thick), as differences from where it is."""
    rows = ranked.table.head(most).to_dicts()
    times, unit = (100.0, "percentage points") if ranked.unit == "share" else (1.0, ranked.unit)
    good, bad = (GAIN, LOSS) if ranked.more_is_better else (LOSS, GAIN)
    with look():
        drawn, axes = one(9, 1.3 + 0.34 * max(1, len(rows)))
        at = list(range(len(rows)))[::-1]
        for ends, height, alpha in (
            (("goal_at_range_low", "goal_at_range_high"), 0.22, 0.45),
            (("effect_down", "effect_up"), 0.6, 1.0),
        ):
            for end in ends:
                whole = end.startswith("goal")
                less = (ranked.now or 0.0) if whole else 0.0
                widths = [0.0 if r[end] is None else (r[end] - less) * times for r in rows]
                colours = [good if w > 0 else bad for w in widths]
                axes.barh(at, widths, height=height, color=colours, alpha=alpha)
        axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_yticks(at, [r["control"] for r in rows])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.margins(x=0.08)
        name = ranked.goal.replace("_", " ")
        axes.set(xlabel=f"{name}, {unit}: moved − as it is")
        axes.set_title(f"Which control matters to {name}: one step (thick), its whole range (thin)", fontsize=9)
        about = ranked.about
        said = (
            f"{several(about.requests, 'request')}, {period(about)}, decided {day_words(about)}; histories as recorded"
        )
        drawn.supxlabel(said, fontsize=7, color=MUTE, x=0.01, ha="left")
    return drawn


def _amount(value: float, unit: str, points: str = "%") -> str:
    return f"{100 * value:.2f} {points}" if unit == "share" else f"{value:,.0f} {unit}"


def _moved(value: float, unit: str) -> str:
    said = f"{100 * value:+.2f} points" if unit == "share" else f"{value:+,.0f} {unit}"
    return true_minus(said)

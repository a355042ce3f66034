"""Whom a draft falls on, and drafts side by side: figures, and the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes

from workbench.study.listing import GROUPED
from workbench.study.replay import About
from workbench.study.simulate.fairness import SMALL, Fair
from workbench.study.simulate.resample import Sidewise
from workbench.words.colours import INK, LOSS, MUTE
from workbench.words.decisions import day_words, period
from workbench.words.figures import look, one
from workbench.words.numbers import percent, several, true_minus

SURE = 0.05  # corrected for all groups together


def lines(fair: Fair) -> list[str]:
    """Which gaps a draft moves for certain, who gains and loses, and the widest difference of each fact."""
    rows = fair.groups.to_dicts()
    compared = [r for r in rows if r["p"] is not None]
    sure = [r for r in compared if r["p_holm"] <= SURE]
    small = sum(bool(r["small"]) for r in rows)
    out = [
        f"{fair.draft.requests:,} requests, {period(fair.draft)}: of {several(len(compared), 'group')} whose change "
        f"can be judged, the gap of {len(sure)} moves by more than chance (5 %, corrected for all of them together); "
        f"{several(small, 'group')} of fewer than {SMALL} requests or people not compared."
    ]
    out += [
        f"- {GROUPED[r['fact']]}, {r['group'].replace('_', ' ')}: gap to the others {_points(r['gap_published'])} → "
        f"{_points(r['gap_draft'])}, draft − published {_points(r['change'])} "
        f"({_points(r['change_low'])} to {_points(r['change_high'])}); {r['gains']:,} requests gain, "
        f"{r['loses']:,} lose"
        for r in sure
    ]
    for row in fair.parity.to_dicts():
        if row["difference_published"] is not None:
            out.append(
                f"Widest difference by {GROUPED[row['fact']]}: published {percent(row['difference_published'])}, "
                f"draft {percent(row['difference_draft'])} of requests that need a decision"
            )
    return out


def draft_lines(found: Sidewise) -> list[str]:
    """Each draft with its difference and how sure its rank is."""
    return [
        f"{r['draft']}: {_points(r['difference'])} ({_points(r['low'])} to {_points(r['high'])}), rank {r['rank']} "
        f"({r['rank_low']} to {r['rank_high']}), best in {percent(r['best'])} of the draws"
        for r in found.table.to_dicts()
    ]


def _points(value: float | None) -> str:
    return "–" if value is None else true_minus(f"{100 * value:+.1f} points")


def plot(fair: Fair) -> Axes:
    """How the gap of each group changes, a line a group; red where it is more than chance."""
    rows = [r for r in fair.groups.to_dicts() if r["p"] is not None]
    names = [f"{GROUPED[r['fact']]}: {r['group'].replace('_', ' ')}" for r in rows]
    colours = [LOSS if r["p_holm"] <= SURE else INK for r in rows]
    axes = _intervals(rows, names, colours, "change", "change", fair.draft)
    axes.set(xlabel="change of the gap of approval rates, percentage points: draft − published (95 %)")
    axes.set_title("Group less all others; red: more than chance, corrected for all groups", fontsize=9)
    return axes


def plot_drafts(found: Sidewise) -> Axes:
    """The difference of each draft with its interval, the best on top."""
    rows = found.table.to_dicts()
    axes = _intervals(rows, [r["draft"] for r in rows], [INK] * len(rows), "difference", "", found.published)
    name = found.rate.replace("_", " ")
    axes.set(xlabel=f"{name}, percentage points: draft − published (95 %, people drawn anew)")
    axes.set_title(f"Drafts by {name}, the {'highest' if found.more_is_better else 'lowest'} first", fontsize=9)
    return axes


def _intervals(
    rows: Sequence[dict[str, Any]], names: Sequence[str], colours: Sequence[str], middle: str, stem: str, about: About
) -> Axes:
    low, high = (f"{stem}_{end}".lstrip("_") for end in ("low", "high"))
    with look():
        figure, axes = one(8, 1.5 + 0.24 * max(1, len(rows)))
        at = list(range(len(rows)))[::-1]
        for y, row, colour in zip(at, rows, colours, strict=True):
            axes.plot([100 * row[low], 100 * row[high]], [y, y], color=colour, linewidth=1.2)
            axes.plot([100 * row[middle]], [y], "o", color=colour, markersize=4)
        axes.axvline(0, color=MUTE, linewidth=0.8)
        axes.set_yticks(at, names, fontsize=7)
        said = f"{about.requests:,} requests, {period(about)}, decided {day_words(about)}"
        figure.supxlabel(said, fontsize=7, color=MUTE, x=0.01, ha="left")
    return axes

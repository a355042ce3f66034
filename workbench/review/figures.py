"""The figures of the reports: colours that the colour-blind tell apart, period and unit on each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from matplotlib import dates
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from workbench.review.program_days import ASKED, EXEMPT, LATER, PLANNED, REQUIRED, Band
from workbench.study.rates import NEWLY_REFERRED, Rate
from workbench.words import colours
from workbench.words.colours import DRAFT, GAIN, INK, LINE, LOSS, MUTE, PUBLISHED
from workbench.words.figures import look, one, two
from workbench.words.numbers import percents

_CALENDAR = {
    REQUIRED: (PUBLISHED, "", "under review"),
    ASKED: (colours.SOON, "...", "requests taken, review later"),
    LATER: (colours.PAPER, "", "announced, review later"),
    PLANNED: (colours.PLANNED, "///", "planned only"),
    EXEMPT: (colours.SAME, "xx", "exempt from that day"),
}


def rates_figure(rates: Sequence[Rate], period: str) -> Figure:
    """Each rate on both sides, and draft − published with its 95 % interval, in percentage points."""
    shares = [r for r in rates if r.name != NEWLY_REFERRED and r.difference is not None]
    with look():
        figure, left, right = two(9, 0.9 + 0.42 * len(shares), (3, 2), same_rows=True)
        at = list(range(len(shares)))[::-1]
        left.hlines(at, 0, 100, color=LINE, linewidth=0.8)
        left.plot(
            [percents(r.published) for r in shares], [k + 0.13 for k in at], "o", color=PUBLISHED, label="published"
        )
        left.plot(
            [percents(r.draft) for r in shares], [k - 0.13 for k in at], "D", color=DRAFT, label="draft", markersize=5
        )
        left.set(xlim=(0, 100), xlabel="percent", ylim=(-0.6, len(shares) - 0.4), title=f"Rates ({period})")
        left.set_yticks(at, [r.label for r in shares])
        figure.legend(frameon=False, ncols=2, loc="outside lower center")
        difference = [percents(r.difference) for r in shares]
        right.axvline(0, color=INK, linewidth=0.8)
        right.errorbar(
            difference,
            at,
            fmt="D",
            color=DRAFT,
            markersize=5,
            capsize=3,
            linewidth=1.4,
            xerr=[
                [d - percents(r.low) for d, r in zip(difference, shares, strict=True)],
                [percents(r.high) - d for d, r in zip(difference, shares, strict=True)],
            ],
        )
        right.set(xlabel="percentage points", title="draft − published, 95 %")
        right.margins(x=0.15)
        for axes in (left, right):
            axes.tick_params(axis="y", length=0)
            axes.spines["left"].set_visible(False)
    return figure


def groups_figure(groups: Sequence[tuple[str, int, int]], what: str, period: str) -> Figure:
    """Requests for which the draft supports less (to the left) and more (to the right), group by group."""
    with look():
        figure, axes = one(9, 1.0 + 0.34 * len(groups))
        at = list(range(len(groups)))[::-1]
        more, less = [g[1] for g in groups], [-g[2] for g in groups]
        axes.barh(at, more, color=GAIN, label="draft supports more", height=0.66)
        axes.barh(at, less, color=LOSS, label="draft supports less", height=0.66, hatch="///", edgecolor="white")
        axes.axvline(0, color=INK, linewidth=0.8)
        for k, (_, up, down) in zip(at, groups, strict=True):
            if up:
                axes.annotate(f"{up:,}", (up, k), (4, 0), textcoords="offset points", va="center")
            if down:
                axes.annotate(f"{down:,}", (-down, k), (-4, 0), textcoords="offset points", va="center", ha="right")
        axes.set_yticks(at, [g[0] for g in groups])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.margins(x=0.12)
        axes.xaxis.set_major_formatter(lambda x, _: f"{abs(x):,.0f}")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set(xlabel="requests", title=f"Requests that change by {what} ({period})")
        figure.legend(frameon=False, ncols=2, loc="outside lower center")
    return figure


def determinations_figure(counts: Sequence[tuple[str, int, int]], period: str) -> Figure:
    """How many requests come out as what, published and draft."""
    with look():
        figure, axes = one(9, 0.9 + 0.5 * len(counts))
        at = list(range(len(counts)))[::-1]
        for shift, side, colour, label in ((0.19, 1, PUBLISHED, "published"), (-0.19, 2, DRAFT, "draft")):
            bars = axes.barh(
                [k + shift for k in at],
                [c[side] for c in counts],
                color=colour,
                height=0.36,
                label=label,
                hatch="///" if side == 2 else "",
                edgecolor="white",
            )
            axes.bar_label(bars, [f"{c[side]:,}" for c in counts], padding=4)
        axes.set_yticks(at, [c[0] for c in counts])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.margins(x=0.1)
        axes.xaxis.set_major_formatter(lambda x, _: f"{x:,.0f}")
        axes.set(xlabel="requests", title=f"What requests come to ({period})")
        figure.legend(frameon=False, ncols=2, loc="outside lower center")
    return figure


def _day(day: date) -> float:
    """A day as a place on an axis."""
    return float(dates.date2num(day))  # type: ignore[no-untyped-call]


def calendar_figure(bands: Sequence[Band], versions: Sequence[tuple[date, str]], program: str) -> Figure:
    """A bar for each group of states that fared alike; a line for each announcement."""
    ends = [d for b in bands for f, last, _ in b.spans for d in (f, last) if d] + [p for p, _ in versions]
    first, last = min(ends) - timedelta(days=30), max(ends) + timedelta(days=240)
    with look():
        figure, axes = one(11, 1.6 + 0.42 * len(bands))
        at = list(range(len(bands)))[::-1]
        for k, band in zip(at, bands, strict=True):
            for start, end, status in band.spans:
                colour, hatch, _ = _CALENDAR[status]
                until = end + timedelta(days=1) if end else last
                axes.barh(
                    k,
                    _day(until) - _day(start),
                    left=_day(start),
                    color=colour,
                    hatch=hatch,
                    edgecolor=MUTE,
                    linewidth=0.6,
                    height=0.62,
                )
        for day, version in versions:
            axes.axvline(_day(day), color=INK, linewidth=0.7, linestyle=(0, (2, 3)), zorder=0)
            axes.annotate(
                version,
                (_day(day), 1),
                (0, 3),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                rotation=45,
                fontsize=8,
                color=MUTE,
            )
        axes.set_yticks(at, [_short(b) for b in bands])
        axes.tick_params(axis="y", length=0)
        axes.set(xlim=(_day(first), _day(last)), ylim=(-0.6, len(bands) - 0.4))
        locator = dates.AutoDateLocator()  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
        axes.set_xlabel("day (dotted: the day a version was published)")
        figure.suptitle(f"Who is under review: {program}", x=0.01, ha="left", fontsize=11)
        used = {s for b in bands for _, _, s in b.spans}
        figure.legend(
            handles=[
                Patch(facecolor=c, hatch=h, edgecolor=MUTE, label=w) for s, (c, h, w) in _CALENDAR.items() if s in used
            ],
            loc="outside lower center",
            ncols=5,
            frameon=False,
        )
    return figure


def _short(band: Band) -> str:
    """A label that fits: long lists of states on several lines."""
    words, lines = band.label.split(", "), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 34:
            lines.append("")
        lines[-1] += word + ", "
    return "\n".join(lines).rstrip(", ")

"""The static figures of the reports: colours that the colour-blind tell apart, period and unit on each, text beside it.

Figures are drawn without any global state and saved without dates, so that the same numbers give the same file.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import matplotlib
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from workbench.review.program_days import ASKED, EXEMPT, LATER, PLANNED, REQUIRED, Band
from workbench.study.rates import NEWLY_REFERRED, Rate

INK, MUTE, LINE, PUBLISHED, DRAFT = "#1d2733", "#505c69", "#cfd6de", "#1f5fa8", "#b35c00"
STYLE = {"font.size": 9, "font.family": "DejaVu Sans", "axes.edgecolor": LINE, "axes.labelcolor": MUTE,
          "axes.spines.top": False, "axes.spines.right": False, "xtick.color": MUTE, "ytick.color": INK,
          "text.color": INK, "axes.titlesize": 10, "axes.titlelocation": "left", "svg.hashsalt": "workbench",
          "svg.fonttype": "path"}
_CALENDAR = {REQUIRED: (PUBLISHED, "", "under review"), ASKED: ("#9dc1e6", "...", "requests taken, review later"),
             LATER: ("#ffffff", "", "announced, review later"), PLANNED: ("#f3d9b8", "///", "planned only"),
             EXEMPT: ("#e6eaef", "xx", "exempt from that day")}


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG or SVG, by the ending of its name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_bytes(figure, path.suffix.lstrip(".")))
    return path


def data_uri(figure: Figure) -> str:
    """A figure as an address that needs no file."""
    return "data:image/svg+xml;base64," + b64encode(_bytes(figure, "svg")).decode()


def _bytes(figure: Figure, kind: str) -> bytes:
    out = BytesIO()
    metadata = {"Date": None} if kind == "svg" else {"Software": None}
    with matplotlib.rc_context(STYLE):
        figure.savefig(out, format=kind, dpi=150, metadata=metadata, bbox_inches="tight")
    return out.getvalue()


def _new(width: float, height: float, columns: int = 1, ratios: Sequence[float] | None = None):
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(1, columns, width_ratios=ratios, sharey=columns > 1)


def rates_figure(rates: Sequence[Rate], period: str) -> Figure:
    """Each rate on both sides, and draft − published with its 95 % interval, in percentage points."""
    shares = [r for r in rates if r.name != NEWLY_REFERRED and r.difference is not None]
    with matplotlib.rc_context(STYLE):
        figure, (left, right) = _new(9, 0.9 + 0.42 * len(shares), 2, (3, 2))
        at = list(range(len(shares)))[::-1]
        left.hlines(at, 0, 100, color=LINE, linewidth=0.8)
        left.plot([100 * r.published for r in shares], [k + 0.13 for k in at], "o", color=PUBLISHED, label="published")
        left.plot([100 * r.draft for r in shares], [k - 0.13 for k in at], "D", color=DRAFT, label="draft",
                  markersize=5)
        left.set(xlim=(0, 100), xlabel="percent", ylim=(-0.6, len(shares) - 0.4), title=f"Rates ({period})")
        left.set_yticks(at, [r.label for r in shares])
        figure.legend(frameon=False, ncols=2, loc="outside lower center")
        difference = [100 * r.difference for r in shares]
        right.axvline(0, color=INK, linewidth=0.8)
        right.errorbar(difference, at, fmt="D", color=DRAFT, markersize=5, capsize=3, linewidth=1.4,
                       xerr=[[d - 100 * r.low for d, r in zip(difference, shares, strict=True)],
                             [100 * r.high - d for d, r in zip(difference, shares, strict=True)]])
        right.set(xlabel="percentage points", title="draft − published, 95 %")
        right.margins(x=0.15)
        for axes in (left, right):
            axes.tick_params(axis="y", length=0)
            axes.spines["left"].set_visible(False)
    return figure


def groups_figure(groups: Sequence[tuple[str, int, int]], what: str, period: str) -> Figure:
    """Requests for which the draft supports less (to the left) and more (to the right), group by group."""
    with matplotlib.rc_context(STYLE):
        figure, axes = _new(9, 1.0 + 0.34 * len(groups))
        at = list(range(len(groups)))[::-1]
        more, less = [g[1] for g in groups], [-g[2] for g in groups]
        axes.barh(at, more, color=PUBLISHED, label="draft supports more", height=0.66)
        axes.barh(at, less, color=DRAFT, label="draft supports less", height=0.66, hatch="///", edgecolor="white")
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
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.set(xlabel="requests", title=f"Requests that change by {what} ({period})")
        figure.legend(frameon=False, ncols=2, loc="outside lower center")
    return figure


def determinations_figure(counts: Sequence[tuple[str, int, int]], period: str) -> Figure:
    """How many requests come out as what, published and draft."""
    with matplotlib.rc_context(STYLE):
        figure, axes = _new(9, 0.9 + 0.5 * len(counts))
        at = list(range(len(counts)))[::-1]
        for shift, side, colour, label in ((0.19, 1, PUBLISHED, "published"), (-0.19, 2, DRAFT, "draft")):
            bars = axes.barh([k + shift for k in at], [c[side] for c in counts], color=colour, height=0.36, label=label,
                             hatch="///" if side == 2 else "", edgecolor="white")
            axes.bar_label(bars, [f"{c[side]:,}" for c in counts], padding=4)
        axes.set_yticks(at, [c[0] for c in counts])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.margins(x=0.1)
        axes.xaxis.set_major_formatter(lambda x, _: f"{x:,.0f}")
        axes.set(xlabel="requests", title=f"What requests come to ({period})")
        figure.legend(frameon=False, ncols=2, loc="outside lower center")
    return figure


def calendar_figure(bands: Sequence[Band], versions: Sequence[tuple[date, str]], program: str) -> Figure:
    """A bar for each group of states that fared alike; a line for each announcement."""
    ends = [d for b in bands for f, last, _ in b.spans for d in (f, last) if d] + [p for p, _ in versions]
    first, last = min(ends) - timedelta(days=30), max(ends) + timedelta(days=240)
    with matplotlib.rc_context(STYLE):
        figure, axes = _new(11, 1.6 + 0.42 * len(bands))
        at = list(range(len(bands)))[::-1]
        for k, band in zip(at, bands, strict=True):
            for start, end, status in band.spans:
                colour, hatch, _ = _CALENDAR[status]
                until = end + timedelta(days=1) if end else last
                axes.barh(k, date2num(until) - date2num(start), left=date2num(start), color=colour, hatch=hatch,
                          edgecolor=MUTE, linewidth=0.6, height=0.62)
        for day, version in versions:
            axes.axvline(date2num(day), color=INK, linewidth=0.7, linestyle=(0, (2, 3)), zorder=0)
            axes.annotate(version, (date2num(day), 1), (0, 3), xycoords=("data", "axes fraction"),
                          textcoords="offset points", rotation=45, fontsize=8, color=MUTE)
        axes.set_yticks(at, [_short(b) for b in bands])
        axes.tick_params(axis="y", length=0)
        axes.set(xlim=(date2num(first), date2num(last)), ylim=(-0.6, len(bands) - 0.4))
        locator = AutoDateLocator()
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        axes.set_xlabel("day (dotted: the day a version was published)")
        figure.suptitle(f"Who is under review: {program}", x=0.01, ha="left", fontsize=11)
        used = {s for b in bands for _, _, s in b.spans}
        figure.legend(handles=[Patch(facecolor=c, hatch=h, edgecolor=MUTE, label=w)
                               for s, (c, h, w) in _CALENDAR.items() if s in used],
                      loc="outside lower center", ncols=5, frameon=False)
    return figure


def _short(band: Band) -> str:
    """A label that fits: long lists of states on several lines."""
    words, lines = band.label.split(", "), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 34:
            lines.append("")
        lines[-1] += word + ", "
    return "\n".join(lines).rstrip(", ")

"""What a sweep shows: a line over one control, or a map over two."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from workbench.study.sweep import Stop, Swept
from workbench.words.colours import DRAFT, GAIN, LOSS, MUTE, PAPER, PUBLISHED
from workbench.words.decisions import day_words, period
from workbench.words.figures import look, one
from workbench.words.numbers import percent, plain, several

_SIZE = (7.2, 3.6)


def figure(swept: Swept, metric: str = "approval_rate") -> Figure:
    """A metric over the values of one control, with a line for each of the largest groups, or over those of two as a
    map of draft − published. Raises ValueError for a metric that was not swept."""
    if metric not in swept.table["metric"].unique().to_list():
        raise ValueError(f"{metric!r} was not swept")
    with look():
        return _line(swept, metric) if len(swept.axes) == 1 else _map(swept, metric)


def _words(swept: Swept, metric: str) -> tuple[str, float]:
    unit = swept.table.filter(swept.table["metric"] == metric)["unit"][0]
    name = metric.replace("_", " ").capitalize()
    return (f"{name}, %", 100.0) if unit == "share" else (f"{name}, {unit}", 1.0)


def _line(swept: Swept, metric: str) -> Figure:
    drawn, axes = one(*_SIZE)
    control = swept.axes[0].control
    words, times = _words(swept, metric)
    found = swept.table.filter(swept.table["metric"] == metric)
    if swept.by:
        for (group,), rows in found.group_by(swept.by, maintain_order=True):
            axes.plot(rows[control.key], rows["draft"] * times, linewidth=1.4, label=str(group).replace("_", " "))
        title = swept.by.replace("_", " ")
        axes.legend(title=title, fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1.01, 0.5))
    else:
        axes.plot(found[control.key], found["draft"] * times, color=DRAFT, linewidth=1.8)
        if found["low"].null_count() < found.height and found["unit"][0] == "share":
            base = found["published"]
            axes.fill_between(
                found[control.key].to_numpy(),
                ((base + found["low"]) * times).to_numpy(),
                ((base + found["high"]) * times).to_numpy(),
                color=DRAFT,
                alpha=0.15,
                linewidth=0,
                label="95 % interval of draft − published",
            )
        axes.axhline(found["published"][0] * times, color=PUBLISHED, linestyle=(0, (4, 3)), linewidth=1.2)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=7, frameon=False)
    axes.axvline(float(control.published), color=PUBLISHED, linestyle=(0, (4, 3)), linewidth=1.2)
    axes.set_xlabel(f"{control.label}, {control.unit}".rstrip(", "))
    axes.set_ylabel(words)
    axes.set_title(f"{words}, under the draft (dashed: as published)")
    return _foot(drawn, swept)


def _map(swept: Swept, metric: str) -> Figure:
    drawn, axes = one(_SIZE[0], 5.2)
    across, up = (a.control for a in swept.axes)
    words, times = _words(swept, metric)
    found = swept.table.filter(swept.table["metric"] == metric)
    if swept.by:
        raise ValueError("a map is of all requests, not of groups")
    size = [len(a.values) for a in swept.axes]
    # A rate without a denominator has no difference; it stays blank.
    told = [float("nan") if v is None else v * times for v in found["difference"]]
    cells = [told[i :: size[1]] for i in range(size[1])]  # a row for each value of the upright number
    most = max((abs(v) for v in told if v == v), default=1.0) or 1.0
    colours = LinearSegmentedColormap.from_list("draft", [LOSS, PAPER, GAIN])
    edges = [_edges([float(v) for v in a.values]) for a in swept.axes]
    mesh = axes.pcolormesh(*edges, cells, cmap=colours, vmin=-most, vmax=most)
    said = words.replace(", %", ", percentage points")
    drawn.colorbar(mesh, ax=axes, label=f"{said}: draft − published")
    axes.plot(float(across.published), float(up.published), marker="o", color=PUBLISHED)
    axes.annotate("published", (float(across.published), float(up.published)), (5, 5), textcoords="offset points",
                  color=PUBLISHED, fontsize=8)  # fmt: skip
    axes.set_xlabel(f"{across.label}, {across.unit}".rstrip(", "))
    axes.set_ylabel(f"{up.label}, {up.unit}".rstrip(", "))
    axes.set_title(f"{said}, draft − published")
    for axis, values in ((axes.xaxis, swept.axes[0].values), (axes.yaxis, swept.axes[1].values)):
        axis.set_major_locator(MaxNLocator(integer=all(v == int(v) for v in values)))
    return _foot(drawn, swept)


def curve_words(stops: Sequence[Stop], unit: str, published: Decimal, draft: Decimal) -> str:
    """What the approval rate over one control shows, for who does not see it."""
    known = sorted((s.value, s.share) for s in stops if s.share is not None)
    if not known:
        return "No request needs a decision, so there is no rate to draw."
    (least, low), (most, high) = (f(known, key=lambda s: s[1]) for f in (min, max))
    (first, begins), (last, stops_at) = known[0], known[-1]
    ends = f"Approved goes from {percent(begins)} at {plain(first)} to {percent(stops_at)} at {plain(last)} {unit}"
    extremes = f"; lowest {percent(low)} at {plain(least)}, highest {percent(high)} at {plain(most)}"
    return f"{ends}{extremes}; published {plain(published)}, draft {plain(draft)}."


def _edges(values: list[float]) -> list[float]:
    """The sides of the cells around some values."""
    if len(values) == 1:
        return [values[0] - 0.5, values[0] + 0.5]
    between = [(a + b) / 2 for a, b in zip(values, values[1:], strict=False)]
    return [2 * values[0] - between[0], *between, 2 * values[-1] - between[-1]]


def _foot(drawn: Figure, swept: Swept) -> Figure:
    about = swept.about
    said = f"{several(about.requests, 'request')}, {period(about)}, decided {day_words(about)}; histories as recorded"
    drawn.supxlabel(said, fontsize=7, color=MUTE, x=0.01, ha="left")
    return drawn

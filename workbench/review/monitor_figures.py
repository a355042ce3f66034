"""The figures of monitoring: utilization by month, the funnel of providers, before and after a day. Each with the text
that says the same; never colour alone."""

from __future__ import annotations

from datetime import date

from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workbench.study.monitor import Monitoring
from workbench.study.monitor_funnel import AS_EXPECTED, FEWER, MORE
from workbench.study.monitor_series import ALONE, OUTCOMES, Step
from workbench.words.colours import DRAFT, GAIN, INK, LINE, LOSS, MUTE, PUBLISHED
from workbench.words.figures import look, one
from workbench.words.monitor import period_words
from workbench.words.numbers import count


def _months(axes: Axes) -> None:
    locator = dates.AutoDateLocator()  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:,.0f}")
    axes.set_ylim(0, 1.1 * max(axes.dataLim.y1, 1e-9))  # a bottom alone would cut the highest mark off


def _at(months: list[date]) -> list[float]:
    return [float(dates.date2num(m)) for m in months]  # type: ignore[no-untyped-call]


def utilization_figure(found: Monitoring) -> Figure:
    """Visits a month, and people in treatment."""
    rows = found.trends.filter(dimension="all")
    months = _at(rows["month"].to_list())
    with look():
        figure, axes = one(9, 3.2)
        axes.plot(months, rows["visits"].to_list(), "-o", color=PUBLISHED, markersize=4, label="visits")
        axes.plot(months, rows["people"].to_list(), "--D", color=DRAFT, markersize=4, label="people")
        axes.set(ylabel="visits, people a month", xlabel="month", title=f"Utilization ({period_words(found)})")
        axes.grid(axis="y", color=LINE, linewidth=0.6)
        _months(axes)
        figure.legend(frameon=False, ncols=2, loc="outside lower center")
    return figure


def utilization_alt(found: Monitoring) -> str:
    """The same in words."""
    rows = found.trends.filter(dimension="all").select("month", "visits", "people").iter_rows()
    return "; ".join(f"{m:%Y-%m}: {count(v)} visits, {count(p)} people" for m, v, p in rows)


def funnel_figure(found: Monitoring) -> Figure:
    """Each provider's ratio at the visits expected of its case mix, with the limits of the usual case mix."""
    f = found.funnel
    judged = f.providers.filter(f.providers["flag"].is_in([MORE, FEWER, AS_EXPECTED]))
    with look():
        figure, axes = one(9, 4.2)
        axes.axhline(1, color=INK, linewidth=0.9)
        if judged.height:
            grid = found.funnel.grid()
            for level, style in ((0.95, "--"), (0.998, ":")):
                for bound, label in zip(f.limits(grid, level), (f"{100 * level:g} % limits", None), strict=True):
                    axes.plot(grid, bound, style, color=MUTE, linewidth=1, label=label)
        for flag, colour, mark, words in (
            (AS_EXPECTED, PUBLISHED, "o", "as expected"),
            (MORE, LOSS, "^", "more than expected"),
            (FEWER, GAIN, "v", "fewer than expected"),
        ):
            part = judged.filter(judged["flag"] == flag)
            if part.height:
                size = 5 if flag == AS_EXPECTED else 9
                axes.plot(
                    part["expected"].to_list(),
                    part["ratio"].to_list(),
                    mark,
                    color=colour,
                    markersize=size,
                    label=words,
                    alpha=0.85,
                )
                for row in part.to_dicts() if flag != AS_EXPECTED else ():
                    axes.annotate(
                        row["provider_npi"],
                        (row["expected"], row["ratio"]),
                        (7, 0),
                        textcoords="offset points",
                        va="center",
                        fontsize=8,
                    )
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda x, _: f"{x:,.0f}")
        axes.xaxis.set_minor_formatter(lambda x, _: "")
        axes.margins(x=0.08)
        axes.set_ylim(bottom=0)
        axes.set(
            xlabel="visits expected of the case mix, first 90 days of an episode (logarithmic)",
            ylabel="visits ÷ expected",
            title=f"Providers against their case mix ({period_words(found)})",
        )
        if judged.height:
            figure.legend(frameon=False, ncols=5, loc="outside lower center")
    return figure


def funnel_alt(found: Monitoring) -> str:
    """The same in words."""
    flagged = found.funnel.flagged.to_dicts()
    told = "; ".join(f"{r['provider_npi']} {r['flag']}, {r['ratio']:.2f} times the visits expected" for r in flagged)
    said = f"{count(found.funnel.judged)} providers judged, {count(len(flagged))} outside their limits"
    return f"{said}: {told}" if told else said


def series_figure(found: Monitoring, step: Step) -> Figure:
    """The months of one outcome, the line fitted, and what the line before gives, drawn on."""
    assert found.interrupted is not None
    rows = found.interrupted.points.filter(day=step.day, outcome=step.outcome, against=step.against)
    months = _at(rows["month"].to_list())
    with look():
        figure, axes = one(9, 3.2)
        axes.plot(months, rows["value"].to_list(), "o", color=PUBLISHED, markersize=5, label="observed")
        if step.level is not None:
            axes.plot(
                months, rows["without"].to_list(), ":", color=MUTE, linewidth=1.6, label="as before the day, drawn on"
            )
            for after in (False, True):
                side = rows.filter((rows["month"] >= step.day) == after)
                label = "fitted" if not after else None
                axes.plot(
                    _at(side["month"].to_list()), side["fitted"].to_list(), "-", color=DRAFT, linewidth=1.8, label=label
                )
        axes.axvline(_at([step.day])[0], color=INK, linewidth=0.9, linestyle=(0, (4, 3)))
        axes.annotate(
            f"{step.day}",
            (_at([step.day])[0], 1),
            (4, -2),
            xycoords=("data", "axes fraction"),
            textcoords="offset points",
            va="top",
            fontsize=8,
        )
        axes.grid(axis="y", color=LINE, linewidth=0.6)
        title = OUTCOMES[step.outcome] + ("" if step.against == ALONE else f", {step.against}")
        axes.set(
            ylabel=title.split(",")[0], xlabel="month", title=f"{title[0].upper()}{title[1:]} ({period_words(found)})"
        )
        _months(axes)
        if step.against != ALONE:
            axes.set_ylim(auto=True)
            axes.yaxis.set_major_formatter(lambda y, _: f"{y:+,.1f}".replace("-", "−"))
        figure.legend(frameon=False, ncols=3, loc="outside lower center")
    return figure

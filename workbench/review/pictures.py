"""The figures of a trial, each with the text that says the same, for the report and the notebook."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.engine.decision import DETERMINATIONS
from workbench.review import figures
from workbench.review.scenario_result import Trial
from workbench.study.rates import NEWLY_REFERRED
from workbench.words.conditions import labels, value_words
from workbench.words.decisions import DETERMINATION, period, points
from workbench.words.figures import data_uri
from workbench.words.html import Html, figure
from workbench.words.numbers import percent, several

MOST = 12  # groups of a kind that are shown


@dataclass(frozen=True)
class Picture:
    """A figure as a data: address, what it shows in words (`alt`), and its caption."""

    source: str
    alt: str
    caption: str

    @property
    def html(self) -> Html:
        return figure(self.source, self.alt, self.caption)


def picture(trial: Trial, name: str) -> Picture | None:
    """A figure with its text, by name: determinations, rates, condition; None where there is nothing to draw. Raises
    KeyError for another name."""
    return {"determinations": _determinations_picture, "rates": _rates_picture, "condition": _condition_picture}[name](
        trial
    )


def _determinations_picture(trial: Trial) -> Picture | None:
    counts, when = sums(trial), period(trial.comparison.draft)
    alt = "; ".join(f"{name}: published {one:,}, draft {several(two, 'request')}" for name, one, two in counts)
    return Picture(
        data_uri(figures.determinations_figure(counts, when)),
        alt,
        f"Requests by determination, published and draft; {when}.",
    )


def sums(trial: Trial) -> list[tuple[str, int, int]]:
    """(determination in words, published, draft) in requests."""
    matrix = trial.comparison.matrix
    return [(DETERMINATION[d], sum(matrix[d].values()), sum(r[d] for r in matrix.values())) for d in DETERMINATIONS]


def _rates_picture(trial: Trial) -> Picture | None:
    rates, when = trial.comparison.rates, period(trial.comparison.draft)
    shares = [r for r in rates if r.name != NEWLY_REFERRED and r.difference is not None]
    if not shares:
        return None
    alt = "; ".join(
        f"{r.label}: published {percent(r.published)}, draft {percent(r.draft)}, difference {points(r)} "
        "percentage points"
        for r in shares
    )
    return Picture(
        data_uri(figures.rates_figure(rates, when)),
        alt,
        "Rates on both sides, in percent, and "
        "draft − published in percentage points with 95 % intervals, paired and clustered by member; "
        f"{when}.",
    )


def _condition_picture(trial: Trial) -> Picture | None:
    """The conditions in which requests change, where there are several."""
    names, when = labels(trial.library), period(trial.comparison.draft)
    moved = [g for g in trial.by("condition") if g[2] + g[3]][:MOST]
    bars = [(group_words(value, "condition", names), more, less) for value, _, more, less in moved]
    if len(bars) < 2:
        return None
    alt = "; ".join(f"{g}: {up:,} requests more, {down:,} less" for g, up, down in bars)
    return Picture(
        data_uri(figures.groups_figure(bars, "condition", when)),
        alt,
        f"Requests for which the draft supports more, and less, than published, by condition; {when}.",
    )


def group_words(value: str | None, fact: str, names: Mapping[str, str]) -> str:
    """A value of a fact as a heading of a table."""
    if value is None:
        return "not stated"
    return value if fact == "plan" else value_words(value, names)

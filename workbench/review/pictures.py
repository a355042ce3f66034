"""The figures of a trial, each with the text that says the same, for the report and the notebook."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.engine.decision import DETERMINATIONS
from workbench.review import figures
from workbench.review.page import figure
from workbench.review.sentences import labels, value_words
from workbench.review.trial import Trial
from workbench.review.words import DETERMINATION, percent, period, points
from workbench.study.rates import NEWLY_REFERRED

MOST = 12   # groups of a kind that are shown


def picture(trial: Trial, name: str) -> str:
    """A figure with its text, by name: determinations, rates, condition; "" where there is nothing to draw. Raises
    KeyError for another name."""
    return {"determinations": _determinations_picture, "rates": _rates_picture,
            "condition": _condition_picture}[name](trial)


def _determinations_picture(trial: Trial) -> str:
    counts, when = sums(trial), period(trial.comparison.draft)
    alt = "; ".join(f"{name}: published {one:,}, draft {two:,} requests" for name, one, two in counts)
    return figure(figures.data_uri(figures.determinations_figure(counts, when)), alt,
                  f"Requests by determination, published and draft; {when}.")


def sums(trial: Trial) -> list[tuple[str, int, int]]:
    """(determination in words, published, draft) in requests."""
    matrix = trial.comparison.matrix
    return [(DETERMINATION[d], sum(matrix[d].values()), sum(r[d] for r in matrix.values())) for d in DETERMINATIONS]


def _rates_picture(trial: Trial) -> str:
    rates, when = trial.comparison.rates, period(trial.comparison.draft)
    shares = [r for r in rates if r.name != NEWLY_REFERRED and r.difference is not None]
    if not shares:
        return ""
    alt = "; ".join(f"{r.label}: published {percent(r.published)}, draft {percent(r.draft)}, difference {points(r)} "
                    "percentage points" for r in shares)
    return figure(figures.data_uri(figures.rates_figure(rates, when)), alt, "Rates on both sides, in percent, and "
                  "draft − published in percentage points with 95 % intervals, paired and clustered by member; "
                  f"{when}.")


def _condition_picture(trial: Trial) -> str:
    """The conditions in which requests change, where there are several."""
    names, when = labels(trial.library), period(trial.comparison.draft)
    moved = [g for g in trial.by("condition") if g[2] + g[3]][:MOST]
    bars = [(group_words(value, "condition", names), more, less) for value, _, more, less in moved]
    if len(bars) < 2:
        return ""
    alt = "; ".join(f"{g}: {up:,} requests more, {down:,} less" for g, up, down in bars)
    return figure(figures.data_uri(figures.groups_figure(bars, "condition", when)), alt, "Requests for which the draft "
                  f"supports more, and less, than published, by condition; {when}.")


def group_words(value: str | None, fact: str, names: Mapping[str, str]) -> str:
    """A value of a fact as a heading of a table."""
    if value is None:
        return "not stated"
    return value if fact == "plan" else value_words(value, names)

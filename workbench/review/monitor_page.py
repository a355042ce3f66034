"""Monitoring as a page of its own. It is for whoever may see the claims: groups of fewer than 11 people are put
together in its tables, and findings are counted, but providers stand by their NPI and it is no release."""

from __future__ import annotations

from workbench.review import monitor_figures as figures
from workbench.review.page import STYLE, note, section
from workbench.study.monitor import Monitoring
from workbench.study.monitor_checks import counts
from workbench.study.monitor_trends import DIMENSIONS, FEWEST, OTHERS
from workbench.words import monitor as words
from workbench.words.figures import data_uri
from workbench.words.html import NOTHING, Html, document, figure, joined, table, tag
from workbench.words.numbers import DASH, measured, percent

MOST = 12
_TITLES = {
    "provider_npi": "provider",
    "condition": "condition",
    "state": "state",
    "line_of_business": "line of business",
    "discipline": "discipline",
}


def monitor_page(found: Monitoring) -> str:
    """The whole page, as HTML."""
    a = found.about
    head = (
        tag("h1", "Monitoring of claims"),
        tag("p", words.counted_words(found), class_="question"),
        tag("p", words.findings_words(found), " ", words.funnel_words(found), class_="say"),
        tag("p", words.left_out_words(found), class_="note") if a.not_counted else NOTHING,
        *(note(n) for n in a.notes),
    )
    parts = (_utilization(found), _limits(found), _providers(found), _validation(found), _series(found), _beside(found))
    return str(document("Monitoring of claims", joined((*head, *parts)), STYLE))


def picture(found: Monitoring, name: str, number: int = 0) -> tuple[str, str]:
    """A figure as HTML, and the text that says the same: utilization, funnel, or the series of a step. Raises KeyError
    for another name, IndexError for a step that is none."""
    when = words.period_words(found)
    if name == "series":
        step = (() if found.interrupted is None else found.interrupted.steps)[number]
        drawn, alt, caption = figures.series_figure(found, step), words.step_words(step), words.step_words(step) + "."
    elif name == "funnel":
        drawn, alt = figures.funnel_figure(found), figures.funnel_alt(found)
        caption = (
            "Visits in the first 90 days of an episode over those expected of episodes of the same discipline, "
            f"condition and age band by other providers; {when}. Curves are for the usual case mix; each provider is "
            "judged by its own."
        )
    elif name == "utilization":
        drawn, alt = figures.utilization_figure(found), figures.utilization_alt(found)
        caption = f"Visits and people a month; {when}. The first and last month may not be whole."
    else:
        raise KeyError(name)
    return str(figure(data_uri(drawn), alt, caption)), alt


def _utilization(found: Monitoring) -> Html:
    a = found.about
    tables = [_group(found, dimension) for dimension in DIMENSIONS]
    small = (
        f"Groups of fewer than {FEWEST} people stand together. A person or episode can stand in more than one group."
    )
    return section(
        f"Utilization ({a.rows_are}, visits, episodes, people)",
        Html(picture(found, "utilization")[0]),
        *tables,
        note(small),
    )


def _group(found: Monitoring, dimension: str) -> Html:
    shown = found.groups(dimension, fewest=FEWEST)
    head = (_TITLES[dimension], found.about.rows_are, "visits", "episodes", "people", "visits an episode")
    rows = shown.to_dicts()
    first, rest = rows[:MOST], rows[MOST:]
    cells = [
        (
            f"{r['value']} ({r['merged']} groups)" if r["value"] == OTHERS else str(r["value"]).replace("_", " "),
            r["rows"],
            r["visits"],
            r["episodes"],
            r["people"],
            measured(r["visits_an_episode"]),
        )
        for r in first
    ]
    more = note(f"… and {len(rest)} more, by visits, in the tables of wb.monitor") if rest else NOTHING
    caption = f"By {_TITLES[dimension]}, most visits first: a volume and no verdict; {words.period_words(found)}"
    return joined((table(head, cells, caption=caption, numbers=range(1, 6), named=True), more))


def _limits(found: Monitoring) -> Html:
    rows = found.limits.filter(found.limits["people"] >= FEWEST).sort("visits_beyond", descending=True).head(MOST)
    cells = [
        (
            f"{r['guideline']} {r['limit_row']}",
            r["limit_visits"],
            r["episodes"],
            r["sure"],
            percent(r["share"]),
            f"{percent(r['low'])} to {percent(r['high'])}",
            r["visits_beyond"],
        )
        for r in rows.to_dicts()
    ]
    head = (
        "limit row",
        "visits",
        "episodes that meet it or could",
        "for certain",
        "beyond it",
        "95 % interval",
        "visits beyond",
    )
    caption = f"Rows of {FEWEST} people or more, most visits beyond first; {words.period_words(found)}"
    review = words.review_words(found)
    rests = (
        "Claims do not tell all that a row looks at: an episode counts with each row that it could meet. An episode "
        "that still runs, or began before the file, has more visits than are counted."
    )
    return section(
        "What review would have seen",
        tag("p", words.limits_words(found)),
        tag("p", review) if review else NOTHING,
        table(head, cells, caption=caption, numbers=range(1, 7), named=True) if cells else NOTHING,
        note(rests),
    )


def _providers(found: Monitoring) -> Html:
    rows = [
        (
            r["provider_npi"],
            r["discipline"],
            r["episodes"],
            r["people"],
            r["visits"],
            measured(r["expected"]),
            measured(r["ratio"]),
            f"{measured(r['low'])} to {measured(r['high'])}",
            f"{r['flag']}{', also by Bonferroni' if r['bonferroni'] else ''}",
        )
        for r in found.funnel.flagged.to_dicts()
    ]
    head = ("provider", "discipline", "episodes", "people", "visits", "expected", "ratio", "95 % limits", "verdict")
    flagged = (
        table(head, rows, caption="Providers outside their limits, by NPI", numbers=range(2, 8), named=True)
        if rows
        else tag("p", "No provider is flagged.")
    )
    return section("Providers", tag("p", words.funnel_words(found)), Html(picture(found, "funnel")[0]), flagged)


def _validation(found: Monitoring) -> Html:
    unchecked = set(found.about.unchecked)
    rows = [
        (r["code"], r["kind"], DASH if r["code"] in unchecked else r["findings"], r["meaning"])
        for r in counts(found.findings).to_dicts()
    ]
    said = (
        "A dash: not checked, because no line tells what it needs. Each finding with its row, number and reason is in "
        "the table of findings (workbench monitor --findings, or .findings of wb.monitor)."
    )
    return section(
        "Validation of providers and members",
        tag("p", words.findings_words(found)),
        table(
            ("finding", "kind", "lines", "what it means"),
            rows,
            caption=words.period_words(found),
            numbers=(2,),
            named=True,
        ),
        note(said),
    )


def _series(found: Monitoring) -> Html:
    if found.interrupted is None:
        return NOTHING
    if not found.interrupted.steps:
        return section("Before and after", tag("p", "No day of the program lies within the period."))
    parts = [Html(picture(found, "series", n)[0]) for n in range(len(found.interrupted.steps))]
    said = "Segmented regression of monthly numbers; 95 % intervals, the wider of Newey–West and plain ones."
    return section("Before and after", *parts, note(said))


def _beside(found: Monitoring) -> Html:
    a = found.about
    program = f", program {a.program}" if a.program else ""
    rests = f"Limit rows of {', '.join(a.guidelines) or 'no guideline'}{program}; claims looked at on {a.today}."
    return section("What this can not say", tag("ul", *(tag("li", s) for s in words.CAN_NOT_SAY)), note(rests))

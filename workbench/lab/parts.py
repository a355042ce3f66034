"""The parts of the screen as HTML, each by the name of the trait that carries it: from a desk, a result and a view."""

from __future__ import annotations

from pathlib import Path

from workbench.lab import controls_view, drafting, numbers_view, requests_view
from workbench.lab.desk import Desk, Result
from workbench.lab.markup import plain, tag
from workbench.lab.state import State, View
from workbench.review.sentences import labels
from workbench.study.listing import lands, listed

SHOWN = 50          # rows of the list of requests
CSS = Path(__file__).parent / "panel.css"


def bar(desk: Desk, state: State, can_undo: bool) -> dict[str, str]:
    """The choices above the screen, and how far the draft is from published."""
    return {"bar": controls_view.bar(state, desk.guidelines, desk.conditions(state), desk.plans,
                                     [(s.name, s.title) for s in desk.sets.values()], drafting.saved(desk.drafts),
                                     can_undo),
            "summary": controls_view.summary(state, desk.controls(state))}


def column(desk: Desk, state: State, result: Result | None) -> dict[str, str]:
    """All controls; before there is a result they stand where published has them."""
    if result is not None and result.state == state:
        return {"column": controls_view.column(result.groups, state, result.values)}
    groups = desk.controls(state)
    return {"column": controls_view.column(groups, state, {c.key: c.published for g in groups for c in g.controls})}


def numbers(desk: Desk, result: Result, view: View) -> dict[str, str]:
    """Everything that a result says in numbers."""
    found, names = result.comparison, labels(desk.library)
    return {"verdict": numbers_view.verdict(found), "rates": numbers_view.rates(found),
            "matrix": numbers_view.matrix(found, view.cell), "split": numbers_view.split(found),
            "assumed": numbers_view.assumptions(result.cases.assumptions, found.draft.requests_on_assumptions, names),
            "foot": numbers_view.rests_on(found, result.cases),
            "python": numbers_view.reproduce(desk.python(result.state)),
            **groups(desk, result, view), **listing(desk, result, view)}


def groups(desk: Desk, result: Result, view: View) -> dict[str, str]:
    found = lands(result.comparison, desk.bench(result.state).published.cases, view.by)
    return {"groups": numbers_view.groups(found, view.by, labels(desk.library))}


def listing(desk: Desk, result: Result, view: View) -> dict[str, str]:
    """The list of requests, with the traces of the one that is open."""
    names, traces = labels(desk.library), ""
    opened = desk.traces(result.state, view.opened) if view.opened else None
    if opened is not None:
        traces = requests_view.traces(*opened, desk.parameters(result.state), names, desk.turns(result, view.opened))
    found = listed(result.comparison, limit=SHOWN, **view.how)
    return {"listing": requests_view.listing(found, view, names, traces)}


def values(result: Result) -> dict[str, dict[str, object]]:
    """Control → where it stands, for controls that are on the page already."""
    changed, refused = dict(result.state.changes), dict(result.state.refused)
    return {key: {"value": plain(value), "said": f"{plain(value)} {c.unit}", "changed": key in changed,
                  "typed": refused.get(key), "why": controls_view.refusal(c, refused[key]) if key in refused else ""}
            for key, c in result.controls.items() if (value := result.values.get(key)) is not None}


def snapshot(result: Result) -> str:
    """A picture of a result that needs no kernel, for the stored notebook: it is there until the screen is."""
    found = result.comparison
    inside = tag("p", "The last stored result. The screen starts by itself in a moment; if it does not, run this "
                 "notebook (Run → Run All Cells).", class_="cap")
    inside += tag("div", numbers_view.verdict(found), class_="say") + numbers_view.rates(found)
    inside += numbers_view.matrix(found, None)
    css = CSS.read_text(encoding="utf-8")
    return tag("style", css) + tag("div", tag("div", inside, style="padding: 0 18px 16px"), class_="wb-tune")

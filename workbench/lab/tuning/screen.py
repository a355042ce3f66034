"""The parts of the screen as HTML, each by the name of the trait that carries it: from a desk, a result and a view."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from workbench.guideline.model import Guideline, Library, Rules
from workbench.guideline.outcomes import BUILT_IN
from workbench.lab.tuning import controls_html as controls_view
from workbench.lab.tuning import numbers_html as numbers_view
from workbench.lab.tuning import requests_html as requests_view
from workbench.lab.tuning import rules_html as rules_view
from workbench.lab.tuning.session import Desk, Result
from workbench.lab.tuning.state import State, View
from workbench.study.listing import lands, listed
from workbench.words.colours import variables
from workbench.words.conditions import labels
from workbench.words.decisions import DETERMINATION
from workbench.words.html import NOTHING, style, tag
from workbench.words.numbers import plain

SHOWN = 50  # rows of the list of requests
CSS = Path(__file__).parent / "panel.css"


def bar(desk: Desk, state: State, can_undo: bool, can_redo: bool) -> dict[str, str]:
    """The choices above the screen, and how far the draft is from published."""
    return {
        "bar": controls_view.bar(
            state,
            desk.guidelines,
            desk.conditions(state),
            desk.plans,
            [(s.name, s.title) for s in desk.sets.values()],
            can_undo,
            can_redo,
        ),
        "summary": controls_view.summary(state, desk.controls(state)),
    }


def column(desk: Desk, state: State, result: Result | None) -> dict[str, str]:
    """All controls and rules; before there is a result they stand where published has them."""
    published = desk.published_rules(state)
    if result is not None and result.state == state:
        shown, values, drafted = result.groups, result.values, desk.drafted_rules(state)
    else:
        shown, drafted = desk.controls(state), published
        values = {c.key: c.published for g in shown for c in g.controls}
    keeps = desk.keeps(state)
    return {
        "column": controls_view.column(shown, state, values, keeps),
        "rules": rules_view.column(rules_view.Side(published, drafted, keeps), state, desk.library),
    }


def standings(desk: Desk, state: State) -> dict[str, str]:
    """Rule → how it comes out in the cases, in words."""
    return rules_view.tallies(desk.standings(state), state)


def numbers(desk: Desk, result: Result, view: View) -> dict[str, str]:
    """Everything that a result says in numbers."""
    found, names = result.comparison, labels(desk.library)
    return {
        "verdict": numbers_view.verdict(found),
        "rates": numbers_view.rates(found),
        "matrix": numbers_view.matrix(found, view.cell),
        "split": numbers_view.split(found),
        "assumed": numbers_view.assumptions(result.cases.assumptions, found.draft.requests_on_assumptions, names),
        "foot": numbers_view.rests_on(found, result.cases),
        "python": numbers_view.reproduce(desk.python(result.state)),
        **groups(desk, result, view),
        **listing(desk, result, view),
    }


def groups(desk: Desk, result: Result, view: View) -> dict[str, str]:
    found = lands(result.comparison, desk.ledger(result.state).replay.cases, view.by)
    return {"groups": numbers_view.groups(found, view.by, labels(desk.library))}


def listing(desk: Desk, result: Result, view: View) -> dict[str, str]:
    """The list of requests, with the traces of the one that is open."""
    names, traces = labels(desk.library), NOTHING
    opened = desk.traces(result.state, view.opened) if view.opened else None
    if opened is not None:
        traces = requests_view.traces(*opened, desk.parameters(result.state), names, desk.turns(result, view.opened))
    found = listed(result.comparison, limit=SHOWN, skip=view.page * SHOWN, **view.how(shown_words(desk.library)))
    return {"listing": requests_view.listing(found, view, names, traces)}


def shown_words(library: Library) -> dict[str, Mapping[str, str]]:
    """Column of the list → value → the words that stand in the list."""
    return {"condition": labels(library), "determination": DETERMINATION, "determination_draft": DETERMINATION}


def export_words(desk: Desk, state: State) -> dict[str, Mapping[str, str]]:
    """Column of the exported list → value → its words; reasons by the text of the rule."""
    texts: dict[str, str] = dict(BUILT_IN)
    rules: list[Guideline | Rules] = [*desk.library.guidelines, desk.published_rules(state), desk.drafted_rules(state)]
    for some in rules:
        texts |= {c.id: c.text for c in some.criteria} | {e.id: e.text for e in some.exemptions}
    return shown_words(desk.library) | {"reasons": texts, "reasons_draft": texts}


def values(result: Result) -> dict[str, dict[str, object]]:
    """Control → where it stands, for controls that are on the page already."""
    changed, refused = dict(result.state.changes), dict(result.state.refused)
    return {
        key: {
            "value": plain(value),
            "said": f"{plain(value)} {c.moves.unit}",
            "changed": c.handle in changed,
            "typed": refused.get(c.handle),
            "why": controls_view.refusal(c, refused[c.handle]) if c.handle in refused else "",
        }
        for key, c in result.controls.items()
        if (value := result.values.get(key)) is not None
    }


def snapshot(result: Result) -> str:
    """A picture of a result that needs no kernel, for the stored notebook: it is there until the screen is."""
    found = result.comparison
    inside = tag(
        "p",
        "The last stored result. The screen starts by itself in a moment; if it does not, run this "
        "notebook (Run → Run All Cells).",
        class_="cap",
    )
    inside += tag("div", numbers_view.verdict(found), class_="say") + numbers_view.rates(found)
    inside += numbers_view.matrix(found, None)
    css = CSS.read_text(encoding="utf-8")
    return style(variables(".wb-tune") + css) + tag(
        "div", tag("div", inside, style="padding: 0 18px 16px"), class_="wb-tune"
    )

"""Requests one by one, as HTML: the list behind a number, and how one of them was decided on both sides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from workbench.engine.reference import Step, Traced
from workbench.facts import facts
from workbench.guideline.model import Parameter
from workbench.lab.tuning.controls import Control
from workbench.lab.tuning.state import View
from workbench.study.listing import Listed
from workbench.words.conditions import amount, noun, value_words
from workbench.words.decisions import DETERMINATION, Line, headline, trace
from workbench.words.html import NOTHING, Html, button, joined, tag
from workbench.words.numbers import DASH, count, plain, several

_HEADS = (
    ("request_id", "request"),
    ("condition", "condition"),
    ("requested_visits", "asked"),
    ("visits_used", "used"),
    ("determination", "published"),
    ("determination_draft", "draft"),
    ("fares", "fares"),
)
_FARES = {"loses": "loses", "gains": "gains", "mixed": "mixed", "otherwise": "otherwise", "alike": "alike"}
_SIDE = {"loses": "fewer", "gains": "more"}


def listing(found: Listed, view: View, names: Mapping[str, str], trace_html: Html = NOTHING) -> Html:
    """The first requests of the chosen list; the opened one carries its traces."""
    if view.cell is None:
        title = f"Requests that change: {found.total:,}"
    else:
        a, b = view.cell
        if a == b:
            asked = several(found.total, "request")
            title = f"{DETERMINATION[a]} stays: {asked}, {found.flips:,} change in visits or weeks"
        else:
            title = f"Requests that change: {found.total:,} {DETERMINATION[a]} → {DETERMINATION[b]}"
    tools = (
        tag(
            "label",
            tag("span", "Filter"),
            tag(
                "input",
                type="search",
                id="wb-search",
                value=view.search,
                placeholder="condition, plan, request …",
                data_act="search",
            ),
        )
        + (button("All that change", "all") if view.cell else NOTHING)
        + button("Export CSV", "export")
    )
    head = tag("div", tag("h2", title), tag("div", tools, class_="tools"), class_="head")
    if not found.rows:
        none = "No request changes." if view.cell is None and not view.search else "No request is left in this list."
        return head + tag("p", none, class_="cap")
    rows = joined(
        _row(r, view, names) + (_opened(trace_html) if r["request_id"] == view.opened else NOTHING) for r in found.rows
    )
    top = joined(_sorter(key, label, view) for key, label in _HEADS)
    shown = several(found.total, "request")
    if found.total > len(found.rows):
        shown = f"{len(found.rows):,} of {found.total:,} requests shown"
        shown += f", from {found.first + 1:,} on" if found.first else ""
    table = tag("table", tag("caption", shown), tag("thead", tag("tr", top)), tag("tbody", rows), class_="list")
    # A request that is open stays open when it is not among the first.
    apart = (
        NOTHING
        if not trace_html or any(r["request_id"] == view.opened for r in found.rows)
        else tag("div", trace_html, class_="apart")
    )
    return head + tag("div", table, class_="scroll") + _pages(found, view) + apart


def _pages(found: Listed, view: View) -> Html:
    """Buttons to the pages before and after; none where all stands on one."""
    more = found.first + len(found.rows) < found.total
    if not found.first and not more:
        return NOTHING
    before = button("Previous", "page", data_to=view.page - 1, id="wb-page-before", disabled=not found.first)
    after = button("Next", "page", data_to=view.page + 1, id="wb-page-after", disabled=not more)
    return tag("p", before, after, class_="pages")


def _sorter(key: str, label: str, view: View) -> Html:
    active = view.sort == key
    order = ("descending" if view.descending else "ascending") if active else "none"
    arrow = (" ▼" if view.descending else " ▲") if active else ""
    return tag("th", button(label + arrow, "sort", data_key=key, id=f"wb-sort-{key}"), scope="col", aria_sort=order)


def _row(r: Mapping[str, Any], view: View, names: Mapping[str, str]) -> Html:
    opened = r["request_id"] == view.opened
    condition = str(r["condition"] or "not recorded")
    what = names.get(condition, condition.replace("_", " ")) + (f", {r['complexity']}" if r["complexity"] else "")
    toggle = button(
        f"{r['request_id']} {'▾' if opened else '▸'}",
        "open",
        data_id=r["request_id"],
        id=f"wb-open-{r['request_id']}",
        aria_expanded="true" if opened else "false",
        class_="id",
        aria_label=f"{r['request_id']}: how it was decided",
    )
    cells = [
        what,
        _asked(r),
        f"{count(r['visits_used'])} v, {count(r['weeks_used'])} w",
        _outcome(r, ""),
        _outcome(r, "_draft"),
        tag("span", _FARES[str(r["fares"])], class_=_SIDE.get(str(r["fares"]))),
    ]
    mark = (" open" if opened else "") + ("" if r["flipped"] else " still")
    star = tag("abbr", "*", title="rests on assumptions") if r["on_assumptions"] else NOTHING
    haste = "urgent" if r["urgent"] or r["urgent_draft"] else "expedited" if r["expedited"] else ""
    flag = tag("abbr", f" {haste}", title=_haste(r, haste), class_="no") if haste else NOTHING
    return tag("tr", tag("th", toggle, star, flag, scope="row"), *(tag("td", c) for c in cells), class_=mark.strip())


def _haste(r: Mapping[str, Any], haste: str) -> str:
    why = "it can not wait" if haste == "urgent" else "an expedited review was asked for"
    return why + (f"; an answer is owed by {r['answer_by']}" if r["answer_by"] else "")


def _asked(r: Mapping[str, Any]) -> str:
    return f"{count(r['requested_visits'])} v in {count(r['requested_weeks'])} w"


def _outcome(r: Mapping[str, Any], side: str) -> str:
    name, visits, weeks = (r[f"{n}{side}"] for n in ("determination", "granted_visits", "granted_weeks"))
    words = DETERMINATION[str(name)]
    given = f", {count(visits)} v in {count(weeks)} w" if visits else ""
    return words + given


def _opened(inside: Html) -> Html:
    return tag("tr", tag("td", inside, colspan=str(len(_HEADS))), class_="traces")


# traces


def traces(
    published: Traced,
    draft: Traced,
    request: Mapping[str, Any],
    parameters: Mapping[str, tuple[Parameter, Parameter]],
    names: Mapping[str, str],
    turns: Iterable[tuple[Control, Decimal]] = (),
) -> Html:
    """Both ways of deciding one request, side by side. `parameters`: id → (published, draft) Parameter; `turns`: the
    controls that make the difference, with the value from which on they do."""
    left, right = (_lines(t, i, parameters, names) for i, t in enumerate((published, draft)))
    ids = list(dict.fromkeys((*left, *right)))
    apart = [i for i in ids if _outcome_of(left.get(i)) != _outcome_of(right.get(i))]
    apart += [i for i in ids if i not in apart and left.get(i) != right.get(i)]  # another value, the same outcome
    alike = [i for i in ids if i not in apart]
    who = ", ".join(
        w
        for n in ("age_years", "sex", "condition", "complexity", "review_type", "plan")
        if (w := _fact(n, request.get(n), names))
    )
    heads = tag("h3", f"Published: {headline(published.decision)}") + tag("h3", f"Draft: {headline(draft.decision)}")
    out = tag("div", heads, class_="sides")
    for control, value in turns:
        out += tag(
            "p",
            (
                f"All else as in the draft, it comes out so {_way(control, value)} "
                f"(“{control.label}”, published {plain(control.published)})."
            ),
            class_="cap turn",
        )
    if apart:
        out += tag("h4", "What differs") + _pairs(apart, left, right, "differs")
    else:
        out += tag("p", "Both sides decide this request alike, step by step.", class_="cap")
    out += tag("div", "", data_turned="", role="region", aria_label="What would change this")
    if alike:
        out += tag("h4", "The same on both sides") + _pairs(alike, left, right, "alike")
    return tag("div", tag("p", who, class_="cap"), out, class_="tr")


def _way(control: Control, value: Decimal) -> str:
    """`from 12 visits an episode on` where the number was raised, `at 60 percent and below` where it was lowered."""
    said = amount(value, control.moves.unit)
    return f"from {said} on" if value > control.published else f"at {said} and below"


def _outcome_of(line: Line | None) -> tuple[str, str] | None:
    return None if line is None else (line.mark, line.text)


def _pairs(ids: list[str], left: Mapping[str, Line], right: Mapping[str, Line], class_: str) -> Html:
    return tag("div", *(_line(side.get(i)) for i in ids for side in (left, right)), class_=f"sides {class_}")


def _line(line: Line | None) -> Html:
    if line is None:
        return tag("div", tag("span", "does not apply", class_="m"), class_="step")
    kind = {"met": "ok", "yes": "ok", "no": "ok"}.get(line.mark, "" if not line.mark else "no")
    mark = tag("b", line.mark, class_=kind) + " " if line.mark else NOTHING
    detail = tag("div", line.detail, class_="m") if line.detail else NOTHING
    cure = tag("div", f"What helps: {line.cure}", class_="m") if line.cure else NOTHING
    return tag("div", mark, line.text, cure, detail, class_="step")


def _lines(
    traced: Traced, side: int, parameters: Mapping[str, tuple[Parameter, Parameter]], names: Mapping[str, str]
) -> dict[str, Line]:
    """The steps that bear on the decision, by what was looked at; facts and values in words."""
    out: dict[str, Line] = {}
    for step in traced.steps:
        for line in trace(Traced(traced.decision, (step,))):
            alone = step.kind in ("limit", "guideline")  # there is one of each, whatever its id
            detail = line.detail if alone else _detail(step, side, parameters, names)
            out[step.kind if alone else f"{step.kind} {step.id}"] = Line(line.mark, line.text, detail, line.cure)
    return out


def _detail(
    step: Step, side: int, parameters: Mapping[str, tuple[Parameter, Parameter]], names: Mapping[str, str]
) -> str:
    known = [w for n, v in step.facts if (w := _fact(n, v, names))]
    missing = [f"{noun(n)}: missing" for n in step.asked]
    values = []
    for id_, value in step.parameters:
        p: Parameter | None = parameters.get(id_, (None, None))[side]
        values.append(f"{p.label if p else id_}: {amount(Decimal(value), p.unit if p else '')}")
    return "; ".join((*known, *missing, *values))


def _fact(name: str, value: object, names: Mapping[str, str]) -> str:
    """`visits used so far in the episode: 12`; nothing for a fact that is missing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        said = "yes" if value else "no"
    elif isinstance(value, tuple):
        said = ", ".join(str(v) for v in value)
    elif isinstance(value, Decimal | int):
        unit = facts()[name].unit
        said = amount(Decimal(value), "" if unit and unit in noun(name) else unit)
    else:
        said = value_words(value, names)
    return f"{noun(name)}: {said or DASH}"

"""What a draft changes, as HTML: the sentence, rates, the flip matrix, where it lands, what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workbench.cases.assume import Assumptions
from workbench.engine import decision as d
from workbench.lab.tuning.case_sets import Cases
from workbench.study.compare import Comparison
from workbench.study.listing import GROUPED
from workbench.study.rates import NEWLY_REFERRED
from workbench.words.comparisons import sentence_pieces
from workbench.words.conditions import noun, value_words
from workbench.words.decisions import CANNOT_KNOW, DETERMINATION, about_lines, day_words
from workbench.words.html import NOTHING, Html, button, joined, select, table, tag
from workbench.words.numbers import DASH, count, interval, percent, plus, points, several, stated

_SHORT = {
    d.APPROVED: "approved",
    d.IN_PART: "in part",
    d.INFORMATION: "info",
    d.CLINICIAN: "clinician",
    d.ADMINISTRATIVE: "admin.",
    d.NOT_REQUIRED: "not req.",
}
# How far a determination lets the person go on at once; only for the colour of a move.
_EASE = {d.NOT_REQUIRED: 4, d.APPROVED: 3, d.IN_PART: 2, d.INFORMATION: 1, d.CLINICIAN: 1, d.ADMINISTRATIVE: 1}

LANDS = "all requests; draft − published in percentage points, of the requests that need a decision"


def caption(comparison: Comparison) -> str:
    """What every difference on the screen is, of which day and period."""
    about = comparison.draft
    day = f"decided {day_words(about)}"
    first, last = about.period
    days = "days of receipt not recorded" if first is None else f"requests received from {first} to {last}"
    return f"draft − published, {day}, {days}, histories {about.mode.replace('_', ' ')}"


def verdict(comparison: Comparison) -> Html:
    """The sentence of what changes. Its text is the comparison's own; only the dress is added."""
    dressed = [
        tag("b", p.text) if p.kind == "main" else tag("span", p.text, class_=p.kind) if p.kind else p.text
        for p in sentence_pieces(comparison)
    ]
    return tag("p", joined(dressed), class_="sentence") + tag("p", caption(comparison), class_="cap")


def rates(comparison: Comparison) -> Html:
    usual = comparison.rates[0]
    rows = []
    for rate in comparison.rates:
        if rate.name == NEWLY_REFERRED:
            low, high = (plus(round(v or 0)) for v in (rate.low, rate.high))
            rows.append(
                (
                    f"{rate.label}, requests",
                    DASH,
                    count(round(rate.draft or 0)),
                    f"{plus(round(rate.difference or 0))} ({low} to {high})" if rate.difference else "0",
                )
            )
            continue
        of = (
            NOTHING
            if rate.out_of == usual.out_of
            else tag("span", f"of {rate.of_published:,.0f} {_of(rate.out_of)}", class_="of")
        )
        rows.append(
            (
                joined((rate.label, of)),
                percent(rate.published),
                percent(rate.draft),
                interval(rate.difference, rate.low, rate.high),
            )
        )
    base = f"% of the {usual.of_published:,.0f} {usual.out_of} as published, unless said otherwise"
    return table(
        ("Rate", "published", "draft", "draft − published, points, 95 %"),
        rows,
        caption=base,
        named=True,
        class_="rates",
    )


def _of(words: str) -> str:
    return words.removeprefix("all ")


def matrix(comparison: Comparison, chosen: tuple[str, str] | None) -> Html:
    """Requests by published and draft determination. A cell that holds any is a button."""
    found = comparison.matrix
    total = comparison.total.requests or 1
    head = ["pub. ↓ draft →", *(_SHORT[b] for b in d.DETERMINATIONS)]
    rows = []
    for a in d.DETERMINATIONS:
        cells: list[object] = [_SHORT[a]]
        for b in d.DETERMINATIONS:
            n = found[a][b]
            kind = "same" if a == b else "up" if _EASE[b] > _EASE[a] else "down" if _EASE[b] < _EASE[a] else "side"
            strong = " strong" if a != b and n > total / 1000 else ""
            what = f"{DETERMINATION[a]} stays" if a == b else f"{DETERMINATION[a]} becomes {DETERMINATION[b]}"
            cells.append(
                tag("span", "0", class_="none")
                if not n
                else button(
                    f"{n:,}",
                    "cell",
                    data_a=a,
                    data_b=b,
                    id=f"wb-cell-{a}-{b}",
                    class_=f"cell {kind}{strong}",
                    aria_pressed="true" if chosen == (a, b) else "false",
                    aria_label=f"{what}: {several(n, 'request')}",
                )
            )
        rows.append(cells)
    said = "Published ↓ becomes draft →, requests (choose a cell to see its requests)"
    return table(head, rows, caption=said, named=True, class_="hm")


def groups(lands: Iterable[Mapping[str, Any]], by: str, names: Mapping[str, str]) -> Html:
    """Where it lands: each group with what changes in it."""
    rows = []
    for g in lands:
        name = str(g["group"])
        difference = None if g["published"] is None or g["draft"] is None else g["draft"] - g["published"]
        side = "" if not difference else "more" if difference > 0 else "fewer"
        rows.append(
            (
                names.get(name, name).replace("_", " "),
                count(g["requests"]),
                stated(g["people"]),
                count(g["changed"]),
                tag("span", points(difference), class_=side),
            )
        )
    choice = select("by", "by", GROUPED.items(), by, id="wb-by")
    head = ("group", "requests", "people", "change", "approved, points")
    return tag("div", tag("h2", "Where it lands"), choice, class_="head") + tag(
        "div",
        table(head, rows, caption=LANDS, named=True, class_="lands"),
        class_="scroll",
        tabindex="0",
        role="region",
        aria_label="Where it lands",
    )


def split(comparison: Comparison) -> Html:
    """Counts on recorded facts and on assumptions apart; nothing where nothing was assumed."""
    if not comparison.draft.requests_on_assumptions:
        return NOTHING
    words = {"all": "all requests", "recorded": "on recorded facts", "assumed": "resting on assumptions"}
    rows = [
        (
            words[r["facts"]],
            count(r["requests"]),
            stated(r["people"] if comparison.total.people else None),
            count(r["changed"]),
            percent(r["approval_rate published"]),
            percent(r["approval_rate draft"]),
        )
        for r in comparison.split().to_dicts()
    ]
    return table(
        ("facts", "requests", "people", "change", "approved, published", "approved, draft"),
        rows,
        caption="Recorded and assumed",
        named=True,
        class_="split",
    )


def assumptions(assumed: Assumptions | None, requests: int, names: Mapping[str, str]) -> Html:
    """Every assumption by name, with its reason."""
    if assumed is None:
        return NOTHING
    items = NOTHING
    for entry in assumed.entries:
        where = " and ".join(f"{noun(f)} is {value_words(v, names)}" for f, v in entry.where)
        said = f"{noun(entry.fact)}: {_said(entry.value, names)}" + (f", where {where}" if where else "")
        items += tag("li", tag("b", said), f" {DASH} {entry.reason}")
    head = (
        f"{requests:,} of these requests rest on assumptions ({assumed.name}): "
        f"{len(assumed.entries)}, each with its reason"
    )
    return tag("details", tag("summary", head), tag("ul", items), class_="assumed", open=True)


def _said(value: object, names: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(v) for v in value)
    return value_words(value, names)


def rests_on(comparison: Comparison, cases: Cases) -> Html:
    """What all numbers rest on, and what a replay can not know."""
    lines = [cases.note, *about_lines(comparison.draft, comparison.published)]
    inside = tag("summary", "What these numbers rest on") + tag("ul", *(tag("li", x) for x in lines if x))
    return tag("p", CANNOT_KNOW, class_="cap cannot") + tag("details", inside, class_="about")


def reproduce(lines: Iterable[str]) -> Html:
    """The same numbers in Python, as a cell to copy."""
    code = "\n".join(lines)
    return tag(
        "details",
        tag("summary", "Reproduce in Python")
        + button("Copy", "copy", class_="copy")
        + tag("pre", tag("code", code), tabindex="0", aria_label="Python that gives the same numbers"),
        class_="python",
    )

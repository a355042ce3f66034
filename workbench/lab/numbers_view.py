"""What a draft changes, as HTML: the sentence, rates, the flip matrix, where it lands, what it rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from workbench.cases.assume import Assumptions
from workbench.engine import decision as d
from workbench.lab.markup import DASH, button, count, interval, percent, plus, points, select, table, tag, text
from workbench.lab.sets import Cases
from workbench.review.sentences import noun, value_words
from workbench.review.words import CANNOT_KNOW, DETERMINATION, about_lines, period
from workbench.study.compare import Comparison
from workbench.study.listing import GROUPED
from workbench.study.rates import NEWLY_REFERRED

_SHORT = {d.APPROVED: "approved", d.IN_PART: "in part", d.INFORMATION: "info", d.CLINICIAN: "clinician",
          d.ADMINISTRATIVE: "admin.", d.NOT_REQUIRED: "not req."}
# How far a determination lets the person go on at once; only for the colour of a move.
_EASE = {d.NOT_REQUIRED: 4, d.APPROVED: 3, d.IN_PART: 2, d.INFORMATION: 1, d.CLINICIAN: 1, d.ADMINISTRATIVE: 1}


def caption(comparison: Comparison) -> str:
    """What every difference on the screen is, of which day and period."""
    about = comparison.draft
    day = "decided by date" if about.deciding_day == "by date" else f"decided as of {about.deciding_day}"
    first, last = about.period
    days = "days of receipt not recorded" if first is None else f"requests received from {first} to {last}"
    return f"draft − published, {day}, {days}, histories {about.mode.replace('_', ' ')}"


def verdict(comparison: Comparison) -> str:
    """The sentence of what changes. Its text is the comparison's own; only the dress is added."""
    said = text(comparison.sentence())
    said = re.sub(r"^([\d,]+ of [\d,]+ requests changes?|None of [\d,]+ requests changes)", r"<b>\1</b>", said)
    said = re.sub(r"([\d,]+ more [a-z ]+)", r'<span class="more">\1</span>', said)
    said = re.sub(r"([\d,]+ fewer [a-z ]+)", r'<span class="fewer">\1</span>', said)
    said = re.sub(r"(Visits granted )([+−][\d,]+)", r"\1<b>\2</b>", said)
    return tag("p", said, class_="sentence") + tag("p", text(caption(comparison)), class_="cap")


def rates(comparison: Comparison) -> str:
    usual = comparison.rates[0]
    rows = []
    for rate in comparison.rates:
        if rate.name == NEWLY_REFERRED:
            low, high = (plus(round(v or 0)) for v in (rate.low, rate.high))
            rows.append((text(f"{rate.label}, requests"), DASH, count(round(rate.draft or 0)),
                         f"{plus(round(rate.difference or 0))} ({low} to {high})" if rate.difference else "0"))
            continue
        of = "" if rate.out_of == usual.out_of else tag("span", text(f"of {rate.of_published:,.0f} {_of(rate.out_of)}"),
                                                        class_="of")
        rows.append((text(rate.label) + of, percent(rate.published), percent(rate.draft),
                     interval(rate.difference, rate.low, rate.high)))
    of = f"% of the {usual.of_published:,.0f} {usual.out_of} as published, unless said otherwise"
    return table(("Rate", "published", "draft", "draft − published, points, 95 %"), rows, of, class_="rates")


def _of(words: str) -> str:
    return words.removeprefix("all ")


def matrix(comparison: Comparison, chosen: tuple[str, str] | None) -> str:
    """Requests by published and draft determination. A cell that holds any is a button."""
    found = comparison.matrix
    total = comparison.total.requests or 1
    head = ["", *(_SHORT[b] for b in d.DETERMINATIONS)]
    rows = []
    for a in d.DETERMINATIONS:
        cells = [text(_SHORT[a])]
        for b in d.DETERMINATIONS:
            n = found[a][b]
            kind = "same" if a == b else "up" if _EASE[b] > _EASE[a] else "down" if _EASE[b] < _EASE[a] else "side"
            strong = " strong" if a != b and n > total / 1000 else ""
            what = f"{DETERMINATION[a]} stays" if a == b else f"{DETERMINATION[a]} becomes {DETERMINATION[b]}"
            cells.append(tag("span", "0", class_="none") if not n else button(
                f"{n:,}", "cell", data_a=a, data_b=b, id=f"wb-cell-{a}-{b}", class_=f"cell {kind}{strong}",
                aria_pressed="true" if chosen == (a, b) else "false",
                aria_label=f"{what}: {n:,} request{'' if n == 1 else 's'}"))
        rows.append(cells)
    return table(head, rows, "Published ↓ becomes draft →, requests (choose a cell to see its requests)", class_="hm")


def groups(lands: Iterable[Mapping[str, object]], by: str, names: Mapping[str, str]) -> str:
    """Where it lands: each group with what changes in it."""
    rows = []
    for g in lands:
        name = str(g["group"])
        difference = None if g["published"] is None or g["draft"] is None else g["draft"] - g["published"]
        side = "" if not difference else "more" if difference > 0 else "fewer"
        rows.append((text(names.get(name, name).replace("_", " ")), count(g["requests"]), count(g["people"]),
                     count(g["changed"]), tag("span", points(difference), class_=side)))
    choice = select("by", "by", GROUPED.items(), by, id="wb-by")
    head = ("group", "requests", "people", "change", "approved, points")
    return tag("div", tag("h2", "Where it lands") + choice, class_="head") + tag("div", table(
        head, rows, "draft − published, of the requests that need a decision", class_="lands"), class_="scroll")


def split(comparison: Comparison) -> str:
    """Counts on recorded facts and on assumptions apart; nothing where nothing was assumed."""
    if not comparison.draft.requests_on_assumptions:
        return ""
    words = {"all": "all requests", "recorded": "on recorded facts", "assumed": "resting on assumptions"}
    rows = [(words[r["facts"]], count(r["requests"]), count(r["people"]), count(r["changed"]),
             percent(r["approval_rate published"]), percent(r["approval_rate draft"]))
            for r in comparison.split().to_dicts()]
    return table(("", "requests", "people", "change", "approved, published", "approved, draft"), rows,
                 "Recorded and assumed", class_="split")


def assumptions(assumed: Assumptions | None, requests: int, names: Mapping[str, str]) -> str:
    """Every assumption by name, with its reason."""
    if assumed is None:
        return ""
    items = ""
    for entry in assumed.entries:
        where = " and ".join(f"{noun(f)} is {value_words(v, names)}" for f, v in entry.where)
        said = f"{noun(entry.fact)}: {_said(entry.value, names)}" + (f", where {where}" if where else "")
        items += tag("li", tag("b", text(said)) + f" {DASH} {text(entry.reason)}")
    head = (f"{requests:,} of these requests rest on assumptions ({assumed.name}): "
            f"{len(assumed.entries)}, each with its reason")
    return tag("details", tag("summary", text(head)) + tag("ul", items), class_="assumed", open=True)


def _said(value: object, names: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(str(v) for v in value)
    return value_words(value, names)


def rests_on(comparison: Comparison, cases: Cases) -> str:
    """What all numbers rest on, and what a replay can not know."""
    lines = [cases.note, *about_lines(comparison.draft)]
    inside = tag("summary", "What these numbers rest on") + tag("ul", "".join(tag("li", text(x)) for x in lines if x))
    return tag("p", text(CANNOT_KNOW), class_="cap cannot") + tag("details", inside, class_="about")


def counted(comparison: Comparison) -> str:
    """The three counts, always named."""
    total = comparison.total
    return (f"{total.requests:,} requests, {total.episodes:,} episodes, {total.people:,} people; "
            f"{period(comparison.draft)}")


def reproduce(lines: Iterable[str]) -> str:
    """The same numbers in Python, as a cell to copy."""
    code = "\n".join(lines)
    return tag("details", tag("summary", "Reproduce in Python") + button("Copy", "copy", class_="copy")
               + tag("pre", tag("code", text(code)), tabindex="0", aria_label="Python that gives the same numbers"),
               class_="python")

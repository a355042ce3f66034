"""A difference for whoever reviews it: one HTML page with both sides beside one another, or Markdown for a pull
request.

    difference_page(difference, effects)       # a page of its own that fetches nothing
    difference_markdown(difference, effects)   # short enough for a comment

What a proof says (review/proof/effect.py) stands beside each item where it was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from workbench.guideline.differences import ADDED, DROPPED, MOVED, Condition
from workbench.language.show import show
from workbench.review.difference import Difference
from workbench.review.page import STYLE, note, section, things_of
from workbench.review.proof.effect import EQUIVALENT, INCOMPARABLE, OTHERWISE, PERMISSIVE, STRICTER, Effect, Region
from workbench.words.decisions import DETERMINATION, with_reasons
from workbench.words.differences import NONE, WORDS, Said
from workbench.words.html import NOTHING, Html, document, joined, table, tag, text
from workbench.words.markdown import Md, md, plain
from workbench.words.markdown import table as md_table
from workbench.words.numbers import several
from workbench.words.requests import request_words

VERDICTS = (STRICTER, INCOMPARABLE, PERMISSIVE, OTHERWISE, EQUIVALENT)  # losers first
LONGEST = 60_000  # characters of a comment that pull requests take
MOST = 12  # regions told in a comment
CSS = """
body{max-width:1240px}
table.sides{table-layout:fixed}.sides col.what{width:19%}.sides col.side{width:23%}.sides col.small{width:11.6%}
.regions td:nth-child(-n+2){width:27%}
.sides td{overflow-wrap:anywhere}.sides tr.added td.old,.sides tr.dropped td.new{background:var(--wash)}
td.old{color:var(--pub)}td.new{color:var(--draft)}
.v{white-space:nowrap}.v.stricter,.v.incomparable{color:var(--warn);font-weight:600}.v.permissive{color:var(--good)}
"""


def difference_page(difference: Difference, effects: Sequence[Effect] = ()) -> Html:
    """The page: verdict first, then what changes side by side, the verdict of each condition, rows and regions."""
    title = f"{difference.one} → {difference.two}"
    body = [
        tag("header", tag("h1", title), tag("p", difference.counts(), class_="question")),
        *(_verdict(e) for e in effects),
        *(note(r) for r in difference.remarks),
        _written(difference),
        section("What changes", _sides(difference, effects)),
        *(part for e in effects for part in _effect(e)),
    ]
    return document(title, joined((p for p in body if p), "\n"), STYLE + CSS)


def _written(difference: Difference) -> Html:
    steps = difference.steps
    return section("As written", tag("ul", *(tag("li", s) for s in steps))) if steps else NOTHING


def _who(effect: Effect) -> str:
    return f"under {effect.plan}" if effect.plan else "where no overlay applies"


def _verdict(effect: Effect) -> Html:
    bad = effect.verdict not in (EQUIVALENT, PERMISSIVE)
    said = f"{effect.two}, {_who(effect)}, over every request that there can be: "
    return tag("p", said, tag("b", effect.verdict), ".", class_="say no" if bad else "say")


def _sides(difference: Difference, effects: Sequence[Effect]) -> Html:
    """What changes, a row a part: old | new, unit, on what it rests, who does not feel it, and what it does."""
    if not difference.items:
        return tag("p", "Nothing changes.")
    heads = ("what", "old", "new", "source, evidence", "felt by", "by itself it is")
    cols = joined(tag("col", class_=c) for c in ("what", "side", "side", "small", "small", "small"))
    rows, place = NOTHING, ""
    for items in things_of(difference):
        one = items[0]
        if one.place != place:
            place = one.place
            rows += tag("tr", tag("th", place, scope="rowgroup", colspan=len(heads)), class_="place")
        for k, item in enumerate(items):
            rows += _row(item, difference, effects, len(items) if not k else 0)
    head = tag("thead", tag("tr", *(tag("th", h, scope="col") for h in heads)))
    group = tag("colgroup", cols)
    return tag("table", group, head, tag("tbody", rows), class_="sides")


def _row(item: Said, difference: Difference, effects: Sequence[Effect], span: int) -> Html:
    rests = joined((x for x in (item.source, item.evidence) if x), tag("br"))
    cells = [tag("td", _side(item, False), class_="old"), tag("td", _side(item, True), class_="new")]
    cells.append(tag("td", rests))
    if span:
        name = tag("b", f"{WORDS[item.kind]} {item.id}".strip())
        small = joined((tag("br"), tag("small", item.label))) if item.label else NOTHING
        cells.insert(0, tag("td", name, small, rowspan=span))
        cells.append(tag("td", felt(item, difference), rowspan=span))
        verdicts = alone(item, effects)
        said = (tag("span", v, class_=f"v {v.split()[-1]}") for v in verdicts)
        cells.append(tag("td", joined(said, tag("br")) if verdicts else NONE, rowspan=span))
    return tag("tr", *cells, class_=item.how)


def _side(item: Said, new: bool) -> Html:
    """One side of a part, with its unit and how it is written; where it stands, on the new side."""
    value, data = (item.new, item.item.new) if new else (item.old, item.item.old)
    if item.how == MOVED:
        return text(item.note if new else NONE)
    if value is None:
        return text(NONE)
    head = f"{item.part} " if item.part else ""
    unit = f" {item.unit}" if item.unit and item.unit != item.part else ""
    stands = item.note if new and item.item.before is not None else ""
    written = show(data.node) if isinstance(data, Condition) else stands
    remark = joined((tag("br"), tag("small", written))) if written else NOTHING
    return joined((tag("small", head), f"{value}{unit}", remark))


def felt(item: Said, difference: Difference) -> str:
    """Who feels a change: all, all but the plans whose overlay sets the same, or the plans that it is made for."""
    named = sorted({p.overlay for p in item.item.places if p.overlay})
    if named:
        return ", ".join(named)
    kept = {(kind, id_): plans for kind, id_, plans in difference.kept}.get((item.kind, item.id), ())
    if not kept:
        return "all plans" if difference.met and item.kind != "about" else NONE
    return f"all but {', '.join(kept)}"


def alone(item: Said, effects: Sequence[Effect]) -> list[str]:
    """What a thing does by itself, once where all that were asked say the same."""
    found = {e.plan: i.verdict for e in effects for i in e.items if (i.kind, i.id) == (item.kind, item.id)}
    if len(set(found.values())) <= 1:
        return list(dict.fromkeys(found.values()))
    return [f"{plan or 'no overlay'}: {verdict}" for plan, verdict in found.items()]


def _effect(effect: Effect) -> Iterator[Html]:
    yield section(f"For which requests, {_who(effect)}", *(note(r) for r in effect.remarks), _matrix(effect))
    if effect.rows:
        yield section("Limit rows", tag("ul", *(tag("li", tag("b", r.id), f" {r.words}") for r in effect.rows)))
    if effect.regions:
        head = ["where", "what becomes of which", "a request that lies there"]
        rows = [[joined(r.words, tag("br")) or "anywhere", _became(r), _shown(r, effect)] for r in effect.regions]
        told = f"{several(len(effect.regions), 'region')} in which another decision is given"
        yield section("Where it decides otherwise", table(head, rows, caption=told, class_="regions"))


def _matrix(effect: Effect) -> Html:
    """Conditions by verdict, for each aim of treatment; those of which nothing changes are counted."""
    rows = []
    for intent, verdict, conditions in by_verdict(effect):
        words = several(len(conditions), "condition")
        named = words if verdict == EQUIVALENT else f"{words}: {', '.join(_name(c, effect) for c in conditions)}"
        rows.append([intent, tag("span", verdict, class_=f"v {verdict.split()[-1]}"), named])
    return table(["aim of treatment", "the new rules are", "for"], rows)


def by_verdict(effect: Effect) -> Iterator[tuple[str, str, list[str]]]:
    """Aim of treatment, verdict, conditions: losers first."""
    for intent in dict.fromkeys(v.intent for v in effect.verdicts):
        for verdict in VERDICTS:
            these = [v.condition for v in effect.verdicts if (v.intent, v.verdict) == (intent, verdict)]
            if these:
                yield intent, verdict, these


def _name(condition: str, effect: Effect) -> str:
    return effect.labels.get(condition, condition.replace("_", " "))


def _became(region: Region) -> Html:
    lines = (f"{DETERMINATION[t.old]} → {DETERMINATION[t.new]} ({t.direction})" for t in region.transitions)
    return joined(lines, tag("br"))


def _shown(region: Region, effect: Effect) -> Html:
    return joined(_witness(region, effect), tag("br"))


def _witness(region: Region, effect: Effect) -> Iterator[str]:
    """A request of the cases where one lies there, else the smallest made up, and what both sides decide of it."""
    if region.requests:
        yield f"{several(region.requests, 'request')} of these cases, such as {region.request_id}"
    elif region.requests == 0:
        yield "no request in these cases has ever been here"
    w = region.witness
    if w is not None and w.second_traced is not None:
        yield request_words(w.facts, effect.labels)
        yield f"{with_reasons(w.traced.decision)} → {with_reasons(w.second_traced.decision)}"


# ----------------------------------------------------------------------------------------------------- Markdown


def difference_markdown(difference: Difference, effects: Sequence[Effect] = ()) -> str:
    """The same, short: verdicts, a table of what changes, and folded below it where it decides otherwise."""
    out = [f"### {plain(difference.one)} → {plain(difference.two)}", ""]
    for e in effects:
        out.append(f"- **{plain(e.verdict)}** over every request, {plain(_who(e))}")
    out += [f"- {plain(difference.counts())}", *(f"- {plain(r)}" for r in difference.remarks), ""]
    if difference.items:
        head = ["what", "old", "new", "source, evidence", "felt by", *(["by itself"] if effects else [])]
        out += [md_table(head, _md_rows(difference, effects)), ""]
    for e in effects:
        out += _md_effect(e)
    return _short("\n".join(out))


def _md_rows(difference: Difference, effects: Sequence[Effect]) -> Iterator[list[object]]:
    for item in (i for i in difference.said if i.part not in ("note", "checked")):
        name = md(f"**{plain(WORDS[item.kind])} {plain(item.id)}**" if WORDS[item.kind] else f"**{plain(item.id)}**")
        rests = ", ".join(x for x in (item.source, item.evidence) if x)
        row: list[object] = [md(f"{name} {plain(item.part)}".strip()), *_md_sides(item), rests, felt(item, difference)]
        yield [*row, ", ".join(alone(item, effects)) or NONE] if effects else row


def _md_sides(item: Said) -> tuple[str, str]:
    unit = f" {item.unit}" if item.unit and item.unit != item.part else ""
    if item.how == MOVED:
        return NONE, f"moved: {item.note}"
    old, new = (NONE if v is None else f"{v}{unit}" for v in (item.old, item.new))
    return (old if item.how != ADDED else NONE), (new if item.how != DROPPED else NONE)


def _md_effect(effect: Effect) -> Iterator[str]:
    yield f"<details><summary>Where it decides otherwise, {plain(_who(effect))}</summary>"
    yield ""
    yield from (f"- {plain(r)}" for r in effect.remarks)
    for intent, verdict, conditions in by_verdict(effect):
        these = several(len(conditions), "condition")
        named = "" if verdict == EQUIVALENT else f": {', '.join(_name(c, effect) for c in conditions)}"
        yield f"- {plain(intent)}: **{plain(verdict)}** for {plain(these + named)}"
    yield from (f"- limit row {plain(r.id)} {plain(r.words)}" for r in effect.rows)
    for region in effect.regions[:MOST]:
        moves = (f"{DETERMINATION[t.old]} → {DETERMINATION[t.new]} ({t.direction})" for t in region.transitions)
        yield f"- {plain('; '.join(region.words) or 'anywhere')}"
        yield from _md_lines((*moves, *_witness(region, effect)))
    more = len(effect.regions) - MOST
    if more > 0:
        yield f"- and {several(more, 'more region')}, in the page and as JSON"
    yield "</details>"
    yield ""


def _md_lines(lines: Iterable[str]) -> Iterator[Md]:
    return (md(f"  - {plain(line)}") for line in lines)


def _short(text: str) -> str:
    """Cut at a line where it is longer than a comment may be, which is said."""
    if len(text) <= LONGEST:
        return text.rstrip() + "\n"
    kept = text[:LONGEST].rsplit("\n", 1)[0]
    open_ = "\n</details>" if kept.count("<details>") > kept.count("</details>") else ""
    return f"{kept}{open_}\n\nCut here: the rest is in the page and as JSON.\n"

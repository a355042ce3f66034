"""What the reports share: their style, the table of what changes, and small tables as files."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from workbench.cases.spreadsheet import harmless
from workbench.documents.outputs import writing
from workbench.guideline.differences import ADDED, CHANGED, DROPPED, MOVED
from workbench.review.difference import Difference
from workbench.words.colours import variables
from workbench.words.differences import NONE, WORDS, Said
from workbench.words.html import NOTHING, Html, joined, tag

STYLE = (
    variables(":root")
    + """
*{box-sizing:border-box}
body{font:14px/1.5 "DejaVu Sans",system-ui,sans-serif;color:var(--ink);background:#fff;margin:0 auto;max-width:1040px;
padding:24px}
h1{font-size:24px;line-height:1.25;margin:0 0 4px}
h2{font-size:17px;margin:34px 0 8px;border-bottom:1px solid var(--line);padding-bottom:3px}
h3{font-size:14px;margin:18px 0 4px}
.question{font-size:16px;color:var(--mute);margin:0 0 10px}
.say{font-size:17px;line-height:1.5;border-left:5px solid var(--draft);padding:8px 14px;background:var(--hot);
margin:10px 0}
.say.no{border-color:var(--warn)}.note,figcaption,small,caption{color:var(--mute)}.note{font-size:13px;margin:4px 0}
table{border-collapse:collapse;width:100%;margin:6px 0 12px}caption{text-align:left;font-size:13px;padding:2px 0 4px}
th,td{padding:4px 8px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
thead th{font-size:12px;color:var(--mute);font-weight:600;vertical-align:bottom}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.line{white-space:nowrap}tr.place th{background:var(--wash);font-size:13px}del{color:var(--pub);text-decoration:none}
ins{color:var(--draft);text-decoration:none}.line ins{font-weight:600}
.matrix td.same{background:var(--same)}.matrix td.zero{color:var(--mute)}
.matrix td.up{background:var(--up-wash)}.matrix td.down{background:var(--down-wash)}
figure{margin:10px 0}figure img{max-width:100%;height:auto;display:block}
.badge{display:inline-block;border:1px solid currentColor;border-radius:3px;padding:0 6px;font-size:12px;
font-weight:600}
.badge.yes{color:var(--good)}.badge.no{color:var(--warn)}
.sign{display:grid;grid-template-columns:2fr 1fr 1fr;gap:24px;margin:44px 0 8px}
.sign div{border-top:1px solid var(--ink);
padding-top:4px;font-size:13px;color:var(--mute)}
code{font:13px "DejaVu Sans Mono",monospace;overflow-wrap:anywhere}pre{background:var(--wash);padding:8px 12px;
white-space:pre-wrap}
@media print{body{padding:0;max-width:none;font-size:11px}h2{break-after:avoid}figure,tr,.say,.sign{break-inside:avoid}
thead{display:table-header-group}@page{margin:16mm}}
"""
)


def section(title: str, *inside: object) -> Html:
    """A part of a report under its heading."""
    return tag("section", tag("h2", title), *inside)


def note(words: object) -> Html:
    """A remark in small print."""
    return tag("p", words, class_="note")


def difference_table(difference: Difference, first: int = 0, most: int = 0) -> Html:
    """What changes, a row a thing: old → new with unit, source and evidence. `first` and `most` cut out things."""
    if not difference.items:
        return tag("p", "Nothing changes.")
    things = things_of(difference)
    shown = things[first : first + most] if most else things[first:]
    head = joined(tag("th", h, scope="col") for h in ("what", "part", "old → new", "unit", "source", "evidence"))
    rows, place = NOTHING, ""
    for items in shown:
        one = items[0]
        if one.place != place:
            place = one.place
            rows += tag("tr", tag("th", place, scope="rowgroup", colspan="6"), class_="place")
        rows += _rows(items)
    caption = tag("caption", f"{difference.one} → {difference.two}: {difference.counts()}")
    return tag("table", caption, tag("thead", tag("tr", head)), tag("tbody", rows), class_="difference")


def _rows(items: list[Said]) -> Html:
    """The rows of one thing: its numbers in one, any other part in one of its own."""
    parts = [list(some) for _, some in groupby(items, lambda i: bool(i.unit) or id(i))]
    out = NOTHING
    for k, some in enumerate(parts):
        columns: tuple[Iterable[object], ...] = (
            [i.part for i in some],
            [_change(i) for i in some],
            [i.unit for i in some],
            dict.fromkeys(i.source for i in some),
            dict.fromkeys(i.evidence for i in some),
        )
        title = NOTHING if k else tag("td", _title(items[0]), rowspan=len(parts))
        out += tag("tr", title, *(tag("td", joined(c, tag("br"))) for c in columns), class_=items[0].how)
    return out


def things_of(difference: Difference) -> list[list[Said]]:
    """The items of a difference, those of one thing together."""
    return [list(items) for _, items in groupby(difference.said, lambda i: (i.place, i.kind, i.id, i.how == CHANGED))]


def _title(item: Said) -> Html:
    if item.kind == "parameter":
        return joined((tag("b", item.label), tag("br"), tag("small", f"parameter {item.id}")))
    small = joined((tag("br"), tag("small", item.label))) if item.label else NOTHING
    return tag("b", f"{WORDS[item.kind]} {item.id}".strip()) + small


def _change(item: Said) -> Html:
    remark = joined((tag("br"), tag("small", item.note))) if item.note else NOTHING
    old, new = tag("del", item.old or NONE), tag("ins", item.new or NONE)
    if item.how == MOVED:
        return joined(("moved", remark))
    if item.how == ADDED:
        return joined(("added: ", new if item.new else tag("ins"), remark))
    if item.how == DROPPED:
        return joined(("dropped: ", old if item.old else tag("del"), remark))
    both = joined((old, " → ", new))
    return (tag("span", both, class_="line") if item.unit else both) + remark


def write_csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A small table as CSV; no text in it runs as a formula."""
    with writing(path) as (part,), part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows([harmless(cell) for cell in row] for row in rows)

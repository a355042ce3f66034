"""What the HTML reports are made of: tables, figures with their text, one style, one page that needs no network."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path

from workbench.review.difference import Difference
from workbench.review.redline import ADDED, CHANGED, DROPPED, MOVED, NONE, WORDS, Item

STYLE = """
:root{--ink:#1d2733;--mute:#505c69;--line:#cfd6de;--wash:#f5f7f9;--draft:#8a4b00;--pub:#1f5fa8;--hot:#fff4e5}
*{box-sizing:border-box}
body{font:14px/1.5 "DejaVu Sans",system-ui,sans-serif;color:var(--ink);background:#fff;margin:0 auto;max-width:1040px;
padding:24px}
h1{font-size:24px;line-height:1.25;margin:0 0 4px}
h2{font-size:17px;margin:34px 0 8px;border-bottom:1px solid var(--line);padding-bottom:3px}
h3{font-size:14px;margin:18px 0 4px}
.question{font-size:16px;color:var(--mute);margin:0 0 10px}
.say{font-size:17px;line-height:1.5;border-left:5px solid var(--draft);padding:8px 14px;background:var(--hot);
margin:10px 0}
.say.no{border-color:#8f1d1d}.note,figcaption,small,caption{color:var(--mute)}.note{font-size:13px;margin:4px 0}
table{border-collapse:collapse;width:100%;margin:6px 0 12px}caption{text-align:left;font-size:13px;padding:2px 0 4px}
th,td{padding:4px 8px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
thead th{font-size:12px;color:var(--mute);font-weight:600;vertical-align:bottom}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.line{white-space:nowrap}tr.place th{background:var(--wash);font-size:13px}del{color:var(--pub);text-decoration:none}
ins{color:var(--draft);text-decoration:none}.line ins{font-weight:600}
.matrix td.same{background:#e6eaef}.matrix td.zero{color:#76818d}
.matrix td.up{background:#cfe0f3}.matrix td.down{background:#f9dfc6}
figure{margin:10px 0}figure img{max-width:100%;height:auto;display:block}
.badge{display:inline-block;border:1px solid currentColor;border-radius:3px;padding:0 6px;font-size:12px;
font-weight:600}
.badge.yes{color:#14532d}.badge.no{color:#8f1d1d}
.sign{display:grid;grid-template-columns:2fr 1fr 1fr;gap:24px;margin:44px 0 8px}
.sign div{border-top:1px solid var(--ink);
padding-top:4px;font-size:13px;color:var(--mute)}
code{font:13px "DejaVu Sans Mono",monospace;overflow-wrap:anywhere}pre{background:var(--wash);padding:8px 12px;
white-space:pre-wrap}
@media print{body{padding:0;max-width:none;font-size:11px}h2{break-after:avoid}figure,tr,.say,.sign{break-inside:avoid}
thead{display:table-header-group}@page{margin:16mm}}
"""


def document(title: str, body: str) -> str:
    """A page of its own: nothing in it is fetched from anywhere."""
    return (f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head>'
            f"<body>\n{body}\n</body></html>\n")


def table(head: Sequence[str], rows: Iterable[Sequence[object]], *, caption: str = "", numbers: Iterable[int] = (),
          css: str = "") -> str:
    """A table; `numbers` are the columns set to the right. Cells that are `Html` go in as they are."""
    right = set(numbers)
    name = f' class="{css}"' if css else ""
    heads = "".join(f'<th scope="col"{_n(k, right)}>{escape(h)}</th>' for k, h in enumerate(head))
    body = "".join("<tr>" + "".join(f"<td{_n(k, right)}>{html(c)}</td>" for k, c in enumerate(row)) + "</tr>\n"
                   for row in rows)
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    top = f"<thead><tr>{heads}</tr></thead>\n" if any(head) else ""
    return f"<table{name}>{above}{top}<tbody>{body}</tbody></table>\n"


def _n(column: int, right: set[int]) -> str:
    return ' class="n"' if column in right else ""


class Html(str):
    """Text that is HTML already."""


def html(value: object) -> str:
    """A value for a cell: numbers with separators and a true minus, nothing for None."""
    if isinstance(value, Html):
        return value
    if value is None:
        return NONE
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}".replace("-", "−")
    return escape(str(value))


def figure(source: str, alt: str, caption: str) -> str:
    """A picture (a data: address) with the text that says the same."""
    return (f'<figure><img src="{source}" alt="{escape(alt, quote=True)}"><figcaption>{escape(caption)}</figcaption>'
            "</figure>\n")


def difference_table(difference: Difference, first: int = 0, most: int = 0) -> str:
    """What changes, a row a thing: old → new with unit, source and evidence. `first` and `most` cut out things."""
    if not difference.items:
        return "<p>Nothing changes.</p>"
    things = things_of(difference)
    shown = things[first:first + most] if most else things[first:]
    head = "".join(f'<th scope="col">{h}</th>' for h in ("what", "part", "old → new", "unit", "source", "evidence"))
    rows, place = [], ""
    for items in shown:
        one = items[0]
        if one.place != place:
            place = one.place
            rows.append(f'<tr class="place"><th scope="rowgroup" colspan="6">{escape(place)}</th></tr>')
        rows += _rows(items)
    return (f'<table class="difference"><caption>{escape(difference.one)} → {escape(difference.two)}: '
            f"{escape(difference.counts())}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
            "</table>\n")


def _rows(items: list[Item]) -> list[str]:
    """The rows of one thing: its numbers in one, any other part in one of its own."""
    parts = [list(some) for _, some in groupby(items, lambda i: bool(i.unit) or id(i))]
    out = []
    for k, some in enumerate(parts):
        columns = ([escape(i.part) for i in some], [_change(i) for i in some], [escape(i.unit) for i in some],
                   dict.fromkeys(escape(i.source) for i in some), dict.fromkeys(escape(i.evidence) for i in some))
        cells = "".join(f"<td>{'<br>'.join(c)}</td>" for c in columns)
        title = "" if k else f'<td rowspan="{len(parts)}">{_title(items[0])}</td>'
        out.append(f'<tr class="{items[0].how}">{title}{cells}</tr>')
    return out


def things_of(difference: Difference) -> list[list[Item]]:
    """The items of a difference, those of one thing together."""
    return [list(items) for _, items in groupby(difference.items, lambda i: (i.place, i.kind, i.id, i.how == CHANGED))]


def _title(item: Item) -> str:
    if item.kind == "parameter":
        return f"<b>{escape(item.label)}</b><br><small>parameter {escape(item.id)}</small>"
    small = f"<br><small>{escape(item.label)}</small>" if item.label else ""
    return f"<b>{escape(f'{WORDS[item.kind]} {item.id}'.strip())}</b>{small}"


def _change(item: Item) -> str:
    note = f"<br><small>{escape(item.note)}</small>" if item.note else ""
    if item.how == MOVED:
        return f"moved{note}"
    if item.how == ADDED:
        return f"added: <ins>{escape(item.new or '')}</ins>{note}"
    if item.how == DROPPED:
        return f"dropped: <del>{escape(item.old or '')}</del>{note}"
    text = f"<del>{escape(item.old or NONE)}</del> → <ins>{escape(item.new or NONE)}</ins>"
    return (f'<span class="line">{text}</span>' if item.unit else text) + note


def write_csv(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A small table as CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)

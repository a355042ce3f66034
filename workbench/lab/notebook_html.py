"""What the views of the notebooks are made of: HTML under one style, and the same as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench.words.colours import variables
from workbench.words.html import Html, style, tag

# The class stands twice in a row where the notebook's own rules for tables would win otherwise.
_CSS = (
    variables(".wb-cases")
    + """
.wb-cases{color:var(--ink);font:13px/1.45 "DejaVu Sans",system-ui,sans-serif;max-width:1080px}
.wb-cases .pair{display:grid;grid-template-columns:minmax(0,1.5fr) minmax(300px,1fr);gap:8px 28px;align-items:start}
.wb-cases .halves{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:8px 28px;align-items:start}
.wb-cases .say{font-size:15px;border-left:4px solid var(--draft);background:var(--hot);padding:6px 12px;
margin:4px 0 8px}
.wb-cases figure{margin:4px 0}.wb-cases img{width:100%;max-width:640px;height:auto;display:block;margin:0}
.wb-cases figcaption,.wb-cases caption,.wb-cases small,.wb-cases .note{color:var(--mute);font-size:12px}
.wb-cases small{display:block}
.wb-cases.wb-cases table{border-collapse:collapse;width:100%;margin:4px 0 14px;font-size:12.5px;table-layout:auto}
.wb-cases caption{caption-side:top;text-align:left;padding:0 0 3px}
.wb-cases.wb-cases th,.wb-cases.wb-cases td{padding:3px 8px;border-bottom:1px solid var(--line);text-align:left;
vertical-align:top;background:none;font-weight:400;color:inherit;white-space:normal;max-width:none}
.wb-cases.wb-cases thead th{font-size:11.5px;color:var(--mute);font-weight:600;vertical-align:bottom}
.wb-cases.wb-cases td.n,.wb-cases.wb-cases th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.wb-cases.wb-cases tbody tr,.wb-cases.wb-cases tbody tr:nth-child(odd),.wb-cases.wb-cases tbody tr:hover{
background:none}
.wb-cases b.no{color:var(--draft)}
@media(max-width:760px){.wb-cases .pair,.wb-cases .halves{grid-template-columns:minmax(0,1fr)}}
"""
)


@dataclass(frozen=True)
class Shown:
    """A piece of a notebook: HTML for the page, the same in `text`, and the numbers in `data`."""

    html: str = field(repr=False)
    text: str
    data: pd.DataFrame = field(repr=False, compare=False)

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return self.html


def entries(frame: pd.DataFrame) -> Iterator[Any]:
    """The rows of a table, each with its columns by name; what they hold is known to no checker."""
    return iter(frame.itertuples())


def block(*body: Html) -> str:
    """HTML under the style of these pages."""
    return str(style(_CSS) + tag("div", *body, class_="wb-cases"))

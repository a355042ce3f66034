"""What the views of the notebooks are made of: HTML under one style, the same as text, and numbers in words."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

# The class stands twice in a row where the notebook's own rules for tables would win otherwise.
_CSS = """<style>
.wb-cases{color:#1d2733;font:13px/1.45 "DejaVu Sans",system-ui,sans-serif;max-width:1080px}
.wb-cases .pair{display:grid;grid-template-columns:minmax(0,1.5fr) minmax(300px,1fr);gap:8px 28px;align-items:start}
.wb-cases .halves{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:8px 28px;align-items:start}
.wb-cases .say{font-size:15px;border-left:4px solid #8a4b00;background:#fff4e5;padding:6px 12px;margin:4px 0 8px}
.wb-cases figure{margin:4px 0}.wb-cases img{width:100%;max-width:640px;height:auto;display:block;margin:0}
.wb-cases figcaption,.wb-cases caption,.wb-cases small,.wb-cases .note{color:#505c69;font-size:12px}
.wb-cases small{display:block}
.wb-cases.wb-cases table{border-collapse:collapse;width:100%;margin:4px 0 14px;font-size:12.5px;table-layout:auto}
.wb-cases caption{caption-side:top;text-align:left;padding:0 0 3px}
.wb-cases.wb-cases th,.wb-cases.wb-cases td{padding:3px 8px;border-bottom:1px solid #cfd6de;text-align:left;
vertical-align:top;background:none;font-weight:400;color:inherit;white-space:normal;max-width:none}
.wb-cases.wb-cases thead th{font-size:11.5px;color:#505c69;font-weight:600;vertical-align:bottom}
.wb-cases.wb-cases td.n,.wb-cases.wb-cases th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.wb-cases.wb-cases tbody tr,.wb-cases.wb-cases tbody tr:nth-child(odd),.wb-cases.wb-cases tbody tr:hover{
background:none}
.wb-cases b.no{color:#8a4b00}
@media(max-width:760px){.wb-cases .pair,.wb-cases .halves{grid-template-columns:minmax(0,1fr)}}
</style>"""


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


def block(body: str) -> str:
    """HTML under the style of these pages."""
    return f'{_CSS}<div class="wb-cases">{body}</div>'


def number(value: float | None) -> str:
    """Three digits that count: `0.518`, `9.69`, `104`; a dash for none."""
    if value is None or pd.isna(value):
        return "–"
    return f"{value:,.0f}" if abs(value) >= 99.95 else f"{value:.3g}"


def signed(percent: float | None) -> str:
    if percent is None or pd.isna(percent):
        return "–"
    return f"{percent:+.1f} %".replace("-", "−") if abs(percent) >= 0.05 else "0"


def share(part: float, whole: float) -> str:
    return f"{part / whole:.1%}".replace("%", " %") if whole else "–"

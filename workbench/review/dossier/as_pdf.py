"""A dossier as one PDF: the same blocks, the same bytes each time."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from markupsafe import escape

from workbench.review.dossier.blocks import Block, Bullets, Heading, Table, Text
from workbench.words.colours import DRAFT, HOT, INK, LINE, MUTE, WASH, WRONG, WRONG_WASH
from workbench.words.html import cell

_SANS, _BOLD = "DejaVuSans", "DejaVuSans-Bold"  # they have every sign that we print; matplotlib brings them
_MARGIN = 42.0  # points
_LONG = 1500  # characters of a cell: no row may be higher than a page


def as_pdf(title: str, blocks: Iterable[Block]) -> bytes:
    """The document, A4. It holds neither a clock's time nor a random id."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    out = io.BytesIO()
    page = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=title,
        lang="en",
        author="workbench",
        invariant=1,  # no time, no random id
    )
    styles = _styles()
    flow = [f for block in blocks for f in _flow(block, styles, page.width)]
    footer = partial(_footer, title=title)
    page.build(flow, onFirstPage=footer, onLaterPages=footer)
    return out.getvalue()


def _footer(canvas: Any, page: Any, *, title: str) -> None:
    canvas.setFont(_SANS, 7)
    canvas.drawString(_MARGIN, 24, title)
    canvas.drawRightString(_MARGIN + page.width, 24, f"page {canvas.getPageNumber()}")


def _styles() -> dict[str, Any]:
    import matplotlib
    from reportlab.lib.colors import HexColor
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for name in (_SANS, _BOLD):
        registerFont(TTFont(name, str(fonts / f"{name}.ttf")))

    def style(name: str, size: float, **more: Any) -> Any:
        given = {"fontName": _SANS, "fontSize": size, "leading": size * 1.35, "textColor": HexColor(INK), **more}
        return ParagraphStyle(name, **given)

    said = {"borderPadding": 6, "spaceBefore": 8, "spaceAfter": 12}
    return {
        "1": style("1", 17, fontName=_BOLD, spaceAfter=4),
        "2": style("2", 12.5, fontName=_BOLD, spaceBefore=14, spaceAfter=4, keepWithNext=1),
        "3": style("3", 9.5, fontName=_BOLD, spaceBefore=8, spaceAfter=3, keepWithNext=1),
        "": style("", 9, spaceAfter=4),
        "question": style("question", 10.5, textColor=HexColor(MUTE), spaceAfter=6),
        "good": style("good", 10.5, backColor=HexColor(HOT), borderColor=HexColor(DRAFT), **said),
        "bad": style("bad", 10.5, backColor=HexColor(WRONG_WASH), borderColor=HexColor(WRONG), **said),
        "note": style("note", 8, textColor=HexColor(MUTE), spaceAfter=3),
        "cell": style("cell", 7),
        "head": style("head", 7, fontName=_BOLD, textColor=HexColor(MUTE)),
        "number": style("number", 7, alignment=2),
        "head number": style("head number", 7, fontName=_BOLD, textColor=HexColor(MUTE), alignment=2),
    }


def _flow(block: Block, styles: dict[str, Any], width: float) -> Iterator[Any]:
    from reportlab.platypus import ListFlowable, Paragraph, Spacer

    match block:
        case Heading(text, level):
            yield Paragraph(str(escape(text)), styles[str(level)])
        case Text(text, kind):
            yield Paragraph(str(escape(text)), styles[kind])
        case Bullets(items):
            if items:
                inside = [Paragraph(str(escape(i)), styles[""]) for i in items]
                yield ListFlowable(inside, bulletType="bullet", bulletFontName=_SANS, start="•", leftIndent=12)
        case Table():
            if block.caption:
                yield Paragraph(str(escape(block.caption)), styles["note"])
            yield _table(block, styles, width)
            yield Spacer(1, 6)


def _table(block: Table, styles: dict[str, Any], width: float) -> Any:
    from reportlab.lib.colors import HexColor
    from reportlab.platypus import LongTable, Paragraph

    right = set(block.numbers)

    def line(values: Iterable[object], kind: str) -> list[Any]:
        named = [(v, styles[(f"{kind} number" if kind == "head" else "number") if k in right else kind])
                 for k, v in enumerate(values)]  # fmt: skip
        return [Paragraph(str(cell(_short(v))), s) for v, s in named]

    heads = [line(block.head, "head")] if any(block.head) else []
    parts = block.wide or [1 if k in right else 2 for k in range(len(block.head))]
    widths = [width * p / sum(parts) for p in parts]
    look = [
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(LINE)),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
    ]
    if heads:
        look.append(("BACKGROUND", (0, 0), (-1, 0), HexColor(WASH)))
    rows = heads + [line(r, "cell") for r in block.rows]
    return LongTable(rows, colWidths=widths, repeatRows=len(heads), style=look, spaceBefore=2)


def _short(value: object) -> object:
    if isinstance(value, str) and len(value) > _LONG:
        return value[:_LONG] + "… (whole in dossier.html)"
    return value

"""What every static figure shares: one look, no global state, and no dates in the file, so that the same numbers give
the same bytes."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workbench.documents.outputs import write_bytes
from workbench.words.colours import INK, LINE, MUTE

STYLE: dict[str, Any] = {
    "font.size": 9,
    "font.family": "DejaVu Sans",
    "axes.edgecolor": LINE,
    "axes.labelcolor": MUTE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": MUTE,
    "ytick.color": INK,
    "text.color": INK,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "svg.hashsalt": "workbench",
    "svg.fonttype": "path",
}


def look() -> AbstractContextManager[None]:
    """Within it, what is drawn has this look."""
    return style.context(STYLE)


def one(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure (inches) with one drawing in it."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(1, 1, squeeze=False)[0][0]


def two(
    width: float, height: float, ratios: Sequence[float] = (1, 1), *, same_rows: bool = False
) -> tuple[Figure, Axes, Axes]:
    """A figure (inches) with two drawings side by side; `same_rows` gives them one upright axis."""
    figure = Figure(figsize=(width, height), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=ratios, sharey=same_rows)
    return figure, left, right


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG or SVG, by the ending of its name."""
    write_bytes(path, _bytes(figure, path.suffix.lstrip(".")))
    return path


def data_uri(figure: Figure) -> str:
    """A figure as an address that needs no file."""
    return "data:image/svg+xml;base64," + b64encode(_bytes(figure, "svg")).decode()


def _bytes(figure: Figure, kind: str) -> bytes:
    out = BytesIO()
    metadata = {"Date": None} if kind == "svg" else {"Software": None}
    with look():
        figure.savefig(out, format=kind, dpi=150, metadata=metadata, bbox_inches="tight")
    return out.getvalue()

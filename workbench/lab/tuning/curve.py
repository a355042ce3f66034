"""The curve of one control: a single figure, drawn again and again, sent as a picture with its text."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.ticker import MaxNLocator

from workbench.lab.tuning.controls import Control
from workbench.study.sweep import Stop
from workbench.words.colours import DRAFT, INK, LINE, MUTE, PUBLISHED
from workbench.words.html import Html, table, tag
from workbench.words.numbers import percent, plain
from workbench.words.sweep_figures import curve_words


class Curve:
    """One matplotlib figure, reused. While the hand moves only the line of the draft does."""

    def __init__(self) -> None:
        self.figure = Figure(figsize=(5.2, 2.25), dpi=110)
        self.canvas = FigureCanvasAgg(self.figure)
        self.axes = self.figure.subplots()
        self.figure.subplots_adjust(left=0.125, right=0.985, top=0.89, bottom=0.2)
        self._laid: object = None

    def png(self, stops: Sequence[Stop], control: Control, draft: Decimal) -> bytes:
        """The approval rate over the values of a control, with lines at the published and the draft value."""
        end = max(float(control.moves.usual[1]), float(draft))
        laid = (control, tuple(stops), end)
        if laid != self._laid:
            self._lay(stops, control, end)
            self._laid = laid
        place, right = float(draft), draft >= control.published
        self._line.set_xdata([place, place])
        self._beside(self._published, float(control.published), not right)
        self._beside(self._draft, place, right)
        self._draft.set_text(f"draft {plain(draft)}")
        out = io.BytesIO()
        self.canvas.print_png(out)  # type: ignore[no-untyped-call]
        return out.getvalue()

    def _lay(self, stops: Sequence[Stop], control: Control, end: float) -> None:
        """Everything that does not move with the draft."""
        axes, low = self.axes, float(control.moves.usual[0])
        axes.clear()
        known = sorted((float(s.value), 100 * s.share) for s in stops if s.share is not None)
        axes.plot([x for x, _ in known], [y for _, y in known], color=INK, linewidth=1.8, marker="o", markersize=3)
        axes.axvline(float(control.published), color=PUBLISHED, linestyle=(0, (4, 3)), linewidth=1.4)
        self._line = axes.axvline(low, color=DRAFT, linewidth=1.4)
        words: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
        words |= {"va": "bottom", "fontsize": 8}
        self._published = axes.annotate(
            f"published {plain(control.published)}", (low, 1.0), (3, 2), color=PUBLISHED, **words
        )
        self._draft = axes.annotate("", (low, 1.0), (3, 2), color=DRAFT, **words)
        axes.set_xlabel(control.moves.unit, fontsize=8, color=MUTE)
        axes.set_ylabel("approved, %", fontsize=8, color=MUTE)
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=control.moves.whole))
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.margins(y=0.15)
        axes.set_xlim(low - 0.02 * (end - low), end + 0.02 * (end - low))
        axes.tick_params(labelsize=8, colors=MUTE, length=3)
        axes.grid(axis="y", color=LINE, linewidth=0.6)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        for side in ("left", "bottom"):
            axes.spines[side].set_color(LINE)

    @staticmethod
    def _beside(label: Annotation, place: float, right: bool) -> None:
        """A label to the right or left of its line."""
        label.xy = (place, 1.0)
        label.set_position((3 if right else -3, 2))
        label.set_horizontalalignment("left" if right else "right")


def show(stops: Sequence[Stop], control: Control, draft: Decimal, png: bytes, period: str) -> Html:
    """The figure with title, caption, text and the same numbers as a table."""
    title = tag("h2", f"Approved, % of requests that need a decision, as “{control.label}” moves")
    words = curve_words(stops, control.moves.unit, control.published, draft)
    image = tag("img", alt=words, src=f"data:image/png;base64,{base64.b64encode(png).decode()}")
    rows = [(plain(s.value), percent(s.share, 2)) for s in sorted(stops, key=lambda s: s.value)]
    numbers = tag(
        "details",
        tag("summary", "The curve as a table")
        + table((control.moves.unit, "approved"), rows, caption="% of requests that need a decision", named=True),
        class_="about",
    )
    caption = tag("figcaption", f"{period}; all else as in the draft", class_="cap")
    return title + tag("figure", image + caption) + numbers


def waiting(control: Control | None) -> Html:
    """What stands in the figure's place before it is drawn."""
    if control is None:
        return tag("h2", "Approved, % of requests that need a decision") + tag(
            "p", "Take hold of a slider: its curve is drawn here.", class_="cap blank"
        )
    return tag("h2", f"Approved, % of requests that need a decision, as “{control.label}” moves") + tag(
        "p", "Drawing …", class_="cap blank"
    )

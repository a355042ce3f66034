"""A figure and the small table that says the same."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from workbench.lab.notebook_html import Shown, block
from workbench.words.figures import data_uri
from workbench.words.html import figure, table, tag

WIDTH = 6.6  # inches


def pair(
    drawn: Figure,
    alt: str,
    caption: str,
    head: Sequence[str],
    rows: list[list[object]],
    said: str,
    numbers: Sequence[int],
) -> Shown:
    """A picture with its table beside it."""
    picture = figure(data_uri(drawn), alt, caption)
    beside = tag("div", table(head, rows, numbers=numbers, caption=said))
    return Shown(
        block(tag("div", picture, beside, class_="pair")), f"{caption} {alt}", pd.DataFrame(rows, columns=list(head))
    )

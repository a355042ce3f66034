"""Every colour of every page and figure, once.

Blue and brown tell the sides apart (published, draft), teal and purple the directions (gain, loss): one pair never
says what the other says. Both pairs are told apart with red-green blindness, and signs or words always stand beside.
Text colours have at least 4.5 : 1 on white and on the washes; borders of controls at least 3 : 1.
"""

from __future__ import annotations

INK, MUTE, LINE, EDGE, WASH, PAPER = "#1d2733", "#505c69", "#cfd6de", "#7b8794", "#f5f7f9", "#ffffff"
PUBLISHED, DRAFT, HOT = "#1f5fa8", "#8a4b00", "#fff4e5"
GAIN, LOSS, GAIN_WASH, LOSS_WASH = "#00695c", "#7b2d8e", "#d3ebe6", "#eedcf3"
GAIN_STRONG, LOSS_STRONG, SAME = "#9fd3c8", "#d9b3e4", "#e3e8ee"
WRONG, RIGHT, WRONG_WASH = "#9c1c1c", "#14532d", "#fdf1f1"
SOON, PLANNED = "#9dc1e6", "#f3d9b8"  # areas of the calendar

_NAMES = {
    "ink": INK,
    "mute": MUTE,
    "line": LINE,
    "edge": EDGE,
    "wash": WASH,
    "paper": PAPER,
    "pub": PUBLISHED,
    "draft": DRAFT,
    "hot": HOT,
    "up": GAIN,
    "down": LOSS,
    "up-wash": GAIN_WASH,
    "down-wash": LOSS_WASH,
    "up-strong": GAIN_STRONG,
    "down-strong": LOSS_STRONG,
    "same": SAME,
    "warn": WRONG,
    "good": RIGHT,
    "warn-wash": WRONG_WASH,
}


def variables(where: str) -> str:
    """The colours as CSS variables of what `where` selects: `--ink`, `--pub`, `--draft`, `--up`, …"""
    return where + "{" + ";".join(f"--{name}:{colour}" for name, colour in _NAMES.items()) + "}"

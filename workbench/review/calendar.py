"""The calendar of a program as a picture, with its table beside it.

draw(library, "rehab-review-2019", Path("calendar.svg"))
"""

from __future__ import annotations

from pathlib import Path

from workbench.documents.outputs import claim
from workbench.guideline.model import Library
from workbench.review.figures import calendar_figure
from workbench.review.page import write_csv
from workbench.review.program_days import bands, table, under_review
from workbench.words.figures import save

__all__ = ["draw", "under_review"]


def draw(library: Library, program: str, path: Path, *, force: bool = False) -> Path:
    """A picture of the calendar (PNG or SVG by the name's ending), and its table beside it as NAME.csv. Raises
    ProblemsFound for an unknown program, another ending, or a file that may not be written."""
    claim([path], [library.root], force=force, endings=[".svg", ".png"])
    claim([path.with_suffix(".csv")], [library.root], force=force)
    calendar = bands(library, program)
    versions = sorted((p for p in library.programs if p.program == program), key=lambda p: p.published)
    save(calendar_figure(calendar, [(p.published, p.version) for p in versions], program), path)
    write_csv(path.with_suffix(".csv"), ["who", "from", "to", "status"], table(calendar))
    return path

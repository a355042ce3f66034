from datetime import date

from workbench.guideline.doubts import check_library
from workbench.guideline.load import load_guidelines


def run(case):
    """The warnings of a library that loads, on a fixed day; the base's own one is left out."""
    warnings = check_library(load_guidelines("guidelines"), date(2026, 11, 24))
    return [w for w in warnings if (case / "consensus").exists() or w.code != "consensus-only"]

"""A folder begins to keep seals; then what a case holds under `after/` is laid over it, and it is checked."""

import shutil

from workbench.guideline.load import load_guidelines
from workbench.review.signing.seals import found_seals, seal_problems


def run(case):
    found_seals(load_guidelines("guidelines"), "2026-11-24")
    shutil.copytree(case / "after", "guidelines", dirs_exist_ok=True)
    return seal_problems(load_guidelines("guidelines"))

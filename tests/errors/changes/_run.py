from workbench.guideline.load import load_guidelines
from workbench.guideline.load_draft import load_draft
from workbench.guideline.resolve import resolve


def run(case):
    """The draft of a case, and what is doubtful once it lies over its guideline and the plan's overlay."""
    library = load_guidelines("guidelines")
    draft = load_draft("draft.yaml", library)
    return resolve(library, "physical-therapy", "2026.1", "harbor/2026.1", draft).warnings

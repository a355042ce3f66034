from workbench.guideline.load import load_guidelines
from workbench.guideline.load_draft import draft_warnings, load_draft


def run(case):
    """The draft of a case, and what is doubtful once it lies over its guideline and the overlays of plans."""
    library = load_guidelines("guidelines")
    draft = load_draft("draft.yaml", library)
    return draft_warnings(draft, library)

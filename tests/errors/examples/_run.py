from workbench.guideline.load import load_guidelines
from workbench.review.example_file import load_examples


def run(case):
    """The examples beside the guideline, read against its library."""
    load_examples("guidelines/physical-therapy/examples.yaml", load_guidelines("guidelines"))
    return ()

from workbench.guideline.examples import load_examples
from workbench.guideline.load import load_guidelines


def run(case):
    """The examples beside the guideline, read against its library."""
    load_examples("guidelines/physical-therapy/examples.yaml", load_guidelines("guidelines"))
    return ()

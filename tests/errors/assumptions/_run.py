from workbench.cases.assume import load_assumptions
from workbench.guideline.load import load_guidelines


def run(case):
    load_assumptions("assumptions.yaml", load_guidelines("guidelines"))
    return ()

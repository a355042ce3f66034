from workbench.cases.request import read_request
from workbench.guideline.load import load_guidelines


def run(case):
    read_request("request.yaml", load_guidelines("guidelines"))
    return ()

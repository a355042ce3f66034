from pathlib import Path

import nbformat

from workbench.guideline.load import load_guidelines
from workbench.review.scenario_file import KEYS, load_scenario


def run(case):
    """The scenario of a case, beside a notebook that takes what a scenario holds (and `colour`, a number)."""
    defaults = {k: "None" for k in KEYS if k not in ("notebook", "policy")} | {"by_date": "False", "colour": "1"}
    source = "".join(f"{name} = {value}\n" for name, value in defaults.items())
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": ["parameters"]})
    book = nbformat.v4.new_notebook(
        cells=[cell], metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    Path("notebooks").mkdir()
    nbformat.write(book, "notebooks/study.ipynb")
    library = load_guidelines("guidelines")
    for path in sorted(Path("scenarios").glob("*.yaml")):
        load_scenario(path, library)
    return ()

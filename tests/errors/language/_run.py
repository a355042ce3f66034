from workbench.guideline.expressions import guideline_names
from workbench.guideline.load import load_guidelines
from workbench.guideline.resolve import resolve
from workbench.language.syntax import parse


def run(case):
    """The expression of a file, read as a condition of the base's physical therapy."""
    library = load_guidelines("guidelines")
    rules = resolve(library, "physical-therapy", "2026.1").rules
    text = (case / "expression.cql").read_text(encoding="utf-8")
    known = guideline_names({p.id: p for p in rules.parameters}, library.choices)
    return [p.at("expression.cql", p.line, p.column) for p in parse(text, known, condition=True).problems]

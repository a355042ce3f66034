"""Write docs/api.md, the reference of `import workbench as wb`, from signatures and docstrings. `--check` only says
whether it is stale."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path

from rendering import settle

import workbench as wb

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "api.md"
LABELS = ("Shape", "Units", "Errors")
HEAD = """# The Python API

Written by `make docs` from the docstrings of `workbench.api`, `workbench.studies`, `workbench.simulations`,
`workbench.screens`, `workbench.results`, `workbench.studied`, `workbench.studied_claims` and `workbench.simulated`;
each example runs as a test. They take for granted:

```python
import workbench as wb

guidelines = wb.load_guidelines("guidelines")
cases = wb.generate(200, guidelines, seed=7)
```

Frames are pandas, Arrow-backed: a missing boolean or integer stays missing. `ProblemsFound` (`workbench.errors`)
carries all problems of an input at once: `.problems`, each with code, message, file, line, column and hint. What stays
as it is from version to version: [compatibility](compatibility.md).
"""


def signature(name: str, thing: object) -> str:
    """The call as it is written, a parameter a line where it is long."""
    found = inspect.signature(thing)  # type: ignore[arg-type]
    told, star = [], False
    for parameter in found.parameters.values():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and not star:
            told.append("*")
            star = True
        told.append(parameter_of(parameter))
    end = f") -> {found.return_annotation}"
    text = f"{name}({', '.join(told)}{end}"
    return text if len(text) <= 100 else "\n".join([f"{name}(", *(f"    {t}," for t in told), end])


def parameter_of(parameter: inspect.Parameter) -> str:
    empty = inspect.Parameter.empty
    text = parameter.name + (f": {parameter.annotation}" if parameter.annotation is not empty else "")
    return text + (f" = {parameter.default!r}" if parameter.default is not empty else "")


def parts(doc: str) -> tuple[str, str]:
    """A docstring as Markdown: its text, with the labels as a list, and its example."""
    text, _, example = doc.partition(">>> ")
    for label in LABELS:
        text = re.sub(rf"^{label}: ", f"- **{label}**: ", text, flags=re.M)
    text = re.sub(r"\n(?!\n|- )", "\n  ", text.split("- **Shape**", 1)[1]) if "- **Shape**" in text else ""
    lead = doc.partition(">>> ")[0].partition("Shape: ")[0].strip()
    return f"{lead}\n\n- **Shape**{text.rstrip()}" if text else lead, (">>> " + example).rstrip() if example else ""


def entry(name: str) -> str:
    thing = getattr(wb, name)
    text, example = parts(inspect.getdoc(thing) or "")
    lines = [f"## {name}", ""]
    if not inspect.isclass(thing):
        lines += ["```python", "wb." + signature(name, thing), "```", ""]
    lines += [text]
    if example:
        lines += ["", "```python", example, "```"]
    if inspect.isclass(thing):
        lines += [""] + [member(part, value) for part, value in vars(thing).items() if shown(part, value)]
    return "\n".join(lines).rstrip() + "\n"


def shown(part: str, value: object) -> bool:
    return not part.startswith("_") and (inspect.isfunction(value) or hasattr(value, "__get__") and bool(_doc(value)))


def _doc(value: object) -> str:
    return inspect.getdoc(value) or ""


def member(part: str, value: object) -> str:
    call = ""
    if inspect.isfunction(value):
        own = [p for n, p in inspect.signature(value).parameters.items() if n != "self"]
        star = ["*"] if any(p.kind is inspect.Parameter.KEYWORD_ONLY for p in own) else []
        plain = [parameter_of(p) for p in own if p.kind is not inspect.Parameter.KEYWORD_ONLY]
        named = [parameter_of(p) for p in own if p.kind is inspect.Parameter.KEYWORD_ONLY]
        call = f"({', '.join([*plain, *star, *named])})"
    return f"- `.{part}{call}`: {' '.join(_doc(value).split())}"


def page() -> str:
    verbs = [n for n in wb.__all__ if not n[0].isupper()]
    classes = [n for n in wb.__all__ if n[0].isupper()]
    listed = "\n".join(f"| [`{n}`](#{n.lower()}) | {first(n)} |" for n in (*verbs, *classes))
    head = f"{HEAD}\n| name | |\n|---|---|\n{listed}\n"
    return "\n".join([head, *map(entry, (*verbs, *classes))])


def first(name: str) -> str:
    return re.split(r"(?<=\.)\s", " ".join(_doc(getattr(wb, name)).split()))[0].rstrip(".").replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(settle({PAGE: page()}))

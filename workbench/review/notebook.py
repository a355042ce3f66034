"""Notebooks run with parameters: what they take, and the run itself.

papermill runs a notebook on its defaults where a name is mistyped, so names and types are checked before.
"""

from __future__ import annotations

import ast
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from workbench.errors import Problem, ProblemsFound, nearest

_SAID = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "dict": "keys and values",
    "list": "a list",
    "NoneType": "nothing",
}


@dataclass(frozen=True)
class Parameter:
    """A parameter of a notebook; `types` are the names of the Python types it takes, empty for any."""

    name: str
    types: tuple[str, ...]

    def misfit(self, value: object) -> str:
        """What the parameter takes, in words, where the value is not of it; empty where it fits."""
        kind = type(value).__name__
        if not self.types or kind in self.types or kind == "int" and "float" in self.types:
            return ""
        return " or ".join(_SAID.get(t, t) for t in self.types if t != "NoneType") + f", not {_SAID.get(kind, kind)}"


@lru_cache(maxsize=16)
def _inspected(path: Path, changed: int) -> dict[str, Parameter]:
    import papermill

    logging.getLogger("papermill").setLevel(logging.ERROR)
    try:
        found = papermill.inspect_notebook(str(path))
    except Exception as error:  # nbformat and papermill raise many kinds
        raise ProblemsFound(
            [Problem("unreadable", f"this is not a notebook ({type(error).__name__})", str(path))]
        ) from None
    return {name: Parameter(name, _types(p["inferred_type_name"], p["default"])) for name, p in found.items()}


def parameters_of(path: Path) -> dict[str, Parameter]:
    """Name → parameter of the cell tagged `parameters`. A type is stated (`x: int = 1`, or `# type: str|dict`) or taken
    from the default; a default of None without a statement takes anything. Raises ProblemsFound."""
    return _inspected(path, path.stat().st_mtime_ns)


def _types(stated: str, default: str) -> tuple[str, ...]:
    if stated and stated != "None":
        return tuple("NoneType" if t == "None" else t for t in stated.split("|"))
    try:
        kind = type(ast.literal_eval(default)).__name__
    except (ValueError, SyntaxError):
        return ()
    return () if kind == "NoneType" else (kind,)


def check_parameters(path: Path, given: Mapping[str, object], shown: str = "") -> list[Problem]:
    """What is wrong with these parameters for a notebook: names that it has not, values of another type."""
    known, problems = parameters_of(path), []
    for name, value in given.items():
        if name not in known:
            problems.append(
                Problem(
                    "notebook-parameter",
                    f"there is no parameter `{name}`",
                    shown or str(path),
                    hint=nearest(name, known),
                )
            )
        elif wrong := known[name].misfit(value):
            problems.append(Problem("notebook-parameter", f"`{name}` takes {wrong}", shown or str(path)))
    return problems


@dataclass(frozen=True)
class Ran:
    """A run: where the executed notebook lies, and what failed (empty where nothing did)."""

    notebook: Path
    failure: str = ""


def run_notebook(path: Path, out: Path, parameters: Mapping[str, object], folder: Path) -> Ran:
    """Run a notebook in `folder` with checked parameters; the executed one goes to `out`. Raises ProblemsFound where a
    parameter does not fit; an error within the notebook is returned as the failure."""
    import papermill
    from papermill.exceptions import PapermillExecutionError

    problems = check_parameters(path, parameters)
    if problems:
        raise ProblemsFound(problems)
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        papermill.execute_notebook(
            str(path),
            str(out),
            dict(parameters),
            cwd=str(folder),
            kernel_name="python3",
            progress_bar=False,
            report_mode=True,
        )
    except PapermillExecutionError as error:
        return Ran(out, f"cell {error.exec_count}: {error.ename}: {error.evalue}".strip())
    return Ran(out)

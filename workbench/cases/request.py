"""One request for a single decision: a mapping of facts, or a YAML file of one, as a one-row case frame."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import polars as pl

from workbench.cases.frame import SCHEMA
from workbench.cases.values import Value, of_mapping
from workbench.errors import Problem, ProblemsFound
from workbench.facts import facts
from workbench.guideline import yamlfile
from workbench.guideline.model import Library


def read_request(source: str | Path | Mapping[str, object], library: Library) -> pl.DataFrame:
    """A case frame of one row, underived. `request_id` is "request" where none is given, since there is but one.

    Raises ProblemsFound with every misfit: unknown facts, values of the wrong type, range or choice, no discipline.
    """
    problems: list[Problem] = []
    places: dict[str, tuple[str, int, int]] = {}
    if isinstance(source, Mapping):
        values, file = dict(source), ""
    else:
        file = str(source)
        top = yamlfile.read_yaml(source, problems)
        if top is not None and not isinstance(top, yamlfile.Pairs):
            top.fail("wrong-value", "a request is written `fact: value`, a line each")
        if problems:
            raise ProblemsFound(problems)
        values = {key.text: unwrapped(value) for key, value in top}
        places = {key.text: (value if key.text in facts() else key).spot for key, value in top}
    good, bad = of_mapping(values, facts(), library)
    for name, misfit in bad.items():
        problems.append(Problem(misfit.code, misfit.message, *places.get(name, (file, 0, 0)), misfit.hint))
    if "discipline" not in bad and good.get("discipline") is None:
        problems.append(Problem("missing-value", "discipline is missing", file, hint="one of OT, PT, ST"))
    if problems:
        raise ProblemsFound(problems)
    return row({"request_id": "request", **{k: v for k, v in good.items() if v is not None}})


def unwrapped(value: yamlfile.Value) -> object:
    """A value of a YAML file without its places. A doubtful scalar stays itself, so that whoever checks it says so."""
    if isinstance(value, yamlfile.Items):
        return [unwrapped(v) for v in value.values]
    if isinstance(value, yamlfile.Scalar) and value.kind != "doubtful":
        return value.value
    return value


def row(values: Mapping[str, Value]) -> pl.DataFrame:
    """A one-row case frame of typed values; absent facts are missing."""
    plain = {k: float(v) if isinstance(v, Decimal) else list(v) if isinstance(v, tuple) else v
             for k, v in values.items()}
    return pl.DataFrame({name: [plain.get(name)] for name in SCHEMA}, schema=SCHEMA)

"""One request for a single decision: a mapping of facts, or a YAML file of one, as a one-row case frame."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

import polars as pl

from workbench.cases.frame import SCHEMA
from workbench.cases.values import Value, of_mapping
from workbench.documents import yaml_places as yamlfile
from workbench.errors import Problem, Problems
from workbench.facts import facts
from workbench.guideline.model import Library

_NO_DISCIPLINE = ("missing-value", "discipline is missing", "one of OT, PT, ST")


def read_request(source: str | Path | Mapping[str, object], library: Library) -> pl.DataFrame:
    """A case frame of one row, underived. `request_id` is "request" where none is given, since there is but one.

    Raises ProblemsFound with every misfit: unknown facts, values of the wrong type, range or choice, no discipline.
    """
    problems = Problems()
    good: dict[str, Value] = {}
    if isinstance(source, Mapping):
        read, bad = of_mapping(source, facts(), library)
        problems.extend(Problem(m.code, m.message, hint=m.hint) for m in bad.values())
        if "discipline" not in bad and read.get("discipline") is None:
            problems.add(Problem(*_NO_DISCIPLINE[:2], hint=_NO_DISCIPLINE[2]))
        good = {name: value for name, value in read.items() if value is not None}
    else:
        top = yamlfile.read_yaml(source, problems)
        if isinstance(top, yamlfile.Pairs):
            good = read_facts(top, library)
        elif top is not None:
            top.fail("wrong-value", "a request is written `fact: value`, a line each")
    problems.check()
    return row({"request_id": "request", **good})


def read_facts(pairs: yamlfile.Pairs, library: Library, lent: Mapping[str, Value] | None = None) -> dict[str, Value]:
    """The facts of one request as a file holds them, in their types, over those that are `lent`; the missing ones are
    left out, and nothing (`null`) takes a lent one away. What does not fit is reported at its place: unknown facts,
    values of the wrong type, range or choice, no discipline."""
    told = {k.text for k, v in pairs if isinstance(v, yamlfile.Scalar) and v.kind == "broken"}  # reported already
    good, bad = of_mapping({k.text: unwrapped(v) for k, v in pairs if k.text not in told}, facts(), library)
    for key, value in pairs:
        misfit = bad.get(key.text)
        if misfit is not None:
            (value if key.text in facts() else key).fail(misfit.code, misfit.message, misfit.hint)
    good = {**(lent or {}), **good}
    if "discipline" not in {*bad, *told} and good.get("discipline") is None:
        pairs.fail(*_NO_DISCIPLINE)
    return {name: value for name, value in good.items() if value is not None}


def unwrapped(value: yamlfile.Value) -> object:
    """A value of a YAML file without its places. A doubtful scalar stays itself, so that whoever checks it says so."""
    if isinstance(value, yamlfile.Items):
        return [unwrapped(v) for v in value.values]
    if isinstance(value, yamlfile.Scalar) and value.kind != "doubtful":
        return value.value
    return value


def row(values: Mapping[str, Value]) -> pl.DataFrame:
    """A one-row case frame of typed values; absent facts are missing."""
    return rows([values])


def rows(requests: Iterable[Mapping[str, Value]]) -> pl.DataFrame:
    """A case frame of typed values, a request a row; absent facts are missing."""
    plain = [{k: _plain(v) for k, v in values.items()} for values in requests]
    return pl.DataFrame({name: [values.get(name) for values in plain] for name in SCHEMA}, schema=SCHEMA)


def _plain(value: Value) -> object:
    return float(value) if isinstance(value, Decimal) else list(value) if isinstance(value, tuple) else value

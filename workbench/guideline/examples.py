"""`examples.yaml` beside a guideline: named requests with the determination that a clinician expects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import Problem, ProblemsFound, nearest
from workbench.facts import Fact, facts
from workbench.guideline.load_guideline import BUILT_IN
from workbench.guideline.load_plan import read_procedures
from workbench.guideline.model import Library
from workbench.guideline.section import Section, open_section
from workbench.guideline.yamlfile import Items, Scalar, read_yaml

DETERMINATIONS = ("not_required", "approved", "approved_in_part", "information_needed", "clinician_review",
                  "administrative")
_NUMBERS = ("granted_visits", "granted_weeks", "referred_visits", "referred_weeks", "waived_visits",
            "benefit_excess_visits")
_LISTS = ("reasons", "missing", "procedures_not_covered", "undefined")


@dataclass(frozen=True)
class Example:
    """A request as facts in their types (missing ones absent) and the columns of its record that are expected:
    `determination` always; numbers as int or None; lists as tuples."""

    name: str
    request: Mapping[str, object]
    expect: Mapping[str, object]
    line: int
    file: str = ""


def load_examples(path: Path | str, library: Library) -> tuple[Example, ...]:
    """The examples of one file. Raises ProblemsFound with all that is wrong in it."""
    problems: list[Problem] = []
    root = read_yaml(path, problems)
    examples: dict[str, Example] = {}
    if isinstance(root, Items):
        for value in root.values:
            one = open_section(value, "an example")
            example = None if one is None else _example(one, library)
            if example is not None and example.name in examples:
                value.fail("duplicate-id", f"two examples are named {example.name!r}",
                           f"the other stands in line {examples[example.name].line}")
            elif example is not None:
                examples[example.name] = example
    elif root is not None:
        root.fail("wrong-value", "examples.yaml is a list of examples", "begin each with - name:")
    if problems:
        raise ProblemsFound(problems)
    return tuple(examples.values())


def _example(one: Section, library: Library) -> Example:
    name = one.take("name", "line", default="")
    request = one.take("request", "section")
    expect = one.take("expect", "section")
    example = Example(name, {} if request is None else read_facts(request, library.choices),
                      {} if expect is None else _expected(expect, library), one.value.line, one.value.document.file)
    one.finish()
    return example


def read_facts(request: Section, choices: Mapping[str, tuple[str, ...]]) -> dict[str, object]:
    """The facts of a request in their types; `choices` closes condition and measure. Misfits are reported."""
    request.what = "a request"
    found = {}
    for key, value in request.value:
        fact = facts().get(key.text)
        if fact is None:
            key.fail("unknown-name", f"{key.text} is no fact", nearest(key.text, facts()))
            request.take(key.text, "any")
        elif isinstance(value, Scalar) and value.kind == "null":
            request.take(key.text, "any")  # said to be missing
        else:
            typed = _fact(request, fact, choices)
            if typed is not None:
                found[key.text] = typed
    if "discipline" not in request:
        request.fail("missing-value", "the request has no discipline", "one of OT, PT, ST")
    return found


def _fact(request: Section, fact: Fact, choices: Mapping[str, tuple[str, ...]]) -> object:
    name = fact.name
    if fact.kind in ("integer", "decimal"):
        return request.take(name, "integer" if fact.kind == "integer" else "number", low=fact.low, high=fact.high)
    if fact.kind in ("boolean", "date"):
        return request.take(name, fact.kind)
    if fact.kind == "code list":
        return read_procedures(request, name) or None
    return request.take(name, "line", choices=choices.get(name, fact.choices), choice_code="value-not-a-choice")


def _expected(expect: Section, library: Library) -> dict[str, object]:
    expect.what = "an expectation"
    out: dict[str, object] = {"determination": expect.take("determination", "line", choices=DETERMINATIONS)}
    reasons = _reasons(library)
    known = {"reasons": reasons, "missing": tuple(facts()), "undefined": reasons}
    for key in _LISTS:
        if key in expect:
            out[key] = expect.take(key, "texts", choices=known.get(key, ()), choice_code="unknown-name", empty=True,
                                   default=())
    for key in _NUMBERS:
        value = expect.at(key) if key in expect else None
        if isinstance(value, Scalar) and value.kind == "null":
            expect.take(key, "any")
            out[key] = None
        elif value is not None:
            out[key] = expect.take(key, "integer", low=0)
    expect.finish()
    return out


def _reasons(library: Library) -> tuple[str, ...]:
    lists = [x for g in library.guidelines for x in (g.exemptions, g.waivers, g.criteria)]
    lists += [o.waivers for o in library.overlays]
    return tuple(dict.fromkeys([*BUILT_IN, *(item.id for items in lists for item in items)]))

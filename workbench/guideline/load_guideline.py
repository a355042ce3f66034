"""One guideline file: its own parameters, exemptions, waivers and criteria, and the limits beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from os.path import isfile
from pathlib import Path
from typing import TypeVar

from workbench.documents.section import ID, Section, open_section
from workbench.documents.yaml_places import Scalar, Value
from workbench.errors import nearest
from workbench.facts import DECIMAL_BOUND, DECIMAL_PLACES, facts, held
from workbench.guideline.expressions import read_condition
from workbench.guideline.forms import GUIDELINE, PARAMETER
from workbench.guideline.load_declared import read_exceptions, read_properties
from workbench.guideline.load_limits import read_limits
from workbench.guideline.load_tables import Shared
from workbench.guideline.model import UNMET, Criterion, Cure, Exemption, Guideline, LimitRow, Parameter, Tables, Waiver
from workbench.guideline.outcomes import BUILT_IN
from workbench.language.names import names, parameter_type
from workbench.language.syntax import Names
from workbench.language.tree import OPERATORS, Type
from workbench.language.units import BASES, SINGULAR, parse_unit

Made = TypeVar("Made", Exemption, Waiver, Criterion)
_ONE = {"exemptions": "exemption", "waivers": "waiver", "criteria": "criterion"}
_WORDS = frozenset(
    {
        "and",
        "or",
        "xor",
        "not",
        "implies",
        "in",
        "is",
        "null",
        "true",
        "false",
        "between",
        "if",
        "then",
        "else",
        "case",
        "when",
        "end",
        "div",
        "mod",
        "days",
        "weeks",
        "duration",
    }
) | set(OPERATORS)


@dataclass(frozen=True)
class Opened:
    """A guideline file whose expressions are still to be read, because they may use the parameters of its base.

    `types` are what its parameters mean to an expression, those too that are wrong in something else: what uses one
    is not wrong with it. `parameters` are the whole ones."""

    section: Section
    id: str
    version: str
    extends: str
    types: Mapping[str, Type]
    parameters: tuple[Parameter, ...]
    tables: Tables
    path: Path
    shown: str

    @property
    def name(self) -> str:
        return f"{self.id}/{self.version}"


def open_guideline(root: Value | None, path: Path, shown: str, shared: Shared) -> Opened | None:
    """Read a guideline file as far as its parameters."""
    section = open_section(root, "a guideline", GUIDELINE)
    if section is None:
        return None
    id_, version = named_by_place(section, "guideline", path)
    extends = section.take("extends", "line", default="")
    types, parameters = _parameters(section, shared)
    return Opened(section, id_, version, extends, types, parameters, _tables(section, shared), path, shown)


def named_by_place(section: Section, key: str, path: Path) -> tuple[str, str]:
    """The name and version of a file, which its folder and file name must repeat."""
    name, version = section.take(key, "name", default=""), section.take("version", "version", default="")
    if name and name != path.parent.name:
        section.fail(
            "wrong-place", f"{key} {name} stands in the folder {path.parent.name}", "the folder has the same name", key
        )
    if version and version != path.stem:
        section.fail(
            "wrong-place",
            f"version {version} stands in the file {path.name}",
            "the file is named after the version",
            "version",
        )
    return path.parent.name, path.stem


def build_guideline(opened: Opened, lent: Mapping[str, Type], shared: Shared) -> Guideline | None:
    """The whole guideline, without the items that are wrong; None where it has no day. `lent` are the types of its
    base's parameters."""
    section = opened.section
    known = names({**lent, **opened.types}, shared.choices)
    title = section.take("title", "text", default="")
    status = section.take("status", "line", default="draft")
    effective = section.take("effective", "date")
    scope = read_condition(section.take("scope", "scalar"), known)
    exemptions = items(section, "exemptions", read_exemption, known, shared)
    waivers = items(section, "waivers", read_waiver, known, shared)
    criteria = items(section, "criteria", read_criterion, known, shared)
    limits = _limits(section, opened, shared)
    properties, exceptions = read_properties(section, known, shared), read_exceptions(section, shared)
    said = note(section)
    section.finish()
    if effective is None:
        return None
    return Guideline(
        opened.id,
        opened.version,
        title,
        status,
        effective,
        opened.extends,
        scope,
        opened.parameters,
        exemptions,
        waivers,
        criteria,
        limits,
        opened.shown,
        said,
        opened.tables,
        properties,
        exceptions,
        at=section.value.spot,
    )


def _tables(section: Section, shared: Shared) -> Tables:
    """The versions of the condition and measure tables that a file names; a base may name them for its heirs."""
    one = section.take("tables", "section")
    if one is None:
        return Tables()
    named = {}
    for key, known in (("conditions", shared.conditions), ("measures", shared.measures)):
        version = one.take(key, "version", default="")
        if version and version not in known:
            one.fail("unknown-table", f"there is no version {version} of the {key} table", nearest(version, known), key)
        named[key] = version
    one.finish()
    return Tables(**named)


def _limits(section: Section, opened: Opened, shared: Shared) -> tuple[LimitRow, ...] | None:
    name = section.take("limits", "line")
    if name is None:
        return () if "limits" in section else None
    if Path(name).name != name or not name.endswith(".csv"):
        section.fail(
            "wrong-value",
            f"`limits` is {name!r}; it names a CSV file in the same folder",
            f"write {opened.version}.limits.csv",
            "limits",
        )
        return ()
    path = opened.path.with_name(name)
    if not isfile(path):
        beside = [p.name for p in path.parent.glob("*.csv")]
        section.fail("missing-file", f"there is no file {name} beside it", nearest(name, beside), "limits")
        return ()
    return read_limits(path, str(Path(opened.shown).with_name(name)), shared)


def _parameters(section: Section, shared: Shared) -> tuple[dict[str, Type], tuple[Parameter, ...]]:
    types: dict[str, Type] = {}
    parameters: list[Parameter] = []
    listed = section.take("parameters", "section")
    for key, value in listed.value if listed else ():
        one = open_section(value, f"parameter {key.text}", PARAMETER)
        if not ID.fullmatch(key.text) or key.text in _WORDS:
            key.fail(
                "bad-id",
                f"a parameter can not be named {key.text!r}",
                "it is a word of the language" if key.text in _WORDS else "write it in lower_snake_case",
            )
        elif key.text in facts():
            key.fail("duplicate-id", f"{key.text} is the name of a fact", "give the parameter another name")
        if one is not None:
            types[key.text], parameter = _parameter(key, one, shared)
            parameters += [parameter] if parameter is not None else []
    return types, tuple(parameters)


def _parameter(key: Scalar, one: Section, shared: Shared) -> tuple[Type, Parameter | None]:
    unit = one.take("unit", "line", default="")
    try:
        parse_unit(unit)
    except ValueError as error:
        one.fail("unknown-unit", f"{error} is not a unit", nearest(str(error), {*SINGULAR, *BASES}), "unit")
        unit = ""
    ends = _range(one)
    low, high = ends or (Decimal(0), Decimal(0))  # of a broken range it is known only that it is one of numbers
    step = _number(one, "step")
    if step is not None and step <= 0:
        one.fail("out-of-range", f"`step` is {step}; it is above 0", key="step")
    value = _number(one, "value")
    if value is not None and ends is not None and not low <= value <= high:
        one.fail("out-of-range", f"`value` is {value}; its range is {low}..{high}", key="value")
    label, help_ = one.take("label", "text", default=key.text), one.take("help", "text", default="")
    source, evidence = shared.source(one), one.take("evidence", "line", default="consensus")
    checked, said = one.take("checked", "date"), note(one)
    one.finish()
    type_ = parameter_type(unit, low, high)
    if ends is None or value is None or step is None or checked is None:
        return type_, None
    parameter = Parameter(
        key.text, label, value, unit, low, high, step, help_, source, evidence, checked, said, at=key.spot
    )
    return type_, parameter


def _number(one: Section, key: str) -> Decimal | None:
    return fitting(one.take(key, "number"), one.at(key), f"`{key}`")


def fitting(number: Decimal | None, place: Value, what: str) -> Decimal | None:
    """The number, unless it has more digits than are computed with."""
    if number is None or held(number):
        return number
    message = f"{what} is {number}; it has at most {DECIMAL_PLACES} places and lies within {DECIMAL_BOUND}"
    place.fail("out-of-range", message)
    return None


def _range(one: Section) -> tuple[Decimal, Decimal] | None:
    ends = one.take("range", "items")
    if ends is None:
        return None
    numbers = [e.value for e in ends if isinstance(e, Scalar) and isinstance(e.value, Decimal)]
    if len(ends) != 2 or len(numbers) != 2:
        one.fail("wrong-value", "`range` wants two numbers", "write [0, 100]", "range")
        return None
    low, high = (fitting(n, e, "`range`") for n, e in zip(numbers, ends, strict=True))
    if low is None or high is None:
        return None
    if low > high:
        one.fail("wrong-value", f"the range ends at {high}, below its start {low}", f"write [{high}, {low}]", "range")
        return high, low
    return low, high


def items(
    section: Section, key: str, read: Callable[[str, Section, Names, Shared], Made | None], known: Names, shared: Shared
) -> tuple[Made, ...]:
    """The items of a list, each by `read`, their ids distinct; those that are wrong are left out. Once its id is
    taken, messages name an item by it."""
    seen: dict[str, int] = {}
    made = []
    for one in section.take(key, "sections", default=()):
        id_ = one.take("id", "id", default="")
        one.what = f"{_ONE[key]} {id_}".strip()
        item = read(id_, one, known, shared)
        if id_ in seen:
            one.fail("duplicate-id", f"{id_} stands twice in {key}", f"first in line {seen[id_]}", "id")
        elif id_:
            seen[id_] = one.value.line
            made += [item] if item is not None else []
    return tuple(made)


def read_exemption(id_: str, one: Section, known: Names, shared: Shared) -> Exemption | None:
    text, when = one.take("text", "text", default=""), read_condition(one.take("when", "scalar"), known)
    source, said = shared.source(one), note(one)
    one.finish()
    return None if when is None else Exemption(id_, text, when, source, said, at=one.at("id").spot)


def read_waiver(id_: str, one: Section, known: Names, shared: Shared) -> Waiver | None:
    text, visits = one.take("text", "text", default=""), one.take("visits", "integer")
    source, weeks = shared.source(one), one.take("weeks", "integer")
    when, said = read_condition(one.take("when", "scalar"), known), note(one)
    one.finish()
    if visits is None or (weeks is None and "weeks" in one) or (when is None and "when" in one):
        return None
    return Waiver(id_, text, visits, source, weeks, when, said, at=one.at("id").spot)


def read_criterion(id_: str, one: Section, known: Names, shared: Shared) -> Criterion | None:
    if id_ in BUILT_IN:
        one.fail("bad-id", f"{id_} is a reason that every decision can give", "give the criterion another id", "id")
    requires = read_condition(one.take("requires", "scalar"), known)
    applies = read_condition(one.take("applies", "scalar"), known)
    unmet = one.take("unmet", "line", default=UNMET[0])
    cure = one.take("cure", "text", default="")
    if unmet == "administrative" and "cure" not in one:
        one.fail("missing-cure", f"{one.what} is administrative and does not say how to cure it", "add `cure`", "unmet")
    text, source, said = one.take("text", "text", default=""), shared.source(one), note(one)
    urgent, medicare = one.take("urgent", "boolean"), one.take("medicare", "line")
    papers_wait, cures = one.take("papers_wait", "boolean"), _cures(one, known)
    one.finish()
    if requires is None or (applies is None and "applies" in one):
        return None
    return Criterion(
        id_, text, requires, source, applies, unmet, cure, said, medicare or "", urgent or False, papers_wait or False,
        cures, at=one.at("id").spot,
    )  # fmt: skip


def _cures(one: Section, known: Names) -> tuple[Cure, ...]:
    made = []
    for case in one.take("cures", "sections", default=()):
        when, text = read_condition(case.take("when", "scalar"), known), case.take("cure", "text", default="")
        case.finish()
        made += [Cure(when, text)] if when is not None else []
    return tuple(made)


def note(one: Section) -> str:
    return one.take("note", "text", default="")

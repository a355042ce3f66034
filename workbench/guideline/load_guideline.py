"""One guideline file: its own parameters, exemptions, waivers and criteria, and the limits beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from os.path import isfile
from pathlib import Path

from workbench.errors import nearest
from workbench.facts import DECIMAL_BOUND, DECIMAL_PLACES, facts
from workbench.guideline.expressions import guideline_names, read_condition
from workbench.guideline.load_limits import read_limits
from workbench.guideline.load_tables import Shared
from workbench.guideline.model import EVIDENCE, STATUSES, Criterion, Exemption, Guideline, LimitRow, Parameter, Waiver
from workbench.guideline.section import ID, Section, open_section
from workbench.guideline.yamlfile import Scalar, Value
from workbench.language.syntax import Names
from workbench.language.tree import OPERATORS, Node
from workbench.language.units import BASES, SINGULAR, parse_unit

UNMET = ("clinician_review", "administrative")
# What step 1, 2, 4 and 5 of a decision give as reasons by themselves.
BUILT_IN = ("program", "no_guideline", "ambiguous_guideline", "too_early", "excluded_procedure", "benefit_limit",
            "no_limit", "limit_unknown", "limit_reached", "limit_exceeded")
_WORDS = frozenset({"and", "or", "xor", "not", "implies", "in", "is", "null", "true", "false", "between", "if", "then",
                    "else", "case", "when", "end", "div", "mod", "days", "weeks", "duration"}) | set(OPERATORS)


@dataclass(frozen=True)
class Opened:
    """A guideline file whose expressions are still to be read, because they may use the parameters of its base."""

    section: Section
    id: str
    version: str
    extends: str
    parameters: Mapping[str, Parameter]
    path: Path
    shown: str

    @property
    def name(self) -> str:
        return f"{self.id}/{self.version}"


def open_guideline(root: Value | None, path: Path, shown: str, shared: Shared) -> Opened | None:
    """Read a guideline file as far as its parameters."""
    section = open_section(root, "a guideline")
    if section is None:
        return None
    id_, version = named_by_place(section, "guideline", path)
    extends = section.take("extends", "line", required=False, default="")
    return Opened(section, id_, version, extends, _parameters(section, shared), path, shown)


def named_by_place(section: Section, key: str, path: Path) -> tuple[str, str]:
    """The name and version of a file, which its folder and file name must repeat."""
    name, version = section.take(key, "name", default=""), section.take("version", "version", default="")
    if name and name != path.parent.name:
        section.fail("wrong-place", f"{key} {name} stands in the folder {path.parent.name}",
                     "the folder has the same name", key)
    if version and version != path.stem:
        section.fail("wrong-place", f"version {version} stands in the file {path.name}",
                     "the file is named after the version", "version")
    return path.parent.name, path.stem


def build_guideline(opened: Opened, base_parameters: Mapping[str, Parameter], shared: Shared) -> Guideline:
    """The whole guideline; `base_parameters` are those that its base lends."""
    section = opened.section
    known = guideline_names({**base_parameters, **opened.parameters}, shared.choices)
    title = section.take("title", "text", default="")
    status = section.take("status", "line", choices=STATUSES, default="draft")
    effective = section.take("effective", "date")
    has_limits = "limits" in section
    scope = read_condition(section.take("scope", "scalar", required=has_limits), known)
    guideline = Guideline(
        opened.id, opened.version, title, status, effective, opened.extends, scope,
        tuple(opened.parameters.values()),
        tuple(items(section, "exemptions", read_exemption, known, shared)),
        tuple(items(section, "waivers", read_waiver, known, shared)),
        tuple(items(section, "criteria", read_criterion, known, shared)),
        _limits(section, opened, shared), opened.shown, section.take("note", "text", required=False, default=""),
        at=section.value.spot)
    section.finish()
    return guideline


def _limits(section: Section, opened: Opened, shared: Shared) -> tuple[LimitRow, ...] | None:
    name = section.take("limits", "line", required=False)
    if name is None:
        return () if "limits" in section else None
    if Path(name).name != name or not name.endswith(".csv"):
        return section.fail("wrong-value", f"`limits` is {name!r}; it names a CSV file in the same folder",
                            f"write {opened.version}.limits.csv", "limits") or ()
    path = opened.path.with_name(name)
    if not isfile(path):
        beside = [p.name for p in path.parent.glob("*.csv")]
        return section.fail("missing-file", f"there is no file {name} beside it", nearest(name, beside),
                            "limits") or ()
    return read_limits(path, str(Path(opened.shown).with_name(name)), shared)


def _parameters(section: Section, shared: Shared) -> dict[str, Parameter]:
    parameters: dict[str, Parameter] = {}
    listed = section.take("parameters", "section", required=False)
    for key, value in listed.value if listed else ():
        one = open_section(value, f"parameter {key.text}")
        if not ID.fullmatch(key.text) or key.text in _WORDS:
            key.fail("bad-id", f"a parameter can not be named {key.text!r}",
                     "it is a word of the language" if key.text in _WORDS else "write it in lower_snake_case")
        elif key.text in facts():
            key.fail("duplicate-id", f"{key.text} is the name of a fact", "give the parameter another name")
        if one is not None:
            parameters[key.text] = _parameter(key, one, shared)
    return parameters


def _parameter(key: Scalar, one: Section, shared: Shared) -> Parameter:
    unit = one.take("unit", "line", default="", empty=True)
    try:
        parse_unit(unit)
    except ValueError as error:
        one.fail("unknown-unit", f"{error} is not a unit", nearest(str(error), {*SINGULAR, *BASES}), "unit")
        unit = ""
    low, high = _range(one)
    step = _number(one, "step")
    if step is not None and step <= 0:
        one.fail("out-of-range", f"`step` is {step}; it is above 0", key="step")
    value = _number(one, "value")
    if value is not None and low is not None and not low <= value <= high:
        one.fail("out-of-range", f"`value` is {value}; its range is {low}..{high}", key="value")
    parameter = Parameter(
        key.text, one.take("label", "text", default=key.text), _or_zero(value), unit,
        _or_zero(low), _or_zero(high), _or_zero(step), one.take("help", "text", required=False, default=""),
        shared.source(one), one.take("evidence", "line", choices=EVIDENCE, default="consensus"),
        one.take("checked", "date"), one.take("note", "text", required=False, default=""), at=key.spot)
    one.finish()
    return parameter


def _or_zero(number: Decimal | None) -> Decimal:
    return Decimal(0) if number is None else number


def _number(one: Section, key: str) -> Decimal | None:
    return fitting(one.take(key, "number"), one.at(key), f"`{key}`")


def fitting(number: Decimal | None, place: Value, what: str) -> Decimal | None:
    """The number, unless it has more digits than are computed with."""
    if number is not None and (abs(number) > DECIMAL_BOUND or -number.as_tuple().exponent > DECIMAL_PLACES):
        return place.fail("out-of-range", f"{what} is {number}; it has at most {DECIMAL_PLACES} places and lies within "
                          f"{DECIMAL_BOUND}")
    return number


def _range(one: Section) -> tuple[Decimal | None, Decimal | None]:
    ends = one.take("range", "items")
    if ends is None:
        return None, None
    if len(ends) != 2 or not all(isinstance(e, Scalar) and e.kind in ("integer", "decimal") for e in ends):
        one.fail("wrong-value", "`range` wants two numbers", "write [0, 100]", "range")
        return None, None
    low, high = (fitting(e.value, e, "`range`") for e in ends)
    if low is None or high is None:
        return None, None
    if low > high:
        one.fail("wrong-value", f"the range ends at {high}, below its start {low}", f"write [{high}, {low}]", "range")
        return high, low
    return low, high


def items(section: Section, key: str, read, known: Names, shared: Shared) -> Iterable:
    """The items of a list, each by `read`, their ids distinct."""
    seen: dict[str, int] = {}
    for one in section.take(key, "sections", required=False, default=(), empty=True):
        item = read(one, known, shared)
        if item is None:
            continue
        if item.id in seen:
            one.fail("duplicate-id", f"{item.id} stands twice in {key}", f"first in line {seen[item.id]}", "id")
        else:
            seen[item.id] = one.value.line
            yield item


def take_id(one: Section, what: str) -> str:
    """The id of an item; afterwards messages name the item by it."""
    id_ = one.take("id", "id", default="")
    one.what = f"{what} {id_}".strip()
    return id_


def read_exemption(one: Section, known: Names, shared: Shared) -> Exemption | None:
    id_ = take_id(one, "exemption")
    exemption = Exemption(id_, one.take("text", "text", default=""), read_condition(one.take("when", "scalar"), known),
                          shared.source(one), note(one), at=one.at("id").spot)
    one.finish()
    return exemption if id_ else None


def read_waiver(one: Section, known: Names, shared: Shared) -> Waiver | None:
    id_ = take_id(one, "waiver")
    waiver = Waiver(id_, one.take("text", "text", default=""),
                    one.take("visits", "integer", low=1, high=999, default=1), shared.source(one),
                    one.take("weeks", "integer", required=False, low=1, high=999),
                    read_condition(one.take("when", "scalar", required=False), known), note(one),
                    at=one.at("id").spot)
    one.finish()
    return waiver if id_ else None


def read_criterion(one: Section, known: Names, shared: Shared) -> Criterion | None:
    id_ = take_id(one, "criterion")
    if id_ in BUILT_IN:
        one.fail("bad-id", f"{id_} is a reason that every decision can give", "give the criterion another id", "id")
    requires = read_condition(one.take("requires", "scalar"), known)
    applies = read_condition(one.take("applies", "scalar", required=False), known)
    unmet = one.take("unmet", "line", required=False, choices=UNMET, default=UNMET[0])
    cure = one.take("cure", "text", required=False, default="")
    if unmet == "administrative" and "cure" not in one:
        one.fail("missing-cure", f"{one.what} is administrative and does not say how to cure it", "add `cure`", "unmet")
    criterion = Criterion(id_, one.take("text", "text", default=""), requires, shared.source(one), applies, unmet, cure,
                          note(one), at=one.at("id").spot)
    one.finish()
    return criterion if id_ else None


def note(one: Section) -> str:
    return one.take("note", "text", required=False, default="")


def all_conditions(guideline: Guideline) -> Iterable[Node]:
    """Every condition of a guideline's own items."""
    yield from (x.when for x in guideline.exemptions)
    yield from (x.when for x in guideline.waivers if x.when is not None)
    for criterion in guideline.criteria:
        yield from (n for n in (criterion.applies, criterion.requires) if n is not None)



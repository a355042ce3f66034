"""HL7's conformance tests for CQL, run through every reading (docs/meaning.md, The language of criteria).

A test lies in the subset when its expression and its expected answer are read by `parse`, or when it expects to be
refused and is refused for what it says rather than for a word that the subset does not have.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import polars as pl

from workbench.errors import Problem, ProblemsFound
from workbench.language.columnar import compile_
from workbench.language.interpret import evaluate
from workbench.language.names import names
from workbench.language.syntax import Parsed, parse
from workbench.language.tree import Node

Reading = Callable[[Node], object]  # an expression without facts → its value, numbers as Decimal


def _reference(node: Node) -> object:
    return evaluate(node, {}, {}).value


def _columnar(node: Node) -> object:
    value = pl.DataFrame({"row": [0]}).with_columns(compile_(node, {}).alias("value"))["value"].item()
    return Decimal(value).scaleb(-node.type.places) if node.type.numeric and value is not None else value


def _symbolic(node: Node) -> object:
    from workbench.language.symbolic import constant

    return constant(node)


READINGS: dict[str, Reading] = {"reference": _reference, "columnar": _columnar}
if find_spec("z3") is not None:  # which comes with the extra `proof`
    READINGS["symbolic"] = _symbolic

# Tests that meet the three deliberate differences (docs/meaning.md), by name, and which of them it is.
ON_PURPOSE = {
    "IfNull1": "an unknown condition of `if` is unknown",
    "TestInNullBoundaries": "an interval with an unknown end is unknown",
}
PASSED, FAILED, DIFFERS, OUTSIDE = "passed", "failed", "differs on purpose", "outside"

# Why a test lies outside the subset: the first that its expression shows. What none of them covers is named by what
# the reader stumbled on.
_REASONS = tuple(
    (re.compile(pattern), reason)
    for pattern, reason in (
        (r"\b[0-9]+L\b", "integers of 64 bits"),
        (
            r"\b(DateTime|Time|Now|Today|TimeOfDay|ToDateTime|ToTime)\b|@T|@[0-9-]+T|\b(hour|minute|second|milli)",
            "times",
        ),
        (
            r"\bDate\(|\bToDate\b|@[0-9]{4}(-[0-9]{2})?(?![0-9-])|\b(months|years)\b",
            "dates in parts, and their arithmetic",
        ),
        (r"[0-9]\s*'[^']*'|\bQuantity\b|\b[0-9.]+ (day|week|month|year)s?\b", "quantities with units"),
        (r"\bTuple\b|\{\s*\w+\s*:|\b(from|return|aggregate|sort|Concept|Code|Ratio)\b", "queries, tuples and codes"),
        (r"\b(as|convert|cast)\b|\bTo[A-Z]\w+|\bis [A-Z]", "types and conversions"),
        (r"~", "equivalence (`~` turns an unknown into a known)"),
        (
            r"\b(Power|Exp|Ln|Log|HighBoundary|LowBoundary|Precision|minimum|maximum|predecessor|successor)\b|\^",
            "powers, logarithms and limits of precision",
        ),
        (
            r"\b(Sum|Avg|Count|Median|Mode|Product|\w*StdDev|\w*Variance|AllTrue|AnyTrue|GeometricMean)\b",
            "aggregates that skip unknowns",
        ),
        (r"\{\s*\}|null\s*\}|\{\s*null|null,", "empty lists and lists that hold nulls"),
        (r"\bInterval\s*[\[(]|\bexpand\b", "intervals as values"),
        (
            r"\{|\b(Skip|Tail|Take|Slice|Flatten|Distinct|Exists|First|Last|IndexOf|Length|Indexer|singleton)\b",
            "lists as values",
        ),
        (
            r"'|\b(Combine|Concatenate|EndsWith|LastPositionOf|Lower|PositionOf|Split|StartsWith|Substring|Upper)\b",
            "functions on texts",
        ),
        (r"[0-9]{10}", "numbers beyond the range of their kind"),
    )
)


@dataclass(frozen=True)
class Outcome:
    """How one test came out; `why` gives the reason where it is not simply passed."""

    file: str
    name: str
    expression: str
    state: str
    why: str = ""


@dataclass(frozen=True)
class Conformance:
    outcomes: tuple[Outcome, ...]
    readings: tuple[str, ...]

    def of(self, state: str) -> list[Outcome]:
        return [o for o in self.outcomes if o.state == state]

    @property
    def in_subset(self) -> list[Outcome]:
        return [o for o in self.outcomes if o.state != OUTSIDE]

    @property
    def good(self) -> bool:
        return not self.of(FAILED)

    def as_dict(self) -> dict[str, object]:
        """`in_subset` = passed + on_purpose + failed; `by_file` and `outside` count tests."""
        return {
            "tests": len(self.outcomes),
            "readings": list(self.readings),
            "in_subset": len(self.in_subset),
            "passed": len(self.of(PASSED)),
            "on_purpose": [o.name for o in self.of(DIFFERS)],
            "failed": [{"file": o.file, "name": o.name, "why": o.why} for o in self.of(FAILED)],
            "by_file": self.by_file,
            "outside": dict(self.outside),
        }

    @property
    def by_file(self) -> dict[str, dict[str, int]]:
        """File → how many tests, of them in the subset, of them passed."""
        return {
            f: {
                "tests": sum(o.file == f for o in self.outcomes),
                "in_subset": sum(o.file == f for o in self.in_subset),
                "passed": sum(o.file == f for o in self.of(PASSED)),
            }
            for f in sorted({o.file for o in self.outcomes})
        }

    @property
    def outside(self) -> list[tuple[str, int]]:
        """Why tests lie outside the subset, and how many, the most frequent first."""
        return Counter(o.why for o in self.of(OUTSIDE)).most_common()

    def lines(self) -> list[str]:
        """The counts in words."""
        told = self.as_dict()
        return [
            f"{told['tests']} tests; those in the subset ran through {' and '.join(self.readings)}",
            f"{told['in_subset']:>6} in the subset",
            f"{told['passed']:>6} passed",
            f"{len(self.of(DIFFERS)):>6} differ on purpose",
            *(f"         {o.name}: {o.why}" for o in self.of(DIFFERS)),
            f"{len(self.of(FAILED)):>6} failed",
            *(f"         {o.file} {o.name}: {o.why}" for o in self.of(FAILED)),
            "",
            "by file",
            *(
                f"{c['passed']:>6} passed of {c['in_subset']:>3} in the subset of {c['tests']:>3}  {file}"
                for file, c in self.by_file.items()
            ),
            "",
            f"{len(self.of(OUTSIDE)):>6} outside the subset, because of",
            *(f"{count:>6} {reason}" for reason, count in self.outside),
        ]


def conformance(folder: Path | str, readings: dict[str, Reading] | None = None) -> Conformance:
    """Run every test of the folder's XML files. Raises ProblemsFound where the folder or a file can not be read."""
    readings = READINGS if readings is None else readings
    files = sorted(Path(folder).glob("*.xml"))
    if not files:
        raise ProblemsFound([Problem("missing-file", "there are no conformance tests (*.xml) here", str(folder))])
    return Conformance(tuple(o for file in files for o in _run(file, readings)), tuple(readings))


def _run(file: Path, readings: dict[str, Reading]) -> Iterator[Outcome]:
    try:
        root = ElementTree.parse(file).getroot()
    except (ElementTree.ParseError, OSError, UnicodeDecodeError) as error:
        raise ProblemsFound([Problem("unreadable", f"this is no readable XML: {error}", str(file))]) from None
    for test in root.findall(".//{*}test"):
        expression = test.find("{*}expression")
        text = "" if expression is None else (expression.text or "").strip()
        refused = expression is not None and expression.get("invalid", "false") != "false"
        outputs = [(o.text or "").strip() for o in test.findall("{*}output")]
        state, why = _judge(text, refused, outputs, str(test.get("name")), readings)
        yield Outcome(file.stem, str(test.get("name")), text, state, why)


def _judge(
    text: str, refused: bool, outputs: Sequence[str], name: str, readings: dict[str, Reading]
) -> tuple[str, str]:
    parsed = parse(text, _NAMES)
    if refused:
        return _judge_refusal(text, parsed)
    if parsed.node is None:
        return OUTSIDE, _reason(text, parsed)
    if len(outputs) != 1:
        return OUTSIDE, "no single expected answer"
    wanted = parse(outputs[0], _NAMES)
    if wanted.node is None:
        return OUTSIDE, _reason(outputs[0], wanted)
    answer = _reference(wanted.node)
    said = {reading: read(parsed.node) for reading, read in readings.items()}
    wrong = [f"{reading} says {value}, not {answer}" for reading, value in said.items() if value != answer]
    if answer is not None and not wrong and wanted.node.type.kind != parsed.node.type.kind:
        wrong = [f"{parsed.node.type.kind}, not {wanted.node.type.kind}"]
    if not wrong:
        return PASSED, ""
    if name in ON_PURPOSE and all(value is None for value in said.values()):
        return DIFFERS, ON_PURPOSE[name]
    return FAILED, "; ".join(wrong)


def _judge_refusal(text: str, parsed: Parsed) -> tuple[str, str]:
    """A test that expects to be refused: in the subset only if nothing but what it is about is wrong with it."""
    if parsed.node is not None:
        return FAILED, "it should be refused"
    if all(p.code in ("bad-literal", "wrong-type", "wrong-unit") for p in parsed.problems):
        reason = _known_reason(text)
        if reason in (None, _REASONS[-1][1]):
            return PASSED, ""
        return OUTSIDE, reason
    return OUTSIDE, _reason(text, parsed)


def _known_reason(text: str) -> str | None:
    return next((reason for pattern, reason in _REASONS if pattern.search(text)), None)


def _reason(text: str, parsed: Parsed) -> str:
    return _known_reason(text) or f"{parsed.problems[0].code}: {parsed.problems[0].message}"


_NAMES = names({})

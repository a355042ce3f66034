"""Expressions and limit rows in plain words, for people who read no code.

    sayer = Sayer(parameters, labels)
    sayer.say(node)       # 'the request is a continuing one, and the aim of treatment is rehabilitative'
    sayer.bullets(node)   # the same as the lines of a nested list, for longer conditions

The words of each fact stand in `phrases.csv`. What a missing fact does to a condition is not said: it is the same
everywhere (docs/meaning.md, Unknown).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from workbench.facts import facts
from workbench.guideline.limit_cells import read_span
from workbench.guideline.model import Cell, Library, Parameter
from workbench.guideline.version_order import age
from workbench.language.interpret import evaluate
from workbench.language.show import show
from workbench.language.tree import FLIPPED, Call, Fact, Literal, Node, fact_names, parameter_names
from workbench.language.units import Unit, show_unit
from workbench.shipped import shipped_rows
from workbench.words.numbers import trim as trim

_VALUES = {
    "PT": "physical therapy",
    "OT": "occupational therapy",
    "ST": "speech therapy",
    "initial": "the first of its episode",
    "continuing": "a continuing one",
    "pre_service": "made before treatment",
    "concurrent": "made during treatment",
    "post_service": "made after treatment",
    "office": "an office",
    "home": "the home",
    "school": "a school",
    "hospital_outpatient": "a hospital outpatient department",
    "telehealth": "a telehealth visit",
    "therapist": "a therapist",
    "physician": "a physician",
    "chiropractor": "a chiropractor",
    "assistant": "an assistant",
    "other": "of another kind",
}
_CELLS = {
    ("post_surgical", "true"): "after an operation",
    ("post_surgical", "false"): "without an operation",
    ("review_type", "initial"): "first request",
    ("review_type", "continuing"): "continuing request",
}
_ORDER = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than", "=": "exactly", "!=": "other than"}
_DAYS = {">=": "on or after", "<=": "on or before", ">": "after", "<": "before", "=": "on", "!=": "on another day than"}
_NEGATED = {">=": "<", "<=": ">", ">": "<=", "<": ">=", "=": "!=", "!=": "="}  # holds with unknowns too
_SUMS = {
    "+": "plus",
    "-": "minus",
    "*": "times",
    "/": "divided by",
    "div": "divided without rest by",
    "mod": "as the rest of a division by",
}


@dataclass(frozen=True)
class Phrase:
    """How a fact is spoken of: `noun` alone, `subject` before a comparison, `yes` and `no` where it is true or false,
    `cell` around a range in a limit row."""

    noun: str
    subject: str
    yes: str
    no: str
    cell: str


class Bullet(NamedTuple):
    """A line of a condition as a list. `joins`: of those one deeper, all must hold (`and`) or one of them (`or`)."""

    depth: int
    text: str
    joins: str = ""


@lru_cache(maxsize=1)
def phrases() -> dict[str, Phrase]:
    rows = shipped_rows("workbench.words", "phrases.csv")
    return {r["fact"]: Phrase(r["noun"], r["subject"] or f"{r['noun']} is", r["yes"], r["no"], r["cell"]) for r in rows}


def noun(fact: str) -> str:
    """A fact as people call it; any other name with its underscores as blanks."""
    return phrases()[fact].noun if fact in phrases() else fact.replace("_", " ")


def labels(library: Library) -> dict[str, str]:
    """Condition and measure ids → what people call them."""
    said: dict[str, str] = {}
    for version in sorted(library.condition_tables, key=age):  # the newest label stands
        said.update((c.condition, c.label) for c in library.condition_tables[version])
    for version in sorted(library.measure_tables, key=age):
        said.update((m.id, m.label) for m in library.measure_tables[version].values())
    return said


def amount(value: Decimal, unit: Unit | str | None) -> str:
    """`10 visits`, `1 visit`, `0.8 MCID`; a true minus sign."""
    text = trim(value)
    words = unit if isinstance(unit, str) else show_unit(unit) if unit else ""
    if words and value == 1 and "/" not in words and words.endswith("s"):
        words = words[:-1]
    return f"{text} {words.replace('/', ' a ')}".strip()


def listed(words: Iterable[str], joint: str = "and") -> str:
    """`a, b and c`; semicolons where an entry has a comma of its own."""
    words = list(words)
    if len(words) < 2:
        return "".join(words)
    comma = "; " if any("," in w for w in words) else ", "
    last = f"; {joint} " if comma == "; " else f" {joint} "
    return comma.join(words[:-1]) + last + words[-1]


def value_words(value: object, names: Mapping[str, str] | None = None) -> str:
    """A choice, text, day or number as people say it."""
    if isinstance(value, str):
        return (names or {}).get(value) or _VALUES.get(value) or value.replace("_", " ")
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "unknown"}[value]
    if isinstance(value, date):
        return value.isoformat()
    return trim(Decimal(value)) if isinstance(value, int | Decimal) else str(value)


def cell_words(cell: Cell, names: Mapping[str, str] | None = None) -> str:
    """A key cell of a limit row: `aged 65 or more`, `high complexity`, `after an operation`."""
    span = read_span(cell.text)
    if span is None:
        fixed = _CELLS.get((cell.fact, cell.text))
        words = fixed or value_words(cell.text, names)
        return (
            words
            if fixed or cell.fact not in ("complexity", "state")
            else f"{words} complexity"
            if cell.fact == "complexity"
            else f"state {words}"
        )
    fact, (low, high) = facts()[cell.fact], span
    if fact.high is not None and high >= fact.high:
        text = f"{trim(low)} or more"
    elif fact.low is not None and low <= fact.low:
        text = f"up to {trim(high)}"
    else:
        text = trim(low) if low == high else f"{trim(low)} to {trim(high)}"
    return (phrases()[cell.fact].cell or f"{noun(cell.fact)} {{}}").format(text)


def row_words(cells: Iterable[Cell], names: Mapping[str, str] | None = None) -> str:
    """All key cells of a limit row, the condition first; `any request` where it has none."""
    ordered = sorted(cells, key=lambda c: c.fact != "condition")
    return "; ".join(cell_words(c, names) for c in ordered) or "any request"


@dataclass(frozen=True)
class Sayer:
    """Says expressions with the values of these parameters; `mark` dresses what comes from a parameter (bold, say)."""

    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    mark: Callable[[str], str] = str

    def say(self, node: Node) -> str:
        """A condition as a clause without a full stop."""
        return self._clause(node, True)

    def bullets(self, node: Node, depth: int = 0) -> list[Bullet]:
        """A condition as a nested list: a single clause, or what joins the clauses and one line for each."""
        parts, joint = _chain(node)
        if _several(node):
            head = "all of these hold:" if joint == "and" else "at least one of these holds:"
            return [Bullet(depth, head, joint), *(line for p in parts for line in self.bullets(p, depth + 1))]
        if isinstance(node, Call) and node.op == "if":
            when, then, other = node.args
            return [*self._branch(f"where {self.say(when)}", then, depth), *self._branch("otherwise", other, depth)]
        if isinstance(node, Call) and node.op == "Coalesce" and len(node.args) == 2 and _several(node.args[0]):
            first, last = node.args
            if isinstance(last, Literal):
                known = Bullet(depth, "this is known to hold:", "and")
                opens = Bullet(depth, "this holds, or is not known:") if last.value is True else known
                return [opens, *self.bullets(first, depth + 1)]
        return [Bullet(depth, self._clause(node, True))]

    def _branch(self, head: str, then: Node, depth: int) -> list[Bullet]:
        if isinstance(then, Literal):
            return [Bullet(depth, f"{head}, {'nothing more is asked' if then.value else 'it never holds'}")]
        return [Bullet(depth, f"{head}:"), *self.bullets(then, depth + 1)]

    def _clause(self, node: Node, wanted: bool) -> str:
        """The condition, or its contrary where `wanted` is false."""
        if isinstance(node, Literal):
            return "always" if node.value is wanted else "never" if node.value is not None else "unknown"
        if isinstance(node, Fact):
            phrase = phrases()[node.name]
            return (phrase.yes if wanted else phrase.no) or f"{phrase.noun} is {'true' if wanted else 'false'}"
        if not isinstance(node, Call):
            return self._noun(node)
        if node.op == "not":
            return self._clause(node.args[0], not wanted)
        if node.op in ("and", "or"):
            return self._joined(node, wanted)
        if node.op in _ORDER:
            return self._compared(node.op if wanted else _NEGATED[node.op], *node.args)
        if node.op == "Coalesce":
            return self._settled(node, wanted)
        said = self._form(node, wanted)
        return said if said is not None else f"{'' if wanted else 'it is not so that '}{self._free(node)}"

    def _settled(self, node: Call, wanted: bool) -> str:
        """A condition that is settled where it is unknown."""
        *known, last = node.args
        said = ", or where that is not known ".join(self._clause(a, wanted) for a in known)
        if not isinstance(last, Literal):
            return f"{said}, or where that is not known {self._clause(last, wanted)}"
        return f"{said}, or that is not known" if last.value is wanted else f"it is known that {said}"

    def _joined(self, node: Call, wanted: bool) -> str:
        parts, joint = _chain(node)
        merged = _merged(parts, joint)
        if merged is not None:
            none = "none of" if joint == "or" else "not all of"
            some = "at least one of" if joint == "or" else "all of"
            fact, codes = merged
            return f"{noun(fact)} include {some if wanted else none} {listed(codes, joint)}"
        if not wanted:
            head = "none of these holds" if joint == "or" else "not all of these hold"
            return f"{head}: {listed([self._inner(p) for p in parts])}"
        clauses = [self._inner(p) for p in parts]
        if joint == "or":
            return ("either " if len(clauses) == 2 else "at least one: ") + listed(clauses, "or")
        long = any(mark in c for c in clauses for mark in (",", " and ", " or "))
        return ", and ".join(clauses) if long else listed(clauses)

    def _inner(self, node: Node) -> str:
        """A clause among others, in brackets where it could be read together with them."""
        parts, joint = _chain(node)
        text = self._clause(node, True)
        several = joint and (joint == "and" or len(parts) > 2) and _merged(parts, joint) is None
        loose = isinstance(node, Call) and node.op in ("if", "case", "case_of", "xor", "implies")
        return f"({text})" if several or loose else text

    def _compared(self, op: str, left: Node, right: Node) -> str:
        if isinstance(left, Call) and left.op == "Coalesce" and len(left.args) == 2 and op in ("=", "!="):
            first, instead = left.args
            if isinstance(instead, Literal) and isinstance(right, Literal):
                said = self._compared(op, first, right)
                return f"{said}, or is not recorded" if (instead.value == right.value) is (op == "=") else said
        if self._constant(left) and not self._constant(right):
            left, right, op = right, left, FLIPPED[op]
        if isinstance(left, Fact) and isinstance(right, Literal) and isinstance(right.value, bool):
            return self._clause(left, right.value if op == "=" else not right.value)
        subject = phrases()[left.name].subject if isinstance(left, Fact) else f"{self._noun(left)} is"
        if left.type.kind == "date":
            return f"{subject} {_DAYS[op]} {self._noun(right)}"
        if left.type.numeric:
            return f"{subject} {_ORDER[op]} {self._measured(right, left)}"
        return f"{subject} {'not ' if op == '!=' else ''}{self._noun(right)}"

    def _form(self, node: Call, wanted: bool) -> str | None:
        """The operators that have a contrary of their own; None for the rest."""
        no, args = "" if wanted else "not ", node.args
        if node.op in ("is_null", "is_true", "is_false"):
            if node.op == "is_null":
                return f"{self._noun(args[0])} is {'not ' if wanted else ''}recorded"
            return f"it is {no}known that {self._clause(args[0], node.op == 'is_true')}"
        if node.op == "in_codes":
            return f"{self._noun(args[1])} {'' if wanted else 'do not '}include {self._noun(args[0])}"
        if node.op in ("in_list", "in_cc", "in_co", "in_oc", "in_oo", "between"):
            first = args[0]
            subject = phrases()[first.name].subject if isinstance(first, Fact) else f"{self._noun(first)} is"
            if node.op == "in_list":
                return f"{subject} {no}{listed([self._measured(a, first) for a in args[1:]], 'or')}"
            opens, closes = ("c", "c") if node.op == "between" else (node.op[3], node.op[4])
            low = ("from " if opens == "c" else "above ") + self._measured(args[1], first, unit=False)
            high = ("to " if closes == "c" else "to below ") + self._measured(args[2], first)
            return f"{subject} {no}{low} {high}"
        return None

    def _free(self, node: Call) -> str:
        """Every other operator."""
        op, args = node.op, node.args
        if op == "xor":
            return f"either {self.say(args[0])} or {self.say(args[1])}, but not both"
        if op == "implies":
            return f"{self.say(args[1])} wherever {self.say(args[0])}"
        say = self.say if node.type.kind == "boolean" else self._noun
        if op == "if" and isinstance(args[1], Literal) and args[1].value is True:
            return f"{say(args[2])}, unless {self.say(args[0])}"
        if op == "Coalesce" and node.type.kind == "boolean" and len(args) == 2 and isinstance(args[1], Literal):
            return (
                f"{self.say(args[0])}{' where that is known' if args[1].value is False else ', or that is not known'}"
            )
        if op == "if":
            return f"{say(args[1])} where {self.say(args[0])}, and {say(args[2])} otherwise"
        if op in ("case", "case_of"):
            pairs, rest = (args[:-1] if op == "case" else args[1:-1]), say(args[-1])
            head = self.say if op == "case" else lambda a: f"{self._noun(args[0])} is {self._noun(a)}"
            said = [f"{say(then)} where {head(when)}" for when, then in zip(pairs[::2], pairs[1::2], strict=True)]
            return f"{'; '.join(said)}; {rest} otherwise"
        return self._noun(node)

    def _noun(self, node: Node) -> str:
        if self._constant(node):
            return self._measured(node, node)
        if isinstance(node, Fact):
            return noun(node.name)
        if not isinstance(node, Call):
            return show(node)
        op, args = node.op, [self._noun(a) for a in node.args]
        if op in _SUMS:
            return f"{args[0]} {_SUMS[op]} {args[1]}"
        if op in ("days_between", "weeks_between"):
            return f"the {'days' if op == 'days_between' else 'whole weeks'} from {args[0]} to {args[1]}"
        if op == "Coalesce":
            return ", or where that is not recorded ".join(args)
        if op in ("Min", "Max"):
            return f"the {'smallest' if op == 'Min' else 'largest'} of {listed(args)}"
        if op == "negate":
            return f"minus {args[0]}"
        if op in ("Abs", "Round", "Floor", "Ceiling", "Truncate"):
            how = {
                "Abs": "the size of {}",
                "Round": "{}, rounded",
                "Floor": "{}, rounded down",
                "Ceiling": "{}, rounded up",
                "Truncate": "{}, cut to a whole number",
            }[op]
            return how.format(args[0]) + (f" to {args[1]} places" if op == "Round" and len(args) > 1 else "")
        return self._free(node) if op in ("if", "case", "case_of") else show(node)

    def _constant(self, node: Node) -> bool:
        return not fact_names(node)

    def _measured(self, node: Node, beside: Node, *, unit: bool = True) -> str:
        """A constant with the unit of what it stands beside; anything else as a noun."""
        if not self._constant(node):
            return self._noun(node)
        if isinstance(node, Literal) and not node.type.numeric:
            return value_words(node.value, self.names)
        values = {name: p.value for name, p in self.parameters.items()}
        if any(n not in values for n in parameter_names(node)):
            return show(node)
        value = evaluate(node, {}, values).value
        if not isinstance(value, Decimal):
            return value_words(value, self.names)
        text = amount(value, (node.type.unit or beside.type.unit) if unit else None)
        return self.mark(text) if parameter_names(node) else text


def _chain(node: Node) -> tuple[list[Node], str]:
    """The operands of nested `and`s, or of nested `or`s, in order."""
    if not isinstance(node, Call) or node.op not in ("and", "or"):
        return [node], ""
    parts: list[Node] = []
    for arg in node.args:
        inner, joint = _chain(arg)
        parts += inner if joint == node.op else [arg]
    return parts, node.op


def _several(node: Node) -> bool:
    """Whether a condition is said as a list of clauses rather than as one."""
    parts, joint = _chain(node)
    return len(parts) > 1 and _merged(parts, joint) is None


def _merged(parts: list[Node], joint: str) -> tuple[str, list[str]] | None:
    """The fact and the codes, where all parts ask whether a literal code is among one fact, so that one clause can say
    them all."""
    facts_, codes = [], []
    for p in parts if len(parts) > 1 and joint else ():
        if not (isinstance(p, Call) and p.op == "in_codes"):
            return None
        code, fact = p.args
        if not (isinstance(code, Literal) and isinstance(fact, Fact)):
            return None
        facts_.append(fact.name)
        codes.append(str(code.value))
    return (facts_[0], codes) if len(set(facts_)) == 1 else None

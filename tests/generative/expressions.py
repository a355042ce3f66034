"""Strategies for random typed expressions over every operator, and for the facts that they are asked about.

`conditions()` and `expressions()` draw trees by way of `build.call`, so that only what an author could write is made;
`fact_rows(names)` draws requests for them, each fact missing with some probability and on its bounds with another.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from workbench.facts import DECIMAL_BOUND
from workbench.facts import facts as fact_table
from workbench.language.build import NotTyped, call
from workbench.language.names import fact_types, names, parameter_type
from workbench.language.tree import DATE, INTEGERS, NULL, STRING, Fact, Literal, Node, Parameter, Type, number
from workbench.language.units import Unit

TYPES = fact_types()
# Parameters: unit, least, most. Their values are drawn with the facts.
PARAMETERS = {
    "visits_allowed": ("visits", 0, 60),
    "weeks_allowed": ("weeks", 0, 52),
    "needed_mcid": ("MCID", -1, 3),
    "needed_percent": ("percent", 0, 100),
    "factor": ("", -3, 3),
    "rate": ("visits/week", 0, 5),
    "points_allowed": ("points", -50, 50),
}
PARAMETER_TYPES = {n: parameter_type(u, Decimal(lo), Decimal(hi)) for n, (u, lo, hi) in PARAMETERS.items()}
NAMES = names(PARAMETER_TYPES)

_STEP = Decimal("0.00000001")
_CODES = ("97110", "97530", "97033", "92507", "G0283")
_TEXTS = ("", "a", "b", "B", "ab", "it's", "M54.5", "m54.5", "line\nbreak", "back\\slash", "é", "𝛼", "\ue000")
_DAYS = (
    date(1, 1, 1),
    date(1899, 12, 31),
    date(2000, 2, 29),
    date(2023, 2, 28),
    date(2023, 3, 1),
    date(2024, 2, 28),
    date(2024, 2, 29),
    date(2024, 3, 1),
    date(2026, 1, 1),
    date(2100, 2, 28),
    date(9999, 12, 31),
)
_NUMBERS = (
    Decimal(0),
    Decimal(1),
    Decimal(2),
    Decimal(3),
    Decimal(7),
    Decimal("0.1"),
    Decimal("0.5"),
    Decimal("2.5"),
    Decimal("0.3"),
    Decimal("0.00000001"),
    Decimal("0.00000005"),
    Decimal("1.005"),
    Decimal(100),
    INTEGERS[1],
    Decimal("2147483647.5"),
    Decimal("99999999999999999999.99999999"),
    Decimal("1.00"),
)

_by_kind: dict[str, list[str]] = {}
_by_unit: dict[Unit | None, list[Fact | Parameter]] = {}
for _name, _type in TYPES.items():
    if _type.numeric:
        _by_unit.setdefault(_type.unit, []).append(Fact(_type, name=_name))
    else:
        _by_kind.setdefault(_type.kind, []).append(_name)
for _name, _type in PARAMETER_TYPES.items():
    _by_unit.setdefault(_type.unit, []).append(Parameter(_type, name=_name))
UNITS = sorted([*_by_unit, ()], key=str)
_TEXT_FACTS = [n for n in _by_kind["string"] if not TYPES[n].choices]
_CHOICE_FACTS = [n for n in _by_kind["string"] if TYPES[n].choices]

NULL_LITERAL = Literal(NULL, value=None)


def _fact(name: str) -> Fact:
    return Fact(TYPES[name], name=name)


def _text(value: str) -> Literal:
    return Literal(STRING, value=value)


def _day(value: date) -> Literal:
    return Literal(DATE, value=value)


def _typed(make: Callable[[], Node], fallback: Node) -> Node:
    """What `make` builds, or the fallback where its numbers would outgrow what is computed exactly."""
    try:
        return make()
    except NotTyped as error:
        assert error.code == "number-too-large", str(error)
        return fallback


def literals() -> st.SearchStrategy[Literal]:
    """Numbers as an author writes them: whole, or with up to 8 places; never negative (that is an operator)."""
    some = st.one_of(
        st.sampled_from(_NUMBERS),
        st.integers(0, 400).map(Decimal),
        st.decimals(0, 2000, places=2, allow_nan=False),
        st.decimals(0, 10**6, places=8, allow_nan=False),
    )
    return some.map(_number)


def _number(value: Decimal) -> Literal:
    """`2.50` is a decimal of two places, though it is no more than 2.5."""
    literal = number(value)
    return literal if literal.type.kind == "decimal" or abs(value) <= INTEGERS[1] else number(value + Decimal("0.5"))


@st.composite
def constants(draw, unit: Unit | None, depth: int) -> Node:
    """List elements and interval ends: literals, parameters and arithmetic of these."""
    if depth <= 0 or draw(st.booleans()):
        mine = [p for p in _by_unit.get(unit, []) if isinstance(p, Parameter)]
        return draw(st.one_of(literals(), st.sampled_from(mine)) if mine else literals())
    a, b = draw(constants(unit, depth - 1)), draw(literals())
    op = draw(st.sampled_from(("+", "-", "*", "div", "negate", "Abs", "mod", "/", "Round")))
    if op in ("negate", "Abs"):
        return call(op, a)
    if op == "Round":
        return call(op, a, _number(Decimal(draw(st.integers(0, 8)))))
    return _typed(lambda: call(op, a, b), a)


@st.composite
def numbers(draw, unit: Unit | None, depth: int) -> Node:
    """A number that goes with this unit."""
    if depth <= 0 or draw(st.integers(0, 3)) == 0:
        pool: list[st.SearchStrategy] = [literals()]
        if _by_unit.get(unit):
            pool += [st.sampled_from(_by_unit[unit])] * 4
        if draw(st.integers(0, 15)) == 15:
            return NULL_LITERAL
        return draw(st.one_of(pool))
    less = depth - 1
    op = draw(
        st.sampled_from(
            (
                "+",
                "-",
                "*",
                "/",
                "div",
                "mod",
                "negate",
                "Abs",
                "Round",
                "Floor",
                "Ceiling",
                "Truncate",
                "Min",
                "Max",
                "Coalesce",
                "if",
                "case",
                "case_of",
                "per",
                "over",
            )
        )
    )
    a = draw(numbers(unit, less))
    if op in ("negate", "Abs", "Floor", "Ceiling", "Truncate"):
        return _typed(lambda: call(op, a), a)
    if op == "Round":
        places = draw(st.integers(-1, 8))
        more = () if places < 0 else (_number(Decimal(places)),)
        return _typed(lambda: call(op, a, *more), a)
    if op in ("Min", "Max", "Coalesce"):
        rest = draw(st.lists(numbers(unit, less), min_size=0, max_size=3))
        return _typed(lambda: call(op, a, *rest), a)
    if op in ("if", "case", "case_of"):
        return draw(choosing(op, lambda: numbers(unit, less), less))
    if op in ("*", "/", "div"):  # by a bare number, so that the unit stays
        b = draw(numbers(None, less))
        return _typed(lambda: _if_unit(call(op, a, b), unit, a), a)
    if op == "per":  # visits/week × weeks
        b = draw(numbers((("visit", 1), ("week", -1)), less))
        c = draw(numbers((("week", 1),), less))
        return _typed(lambda: _if_unit(call("*", b, c), unit, a), a)
    if op == "over":  # units that cancel
        other = draw(st.sampled_from(UNITS))
        b, c = draw(numbers(other, less)), draw(numbers(other, less))
        return _typed(lambda: _if_unit(call("*", call("/", b, c), a), unit, a), a)
    b = draw(numbers(unit, less))
    return _typed(lambda: call(op, a, b), a)


def _if_unit(node: Node, unit: Unit | None, otherwise: Node) -> Node:
    return node if node.type.unit in (unit, None) else otherwise


@st.composite
def texts(draw, depth: int, choices: tuple[str, ...] = ()) -> Node:
    if depth > 0 and draw(st.integers(0, 2)) == 2:  # what fails shrinks towards 0, so towards a leaf
        op = draw(st.sampled_from(("if", "case", "case_of", "Coalesce", "Min", "Max")))
        if op in ("if", "case", "case_of"):
            return draw(choosing(op, lambda: texts(depth - 1, choices), depth - 1))
        if not choices or op == "Coalesce":
            return call(op, *draw(st.lists(texts(depth - 1, choices), min_size=1, max_size=3)))
    if draw(st.integers(0, 15)) == 15:
        return NULL_LITERAL
    if choices:
        mine = [n for n in _CHOICE_FACTS if TYPES[n].choices == choices]
        return draw(st.one_of(st.sampled_from(choices).map(_text), st.sampled_from(mine).map(_fact)))
    return draw(st.one_of(st.sampled_from(_TEXTS).map(_text), st.sampled_from(_TEXT_FACTS).map(_fact)))


@st.composite
def days(draw, depth: int) -> Node:
    if depth > 0 and draw(st.integers(0, 2)) == 2:  # what fails shrinks towards 0, so towards a leaf
        op = draw(st.sampled_from(("if", "case", "case_of", "Coalesce", "Min", "Max")))
        if op in ("if", "case", "case_of"):
            return draw(choosing(op, lambda: days(depth - 1), depth - 1))
        return call(op, *draw(st.lists(days(depth - 1), min_size=1, max_size=3)))
    if draw(st.integers(0, 15)) == 15:
        return NULL_LITERAL
    return draw(st.one_of(st.sampled_from(_DAYS).map(_day), st.sampled_from(_by_kind["date"]).map(_fact)))


@st.composite
def choosing(draw, op: str, results: Callable[[], st.SearchStrategy[Node]], depth: int) -> Node:
    """`if` and the two forms of `case`."""
    last = draw(results())
    if op == "if":
        args = [draw(conditions(depth)), draw(results()), last]
    elif op == "case":
        args = [n for _ in range(draw(st.integers(1, 3))) for n in (draw(conditions(depth)), draw(results()))]
        args.append(last)
    else:
        compared = draw(comparable(depth))
        args = [next(compared)]
        args += [n for _ in range(draw(st.integers(1, 3))) for n in (next(compared), draw(results()))]
        args.append(last)
    return _typed(lambda: call(op, *args), last)


@st.composite
def comparable(draw, depth: int, ordered: bool = False):
    """An endless row of nodes that can be compared with one another."""
    kinds = ["number", "text", "day"] + ([] if ordered else ["choice", "boolean"])
    kind = draw(st.sampled_from(kinds))
    if kind == "number":
        strategy = numbers(draw(st.sampled_from(UNITS)), depth)
    elif kind == "text":
        strategy = texts(depth)
    elif kind == "day":
        strategy = days(depth)
    elif kind == "boolean":
        strategy = conditions(depth)
    else:
        strategy = texts(depth, TYPES[draw(st.sampled_from(_CHOICE_FACTS))].choices)

    def more():
        while True:
            yield draw(strategy)

    return more()


@st.composite
def conditions(draw, depth: int = 3) -> Node:
    """An expression that is true, false or unknown."""
    if depth <= 0 or draw(st.integers(0, 7)) == 0:
        if draw(st.integers(0, 11)) == 11:
            return draw(
                st.sampled_from(
                    (NULL_LITERAL, Literal(Type("boolean"), value=True), Literal(Type("boolean"), value=False))
                )
            )
        return _fact(draw(st.sampled_from(_by_kind["boolean"])))
    less = depth - 1
    op = draw(
        st.sampled_from(
            (
                "and",
                "or",
                "xor",
                "implies",
                "not",
                "is_null",
                "is_true",
                "is_false",
                "=",
                "!=",
                "<",
                "<=",
                ">",
                ">=",
                "between",
                "in_list",
                "in_codes",
                "in_cc",
                "in_co",
                "in_oc",
                "in_oo",
                "days_between",
                "weeks_between",
                "if",
                "case",
                "case_of",
                "Coalesce",
            )
        )
    )
    if op in ("and", "or", "xor", "implies"):
        return call(op, draw(conditions(less)), draw(conditions(less)))
    if op in ("not", "is_true", "is_false"):
        return call(op, draw(conditions(less)))
    if op == "is_null":
        codes = st.just(_fact("procedures"))
        return call(op, draw(codes) if draw(st.integers(0, 9)) == 0 else next(draw(comparable(less))))
    if op == "Coalesce":
        return call(op, *draw(st.lists(conditions(less), min_size=1, max_size=3)))
    if op in ("if", "case", "case_of"):
        return draw(choosing(op, lambda: conditions(less), less))
    if op == "in_codes":
        return call(op, draw(st.one_of(st.sampled_from(_CODES).map(_text), texts(less))), _fact("procedures"))
    if op in ("days_between", "weeks_between"):
        count = call(op, draw(days(less)), draw(days(less)))
        return call(draw(st.sampled_from(("=", "<", ">="))), count, draw(numbers(count.type.unit, less)))
    return draw(_comparison(op, less))


@st.composite
def _comparison(draw, op: str, depth: int) -> Node:
    if op in ("=", "!="):
        compared = draw(comparable(depth))
        return _or_null(op, next(compared), next(compared))
    if op in ("<", "<=", ">", ">="):
        compared = draw(comparable(depth, ordered=True))
        return _or_null(op, next(compared), next(compared))
    if op == "between":
        compared = draw(comparable(depth, ordered=True))
        return _or_null(op, next(compared), next(compared), next(compared))
    if op == "in_list":
        kind = draw(st.sampled_from(("number", "text", "choice", "day")))
        if kind == "number":
            unit = draw(st.sampled_from(UNITS))
            elements = draw(st.lists(constants(unit, 2), min_size=1, max_size=4))
            return _or_null(op, draw(numbers(unit, depth)), *elements)
        if kind == "day":
            some = st.lists(st.sampled_from(_DAYS).map(_day), min_size=1, max_size=3)
            return call(op, draw(days(depth)), *draw(some))
        choices = TYPES[draw(st.sampled_from(_CHOICE_FACTS))].choices if kind == "choice" else ()
        words = st.sampled_from(choices or _TEXTS).map(_text)
        return call(op, draw(texts(depth, choices)), *draw(st.lists(words, min_size=1, max_size=4)))
    unit = draw(st.sampled_from(UNITS))
    ends = st.one_of(constants(unit, 2), st.just(NULL_LITERAL)) if draw(st.integers(0, 4)) == 0 else constants(unit, 2)
    if draw(st.integers(0, 3)) == 0:
        ends = st.one_of(st.sampled_from(_DAYS).map(_day), st.just(NULL_LITERAL))
        return call(op, draw(days(depth)), draw(ends), draw(ends))
    return _or_null(op, draw(numbers(unit, depth)), draw(ends), draw(ends))


def _or_null(op: str, *args: Node) -> Node:
    return _typed(lambda: call(op, *args), call("=", NULL_LITERAL, NULL_LITERAL))


def expressions(depth: int = 4) -> st.SearchStrategy[Node]:
    """A tree of any kind."""
    return st.one_of(
        conditions(depth),
        conditions(depth),
        st.sampled_from(UNITS).flatmap(lambda u: numbers(u, depth)),
        texts(depth),
        days(depth),
    )


# ------------------------------------------------------------------------------------------------------------ facts


def fact_values(name: str) -> st.SearchStrategy[object]:
    """A value within the fact's range, often on its bounds or where rounding turns."""
    fact = fact_table()[name]
    if fact.kind == "boolean":
        return st.booleans()
    if fact.kind == "date":
        near = st.integers(-800, 800).map(lambda n: date(2025, 6, 30) + timedelta(days=n))
        return st.one_of(st.sampled_from(_DAYS), near)
    if fact.kind == "code list":
        return st.lists(st.sampled_from(_CODES), min_size=1, max_size=4, unique=True).map(tuple)
    if fact.kind in ("text", "choice"):
        return st.sampled_from(fact.choices or _TEXTS)
    low, high = fact.low, fact.high
    if fact.kind == "integer":
        ends = [
            n
            for n in (low, low + 1, high, high - 1, Decimal(0), Decimal(1), Decimal(7), Decimal(12))
            if low <= n <= high
        ]
        return st.one_of(
            st.sampled_from(ends),
            st.integers(int(low), min(int(high), 60)).map(Decimal),
            st.integers(int(low), int(high)).map(Decimal),
        )
    inside = DECIMAL_BOUND - _STEP
    low, high = max(low, -inside), min(high, inside)
    ends = [
        n
        for n in (
            low,
            high,
            Decimal(0),
            Decimal(1),
            Decimal("0.1"),
            Decimal("-0.5"),
            Decimal("0.5"),
            _STEP,
            -_STEP,
            Decimal("2.5"),
            Decimal("0.30000001"),
            Decimal("0.00000005"),
        )
        if low <= n <= high
    ]
    return st.one_of(
        st.sampled_from(ends),
        st.decimals(low, high, places=8, allow_nan=False),
        st.decimals(max(low, Decimal(-5)), min(high, Decimal(5)), places=1, allow_nan=False),
    )


def fact_rows(wanted: tuple[str, ...], size: int = 12) -> st.SearchStrategy[list[dict[str, object]]]:
    """Requests as fact → value over these facts; None is missing."""
    values = {n: st.one_of(st.none(), *[fact_values(n)] * 3) for n in wanted}
    return st.lists(st.fixed_dictionaries(values), min_size=1, max_size=size)


@st.composite
def parameter_values(draw) -> dict[str, Decimal]:
    """A value within its range for every parameter."""
    return {
        n: draw(
            st.one_of(
                st.sampled_from([Decimal(lo), Decimal(hi)]),
                st.integers(lo, hi).map(Decimal),
                st.decimals(lo, hi, places=8, allow_nan=False),
            )
        )
        for n, (_, lo, hi) in PARAMETERS.items()
    }

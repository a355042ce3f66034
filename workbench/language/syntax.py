"""Text → tree, with positions; the way back is `show.py`, and `parse(show(t)) == t`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from importlib import resources
from itertools import islice

from lark import Lark, Token, Tree, UnexpectedInput

from workbench.errors import Problem, nearest
from workbench.language import size
from workbench.language.build import NotTyped, call, describe
from workbench.language.not_read import HINTS, unreadable
from workbench.language.tree import (
    BOOLEAN,
    DATE,
    INTEGERS,
    NULL,
    OPERATORS,
    STRING,
    Fact,
    Literal,
    Node,
    Parameter,
    Place,
    Type,
    number,
)

LONGEST = 5000  # characters of one expression
DEEPEST = 120  # nested forms

Branch = Tree[Token]


@dataclass(frozen=True)
class Names:
    """What a name may mean: facts, parameters, and facts that exist but can not stand in an expression."""

    facts: Mapping[str, Type]
    parameters: Mapping[str, Type]
    outcomes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Parsed:
    """`node` is None where there are problems; their lines and columns count within the text."""

    node: Node | None
    problems: tuple[Problem, ...] = ()


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    text = resources.files("workbench.language").joinpath("criteria.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def parse(text: str, names: Names, *, condition: bool = False) -> Parsed:
    """Read an expression. With `condition`, it must be one that is true or false."""
    if len(text) > LONGEST:
        what = f"an expression has at most {LONGEST} characters, this one {len(text)}"
        return Parsed(None, (Problem("too-deep", what, line=1, column=1),))
    tree = _tree(text)
    if isinstance(tree, Problem):
        return Parsed(None, (tree,))
    reader = _Reader(names)
    node = reader.read(_branches(tree)[0])
    if node is not None and not reader.problems and size.written_out(node) > size.LONGEST:
        reader.fail(
            "too-deep",
            f"the expression repeats itself more than {size.LONGEST} times over when it is worked out",
            node.at,
            "split it into several criteria",
        )
    if node is not None and condition and not reader.problems and node.type.kind not in ("boolean", "null"):
        reader.fail("not-a-condition", "this must be true or false", node.at, "compare it with something")
    return Parsed(None if reader.problems else node, tuple(reader.problems))


@lru_cache(maxsize=512)  # a folder is read again when one of its files is touched, a draft at every move
def _tree(text: str) -> Branch | Problem:
    """The branches of a text, or what its form lacks, whatever names it uses."""
    try:
        tree = _grammar().parse(text)
    except UnexpectedInput as error:
        return unreadable(error, text)
    except RecursionError:
        return _deep()
    return _deep() if _depth(tree) > DEEPEST else tree


def _deep() -> Problem:
    return Problem(
        "too-deep",
        f"an expression nests at most {DEEPEST} forms",
        line=1,
        column=1,
        hint="split it into several criteria",
    )


def _depth(tree: Branch) -> int:
    deepest, level = 0, [tree]
    while level:
        deepest += 1
        level = [c for t in level for c in t.children if isinstance(c, Tree)]
    return deepest


class _Reader:
    """Turns lark's tree into ours and keeps every problem met on the way; None stands for what could not be read."""

    def __init__(self, names: Names):
        self.names = names
        self.problems: list[Problem] = []
        self._known: dict[int, Node | None] = {}  # each tree is read once, however often it is looked at

    def fail(self, code: str, message: str, at: Place, hint: str = "") -> None:
        self.problems.append(Problem(code, message, line=at[0], column=at[1], hint=hint))

    def read(self, tree: Branch) -> Node | None:
        if id(tree) not in self._known:
            self._known[id(tree)] = getattr(self, f"_{tree.data}")(tree, (tree.meta.line, tree.meta.column))
        return self._known[id(tree)]

    def _apply(self, op: str, at: Place, *trees: Branch) -> Node | None:
        if self._not_binds(op, at, trees):
            return None
        return self._call(op, at, [self.read(t) for t in trees])

    def _not_binds(self, op: str, at: Place, trees: tuple[Branch, ...], symbol: str = "") -> bool:
        """Whether the operator stands after `not a` where the author will have meant `not (a op b)`."""
        if not trees or trees[0].data != "not_" or not 4 <= OPERATORS[op].level <= 7:
            return False
        inner = self.read(_branches(trees[0])[0])
        if inner is None or inner.type.kind in ("boolean", "null"):
            return False
        self.fail(
            "not-precedence",
            f"`not` binds tighter than `{symbol or OPERATORS[op].symbol}`",
            at,
            "write not ( … ) around the comparison",
        )
        return True

    def _call(self, op: str, at: Place, args: list[Node | None]) -> Node | None:
        read = [a for a in args if a is not None]
        if len(read) < len(args):
            return None
        try:
            return call(op, *read, at=at)
        except NotTyped as error:
            self.fail(error.code, error.message, error.at, error.hint)
            return None

    def _implies(self, t: Branch, at: Place) -> Node | None:
        return self._apply("implies", at, *_branches(t))

    def _or_(self, t: Branch, at: Place) -> Node | None:
        return self._apply("or", at, *_branches(t))

    def _xor(self, t: Branch, at: Place) -> Node | None:
        return self._apply("xor", at, *_branches(t))

    def _and_(self, t: Branch, at: Place) -> Node | None:
        return self._apply("and", at, *_branches(t))

    def _not_(self, t: Branch, at: Place) -> Node | None:
        return self._apply("not", at, *_branches(t))

    def _between(self, t: Branch, at: Place) -> Node | None:
        return self._apply("between", at, *_branches(t))

    def _if_(self, t: Branch, at: Place) -> Node | None:
        return self._apply("if", at, *_branches(t))

    def _paren(self, t: Branch, at: Place) -> Node | None:
        return self.read(_branches(t)[0])

    def _negate(self, t: Branch, at: Place) -> Node | None:
        (inner,) = _branches(t)
        if inner.data == "literal" and _word(inner) == str(int(INTEGERS[1]) + 1):  # the least integer
            return self._call("negate", at, [number(INTEGERS[1] + 1)])
        return self._apply("negate", at, inner)

    def _plus(self, t: Branch, at: Place) -> Node | None:
        inner = self.read(_branches(t)[0])
        if inner is not None and not inner.type.numeric and inner.type.kind != "null":
            self.fail("wrong-type", f"`+` takes numbers, not {describe(inner.type)}", at)
            return None
        return inner

    def _compare(self, t: Branch, at: Place) -> Node | None:
        return self._apply(str(t.children[1]), at, *_branches(t))

    def _arithmetic(self, t: Branch, at: Place) -> Node | None:
        left, op, right = _branches(t)
        return self._apply(_word(op), at, left, right)

    def _duration(self, t: Branch, at: Place) -> Node | None:
        unit, *ends = _branches(t)
        return self._apply(f"{_word(unit)}_between", at, *ends)

    def _is_(self, t: Branch, at: Place) -> Node | None:
        subject, what = _branches(t)
        return self._apply(f"is_{_word(what)}", at, subject)

    def _is_not(self, t: Branch, at: Place) -> Node | None:
        inner = self._is_(t, at)
        return None if inner is None else self._call("not", at, [inner])

    def _in_list(self, t: Branch, at: Place) -> Node | None:
        element, among = _branches(t)
        return self._apply("in_list", at, element, *_branches(among))

    def _in_interval(self, t: Branch, at: Place) -> Node | None:
        element, interval = _branches(t)
        return self._within(at, element, interval)

    def _within(self, at: Place, element: Branch, interval: Branch) -> Node | None:
        opens, low, high, closes = _branches(interval)
        op = "in_" + ("c" if _word(opens) == "[" else "o") + ("c" if _word(closes) == "]" else "o")
        return self._apply(op, at, element, low, high)

    def _in_codes(self, t: Branch, at: Place) -> Node | None:
        (element,) = _branches(t)
        if self._not_binds("in_codes", at, (element,)):
            return None
        return self._call("in_codes", at, [self.read(element), self._named(_tokens(t)[0])])

    def _contains(self, t: Branch, at: Place) -> Node | None:
        """`in` the other way round."""
        whole, element = _branches(t)
        if whole.data == "bare_list":
            return self._apply("in_list", at, element, *_branches(_branches(whole)[0]))
        if whole.data == "bare_interval":
            return self._within(at, element, _branches(whole)[0])
        if self._not_binds("in_codes", at, (whole,), "contains"):
            return None
        return self._call("in_codes", at, [self.read(element), self.read(whole)])

    def _case(self, t: Branch, at: Place) -> Node | None:
        *whens, last = _branches(t)
        return self._apply("case", at, *(c for w in whens for c in _branches(w)), last)

    def _case_of(self, t: Branch, at: Place) -> Node | None:
        first, *whens, last = _branches(t)
        return self._apply("case_of", at, first, *(c for w in whens for c in _branches(w)), last)

    def _bare_list(self, t: Branch, at: Place) -> None:
        self.fail("wrong-type", "a list can stand only after `in` or within Min, Max and Coalesce", at)

    def _bare_interval(self, t: Branch, at: Place) -> None:
        self.fail("wrong-type", "an interval can stand only after `in`", at)

    def _function(self, t: Branch, at: Place) -> Node | None:
        name, args = str(t.children[0]), _branches(t)
        if "." in name and self._no_parts(_tokens(t)[0]):
            return None
        known = [n for n in OPERATORS if n[0].isupper()] + list(_TESTS)
        if name not in known:
            self.fail("unknown-function", f"there is no function {name}", at, nearest(name, known))
            return None
        if len(args) == 1 and args[0].data == "bare_list" and name in ("Min", "Max", "Coalesce"):
            args = _branches(_branches(args[0])[0])
        elif name in ("Min", "Max"):
            self.fail("wrong-type", f"`{name}` takes a list", at, f"write {name}({{ a, b }})")
            return None
        elif name not in ("Coalesce", "Round") and len(args) != 1:
            self.fail("wrong-type", f"`{name}` takes one operand", at)
            return None
        return self._apply(_TESTS.get(name, name), at, *args)

    def _name(self, t: Branch, at: Place) -> Node | None:
        return self._named(_tokens(t)[0])

    def _named(self, token: Token) -> Node | None:
        name, at = str(token), (token.line or 1, token.column or 1)
        if "." in name and name not in self.names.facts and self._no_parts(token):
            return None
        if name in self.names.parameters:
            return Parameter(self.names.parameters[name], name=name, at=at)
        if name in self.names.facts:
            return Fact(self.names.facts[name], name=name, at=at)
        if name in self.names.outcomes:
            message = f"{name} is known only afterwards or only compares groups; it can not stand in an expression"
            self.fail("outcome-fact", message, at)
        else:
            hint = nearest(name, [*self.names.facts, *self.names.parameters])
            self.fail("unknown-name", f"{name} is neither a fact nor a parameter", at, hint)
        return None

    def _no_parts(self, token: Token) -> bool:
        """Whether names have no parts here: all do but those of two requests."""
        if any("." in name for name in self.names.facts):
            return False
        at = token.line or 1, (token.column or 1) + str(token).index(".")
        self.fail("syntax", "`.` can not stand here", at, HINTS["."])
        return True

    def _literal(self, t: Branch, at: Place) -> Node | None:
        try:
            return _literal(_tokens(t)[0], at)
        except ValueError as error:
            self.fail("bad-literal", str(error), at)
            return None


def _branches(tree: Branch) -> list[Branch]:
    return [c for c in tree.children if isinstance(c, Tree)]


def _tokens(tree: Branch) -> list[Token]:
    return [c for c in tree.children if isinstance(c, Token)]


def _word(tree: Branch) -> str:
    return str(tree.children[0])


def _literal(token: Token, at: Place) -> Literal:
    text = str(token)
    if token.type == "NUMBER":
        kind = "decimal" if "." in text else "integer"
        if kind == "integer" and Decimal(text) > INTEGERS[1]:
            raise ValueError(f"{text} is beyond the integers, which end at {INTEGERS[1]}; write {text}.0")
        literal = number(Decimal(text))
        type_ = Type(kind, None, bound=literal.type.bound, places=literal.type.places)
        return Literal(type_, value=literal.value, at=at)
    if token.type == "STRING":
        value = _unescape(text[1:-1])
        if any("\ud800" <= c <= "\udfff" for c in value):
            raise ValueError("the text holds half a character, which is none")
        return Literal(STRING, value=value, at=at)
    if token.type == "DATE":
        try:
            return Literal(DATE, value=date.fromisoformat(text[1:]) if len(text) == 11 else date(0, 0, 0), at=at)
        except ValueError:
            raise ValueError(f"{text} is not a day; write @2026-01-31") from None
    if text == "null":
        return Literal(NULL, value=None, at=at)
    return Literal(BOOLEAN, value=text == "true", at=at)


# The functional forms of `is`.
_TESTS = {"IsNull": "is_null", "IsTrue": "is_true", "IsFalse": "is_false"}
ESCAPES = {"'": "'", '"': '"', "`": "`", "\\": "\\", "/": "/", "n": "\n", "r": "\r", "t": "\t", "f": "\f"}


def _unescape(text: str) -> str:
    out, chars = [], iter(text)
    for c in chars:
        if c == "\\":
            c = next(chars)
            code = "".join(islice(chars, 4)) if c == "u" else ""
            if c == "u" and re.fullmatch("[0-9A-Fa-f]{4}", code):
                c = chr(int(code, 16))
            elif c in ESCAPES:
                c = ESCAPES[c]
            else:
                raise ValueError(f"\\{c}{code} is not an escape")
        out.append(c)
    return "".join(out)

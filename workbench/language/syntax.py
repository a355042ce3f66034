"""Text ⇄ tree, with positions: `parse` reads an expression, `show` writes it so that `parse(show(t)) == t`."""

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
from workbench.language.tree import (
    BOOLEAN,
    DATE,
    INTEGERS,
    NULL,
    OPERATORS,
    STRING,
    Call,
    Fact,
    Literal,
    Node,
    Parameter,
    Place,
    Type,
    number,
)

LONGEST = 5000  # characters of one expression
DEEPEST = 120   # nested forms


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
        return Parsed(None, (Problem("too-deep", f"an expression has at most {LONGEST} characters, this one "
                                     f"{len(text)}", line=1, column=1),))
    try:
        tree = _grammar().parse(text)
    except UnexpectedInput as error:
        return Parsed(None, (_syntax_problem(error, text),))
    except RecursionError:
        return Parsed(None, (_deep(),))
    if _depth(tree) > DEEPEST:
        return Parsed(None, (_deep(),))
    reader = _Reader(names)
    node = reader.read(tree.children[0])
    if node is not None and not reader.problems and size.written_out(node) > size.LONGEST:
        reader.fail("too-deep", f"the expression repeats itself more than {size.LONGEST} times over when it is worked "
                    "out", node.at, "split it into several criteria")
    if node is not None and condition and not reader.problems and node.type.kind not in ("boolean", "null"):
        reader.fail("not-a-condition", "this must be true or false", node.at, "compare it with something")
    return Parsed(None if reader.problems else node, tuple(reader.problems))


def _deep() -> Problem:
    return Problem("too-deep", f"an expression nests at most {DEEPEST} forms", line=1, column=1,
                   hint="split it into several criteria")


def _depth(tree: Tree) -> int:
    deepest, level = 0, [tree]
    while level:
        deepest += 1
        level = [c for t in level for c in t.children if isinstance(c, Tree)]
    return deepest


def _syntax_problem(error: UnexpectedInput, text: str) -> Problem:
    line, column = max(error.line, 1), max(error.column, 1)
    token = getattr(error, "token", None)
    if token is not None and token.type == "$END" or not text.strip():
        lines = text.split("\n")
        return Problem("syntax", "the expression ends where more was expected", line=len(lines),
                       column=len(lines[-1]) + 1)
    at = error.pos_in_stream or 0
    what = str(token) if token is not None else text[at:at + 1]
    return Problem("syntax", f"`{what}` can not stand here", line=line, column=column,
                   hint=_syntax_hint(what, text[:at].rstrip()))


def _syntax_hint(what: str, before: str) -> str:
    """What the author will have meant, by what can not stand there and what stands before it."""
    pairs = {"==": "write = for equality", "<>": "write !="}
    hints = {'"': "texts stand in single quotes: 'PT'", "'": "the text has no closing quote", "&": "write `and`",
             "|": "write `or`", "!": "write `not`, or != between two values", "%": "write `mod`",
             ".": "facts have no parts; a decimal needs a digit before the point",
             "^": "powers are not part of the language", "=": "put what stands before it in round brackets",
             "[": "an interval is written Interval[1, 2]", "~": "write =", "end": "`case` needs an `else`"}
    after = {"in": "a list is written { 'a', 'b' }", "is": "`is` asks for null, true or false; otherwise write ="}
    last = before.split()[-1] if before else ""
    return pairs.get(before[-1:] + what) or hints.get(what) or after.get(last, "")


class _Reader:
    """Turns lark's tree into ours and keeps every problem met on the way; None stands for what could not be read."""

    def __init__(self, names: Names):
        self.names = names
        self.problems: list[Problem] = []

    def fail(self, code: str, message: str, at: Place, hint: str = "") -> None:
        self.problems.append(Problem(code, message, line=at[0], column=at[1], hint=hint))

    def read(self, tree: Tree) -> Node | None:
        return getattr(self, f"_{tree.data}")(tree, (tree.meta.line, tree.meta.column))

    def _apply(self, op: str, at: Place, *trees: Tree) -> Node | None:
        if self._not_binds(op, at, trees):
            return None
        return self._call(op, at, [self.read(t) for t in trees])

    def _not_binds(self, op: str, at: Place, trees: tuple[Tree, ...], symbol: str = "") -> bool:
        """Whether the operator stands after `not a` where the author will have meant `not (a op b)`."""
        if not trees or trees[0].data != "not_" or not 4 <= OPERATORS[op].level <= 7:
            return False
        inner = self.read(trees[0].children[0])
        if inner is None or inner.type.kind in ("boolean", "null"):
            return False
        self.fail("not-precedence", f"`not` binds tighter than `{symbol or OPERATORS[op].symbol}`", at,
                  "write not ( … ) around the comparison")
        return True

    def _call(self, op: str, at: Place, args: list[Node | None]) -> Node | None:
        if any(a is None for a in args):
            return None
        try:
            return call(op, *args, at=at)
        except NotTyped as error:
            return self.fail(error.code, error.message, error.at, error.hint)

    def _implies(self, t, at): return self._apply("implies", at, *t.children)
    def _or_(self, t, at): return self._apply("or", at, *t.children)
    def _xor(self, t, at): return self._apply("xor", at, *t.children)
    def _and_(self, t, at): return self._apply("and", at, *t.children)
    def _not_(self, t, at): return self._apply("not", at, *t.children)
    def _between(self, t, at): return self._apply("between", at, *t.children)
    def _if_(self, t, at): return self._apply("if", at, *t.children)
    def _paren(self, t, at): return self.read(t.children[0])

    def _negate(self, t, at):
        inner = t.children[0]
        if inner.data == "literal" and inner.children[0] == str(int(INTEGERS[1]) + 1):  # the least integer
            return self._call("negate", at, [number(INTEGERS[1] + 1)])
        return self._apply("negate", at, inner)

    def _plus(self, t, at):
        inner = self.read(t.children[0])
        if inner is not None and not inner.type.numeric and inner.type.kind != "null":
            return self.fail("wrong-type", f"`+` takes numbers, not {describe(inner.type)}", at)
        return inner

    def _compare(self, t, at): return self._apply(str(t.children[1]), at, t.children[0], t.children[2])
    def _arithmetic(self, t, at): return self._apply(_word(t.children[1]), at, t.children[0], t.children[2])
    def _duration(self, t, at): return self._apply(f"{_word(t.children[0])}_between", at, *t.children[1:])

    def _is_(self, t, at): return self._apply(f"is_{_word(t.children[1])}", at, t.children[0])

    def _is_not(self, t, at):
        inner = self._is_(t, at)
        return None if inner is None else self._call("not", at, [inner])

    def _in_list(self, t, at): return self._apply("in_list", at, t.children[0], *t.children[1].children)

    def _in_interval(self, t, at):
        return self._within(at, t.children[0], t.children[1])

    def _within(self, at, element, interval):
        opens, low, high, closes = interval.children
        op = "in_" + ("c" if _word(opens) == "[" else "o") + ("c" if _word(closes) == "]" else "o")
        return self._apply(op, at, element, low, high)

    def _in_codes(self, t, at):
        if self._not_binds("in_codes", at, (t.children[0],)):
            return None
        return self._call("in_codes", at, [self.read(t.children[0]), self._named(t.children[1])])

    def _contains(self, t, at):
        """`in` the other way round."""
        whole, element = t.children
        if whole.data == "bare_list":
            return self._apply("in_list", at, element, *whole.children[0].children)
        if whole.data == "bare_interval":
            return self._within(at, element, whole.children[0])
        if self._not_binds("in_codes", at, (whole,), "contains"):
            return None
        return self._call("in_codes", at, [self.read(element), self.read(whole)])

    def _case(self, t, at):
        return self._apply("case", at, *(c for w in t.children[:-1] for c in w.children), t.children[-1])

    def _case_of(self, t, at):
        first, *whens, last = t.children
        return self._apply("case_of", at, first, *(c for w in whens for c in w.children), last)

    def _bare_list(self, t, at):
        self.fail("wrong-type", "a list can stand only after `in` or within Min, Max and Coalesce", at)

    def _bare_interval(self, t, at):
        self.fail("wrong-type", "an interval can stand only after `in`", at)

    def _function(self, t, at):
        name, args = str(t.children[0]), t.children[1:]
        known = [n for n in OPERATORS if n[0].isupper()] + list(_TESTS)
        if name not in known:
            return self.fail("unknown-function", f"there is no function {name}", at, nearest(name, known))
        if len(args) == 1 and args[0].data == "bare_list" and name in ("Min", "Max", "Coalesce"):
            args = args[0].children[0].children
        elif name in ("Min", "Max"):
            return self.fail("wrong-type", f"`{name}` takes a list", at, f"write {name}({{ a, b }})")
        elif name not in ("Coalesce", "Round") and len(args) != 1:
            return self.fail("wrong-type", f"`{name}` takes one operand", at)
        return self._apply(_TESTS.get(name, name), at, *args)

    def _name(self, t, at):
        return self._named(t.children[0])

    def _named(self, token: Token) -> Node | None:
        name, at = str(token), (token.line, token.column)
        if name in self.names.parameters:
            return Parameter(self.names.parameters[name], name=name, at=at)
        if name in self.names.facts:
            return Fact(self.names.facts[name], name=name, at=at)
        if name in self.names.outcomes:
            return self.fail("outcome-fact", f"{name} is known only afterwards or only compares groups; it can not "
                             "stand in an expression", at)
        hint = nearest(name, [*self.names.facts, *self.names.parameters])
        return self.fail("unknown-name", f"{name} is neither a fact nor a parameter", at, hint)

    def _literal(self, t, at):
        token = t.children[0]
        try:
            return _literal(token, at)
        except ValueError as error:
            return self.fail("bad-literal", str(error), at)


def _word(tree: Tree) -> str:
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
_ESCAPES = {"'": "'", '"': '"', "`": "`", "\\": "\\", "/": "/", "n": "\n", "r": "\r", "t": "\t", "f": "\f"}


def _unescape(text: str) -> str:
    out, chars = [], iter(text)
    for c in chars:
        if c == "\\":
            c = next(chars)
            code = "".join(islice(chars, 4)) if c == "u" else ""
            if c == "u" and re.fullmatch("[0-9A-Fa-f]{4}", code):
                c = chr(int(code, 16))
            elif c in _ESCAPES:
                c = _ESCAPES[c]
            else:
                raise ValueError(f"\\{c}{code} is not an escape")
        out.append(c)
    return "".join(out)


def show(node: Node) -> str:
    """The expression as text, with no more parentheses than it needs."""
    return _show(node, 0)


def show_value(value: object) -> str:
    """A value as the language writes it; null where it is missing."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return f"@{value.isoformat()}"
    if isinstance(value, str):
        back = {v: k for k, v in _ESCAPES.items() if k not in '"`/'}
        return "'" + "".join("\\" + back[c] if c in back else c for c in value) + "'"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _show(node: Node, above: int) -> str:
    if isinstance(node, Literal):
        return show_value(node.value)
    if isinstance(node, Fact | Parameter):
        return node.name
    level = OPERATORS[node.op].level
    text = _form(node, level)
    # `if` reaches as far right as it can, so it is fenced wherever something could follow it.
    fenced = level < above if level else node.op == "if" and above > 0
    return f"({text})" if fenced else text


def _form(node: Call, level: int) -> str:
    op, args = node.op, node.args
    symbol = OPERATORS[op].symbol
    if op == "not":
        inner = args[0]
        if isinstance(inner, Call) and inner.op in ("is_null", "is_true", "is_false"):
            return f"{_show(inner.args[0], 10)} is not {inner.op[3:]}"
        return f"not {_show(inner, level)}"
    if op == "negate":
        return f"-{_show(args[0], level)}"
    if op in ("is_null", "is_true", "is_false"):
        return f"{_show(args[0], level)} {symbol}"
    if op == "in_list":
        return f"{_show(args[0], level)} in {{ {', '.join(_show(a, 0) for a in args[1:])} }}"
    if op in ("in_cc", "in_co", "in_oc", "in_oo"):
        opens, closes = "[" if op[3] == "c" else "(", "]" if op[4] == "c" else ")"
        return f"{_show(args[0], level)} in Interval{opens}{_show(args[1], 0)}, {_show(args[2], 0)}{closes}"
    if op == "between":
        return f"{_show(args[0], level)} between {_show(args[1], 11)} and {_show(args[2], 11)}"
    if op in ("days_between", "weeks_between"):
        return f"{symbol} between {_show(args[0], 11)} and {_show(args[1], 11)}"
    if op == "if":
        return f"if {_show(args[0], 0)} then {_show(args[1], 0)} else {_show(args[2], 0)}"
    if op in ("case", "case_of"):
        head = [] if op == "case" else [_show(args[0], 0)]
        pairs = args[:-1] if op == "case" else args[1:-1]
        whens = [f"when {_show(w, 0)} then {_show(t, 0)}" for w, t in zip(pairs[::2], pairs[1::2], strict=True)]
        return " ".join(["case", *head, *whens, "else", _show(args[-1], 0), "end"])
    if op in ("Min", "Max"):
        return f"{op}({{ {', '.join(_show(a, 0) for a in args)} }})"
    if not level:
        return f"{op}({', '.join(_show(a, 0) for a in args)})"
    return f"{_show(args[0], level)} {symbol} {_show(args[1], level + 1)}"

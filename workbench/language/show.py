"""Tree → text: what `syntax.parse` reads."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from workbench.language.syntax import ESCAPES
from workbench.language.tree import OPERATORS, Call, Fact, Literal, Node, Parameter


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
        back = {v: k for k, v in ESCAPES.items() if k not in '"`/'}
        return "'" + "".join("\\" + back[c] if c in back else c for c in value) + "'"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _show(node: Node, above: int) -> str:
    if isinstance(node, Literal):
        return show_value(node.value)
    if isinstance(node, Fact | Parameter):
        return node.name
    assert isinstance(node, Call)
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

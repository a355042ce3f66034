"""A tiny reader of the criteria language, of its own, so that a mistake of the project's reader can not hide here.

`read(text)` gives nested tuples: ("name", n), ("number", text), ("text", t), ("date", day number), ("word", w) and
(operator, operand, …). It knows what the shipped guidelines use and stops at anything else.
"""

from __future__ import annotations

import re
from datetime import date

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<date>@\d{4}-\d\d-\d\d)|(?P<text>'[^'\\]*')"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<sign><=|>=|!=|[-+*/<>=(){},\[\]]))"
)
# Binary operators, from the loosest to the tightest, as CQL ranks them.
_BINARY = [{"implies"}, {"or", "xor"}, {"and"}, {"in"}, {"=", "!="}, {"<", "<=", ">", ">="}]
_SUMS = [{"+", "-"}, {"*", "/", "div", "mod"}]


def read(text: str) -> tuple:
    reader = _Reader(text)
    tree = reader.binary(0)
    assert reader.at == len(reader.tokens), f"{reader.peek!r} is left over in {text!r}"
    return tree


class _Reader:
    def __init__(self, text: str):
        self.tokens, self.at, position = [], 0, 0
        text = text.strip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            assert match, f"{text[position:]!r} can not be read"
            self.tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()

    @property
    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        word = self.peek
        assert not wanted or word in wanted, f"{word!r} stands where {wanted} was expected"
        self.at += 1
        return word

    def binary(self, level: int) -> tuple:
        if level == len(_BINARY):
            return self.between()
        left = self.binary(level + 1)
        while self.peek in _BINARY[level]:
            op = self.take()
            left = self.within(left) if op == "in" else (op, left, self.binary(level + 1))
        return left

    def within(self, left: tuple) -> tuple:
        if self.peek == "Interval":
            self.take()
            opens = self.take("[", "(")
            low = self.sums(0)
            self.take(",")
            high = self.sums(0)
            closes = self.take("]", ")")
            return ("and", (">=" if opens == "[" else ">", left, low), ("<=" if closes == "]" else "<", left, high))
        if self.peek == "{":
            found = None
            for item in self.listed():
                equal = ("=", left, item)
                found = equal if found is None else ("or", found, equal)
            return found
        return ("in", left, ("name", self.take()))

    def listed(self) -> list[tuple]:
        items = []
        self.take("{")
        while True:
            items.append(self.binary(0))
            if self.take(",", "}") == "}":
                return items

    def between(self) -> tuple:
        left = self.negated()
        if self.peek != "between":
            return left
        self.take()
        low = self.sums(0)
        self.take("and")
        return ("and", (">=", left, low), ("<=", left, self.sums(0)))

    def negated(self) -> tuple:
        if self.peek == "not":
            self.take()
            return ("not", self.negated())
        left = self.sums(0)
        while self.peek == "is":
            self.take()
            negative = self.peek == "not" and bool(self.take())
            left = (f"is {self.take('null', 'true', 'false')}", left)
            left = ("not", left) if negative else left
        return left

    def sums(self, level: int) -> tuple:
        if level == len(_SUMS):
            return self.single()
        left = self.sums(level + 1)
        while self.peek in _SUMS[level]:
            left = (self.take(), left, self.sums(level + 1))
        return left

    def single(self) -> tuple:
        kind, word = self.tokens[self.at]
        self.at += 1
        if word == "-":
            return ("-", ("number", "0"), self.single())
        if word == "(":
            inner = self.binary(0)
            self.take(")")
            return inner
        if word in ("days", "weeks"):
            self.take("between")
            first = self.sums(0)
            self.take("and")
            return (f"{word} between", first, self.sums(0))
        if word == "if":
            condition = self.binary(0)
            self.take("then")
            yes = self.binary(0)
            self.take("else")
            return ("if", condition, yes, self.binary(0))
        if word in ("Coalesce", "Min", "Max", "Abs"):
            return (word, *self.arguments())
        if kind == "number":
            return ("number", word)
        if kind == "date":
            return ("date", str(date.fromisoformat(word[1:]).toordinal()))
        if kind == "text":
            return ("text", word[1:-1])
        assert kind == "name", f"{word!r} is not known here"
        return ("word", word) if word in ("true", "false", "null") else ("name", word)

    def arguments(self) -> list[tuple]:
        self.take("(")
        if self.peek == "{":
            items = self.listed()
            self.take(")")
            return items
        items = []
        while True:
            items.append(self.binary(0))
            if self.take(",", ")") == ")":
                return items

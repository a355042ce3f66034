"""The one shape of everything that can be wrong, and the codes it goes by.

A problem says what (code, message), where (file, line, column; counted from 1) and what would be right (hint).
Problems are collected and raised together, so that whoever mends a file mends it once.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

# code → what it means, in the area where it arises. A code is part of the interface: scripts match on it.
CODES: dict[str, str] = {
    # language
    "syntax": "the text is not an expression of the criteria language",
    "unknown-name": "a name is neither a fact nor a parameter",
    "unknown-function": "a function or operator is not part of the language",
    "wrong-type": "an operator does not take operands of these types",
    "wrong-unit": "two quantities have units that do not go together",
    "unknown-choice": "a value is not among the choices of the fact it is compared with",
    "outcome-fact": "a fact that is known only afterwards, or only compares groups, stands in an expression",
    "not-constant": "a list element or interval end is not a literal, a parameter or arithmetic of these",
    "bad-literal": "a number or date literal can not be represented",
    "number-too-large": "the numbers of an expression can leave the range that is computed exactly",
    "not-a-condition": "an expression that must be true or false yields something else",
    "not-precedence": "`not` binds tighter than the comparison after it",
    "too-deep": "an expression is too long or nested too deeply",
    # any YAML or CSV file
    "unreadable": "a file can not be read or decoded",
    "bad-yaml": "a file is not the plain YAML that is read here",
    "bad-csv": "a file is not a well-formed table",
    "missing-file": "a file that another names does not exist",
    "unknown-key": "a key is not one of those that may stand here",
    "duplicate-key": "a key stands twice",
    "missing-key": "a required key is absent",
    "wrong-value": "a value has the wrong type or form",
    "yaml-word": "YAML reads an unquoted word or number as something else than what was meant",
    # guideline
    "duplicate-id": "an id stands twice",
    "bad-id": "an id is not lower_snake_case (lower-kebab-case for files)",
    "unknown-source": "a source is not in sources.yaml",
    "out-of-range": "a number lies outside its range",
    "unknown-unit": "a unit is not known",
    "unknown-base": "`extends` names a file that is not there",
    "extends-circle": "guidelines extend one another in a circle",
    "wrong-place": "a file's content does not agree with its folder or name",
    "missing-cure": "an administrative criterion does not say how to cure it",
    "duplicate-version": "two versions of a file take effect on the same day",
    # limits
    "unknown-column": "a column is not a fact or a known column",
    "bad-cell": "a cell does not fit the fact of its column",
    "missing-limit": "a limit row lacks visits or weeks",
    "hidden-row": "an earlier row catches everything that this row could",
    # conditions, measures
    "ambiguous-condition": "two condition rows can match the same request",
    "unknown-condition": "a condition is in no version of the table",
    "unknown-table": "there is no such version of the condition or measure table",
    "bad-prefix": "an ICD-10 prefix is malformed",
    "bad-measure": "the numbers of a measure contradict one another",
    # overlay, program
    "bad-benefit": "a benefit limit is malformed",
    "bad-procedure": "a procedure code is malformed",
    "program-overlap": "two rows of a program name the same line of business, state and discipline",
    "program-row": "a program row has neither or both of review_from and planned",
    # changes, draft
    "matches-nothing": "a change matches nothing",
    "change-exists": "an added id exists already",
    "bad-change": "a change is not one of set, add, multiply, at_least, at_most",
    "base-item": "a change names a base's item under the base",
    "unknown-guideline": "a guideline is not there",
    "unknown-plan": "a plan has no overlay",
    "unknown-program": "a program is not there",
    "gap-unfelt": "a draft changes the gap between episodes, which no replay of it feels",
    "stale-digest": "a draft was made on another text than the one loaded",
    # scenario, assumptions
    "bad-scenario": "a scenario does not say what to run",
    "unknown-gate": "a gate names no rate",
    "notebook-parameter": "a notebook does not take this parameter",
    "bad-assumption": "an assumption does not fit the fact",
    # cases, mapping
    "missing-column": "a required column is absent",
    "missing-value": "a required fact is absent in a row",
    "duplicate-request": "a request_id stands twice",
    "split-episode": "an episode names more than one member, so that no partition holds it whole",
    "bad-value": "a value does not fit the fact's type",
    "value-out-of-range": "a value lies outside the fact's range",
    "value-not-a-choice": "a value is not among the fact's choices",
    "bad-mapping": "a mapping names something that is not there",
    "field-count": "a row has more or fewer fields than the header",
    "too-large": "a file or value is larger than what is read",
    # warnings of check
    "unguarded-fact": "a fact is used where it may not make sense",
    "bare-number": "a number in a criterion wants to be a parameter",
    "unread-source": "evidence is claimed from a source that nobody has read",
    "stale-plan": "a program's row was only planned, for a time that has passed",
    "medicare-unsaid": "a criterion that binds Medicare does not say whose rule it is",
    "stale-check": "a source was last checked more than a year ago",
    "consensus-only": "a number rests on consensus alone",
    "unused-parameter": "no expression uses a parameter",
    "missing-companion": "examples or README stand missing beside a guideline",
    "layers-clash": "two layers set the same thing",
    "other-version": "a draft was made on another version than the one that decides",
    "draft-exists": "a draft of this name is there already",
    "ambiguous-scope": "two guidelines may claim the same request",
    "same-reason": "two examples give the same reason",
    "unknown-example": "an example is like one that does not stand above it",
    "example-fails": "an example comes out otherwise than expected",
    # records
    "newer-record": "a record was written by a later version, whose fields are not known here",
    # signing
    "bad-signature": "a key or a signature is not what it has to be",
    "not-signed": "a dossier is not signed as it has to be",
    "unsealed": "a file decides and no seal holds it as it stands",
    "seal-broken": "a seal is not the one that was made, or what it holds is gone",
    "stale-dossier": "the folder is no longer what a dossier was made of",
    "not-verified": "what a dossier says does not come out again",
    # the store of requests
    "not-a-store": "a file or database is no store of requests",
    "newer-store": "a store was written by a later version, whose tables are not known here",
    "busy-store": "others write to the store for too long",
    "unknown-request": "no request of this name is in the store",
    "request-exists": "a request of this name is in the store already",
    "bad-act": "what is asked for can not be done to a request that stands as this one does",
    "moved-on": "a request changed since it was looked at",
    "no-person": "a decision does not say who made it, and why",
    "bad-time": "a time is none, or lies before what happened already",
    "broken-history": "a request's history is not the one that was written",
    # calls
    "bad-call": "the call itself was wrong",
    "missing-extra": "what is asked for needs an extra of the package that is not installed",
    "output-is-input": "an output is a file that the call reads",
    "output-exists": "an output is there already, and the call does not say that it may be replaced",
    "unwritable": "an output can not be written",
    "not-a-log": "a file that is to be added to is no log of releases",
    "overlapping-release": "a release shares requests with an earlier one",
}


MOST_NAMES = 2000  # that a name is looked for among
LONGEST = 1000  # characters of a message: what a hostile file holds is not repeated whole


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong. `line` and `column` count from 1; 0 stands for the whole file."""

    code: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    hint: str = ""

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"unlisted problem code {self.code!r}")
        for name in ("message", "file", "hint"):
            text = printable(getattr(self, name))
            object.__setattr__(self, name, text if len(text) <= LONGEST else text[: LONGEST - 1] + "…")

    def __str__(self) -> str:
        place = f"{self.file or '<text>'}:{self.line}:{self.column}: " if self.file or self.line else ""
        return f"{place}{self.code} {self.message}" + (f" ({self.hint})" if self.hint else "")

    def at(self, file: str, line: int = 0, column: int = 0) -> Problem:
        """The same problem, placed."""
        return replace(self, file=file, line=line, column=column)

    def as_dict(self) -> dict[str, str | int]:
        return {
            "code": self.code,
            "message": self.message,
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "hint": self.hint,
        }


class ProblemsFound(Exception):
    """Raised once with all problems of an input, in the order of file, line and column."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(sorted(set(problems), key=lambda p: (p.file, p.line, p.column, p.code, p.message)))
        super().__init__("\n".join(str(p) for p in self.problems))

    def __reduce__(self) -> tuple[type[ProblemsFound], tuple[tuple[Problem, ...]]]:
        """An exception is made anew from its text where it comes out of another process; this one from its problems."""
        return type(self), (self.problems,)


class Problems:
    """What is found wrong on the way through an input, in order. Readers put problems in and read on; who called them
    asks once whether there are any.

    It has no length on purpose. Whether a stretch of reading went well is asked of that stretch, never by counting
    before and after: what was found a moment too early would be lost.

        with problems.meanwhile() as here:
            rows = read(table, problems)
        if here: ...                      # what was found is in `problems` as well
    """

    def __init__(self, found: Iterable[Problem] = ()):
        self._found = list(found)
        self._parts: list[Problems] = []

    def __iter__(self) -> Iterator[Problem]:
        return iter(tuple(self._found))

    def __bool__(self) -> bool:
        return bool(self._found)

    def __repr__(self) -> str:
        return f"Problems({self._found})"

    def add(self, *problems: Problem) -> None:
        """Put problems in."""
        self.extend(problems)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Put problems in."""
        found = tuple(problems)
        self._found += found
        for part in self._parts:
            part.extend(found)

    def withdraw(self, problem: Problem) -> None:
        """Take one back that turned out to be another. Raises ValueError where it was never put in."""
        self._found.remove(problem)
        for part in self._parts:
            if problem in part._found:
                part.withdraw(problem)

    @contextmanager
    def meanwhile(self) -> Iterator[Problems]:
        """What is found while the block runs; it stays after the block."""
        part = Problems()
        self._parts.append(part)
        try:
            yield part
        finally:
            self._parts = [p for p in self._parts if p is not part]

    def check(self) -> None:
        """Raise ProblemsFound if there are any."""
        if self._found:
            raise ProblemsFound(self._found)


def several(number: int, one: str, many: str = "") -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def printable(text: str) -> str:
    """The text on one line, with what no terminal should be sent (controls, halves of characters) written out."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def closest(word: str, among: Iterable[str]) -> str | None:
    """The name that was probably meant; None where no name is near, or there are too many to look through."""
    names = sorted(set(among))
    if len(names) > MOST_NAMES:
        return None
    close = difflib.get_close_matches(word.lower(), [n.lower() for n in names], n=5, cutoff=0.6)
    return next((n for found in close for n in names if n.lower() == found and _word_for_word(word, n)), None)


def _word_for_word(said: str, name: str) -> bool:
    """Whether texts are alike word for word: `start_date` is no slip of `thru_date`, much as they share."""
    one, other = (re.findall(r"[^\W_]+(?:[.]\d+)*", text.lower()) for text in (said, name))
    if len(one) < 2 and len(other) < 2:  # a slip changes more of a short word
        return max(len(said), len(name)) < 5 or _alike(said.lower(), name.lower()) >= 0.7
    if len(one) == len(other):
        return all(_alike(a, b) >= 0.5 for a, b in zip(one, other, strict=True))
    part = len(one) < len(other) and all(any(_alike(a, b) >= 0.8 for b in other) for a in one)
    return part or _alike("".join(one), "".join(other)) >= 0.8


def _alike(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()


def nearest(word: str, among: Iterable[str]) -> str:
    """A hint with the closest name, or with the choices where they are few; empty if neither helps."""
    names = sorted(set(among))
    meant = closest(word, names)
    if meant is not None:
        return f"did you mean {meant}?"
    return f"one of {', '.join(names)}" if 0 < len(names) <= 12 else ""

"""The one shape of everything that can be wrong, and the codes it goes by.

A problem says what (code, message), where (file, line, column; counted from 1) and what would be right (hint).
Problems are collected and raised together, so that whoever mends a file mends it once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
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
    "unknown-condition": "a condition is not in conditions.csv",
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
    "bad-value": "a value does not fit the fact's type",
    "value-out-of-range": "a value lies outside the fact's range",
    "value-not-a-choice": "a value is not among the fact's choices",
    "bad-mapping": "a mapping names something that is not there",
    "disagrees": "a supplied derived fact disagrees with its inputs",
    "field-count": "a row has more or fewer fields than the header",
    "too-large": "a file or value is larger than what is read",
    # warnings of check
    "unguarded-fact": "a fact is used where it may not make sense",
    "bare-number": "a number in a criterion wants to be a parameter",
    "unread-source": "evidence is claimed from a source that nobody has read",
    "stale-check": "a source was last checked more than a year ago",
    "consensus-only": "a number rests on consensus alone",
    "unused-parameter": "no expression uses a parameter",
    "missing-companion": "examples or README stand missing beside a guideline",
    "layers-clash": "two layers set the same thing",
    "other-version": "a draft was made on another version than the one that decides",
    "draft-exists": "a draft of this name is there already",
    "ambiguous-scope": "two guidelines may claim the same request",
    "untested": "no example reaches it",
    "example-fails": "an example comes out otherwise than expected",
    # calls
    "bad-call": "the call itself was wrong",
}


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
            object.__setattr__(self, name, text if len(text) <= LONGEST else text[:LONGEST - 1] + "…")

    def __str__(self) -> str:
        place = f"{self.file or '<text>'}:{self.line}:{self.column}: "
        return f"{place}{self.code} {self.message}" + (f" ({self.hint})" if self.hint else "")

    def at(self, file: str, line: int = 0, column: int = 0) -> Problem:
        """The same problem, placed."""
        return replace(self, file=file, line=line, column=column)

    def as_dict(self) -> dict[str, str | int]:
        return {"code": self.code, "message": self.message, "file": self.file, "line": self.line,
                "column": self.column, "hint": self.hint}


class ProblemsFound(Exception):
    """Raised once with all problems of an input, in the order of file, line and column."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(sorted(set(problems), key=lambda p: (p.file, p.line, p.column, p.code, p.message)))
        super().__init__("\n".join(str(p) for p in self.problems))


def printable(text: str) -> str:
    """The text on one line, with what no terminal should be sent (controls, halves of characters) written out."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def nearest(word: str, among: Iterable[str]) -> str:
    """A hint with the nearest valid name, or the choices where they are few; empty if neither helps."""
    names = sorted(set(among))
    if not isinstance(word, str):
        word = str(word)
    close = difflib.get_close_matches(word.lower(), [n.lower() for n in names], n=1, cutoff=0.6)
    if close:
        return f"did you mean {next(n for n in names if n.lower() == close[0])}?"
    return f"one of {', '.join(names)}" if 0 < len(names) <= 12 else ""

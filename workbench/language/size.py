"""How long an expression gets when a reading writes it out.

A reading without names for what lies between repeats an operand: a condition is looked at twice, a value stands beside
each element of its list. Nested, that doubles and doubles again, so that a short text can become more than any machine
reads. Such an expression is refused.
"""

from __future__ import annotations

from workbench.language.tree import Call, Node

LONGEST = 5000

# How often an operator repeats its operands; those of the others stand once.
_TWICE = {
    "div",
    "mod",
    "Min",
    "Max",
    "Round",
    "Truncate",
    "weeks_between",
    "in_codes",
    "between",
    "in_cc",
    "in_co",
    "in_oc",
    "in_oo",
    "/",
}


def written_out(node: Node) -> int:
    """The nodes of the expression with all repetitions."""
    if not isinstance(node, Call):
        return 1
    sizes = [written_out(a) for a in node.args]
    if node.op in ("if", "case"):
        return 1 + 2 * sum(sizes[:-1:2]) + sum(sizes[1:-1:2]) + sizes[-1]
    if node.op == "case_of":
        whens, thens = sizes[1:-1:2], sizes[2:-1:2]
        return 1 + 2 * (sizes[0] * len(whens) + sum(whens)) + sum(thens) + sizes[-1]
    if node.op == "in_list":
        return 1 + sizes[0] * (len(sizes) - 1) + sum(sizes[1:])
    times = 2 if node.op in _TWICE else 1
    return 1 + times * sum(sizes) * (2 if node.type.may_overflow else 1)

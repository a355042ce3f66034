"""What the operations of a change make of a number."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal, localcontext

from workbench.guideline.model import LIMIT_WORDS, Change, Content, Operations


def operate(value: Decimal | None, operations: Operations, whole: bool) -> Decimal:
    """A number after its operations, one on the result of the other; `multiply` of whole numbers rounds up. Raises
    ValueError where there is no number to work on: none at first, and the first operation does not set one."""
    with localcontext() as exact:
        exact.prec = 80
        for op, amount in operations:
            if op == "set":
                value = amount
            elif value is None:
                raise ValueError(f"there is no number to {op}")
            elif op == "add":
                value = value + amount
            elif op == "multiply":
                value = value * amount
                value = value.to_integral_value(ROUND_CEILING) if whole else value
            else:
                value = max(value, amount) if op == "at_least" else min(value, amount)
        if value is None:
            raise ValueError("there is no operation")
        return +value


def operations(content: Content) -> Operations | None:
    """The operations that a change's content is; None where it is a new content."""
    steps = tuple(c for c in content if isinstance(c, tuple)) if isinstance(content, tuple) else ()
    return steps or None


def plain_number(number: Decimal) -> str:
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def sets_cells(step: Change) -> bool:
    return any(not isinstance(v, tuple) and k not in LIMIT_WORDS for k, v in step.body)

"""Units of quantities: `visits/week`, `weeks`, `MCID`. Singular and plural are one; powers combine.

A unit is a sorted tuple of (base, power); the empty tuple is a pure number that came out of an operation,
`None` a bare number that takes the unit of what it meets.
"""

from __future__ import annotations

Unit = tuple[tuple[str, int], ...]

SINGULAR = {
    "visits": "visit",
    "weeks": "week",
    "days": "day",
    "years": "year",
    "points": "point",
    "hours": "hour",
    "minutes": "minute",
    "months": "month",
    "requests": "request",
    "goals": "goal",
}
BASES = frozenset(SINGULAR.values()) | {"percent", "MCID", "SD"}


def parse_unit(text: str) -> Unit | None:
    """`visits/week` → (("visit", 1), ("week", -1)); an empty text is a bare number.

    Raises ValueError with the word that is not a unit.
    """
    if not text.strip():
        return None
    powers: dict[str, int] = {}
    for i, part in enumerate(text.split("/")):  # a/b/c is a over b over c, as people write it
        word = SINGULAR.get(part.strip(), part.strip())
        if word not in BASES:
            raise ValueError(part.strip())
        powers[word] = powers.get(word, 0) + (1 if i == 0 else -1)
    return _sorted(powers)


def combine(left: Unit | None, right: Unit | None, sign: int) -> Unit | None:
    """The unit of a product (`sign` 1) or quotient (`sign` -1); a bare number has none."""
    if left is None and right is None:
        return None
    powers = dict(left or ())
    for base, power in right or ():
        powers[base] = powers.get(base, 0) + sign * power
    return _sorted(powers)


def _sorted(powers: dict[str, int]) -> Unit:
    return tuple(sorted((b, p) for b, p in powers.items() if p))


def show_unit(unit: Unit | None) -> str:
    """The unit in words, plural above the line."""
    if not unit:
        return "a number"
    plural = {one: many for many, one in SINGULAR.items()}
    over = [plural.get(b, b) for b, p in unit for _ in range(max(p, 0))]
    under = [b for b, p in unit for _ in range(max(-p, 0))]
    return "/".join(["·".join(over) or "1", *under])

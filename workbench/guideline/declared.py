"""What a guideline says of its own behaviour, for `workbench prove`: properties of two requests that must hold, and the
questions that it answers otherwise on purpose. Nothing of it decides a request, and no digest covers it."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.language.tree import Fact, Node, walk

# What a property may claim of the other request, beside `request`.
NEVER_WORSE, NEVER_BETTER, THE_SAME = "never_worse", "never_better", "the_same"
CLAIMS = (NEVER_WORSE, NEVER_BETTER, THE_SAME)
REQUEST, OTHER = "request", "other"  # the two requests, as an expression names them

# The questions that a guideline may answer otherwise, with a reason. That there is no denial, and that no visit is
# lost, are none of them.
EXCEPTABLE = (
    "more-progress", "a-document", "less-asked", "a-higher-limit",
    "every-row", "every-criterion-unmet", "every-criterion-met", "something-is-approved", "no-gap", "one-guideline",
)  # fmt: skip
OF_TWO = EXCEPTABLE[:4]  # those that compare two requests, and come about through criteria
Spot = tuple[str, int, int]


def _spot() -> Spot:
    return field(default=("", 0, 0), compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class Property:
    """Of any two requests of which `when` is true, and that are alike in every fact that `other` does not name there,
    the claim holds of how the other fares."""

    id: str
    text: str
    when: Node
    claim: str  # one of CLAIMS
    source: str = ""
    note: str = ""
    at: Spot = _spot()

    @property
    def own(self) -> tuple[str, ...]:
        """The facts in which the two requests may differ."""
        named = (n.name.partition(".") for n in walk(self.when) if isinstance(n, Fact))
        return tuple(dict.fromkeys(fact for who, _, fact in named if who == OTHER))


@dataclass(frozen=True)
class Excepted:
    """A question answered otherwise on purpose. `about` is what it concerns, as the question names it (nothing: all of
    it), and `through` the criteria through which alone it comes about (nothing: whatever the cause)."""

    law: str  # one of EXCEPTABLE
    reason: str
    about: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    source: str = ""
    at: Spot = _spot()

"""What an author can take hold of: every parameter, and the numbers of a condition's limit rows, from the guideline's
own labels, units, ranges and sources.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import product

from workbench.documents.text import entries
from workbench.facts import DECIMAL_PLACES, facts
from workbench.guideline.addresses import Handle, Rule, own_of
from workbench.guideline.model import Criterion, Exemption, Library, LimitRow, Parameter, Rules, Waiver
from workbench.guideline.moves import Movable, movable_in
from workbench.language.interpret import evaluate
from workbench.language.tree import Node, walk
from workbench.language.tree import Parameter as ParameterNode
from workbench.words.conditions import cell_words, labels, listed

_AMOUNTS = {"visits": "Visits", "weeks": "Weeks", "per_week": "Visits a week"}
EVERY, SOME, UNUSED = "Every request", "Some requests only", "Used by no criterion"


@dataclass(frozen=True)
class Control:
    """One slider with its number field, over a number that can be moved: that says what may be typed, and how far the
    slider goes."""

    moves: Movable
    label: str  # within its group
    help: str
    source: str  # the title behind the id, where it is known
    source_id: str
    evidence: str
    checked: str  # the day, or "" where the file names none

    @property
    def key(self) -> str:
        """Its name on the page."""
        return self.moves.key

    @property
    def handle(self) -> Handle:
        return self.moves.handle

    @property
    def published(self) -> Decimal:
        return self.moves.published


@dataclass(frozen=True)
class Group:
    title: str
    controls: tuple[Control, ...]
    open: bool = False


class Refusal(ValueError):
    """Why what was typed can not stand, for the reader of the screen."""


def number(value: Decimal) -> str:
    """A number as it is typed: no idle zeros, a plain minus sign."""
    return format(value.normalize() + 0, "f")


def read(control: Control, text: str) -> Decimal:
    """What was typed beside a control. Raises Refusal with the reason."""
    typed = text.strip().replace("−", "-")
    if typed.count(",") == 1 and "." not in typed:
        # 12,5 is twelve and a half; 1,000 may be a thousand or one, and is neither guessed.
        if len(typed.partition(",")[2]) == 3:
            raise Refusal(f"“{text.strip()}” can be read in two ways; write it without a comma.")
        typed = typed.replace(",", ".")
    if not typed:
        raise Refusal(f"nothing stands here; {number(control.published)} is published.")
    try:
        value = Decimal(typed)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise Refusal("what was typed is not a number." if typed.lower() == "nan" else f"“{typed}” is not a number.")
    low, high = control.moves.low, control.moves.high
    if not low <= value <= high:
        raise Refusal(f"{number(value)} lies outside {number(low)}–{number(high)}, the range that is allowed.")
    if control.moves.whole and value != value.to_integral_value():
        raise Refusal(f"{number(value)} is not a whole number of {control.moves.unit.split()[0]}.")
    if places(value) > DECIMAL_PLACES:
        raise Refusal(f"{number(value)} has more than {DECIMAL_PLACES} decimal places.")
    return value


def places(value: Decimal) -> int:
    """How many digits after the point a number needs."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def groups(rules: Rules, library: Library, condition: str, plan: str = "") -> tuple[Group, ...]:
    """All controls of these (published) rules, the limits of the condition first. With `plan` they move the overlay of
    that plan."""
    rows = [r for r in rules.limits if _condition(r) == condition] if condition else []
    names = labels(library)
    found = []
    if rows:
        found.append(
            Group(
                f"Limits of {_lower(names.get(condition, condition))}",
                _limits(rules, rows, library, ("visits", "weeks"), plan),
                open=True,
            )
        )
        if any(r.per_week is not None for r in rows):
            found.append(
                Group(
                    f"Visits a week, {_lower(names.get(condition, condition))}",
                    _limits(rules, rows, library, ("per_week",), plan),
                )
            )
    found += _parameters(rules, library, plan)
    general = [r for r in rules.limits if not _condition(r)]
    if general:
        found.append(
            Group(
                "Limits of every other condition",
                _limits(rules, general, library, ("visits", "weeks", "per_week"), plan, apart=False),
            )
        )
    return tuple(found)


def conditions(rules: Rules, library: Library) -> list[tuple[str, str]]:
    """(condition, label) of those with limit rows of their own, in the order of the rows."""
    names = labels(library)
    return list({c: names.get(c, c) for r in rules.limits if (c := _condition(r))}.items())


# limits


def _condition(row: LimitRow) -> str:
    return next((c.text for c in row.cells if c.fact == "condition"), "")


def _limits(
    rules: Rules, rows: list[LimitRow], library: Library, amounts: tuple[str, ...], plan: str, *, apart: bool = True
) -> tuple[Control, ...]:
    words = _row_words(rows, library, apart)
    return tuple(
        _limit(moves, row, words[row.id], library)
        for amount in amounts
        for row in rows
        if (moves := movable_in(rules, Handle(Rule("limits", row.id, plan), amount))) is not None
    )


def _row_words(rows: list[LimitRow], library: Library, apart: bool) -> dict[str, str]:
    """Limit row → what it asks for besides the condition; with `apart`, what all rows ask for is left unsaid."""
    common = set.intersection(*({(c.fact, c.text) for c in r.cells} for r in rows)) if apart else set()
    names, out = labels(library), {}
    for row in rows:
        words = [cell_words(c, names) for c in row.cells if (c.fact, c.text) not in common and c.fact != "condition"]
        out[row.id] = ", ".join(words) or ("other" if len(rows) > 1 else "")
    return out


def _limit(moves: Movable, row: LimitRow, words: str, library: Library) -> Control:
    amount = moves.handle.amount
    label = _AMOUNTS[amount]
    own = next(iter(own_of(entries(row.source), amount)), "")
    evidence = next(iter(own_of(entries(row.evidence), amount)), "")
    return Control(moves, f"{label}, {words}" if words else label, row.note, _source(own, library), own, evidence, "")


# parameters


def _parameters(rules: Rules, library: Library, plan: str) -> list[Group]:
    """Parameters by the kind of request that first meets them, in the order of the criteria."""
    by_area: dict[str, list[Control]] = {}
    known = {p.id: p for p in rules.parameters}
    read: list[tuple[str, tuple[Node | None, ...]]] = [
        (area_of(c, rules), (c.applies, c.requires)) for c in rules.criteria
    ]
    free: tuple[Exemption | Waiver, ...] = (*rules.exemptions, *rules.waivers)
    for area, nodes in [*read, *(("Exemptions and waivers", (i.when,)) for i in free)]:
        for name in _in_order(nodes):
            if name in known:
                by_area.setdefault(area, []).append(_parameter(rules, known.pop(name), library, plan))
    if known:
        by_area[UNUSED] = [_parameter(rules, p, library, plan) for p in known.values()]
    ordered = sorted(by_area.items(), key=lambda a: (a[0] == UNUSED, ", " in a[0], a[0] != "Continuing treatment"))
    return [Group(title, tuple(controls), open=i == 0) for i, (title, controls) in enumerate(ordered)]


def _in_order(nodes: Iterable[Node | None]) -> list[str]:
    """The parameters as they are first read."""
    return [n.name for node in nodes if node is not None for n in walk(node) if isinstance(n, ParameterNode)]


def area_of(criterion: Criterion, rules: Rules) -> str:
    """The kind of request that a criterion speaks of: `Continuing treatment`, `Admission, habilitative`."""
    types, intents = facts()["review_type"].choices, facts()["intent"].choices
    met = [
        (t, i)
        for t, i in product(types, intents)
        if evaluate(criterion.applies, {"review_type": t, "intent": i}, rules.values).value is not False
    ]
    if not met:  # another fact must be known before it asks anything of anybody
        return SOME
    kinds = {t for t, _ in met}
    area = {frozenset({"continuing"}): "Continuing treatment", frozenset({"initial"}): "Admission"}.get(
        frozenset(kinds), EVERY
    )
    aims = [i for i in intents if any(i == m for _, m in met)]
    return area if "rehabilitative" in aims else f"{area}, {listed(aims, 'or')}"


def _parameter(rules: Rules, p: Parameter, library: Library, plan: str) -> Control:
    moves = movable_in(rules, Handle(Rule("parameters", p.id, plan), "value"))
    assert moves is not None, p.id
    return Control(
        moves,
        p.label,
        " ".join(t for t in (p.help, p.note) if t),
        _source(p.source, library),
        p.source,
        p.evidence,
        p.checked.isoformat(),
    )


def _source(id_: str, library: Library) -> str:
    source = library.sources.get(id_)
    return source.title if source else id_


def _lower(label: str) -> str:
    """A label within a sentence: `low back pain`, but `ACL reconstruction`."""
    return label[:1].lower() + label[1:] if label[1:2].islower() or label[1:2] == " " else label

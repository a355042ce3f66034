"""What would change one request, as HTML: the nearest value of each control and fact that turns it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from itertools import groupby

from workbench.facts import facts
from workbench.guideline.model import BenefitLimit, LimitRow, Rules
from workbench.guideline.moves import Movable
from workbench.lab.tuning.rule_forms import title_of
from workbench.lab.tuning.whose import plan_words
from workbench.study.turning import Turn, by_worth
from workbench.words.conditions import amount, listed, noun, row_words, value_words
from workbench.words.decisions import headline
from workbench.words.html import Html, table, tag

_TITLE = "What would change this"
_HEADS = ("what", "now", "turns at", "it would be")


def looking() -> Html:
    """While it is being looked for."""
    return tag("h4", _TITLE) + tag("p", "Trying every control and fact …", class_="cap")


def turned(turns: Iterable[Turn], rules: Rules | None, names: Mapping[str, str]) -> Html:
    """What supports the person further first; the rest folded. `rules` decided the request."""
    turns = by_worth(turns)
    better = [t for t in turns if t.further]
    rest = [t for t in turns if not t.further]
    said = "The nearest value of each control and fact that alone turns it, all else as in the draft."
    if not turns:
        said = "Nothing alone does: no control within its range, and no fact that is missing or can still be brought."
    out = tag("h4", _TITLE) + tag("p", said, class_="cap")
    if better:
        out += _table("Supported further", better, rules, names)
    if rest:
        other = _table("Less, or otherwise", rest, rules, names)
        out += (
            tag("details", tag("summary", f"What would make it less, or otherwise ({len(rest)})"), other)
            if better
            else other
        )
    return out


def _table(title: str, turns: list[Turn], rules: Rules | None, names: Mapping[str, str]) -> Html:
    rows = []
    for (_, then), some in groupby(turns, key=lambda t: (t.what, headline(t.decision))):
        alike = list(some)
        first = alike[0]
        values = listed(dict.fromkeys(_value(t.what, t.value, names) for t in alike), "or")
        rows.append((_what(first.what, rules, names), _value(first.what, first.now, names), values, then))
    return table(_HEADS, rows, caption=title, named=True, class_="turned")


def _what(what: Movable | str, rules: Rules | None, names: Mapping[str, str]) -> str:
    if isinstance(what, str):
        return noun(what)
    thing = what.handle.rule.within(rules) if rules is not None else None
    said = what.label
    if isinstance(thing, LimitRow):
        said = f"Limit of {row_words(thing.cells, names)}"
    elif thing is not None and not isinstance(thing, BenefitLimit):
        said = title_of(thing, names)
    return said + (f" ({plan_words(what.plan)})" if what.plan else "")


def _value(what: Movable | str, value: object, names: Mapping[str, str]) -> str:
    if isinstance(what, Movable):
        if what.kind == "switch":
            return "counts" if value else "does not count"
        assert isinstance(value, Decimal), "a control is a number"
        return amount(value, what.unit)
    if value is None:
        return "missing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        unit = facts()[what].unit
        return amount(Decimal(value), "" if unit and unit in noun(what) else unit)
    return value_words(value, names)

"""The rules under the hand, as HTML: each with how it comes out in the cases, a switch, and its form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.guideline.addresses import Rule, Thing
from workbench.guideline.model import BenefitLimit, Library, LimitRow, Rules
from workbench.lab.tuning.rule_forms import KINDS, Checked, Field, sentences, title_of
from workbench.lab.tuning.state import State
from workbench.lab.tuning.whose import WHOLE, plan_words
from workbench.study.standing import Standing, Standings
from workbench.words.conditions import labels
from workbench.words.html import NOTHING, Html, button, joined, select, tag
from workbench.words.numbers import count, several

_TITLES = {
    "criteria": "Criteria",
    "exemptions": "Exemptions: no authorization",
    "waivers": "Waivers: visits free of it",
    "limits": "Limit rows: the first that matches counts",
    "benefit_limit": "Benefit limit",
}


@dataclass(frozen=True)
class Side:
    """The rules as published and as in the draft, and what overlays keep."""

    published: Rules
    drafted: Rules
    keeps: Mapping[Rule, Mapping[str, str]]


def column(side: Side, state: State, library: Library) -> Html:
    """All rules, kind by kind; those of the chosen condition before the other limit rows."""
    names = labels(library)
    out = NOTHING
    for target in ("criteria", "exemptions", "waivers"):
        out += _section(target, _TITLES[target], _things(side, target), side, state, names)
    rows = _things(side, "limits")
    mine = [r for r in rows if isinstance(r, LimitRow) and _condition(r) == state.condition]
    rest = [r for r in rows if r not in mine]
    first = f"Limit rows of {names.get(state.condition, state.condition)}"
    out += _section("limits", f"{first}: the first that matches counts", mine, side, state, names)
    out += _section("limits", "All other limit rows", rest, side, state, names, adding=False)
    return out + _benefit(side, state, names)


def _condition(row: LimitRow) -> str:
    return next((c.text for c in row.cells if c.fact == "condition"), "")


def _things(side: Side, target: str) -> list[Thing]:
    """In the order of the draft, with what it drops where published has it."""
    there: list[Thing] = list(getattr(side.drafted, target))
    ids = [t.id for t in there]
    for at, thing in enumerate(getattr(side.published, target)):
        if thing.id not in ids:
            there.insert(min(at, len(there)), thing)
    return there


def _section(
    target: str,
    title: str,
    things: Iterable[Thing],
    side: Side,
    state: State,
    names: Mapping[str, str],
    *,
    adding: bool = True,
) -> Html:
    things = list(things)
    rules = [Rule(target, t.id, state.whose) for t in things]
    changed = sum(_is_changed(r, state) for r in rules)
    inside = tag("summary", tag("span", f"{title} ({len(things)})"), _tally(changed))
    inside += joined(_rule(r, t, side, state, names) for r, t in zip(rules, things, strict=True))
    if adding:
        new = button(
            f"Add a {KINDS[target]} …".replace("a e", "an e"), "rule-new", data_target=target, id=f"wb-new-{target}"
        )
        inside += tag("p", new, class_="adding")
    return tag("details", inside, open=bool(changed), data_group=title)


def _tally(changed: int) -> Html:
    return tag("span", f"{changed} changed", class_="tally") if changed else NOTHING


def _is_changed(rule: Rule, state: State) -> bool:
    return state.edit_of(rule) is not None or any(h.rule == rule for h, _ in state.changes)


def _rule(rule: Rule, thing: Thing | BenefitLimit, side: Side, state: State, names: Mapping[str, str]) -> Html:
    key, edit = str(rule), state.edit_of(rule)
    id_ = "wb-rule-" + key.replace(".", "-").replace(":", "-")
    off, added = edit is not None and edit.off, edit is not None and edit.added
    title = title_of(thing, names)
    switch = tag(
        "input",
        type="checkbox",
        role="switch",
        id=f"{id_}-switch",
        checked=not off,
        data_rule=key,
        aria_describedby=f"{id_}-tally",
    )
    words = tag("span", title, class_="name") + (tag("b", " added") if added else NOTHING)
    changed = _is_changed(rule, state)
    acts = button("Edit", "rule", data_rule=key, id=f"{id_}-edit", aria_label=f"Edit: {title}")
    if changed:
        back = "Remove" if added else "As published"
        acts += button(back, "rule-back", data_rule=key, id=f"{id_}-back", aria_label=f"{back}: {title}")
    said = joined(tag("div", tag("i", f"{what} "), text) for what, text in sentences(thing, side.drafted, names))
    more = (
        tag("details", tag("summary", "In words"), said, class_="said", data_group=f"{key} in words")
        if said
        else NOTHING
    )
    kept = side.keeps.get(Rule(rule.target, rule.id), {}).get(WHOLE, "")
    notes = tag("p", kept, class_="m kept") if kept else NOTHING
    body = (
        tag("label", switch, words, class_="onoff")
        + tag("div", "", class_="m tallied", id=f"{id_}-tally")
        + notes
        + more
    )
    classes = "rule" + (" changed" if changed else "") + (" off" if off else "")
    return tag("div", tag("div", body, class_="what"), tag("div", acts, class_="acts"), class_=classes, data_rule=key)


def _benefit(side: Side, state: State, names: Mapping[str, str]) -> Html:
    """Plans alone have one: it can be changed where the hand changes the overlay of a plan."""
    rule = Rule("benefit_limit", "benefit_limit", state.whose)
    thing = side.drafted.benefit_limit or side.published.benefit_limit
    changed = _is_changed(rule, state)
    inside = tag("summary", tag("span", _TITLES["benefit_limit"]), _tally(changed))
    if not state.whose:
        inside += tag("div", "", class_="m tallied", data_rule="benefit_limit.benefit_limit")
        inside += tag("p", "Plans set it. Choose a plan, and to change its own overlay, to change it.", class_="m")
    elif thing is not None:
        inside += _rule(rule, thing, side, state, names)
    else:
        inside += tag("p", f"{plan_words(state.whose)} has none.", class_="m")
        inside += tag("p", button("Add a benefit limit …", "rule-new", data_target="benefit_limit"), class_="adding")
    return tag("details", inside, open=changed, data_group="benefit limit")


def tallies(found: Standings, state: State) -> dict[str, str]:
    """Rule → how it comes out, in words, by its key on the page."""
    plan = f"{state.whose}:" if state.whose else ""
    return {f"{plan}{target}.{id_}": tallied(target, s) for (target, id_), s in found.items()}


def tallied(target: str, s: Standing) -> str:
    """`met 30,634 · unmet 324 · unknown 595 · 192 hang on it alone`, in requests."""
    if target == "limits":
        stopped = (
            f" · the search stops here for {several(s.unknown, 'request')} for want of a fact" if s.unknown else ""
        )
        return f"reached by {several(s.met, 'request')}{stopped}"
    holds = {"exemptions": "holds in", "waivers": "frees visits in"}.get(target)
    if holds:
        unknown = f" · unknown {count(s.unknown)}" if s.unknown else ""
        alone = f"{count(s.alone)} hang on it alone"
        return f"{holds} {several(s.met, 'request')} · not in {count(s.unmet)}{unknown} · {alone}"
    undefined = f" · undefined {count(s.undefined)}" if s.undefined else ""
    return (
        f"met {count(s.met)} · unmet {count(s.unmet)} · unknown {count(s.unknown)}{undefined} · "
        f"{count(s.alone)} hang on it alone"
    )


# the form


def editor(
    rule: Rule,
    fields: Iterable[Field],
    checked: Mapping[str, Checked],
    state: State,
    problems: Iterable[str],
    *,
    added: bool,
) -> Html:
    """The form of one rule. What is wrong with a condition, or what it says, stands under it as it is typed."""
    kind = KINDS[rule.target]
    whose = f"for {plan_words(state.whose)} alone" if state.whose else "for everybody"
    head = tag("h2", f"{'Add a' if not rule.id else 'Edit this'} {kind}, {whose}".replace("a e", "an e"))
    hidden = tag("input", type="hidden", name="_rule", value=str(rule) if rule.id else "")
    hidden += tag("input", type="hidden", name="_target", value=rule.target)
    body = joined(_field(f, checked.get(f.key)) for f in fields)
    listed = [tag("li", p) for p in problems]
    wrong = tag("div", tag("ul", *listed), class_="why", role="alert") if listed else NOTHING
    acts = button("Put into the draft", "rule-put", class_="p") + button("Close", "rule-close")
    form = head + hidden + tag("div", body, class_="fields") + wrong + tag("div", acts, class_="acts")
    return tag("form", form, class_="form ruleform", aria_label=f"{kind}")


def _field(f: Field, checked: Checked | None) -> Html:
    id_ = f"wb-field-{f.key}"
    if f.kind == "choice":
        inner = joined(tag("option", words, value=value, selected=value == f.value) for value, words in f.options)
        box = tag("select", inner, name=f.key, id=id_)
    elif f.kind == "expression":
        box = tag(
            "textarea",
            f.value,
            name=f.key,
            id=id_,
            rows="3",
            spellcheck="false",
            autocomplete="off",
            role="combobox",
            aria_expanded="false",
            aria_autocomplete="list",
            aria_controls=f"{id_}-list",
            aria_describedby=f"{id_}-said",
        )
        box += tag("ul", role="listbox", id=f"{id_}-list", class_="names", hidden=True, aria_label="Names")
        box += tag("div", said(checked), class_="typed", id=f"{id_}-said", data_for=f.key, aria_live="polite")
    else:
        mode = "decimal" if f.kind == "number" else None
        box = tag("input", type="text", name=f.key, id=id_, value=f.value, placeholder=f.hint or None, inputmode=mode)
    wide = " wide" if f.kind == "expression" or f.key in ("text", "note", "cure") else ""
    return tag("div", tag("label", f.label, for_=id_), box, class_=f"field{wide}")


def said(checked: Checked | None) -> Html:
    """Under a condition: its problems with their places, or what it says."""
    if checked is None:
        return NOTHING
    if checked.problems:
        lines = (
            f"line {p.line}, column {p.column}: {p.message}" + (f" ({p.hint})" if p.hint else "")
            for p in checked.problems
        )
        return tag("ul", *(tag("li", line) for line in lines), class_="why")
    return tag("p", f"In words: {checked.sentence}.", class_="m")


def whose_choice(state: State) -> Html:
    """Under a chosen plan: what the hand changes."""
    options = [("", "the guideline, for everybody"), (state.plan, f"only what {plan_words(state.plan)} has")]
    return select("Change", "whose", options, state.whose, id="wb-whose")

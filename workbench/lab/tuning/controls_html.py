"""The left column and the bar above: everything that an author can take hold of, as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from workbench.guideline.addresses import Rule
from workbench.guideline.model import Guideline
from workbench.lab.tuning.controls import Control, Group, Refusal, read
from workbench.lab.tuning.rules_html import whose_choice
from workbench.lab.tuning.state import NO_PLAN, OWN_PLAN, State
from workbench.lab.tuning.whose import plan_words
from workbench.words.html import NOTHING, Html, button, joined, select, tag
from workbench.words.numbers import plain, several

_ONE_PLAN = (
    "Only requests of {} are counted here, but what you move is the guideline, for every plan; what the plan's own "
    "file sets, it keeps."
)


def bar(
    state: State,
    guidelines: Iterable[Guideline],
    conditions: Iterable[tuple[str, str]],
    plans: Iterable[str],
    sets: Iterable[tuple[str, str]],
    can_undo: bool,
    can_redo: bool,
) -> Html:
    """The choices and the actions above the screen."""
    versions = [
        (
            f"{g.id}/{g.version}",
            f"{g.id.replace('-', ' ').capitalize()} {g.version}"
            + ("" if g.status == "published" else f" ({g.status.replace('_', ' ')})"),
        )
        for g in guidelines
    ]
    overlays = [
        (OWN_PLAN, "each request's own"),
        (NO_PLAN, "no overlay"),
        *((p, f"only {plan_words(p)}") for p in plans),
    ]
    left = joined(
        select(label, act, options, chosen, id=f"wb-{act}")
        for label, act, options, chosen in (
            ("Guideline", "guideline", versions, f"{state.guideline}/{state.version}"),
            ("Condition", "condition", list(conditions), state.condition),
            ("Plan", "plan", overlays, state.plan),
            ("Cases", "cases", list(sets), state.cases),
        )
    )
    right = (
        (whose_choice(state) if state.plan not in (OWN_PLAN, NO_PLAN) else NOTHING)
        + button("Drafts …", "drafts")
        + button("Undo", "undo", disabled=not can_undo, id="wb-undo")
        + button("Redo", "redo", disabled=not can_redo, id="wb-redo")
        + button("Reset all", "reset", id="wb-reset", disabled=not state.changed and not state.refused)
        + button("Save draft …", "saving", id="wb-save", class_="p")
    )
    return tag("div", left, class_="choices") + tag("div", right, class_="acts")


def column(
    groups: Iterable[Group], state: State, values: Mapping[str, Decimal], keeps: Mapping[Rule, Mapping[str, str]]
) -> Html:
    """All controls, group by group."""
    return joined(_group(g, state, values, keeps) for g in groups)


def summary(state: State, groups: Iterable[Group]) -> Html:
    """Under the controls: how far the draft is from published, whether it is saved, and what else it changes."""
    n = state.changed
    words = "as published" if not n else f"{several(n, 'change')} from published"
    name = f" · draft “{state.draft}”" if state.draft else ""
    if state.unsaved:
        name += f", {several(state.unsaved, 'change')} since not saved" if state.draft else " · not saved"
    out = tag("p", f"{words}{name}", class_="cap")
    if state.draft and state.author:
        out += tag("p", f"By {state.author}, {state.created}: {state.reason}", class_="cap")
    if state.whose:
        out += tag("p", f"What you move is what {plan_words(state.whose)} has, and nobody else.", class_="cap scope")
    elif state.plan not in (OWN_PLAN, NO_PLAN):
        out += tag("p", _ONE_PLAN.format(plan_words(state.plan)), class_="cap scope")
    here = {c.handle for g in groups for c in g.controls}
    elsewhere = [
        f"{handle.id.replace('_', ' ')} {'' if handle.amount == 'value' else handle.amount.replace('_', ' ')} "
        f"{plain(value)}" + (f" ({plan_words(handle.plan)})" if handle.plan else "")
        for handle, value in state.changes
        if handle not in here
    ]
    if elsewhere:
        out += tag("p", "Changed under another condition: " + "; ".join(elsewhere), class_="cap")
    if state.kept is not None:
        kept = [f"{c.guideline}: {c.kind} {c.target} {', '.join(c.ids)}".strip() for c in state.kept.changes]
        kept += [f"plan {plan}: {len(changes)} changes" for plan, changes in state.kept.plans]
        out += tag("p", "The draft also holds what no slider shows, and it counts: " + "; ".join(kept), class_="cap")
    return out


def _group(group: Group, state: State, values: Mapping[str, Decimal], keeps: Mapping[Rule, Mapping[str, str]]) -> Html:
    moved = sum(c.handle in dict(state.changes) for c in group.controls)
    mark = tag("span", f"{moved} changed", class_="tally") if moved else NOTHING
    id_ = f"wb-group-{''.join(c if c.isalnum() else '-' for c in group.title)}"
    inside = tag("summary", tag("span", group.title, id=id_), mark)
    inside += joined(
        control(
            c,
            values.get(c.key),
            c.handle in dict(state.changes),
            dict(state.refused).get(c.handle),
            keeps.get(replace(c.handle.rule, plan=""), {}).get(c.handle.amount, ""),
            id_,
        )
        for c in group.controls
    )
    return tag("details", inside, open=group.open or bool(moved), data_group=group.title)


def control(
    c: Control, value: Decimal | None, changed: bool, typed: str | None, kept: str = "", group: str = ""
) -> Html:
    """One slider with a number field beside it. `typed` is what was refused, kept where it was typed; `kept`, which
    plans do not feel it; `group`: the id of the heading that it stands under, which says the condition."""
    id_ = "wb-" + c.key.replace(".", "-").replace(":", "-")
    low, high = (plain(v) for v in (c.moves.low, c.moves.high))
    head = tag(
        "div",
        tag("span", c.label, id=f"{id_}-label", class_="name")
        + " "
        + tag("span", f"published {plain(c.published)}", id=f"{id_}-range", class_="m")
        + button("↺", "back", data_key=c.key, id=f"{id_}-back", class_="back", aria_label=f"{c.label}: as published"),
        class_="l",
    )
    if value is None:
        return tag("div", head + tag("p", "The draft drops this.", class_="m"), class_="c", data_key=c.key)
    said = f"{id_}-range {id_}-about {id_}-why" + (f" {id_}-kept" if kept else "")
    kept_words = tag("div", kept, id=f"{id_}-kept", class_="m kept") if kept else NOTHING
    top = max(c.moves.usual[1], value)
    where = float((c.published - c.moves.usual[0]) / ((top - c.moves.usual[0]) or 1))
    slider = tag(
        "input",
        type="range",
        id=f"{id_}-slider",
        min=plain(c.moves.usual[0]),
        max=plain(top),
        step=plain(c.moves.step),
        value=plain(value),
        data_top=plain(c.moves.usual[1]),
        aria_labelledby=f"{id_}-label {group}".strip(),
        aria_describedby=said,
        aria_valuetext=f"{plain(value)} {c.moves.unit}",
    )
    field = tag(
        "input",
        type="text",
        inputmode="decimal",
        autocomplete="off",
        id=f"{id_}-number",
        class_="n",
        value=plain(value) if typed is None else typed,
        data_step=plain(c.moves.step),
        aria_label=f"{c.label}, number",
        aria_describedby=said,
        aria_invalid="false" if typed is None else "true",
    )
    mark = tag("i", style=f"--at:{where:.4f}", aria_hidden="true")
    rail = tag("div", mark, slider, class_="rail")
    checked = f", checked {c.checked}" if c.checked else ""
    facts = (f"allowed {low}–{high} {c.moves.unit}", c.source_id, f"{c.evidence}{checked}")
    about = tag("div", joined((tag("span", f) for f in facts), " · "), id=f"{id_}-about", class_="m", title=c.source)
    words = tag("div", ". ".join(t.rstrip(".") for t in (c.help, f"Source: {c.source}") if t) + ".", class_="m help")
    why = tag("div", "" if typed is None else refusal(c, typed), id=f"{id_}-why", class_="why", role="alert")
    classes = "c" + (" changed" if changed else "") + (" refused" if typed is not None else "")
    return tag(
        "div",
        head + tag("div", rail + field, class_="s") + why + kept_words + about + words,
        class_=classes,
        data_key=c.key,
        role="group",
        aria_labelledby=f"{id_}-label",
    )


def refusal(c: Control, typed: str) -> str:
    """Why what was typed does not stand, and what counts meanwhile."""
    try:
        read(c, typed)
    except Refusal as why:
        return f"Not taken: {why}"
    return "Not taken: it does not go together with the rest of the draft."


def saving(
    state: State,
    problems: Iterable[str] = (),
    *,
    name: str = "",
    author: str = "",
    reason: str = "",
    exists: bool = False,
) -> Html:
    """The form in which a draft is saved."""
    fields = NOTHING
    for key, label, value, hint in (
        ("name", "Name of the draft", name or state.draft, "more room for complex backs"),
        ("author", "Author", author or state.author, ""),
        ("reason", "Reason", reason or state.reason, "why the published numbers do not fit"),
    ):
        fields += tag(
            "label", tag("span", label), tag("input", type="text", name=key, value=value, placeholder=hint), class_=key
        )
    if exists:
        box = tag("input", type="checkbox", name="replace")
        fields += tag("label", box, " ", tag("span", "replace the draft that is there"), class_="check")
    wrong = (
        tag("div", tag("ul", *(tag("li", p) for p in problems)), class_="why", role="alert") if problems else NOTHING
    )
    acts = button("Save", "save", class_="p") + button("Cancel", "cancel")
    return tag(
        "form",
        tag("h2", "Save this draft") + fields + wrong + tag("div", acts, class_="acts"),
        class_="form",
        aria_label="Save this draft",
    )


def stale(name: str, why: str, lines: Iterable[str]) -> Html:
    """A draft that was made on another text: what it would set today, and the offer to carry it over."""
    listed = tag("ul", *(tag("li", line) for line in lines))
    acts = button("Carry over to today's text", "carry", data_name=name, class_="p") + button("Leave it", "cancel")
    return tag(
        "div",
        tag("h2", f"The draft “{name}” was made on another text")
        + tag("p", why)
        + listed
        + tag("div", acts, class_="acts"),
        class_="form",
        role="alert",
    )


def saved_as(path: str, refused: Iterable[str] = ()) -> Html:
    """That a draft was saved, and where; and what stands on the screen but not in the file."""
    left = [tag("li", r) for r in refused]
    without = tag("p", "On the screen, but not taken and so not in the file:") + tag("ul", *left) if left else NOTHING
    return tag(
        "div",
        tag("p", "Saved as ", tag("b", path), ". Published files are untouched.")
        + without
        + tag("div", button("Close", "cancel"), class_="acts"),
        class_="form",
        role="status",
    )

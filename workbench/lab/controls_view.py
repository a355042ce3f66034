"""The left column and the bar above: everything that an author can take hold of, as HTML."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from workbench.guideline.model import Guideline
from workbench.lab.controls import Control, Group, Refusal, read
from workbench.lab.markup import button, plain, select, tag, text
from workbench.lab.state import NO_PLAN, OWN_PLAN, State


def bar(state: State, guidelines: Iterable[Guideline], conditions: Iterable[tuple[str, str]], plans: Iterable[str],
        sets: Iterable[tuple[str, str]], drafts: Iterable[str], can_undo: bool) -> str:
    """The choices and the actions above the screen."""
    versions = [(f"{g.id}/{g.version}", f"{g.id.replace('-', ' ').capitalize()} {g.version}"
                 + ("" if g.status == "published" else f" ({g.status.replace('_', ' ')})")) for g in guidelines]
    overlays = [(OWN_PLAN, "each request's own"), (NO_PLAN, "no overlay"),
                *((p, f"only {p.replace('-', ' ')}") for p in plans)]
    left = "".join(select(label, act, options, chosen, id=f"wb-{act}") for label, act, options, chosen in (
        ("Guideline", "guideline", versions, f"{state.guideline}/{state.version}"),
        ("Condition", "condition", list(conditions), state.condition), ("Plan", "plan", overlays, state.plan),
        ("Cases", "cases", list(sets), state.cases),
        ("Drafts", "load", [("", "open …"), *((d, d) for d in drafts)], state.draft)))
    right = (button("Undo", "undo", disabled=not can_undo) + button("Reset all", "reset", disabled=not state.changed
                                                                     and not state.refused)
             + button("Save draft …", "saving", class_="p"))
    return tag("div", left, class_="choices") + tag("div", right, class_="acts")


def column(groups: Iterable[Group], state: State, values: dict[str, Decimal]) -> str:
    """All controls, group by group."""
    return "".join(_group(g, state, values) for g in groups)


def summary(state: State, groups: Iterable[Group]) -> str:
    """Under the controls: how far the draft is from published, whether it is saved, and what else it changes."""
    n = state.changed
    words = "as published" if not n else f"{n} change{'' if n == 1 else 's'} from published"
    name = f" · draft “{text(state.draft)}”" if state.draft else " · not saved" if n else ""
    out = tag("p", f"{words}{name}", class_="cap", role="status")
    here = {c.key for g in groups for c in g.controls}
    elsewhere = [f"{key.partition('.')[2].replace('.', ' ').replace('_', ' ')} {plain(value)}"
                 for key, value in state.changes if key not in here]
    if elsewhere:
        out += tag("p", "Changed under another condition: " + text("; ".join(elsewhere)), class_="cap")
    if state.kept is not None:
        kept = [f"{c.guideline}: {c.kind} {c.target} {', '.join(c.ids)}".strip() for c in state.kept.changes]
        kept += [f"plan {plan}: {len(changes)} changes" for plan, changes in state.kept.plans]
        out += tag("p", "The draft also holds what no slider shows, and it counts: " + text("; ".join(kept)),
                   class_="cap")
    return out


def _group(group: Group, state: State, values: dict[str, Decimal]) -> str:
    moved = sum(c.key in dict(state.changes) for c in group.controls)
    mark = tag("span", f"{moved} changed", class_="tally") if moved else ""
    inside = tag("summary", tag("span", text(group.title)) + mark)
    inside += "".join(control(c, values.get(c.key), c.key in dict(state.changes), dict(state.refused).get(c.key))
                      for c in group.controls)
    return tag("details", inside, open=group.open or bool(moved), data_group=group.title)


def control(c: Control, value: Decimal | None, changed: bool, typed: str | None) -> str:
    """One slider with a number field beside it. `typed` is what was refused, kept where it was typed."""
    id_ = "wb-" + c.key.replace(".", "-")
    low, high = (plain(v) for v in c.allowed)
    head = tag("div", tag("span", text(c.label), id=f"{id_}-label", class_="name") + " "
               + tag("span", f"published {plain(c.published)}", id=f"{id_}-range", class_="m"), class_="l")
    if value is None:
        return tag("div", head + tag("p", "The draft drops this.", class_="m"), class_="c", data_key=c.key)
    said = f"{id_}-range {id_}-about {id_}-why"
    top = max(c.span[1], value)
    where = float((c.published - c.span[0]) / ((top - c.span[0]) or 1))
    slider = (f'<input type="range" id="{id_}-slider" min="{plain(c.span[0])}" max="{plain(top)}" '
              f'step="{plain(c.step)}" value="{plain(value)}" data-top="{plain(c.span[1])}" '
              f'aria-labelledby="{id_}-label" aria-describedby="{said}" '
              f'aria-valuetext="{plain(value)} {text(c.unit)}">')
    field = (f'<input type="number" id="{id_}-number" class="n" step="{plain(c.step)}" '
             f'value="{text(plain(value) if typed is None else typed)}" aria-label="{text(c.label)}, number" '
             f'aria-describedby="{said}" aria-invalid="{"false" if typed is None else "true"}">')
    rail = tag("div", f'<i style="--at:{where:.4f}" aria-hidden="true"></i>' + slider, class_="rail")
    checked = f", checked {c.checked}" if c.checked else ""
    facts = (f"allowed {low}–{high} {c.unit}", c.source_id, f"{c.evidence}{checked}")
    about = tag("div", " · ".join(tag("span", text(f)) for f in facts), id=f"{id_}-about", class_="m", title=c.source)
    words = tag("div", text(". ".join(t.rstrip(".") for t in (c.help, f"Source: {c.source}") if t) + "."),
                class_="m help")
    why = tag("div", "" if typed is None else text(refusal(c, typed)), id=f"{id_}-why", class_="why", role="alert")
    classes = "c" + (" changed" if changed else "") + (" refused" if typed is not None else "")
    return tag("div", head + tag("div", rail + field, class_="s") + why + about + words, class_=classes,
               data_key=c.key, role="group", aria_labelledby=f"{id_}-label")


def refusal(c: Control, typed: str) -> str:
    """Why what was typed does not stand, and what counts meanwhile."""
    try:
        read(c, typed)
    except Refusal as why:
        return f"Not taken: {why}"
    return "Not taken: it does not go together with the rest of the draft."


def saving(state: State, problems: Iterable[str] = (), *, name: str = "", author: str = "", reason: str = "",
           exists: bool = False) -> str:
    """The form in which a draft is saved."""
    fields = ""
    for key, label, value, hint in (("name", "Name of the draft", name or state.draft, "more room for complex backs"),
                                    ("author", "Author", author, ""),
                                    ("reason", "Reason", reason, "why the published numbers do not fit")):
        fields += tag("label", tag("span", text(label)) + f'<input type="text" name="{key}" value="{text(value)}" '
                                                          f'placeholder="{text(hint)}">', class_=key)
    if exists:
        box = '<input type="checkbox" name="replace"> '
        fields += tag("label", box + tag("span", "replace the draft that is there"), class_="check")
    wrong = tag("ul", "".join(tag("li", text(p)) for p in problems), class_="why", role="alert") if problems else ""
    acts = button("Save", "save", class_="p") + button("Cancel", "cancel")
    return tag("form", tag("h2", "Save this draft") + fields + wrong + tag("div", acts, class_="acts"), class_="form",
               aria_label="Save this draft")


def stale(name: str, why: str, lines: Iterable[str]) -> str:
    """A draft that was made on another text: what it would set today, and the offer to carry it over."""
    listed = tag("ul", "".join(tag("li", text(line)) for line in lines))
    acts = (button("Carry over to today's text", "carry", data_name=name, class_="p") + button("Leave it", "cancel"))
    return tag("div", tag("h2", f"The draft “{text(name)}” was made on another text") + tag("p", text(why)) + listed
               + tag("div", acts, class_="acts"), class_="form", role="alert")


def saved_as(path: str) -> str:
    """That a draft was saved, and where."""
    return tag("div", tag("p", f"Saved as <b>{text(path)}</b>. Published files are untouched.") + tag(
        "div", button("Close", "cancel"), class_="acts"), class_="form", role="status")

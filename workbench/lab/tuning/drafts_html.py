"""The drafts that lie in the folder, as HTML: whose, why, since when, what they hold; renamed, deleted, compared."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.lab.tuning.drafts import Shelved
from workbench.lab.tuning.state import State
from workbench.words.html import NOTHING, Html, button, joined, select, table, tag


def listing(found: Iterable[Shelved], state: State, told: Iterable[str] = ()) -> Html:
    """All drafts, those that can not be read with the reason."""
    shelf = list(found)
    said = [tag("li", t) for t in told]
    out = tag("h2", "Drafts") + (tag("div", tag("ul", *said), role="status") if said else NOTHING)
    rows = []
    for one in shelf:
        open_ = button("Open", "load", data_value=one.name, aria_label=f"Open {one.name}")
        name = tag("input", type="text", value=one.name, name="to", aria_label=f"New name of {one.name}", class_="to")
        acts = joined(
            (
                open_,
                tag("span", name, button("Rename", "rename", data_name=one.name), class_="renaming"),
                button("Delete …", "delete", data_name=one.name, aria_label=f"Delete {one.name}"),
            ),
            " ",
        )
        mark = " (on the screen)" if one.name == state.draft else ""
        holds = one.wrong or "; ".join(one.holds)
        rows.append((one.name + mark, one.author, one.created, one.reason, holds, acts))
    head = ("draft", "author", "made", "reason", "what it changes", "")
    body = table(head, rows, named=True, class_="list") if rows else tag("p", "No draft was saved yet.", class_="cap")
    out += tag("div", body, class_="shelf scroll", tabindex="0", role="region", aria_label="Drafts")
    names = [(s.name, s.name) for s in shelf if not s.wrong]
    if len(names) > 1:
        choice = select("Compare", "", names, names[0][0], name="one") + select(
            "with", "", names, names[1][0], name="two"
        )
        out += tag("div", choice, button("Compare", "compare"), class_="pairing")
    return tag(
        "div",
        out,
        tag("div", button("Close", "cancel"), class_="acts"),
        class_="form",
        role="group",
        aria_label="Drafts",
    )


def deleting(name: str) -> Html:
    acts = button(f"Delete “{name}”", "delete-surely", data_name=name, class_="p") + button("Keep it", "drafts")
    said = tag("p", "A draft that was deleted does not come back. What is on the screen stays there.")
    return tag(
        "div",
        tag("h2", f"Delete the draft “{name}”?"),
        said,
        tag("div", acts, class_="acts"),
        class_="form",
        role="alert",
    )


def comparison(one: str, two: str, mine: list[str], both: list[str], theirs: list[str]) -> Html:
    """Three lists: what either does alone, and what both do."""
    parts = NOTHING
    for title, lines in ((f"Only “{one}”", mine), (f"Only “{two}”", theirs), ("Both", both)):
        inside = tag("ul", *(tag("li", line) for line in lines)) if lines else tag("p", "nothing", class_="cap")
        parts += tag("div", tag("h3", title), inside)
    acts = tag("div", button("Back to the drafts", "drafts"), button("Close", "cancel"), class_="acts")
    return tag(
        "div", tag("h2", f"“{one}” and “{two}”"), tag("div", parts, class_="thirds"), acts, class_="form", role="group"
    )

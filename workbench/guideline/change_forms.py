"""What a `changes` section may hold, for overlays, drafts and scenarios alike, and what a draft says besides."""

from __future__ import annotations

from dataclasses import replace

from workbench.documents.form import Form, Key
from workbench.facts import facts
from workbench.guideline.model import COUNTS, HIGHEST, OVERLAY_BOUNDS, UNMET
from workbench.guideline.table_forms import LIMIT_NUMBERS

OPERATIONS = ("set", "add", "multiply", "at_least", "at_most")
_DONE = {
    "set": "becomes this",
    "add": "so much more, or (negative) less",
    "multiply": "times this; exact, and for visits and weeks rounded up",
    "at_least": "raised to this where it is lower",
    "at_most": "lowered to this where it is higher",
}
_EXPRESSION = "an expression of the criteria language"

OPERATED = Form(
    "operations",
    "What is done to a number, in the order written.",
    tuple(Key(op, "number", _DONE[op], required=False) for op in OPERATIONS),
    any_of=(OPERATIONS,),
)
DROP = Key("drop", "items", "ids of what is taken away; done first", required=False, each=Key("", "line"))
BESIDE = (
    Key("before", "id", "it stands before this one; not together with `after`", required=False),
    Key("after", "id", "it stands after this one", required=False),
)
_NUMBER = Key("", "any", also=(Key("", "section", form=OPERATED),))


def operations(name: str, text: str) -> Key:
    """A number that a change works on. `any` since the reader keeps the order of the operations."""
    return replace(_NUMBER, name=name, text=text, required=False)


def _texts(required: tuple[str, ...], **keys: str) -> tuple[Key, ...]:
    kinds = {"when": "scalar", "applies": "scalar", "requires": "scalar", "source": "line", "unmet": "line"}
    return tuple(
        Key(name, kinds.get(name, "text"), text, name in required, choices=UNMET if name == "unmet" else ())
        for name, text in keys.items()
    )


_ITEMS = {
    "exemptions": {"text": "what it says", "when": _EXPRESSION, "source": "an id of sources.yaml", "note": "a remark"},
    "waivers": {"text": "what it says", "when": _EXPRESSION, "source": "an id of sources.yaml", "note": "a remark"},
    "criteria": {
        "text": "what it says",
        "applies": _EXPRESSION,
        "requires": _EXPRESSION,
        "unmet": "who looks at it",
        "cure": "what to do, for an administrative one",
        "source": "an id of sources.yaml",
        "note": "a remark",
    },
}
_NEEDED = {
    "exemptions": ("text", "when", "source"),
    "waivers": ("text", "visits", "source"),
    "criteria": ("text", "requires", "source"),
}
TEXT_KEYS = {target: tuple(keys) for target, keys in _ITEMS.items()}
NUMBER_KEYS = {"exemptions": (), "waivers": ("visits", "weeks"), "criteria": ()}
CHANGED = {
    target: Form(
        f"changed_{target}",
        "Its new contents; what is not named stays.",
        (*_texts((), **_ITEMS[target]), *(operations(n, f"what is done to its {n}") for n in NUMBER_KEYS[target])),
    )
    for target in _ITEMS
}
ADDED = {
    target: Form(
        f"added_{target}",
        "A new one, as in a guideline.",
        (
            Key("id", "id", "its name, which none has yet"),
            *BESIDE,
            *_texts(_NEEDED[target], **_ITEMS[target]),
            *(Key(n, "integer", n, n in _NEEDED[target], low=1, high=HIGHEST[n]) for n in NUMBER_KEYS[target]),
        ),
    )
    for target in _ITEMS
}
ITEM_CHANGES = {
    target: Form(
        f"{target}_changes",
        "Within a target: drop, then change in the order written, then add.",
        (
            DROP,
            Key("change", "section", "id → its new contents", False, each=Key("", "section", form=CHANGED[target])),
            Key("add", "sections", "new ones", required=False, form=ADDED[target]),
        ),
    )
    for target in _ITEMS
}

# A cell of a table, as it stands in the file: 0..12, true, a choice; '' is a blank one.
CELL = Key("", "scalar", "the text of a cell")
_CELLS = Key("", "any", "a key column of the limits, as the text of its cell; '' makes it blank", also=(CELL,))
_ROW = (
    Key("counts", "line", "what its numbers count", required=False, choices=COUNTS, default=COUNTS[0]),
    Key("note", "text", "a remark", required=False),
)
LIMIT_CHANGE = Form(
    "limit_change",
    "A change of the rows named, or of every row that has these cells (`where: {}` is every row).",
    (
        Key("rows", "texts", "ids of rows", required=False),
        Key("where", "section", "column → the text of its cell; '' is a blank one", False, each=CELL),
        *(operations(n, f"what is done to {n}") for n in HIGHEST),
        Key("source", "line", "an id of sources.yaml; or one for each number, joined by ;", required=False),
        Key("evidence", "line", "what kind of text it is; likewise", required=False),
        *_ROW,
    ),
    rest=_CELLS,
    one_of=(("rows", "where"),),
)
LIMIT_ADD = Form(
    "limit_add",
    "A new row, with its cells by the name of their column.",
    (
        Key("id", "id", "its name, which no row has yet"),
        *BESIDE,
        *LIMIT_NUMBERS,
        Key("source", "line", "an id of sources.yaml; or one for each number, joined by ;"),
        Key("evidence", "line", "what kind of text it is; likewise"),
        *_ROW,
    ),
    rest=_CELLS,
)
LIMIT_CHANGES = Form(
    "limits_changes",
    "Within the limits: drop, then change in the order written, then add.",
    (
        DROP,
        Key("change", "sections", "changes of rows", required=False, form=LIMIT_CHANGE),
        Key("add", "sections", "new rows", required=False, form=LIMIT_ADD),
    ),
)
GUIDELINE_CHANGES = Form(
    "guideline_changes",
    "What changes in one guideline.",
    (
        Key("parameters", "section", "id → what is done to its value", False, each=_NUMBER),
        *(Key(t, "section", f"what changes in its {t}", required=False, form=ITEM_CHANGES[t]) for t in _ITEMS),
        Key("limits", "section", "what changes in its limits", required=False, form=LIMIT_CHANGES),
    ),
)
CHANGES = Key(
    "changes",
    "section",
    "guideline → what changes in it",
    required=False,
    each=Key("", "section", form=GUIDELINE_CHANGES),
    named=Key("", "name"),
)

BASE = Form(
    "base",
    "The text on which the draft was made.",
    (
        Key("version", "version", "the version"),
        Key("digest", "line", "its digest; one that is no longer true is an error that offers to carry over", False),
    ),
)
_PROCEDURES = Form(
    "procedure_changes",
    "Procedure codes that a plan leaves out.",
    tuple(Key(k, "items", "procedure codes in quotes", False, each=Key("", "line")) for k in ("drop", "add")),
)
_LEAST, _MOST = OVERLAY_BOUNDS["benefit_limit"]
_COUNTED = tuple(
    Key(
        name,
        "texts",
        f"which {name} count; none named: all",
        False,
        facts()[fact].choices,
        choice_code="bad-benefit",
        empty=True,
    )
    for name, fact in (("disciplines", "discipline"), ("intents", "intent"))
)
BENEFIT = Form(
    "benefit_limit",
    "Visits that the plan pays for in a benefit year.",
    (
        Key("visits", "integer", "how many visits", low=_LEAST, high=_MOST),
        *_COUNTED,
        Key("source", "line", "an id of sources.yaml"),
    ),
)
BENEFIT_CHANGE = Form(
    "benefit_change",
    "A change of the benefit limit; or `add` gives one, or `drop: true` takes it away.",
    (
        operations("visits", "what is done to its visits"),
        *_COUNTED,
        Key("source", "line", "an id of sources.yaml", required=False),
        Key("add", "section", "a limit where the plan has none", required=False, form=BENEFIT),
        Key("drop", "boolean", "true takes the limit away", required=False),
    ),
)
PLAN_CHANGES = Form(
    "plan_changes",
    "What changes in one overlay, and in guidelines for this plan alone.",
    (
        operations("episode_gap_days", "what is done to the gap that opens a new episode"),
        Key("waivers", "section", "what changes in its waivers", required=False, form=ITEM_CHANGES["waivers"]),
        Key("excluded_procedures", "section", _PROCEDURES.text, required=False, form=_PROCEDURES),
        Key("benefit_limit", "section", BENEFIT_CHANGE.text, required=False, form=BENEFIT_CHANGE),
        CHANGES,
    ),
)
DRAFT = Form(
    "draft",
    "Changes to published files, with who and why. Published files are never touched.",
    (
        Key("draft", "name", "its name"),
        Key("author", "text", "who"),
        Key("reason", "text", "why"),
        Key("created", "date", "when"),
        Key(
            "base", "section", "guideline or plan → the text it was made on", False, each=Key("", "section", form=BASE)
        ),
        CHANGES,
        Key("plans", "section", "plan → changes to its overlay", False, each=Key("", "section", form=PLAN_CHANGES)),
    ),
    any_of=(("changes", "plans"),),
)
# In a notebook, or within a scenario, who and why may be left out.
UNSIGNED = replace(DRAFT.optional("draft", "author", "reason", "created"), name="unsigned_draft")

"""What a form asks about a rule, and what it gives: fields with kinds, units, choices and sources; an edit; what is
wrong with a condition while it is typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workbench.documents.section import ID
from workbench.errors import Problem, ProblemsFound
from workbench.facts import facts
from workbench.guideline.addresses import NUMBERS, Rule, Thing
from workbench.guideline.expressions import guideline_names
from workbench.guideline.limit_cells import KEY_KINDS
from workbench.guideline.model import COUNTS, EVIDENCE, UNMET, BenefitLimit, Criterion, Library, LimitRow, Rules
from workbench.lab.tuning.edits import Edit
from workbench.language.show import show
from workbench.language.syntax import parse
from workbench.words.conditions import Sayer, amount, labels, noun, row_words
from workbench.words.numbers import plain

KINDS = {
    "criteria": "criterion",
    "exemptions": "exemption",
    "waivers": "waiver",
    "limits": "limit row",
    "benefit_limit": "benefit limit",
}
CONDITIONS = ("applies", "requires", "when")
OTHER = "other"  # the fact of a limit row that none of the rows asks for yet
_CELLS = ("condition", "complexity", "age_years", "review_type", "intent", "post_surgical")


@dataclass(frozen=True)
class Field:
    """`kind`: text, expression, number, choice (of `options`: value, words)."""

    key: str
    label: str
    kind: str = "text"
    value: str = ""
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""


@dataclass(frozen=True)
class Checked:
    """A condition that is being typed: what is wrong with it, or what it says."""

    problems: tuple[Problem, ...] = ()
    sentence: str = ""


def texts_of(thing: Thing | BenefitLimit | None) -> dict[str, str]:
    """A rule's keys as a file would hold them; those that are blank are left out."""
    if thing is None:
        return {}
    if isinstance(thing, BenefitLimit):
        lists = {"disciplines": ", ".join(thing.disciplines), "intents": ", ".join(thing.intents)}
        return {"visits": str(thing.visits), **{k: v for k, v in lists.items() if v}, "source": thing.source}
    if isinstance(thing, LimitRow):
        rate = {} if thing.per_week is None else {"per_week": plain(thing.per_week)}
        about = {"counts": thing.counts, "source": thing.source, "evidence": thing.evidence, "note": thing.note}
        cells = {c.fact: c.text for c in thing.cells}
        return {**cells, "visits": str(thing.visits), "weeks": str(thing.weeks), **rate, **about}
    out = {}
    for key in ("text", *CONDITIONS, "unmet", "cure", "visits", "weeks", "source", "note"):
        value = getattr(thing, key, None)
        if value not in (None, ""):
            out[key] = value if isinstance(value, str) else str(value) if isinstance(value, int) else show(value)
    return out


def fields(target: str, values: Mapping[str, str], rules: Rules, library: Library, *, adding: bool) -> list[Field]:
    """What the form asks, in order, filled with these values."""

    def text(key: str, label: str, hint: str = "") -> Field:
        return Field(key, label, "text", values.get(key, ""), hint=hint)

    def expression(key: str, label: str) -> Field:
        return Field(key, label, "expression", values.get(key, ""))

    def number(key: str, label: str) -> Field:
        return Field(key, label, "number", values.get(key, ""))

    def choice(key: str, label: str, options: Iterable[tuple[str, str]], first: str = "") -> Field:
        return Field(key, label, "choice", values.get(key, first), tuple(options))

    source = _source(values.get("source", ""), library)
    words = [text("text", "What it asks, in a sentence")]
    note = text("note", "Note")
    if target == "criteria":
        outcomes = [(u, u.replace("_", " ")) for u in UNMET]
        return [
            *words,
            expression("applies", "Asked where (blank: always)"),
            expression("requires", "Met where"),
            choice("unmet", "If it is not met", outcomes, UNMET[0]),
            text("cure", "How it can be cured", "wanted where it goes back for a paper"),
            source,
            note,
        ]
    if target == "exemptions":
        return [*words, expression("when", "No authorization where"), source, note]
    if target == "waivers":
        free = [number("visits", "Free visits of an episode"), number("weeks", "within so many weeks (blank: any)")]
        return [*words, *free, expression("when", "Where (blank: always)"), source, note]
    if target == "benefit_limit":
        lists = [text("disciplines", "Disciplines (blank: all)", "PT, OT, ST"), text("intents", "Intents (blank: all)")]
        return [number("visits", "Visits a benefit year"), *lists, source]
    return [
        *_cells(values, rules, library),
        number("visits", "Visits an episode"),
        number("weeks", "Weeks an episode"),
        number("per_week", "Visits a week, at most (blank: any)"),
        choice("counts", "Counts what", [(c, f"the {c}") for c in COUNTS], COUNTS[0]),
        *(
            [choice("before", "Stands before (the first row that matches counts)", _rows(rules, library))]
            if adding
            else []
        ),
        source,
        choice("evidence", "Evidence", [(e, e.replace("_", " ")) for e in EVIDENCE], "consensus"),
        note,
    ]


def _source(chosen: str, library: Library) -> Field:
    known = sorted(((s.id, s.title) for s in library.sources.values()), key=lambda s: s[1].lower())
    own = [] if not chosen or chosen in library.sources else [(chosen, chosen)]  # one for each number of a row
    return Field("source", "Source", "choice", chosen, tuple([("", "choose …"), *own, *known]))


def _rows(rules: Rules, library: Library) -> list[tuple[str, str]]:
    names = labels(library)
    return [("", "none: it is the last"), *((r.id, row_words(r.cells, names)) for r in rules.limits)]


def _cells(values: Mapping[str, str], rules: Rules, library: Library) -> list[Field]:
    """A field for each fact that rows ask for, and one for any other."""
    used = dict.fromkeys((*_CELLS, *(k for k in values if k in facts())))
    names = labels(library)
    out = []
    for name in used:
        fact = facts()[name]
        label = f"For: {noun(name)}"
        options = library.choices.get(name, fact.choices) or (("true", "false") if fact.kind == "boolean" else ())
        if options:
            said = {"true": "yes", "false": "no"}
            listed = [("", "any"), *((o, said.get(o) or names.get(o) or o.replace("_", " ")) for o in options)]
            out.append(Field(name, label, "choice", values.get(name, ""), tuple(listed)))
        else:
            unit = f", {fact.unit}" if fact.unit else ""
            out.append(Field(name, label + unit, "text", values.get(name, ""), hint=f"{fact.low}..{fact.high}"))
    rest = [f for f in facts().values() if f.in_expressions and f.kind in KEY_KINDS and f.name not in used]
    more = [("", "none"), *((f.name, noun(f.name)) for f in rest)]
    another = Field(OTHER, "For: another fact", "choice", values.get(OTHER, ""), tuple(more))
    return [
        *out,
        another,
        Field(f"{OTHER}_is", "which is", "text", values.get(f"{OTHER}_is", ""), hint="true, 0..12, …"),
    ]


# what a form gives


def edit_of(rule: Rule, typed: Mapping[str, str], published: Mapping[str, str], *, added: bool, own: bool) -> Edit:
    """What was typed into a form as an edit: of an added rule all that is not blank, of another what differs. Raises
    ProblemsFound for numbers that are none."""
    values = {k: " ".join(v.split()) for k, v in typed.items() if k not in ("before", "id", f"{OTHER}_is")}
    other = values.pop(OTHER, "")
    if other:
        values[other] = " ".join(typed.get(f"{OTHER}_is", "").split())
    problems = [
        Problem("wrong-value", f"{key.replace('_', ' ')}: {values[key]!r} is not a number")
        for key in NUMBERS
        if values.get(key) and not re.fullmatch(r"[0-9]+(\.[0-9]+)?", values[key])
    ]
    if problems:
        raise ProblemsFound(problems)
    if added:
        if rule.target == "criteria" and values.get("unmet") == UNMET[0]:
            del values["unmet"]
        if values.get("counts") == COUNTS[0]:
            del values["counts"]
        body = {k: v for k, v in sorted(values.items()) if v}
    else:
        if not values.get("applies") and published.get("applies"):
            values["applies"] = "true"  # a file can not take a key away, and what always applies is true
        was = {k: " ".join(v.split()) for k, v in published.items()}
        body = {k: v for k, v in sorted(values.items()) if v != was.get(k, "") and (v or k in facts())}
    return Edit(rule, added=added, body=tuple(body.items()), before=typed.get("before", "") if added else "", own=own)


def new_id(typed: Mapping[str, str], target: str, rules: Rules) -> str:
    """The id of an added rule: as typed, else made of its text or of what it is for; none that is there already."""
    asked = typed.get("id", "").strip()
    cells = "_".join(v for k, v in typed.items() if k in facts() and v)
    words = asked or typed.get("text", "") or cells or KINDS[target]
    made = re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")[:40].strip("_")
    base = made if ID.fullmatch(made) else f"added_{made}".strip("_")
    things: tuple[Thing, ...] = (*rules.criteria, *rules.exemptions, *rules.waivers, *rules.limits)
    taken = {t.id for t in things}
    return next(i for n in range(1, 1000) if (i := base if n == 1 else f"{base}_{n}") not in taken)


def check_typed(typed: Mapping[str, str], rules: Rules, library: Library) -> dict[str, Checked]:
    """Each condition among what is being typed: its problems, else its sentence."""
    known = {p.id: p for p in rules.parameters}
    names, sayer = guideline_names(known, library.choices), Sayer(known, labels(library))
    out = {}
    for key in CONDITIONS:
        if typed.get(key, "").strip():
            parsed = parse(typed[key], names, condition=True)
            out[key] = Checked(parsed.problems) if parsed.node is None else Checked((), sayer.say(parsed.node))
    return out


def vocabulary(rules: Rules, library: Library) -> list[dict[str, object]]:
    """The names that a condition may use, for completion: name, what it is, and its choices."""
    out: list[dict[str, object]] = []
    for fact in facts().values():
        if fact.in_expressions:
            about = noun(fact.name) + (f", {fact.unit}" if fact.unit else "")
            out.append(
                {"name": fact.name, "about": about, "choices": list(library.choices.get(fact.name, fact.choices))}
            )
    out += [{"name": p.id, "about": f"{p.label}: {amount(p.value, p.unit)}", "choices": []} for p in rules.parameters]
    return sorted(out, key=lambda w: str(w["name"]))


def title_of(thing: Thing | BenefitLimit, names: Mapping[str, str]) -> str:
    """A rule in a line."""
    if isinstance(thing, BenefitLimit):
        return f"{thing.visits} visits a benefit year"
    if isinstance(thing, LimitRow):
        rate = "" if thing.per_week is None else f", at most {plain(thing.per_week)} a week"
        return f"{row_words(thing.cells, names)}: {thing.visits} visits, {thing.weeks} weeks{rate}"
    return thing.text if hasattr(thing, "text") else thing.label


def sentences(thing: Thing | BenefitLimit, rules: Rules, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """The conditions of a rule in words: (what, sentence)."""
    sayer = Sayer({p.id: p for p in rules.parameters}, names)
    said = (("applies", "Asked where"), ("requires", "Met where"), ("when", "Holds where"))
    out = [(words, sayer.say(node)) for key, words in said if (node := getattr(thing, key, None)) is not None]
    if isinstance(thing, Criterion):
        out.append(("If not", thing.unmet.replace("_", " ") + (f": {thing.cure}" if thing.cure else "")))
    return out

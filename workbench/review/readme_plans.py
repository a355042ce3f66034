"""The part of a guideline's README that is not the guideline's own: what plans change, and whom programs leave free."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from workbench.guideline.model import LIMIT_WORDS, Change, Library, Overlay, Waiver
from workbench.guideline.versions import default_day, overlay_on
from workbench.words.conditions import Sayer, labels, listed, row_words
from workbench.words.differences import OTHERS, step_done, step_head
from workbench.words.markdown import Md, code, md, plain, table

Cite = Callable[[str], Md]
_KEYS = {"per_week": "visits a week"}
_NUMBERS = ("visits", "weeks", "per_week", *LIMIT_WORDS)
_DISCIPLINES = {"PT": "physical therapy", "OT": "occupational therapy", "ST": "speech therapy"}


def plans(library: Library, guideline: str, discipline: str, cite: Cite) -> Md:
    """Each plan that changes anything for this guideline, in bullets."""
    out = []
    for name in sorted({o.plan for o in library.overlays}):
        overlay = overlay_on(library, name, default_day(library))
        lines = [] if overlay is None else list(_plan(library, overlay, guideline, discipline, cite))
        if overlay is not None and lines:
            who = listed([line.replace("_", " ") for line in overlay.lines_of_business])
            out.append("\n".join([f"**{plain(overlay.title)}** ({code(name)}; {who}).", "", *lines]))
    head = "A plan may free visits, leave procedures out, or change numbers; what it does not name is as above."
    return md("\n\n".join([head, *out]) if out else "No plan changes anything here.")


def _plan(library: Library, overlay: Overlay, guideline: str, discipline: str, cite: Cite) -> Iterator[str]:
    sayer = Sayer({}, labels(library))
    for w in overlay.waivers:
        if not _concerns(w, discipline, sayer):
            continue
        weeks = f", while fewer than {w.weeks} weeks have passed" if w.weeks is not None else ""
        where = f", where {plain(sayer.say(w.when))}" if w.when is not None else ""
        yield f"- {plain(w.text)} Free: the first {w.visits} visits of an episode{weeks}{where}. *{cite(w.source)}*"
    limit = overlay.benefit_limit
    if limit is not None and (not limit.disciplines or not discipline or discipline in limit.disciplines):
        what = listed([i.replace("_", " ") for i in limit.intents]) or "all"
        shared = f", {listed(list(limit.disciplines))} together" if len(limit.disciplines) > 1 else ""
        yield f"- At most {limit.visits} visits of {what} care in a benefit year{shared}. *{cite(limit.source)}*"
    if overlay.excluded_procedures:
        yield f"- Not covered: {', '.join(overlay.excluded_procedures)}. *{cite(overlay.source)}*"
    for change in (c for c in overlay.changes if c.guideline == guideline):
        yield f"- {plain(_step(library, change, guideline))}. *{cite(overlay.source)}*"


def _step(library: Library, change: Change, guideline: str) -> str:
    """A change in words; rows by whom they are for, since the page shows no ids."""
    head, done = step_head(change), step_done(change, _KEYS, "")
    names, body = labels(library), dict(change.body)
    if change.target == "limits" and change.kind == "add":
        cells = [f"{k.replace('_', ' ')} {names.get(str(v), v)}" for k, v in body.items() if k not in _NUMBERS]
        return f"Row added for {listed(cells)}: {body['visits']} visits in {body['weeks']} weeks"
    if change.target != "limits" or change.where is not None or change.kind != "change":
        return head[:1].upper() + head[1:] + (f": {done}" if done else "")
    rows = {r.id: r for g in library.guidelines if g.id == guideline for r in g.limits or ()}
    who = [row_words(rows[i].cells, names).replace("; ", ", ") for i in change.ids if i in rows]
    return f"{'; '.join(who)}: {done}"


def _concerns(waiver: Waiver, discipline: str, sayer: Sayer) -> bool:
    """Whether a waiver can free visits of a discipline: it names it, or none."""
    said = "" if waiver.when is None else sayer.say(waiver.when)
    named = {d for d, word in _DISCIPLINES.items() if word in said}
    return not discipline or not named or discipline in named


def programs(library: Library, discipline: str, cite: Cite) -> Md:
    """Where review is required at all, by the newest version of each program, and who is exempt there."""
    rows = []
    sayer = Sayer({}, labels(library))
    for name in sorted({p.program for p in library.programs}):
        program = max((p for p in library.programs if p.program == name), key=lambda p: p.published)
        for row in program.rows:
            if discipline and discipline not in row.disciplines:
                continue
            start = f"from {row.review_from}" if row.review_from else f"planned: {row.planned}"
            exempt = sayer.say(row.exempt_when) if row.exempt_when is not None else "nobody"
            states = OTHERS if row.states is None else ", ".join(row.states)
            business = row.line_of_business.replace("_", " ")
            rows.append([code(program.program), business, states, start, exempt, cite(row.source)])
    if not rows:
        return md("")
    head = (
        "Where a request names a program, review is required only where the program says so; anywhere else, and before "
        f"its day, no authorization is needed. The newest version of each; {code('workbench program')} tells any day."
    )
    names = ["program", "cover", "states", "review", "no review where", "source"]
    return md(f"{head}\n\n" + table(names, rows))

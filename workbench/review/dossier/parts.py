"""The parts of a dossier, each as plain matter: what changes, what is proved, what it does to every request and to the
cases at hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from workbench.cases.frame import CaseFrame
from workbench.guideline.model import Guideline, Library, Overlay
from workbench.guideline.versions import Version
from workbench.review.difference import diff_items
from workbench.review.proof.effect import Effect, compare_overlays, compare_versions
from workbench.review.proof.laws import PAIRS
from workbench.review.proof.prove import EXCEPTED, HOLDS, QUESTIONS, Answer, Proof, prove, says
from workbench.review.proof.reach import REACHES
from workbench.review.proof.subject import Subject
from workbench.review.scenario_result import LESS, MORE, SAME, Trial, sample
from workbench.study.impact import impact as study
from workbench.words.comparisons import sentence
from workbench.words.decisions import with_reasons
from workbench.words.requests import request_words

MOST = 10  # requests shown in each direction
_SHOWN = ("discipline", "condition", "plan", "requested_visits", "requested_weeks")
_SIDE = ("determination", "granted_visits", "granted_weeks", "reasons")

# The folder with the old overlay in force and with the new one, a guideline under them, both (None: there was none).
Sides = tuple[Library, Library, Guideline, tuple[Overlay | None, Overlay]]


def change(library: Library, old: Version, new: Version) -> dict[str, object]:
    """What one version changes, number by number."""
    found = diff_items(library, old, new)
    said = [{"title": s.title, "change": s.change, **s.as_dict()} for s in found.said]
    return {"counts": found.counts(), **found.as_dict(), "changes": said}


def proofs(
    library: Library, old: Guideline | None, new: Guideline, questions: Sequence[str], seconds: float
) -> dict[str, object]:
    """How many answers to each question hold of the new version; what does not hold one by one, with the author's
    `reason` where it is so on purpose, and what the old version makes of it (`before`); a new one without an old one
    breaks what it breaks. `stale` are exceptions that nothing calls for any more."""
    found = prove(library, [new.name], questions=questions, seconds=seconds)
    open_ = [a for a in found.answers if a.state != HOLDS]
    # A law of pairs is asked of several plans at once and told of one: a plan that breaks it as before must not hide
    # one that did not.
    pairs = [q for q in PAIRS if any(a.question == q and a.state != EXCEPTED for a in open_)]
    if pairs:
        open_ = [a for a in open_ if a.question not in pairs]
        open_ += [a for a in _plan_by_plan(library, new, pairs, seconds) if a.state != HOLDS]
    again = [q for q in (*PAIRS, *REACHES) if q not in pairs and any(a.question == q for a in open_)]
    before = list(_plan_by_plan(library, old, pairs, seconds)) if old and pairs else []
    before += prove(library, [old.name], questions=again, seconds=seconds).answers if old and again else ()
    told = {(a.question, a.about, a.plan): a.state for a in before}
    # An exception to a law of pairs holds under every plan, whichever the request that shows it is of.
    told |= {(a.question, a.about, EXCEPTED): a.state for a in before if a.state == EXCEPTED}

    def was(a: Answer) -> str:
        return told.get((a.question, a.about, EXCEPTED if a.state == EXCEPTED else a.plan), HOLDS)

    return _proof((new.name, old.name if old else "nothing"), found, open_, was, questions)


def proofs_under(sides: Sides, questions: Sequence[str], seconds: float) -> dict[str, object]:
    """The same of a guideline under a new overlay, for its plan alone; `before` is that under the old one."""
    before, after, guideline, (old, new) = sides
    found = prove(after, [guideline.name], questions=questions, plan=new.plan, seconds=seconds)
    open_ = [a for a in found.answers if a.state != HOLDS]
    again = [q for q in QUESTIONS if any(a.question == q for a in open_)]
    had = "" if old is None else new.plan
    known = prove(before, [guideline.name], questions=again, plan=had, seconds=seconds).answers if again else ()
    told = {(a.question, a.about): a.state for a in known}

    def was(a: Answer) -> str:
        return told.get((a.question, a.about), HOLDS)

    named = [f"{guideline.name} under {o.name}" if o else guideline.name for o in (new, old)]
    return _proof((named[0], named[1]), found, open_, was, questions)


def _proof(
    named: tuple[str, str],
    found: Proof,
    open_: Sequence[Answer],
    was: Callable[[Answer], str],
    questions: Sequence[str],
) -> dict[str, object]:
    counts = Counter((a.question, a.state) for a in found.answers)
    return {
        "version": named[0],
        "against": named[1],
        "questions": [
            {
                "question": q,
                "says": says(q),
                "asked": sum(n for (name, _), n in counts.items() if name == q),
                "hold": counts[q, HOLDS],
            }
            for q in QUESTIONS
            if q in questions
        ],
        "open": [
            {
                "question": a.question,
                "about": a.about,
                "plan": a.plan,
                "state": a.state,
                "text": a.text,
                "reason": a.reason,
                "before": was(a),
                "witness": _witness(a, found),
            }
            for a in open_
        ],
        "stale": [s.words for s in found.stale],
    }


def _plan_by_plan(library: Library, guideline: Guideline, questions: Sequence[str], seconds: float) -> Iterator[Answer]:
    """The answers for requests of no plan's own, then of each plan with an overlay."""
    plans = ["", *(o.plan for o in Subject(library, guideline, seconds=seconds).overlays)]
    for plan in plans:
        for a in prove(library, [guideline.name], questions=questions, plan=plan, seconds=seconds).answers:
            yield replace(a, plan=plan)


def _witness(answer: Answer, proof: Proof) -> dict[str, object] | None:
    """The request that shows it, in words: facts, what is decided; of a second one what is other."""
    w = answer.witness
    if w is None:
        return None
    other = {n: w.second.get(n) for n in sorted(w.second) if w.second.get(n) != w.facts.get(n)}
    return {
        "request": request_words(w.facts, proof.labels),
        "decided": with_reasons(w.traced.decision),
        "other": other if w.second_traced else {},
        "becomes": with_reasons(w.second_traced.decision) if w.second_traced else None,
    }


def effect(library: Library, cases: CaseFrame, old: Guideline, new: Guideline, seconds: float) -> dict[str, object]:
    """What the new version does to every request that no overlay applies to; the cases are counted in each region. The
    request shown is the solver's own, never one of a file."""
    return _effect(compare_versions(library, old.name, new.name, cases=cases, seconds=seconds, counted=True))


def effect_under(sides: Sides, cases: CaseFrame, seconds: float) -> dict[str, object]:
    """The same of a new overlay on every request of its plan, under one guideline."""
    before, after, guideline, (old, new) = sides
    named = [f"{guideline.name} under {o.name}" if o else guideline.name for o in (old, new)]
    plans = ("" if old is None else new.plan, new.plan)
    return _effect(compare_overlays((before, after), guideline, plans, (named[0], named[1]), cases, seconds))


def _effect(found: Effect) -> dict[str, object]:
    counts = Counter((v.verdict, v.intent) for v in found.verdicts)
    return {
        "one": found.one,
        "two": found.two,
        "verdict": found.verdict,
        "remarks": list(found.remarks),
        "conditions": [{"verdict": v, "intent": i, "conditions": n} for (v, i), n in counts.items()],
        "items": [{"kind": i.kind, "id": i.id, "verdict": i.verdict, "kept_by": i.kept_by} for i in found.items],
        "regions": [
            {
                "where": r.words,
                "transitions": [{"old": t.old, "new": t.new, "direction": t.direction} for t in r.transitions],
                "requests": r.requests,
                "request": request_words(r.witness.facts, found.labels) if r.witness else None,
                "decided": with_reasons(r.witness.traced.decision) if r.witness else None,
                "becomes": with_reasons(r.witness.second_traced.decision)
                if r.witness and r.witness.second_traced
                else None,
            }
            for r in found.regions
        ],
    }


def impact(trial: Trial) -> dict[str, object]:
    """What the change does to the cases at hand."""
    c = trial.comparison
    return {
        "sentence": sentence(c),
        "loses": trial.who_loses(),
        "gains": trial.who_gains(),
        "rows": dict(zip(("read", "accepted", "set_aside"), trial.read, strict=True)),
        "cases": trial.scenario.cases.words(),
        "invented": bool(trial.scenario.cases.generate),
        "period": list(c.draft.period),
        "deciding_day": c.draft.deciding_day,
        "histories": c.draft.mode,
        "policy": c.draft.policy,
        "on_assumptions": c.draft.requests_on_assumptions,
        "counts": {"all": c.total.as_dict(), "changed": c.flipped.as_dict()},
        "directions": trial.directions,
        "matrix": c.matrix,
        "amounts": c.amounts(),
        "rates": [
            {"rate": r.name, "label": r.label, "of": r.out_of, "published": r.published, "draft": r.draft}
            | {"difference": r.difference, "low": r.low, "high": r.high}
            for r in c.rates
        ],
    }


def witnesses(trial: Trial) -> list[dict[str, object]]:
    """Requests that change, those that lose first; none where the cases are those of a file, since a dossier is passed
    on."""
    if not trial.scenario.cases.generate:
        return []
    order = (LESS, SAME, MORE)
    rows = sorted(sample(trial, MOST), key=lambda r: order.index(str(r["direction"])))
    return [
        {"request_id": r["request_id"], "direction": r["direction"], **{n: r[n] for n in _SHOWN}}
        | {side: {n: r[f"{n}{end}"] for n in _SIDE} for side, end in (("published", ""), ("draft", "_draft"))}
        for r in rows
    ]


def people(trial: Trial) -> dict[str, object]:
    """What it does to the people of the cases: who loses, whose care stops, denials that were overturned on appeal, the
    hours of review, and the same in groups with intervals. No single request is told."""
    found = study(*trial.replays, most=0)
    stops = found.stops
    return {
        "fares": {f.how: f.counts.as_dict() for f in found.fares},
        "stops": {
            "continuing": stops.continuing.as_dict(),
            "supported": stops.supported.as_dict(),
            "stops": stops.stops.as_dict(),
            "resumes": stops.resumes.as_dict(),
            "visits": stops.visits,
        },
        "appeals": [
            {"outcome": a.outcome, "denials": a.denials.requests}
            | {"published": a.published, "draft": a.draft, "newly": a.newly, "no_longer": a.no_longer}
            for a in found.appeals
        ],
        "review": [
            {"name": a.name, "unit": a.unit, "published": a.published, "draft": a.draft}
            for a in (found.review.requests, found.review.visits, found.review.hours)
        ],
        "rests_on": found.review.rests_on.__dict__,
        "groups": [
            {"fact": g.fact, "value": g.value, **g.total.as_dict()}
            | {f.how: f.counts.requests for f in g.fares}
            | {"stops": g.stops.requests}
            | next(
                {"published": r.published, "draft": r.draft, "difference": r.difference, "low": r.low, "high": r.high}
                for r in g.rates
                if r.name == "approval_rate"
            )
            for g in found.groups
        ],
        "remarks": found.remarks,
    }

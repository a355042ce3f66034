"""All questions asked of a guideline version: each is answered by a proof over every request that there can be, or by
a request that shows the contrary, run again on the reference; what the solver could not decide in its time is said.

    proof = prove(library, ["physical-therapy/2026.2"])
    proof.holds, proof.lines()
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from inspect import getdoc

from workbench.engine.nodes import Holds, Not, hangs_on
from workbench.engine.solver import Found, Undecided
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.model import Draft, Guideline, Library, LimitRow, Rules
from workbench.guideline.versions import latest_published
from workbench.review.difference import find
from workbench.review.proof.formulas import plainly_worse
from workbench.review.proof.laws import LAWS, PAIRS
from workbench.review.proof.reach import REACHES, Reached
from workbench.review.proof.subject import SECONDS, Subject, Witness
from workbench.words.conditions import labels
from workbench.words.decisions import with_reasons
from workbench.words.numbers import several, trim
from workbench.words.requests import fact_words, request_words

QUESTIONS = (*LAWS, *PAIRS, *REACHES)
HOLDS, FAILS, UNDECIDED = "holds", "fails", "undecided"


def says(question: str) -> str:
    """What a question asks to be so, in words."""
    asked = {**LAWS, **PAIRS, **REACHES}[question]
    return " ".join((getdoc(asked) or "").split())


@dataclass(frozen=True)
class Answer:
    """`about` is the row, criterion, fact or plan asked about ("" for all at once)."""

    guideline: str
    question: str
    about: str
    state: str  # holds | fails | undecided
    text: str
    plan: str = ""  # the health plan under whose overlay it fails
    witness: Witness | None = None


@dataclass(frozen=True)
class Proof:
    """All answers, in the order asked."""

    answers: tuple[Answer, ...]
    labels: Mapping[str, str]

    @property
    def holds(self) -> bool:
        return all(a.state == HOLDS for a in self.answers)

    def lines(self) -> list[str]:
        """Plain text: a line for each question, and below it what fails."""
        out: list[str] = []
        for guideline in dict.fromkeys(a.guideline for a in self.answers):
            mine = [a for a in self.answers if a.guideline == guideline]
            failed = sum(a.state == FAILS for a in mine)
            open_ = sum(a.state == UNDECIDED for a in mine)
            told = f"{several(len(mine), 'question')}, {failed} fail, {open_} not decided"
            out += [f"{guideline}: {told}"]
            for question in dict.fromkeys(a.question for a in mine):
                these = [a for a in mine if a.question == question]
                good = sum(a.state == HOLDS for a in these)
                out.append(f"  {question}: {good} of {len(these)} hold. {says(question)}")
                for a in (x for x in these if x.state != HOLDS):
                    out += [f"    {line}" for line in self._told(a)]
        return out

    def _told(self, answer: Answer) -> Iterator[str]:
        where = f" [{answer.plan}]" if answer.plan else ""
        yield f"{answer.state.upper()}{where} {answer.about + ': ' if answer.about else ''}{answer.text}"
        w = answer.witness
        if w is None:
            return
        yield f"  request: {request_words(w.facts, self.labels)}"
        if w.parameters:
            yield f"  with {', '.join(f'{n} = {trim(v)}' for n, v in w.parameters.items())}"
        yield f"  decided: {with_reasons(w.traced.decision)}"
        if w.second_traced is not None:
            moved = {n: w.second.get(n) for n in w.second if w.second.get(n) != w.facts.get(n)}
            if moved:
                yield f"  and with {'; '.join(fact_words(n, v, self.labels) for n, v in moved.items())}"
            yield f"  decided: {with_reasons(w.second_traced.decision)}"

    def as_dict(self) -> dict[str, object]:
        return {"holds": self.holds, "answers": [_answer(a) for a in self.answers]}


def _answer(a: Answer) -> dict[str, object]:
    w = a.witness
    return {
        "guideline": a.guideline,
        "question": a.question,
        "about": a.about,
        "state": a.state,
        "text": a.text,
        "plan": a.plan,
        "request": dict(w.facts) if w else None,
        "second": dict(w.second) if w and w.second_traced else None,
        "parameters": dict(w.parameters) if w else {},
        "decision": w.traced.decision.as_dict() if w else None,
        "second_decision": w.second_traced.decision.as_dict() if w and w.second_traced else None,
    }


Progress = Callable[[int, int, str], None]


def prove(
    library: Library,
    guidelines: Iterable[str] = (),
    *,
    questions: Iterable[str] = (),
    plan: str | None = None,
    draft: Draft | None = None,
    seconds: float = SECONDS,
    progress: Progress | None = None,
) -> Proof:
    """Ask questions (default: all) of guideline versions (`physical-therapy/2026.2`, or `physical-therapy` for the one
    that decides; default: all that decide). `plan` None asks alone and under every overlay, a plan's name under that
    one; `seconds` is the time for one formula; `progress` hears (asked, of how many, question).

    Raises ProblemsFound for names that are not there.
    """
    wanted = tuple(questions) or QUESTIONS
    odd = [q for q in wanted if q not in QUESTIONS]
    if odd:
        raise ProblemsFound([Problem("bad-call", f"there is no question {q}", hint=nearest(q, QUESTIONS)) for q in odd])
    chosen = [_guideline(library, name) for name in guidelines] or list(latest_published(library))
    answers: list[Answer] = []
    for i, guideline in enumerate(chosen):
        subject = Subject(library, guideline, plan=plan, draft=draft, seconds=seconds)
        for j, question in enumerate(q for q in QUESTIONS if q in wanted):
            if progress is not None:
                progress(i * len(wanted) + j, len(chosen) * len(wanted), f"{guideline.name} {question}")
            found = list(_asked(subject, question))
            nothing = Answer(guideline.name, question, "", HOLDS, "there is nothing to ask about")
            answers += found or [nothing]
    return Proof(tuple(answers), labels(library))


def _guideline(library: Library, name: str) -> Guideline:
    deciding = {g.id: g for g in latest_published(library)}
    found = deciding.get(name) or find(library, name)
    if not isinstance(found, Guideline) or found.base:
        problem = Problem("bad-call", f"{name} is no guideline that decides", hint=nearest(name, deciding))
        raise ProblemsFound([problem])
    return found


def _asked(subject: Subject, question: str) -> Iterator[Answer]:
    try:
        if question in LAWS:
            yield from _law(subject, question)
        elif question in PAIRS:
            yield from _pairs(subject, question)
        else:
            yield from _reach(subject, question)
    except Undecided as why:
        text = f"the solver could not decide it within {subject.seconds:g} s ({why})"
        yield Answer(subject.name, question, "", UNDECIDED, text)


def _law(subject: Subject, question: str) -> Iterator[Answer]:
    """Asked under every value of every parameter, and of facts that make no sense too."""
    for plan, variants in subject.groups:
        search = subject.whole(plan, variants, sensible=False)
        broken = LAWS[question](plan)
        found = search.find(Not(Holds(Not(broken))))
        yield _said(subject, question, "", found, "a request breaks it")


def _pairs(subject: Subject, question: str) -> Iterator[Answer]:
    for plan, variants in subject.groups:
        looked_at = frozenset(f for _, node in plan.columns for f in hangs_on(node)[1])
        for better in PAIRS[question](plan, looked_at):
            search = subject.whole(plan, variants)
            search.pair(better.own, better.plan)
            try:
                found = search.find(better.better, better.breaks, first=plainly_worse())
            except Undecided as why:
                yield Answer(subject.name, question, better.about, UNDECIDED, str(why))
                continue
            yield _said(subject, question, better.about, found, "the second of two requests fares worse")


def _said(subject: Subject, question: str, about: str, found: Found | None, text: str) -> Answer:
    if found is None:
        return Answer(subject.name, question, about, HOLDS, "")
    variant = subject.variant_of(found.facts)
    witness = subject.witness(found, variant, _lowered(variant.rules, about, found))
    return _shown(Answer(subject.name, question, about, FAILS, text, variant.plan, witness))


def _shown(answer: Answer) -> Answer:
    """What the reference does not confirm is no counterexample, and no proof either."""
    if answer.witness is None or answer.witness.confirmed:
        return answer
    return replace(answer, state=UNDECIDED, text="the reference decides the request that the solver found otherwise")


def _lowered(rules: Rules, about: str, found: Found) -> Rules:
    """The rules of the second request, where its limits are others."""
    lower, what = found.others.get("_lower"), about.removeprefix("limit of ")
    if lower is None:
        return rules

    def moved(row: LimitRow) -> LimitRow:
        if what == "per_week":
            rate = row.per_week
            return row if rate is None else replace(row, per_week=rate - Decimal(lower).scaleb(-8))
        return replace(row, **{what: getattr(row, what) - lower})

    return replace(rules, limits=tuple(moved(r) for r in rules.limits))


def _reach(subject: Subject, question: str) -> Iterator[Answer]:
    for r in REACHES[question](subject):
        answer = Answer(subject.name, question, r.about, HOLDS if r.reached == r.wanted else FAILS, "", r.variant.plan)
        if answer.state == FAILS:
            answer = replace(answer, text=r.text)
            if r.reached:
                answer = _shown(replace(answer, witness=_example(subject, r)))
        yield answer


def _example(subject: Subject, r: Reached) -> Witness | None:
    found = subject.one(r.variant).find(r.formula)
    return None if found is None else subject.witness(found, r.variant)

"""All questions asked of a guideline version: each is answered by a proof over every request that there can be, or by
a request that shows the contrary, run again on the reference; what the solver could not decide in its time is said.

    proof = prove(library, ["physical-therapy/2026.2"])
    proof.holds, proof.lines()
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from inspect import getdoc

from workbench.engine.columns import Plan
from workbench.engine.nodes import Holds, Not, PlanNode, hangs_on
from workbench.engine.solver import Found, Search, Undecided
from workbench.errors import Problem, ProblemsFound, nearest
from workbench.guideline.declared import Excepted, Property
from workbench.guideline.model import Draft, Guideline, Library, LimitRow, Rules
from workbench.guideline.versions import latest_published
from workbench.review.difference import find
from workbench.review.proof.declared import asked, fitting, supposes, through
from workbench.review.proof.formulas import plainly_worse
from workbench.review.proof.laws import LAWS, PAIRS, Better
from workbench.review.proof.reach import REACHES, Reached
from workbench.review.proof.subject import SECONDS, Subject, Witness
from workbench.words.conditions import labels
from workbench.words.decisions import with_reasons
from workbench.words.numbers import several, trim
from workbench.words.requests import fact_words, request_words

PROPERTIES = "properties"
QUESTIONS = (*LAWS, *PAIRS, *REACHES, PROPERTIES)
HOLDS, FAILS, UNDECIDED, EXCEPTED = "holds", "fails", "undecided", "excepted"
GOOD = (HOLDS, EXCEPTED)


def says(question: str) -> str:
    """What a question asks to be so, in words."""
    if question == PROPERTIES:
        return "What the guideline itself says of any two requests holds."
    asked = {**LAWS, **PAIRS, **REACHES}[question]
    return " ".join((getdoc(asked) or "").split())


@dataclass(frozen=True)
class Answer:
    """`about` is the row, criterion, fact, plan or property asked about ("" for all at once). `met` are the exceptions
    that declare it, each with what it is about."""

    guideline: str
    question: str
    about: str
    state: str  # holds | fails | undecided | excepted
    text: str
    plan: str = ""  # the health plan under whose overlay it fails
    witness: Witness | None = None
    met: tuple[tuple[Excepted, str], ...] = ()

    @property
    def reason(self) -> str:
        """Why it is meant so, where it is excepted."""
        return " ".join(dict.fromkeys(e.reason for e, _ in self.met))


@dataclass(frozen=True)
class Stale:
    """An exception that nothing calls for any more: the question holds of what it is about ("" for all)."""

    guideline: str
    exception: Excepted
    about: str

    @property
    def words(self) -> str:
        of = f" about {self.about}" if self.about else ""
        return f"the exception to {self.exception.law}{of} is no longer needed: take it out"

    @property
    def text(self) -> str:
        """With the place where it stands."""
        return f"{':'.join(str(x) for x in self.exception.at if x)}: {self.words}"


@dataclass(frozen=True)
class Proof:
    """All answers, in the order asked. `stale` are exceptions that are no longer needed, as far as that was asked."""

    answers: tuple[Answer, ...]
    labels: Mapping[str, str]
    stale: tuple[Stale, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether every question is answered with yes, or otherwise on purpose."""
        return all(a.state in GOOD for a in self.answers)

    def lines(self) -> list[str]:
        """Plain text: a line for each question, and below it what fails."""
        out: list[str] = []
        for guideline in dict.fromkeys(a.guideline for a in self.answers):
            mine = [a for a in self.answers if a.guideline == guideline]
            failed = sum(a.state == FAILS for a in mine)
            open_ = sum(a.state == UNDECIDED for a in mine)
            meant = sum(a.state == EXCEPTED for a in mine)
            told = f"{several(len(mine), 'question')}, {failed} fail, {open_} not decided"
            told += f", {meant} otherwise on purpose" if meant else ""
            out += [f"{guideline}: {told}"]
            for question in dict.fromkeys(a.question for a in mine):
                these = [a for a in mine if a.question == question]
                good = sum(a.state == HOLDS for a in these)
                out.append(f"  {question}: {good} of {len(these)} hold. {says(question)}")
                for a in (x for x in these if x.state != HOLDS):
                    out += [f"    {line}" for line in self._told(a)]
            out += [f"  STALE {s.text}" for s in self.stale if s.guideline == guideline]
        return out

    def _told(self, answer: Answer) -> Iterator[str]:
        where = f" [{answer.plan}]" if answer.plan else ""
        yield f"{answer.state.upper()}{where} {answer.about + ': ' if answer.about else ''}{answer.text}"
        if answer.state == EXCEPTED:
            yield f"  on purpose: {answer.reason}"
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
        stale = [{"guideline": s.guideline, "law": s.exception.law, "about": s.about} for s in self.stale]
        return {"holds": self.holds, "answers": [_answer(a) for a in self.answers], "stale": stale}


def _answer(a: Answer) -> dict[str, object]:
    w = a.witness
    return {
        "guideline": a.guideline,
        "question": a.question,
        "about": a.about,
        "state": a.state,
        "text": a.text,
        "plan": a.plan,
        "reason": a.reason,
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
    wanted = chosen_questions(questions)
    chosen = [_guideline(library, name) for name in guidelines] or list(latest_published(library))
    answers: list[Answer] = []
    stale: list[Stale] = []
    for i, guideline in enumerate(chosen):
        subject = Subject(library, guideline, plan=plan, draft=draft, seconds=seconds)
        for j, question in enumerate(q for q in QUESTIONS if q in wanted):
            if progress is not None:
                progress(i * len(wanted) + j, len(chosen) * len(wanted), f"{guideline.name} {question}")
            found = list(_asked(subject, question))
            nothing = Answer(guideline.name, question, "", HOLDS, "there is nothing to ask about")
            answers += found or [nothing]
        if plan is None:
            stale += _stale(subject, [a for a in answers if a.guideline == guideline.name])
    return Proof(tuple(answers), labels(library), tuple(stale))


def _stale(subject: Subject, answers: Sequence[Answer]) -> Iterator[Stale]:
    """The exceptions to questions that were asked and decided, of which nothing was found."""
    wanted = {a.question for a in answers} - {a.question for a in answers if a.state == UNDECIDED}
    met = {pair for a in answers for pair in a.met}
    for e in (e for e in subject.exceptions if e.law in wanted):
        yield from (Stale(subject.name, e, what) for what in e.about or ("",) if (e, what) not in met)


def chosen_questions(named: Iterable[str]) -> tuple[str, ...]:
    """The questions named, in their order; all where none is. Raises ProblemsFound for one that is none."""
    wanted = tuple(named) or QUESTIONS
    odd = [q for q in wanted if q not in QUESTIONS]
    if odd:
        raise ProblemsFound([Problem("bad-call", f"there is no question {q}", hint=nearest(q, QUESTIONS)) for q in odd])
    return tuple(q for q in QUESTIONS if q in wanted)


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
        elif question == PROPERTIES:
            yield from _properties(subject)
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
                yield from _pair(subject, plan, search, question, better)
            except Undecided as why:
                yield Answer(subject.name, question, better.about, UNDECIDED, str(why))


def _pair(subject: Subject, plan: Plan, search: Search, question: str, better: Better) -> Iterator[Answer]:
    """What breaks a law on purpose, told with its reason; and what breaks it beside that."""
    text = "the second of two requests fares worse"
    beside: list[PlanNode] = []
    for e in fitting(subject.exceptions, question, better.about):
        cause = through(e, plan)
        found = search.find(better.better, better.breaks, *([cause] if cause else []), first=plainly_worse())
        if found is not None:
            shown = _said(subject, question, better.about, found, text, better.limit)
            met = ((e, better.about if e.about else ""),)
            yield replace(shown, state=EXCEPTED, met=met) if shown.state == FAILS else shown
        if cause is None:
            return
        beside.append(Not(cause))
    found = search.find(better.better, better.breaks, *beside, first=plainly_worse())
    yield _said(subject, question, better.about, found, text, better.limit)


def _properties(subject: Subject) -> Iterator[Answer]:
    """Each property of the guideline, whatever the parameters; one that says nothing of any two requests fails."""
    for plan, variants in subject.groups:
        for p in subject.properties:
            search = subject.whole(plan, variants)
            search.pair(p.own)
            one = asked(p, plan, variants)
            try:
                if not one.looked_at:
                    text = f"no rule looks at {' or '.join(p.own)}, so that nothing is said; name what is derived of it"
                    yield Answer(subject.name, PROPERTIES, p.id, FAILS, text)
                elif (found := search.find(one.when, one.breaks, first=plainly_worse())) is not None:
                    shown = _said(subject, PROPERTIES, p.id, found, f"not so for two requests: {p.text}")
                    yield shown if _so(subject, p, shown) else replace(shown, state=UNDECIDED, text=NOT_SO)
                elif search.find(one.when) is None:
                    yield Answer(subject.name, PROPERTIES, p.id, FAILS, "no two requests are as it supposes")
                else:
                    yield Answer(subject.name, PROPERTIES, p.id, HOLDS, "")
            except Undecided as why:
                yield Answer(subject.name, PROPERTIES, p.id, UNDECIDED, str(why))


NOT_SO = "the reference says of the two requests that the solver found that they are not as the property supposes"


def _so(subject: Subject, property_: Property, answer: Answer) -> bool:
    w = answer.witness
    if w is None:
        return True
    values = subject.variant_of(w.facts).rules.values | dict(w.parameters)
    return supposes(property_, w.facts, w.second or w.facts, values)


def _said(subject: Subject, question: str, about: str, found: Found | None, text: str, limit: str = "") -> Answer:
    if found is None:
        return Answer(subject.name, question, about, HOLDS, "")
    variant = subject.variant_of(found.facts)
    witness = subject.witness(found, variant, _lowered(variant.rules, limit, found))
    return _shown(Answer(subject.name, question, about, FAILS, text, variant.plan, witness))


def _shown(answer: Answer) -> Answer:
    """What the reference does not confirm is no counterexample, and no proof either."""
    if answer.witness is None or answer.witness.confirmed:
        return answer
    return replace(answer, state=UNDECIDED, text="the reference decides the request that the solver found otherwise")


def _lowered(rules: Rules, what: str, found: Found) -> Rules:
    """The rules of the second request, where this number of its limits is another."""
    lower = found.others.get("_lower")
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
            fits = fitting(subject.exceptions, question, r.about)
            met = r.met or tuple((e, r.about if e.about else "") for e in fits)
            if met and answer.state == FAILS:
                answer = replace(answer, state=EXCEPTED, met=met)
        yield answer


def _example(subject: Subject, r: Reached) -> Witness | None:
    found = subject.one(r.variant).find(r.formula)
    return None if found is None else subject.witness(found, r.variant)

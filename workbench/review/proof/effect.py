"""What one set of rules does otherwise than another, over every request: for each condition and aim of treatment
whether the new rules are equivalent, more permissive, stricter or neither, and every region in which they decide
otherwise, told by the thresholds that changed, with a request that lies there.

    effect = compare_versions(library, "physical-therapy/2026.1", "physical-therapy/2026.2")
    effect.lines()
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from workbench.cases.frame import CaseFrame
from workbench.engine import decision as d
from workbench.engine.columns import value
from workbench.engine.nodes import AllOf, AnyOf, Column, Compare, Expression, Given, Holds, Missing, Not, PlanNode
from workbench.engine.plan import plans
from workbench.engine.solver import Undecided
from workbench.errors import Problem, ProblemsFound
from workbench.facts import facts
from workbench.guideline.mixing import differing, mixed
from workbench.guideline.model import Draft, Guideline, Library
from workbench.language.names import names
from workbench.language.syntax import parse
from workbench.review.difference import find
from workbench.review.kept_items import kept_by
from workbench.review.proof.formulas import above, says, support
from workbench.review.proof.history import Seen, seen
from workbench.review.proof.row_reach import RowReach, reached_rows
from workbench.review.proof.subject import SECONDS, Subject, Variant, Witness
from workbench.review.proof.thresholds import SAME_ROW, changed_rows, thresholds
from workbench.words.conditions import labels
from workbench.words.decisions import DETERMINATION, with_reasons
from workbench.words.differences import WORDS
from workbench.words.numbers import several
from workbench.words.requests import request_words

EQUIVALENT, PERMISSIVE, STRICTER, INCOMPARABLE, OTHERWISE = (
    "equivalent",
    "more permissive",
    "stricter",
    "incomparable",
    "otherwise",
)
MOST = 500  # transitions told
OTHER = "another or none"


@dataclass(frozen=True)
class Verdict:
    """How the new rules treat the requests of one condition and aim of treatment. `otherwise` is where another
    determination is given that is neither better nor worse."""

    condition: str
    intent: str
    verdict: str


@dataclass(frozen=True)
class Transition:
    """Which determination becomes which; `direction` is as a verdict."""

    old: str
    new: str
    direction: str


@dataclass(frozen=True)
class Region:
    """A cell between thresholds in which another decision is given: what is true there, in words; what becomes of
    which; a request that lies there, of the cases at hand where one does, else the smallest made up; and of the cases
    how many requests do (None: no cases were given)."""

    cell: tuple[str, ...]
    words: tuple[str, ...]
    transitions: tuple[Transition, ...]
    witness: Witness | None
    requests: int | None = None
    request_id: str = ""  # one of them


@dataclass(frozen=True)
class Alone:
    """What one thing that changes does by itself, all else as it was; `kept_by` are the plans that do not feel it."""

    kind: str
    id: str
    verdict: str
    kept_by: tuple[str, ...]


@dataclass(frozen=True)
class Effect:
    """All of it, for the requests of one plan ("" for those that no overlay applies to)."""

    one: str
    two: str
    plan: str
    verdicts: tuple[Verdict, ...]
    items: tuple[Alone, ...]
    regions: tuple[Region, ...]
    remarks: tuple[str, ...]  # what is not known, and what this takes for granted
    labels: Mapping[str, str]
    rows: tuple[RowReach, ...] = ()  # limit rows that become reachable or unreachable

    @property
    def verdict(self) -> str:
        """Of all requests together."""
        if not self.verdicts:
            return "not decided"
        return _together([v.verdict for v in self.verdicts])

    def lines(self) -> list[str]:
        under = f" under {self.plan}" if self.plan else ""
        out = [f"{self.one} → {self.two}{under}, over every request: {self.verdict}", *self.remarks, ""]
        for intent in dict.fromkeys(v.intent for v in self.verdicts):
            for verdict in (PERMISSIVE, STRICTER, INCOMPARABLE, OTHERWISE, EQUIVALENT):
                these = [v.condition for v in self.verdicts if (v.intent, v.verdict) == (intent, verdict)]
                if these:
                    named = "" if verdict == EQUIVALENT else f": {', '.join(these)}"
                    out.append(f"  {intent}: {verdict} for {several(len(these), 'condition')}{named}")
        out += ["", "  by itself, all else as it was:"] if self.items else []
        for item in self.items:
            kept = f" (not felt under {', '.join(item.kept_by)})" if item.kept_by else ""
            out.append(f"    {WORDS[item.kind]} {item.id}: {item.verdict}{kept}")
        out += ["", *(f"  limit row {r.id} {r.words}" for r in self.rows)] if self.rows else []
        out += ["", f"  {several(len(self.regions), 'region')} in which another decision is given"]
        for i, region in enumerate(self.regions, start=1):
            out += [f"  {i}. {line}" if j == 0 else f"     {line}" for j, line in enumerate(self._told(region))]
        return out

    def _told(self, region: Region) -> Iterator[str]:
        yield "; ".join(region.words) or "anywhere"
        for t in region.transitions:
            yield f"{DETERMINATION[t.old]} → {DETERMINATION[t.new]} ({t.direction})"
        if region.requests:
            yield f"{several(region.requests, 'request')} of these cases, such as {region.request_id}"
        elif region.requests == 0:
            yield "no request in these cases has ever been here"
        w = region.witness
        if w is not None:
            yield f"{'that is' if region.requests else 'such as'}: {request_words(w.facts, self.labels)}"
            if w.second_traced is not None:
                yield f"{with_reasons(w.traced.decision)} → {with_reasons(w.second_traced.decision)}"

    def as_dict(self) -> dict[str, object]:
        return {
            "one": self.one,
            "two": self.two,
            "plan": self.plan,
            "verdict": self.verdict,
            "remarks": list(self.remarks),
            "verdicts": [v.__dict__ for v in self.verdicts],
            "items": [i.__dict__ for i in self.items],
            "rows": [{"id": r.id, "before": r.before, "after": r.after} for r in self.rows],
            "regions": [
                {
                    "where": list(r.words),
                    "transitions": [t.__dict__ for t in r.transitions],
                    "request": dict(r.witness.facts) if r.witness else None,
                    "real": bool(r.requests),
                    "requests": r.requests,
                    "request_id": r.request_id,
                }
                for r in self.regions
            ],
        }


def _together(verdicts: Sequence[str]) -> str:
    found = set(verdicts) - {EQUIVALENT}
    if not found:
        return EQUIVALENT
    if INCOMPARABLE in found or {PERMISSIVE, STRICTER} <= found:
        return INCOMPARABLE
    return PERMISSIVE if PERMISSIVE in found else STRICTER if STRICTER in found else OTHERWISE


def compare_versions(
    library: Library,
    one: str,
    two: str,
    *,
    plan: str = "",
    cases: CaseFrame | None = None,
    seconds: float = SECONDS,
    most: int = MOST,
    counted: bool = False,
) -> Effect:
    """Two versions of guidelines, each as `ID/VERSION`, for the requests of one health plan ("": those that no overlay
    applies to); of `cases`, a case frame, those are counted that lie in each region, and, but for `counted`, shown
    where there are any. Raises ProblemsFound for names
    that are not there, and for what is no guideline that decides."""
    sides = []
    for name in (one, two):
        found = find(library, name)
        if not isinstance(found, Guideline) or found.base:
            raise ProblemsFound([Problem("bad-call", f"{name} is no guideline that decides")])
        sides.append(Subject(library, found, plan=plan, seconds=seconds))
    remarks = []
    if library.tables(sides[0].guideline) != library.tables(sides[1].guideline):
        remarks.append("the tables of conditions or measures differ too: derived facts are taken as they are told")
    return _compare(sides[0], sides[1], (one, two), plan, cases, remarks, most, counted)


def compare_overlays(
    folders: tuple[Library, Library],
    guideline: Guideline,
    plans: tuple[str, str],
    named: tuple[str, str],
    cases: CaseFrame | None = None,
    seconds: float = SECONDS,
) -> Effect:
    """A guideline version under a plan's overlay of one folder and of another, for the plan's requests; of `plans` the
    first is "" where the plan has no overlay there."""
    one, two = (Subject(f, guideline, plan=p, seconds=seconds) for f, p in zip(folders, plans, strict=True))
    return _compare(one, two, named, plans[1], cases, [], MOST, counted=True)


def compare_draft(
    library: Library,
    draft: Draft,
    guideline: Guideline,
    *,
    before: Draft | None = None,
    plan: str = "",
    cases: CaseFrame | None = None,
    seconds: float = SECONDS,
    most: int = MOST,
) -> Effect:
    """A guideline version as it is, or under a draft (`before`), and under a draft. Raises ProblemsFound where a draft
    does not apply."""
    one = Subject(library, guideline, plan=plan, seconds=seconds, draft=before)
    two = Subject(library, guideline, plan=plan, seconds=seconds, draft=draft)
    old = guideline.name if before is None else f"{guideline.name}, draft {before.draft}"
    return _compare(one, two, (old, f"draft {draft.draft}"), plan, cases, [], most)


def _compare(
    before: Subject,
    after: Subject,
    named: tuple[str, str],
    plan: str,
    cases: CaseFrame | None,
    remarks: list[str],
    most: int,
    counted: bool = False,
) -> Effect:
    old, new = before.variants[0], after.variants[0]
    names_ = labels(before.library)
    cuts, rows = thresholds(old.rules, new.rules, names_), changed_rows(old.rules, new.rules)
    second = after.alone(new)
    scopes = [g.scope for g in before.setting.guidelines(before.day)]
    also = [*scopes, new.rules.scope, *(c.expression.node for c in cuts)]
    search = before.search(before.alone(old), (old,), also=also, beside=[second], sensible=False)
    search.pair((), second)
    search.assume(value(new.rules, new.rules.scope))
    if not remarks and not differing(old.rules, new.rules):  # the plan's overlay sets all that changes, or nothing does
        alike = [Verdict(c, i, EQUIVALENT) for c, i in _cells(before)]
        return Effect(*named, plan, tuple(alike), (), (), (), names_)
    remarks = [*remarks]
    items: list[Alone] = []
    reached: tuple[RowReach, ...] = ()
    verdicts: list[Verdict] = []
    regions: list[Region] = []
    try:
        verdicts = _verdicts(before, search.reach)
        groups: list[Mapping[str, PlanNode]] = [*(c.group() for c in cuts), rows.group(), *_TRANSITIONS]
        found, whole = search.every(groups, _DIFFERS, most=most)
        if not whole:
            remarks.append(f"there are more than {most} transitions in regions; the first {most} are told")
        # The solver tells them in an order of its own; the first of a cell is the one that a request is shown of.
        places = [{name: i for i, name in enumerate(g)} for g in groups]
        found.sort(key=lambda names: [p[n] for p, n in zip(places, names, strict=True)])
        by_cell: dict[tuple[str, ...], list[Transition]] = {}
        for names_of in found:
            by_cell.setdefault(names_of[:-3], []).append(Transition(*names_of[-3:]))
        for cell, transitions in by_cell.items():
            transitions.sort(key=lambda t: (_PLAIN.index(t.direction), t.old != d.APPROVED and t.new != d.APPROVED))
            where = [g[name] for g, name in zip(groups, cell, strict=False)]
            t = transitions[0]
            model = search.find(*where, says(t.old), says(t.new, mark="'"), _TRANSITIONS[2][t.direction])
            witness = None if model is None else before.witness(model, old, new.rules)
            if witness is not None and not witness.confirmed:
                remarks.append("the reference decides the request of a region otherwise than the solver: none is shown")
                witness = None
            words = [c.words(name) for c, name in zip(cuts, cell, strict=False)]
            words += [cell[-1]] if cell[-1] != SAME_ROW else []
            regions.append(Region(cell, tuple(words), tuple(transitions), witness))
        items = list(_alone(before, after, old, new))
        reached = reached_rows(before, after, old, new)
        if cases is not None:
            regions = _with_cases(regions, seen(cases, before, after, plan, cuts, rows), remarks, counted)
    except Undecided as why:
        remarks.append(f"the solver could not decide all of it within {before.seconds:g} s a question ({why})")
    return Effect(*named, plan, tuple(verdicts), tuple(items), tuple(regions), tuple(remarks), names_, reached)


def _with_cases(
    regions: list[Region], found: Mapping[tuple[str, ...], Seen], remarks: list[str], counted: bool
) -> list[Region]:
    """The regions with the requests that lie in each; those that do first, the most first."""
    beyond = sum(s.requests for cell, s in found.items() if cell not in {r.cell for r in regions})
    if beyond:
        remarks.append(
            f"{several(beyond, 'request')} of these cases are decided otherwise in regions that are not told"
        )
    told = [(r, found.get(r.cell, Seen(0, ""))) for r in regions]
    if counted:
        told = [(r, Seen(s.requests, "")) for r, s in told]
    shown = [replace(r, requests=s.requests, request_id=s.request_id, witness=s.witness or r.witness) for r, s in told]
    return sorted(shown, key=lambda r: -(r.requests or 0))


def _alone(before: Subject, after: Subject, old: Variant, new: Variant) -> Iterator[Alone]:
    """Each thing that changes, alone in the old rules."""
    things = [name for name in differing(old.rules, new.rules) if name[0] != "about"]
    made = [plans([mixed(old.rules, new.rules, [name])], named=False)[0][0] for name in things]
    search = before.search(before.alone(old), (old,), beside=made, sensible=False)
    # Of two folders it is one plan's overlay that differs: what the others set is no part of that.
    others = before.overlays if before.library is after.library else ()
    under = {o.plan: (before.under(o), after.under(o)) for o in others}
    kept = kept_by((before.under(None), after.under(None)), under)
    for thing, plan in zip(things, made, strict=True):
        search.pair((), plan)
        try:
            found = search.reach({"up": _GAINS, "down": _LOSES, "swapped": _SWAPPED})
            verdict = _verdict(*found.values())
        except Undecided:
            verdict = "not decided in its time"
        yield Alone(*thing, verdict, kept.get(thing, ()))


def _verdict(up: bool, down: bool, swapped: bool) -> str:
    if up or down:
        return INCOMPARABLE if up and down else PERMISSIVE if up else STRICTER
    return OTHERWISE if swapped else EQUIVALENT


def _better(one: str, other: str) -> PlanNode:
    """The decision whose columns end in `other` supports the request further than that of `one`."""
    amounts = ("granted_visits", "granted_weeks", "waived_visits")  # of two approved too: a benefit may leave more
    more = AnyOf(tuple(above(Column(f"{name}{other}"), Column(f"{name}{one}")) for name in amounts))
    same = Compare("=", support(one), support(other))
    return Holds(AnyOf((above(support(other), support(one)), AllOf((same, more)))))


_GAINS, _LOSES = _better("", "'"), _better("'", "")
_ALIKE = ((d.CLINICIAN, d.ADMINISTRATIVE), (d.APPROVED, d.NOT_REQUIRED))  # neither is better, and they are not the same
_SWAPPED = AnyOf(tuple(AllOf((says(x), says(y, mark="'"))) for a, b in _ALIKE for x, y in ((a, b), (b, a))))
_DIFFERS = AnyOf((_GAINS, _LOSES, _SWAPPED))
_TRANSITIONS: tuple[Mapping[str, PlanNode], ...] = (
    {x: says(x) for x in d.DETERMINATIONS},
    {x: says(x, mark="'") for x in d.DETERMINATIONS},
    {
        PERMISSIVE: AllOf((_GAINS, Not(_LOSES))),
        STRICTER: AllOf((_LOSES, Not(_GAINS))),
        INCOMPARABLE: AllOf((_GAINS, _LOSES)),
        OTHERWISE: AllOf((Not(_GAINS), Not(_LOSES))),
    },
)
_PLAIN = (STRICTER, INCOMPARABLE, PERMISSIVE, OTHERWISE)  # losers first


def _verdicts(subject: Subject, reach: Reach) -> list[Verdict]:
    """For each condition and aim of treatment, those that are not told too."""
    intents = facts()["intent"].choices
    cells = {
        (c, i): AllOf((_is("condition", c, subject.conditions), _is("intent", i, intents))) for c, i in _cells(subject)
    }
    asked = {"better": _GAINS, "worse": _LOSES, "swapped": _SWAPPED}
    found = reach({f"{c}|{i}|{how}": AllOf((cell, f)) for (c, i), cell in cells.items() for how, f in asked.items()})
    out = []
    for condition, intent in cells:
        up, down, swap = (found[f"{condition}|{intent}|{how}"] for how in asked)
        out.append(Verdict(condition, intent, _verdict(up, down, swap)))
    return out


def _cells(subject: Subject) -> list[tuple[str, str]]:
    """Condition × aim of treatment, those that are not told too."""
    return [(c, i) for i in (*facts()["intent"].choices, OTHER) for c in (*subject.conditions, OTHER)]


Reach = Callable[[Mapping[str, PlanNode]], Mapping[str, bool]]


def _is(fact: str, choice: str, among: Iterable[str]) -> PlanNode:
    if choice != OTHER:
        return Holds(_expression(f"{fact} = '{choice}'"))
    listed = ", ".join(f"'{c}'" for c in among)
    return Not(Holds(_expression(f"{fact} in {{ {listed} }}"))) if listed else Not(Missing(Given("discipline")))


def _expression(text: str) -> Expression:
    node = parse(text, names({})).node
    assert node is not None, text
    return Expression(node)

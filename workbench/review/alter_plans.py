"""Alterations of plan overlays: every waiver, excluded procedure, benefit limit and change dropped, every number moved
by one, every bound turned round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from workbench.engine.decision import Decision
from workbench.engine.reference import decide
from workbench.engine.setting import Setting
from workbench.errors import ProblemsFound
from workbench.guideline.model import BenefitLimit, Change, Content, Library, Overlay, Rules, Waiver
from workbench.guideline.resolve import resolve
from workbench.language.build import call
from workbench.review.alterations import Alteration, Bench, Case, plain
from workbench.review.examples import running

OVERLAYS = "overlays"
_WOULD = "a request of the plan that this alone decides"
_TURNED = {"at_most": "at_least", "at_least": "at_most", "multiply": "multiply"}
Altered = Iterator[tuple[str, Overlay]]
_T = TypeVar("_T")


def alter_overlays(bench: Bench) -> Iterator[Alteration]:
    """The alterations of every overlay that decides."""
    for overlay in bench.library.overlays:
        for what, other in _altered(overlay):
            yield _alteration(bench.library, overlay, what, other)


def _alteration(library: Library, overlay: Overlay, what: str, other: Overlay) -> Alteration:
    changed = replace(library, overlays=tuple(other if o == overlay else o for o in library.overlays))
    settings: dict[Setting, Setting] = {}

    def decided(case: Case) -> Decision:
        if case.chosen not in settings:
            settings[case.chosen] = replace(case.chosen, library=changed)
        return decide(case.facts, settings[case.chosen]).decision

    return Alteration(
        OVERLAYS,
        overlay.name,
        what,
        lambda case: case.facts.get("plan") == overlay.plan,
        decided,
        _WOULD,
        equivalent=_equivalent(library, changed, overlay, other),
    )


def _equivalent(library: Library, changed: Library, overlay: Overlay, other: Overlay) -> str:
    if other.episode_gap_days != overlay.episode_gap_days:
        return "the gap joins several requests of one person; an example is one request that tells its own history"
    if overlay.lines_of_business != other.lines_of_business:
        return ""
    try:
        same = all(
            _bare(resolve(library, g.id, g.version, overlay).rules)
            == _bare(resolve(changed, g.id, g.version, other).rules)
            for g in running(library)
        )
    except ProblemsFound:
        return ""
    return "the rules come out the same" if same else ""


def _bare(rules: Rules) -> Rules:
    """The rules without what only tells where they come from."""
    return replace(rules, guideline_digest="", overlay_digest="")


def _altered(overlay: Overlay) -> Altered:
    for w in overlay.waivers:
        yield f"waiver {w.id} dropped", replace(overlay, waivers=_less(overlay.waivers, w))
        for what, other in _waivers(w):
            yield what, replace(overlay, waivers=_swapped(overlay.waivers, w, other))
    for code in overlay.excluded_procedures:
        left = _less(overlay.excluded_procedures, code)
        yield f"excluded procedure {code} dropped", replace(overlay, excluded_procedures=left)
    if overlay.benefit_limit is not None:
        yield "benefit limit dropped", replace(overlay, benefit_limit=None)
        for what, benefit in _benefits(overlay.benefit_limit):
            yield what, replace(overlay, benefit_limit=benefit)
    for line in overlay.lines_of_business:
        left = _less(overlay.lines_of_business, line) or ("medicaid" if line == "commercial" else "commercial",)
        yield f"line of business {line} → {', '.join(left)}", replace(overlay, lines_of_business=left)
    for sign in (1, -1):
        days = overlay.episode_gap_days + sign
        yield f"episode_gap_days {overlay.episode_gap_days} → {days}", replace(overlay, episode_gap_days=days)
    for number, change in enumerate(overlay.changes):
        for what, some in _changes(change):
            changes = (*overlay.changes[:number], *some, *overlay.changes[number + 1 :])
            yield f"{_said(change)}: {what}", replace(overlay, changes=changes)


def _waivers(w: Waiver) -> Iterator[tuple[str, Waiver]]:
    for sign in (1, -1):
        yield f"visits of {w.id} {w.visits} → {w.visits + sign}", replace(w, visits=w.visits + sign)
        if w.weeks is not None:
            yield f"weeks of {w.id} {w.weeks} → {w.weeks + sign}", replace(w, weeks=w.weeks + sign)
    if w.when is not None:
        yield f"waiver {w.id} negated", replace(w, when=call("not", w.when))
        yield f"waiver {w.id} for everybody", replace(w, when=None)


def _benefits(b: BenefitLimit) -> Iterator[tuple[str, BenefitLimit]]:
    for sign in (1, -1):
        yield f"benefit limit {b.visits} → {b.visits + sign}", replace(b, visits=b.visits + sign)
    for d in b.disciplines:
        yield f"benefit limit without {d}", replace(b, disciplines=_less(b.disciplines, d))
    if b.disciplines:
        yield "benefit limit for every discipline", replace(b, disciplines=())
    if b.intents:
        yield "benefit limit for every intent", replace(b, intents=())


def _changes(change: Change) -> Iterator[tuple[str, tuple[Change, ...]]]:
    yield "dropped", ()
    if len(change.ids) > 1:
        for id_ in change.ids:
            yield f"without {id_}", (replace(change, ids=_less(change.ids, id_)),)
    for column, text in change.where or ():
        left = tuple(pair for pair in change.where or () if pair != (column, text))
        yield f"whatever the {column}", (replace(change, where=left),)
    for key, content in change.body:
        for what, other in _contents(content):
            body = tuple((k, other if k == key else v) for k, v in change.body)
            yield f"{key} {what}", (replace(change, body=body),)


def _contents(content: Content) -> Iterator[tuple[str, Content]]:
    """Numbers moved by one, bounds turned round; words stay."""
    if isinstance(content, Decimal):
        for sign in (1, -1):
            yield f"{plain(content)} → {plain(content + sign)}", content + sign
    elif isinstance(content, tuple):
        for i, step in enumerate(content):
            if isinstance(step, tuple):
                op, amount = step
                steps = [s for s in content if isinstance(s, tuple)]
                for sign in (1, -1):
                    moved = (*steps[:i], (op, amount + sign), *steps[i + 1 :])
                    yield f"{op} {plain(amount)} → {plain(amount + sign)}", moved
                turned = _TURNED.get(op, "at_least")
                if turned != op:
                    yield f"{op} {plain(amount)} → {turned}", (*steps[:i], (turned, amount), *steps[i + 1 :])


def _said(change: Change) -> str:
    where = change.ids or tuple(f"{c}={t or 'blank'}" for c, t in change.where or ()) or ("every row",)
    return f"{change.guideline} {change.target} {change.kind} {', '.join(where)}"


def _less(some: tuple[_T, ...], one: _T) -> tuple[_T, ...]:
    return tuple(x for x in some if x != one)


def _swapped(some: tuple[_T, ...], one: _T, other: _T) -> tuple[_T, ...]:
    return tuple(other if x == one else x for x in some)

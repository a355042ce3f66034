"""A draft is what it would be when published; a number moved is one number resolved; libraries do not outlive use."""

from __future__ import annotations

import gc
import weakref
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from generative.libraries import cases
from generative.requests import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.engine import reference
from workbench.engine.decision import Decision
from workbench.errors import ProblemsFound
from workbench.guideline import changes as changes_module
from workbench.guideline.layers import layers
from workbench.guideline.limit_cells import CellReader
from workbench.guideline.load import load_guidelines
from workbench.guideline.load_draft import draft_warnings, load_draft
from workbench.guideline.model import Draft, Guideline, Library, LimitRow, Overlay
from workbench.guideline.overlays import changed_overlay
from workbench.guideline.resolve import resolve

BASE = Path(__file__).parent / "errors" / "_base" / "guidelines"
PT, HARBOR = "physical-therapy", "harbor/2026.1"


def published(library: Library, draft: Draft) -> Library:
    """The library with the draft written into new versions of the files that it changes, which take the place of the
    old ones: a guideline whole, with what it extends."""

    def anew(guideline: Guideline) -> Guideline:
        if guideline.base:
            return guideline
        parts = layers(library, guideline, draft).parts
        limits = tuple(r for r in parts["limits"] if isinstance(r, LimitRow))
        return replace(
            guideline,
            extends="",
            tables=library.tables(guideline),
            limits=limits,
            **{k: parts[k] for k in ("parameters", "exemptions", "waivers", "criteria")},
        )

    def over(overlay: Overlay) -> Overlay:
        mine = dict(draft.plans).get(overlay.plan, ())
        return changed_overlay(overlay, mine, "a draft", library.choices, CellReader(library.choices), [])

    return replace(
        library, guidelines=tuple(map(anew, library.guidelines)), overlays=tuple(map(over, library.overlays))
    )


def without_digests(decision: Decision) -> dict[str, object]:
    return {k: v for k, v in decision.as_dict().items() if not k.endswith("digest")}


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large])
@given(st.data())
def test_a_draft_is_what_it_would_be_when_published(data: st.DataObject) -> None:
    case = data.draw(cases(drafted=True).filter(lambda c: c.setting.draft is not None))
    draft = case.setting.draft
    assert draft is not None
    # An overlay's own draft comes after its changes, not sorted among them: one of the kinds that this can not touch.
    draft = replace(draft, plans=tuple((p, tuple(c for c in cs if not c.guideline)) for p, cs in draft.plans))
    setting = replace(case.setting, draft=draft)
    try:
        library = published(setting.library, draft)
        after = replace(setting, library=library, draft=None)
        for guideline in library.guidelines:
            for overlay in (None, *library.overlays):
                if not guideline.base:
                    resolve(library, guideline.id, guideline.version, overlay)
                    resolve(setting.library, guideline.id, guideline.version, overlay and overlay.name, draft)
    except ProblemsFound:
        return  # an overlay that no longer applies would not load
    for facts in data.draw(requests(case.facts, case.near, size=4)):
        before, now = (reference.decide(facts, s).decision for s in (setting, after))
        assert without_digests(before) == without_digests(now)


@pytest.fixture
def library() -> Library:
    return load_guidelines(BASE)


def drafted(library: Library, changes: dict[str, object]) -> Draft:
    return load_draft({"changes": {PT: changes}}, library)


def test_what_the_overlay_sets_it_keeps_and_both_are_named(library: Library) -> None:
    draft = drafted(library, {"limits": {"change": [{"rows": ["lbp_high"], "visits": {"set": 40}}]}})
    rows = {r.id: r.visits for r in resolve(library, PT, "2026.1", HARBOR, draft).rules.limits}
    assert rows["lbp_high"] == 20
    (warning,) = draft_warnings(draft, library)
    assert "draft unnamed" in warning.message and "overlay harbor/2026.1" in warning.message


def test_an_overlay_finds_the_rows_by_the_cells_that_the_draft_gave_them(library: Library) -> None:
    """As when published: its `where` names cells as they then stand in the file."""
    (overlay,) = library.overlays
    (step,) = overlay.changes
    wide = replace(overlay, changes=(replace(step, ids=(), where=(("complexity", "high"),)),))
    other = replace(library, overlays=(wide,))
    draft = drafted(other, {"limits": {"change": [{"rows": ["lbp"], "complexity": "high"}], "drop": ["lbp_high"]}})
    rows = {r.id: r.visits for r in resolve(other, PT, "2026.1", HARBOR, draft).rules.limits}
    assert rows["lbp"] == 20


def test_a_moved_number_makes_one_work_for_the_guideline_and_one_for_each_overlay_that_changes_it(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet = replace(library.overlays[0], plan="quiet", changes=(), waivers=(), file="quiet.yaml")
    other = replace(library.guidelines[1], id="other")
    library = replace(library, overlays=(*library.overlays, quiet), guidelines=(*library.guidelines, other))
    names = [(g.id, o) for g in library.guidelines if not g.base for o in (None, HARBOR, "quiet/2026.1")]
    for id_, overlay in names:
        resolve(library, id_, "2026.1", overlay)
    draft = drafted_without_check(library, Decimal(12))
    made: list[str] = []
    start = changes_module.Work.__post_init__

    def counted(self: changes_module.Work) -> None:
        made.append(self.guideline)
        start(self)

    monkeypatch.setattr(changes_module.Work, "__post_init__", counted)
    for id_, overlay in names:
        resolve(library, id_, "2026.1", overlay, draft)
    assert made == [PT, PT]


def drafted_without_check(library: Library, visits: Decimal) -> Draft:
    step = drafted(library, {"limits": {"change": [{"rows": ["lbp"], "visits": {"set": visits}}]}}).changes
    return Draft("tick", "", "", None, (), step)


def test_a_library_that_nobody_uses_is_let_go() -> None:
    gone = []
    for _ in range(3):
        library = load_guidelines(BASE)
        resolve(library, PT, "2026.1", HARBOR)
        gone.append(weakref.ref(library))
        del library
    gc.collect()
    assert [r() for r in gone] == [None, None, None]

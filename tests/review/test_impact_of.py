"""The impact of a version, of a draft and of one draft after another, on invented cases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.engine.setting import setting
from workbench.errors import ProblemsFound
from workbench.generator.generate import generate
from workbench.guideline.load_draft import load_draft
from workbench.guideline.model import DraftBase
from workbench.review.impact import REST, How, impact_of, impact_of_draft, impact_of_versions

ST = "speech-therapy"
QUICK = How(edits=False, most=3)


@pytest.fixture(scope="module")
def cases(shipped):
    """Of one discipline, and of no plan: each is a group more to decide."""
    made = generate(600, 11, shipped)
    return made.filter((made["discipline"] == "ST") & made["plan"].is_null()).head(60)


def draft(shipped, visits: int, attendance: int):
    return load_draft(
        {
            "changes": {
                ST: {
                    "parameters": {"attendance_needed": {"set": attendance}},
                    "limits": {"change": [{"where": {}, "visits": {"at_most": visits}}]},
                }
            }
        },
        shipped,
    )


def test_a_version_is_put_down_to_what_differs_in_it(shipped, cases):
    found = impact_of_versions(shipped, cases, {ST: ("2026.1", "2026.2")}, How(orders=4))
    edits = {c.edit for c in found.causes}
    assert f"{ST} limits.apraxia" in edits and REST not in edits
    visits = next(a for a in found.amounts if a.name == "granted_visits")
    assert sum(c.due for c in found.causes if c.measure == "granted_visits") == pytest.approx(visits.difference)
    assert [p.name for p in found.draft.guidelines if p.name.startswith(ST)] == [f"{ST}/2026.2"]


def test_a_draft_and_its_successor(shipped, cases):
    mild, hard = draft(shipped, 20, 60), draft(shipped, 6, 60)
    one, two = (impact_of_draft(shipped, cases, x, QUICK) for x in (mild, hard))
    assert two.review.requests.draft > one.review.requests.draft
    both = impact_of_draft(shipped, cases, hard, How(orders=4), before=mild)
    assert {(b.draft, b.requests) for b in both.matrix} == {(b.draft, b.requests) for b in both.matrix}
    assert both.review.requests.published == one.review.requests.draft
    assert both.review.requests.draft == two.review.requests.draft
    assert {c.edit.partition(".")[0] for c in both.causes} == {f"{ST} limits"}


def test_two_drafts_of_other_versions_are_refused(shipped, cases):
    one, two = (replace(draft(shipped, 9, 60), base=((ST, DraftBase(v, "0" * 64)),)) for v in ("2026.1", "2026.2"))
    with pytest.raises(ProblemsFound, match="different versions"):
        impact_of_draft(shipped, cases, two, QUICK, before=one)


def test_carried_forward_nothing_is_put_down_to_edits(shipped, cases):
    how = How(mode="carried_forward", most=0)
    found = impact_of_draft(shipped, cases, draft(shipped, 6, 60), how)
    assert not found.causes and any("as recorded" in r for r in found.remarks) and found.untold


def test_other_tables_are_told_as_what_no_edit_accounts_for(shipped, cases):
    """The measures of a version that knows no outcome measure: nothing else differs."""
    version = next(g for g in shipped.guidelines if g.name == f"{ST}/2026.1")
    base = shipped.base_of(version)
    other = replace(base, version="bare", tables=replace(base.tables, measures="none"))
    new = replace(version, version="2026.9", extends=other.name, status="in_review")
    library = replace(
        shipped, guidelines=(*shipped.guidelines, other, new), measure_tables={**shipped.measure_tables, "none": {}}
    )
    pins = [{ST: v} for v in ("2026.1", "2026.9")]
    bare = cases.filter(cases["discipline"] == "ST").drop("improvement_mcid", "deficit_percent", strict=False)
    found = impact_of(library, bare, *(setting(library, pins=p) for p in pins), How(orders=4))
    assert any("different tables" in r for r in found.remarks)
    assert {c.edit for c in found.causes} <= {REST}

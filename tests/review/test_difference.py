"""What changes, in words: one folder a case, and what holds for every draft."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from generative.libraries import cases
from hypothesis import given, settings

from workbench.errors import ProblemsFound
from workbench.guideline.addresses import Rule
from workbench.guideline.differences import compare_rules
from workbench.guideline.load_draft import load_draft
from workbench.guideline.model import Draft, Library
from workbench.guideline.resolve import base_digest, resolve
from workbench.review.difference import diff_draft, diff_versions
from workbench.review.page import difference_table, things_of
from workbench.words.differences import said

CASES = sorted((Path(__file__).parent / "difference").glob("*.yaml"))


def draft_of(path: Path, library: Library, tmp_path: Path) -> Draft:
    """A draft file whose digests are filled in."""
    text = path.read_text(encoding="utf-8")
    text = text.replace("DIGEST-PT", base_digest(library, "physical-therapy", "2026.1"))
    text = text.replace("DIGEST-COMMON", base_digest(library, "therapy-common", "2026.1"))
    (tmp_path / path.name).write_text(text, encoding="utf-8")
    return load_draft(tmp_path / path.name, library)


@pytest.mark.parametrize("path", CASES, ids=[p.stem for p in CASES])
def test_a_draft_says_what_it_changes(path, small, tmp_path):
    text = "\n".join(diff_draft(small, draft_of(path, small, tmp_path)).lines()) + "\n"
    expected = path.with_suffix(".txt")
    if os.environ.get("WORKBENCH_REWRITE"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


def test_there_are_such_cases():
    assert len(CASES) >= 4


def test_a_version_against_itself_changes_nothing(shipped):
    for item in (*shipped.guidelines, *shipped.overlays, *shipped.programs):
        difference = diff_versions(shipped, item.name, item.name)
        assert difference.items == ()
        assert difference.lines()[0].endswith("nothing changes")
        assert difference_table(difference) == "<p>Nothing changes.</p>"


def test_the_versions_of_a_program_differ_state_by_state(shipped):
    difference = diff_versions(shipped, "rehab-review-2019/2020-12", "rehab-review-2019/2021-08")
    found = {s.id: (s.how, s.old, s.new) for s in difference.said if s.kind == "program"}
    how, old, new = found["commercial, NV"]
    assert how == "changed" and old.startswith("planned") and new.startswith("review from 2021-08-01")
    assert found["medicaid, WI"][0] == "added"
    assert "commercial, CO" not in found


def test_back_and_forth_swaps_old_and_new(shipped):
    names = ("physical-therapy/2026.1", "occupational-therapy/2026.1")
    there, back = diff_versions(shipped, *names), diff_versions(shipped, *reversed(names))
    swap = {"added": "dropped", "dropped": "added"}

    def known(items):
        return {(i.kind, i.address, i.part, i.how) for i in items if i.how != "moved"}

    assert known(there.items) == {(k, n, p, swap.get(h, h)) for k, n, p, h in known(back.items)}


def test_a_row_that_moves_is_said_to_move(small):
    """First match wins, so that order is content."""
    rules = resolve(small, "physical-therapy", "2026.1").rules
    moved = replace(rules, limits=(*rules.limits[1:], rules.limits[0]))
    items = compare_rules(rules, moved)
    assert [(i.address, i.how, i.before) for i in items] == [(Rule("limits", "lbp_high"), "moved", "")]
    assert said(items[0], {}).change == "moved: now last"


@pytest.mark.parametrize(
    "one, two, code",
    [
        ("physical-therapy/2026.9", "physical-therapy/2026.1", "unknown-guideline"),
        ("physical-therapy/2026.1", "harbor/2026.1", "bad-call"),
    ],
)
def test_names_that_do_not_fit(one, two, code, small):
    with pytest.raises(ProblemsFound) as found:
        diff_versions(small, one, two)
    assert [p.code for p in found.value.problems] == [code]


@settings(max_examples=max(10, settings.default.max_examples // 4))
@given(cases())
def test_nothing_that_a_draft_does_goes_unsaid(case):
    """Every entry of the log of changes whose value is another at the end is among the items, old → new."""
    library, draft = case.setting.library, case.setting.draft
    if draft is None:
        return
    told = {(i.address, i.part, i.old, i.new) for i in diff_draft(library, draft).items}
    for guideline in library.guidelines:
        if guideline.base or guideline.status not in ("published", "retired"):
            continue
        old = resolve(library, guideline.id, guideline.version).rules
        new = resolve(library, guideline.id, guideline.version, draft=draft).rules
        for name in ("parameters", "limits"):
            before, after = ({x.id: x for x in getattr(r, name)} for r in (old, new))
            for id_ in before.keys() & after.keys():
                for key in ("value", "visits", "weeks"):
                    a, b = (getattr(x[id_], key, None) for x in (before, after))
                    if a != b and _meant(draft, guideline):
                        assert (Rule(name, id_), key, a, b) in told


def _meant(draft, guideline) -> bool:
    base = dict(draft.base).get(guideline.id)
    return base is None or base.version == guideline.version


def test_an_item_is_data_and_its_words_come_last(small, tmp_path):
    """What changes, by how much, for whom and on what it rests can be counted without a word being read."""
    path = next(p for p in CASES if p.stem == "everything")
    difference = diff_draft(small, draft_of(path, small, tmp_path))
    told = {(s["address"], s["key"], s["how"]): s for s in json.loads(json.dumps(difference.as_dict()))["changes"]}
    number = told["limits.lbp", "visits", "changed"]
    assert (number["was"], number["becomes"], number["unit"]) == (10, 11, "visits")
    assert (number["guidelines"], number["overlays"]) == (["physical-therapy/2026.1"], ["harbor/2026.1"])
    assert told["exemptions.evaluation", "when", "changed"]["becomes"] == "evaluation_only or setting = 'school'"
    assert told["limits.cuff", "cells", "changed"]["becomes"]["age_years"] == "0..70"
    assert told["benefit_limit", "", "changed"]["becomes"]["visits"] == 40
    assert told["excluded_procedures", "", "added"]["becomes"] == ["97032"]
    assert told["criteria.seen", "", "added"]["was"] is None
    raised = [i for i in difference.items if isinstance(i.old, int) and isinstance(i.new, int) and i.new > i.old]
    assert {str(i.address) for i in raised} == {"waivers.first_six", "limits.lbp"}


def test_a_number_tells_its_own_source(shipped):
    """Where a row names a source for each of its numbers, a change of one rests on that one."""
    difference = diff_versions(shipped, "physical-therapy/2026.1", "physical-therapy/2026.2")
    rows = {r.id: r for r in resolve(shipped, "physical-therapy", "2026.2").rules.limits}
    seen = 0
    for item in difference.items:
        if item.kind == "limit" and item.part in ("visits", "weeks"):
            every = [s.strip() for s in rows[item.address.id].source.split(";")]
            seen += len(every) == 3
            assert list(item.sources) == ([every[item.part == "weeks"]] if len(every) == 3 else every)
    assert seen


def test_the_table_has_a_row_a_thing_and_escapes_texts(small, tmp_path):
    path = next(p for p in CASES if p.stem == "everything")
    difference = diff_draft(small, draft_of(path, small, tmp_path))
    table = difference_table(difference)
    assert table.count("<td rowspan=") == len(things_of(difference))
    assert table.count("<ins>") + table.count("<del>") >= len(difference.items)
    assert "<script" not in table and "&lt;script&gt;" in table
    assert difference_table(difference, 0, 1).count('<tr class="changed"') == 1

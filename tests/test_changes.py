"""Changes: a table of what they do, and the laws that hold for all of them."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.documents.yaml_places import Items, Pairs, Scalar, Value, read_yaml
from workbench.errors import Problems, ProblemsFound
from workbench.guideline.digests import plain
from workbench.guideline.draft_yaml import as_mapping, render
from workbench.guideline.load import load_guidelines
from workbench.guideline.load_draft import carry_over, load_draft
from workbench.guideline.model import BenefitLimit, Library
from workbench.guideline.resolve import base_digest, guideline_digest, overlay_digest, resolve
from workbench.language.show import show
from workbench.language.tree import Node

HERE = Path(__file__).parent
BASE = HERE / "errors" / "_base" / "guidelines"
PT = "physical-therapy"


def unwrapped(value: Value) -> object:
    if isinstance(value, Pairs):
        return {k.text: unwrapped(v) for k, v in value}
    if isinstance(value, Items):
        return [unwrapped(v) for v in value.values]
    assert isinstance(value, Scalar)
    return value.value


def table() -> list[dict]:
    problems = Problems()
    entries = unwrapped(read_yaml(HERE / "changes.yaml", problems))
    assert not problems
    return entries


@pytest.fixture(scope="module")
def library() -> Library:
    return load_guidelines(BASE)


def look(rules, path: str) -> str:
    """A part of the rules as text: `limits.lbp.visits`, `criteria` (ids in order), `episode_gap_days`."""
    target, *rest = path.split(".")
    value = getattr(rules, target)
    if rest and isinstance(value, tuple):
        item = next(i for i in value if i.id == rest[0])
        cells = {c.fact: c.text for c in getattr(item, "cells", ())}
        value = getattr(item, rest[1]) if hasattr(item, rest[1]) else cells.get(rest[1], "")
    elif rest:
        value = getattr(value, rest[0])
    if isinstance(value, tuple):
        return " ".join(getattr(v, "id", v) for v in value)
    return as_text(value)


def as_text(value: object) -> str:
    if isinstance(value, Node):
        return show(value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value)


@pytest.mark.parametrize("entry", table(), ids=lambda e: e["name"])
def test_what_a_change_does(entry: dict, library: Library) -> None:
    overlay = f"{entry['plan']}/2026.1" if "plan" in entry else None
    draft = (
        load_draft({k: entry[k] for k in ("changes", "plans") if k in entry}, library)
        if {"changes", "plans"} & entry.keys()
        else None
    )
    before = resolve(library, PT, "2026.1", overlay)
    after = resolve(library, PT, "2026.1", overlay, draft)
    for rules, wanted in ((before.rules, entry.get("before", {})), (after.rules, entry.get("after", {}))):
        assert {path: look(rules, path) for path in wanted} == {k: as_text(v) for k, v in wanted.items()}
    if "warnings" in entry:
        assert len(after.warnings) == len(entry["warnings"])
        for warning, wanted in zip(after.warnings, entry["warnings"], strict=True):
            assert warning.code == "layers-clash" and wanted in warning.message


# laws

NUMBERS = st.decimals(min_value=-30, max_value=30, places=2)
OPERATIONS = st.dictionaries(
    st.sampled_from(["set", "add", "multiply", "at_least", "at_most"]), NUMBERS, min_size=1, max_size=3
)
ROWS = st.sampled_from(["lbp_high", "lbp", "cuff", "habil", "nowhere"])
STEPS = st.fixed_dictionaries(
    {},
    optional={
        "visits": OPERATIONS,
        "weeks": OPERATIONS,
        "per_week": OPERATIONS,
        "note": st.text(max_size=20),
        "complexity": st.sampled_from(["", "low", "odd"]),
    },
).flatmap(
    lambda body: st.one_of(
        st.lists(ROWS, min_size=1, max_size=3, unique=True).map(lambda rows: {"rows": rows, **body}),
        st.dictionaries(
            st.sampled_from(["condition", "intent", "complexity"]),
            st.sampled_from(["", "low_back_pain", "habilitative", "high"]),
            max_size=2,
        ).map(lambda where: {"where": where, **body}),
    )
)
CRITERIA = st.fixed_dictionaries(
    {},
    optional={
        "drop": st.lists(st.sampled_from(["plan_on_file", "measured_progress", "nothing"]), min_size=1, max_size=2),
        "change": st.dictionaries(
            st.sampled_from(["plan_on_file", "member_covered"]),
            st.fixed_dictionaries(
                {"requires": st.sampled_from(["home_program", "not skilled_care", "visits_used > 2", "visits_used >"])}
            ),
            min_size=1,
        ),
    },
)
CHANGES = st.fixed_dictionaries(
    {},
    optional={
        "parameters": st.dictionaries(
            st.sampled_from(["visits_before_review", "improvement_needed"]), OPERATIONS, min_size=1
        ),
        "limits": st.fixed_dictionaries({"change": st.lists(STEPS, min_size=1, max_size=3)}),
        "criteria": CRITERIA,
    },
)
# Changes that mostly apply: whole numbers that stay within the ranges.
SMALL = (
    st.fixed_dictionaries(
        {},
        optional={
            "set": st.integers(4, 20),
            "add": st.integers(0, 3),
            "multiply": st.sampled_from([Decimal("0.75"), 1, Decimal("1.2")]),
            "at_least": st.integers(4, 10),
            "at_most": st.integers(12, 20),
        },
    )
    .filter(bool)
    .map(lambda ops: {**ops, "at_most": ops.get("at_most", 20), "at_least": ops.get("at_least", 4)})
)
BODY = st.fixed_dictionaries(
    {},
    optional={
        "visits": SMALL,
        "weeks": SMALL,
        "note": st.text("ab '\"#:-\n", min_size=1),
        "evidence": st.sampled_from(["trial", "payer"]),
    },
).filter(bool)
SOUND = st.fixed_dictionaries(
    {},
    optional={
        "parameters": st.fixed_dictionaries({"visits_before_review": SMALL}),
        "limits": st.fixed_dictionaries(
            {
                "change": st.lists(
                    st.one_of(
                        st.tuples(st.sets(st.sampled_from(["lbp_high", "lbp", "cuff"]), min_size=1), BODY).map(
                            lambda p: {"rows": sorted(p[0]), **p[1]}
                        ),
                        st.tuples(st.sampled_from([{}, {"condition": "low_back_pain"}, {"complexity": ""}]), BODY).map(
                            lambda p: {"where": p[0], **p[1]}
                        ),
                    ),
                    min_size=1,
                    max_size=3,
                )
            },
            optional={"drop": st.just(["habil"])},
        ),
        "criteria": st.fixed_dictionaries(
            {},
            optional={
                "drop": st.just(["measured_progress"]),
                "change": st.just({"plan_on_file": {"requires": "plan_of_care and visits_used < 90", "note": "- no"}}),
                "add": st.just(
                    [
                        {
                            "id": "home",
                            "before": "plan_on_file",
                            "text": "Kept?",
                            "requires": "home_program",
                            "source": "house-rule",
                        }
                    ]
                ),
            },
        ),
    },
)
LOADED = load_guidelines(BASE)
SAID = plain(LOADED)


@given(st.one_of(SOUND, CHANGES))
def test_resolving_never_alters_what_it_is_given(changes: dict) -> None:
    mapping = {"changes": {PT: changes}}
    before = repr(mapping)
    try:
        draft = load_draft(mapping, LOADED)
        said = plain(draft)
        resolve(LOADED, PT, "2026.1", "harbor/2026.1", draft)
        assert plain(draft) == said
    except ProblemsFound as found:
        assert all(p.code and p.message for p in found.problems)
    assert repr(mapping) == before
    assert plain(LOADED) == SAID


@given(st.one_of(SOUND, SOUND, CHANGES))
def test_a_draft_is_read_back_as_it_was_written(changes: dict) -> None:
    try:
        draft = load_draft(
            {
                "draft": "mine",
                "author": "A: #1",
                "reason": "no",
                "created": date(2026, 11, 24),
                "base": {PT: {"version": "2026.1"}},
                "changes": {PT: changes},
            },
            LOADED,
        )
    except ProblemsFound:
        return
    assert load_draft(as_mapping(draft), LOADED) == draft
    with TemporaryDirectory() as folder:
        path = Path(folder) / "mine.yaml"
        path.write_text(render(draft), encoding="utf-8")
        assert load_draft(path, LOADED) == draft


def restating(library: Library) -> dict:
    """A draft that sets every number and text of a guideline to what is published."""
    rules = resolve(library, PT, "2026.1").rules
    rows = [
        {
            "rows": [r.id],
            "visits": {"set": r.visits},
            "weeks": {"set": r.weeks},
            "note": r.note or "n",
            **({"per_week": {"set": r.per_week}} if r.per_week is not None else {}),
            **{c.fact: c.text for c in r.cells},
        }
        for r in rules.limits
    ]
    for row in rows:
        if row["note"] == "n":
            del row["note"]
    return {
        PT: {
            "parameters": {p.id: {"set": p.value} for p in rules.parameters},
            "criteria": {"change": {c.id: {"text": c.text, "requires": show(c.requires)} for c in rules.criteria}},
            "limits": {"change": rows},
        }
    }


def test_setting_what_is_published_gives_the_published_digest(library: Library) -> None:
    draft = load_draft({"changes": restating(library)}, library)
    old, new = resolve(library, PT, "2026.1"), resolve(library, PT, "2026.1", draft=draft)
    assert new.rules == old.rules
    assert new.rules.guideline_digest == guideline_digest(library, PT, "2026.1")


def test_each_digest_moves_with_its_own_draft_alone(library: Library) -> None:
    published = resolve(library, PT, "2026.1", "harbor/2026.1").rules
    guideline = load_draft({"changes": {PT: {"parameters": {"visits_before_review": {"set": 12}}}}}, library)
    plan = load_draft({"plans": {"harbor": {"benefit_limit": {"visits": {"set": 40}}}}}, library)
    a, b = (resolve(library, PT, "2026.1", "harbor/2026.1", d).rules for d in (guideline, plan))
    assert a.guideline_digest != published.guideline_digest and a.overlay_digest == published.overlay_digest
    assert b.guideline_digest == published.guideline_digest and b.overlay_digest != published.overlay_digest
    assert published.overlay_digest == overlay_digest(library.overlays[0]) == base_digest(library, "harbor", "2026.1")
    assert b.benefit_limit == BenefitLimit(40, "house-rule", ("PT",), ("rehabilitative",))


def test_the_digest_hears_of_what_decides_and_of_nothing_else(tmp_path: Path, library: Library) -> None:
    published = guideline_digest(library, PT, "2026.1")
    for number, (file, old, new, moves) in enumerate(
        (
            ("physical-therapy/2026.1.yaml", "value: 10", "value: 11", True),
            ("physical-therapy/2026.1.limits.csv", "10,8,2,house-rule", "10,9,2,house-rule", True),
            ("therapy-common/2026.1.yaml", "value: 1.0", "value: 1.1", True),
            ("therapy-common/2026.1.yaml", "value: 1.0", "value: 1.00", False),
            ("physical-therapy/2026.1.yaml", "status: published", "status: retired", False),
            ("physical-therapy/2026.1.yaml", "title:", "\n# a remark\ntitle:", False),
        )
    ):
        root = tmp_path / str(number)
        shutil.copytree(BASE, root)
        text = (root / file).read_text()
        assert old in text
        (root / file).write_text(text.replace(old, new, 1))
        assert (guideline_digest(load_guidelines(root), PT, "2026.1") != published) == moves, (file, new)


def test_a_stale_draft_is_carried_over_where_it_still_applies(tmp_path: Path, library: Library) -> None:
    mapping = {
        "draft": "mine",
        "base": {PT: {"version": "2026.1"}},
        "changes": {PT: {"limits": {"change": [{"rows": ["lbp"], "visits": {"set": 12}}]}}},
    }
    draft = load_draft(mapping, library)

    def with_limits(name: str, old: str, new: str) -> Library:
        root = tmp_path / name
        shutil.copytree(BASE, root)
        limits = root / PT / "2026.1.limits.csv"
        limits.write_text(limits.read_text().replace(old, new, 1))
        return load_guidelines(root)

    moved, gone = with_limits("moved", "10,8,2", "10,9,2"), with_limits("gone", "\nlbp,", "\nback,")
    for other in (moved, gone):
        with pytest.raises(ProblemsFound) as stale:
            resolve(other, PT, "2026.1", draft=draft)
        assert [p.code for p in stale.value.problems] == ["stale-digest"]
        assert "carry the draft over" in stale.value.problems[0].hint
    carried = carry_over(load_draft(as_mapping(draft), moved, stale=True), moved)
    assert carried.changes == draft.changes
    assert dict(carried.base)[PT].digest == guideline_digest(moved, PT, "2026.1")
    row = next(r for r in resolve(moved, PT, "2026.1", draft=carried).rules.limits if r.id == "lbp")
    assert (row.visits, row.weeks) == (12, 9)
    with pytest.raises(ProblemsFound) as lost:
        carry_over(draft, gone)
    assert [p.code for p in lost.value.problems] == ["matches-nothing"]

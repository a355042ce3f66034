"""Which version counts when, layers on the calendar, guards, and what a loaded library holds."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import ProblemsFound
from workbench.guideline.expressions import guideline_names
from workbench.guideline.guards import unguarded
from workbench.guideline.limit_cells import CellReader, covers, exclude
from workbench.guideline.load import load_guidelines
from workbench.guideline.model import Criterion, Library
from workbench.guideline.resolve import resolve
from workbench.guideline.versions import cut_days, default_day, overlay_on, program_on, versions_on
from workbench.language.syntax import parse
from workbench.language.tree import walk
from workbench.review.example_file import load_examples

BASE = Path(__file__).parent / "errors" / "_base" / "guidelines"
PT = "physical-therapy"


def edited(root: Path, *edits: tuple[str, str, str, str]) -> Library:
    """The base with files copied under other names: (from, to, old, new); `old` and `new` may hold several, by |."""
    shutil.copytree(BASE, root)
    for source, target, old, new in edits:
        text = (BASE / source).read_text()
        for a, b in zip(old.split("|"), new.split("|"), strict=True):
            assert a in text, a
            text = text.replace(a, b, 1)
        (root / target).parent.mkdir(parents=True, exist_ok=True)
        (root / target).write_text(text)
    return load_guidelines(root)


@pytest.fixture
def years(tmp_path: Path) -> Library:
    """Physical therapy retired in 2025, published in 2026, under review for 2027; harbor from 2025 and 2026-07; the
    program announced in October and December 2019."""
    file, plan, program = f"{PT}/2026.1.yaml", "plans/harbor/2026.1.yaml", "programs/review/2019-11.yaml"
    head = 'version: "2026.1"|status: published|effective: 2026-01-01'
    return edited(
        tmp_path / "g",
        (file, f"{PT}/2025.1.yaml", head, 'version: "2025.1"|status: retired|effective: 2025-01-01'),
        (file, f"{PT}/2027.1.yaml", head, 'version: "2027.1"|status: in_review|effective: 2027-01-01'),
        (plan, "plans/harbor/2026.1.yaml", "effective: 2026-01-01|set: 20", "effective: 2025-06-01|set: 21"),
        (
            plan,
            "plans/harbor/2026.2.yaml",
            'version: "2026.1"|effective: 2026-01-01',
            'version: "2026.2"|effective: 2026-07-01',
        ),
        (
            program,
            "programs/review/2019-12.yaml",
            'version: "2019-11"|published: 2019-10-01',
            'version: "2019-12"|published: 2019-12-01',
        ),
    )


@pytest.mark.parametrize(
    "day, version",
    [
        (date(2024, 12, 31), None),
        (date(2025, 1, 1), "2025.1"),
        (date(2025, 12, 31), "2025.1"),
        (date(2026, 1, 1), "2026.1"),
        (date(2030, 1, 1), "2026.1"),
    ],
)
def test_the_latest_version_in_force_counts(day: date, version: str | None, years: Library) -> None:
    found = versions_on(years, day)
    assert {k: g.version for k, g in found.items()} == ({PT: version} if version else {})


@pytest.mark.parametrize(
    "day, version",
    [
        (date(2025, 5, 31), None),
        (date(2025, 6, 1), "2026.1"),
        (date(2026, 6, 30), "2026.1"),
        (date(2026, 7, 1), "2026.2"),
    ],
)
def test_the_latest_overlay_in_force_counts(day: date, version: str | None, years: Library) -> None:
    overlay = overlay_on(years, "harbor", day)
    assert (overlay.version if overlay else None) == version
    assert overlay_on(years, "nobody", day) is None


@pytest.mark.parametrize(
    "day, version",
    [
        (date(2019, 9, 30), "2019-11"),
        (date(2019, 10, 1), "2019-11"),
        (date(2019, 11, 30), "2019-11"),
        (date(2019, 12, 1), "2019-12"),
        (None, "2019-12"),
    ],
)
def test_the_program_known_on_the_day_counts(day: date | None, version: str, years: Library) -> None:
    assert program_on(years, "review", day).version == version


def test_an_unknown_program_is_a_problem_with_the_nearest_name(years: Library) -> None:
    with pytest.raises(ProblemsFound) as found:
        program_on(years, "reviews", None)
    assert "did you mean review?" in str(found.value)


def test_days(years: Library) -> None:
    assert default_day(years) == date(2026, 7, 1)
    assert cut_days(years) == (
        date(2019, 10, 1),
        date(2019, 12, 1),
        date(2025, 1, 1),
        date(2025, 6, 1),
        date(2026, 1, 1),
        date(2026, 7, 1),
    )


@given(st.dates(date(2019, 1, 1), date(2028, 1, 1)))
def test_nothing_changes_between_two_cut_days(day: date) -> None:
    library = LOADED
    cuts = cut_days(library)
    if day + timedelta(days=1) not in cuts:
        after = day + timedelta(days=1)
        assert versions_on(library, day) == versions_on(library, after)
        assert overlay_on(library, "harbor", day) == overlay_on(library, "harbor", after)
        assert program_on(library, "review", day) == program_on(library, "review", after)


LOADED = load_guidelines(BASE)


def test_an_overlay_changes_the_versions_of_its_own_period(years: Library) -> None:
    def visits(version: str, overlay: str) -> int:
        rules = resolve(years, PT, version, f"harbor/{overlay}").rules
        return next(r.visits for r in rules.limits if r.id == "lbp_high")

    assert visits("2025.1", "2026.1") == 21  # 2025-06 to 2026-06 meets both
    assert visits("2026.1", "2026.1") == 21
    assert visits("2026.1", "2026.2") == 20
    assert visits("2025.1", "2026.2") == 16  # begins when 2025.1 is over


def test_what_was_resolved_is_kept() -> None:
    assert resolve(LOADED, PT, "2026.1", "harbor/2026.1") is resolve(LOADED, PT, "2026.1", LOADED.overlays[0])


@pytest.mark.parametrize(
    "call, code, hint",
    [
        ((PT, "2026.2"), "unknown-guideline", "2026.1"),
        (("physcal-therapy", "2026.1"), "unknown-guideline", PT),
        (("therapy-common", "2026.1"), "bad-call", ""),
        ((PT, "2026.1", "harbour/2026.1"), "unknown-plan", "harbor"),
        ((PT, "2026.1", "harbor/2026.9"), "unknown-plan", "2026.1"),
    ],
)
def test_wrong_calls(call: tuple, code: str, hint: str) -> None:
    with pytest.raises(ProblemsFound) as found:
        resolve(LOADED, *call)
    (problem,) = found.value.problems
    assert problem.code == code and hint in problem.hint


def test_nodes_stand_where_they_were_written() -> None:
    for guideline in LOADED.guidelines:
        lines = Path(guideline.file).read_text().splitlines()
        for criterion in guideline.criteria:
            for node in walk(criterion.requires):
                if hasattr(node, "name"):
                    line, column = node.at
                    assert lines[line - 1][column - 1 :].startswith(node.name)


# guards

KNOWN = guideline_names({}, {})


@pytest.mark.parametrize(
    "applies, requires, loose",
    [
        (None, "weeks_since_surgery <= 8", ["weeks_since_surgery"]),
        (None, "post_surgical and weeks_since_surgery <= 8", []),
        (None, "weeks_since_surgery <= 8 and post_surgical", []),
        (None, "not post_surgical or weeks_since_surgery <= 8", []),
        (None, "post_surgical or weeks_since_surgery <= 8", ["weeks_since_surgery"]),
        (None, "post_surgical implies weeks_since_surgery <= 8", []),
        (None, "if post_surgical then weeks_since_surgery <= 8 else true", []),
        (None, "if not post_surgical then true else weeks_since_surgery <= 8", []),
        (None, "if post_surgical then true else weeks_since_surgery <= 8", ["weeks_since_surgery"]),
        (None, "case when post_surgical = true then weeks_since_surgery <= 8 else plan_of_care end", []),
        (None, "case when post_surgical is false then plan_of_care else weeks_since_surgery <= 8 end", []),
        (None, "weeks_since_surgery is null or plan_of_care", []),
        (None, "Coalesce(weeks_since_surgery, 0) <= 8", []),
        ("post_surgical", "weeks_since_surgery <= 8", []),
        ("post_surgical is true and plan_of_care", "weeks_since_surgery <= 8", []),
        ("post_surgical or plan_of_care", "weeks_since_surgery <= 8", ["weeks_since_surgery"]),
        ("review_type = 'continuing'", "improvement_mcid >= 1 or goals_met_percent >= 50", []),
        ("review_type != 'initial'", "improvement_mcid >= 1", []),
        ("review_type in { 'continuing' }", "improvement_mcid >= 1", []),
        ("review_type = 'initial'", "improvement_mcid >= 1", ["improvement_mcid"]),
        (
            "visits_used > 3",
            "improvement_mcid >= 1 or goals_met_percent >= 50",
            ["improvement_mcid", "goals_met_percent"],
        ),
    ],
)
def test_guards(applies: str | None, requires: str, loose: list[str]) -> None:
    nodes = [parse(t, KNOWN, condition=True).node if t else None for t in (applies, requires)]
    criterion = Criterion("c", "", nodes[1], "", nodes[0])
    assert [f.name for f in unguarded(criterion)] == loose


# cells

AGES = st.tuples(st.integers(0, 120), st.integers(0, 120)).map(lambda p: f"{min(p)}..{max(p)}")
CELLS = st.fixed_dictionaries(
    {},
    optional={
        "age_years": AGES,
        "intent": st.sampled_from(["rehabilitative", "habilitative", "maintenance"]),
        "post_surgical": st.sampled_from(["true", "false"]),
    },
)


@given(
    CELLS, CELLS, st.integers(0, 120), st.sampled_from(["rehabilitative", "habilitative", "maintenance"]), st.booleans()
)
def test_covering_and_excluding_rows(one: dict, other: dict, age: int, intent: str, post: bool) -> None:
    """What covers is never false where the covered one is true; what excludes is never true beside the other."""
    reader = CellReader({})
    a, b = (tuple(reader.read(k, v) for k, v in cells.items()) for cells in (one, other))

    def true(cells: dict) -> bool:
        low, _, high = cells.get("age_years", "0..120").partition("..")
        return (
            int(low) <= age <= int(high)
            and cells.get("intent", intent) == intent
            and cells.get("post_surgical", str(post).lower()) == str(post).lower()
        )

    if covers(a, other) and true(other):
        assert true(one)
    if exclude(a, b):
        assert not (true(one) and true(other))
    if one == other:
        assert covers(a, other) and not exclude(a, b)


def test_examples_come_in_their_types() -> None:
    (example,) = load_examples(BASE / PT / "examples.yaml", LOADED)
    assert example.name == "ordinary back pain is approved" and example.line == 1
    assert example.request["requested_visits"] == 6 and example.request["member_eligible"] is True
    assert example.expect == {"determination": "approved", "reasons": ()}

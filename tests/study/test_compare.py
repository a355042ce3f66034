"""Two replays side by side: refused where they are not alike, and every number counted again by a plain loop."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from workbench.engine.columnar import decide_frame
from workbench.engine.decision import DETERMINATIONS
from workbench.engine.setting import setting
from workbench.guideline.addresses import Handle
from workbench.guideline.model import Draft
from workbench.study.compare import NotComparable, compare
from workbench.study.listing import GROUPED, UNKNOWN, as_csv, as_frame, lands, listed, requests
from workbench.study.replay import replay
from workbench.words.comparisons import sentence

PT = "physical-therapy"
SIDES = (("", "published"), ("_draft", "draft"))


@pytest.fixture(scope="module")
def published(library, prepared):
    return replay(prepared, setting(library))


@pytest.fixture(scope="module")
def comparison(library, prepared, published):
    changes = (
        Handle.of("limits.lbp.visits").change(PT, Decimal(5)),
        Handle.of("parameters.attendance_needed").change(PT, Decimal(90)),
    )
    draft = Draft("tried", "", "", None, (), changes)
    return compare(published, replay(prepared, setting(library, draft=draft)))


NOTHING = "(none|by date)"


@pytest.fixture(scope="module")
def rows(comparison):
    return comparison.pair.rows(named=True)


def urgency(comparison, found) -> pl.Series:
    """Whether each request of a list is urgent on either side: those come first, whatever the order asked for."""
    urgent = comparison.pair.filter(pl.col("urgent") | pl.col("urgent_draft"))["request_id"]
    return found["request_id"].is_in(urgent.implode())


def changed(row) -> bool:
    return any(row[n] != row[f"{n}_draft"] for n in ("determination", "granted_visits", "granted_weeks"))


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("deciding_day", date(2020, 1, 1)),
        ("deciding_day", None),
        ("mode", "carried_forward"),
        ("assumptions", "some"),
        ("program", "rehab-review-2019"),
        ("policy", "all"),
    ],
)
def test_replays_of_other_circumstances_are_not_compared(published, name, other):
    otherwise = replace(published, about=replace(published.about, **{name: other}))
    for one, two in ((published, otherwise), (otherwise, published)):
        with pytest.raises(NotComparable, match=f"{name} differs: published .*{getattr(one.about, name) or NOTHING}"):
            compare(one, two)


def test_replays_of_two_days_are_not_compared(library, prepared, published):
    early = replay(prepared.some(prepared.frame.head(20)), setting(library, as_of=date(2020, 1, 1)))
    late = replay(prepared.some(prepared.frame.head(20)), setting(library, as_of=date(2026, 6, 1)))
    with pytest.raises(NotComparable, match="deciding_day differs"):
        compare(early, late)
    assert compare(late, late).flips.is_empty()


def test_replays_of_other_requests_are_not_compared(library, prepared, published):
    for frame in (prepared.some(prepared.frame.head(20)), prepared.some(prepared.frame.reverse())):
        with pytest.raises(NotComparable, match="same requests in the same order"):
            compare(published, replay(frame, setting(library)))


def test_flips_and_matrix(comparison, rows):
    assert comparison.flips["request_id"].to_list() == [r["request_id"] for r in rows if changed(r)]
    assert 0 < comparison.flips.height < len(rows)
    found = Counter((r["determination"], r["determination_draft"]) for r in rows)
    assert comparison.matrix == {a: {b: found[a, b] for b in DETERMINATIONS} for a in DETERMINATIONS}


def test_counts_and_amounts(comparison, rows):
    for counts, some in ((comparison.total, rows), (comparison.flipped, [r for r in rows if changed(r)])):
        for number, name in ((counts.episodes, "episode_id"), (counts.people, "member_id")):
            assert number == len({r[name] for r in some} - {None})
        assert counts.requests == len(some)
    for name, sums in comparison.amounts().items():
        one, two = (sum(r[f"{name}{s}"] or 0 for r in rows) for s, _ in SIDES)
        assert sums == {"published": one, "draft": two, "difference": two - one}


def summary_of(some) -> dict[str, object]:
    out: dict[str, object] = {
        "requests": len(some),
        "episodes": len({r["episode_id"] for r in some} - {None}),
        "people": len({r["member_id"] for r in some} - {None}),
        "changed": sum(map(changed, some)),
        "newly_referred": sum(
            r["determination"] in ("approved", "not_required")
            and r["determination_draft"] in ("clinician_review", "approved_in_part")
            for r in some
        ),
    }
    for suffix, side in SIDES:
        out |= {f"{d} {side}": sum(r[f"determination{suffix}"] == d for r in some) for d in DETERMINATIONS}
    return out


@pytest.mark.parametrize("by", ["discipline", "condition", "plan"])
def test_groups(comparison, rows, by):
    table = comparison.groups(by)
    assert set(table["facts"]) == {"all", "recorded"}
    whole = table.rows(named=True)
    assert {r[by] for r in whole} == {r[by] for r in rows}
    sizes = [r["requests"] for r in whole if r["facts"] == "all"]
    assert sizes == sorted(sizes, reverse=True)
    for row in whole:
        expected = summary_of([r for r in rows if r[by] == row[by]])  # nothing is assumed here
        assert {k: row[k] for k in expected} == expected


def test_split_by_what_it_rests_on(comparison, rows):
    parts = [r | {"on_assumptions": i % 3 == 0} for i, r in enumerate(rows)]
    marks = pl.Series("on_assumptions", [p["on_assumptions"] for p in parts])
    marked = replace(comparison, pair=comparison.pair.with_columns(marks))
    for row in marked.split().rows(named=True):
        some = [p for p in parts if row["facts"] == "all" or p["on_assumptions"] == (row["facts"] == "assumed")]
        expected = summary_of(some)
        assert {k: row[k] for k in expected} == expected
    assert marked.by_base("assumed").height + marked.by_base("recorded").height == marked.by_base("all").height


def test_against_history(comparison, rows):
    for side, suffix in (("published", ""), ("draft", "_draft")):
        found = Counter((r["historical_determination"], r["appeal_outcome"], r[f"determination{suffix}"]) for r in rows)
        assert {r[:3]: r[3] for r in comparison.against_history(side).rows()} == found


def test_sentence(comparison, published, rows):
    assert sentence(compare(published, published)) == f"None of {len(rows):,} requests changes."
    text = sentence(comparison)
    assert text.startswith(f"{comparison.flipped.requests:,} of {len(rows):,} requests change (")
    assert "-" not in text
    less = comparison.amounts()["granted_visits"]["difference"]
    assert less < 0 and f"Visits granted −{abs(less):,} (" in text
    for name, word in (("approved", "approved"), ("clinician_review", "to a clinician")):
        one, two = (sum(r[f"determination{s}"] == name for r in rows) for s, _ in SIDES)
        if one != two:
            assert f"{abs(two - one):,} {'more' if two > one else 'fewer'} {word}" in text
    nobody = replace(comparison, pair=comparison.pair.with_columns(member_id=None, episode_id=None))
    assert "(people not stated, episodes not stated)" in sentence(nobody)


def test_the_list_behind_a_number(comparison, rows):
    flips = [r for r in rows if changed(r)]
    assert set(requests(comparison)["request_id"]) == {r["request_id"] for r in flips}
    cell = (flips[0]["determination"], flips[0]["determination_draft"])
    within = [r for r in rows if (r["determination"], r["determination_draft"]) == cell]
    found = requests(comparison, cell=cell)
    assert sorted(found["request_id"]) == sorted(r["request_id"] for r in within)
    order = list(zip(urgency(comparison, found), found["flipped"], strict=True))
    assert order == sorted(order, reverse=True)
    short = listed(comparison, limit=3, cell=cell)
    assert (len(short.rows), short.total, short.flips) == (min(3, len(within)), len(within), sum(map(changed, within)))


def test_the_list_is_searched_and_sorted(comparison, rows):
    flips = [r for r in rows if changed(r)]
    condition = flips[0]["condition"]
    found = requests(comparison, search=condition.replace("_", " ").upper())
    words = condition.split("_")
    searched = ("request_id", "member_id", "condition", "complexity", "plan")
    expected = [r for r in flips if all(any(w in (r[n] or "").lower() for n in searched) for w in words)]
    assert sorted(found["request_id"]) == sorted(r["request_id"] for r in expected)
    assert requests(comparison, search="no such word anywhere").is_empty()
    for down in (False, True):
        found = requests(comparison, sort="requested_visits", descending=down)
        for _, part in found.group_by(urgency(comparison, found), maintain_order=True):
            visits = part["requested_visits"].drop_nulls().to_list()
            assert visits == sorted(visits, reverse=down)
    assert requests(comparison, sort="no such column").equals(requests(comparison))


def test_the_list_as_csv(comparison):
    lines = as_csv(comparison).splitlines()
    assert len(lines) == comparison.flips.height + 1 and lines[0].startswith("request_id,member_id,")


@pytest.mark.parametrize("by", GROUPED)
def test_where_it_lands(comparison, prepared, rows, by):
    def label(case) -> str:
        if by == "age_band":
            age = case["age_years"]
            bands = {17: "0–17", 39: "18–39", 64: "40–64", 74: "65–74", 200: "75 and over"}
            return UNKNOWN if age is None else next(name for top, name in bands.items() if age <= top)
        value = case[by]
        return UNKNOWN if value is None else str(value).lower() if isinstance(value, bool) else str(value)

    groups: dict[str, list[dict[str, object]]] = {}
    for case, row in zip(prepared.frame.rows(named=True), rows, strict=True):
        groups.setdefault(label(case), []).append(row)
    found = lands(comparison, prepared.frame, by)
    assert {g["group"]: g["requests"] for g in found} == {k: len(v) for k, v in groups.items()}
    for group in found:
        some = groups[group["group"]]
        assert group["people"] == len({r["member_id"] for r in some} - {None})
        assert group["changed"] == sum(map(changed, some))
        for suffix, side in SIDES:
            of = [r for r in some if r[f"determination{suffix}"] != "not_required"]
            rate = sum(r[f"determination{suffix}"] == "approved" for r in of) / len(of) if of else None
            assert group[side] == pytest.approx(rate)


def test_a_group_by_nothing_known_is_refused(comparison, prepared):
    with pytest.raises(ValueError, match="none of age_band"):
        lands(comparison, prepared.frame, "shoe_size")


def test_a_frame_of_pandas_is_the_same_requests(prepared):
    some = prepared.frame.head(50)
    assert as_frame(some) is some
    assert as_frame(some.drop("procedures", "assumed").to_pandas())["request_id"].equals(some["request_id"])
    assert as_frame(some.to_pandas())["requested_weeks"].to_list() == some["requested_weeks"].to_list()


@pytest.mark.parametrize("program", [None, "rehab-review-2019"])
def test_no_requests_are_no_records(library, prepared, program):
    chosen = setting(library, program=program)
    none, some = (decide_frame(f, chosen) for f in (prepared.frame.head(0), prepared.frame.head(3)))
    assert (none.height, some.height) == (0, 3) and none.schema == some.schema

"""Who is under review: what the page says of a day is what the engine decides on it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from generative.libraries import cases
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.engine import reference
from workbench.engine.setting import setting
from workbench.errors import ProblemsFound
from workbench.facts import US_STATES
from workbench.guideline.model import Library
from workbench.review.calendar import draw
from workbench.review.program_days import EXEMPT, OTHERS, PLANNED, REQUIRED, bands, table, under_review

RELAUNCH = date(2019, 11, 1)


def reviewed(library: Library, program: str, on: date, business: str, state: str, discipline: str) -> bool:
    """Whether the engine asks for review of a request of which nothing else is known."""
    facts = {
        "request_id": "r",
        "line_of_business": business,
        "state": state,
        "discipline": discipline,
        "received_on": on,
        "requested_start": on,
    }
    decision = reference.decide(facts, setting(library, as_of=date(2026, 1, 1), program=program)).decision
    return decision.reasons[:1] != ("program",)  # after it stands what is urgent all the same


def shown(library: Library, program: str, on: date) -> dict[tuple[str, str, str], str]:
    """(line of business, state, discipline) → status, the states written out."""
    out, day = {}, under_review(library, program, on)
    named = {(e.line_of_business, s) for e in day.entries for s in e.states}
    for entry in day.entries:
        for state in (
            (s for s in US_STATES if (entry.line_of_business, s) not in named)
            if entry.states == (OTHERS,)
            else entry.states
        ):
            for discipline in entry.disciplines:
                out[entry.line_of_business, state, discipline] = entry.status
    return out


@pytest.mark.parametrize(
    "on",
    [
        date(2019, 6, 1),
        date(2019, 10, 25),
        RELAUNCH,
        date(2020, 4, 1),
        date(2020, 12, 1),
        date(2021, 8, 1),
        date(2022, 9, 1),
        date(2023, 10, 24),
        date(2023, 10, 25),
    ],
)
def test_the_calendar_says_what_the_engine_does(on, shipped):
    said = shown(shipped, "rehab-review-2019", on)
    for business in ("commercial", "medicare_advantage", "medicaid", "marketplace"):
        for state in ("CT", "ME", "CO", "CA", "NV", "VA", "IN", "WI", "FL", "TX"):
            asked = reviewed(shipped, "rehab-review-2019", on, business, state, "PT")
            assert asked == (said.get((business, state, "PT")) == REQUIRED), (business, state)


def test_the_relaunch_of_2019(shipped):
    """Ten states under commercial review; three more only planned; Medicare elsewhere from April on."""
    said = shown(shipped, "rehab-review-2019", date(2019, 12, 1))
    commercial = {s for (b, s, d), status in said.items() if b == "commercial" and d == "PT" and status == REQUIRED}
    assert commercial == {"CT", "ME", "NH", "NY", "GA", "IN", "KY", "MO", "OH", "WI"}
    assert {s for (b, s, d), status in said.items() if b == "commercial" and status == PLANNED} == {"CO", "CA", "NV"}
    medicare = {s for (b, s, _), status in said.items() if b == "medicare_advantage" and status == REQUIRED}
    assert medicare == {"FL", "NJ", "NY"}
    text = "\n".join(under_review(shipped, "rehab-review-2019", date(2019, 12, 1)).lines())
    assert "requests taken from 2019-10-21" in text and "no review where the condition is Autism" in text


def test_those_who_left_are_told_apart(shipped):
    assert shown(shipped, "rehab-review-2019", date(2023, 11, 1))["commercial", "ME", "PT"] == EXEMPT


def test_the_bands_say_the_same_as_each_day(shipped):
    calendar = bands(shipped, "rehab-review-2019")
    day = min(first for b in calendar for first, _, _ in b.spans)
    while day < date(2024, 3, 1):
        said = shown(shipped, "rehab-review-2019", day)
        for band in calendar:
            status = next((s for first, last, s in band.spans if first <= day and (last is None or day <= last)), "")
            state = "MT" if band.states == (OTHERS,) else band.states[-1]
            assert said.get((band.line_of_business, state, band.disciplines[0]), "") == status, (band.label, day)
        day += timedelta(days=17)


def test_the_bands_hold_every_state_once(shipped):
    seen = [
        (b.line_of_business, s, d) for b in bands(shipped, "rehab-review-2019") for s in b.states for d in b.disciplines
    ]
    assert len(seen) == len(set(seen))


def test_a_picture_comes_with_its_table(shipped, tmp_path):
    path = draw(shipped, "rehab-review-2019", tmp_path / "calendar.svg")
    assert path.read_bytes() == draw(shipped, "rehab-review-2019", tmp_path / "again.svg").read_bytes()
    lines = (tmp_path / "calendar.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "who,from,to,status"
    assert len(lines) == len(table(bands(shipped, "rehab-review-2019"))) + 1
    assert (
        draw(shipped, "rehab-review-2019", Path(tmp_path / "calendar.png"), force=True)
        .read_bytes()
        .startswith(b"\x89PNG")
    )


@pytest.mark.parametrize(
    "program, name, code", [("rehab-review", "x.svg", "unknown-program"), ("rehab-review-2019", "x.pdf", "bad-call")]
)
def test_what_can_not_be_drawn(program, name, code, shipped, tmp_path):
    with pytest.raises(ProblemsFound) as found:
        draw(shipped, program, tmp_path / name)
    assert [p.code for p in found.value.problems] == [code]


@settings(max_examples=max(10, settings.default.max_examples // 4))
@given(cases(), st.dates(date(2019, 6, 1), date(2026, 12, 31)), st.sampled_from(("PT", "OT", "ST")))
def test_any_program_on_any_day(case, on, discipline):
    library = case.setting.library
    for program in {p.program for p in library.programs}:
        said = shown(library, program, on)
        for business in ("commercial", "medicaid"):
            for state in ("ME", "TX", "WY"):
                asked = reviewed(library, program, on, business, state, discipline)
                assert asked == (said.get((business, state, discipline)) == REQUIRED)

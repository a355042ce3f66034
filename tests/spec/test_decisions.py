"""Every row of the table of decisions, through every reading of a whole decision."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date

import pytest
from generative.agreement import DECIDERS, frame_for

from spec.small_rules import LIBRARY, OVERLAY, SETTING, TABLE, UNDER_PROGRAM, Row, rows, shown
from workbench.engine.fact_values import exact
from workbench.engine.reference import decide
from workbench.engine.setting import setting
from workbench.errors import ProblemsFound


@pytest.mark.parametrize("reading", DECIDERS)
@pytest.mark.parametrize("row", rows(), ids=lambda r: f"{r.line} {r.facts[:60]}")
def test_a_request_is_decided_as_its_row_says(row: Row, reading: str):
    (record,) = DECIDERS[reading](frame_for([row.request]), UNDER_PROGRAM if row.program else SETTING)
    assert {name: shown(record[name]) for name in row.expected} == row.expected


def test_the_steps_of_these_requests_are_told_as_the_list_has_them():
    """`decisions/traces.csv`: every different line of all traces but the last of each, which is the record itself. A fact
    that is missing has a `?`."""
    told = set()
    for row in rows():
        request = exact(row.request)
        for s in decide(request, UNDER_PROGRAM if row.program else SETTING).steps:
            facts = " ".join(n if v is not None else f"{n}?" for n, v in s.facts)
            if s.kind != "determination":
                told.add((s.kind, s.id, s.state, s.text, facts, shown(s.asked), shown(s.applies), s.cure))
            assert s.facts == tuple((n, request.get(n)) for n, _ in s.facts)
        assert s.kind == "determination"
    with (TABLE.parent / "traces.csv").open(encoding="utf-8", newline="") as file:
        _, *lines = csv.reader(file)
    assert sorted(told) == [tuple(line) for line in lines]


def test_a_setting_is_what_it_was_made_of():
    day = date(2026, 1, 1)
    where = setting(LIBRARY, by_date=True, program="review", pins={"speech": "1"}, asked_on=day)
    assert where.day(None) == (day, "asked_on") and {g.id for g in where.guidelines(day)} >= {"speech"}
    again = setting(LIBRARY, by_date=True, program="review", pins={"speech": "1"}, asked_on=day)
    assert where == again and hash(where) == hash(again) and "_cache" not in repr(where)
    assert setting(LIBRARY).as_of == date(2019, 1, 1) == setting(LIBRARY).days[0]  # the latest that is published
    assert {g.id for g in setting(LIBRARY).guidelines(day)} == {"therapy-pt", "therapy-tele"}
    assert setting(LIBRARY, by_date=True).days == setting(LIBRARY, by_date=True).cut_days != ()
    (guideline,) = (g for g in where.guidelines(day) if g.id == "therapy-pt")
    rules = where.rules(guideline, None)
    other = where.ruled_by({(guideline.name, ""): replace(rules, title="other")})
    assert other.rules(guideline, None).title == "other" and where.rules(guideline, None) is rules
    assert where.rules_named("therapy-pt", "1", None) is rules
    assert where.overlay("harbor", "commercial", day) == OVERLAY and where.overlay("harbor", "medicaid", day) is None
    assert where.overlay(None, "commercial", day) is None and setting(LIBRARY).program_for(day) is None


def test_a_setting_of_what_is_not_there_says_all_of_it():
    with pytest.raises(ProblemsFound) as found:
        setting(LIBRARY, program="revue", pins={"speech": "2", "spech": "1"})
    assert [(p.code, p.message, p.hint) for p in found.value.problems] == [
        ("unknown-guideline", "there is no spech/1", "no such guideline"),
        ("unknown-guideline", "there is no speech/2", "one of 1"),
        ("unknown-program", "there is no program revue", "did you mean review?"),
    ]


def test_no_row_stands_twice():
    asked = [(r.program, r.facts) for r in rows()]
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize("reading", DECIDERS)
@pytest.mark.parametrize(
    ("received", "options", "day", "day_from"),
    [
        (date(2020, 3, 1), {"as_of": date(2026, 1, 1)}, date(2026, 1, 1), "as_of"),
        (date(2020, 3, 1), {"by_date": True, "asked_on": date(2026, 5, 5)}, date(2020, 3, 1), "received_on"),
        (None, {"by_date": True, "asked_on": date(2026, 5, 5)}, date(2026, 5, 5), "asked_on"),
        (None, {"by_date": True}, None, None),
    ],
)
def test_the_record_says_where_its_deciding_day_comes_from(reading, received, options, day, day_from):
    request = rows()[0].request | {"received_on": received}
    (record,) = DECIDERS[reading](frame_for([request]), setting(LIBRARY, **options))
    assert (record["deciding_day"], record["day_from"]) == (day, day_from)
    assert record["determination"] == ("clinician_review" if day is None else "approved")
    assert record["schema"] == 2

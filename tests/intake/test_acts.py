"""Each act on a request: what it answers, what it keeps, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from intake_cases import ASKED

from workbench.engine.setting import Setting, setting
from workbench.errors import ProblemsFound
from workbench.guideline.load import load_guidelines
from workbench.intake import acts, lists
from workbench.intake.history import Entry, read
from workbench.intake.letter import letter
from workbench.intake.store import Store
from workbench.reading.read import read_cases
from workbench.review.recompute import recompute_record
from workbench.study.replay import replay

ANN = acts.Person("Ann Roe", "DPT", "orthopaedics")
DAY = "2026-06-01"


def ask(store: Store, chosen: Setting, **change: object) -> dict[str, object]:
    return acts.submit(store, {**ASKED, **change}, chosen, at=DAY, by="clinic")


def history(store: Store, name: str = "A") -> tuple[Entry, ...]:
    with store.reading() as connection:
        return read(connection, name)


def refused(code: str, call: object, *args: object, **named: object) -> str:
    with pytest.raises(ProblemsFound) as found:
        call(*args, **named)
    assert [p.code for p in found.value.problems] == [code]
    return str(found.value)


@pytest.mark.parametrize(
    ("change", "status", "determination", "granted"),
    [
        ({}, "answered", "approved", (8, 6)),
        ({"requested_visits": 30}, "waits_for_clinician", "approved_in_part", (10, 6)),
        ({"discipline": "ST"}, "waits_for_clinician", "clinician_review", (0, 0)),
        ({"visits_used": None}, "waits_for_provider", "information_needed", (0, 0)),
        ({"evaluation_only": True}, "answered", "not_required", (None, None)),
    ],
)
def test_a_request_is_answered_at_once(
    store: Store, small_setting: Setting, change: dict[str, object], status: str, determination: str,
    granted: tuple[int | None, int | None],
) -> None:  # fmt: skip
    row = ask(store, small_setting, **change)
    assert (row["status"], row["determination"], row["verdict"]) == (status, determination, None)
    assert (row["granted_visits"], row["granted_weeks"]) == granted
    assert (row["received_on"], row["due"]) == (DAY, "2026-06-16")


def test_a_stored_decision_comes_out_again(store: Store, small_setting: Setting) -> None:
    ask(store, small_setting, requested_visits=30)
    held = history(store)[0].matter["held"]
    assert recompute_record(held, small_setting.library).same
    held["request"]["requested_visits"] = 31
    assert {n for n, _, _ in recompute_record(held, small_setting.library).differs} >= {"request_digest"}


def test_what_does_not_fit_is_told_at_once_and_nothing_is_kept(store: Store, small_setting: Setting) -> None:
    with pytest.raises(ProblemsFound) as found:
        ask(store, small_setting, requested_visits=900, state="XX", colour="blue")
    assert sorted(p.code for p in found.value.problems) == ["unknown-key", "value-not-a-choice", "value-out-of-range"]
    assert lists.requests(store) == []


def test_a_request_stands_once(store: Store, small_setting: Setting) -> None:
    ask(store, small_setting)
    refused("request-exists", ask, store, small_setting, requested_visits=9)
    assert len(history(store)) == 1
    unnamed = {k: v for k, v in ASKED.items() if k != "request_id"}
    names = {acts.submit(store, unnamed, small_setting, at=DAY, by="clinic")["request_id"] for _ in range(2)}
    assert len(names) == 2


def test_missing_facts_are_supplied_by_a_file(store: Store, small_setting: Setting, tmp_path: Path) -> None:
    ask(store, small_setting, visits_used=None)
    more = tmp_path / "more.yaml"
    more.write_text("visits_used: 2\nmember_id: null\n", encoding="utf-8")
    row = acts.amend(store, "A", more, small_setting, at="2026-06-03", by="clinic")
    assert (row["determination"], row["received_on"], row["member_id"]) == ("approved", DAY, None)
    assert history(store)[1].matter["changed"] == {"visits_used": [None, 2], "member_id": ["m-1", None]}
    more.write_text("visits_used: two\n", encoding="utf-8")
    told = refused("bad-value", acts.amend, store, "A", more, small_setting, at="2026-06-04", by="clinic")
    assert "more.yaml:1" in told


def test_an_amendment_takes_back_nothing_and_is_one(store: Store, small_setting: Setting) -> None:
    ask(store, small_setting)
    for change in ({"visits_used": 9}, {"requested_visits": 8}, {"request_id": "B"}):
        refused("bad-act", acts.amend, store, "A", change, small_setting, at=DAY, by="clinic")
    refused("bad-time", acts.amend, store, "A", {"state": "NY"}, small_setting, at="2026-05-01", by="clinic")
    refused("bad-time", acts.amend, store, "A", {"state": "NY"}, small_setting, at="soon", by="clinic")
    assert len(history(store)) == 1


def test_what_is_withdrawn_or_decided_is_closed(store: Store, small_setting: Setting) -> None:
    ask(store, small_setting)
    row = acts.withdraw(store, "A", at=DAY, by="clinic", reason="moved away")
    assert row["status"] == "withdrawn"
    assert "The request was withdrawn on 2026-06-01 by clinic: moved away" in letter(history(store))
    refused("bad-act", acts.withdraw, store, "A", at=DAY, by="clinic")
    refused("bad-act", acts.amend, store, "A", {"state": "NY"}, small_setting, at=DAY, by="clinic")
    refused("bad-act", acts.continue_, store, "A", {"request_id": "B"}, small_setting, at=DAY, by="clinic")
    told = refused("unknown-request", acts.withdraw, store, "AA", at=DAY, by="clinic")
    assert "did you mean A?" in told


@pytest.mark.parametrize(
    ("verdict", "amounts", "granted"),
    [("approved", {}, (30, 6)), ("approved_in_part", {"visits": 5, "weeks": 0}, (15, 6)), ("declined", {}, (10, 6))],
)
def test_a_person_decides(
    store: Store, small_setting: Setting, verdict: str, amounts: dict[str, int], granted: tuple[int, int]
) -> None:
    ask(store, small_setting, requested_visits=30)
    row = acts.decide(store, "A", verdict, at="2026-06-02T14:05", by=ANN, reason="seen", seen=1, **amounts)
    assert (row["status"], row["verdict"]) == ("decided", verdict)
    assert (row["granted_visits"], row["granted_weeks"]) == granted
    entry = history(store)[1]
    assert entry.who == {"name": "Ann Roe", "credential": "DPT", "field": "orthopaedics"}
    told = "\n".join(letter(history(store)))
    assert "On 2026-06-02T14:05 Ann Roe, DPT (orthopaedics)" in told
    assert f"Approved in all: {granted[0]} visits over 6 weeks." in told
    refused("bad-act", acts.decide, store, "A", "approved", at=DAY, by=ANN, reason="again")


@pytest.mark.parametrize(
    ("code", "verdict", "named"),
    [
        ("bad-call", "denied", {}),
        ("bad-call", "approved", {"visits": 3}),
        ("bad-call", "approved_in_part", {"visits": 3}),
        ("bad-call", "approved_in_part", {"visits": 20, "weeks": 0}),
        ("bad-call", "approved_in_part", {"visits": 21, "weeks": 0}),
        ("bad-call", "approved_in_part", {"visits": 0, "weeks": 0}),
        ("bad-call", "declined", {"visits": 3}),
        ("bad-act", "noted", {}),
        ("moved-on", "declined", {"seen": 2}),
        ("no-person", "declined", {"reason": " "}),
        ("no-person", "declined", {"by": acts.Person("Ann", "", "knees")}),
    ],
)
def test_a_decision_that_does_not_fit_is_refused(
    store: Store, small_setting: Setting, code: str, verdict: str, named: dict[str, object]
) -> None:
    ask(store, small_setting, requested_visits=30)
    refused(code, acts.decide, store, "A", verdict, **{"at": DAY, "by": ANN, "reason": "seen", **named})
    assert len(history(store)) == 1


def test_only_what_was_sent_to_a_clinician_is_decided(store: Store, small_setting: Setting) -> None:
    ask(store, small_setting)
    refused("bad-act", acts.decide, store, "A", "declined", at=DAY, by=ANN, reason="seen")


@pytest.mark.parametrize(
    ("first", "verdict", "attended", "used"),
    [
        ({}, None, None, (8, 6)),  # granted in full
        ({}, None, 5, (5, 6)),  # and five took place
        ({"visits_used": 1, "weeks_used": 1}, None, None, (9, 7)),
        ({"requested_visits": 30}, "approved", None, (30, 6)),
        ({"requested_visits": 30}, "declined", None, (10, 6)),
        ({"requested_visits": 30}, "declined", 20, (10, 6)),  # what was not granted counts for nothing
        ({"discipline": "ST"}, None, None, (None, None)),  # undecided: not known, and asked for
        ({"discipline": "ST"}, "approved", None, (8, 6)),
        ({"discipline": "ST"}, "declined", None, (0, 0)),
    ],
)
def test_a_continuing_request_carries_its_history(
    store: Store, small_setting: Setting, first: dict[str, object], verdict: str | None, attended: int | None,
    used: tuple[int | None, int | None],
) -> None:  # fmt: skip
    ask(store, small_setting, **first)
    if verdict:
        acts.decide(store, "A", verdict, at=DAY, by=ANN, reason="seen")
    asked = {"request_id": "B", "requested_visits": 2, "requested_weeks": 1, "score_current": 20}
    row = acts.continue_(store, "A", asked, small_setting, at="2026-07-20", by="clinic", attended=attended)
    (entry,) = history(store, "B")
    facts = entry.matter["facts"]
    assert (facts.get("visits_used"), facts.get("weeks_used")) == used
    assert (facts["request_number"], facts["review_type"], facts["member_id"]) == (2, "continuing", "m-1")
    assert (row["follows"], row["received_on"]) == ("A", "2026-07-20")
    assert entry.matter["taken"]["member_id"] == "member_id of A"
    assert "requested_visits" not in entry.matter["taken"]
    told = refused("bad-act", acts.continue_, store, "A", {"request_id": "C"}, small_setting, at="2026-07-21", by="x")
    assert "it is continued by B" in told


def test_the_worklist_is_urgent_first_and_then_by_the_clock(store: Store, small_setting: Setting) -> None:
    shipped = setting(load_guidelines("guidelines"))
    ask(store, small_setting, request_id="slow", discipline="ST")
    ask(store, small_setting, request_id="unclocked", discipline="ST", line_of_business="workers_compensation")
    ask(store, small_setting, request_id="week", discipline="ST", line_of_business="medicaid")
    ask(store, small_setting, request_id="expedited", discipline="ST", expedited=True)
    ask(store, shipped, request_id="urgent", red_flag="cauda_equina")
    ask(store, small_setting, request_id="answered")
    names = [r["request_id"] for r in lists.worklist(store)]
    assert names == ["urgent", "expedited", "week", "slow", "unclocked"]
    assert [r["request_id"] for r in lists.requests(store, status="answered")] == ["answered"]
    assert [r["request_id"] for r in lists.requests(store, text="CAUDA")] == ["urgent"]
    assert len(lists.requests(store, member="m-1", most=4)) == 4
    refused("bad-call", lists.requests, store, status="answer")
    assert any(line.startswith("URGENT") for line in letter(history(store, "urgent")))
    assert lists.verify(store, shipped.library).problems == ()


def test_what_is_urgent_and_free_is_noted_by_a_person(store: Store) -> None:
    shipped = setting(load_guidelines("guidelines"))
    row = ask(store, shipped, red_flag="cauda_equina", evaluation_only=True)
    assert (row["determination"], row["urgent"], row["status"]) == ("not_required", True, "waits_for_clinician")
    refused("bad-act", acts.decide, store, "A", "approved", at=DAY, by=ANN, reason="seen")
    row = acts.decide(store, "A", "noted", at=DAY, by=ANN, reason="told the clinic to call an ambulance")
    assert (row["status"], row["granted_visits"], lists.worklist(store)) == ("answered", None, [])


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_what_is_stored_is_replayed(store: Store, small_setting: Setting, tmp_path: Path, ending: str) -> None:
    ask(store, small_setting)
    ask(store, small_setting, request_id="B", requested_visits=30)
    acts.decide(store, "B", "declined", at="2026-06-02", by=ANN, reason="seen")
    ask(store, small_setting, request_id="C", discipline="ST")
    ask(store, small_setting, request_id="D", discipline="ST")
    acts.decide(store, "D", "declined", at="2026-06-02", by=ANN, reason="seen")
    ask(store, small_setting, request_id="E")
    acts.withdraw(store, "E", at="2026-06-02", by="clinic")
    out = tmp_path / f"cases.{ending}"
    assert lists.export(store, out, small_setting.library) == 5
    found = read_cases(out, small_setting.library)
    assert found.set_aside.height == 0
    history = found.accepted.select("request_id", "historical_determination", "historical_visits").rows()
    assert history == [
        ("A", "approved", 8),
        ("B", "approved_in_part", 10),
        ("C", None, None),
        ("D", "denied", 0),
        ("E", "withdrawn", None),
    ]
    decided = replay(found.accepted, small_setting).decisions
    rows = lists.requests(store)
    assert decided["determination"].to_list() == [r["determination"] for r in rows]

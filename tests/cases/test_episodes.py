"""Episodes at their boundaries: a gap of exactly the number of days, the day a plan's version begins, a plain loop."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cases.episodes import with_episodes
from workbench.cases.request import row
from workbench.guideline.model import GAP_DAYS

START = date(2025, 1, 1)


def request_(number, day, **facts):
    return row(
        {
            "request_id": str(number),
            "discipline": "PT",
            "member_id": "m",
            "condition": "back",
            "received_on": START + timedelta(days=day),
            "review_type": "initial" if number == 0 else "continuing",
            **facts,
        }
    )


def opened(library, *rows):
    """The number of the episode that the last request stands in, and its own number within."""
    got = with_episodes(pl.concat(rows), library).row(-1, named=True)
    return int(got["episode_id"].rpartition("/")[2]), got["request_number"]


@pytest.mark.parametrize("days, episode", [(GAP_DAYS - 1, (1, 2)), (GAP_DAYS, (1, 2)), (GAP_DAYS + 1, (2, 1))])
def test_more_than_the_gap_opens_an_episode_and_the_gap_itself_does_not(small, days, episode):
    """ "More than `episode_gap_days` since the last visit" (the meaning): 90 days are not more than 90."""
    assert opened(small, request_(0, 0), request_(1, 5, days_since_last_visit=days)) == episode
    assert opened(small, request_(0, 0), request_(1, days)) == episode


@pytest.mark.parametrize("days, episode", [(29, 1), (30, 1), (31, 2)])
def test_the_gap_of_a_plan_in_force_on_the_day(small, days, episode):
    plan = {"plan": "p", "line_of_business": "commercial"}
    overlay = replace(small.overlays[0], plan="p", lines_of_business=("commercial",), effective=START)
    later = START + timedelta(days=100)
    library = replace(
        small,
        overlays=(
            replace(overlay, episode_gap_days=30),
            replace(overlay, version="later", episode_gap_days=10, effective=later),
        ),
    )
    assert opened(library, request_(0, 0), request_(1, 99, days_since_last_visit=days, **plan))[0] == episode
    # On the very day that the later version begins, its 10 days count.
    assert opened(library, request_(0, 0), request_(1, 100, days_since_last_visit=10, **plan))[0] == 1
    assert opened(library, request_(0, 0), request_(1, 100, days_since_last_visit=11, **plan))[0] == 2
    # Before the first version its gap counts; of another line of business none does.
    first = request_(0, -200)
    assert opened(library, first, request_(1, -150, days_since_last_visit=31, **plan))[0] == 2
    other = plan | {"line_of_business": "medicaid"}
    assert opened(library, first, request_(1, -150, days_since_last_visit=31, **other))[0] == 1


@given(
    st.lists(
        st.tuples(
            st.integers(0, 400),
            st.sampled_from([None, 0, 89, 90, 91]),
            st.sampled_from([None, None, None, False, True]),
        ),
        min_size=1,
        max_size=8,
        unique_by=lambda r: r[0],
    )
)
def test_episodes_are_those_of_a_plain_loop(small, drawn):
    drawn = sorted(drawn)
    rows = [
        request_(i, day, days_since_last_visit=since, new_condition=new) for i, (day, since, new) in enumerate(drawn)
    ]
    episode, number, last, expected = 0, 0, None, []
    for day, since, new in drawn:
        gap = since if since is not None else None if last is None else day - last
        if last is None or new or (gap is not None and gap > GAP_DAYS):
            episode, number = episode + 1, 0
        number, last = number + 1, day
        expected.append((f"m/PT/back/{episode}", number))
    for order in (rows, rows[::-1]):
        got = with_episodes(pl.concat(order), small).sort("received_on")
        assert list(zip(got["episode_id"], got["request_number"], strict=True)) == expected


def test_the_last_number_that_a_request_can_have(small):
    rows = [request_(0, 0, request_number=98), request_(1, 1), request_(2, 2)]
    assert [n for _, n in map(lambda k: opened(small, *rows[:k]), (1, 2, 3))] == [98, 99, None]


def test_no_member_no_episode(small):
    got = with_episodes(pl.concat([request_(0, 0, member_id=None), request_(1, 1)]), small)
    assert got["episode_id"].to_list() == [None, "m/PT/back/1"]


def test_a_frame_that_lacks_nothing_stays_as_it_is(small):
    frame = request_(0, 0, episode_id="mine", request_number=3)
    assert with_episodes(frame, small).equals(frame)


def by_hand(rows: list[dict[str, object]]) -> list[tuple[str | None, int | None]]:
    """Episode and number of each request, in plain loops, as docs/meaning.md says it (a gap of 90 days)."""
    episode: list[str | None] = [r["episode_id"] for r in rows]
    opener = [False] * len(rows)

    def in_order(ats):
        used = {i: rows[i]["visits_used"] for i in ats}
        return sorted(ats, key=lambda i: (rows[i]["received_on"], used[i] is None, used[i] or 0, i))

    def what(row):
        return row["condition"] or (row["diagnosis"] or "")[:3].upper() or None

    dated = [i for i, r in enumerate(rows) if r["received_on"] is not None]
    keys = {i: (rows[i]["member_id"], rows[i]["discipline"], what(rows[i])) for i in dated}
    for key in set(keys.values()):
        nth, last = 0, None
        for i in in_order([i for i in dated if keys[i] == key]):
            row = rows[i]
            days = row["days_since_last_visit"]
            if days is None and last is not None:
                days = (row["received_on"] - last).days
            apart = bool(row["new_condition"]) or (days is not None and days > 90)
            nth, last = nth + (apart or nth == 0), row["received_on"]
            opener[i] = apart or row["review_type"] == "initial"
            if episode[i] is None and None not in key:
                episode[i] = "/".join([*key, str(nth)])
    number: list[int | None] = [r["request_number"] for r in rows]
    for one in {episode[i] for i in dated} - {None}:
        mine = in_order([i for i in dated if episode[i] == one])
        first = number[mine[0]] or (1 if opener[mine[0]] else None)
        for turn, i in enumerate(mine):
            if number[i] is None and first is not None and first + turn <= 99:
                number[i] = first + turn
    return list(zip(episode, number, strict=True))


@pytest.mark.parametrize("luck", range(40))
def test_any_file_is_as_plain_loops_have_it(small, luck):
    """Several members and diagnoses, given and missing ids and numbers, days that tie, requests without a day."""
    pick = random.Random(luck).choice
    rows = []
    for i in range(12):
        day = pick((0, 0, 1, 2, 90, 91, 92, 181, 182, 183, None))
        rows.append(
            {
                "request_id": str(i),
                "member_id": pick(("m", "m", "n", None)),
                "discipline": pick(("PT", "PT", "PT", "OT", None)),
                "condition": pick(("back", None)),
                "diagnosis": pick(("M545", "m549", "M751", None)),
                "received_on": None if day is None else START + timedelta(days=day),
                "visits_used": pick((None, 0, 1, 8)),
                "days_since_last_visit": pick((None, None, None, 0, 89, 90, 91)),
                "new_condition": pick((None, None, False, True)),
                "review_type": pick((None, "initial", "continuing", "continuing")),
                "episode_id": pick((None, None, None, None, "mine", "other")),
                "request_number": pick((None, None, None, None, 1, 7, 97)),
            }
        )
    got = with_episodes(pl.concat([row({k: v for k, v in r.items() if v is not None}) for r in rows]), small)
    assert list(zip(got["episode_id"], got["request_number"], strict=True)) == by_hand(rows)


def test_a_later_version_with_the_usual_gap_takes_the_place_of_a_shorter_one(small):
    plan = {"plan": "p", "line_of_business": "commercial"}
    short = replace(small.overlays[0], plan="p", episode_gap_days=30, effective=START)
    usual = replace(short, version="2", episode_gap_days=90, effective=START + timedelta(days=100))
    for overlays, episode in (((short,), 2), ((short, usual), 1), ((usual, short), 1)):
        library = replace(small, overlays=overlays)
        assert opened(library, request_(0, 0), request_(1, 120, days_since_last_visit=60, **plan))[0] == episode


def test_the_usual_gap_is_ninety_days():
    assert GAP_DAYS == 90

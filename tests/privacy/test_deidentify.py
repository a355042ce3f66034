"""De-identification: what each profile does to values and columns, and the laws that hold for any file."""

from __future__ import annotations

import csv
import json
import stat
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.cases.spreadsheet import csv_safe
from workbench.errors import ProblemsFound
from workbench.facts import facts
from workbench.guideline.load import load_guidelines
from workbench.guideline.model import Library
from workbench.privacy.deidentify import deidentify_file
from workbench.privacy.rules import PROFILES, YEAR, languages, restricted_zips, rules
from workbench.reading.read import read_cases

HERE = Path(__file__).parent
VALUES = list(csv.DictReader((HERE / "values.csv").read_text(encoding="utf-8").splitlines()))
DAY = date(2024, 3, 1)
PLANTED = "Zed Marker 555-1234"


@lru_cache(maxsize=1)
def folder_library() -> Library:
    return load_guidelines(HERE.parents[1] / "guidelines")


def write(path: Path, rows: list[dict[str, object]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def run(folder: Path, rows: list[dict[str, object]], profile: str = "safe_harbor", **options: object):
    """Rows of the output by original request, through a map in a folder apart; and the report."""
    map_path = options.pop("map_path", folder / "apart" / "map.csv")
    options = {"library": folder_library(), "force": True} | options
    report = deidentify_file(write(folder / "in.csv", rows), folder / "out.csv", profile, map_path, **options)
    back = {m["surrogate"]: m["original"] for m in read(map_path) if m["kind"] == "request"}
    return {back[row["request_id"]]: row for row in read(folder / "out.csv")}, report


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("row", VALUES, ids=[f"{r['column']} {r['given']}" for r in VALUES])
def test_a_value_becomes(row: dict[str, str], profile: str, tmp_path: Path) -> None:
    out, report = run(tmp_path, [{"request_id": "r1", row["column"]: row["given"]}], profile)
    made = report.columns[1].made
    assert out["r1"][made] == row["becomes"]
    lost = row["given"] != "" and row["becomes"] == ""
    assert report.columns[1].left_out == lost


def test_without_a_guideline_folder_its_names_are_not_known(tmp_path: Path) -> None:
    row = {"request_id": "r1", "plan": "harbor-commercial-ppo", "condition": "low_back_pain", "measure": "ndi"}
    out, report = run(tmp_path, [row], library=None)
    assert [out["r1"][n] for n in ("plan", "condition", "measure")] == ["", "", ""]
    assert sum(c.left_out for c in report.columns) == 3


NAME = st.from_regex(r"[A-Z][a-z]{2,9}([ _-][A-Z][a-z]{2,9})?( [0-9]{2,10})?", fullmatch=True)


NAMES = st.one_of(
    NAME, NAME.map(str.lower), NAME.map(str.upper), st.from_regex(r"[A-Z]?[1-9][0-9]{5,11}", fullmatch=True)
)


# Each row is a name of its own, and a file costs the same with one or with twelve.
@settings(max_examples=max(20, settings().max_examples // 5))
@given(names=st.lists(NAMES, min_size=1, max_size=12))
def test_no_name_and_no_number_of_a_person_stays_in_any_column(names: list[str], tmp_path_factory) -> None:
    """Whatever its form: of an id, of a code, of a number. A name that is a language stays in that column alone."""
    columns = [n for n, rule in rules().items() if n == rule.column and "keep" in rule.actions and n in facts()]
    rows = [{"request_id": f"r{i}", **dict.fromkeys(columns, name)} for i, name in enumerate(names)]
    out, _ = run(tmp_path_factory.mktemp("names"), rows)
    for i, name in enumerate(names):
        told = {c: out[f"r{i}"][c] for c in columns if out[f"r{i}"][c]}
        assert set(told) <= ({"language"} if name.lower() in {x.lower() for x in languages()} else set()), told


def test_a_day_two_years_on_tells_the_age_too(tmp_path: Path) -> None:
    """88 at the request, and a discharge, or the end of cover, two years later: that the person passes 89 is told by
    the days, so the age is not. One who is 87 may stay."""
    rows = [
        {"request_id": f"r{age}", "member_id": f"m{age}", "received_on": DAY, "age_years": age, column: "2026-03-03"}
        for column in ("discharge_date",)
        for age in (87, 88, 89)
    ]
    out, _ = run(tmp_path, rows)
    assert [out[f"r{age}"]["age_years"] for age in (87, 88, 89)] == ["87", "", ""]


def test_every_fact_and_every_kind_of_identifier_has_a_rule() -> None:
    assert set(facts()) <= {rule.column for rule in rules().values()}
    identifiers = {rule.identifier for rule in rules().values()}
    assert identifiers == {*"ABCDEFGHIJKLMNOPQR", "text", ""}
    for name, rule in rules().items():
        if rule.identifier:
            assert "keep" not in rule.actions, name
        if rule.identifier == "text":
            assert rule.actions == ("drop", "drop"), name
    # A text that is kept has a form; what is kept of dates is days and years.
    kept_texts = {
        r.column
        for r in rules().values()
        if r.action("safe_harbor") == "keep" and r.column in facts() and facts()[r.column].kind == "text"
    }
    assert kept_texts == {"plan", "language", "diagnosis"}
    assert {n for n, f in facts().items() if f.kind == "date"} == {
        n for n, f in facts().items() if rules()[n].actions == ("days", "shift")
    }


def test_the_restricted_zips_hold_every_list() -> None:
    assert {
        "036",
        "059",
        "063",
        "102",
        "203",
        "205",
        "369",
        "556",
        "692",
        "790",
        "821",
        "823",
        "830",
        "831",
        "878",
        "879",
        "884",
        "890",
        "893",
        "753",
        "772",
    } <= set(restricted_zips())


@pytest.mark.parametrize("suffix", (".csv", ".parquet"))
@pytest.mark.parametrize("profile", PROFILES)
def test_nothing_planted_comes_through(profile: str, suffix: str, tmp_path: Path) -> None:
    """A name and a telephone number in every column that is known, the kept ones too."""
    names = {rule.column: name for name, rule in rules().items()}.values()
    names = [n for n in names if rules()[n].column not in (YEAR, "zip3") and rules()[n].how != "day"]
    path = write(tmp_path / "in.csv", [{n: PLANTED for n in names}, {n: f"{PLANTED} too" for n in names}])
    report = deidentify_file(path, tmp_path / f"out{suffix}", profile)
    frame = pl.read_csv(tmp_path / "out.csv") if suffix == ".csv" else pl.read_parquet(tmp_path / "out.parquet")
    assert frame.height == 2
    told = (
        (tmp_path / f"out{suffix}").read_bytes().decode("latin-1")
        + str(frame.rows())
        + json.dumps(report.as_dict())
        + "\n".join(report.lines())
    )
    assert not any(word in told for word in ("Zed", "Marker", "555-"))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.csv", f"out{suffix}"]


PEOPLE = [
    {
        "request_id": "r1",
        "member_id": "m1",
        "episode_id": "e1",
        "provider_npi": "1234567893",
        "discipline": "PT",
        "received_on": "2024-12-20",
        "requested_start": "2024-12-23",
        "decided_on": "2025-01-03",
        "notes": "Ann fell",
    },
    {
        "request_id": "r2",
        "member_id": "m1",
        "episode_id": "e1",
        "provider_npi": "1234567890",
        "discipline": "PT",
        "received_on": "2025-02-01",
        "requested_start": "2025-02-01",
        "decided_on": "",
        "notes": "",
    },
    {
        "request_id": "r3",
        "member_id": "m1",
        "episode_id": "e2",
        "provider_npi": "1234567893",
        "discipline": "OT",
        "received_on": "2025-06-01",
        "requested_start": "2025-06-09",
        "decided_on": "2025-06-02",
        "notes": "",
    },
    {
        "request_id": "r4",
        "member_id": "m2",
        "episode_id": "e3",
        "provider_npi": "",
        "discipline": "ST",
        "received_on": "",
        "requested_start": "2025-01-01",
        "decided_on": "2024-12-30",
        "notes": "=1+1",
    },
]


def test_days_count_from_the_first_day_of_the_episode_and_one_year_is_told(tmp_path: Path) -> None:
    out, report = run(tmp_path, PEOPLE)
    days = {
        r: tuple(row[c] for c in ("received_day", "requested_start_day", "decided_day", YEAR)) for r, row in out.items()
    }
    assert days == {
        "r1": ("0", "3", "14", "2024"),
        "r2": ("43", "43", "", "2024"),
        "r3": ("0", "8", "1", "2025"),
        "r4": ("", "0", "-2", "2025"),
    }
    assert not {"received_on", "requested_start", "decided_on", "notes"} & set(out["r1"])
    assert report.people == 2 and report.rows == 4 and report.safe_harbor


def test_days_count_from_the_members_first_day_where_no_episode_is_named(tmp_path: Path) -> None:
    rows = [{k: v for k, v in row.items() if k != "episode_id"} for row in PEOPLE]
    out, report = run(tmp_path, rows)
    assert (out["r3"]["received_day"], out["r3"][YEAR]) == ("163", "2024")
    assert report.days_from == "member" and any("first day of the member" in x for x in report.remarks())


def test_surrogates_say_who_is_the_same_and_no_more(tmp_path: Path) -> None:
    out, _ = run(tmp_path, PEOPLE)
    assert out["r1"]["member_id"] == out["r2"]["member_id"] == out["r3"]["member_id"] != out["r4"]["member_id"]
    assert out["r1"]["episode_id"] == out["r2"]["episode_id"] != out["r3"]["episode_id"]
    assert out["r1"]["provider_npi"] == out["r3"]["provider_npi"] and out["r4"]["provider_npi"] == ""
    again, _ = run(tmp_path, PEOPLE, map_path=tmp_path / "apart" / "other.csv")
    assert not {r["member_id"] for r in out.values()} & {r["member_id"] for r in again.values()}


def test_a_surrogate_npi_is_nobodys_and_its_check_digit_holds_as_it_held(tmp_path: Path) -> None:
    out, _ = run(tmp_path, PEOPLE)
    assert all(out[r]["provider_npi"].startswith("9") and len(out[r]["provider_npi"]) == 10 for r in ("r1", "r2"))
    cases = read_cases(tmp_path / "out.csv", load_guidelines(HERE.parents[1] / "guidelines"))
    assert cases.accepted.height == 4
    from workbench.cases.derive import derive

    valid = derive(cases.accepted, load_guidelines(HERE.parents[1] / "guidelines"))["provider_valid"].to_list()
    assert sorted(valid, key=str) == [False, None, True, True]


def test_a_map_serves_the_next_file_and_only_its_owner(tmp_path: Path) -> None:
    one, report = run(tmp_path, PEOPLE[:2])
    map_path = tmp_path / "apart" / "map.csv"
    assert stat.S_IMODE(map_path.stat().st_mode) == 0o600
    map_path.chmod(0o644)
    two, _ = run(tmp_path, PEOPLE[1:])
    assert stat.S_IMODE(map_path.stat().st_mode) == 0o600
    assert one["r2"]["member_id"] == two["r2"]["member_id"] == two["r3"]["member_id"]
    assert one["r2"]["request_id"] == two["r2"]["request_id"]
    assert report.map == str(map_path) and not report.map_beside
    _, beside = run(tmp_path, PEOPLE, map_path=tmp_path / "map.csv")
    assert beside.map_beside and any("keep it elsewhere" in x for x in beside.remarks())


def test_parquet_and_csv_say_the_same(tmp_path: Path) -> None:
    source, map_path = write(tmp_path / "in.csv", PEOPLE), tmp_path / "apart" / "map.csv"
    pl.read_csv(source).with_columns(pl.col("received_on").str.to_date(strict=False)).write_parquet(
        tmp_path / "in.parquet"
    )
    frames = []
    for source, out in (
        ("in.csv", "a.csv"),
        ("in.csv", "b.parquet"),
        ("in.parquet", "c.csv"),
        ("in.parquet", "d.parquet"),
    ):
        deidentify_file(tmp_path / source, tmp_path / out, "safe_harbor", map_path)
        path = tmp_path / out
        frame = (
            pl.read_csv(path, schema_overrides={"provider_npi": pl.String})
            if out.endswith("csv")
            else pl.read_parquet(path)
        )
        frames.append(frame.sort("request_id"))
    assert all(frame.equals(frames[0]) for frame in frames[1:])


def test_a_shifted_file_says_that_it_is_no_safe_harbor(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", PEOPLE)
    report = deidentify_file(source, tmp_path / "out.parquet", "shifted")
    label = json.loads(pl.read_parquet_metadata(tmp_path / "out.parquet")["workbench.privacy"])
    assert label == {"profile": "shifted", "safe_harbor": False}
    assert set(pl.read_parquet(tmp_path / "out.parquet")["privacy_profile"]) == {"shifted (not safe harbor)"}
    assert not report.safe_harbor and any("NOT safe harbor" in line for line in report.lines())
    assert report.as_dict()["label"] == "shifted (not safe harbor)"


def test_rows_come_in_no_order(tmp_path: Path) -> None:
    rows = [{"request_id": f"r{n:04}", "requested_visits": n % 400 + 1} for n in range(1000)]
    run(tmp_path, rows)
    back = {m["surrogate"]: m["original"] for m in read(tmp_path / "apart" / "map.csv")}
    order = [back[row["request_id"]] for row in read(tmp_path / "out.csv")]
    assert sorted(order) == [r["request_id"] for r in rows]
    kept = sum(a < b for a, b in pairwise(order))
    assert 350 < kept < 650  # a sorted file has 999; chance has 500 with a spread of 9


def test_unknown_columns_are_refused_together_and_nothing_is_written(tmp_path: Path) -> None:
    path = write(tmp_path / "in.csv", [{"request_id": "r", "shoe_size": "9", "hat": "7", "member_id": "m"}])
    with pytest.raises(ProblemsFound) as found:
        deidentify_file(path, tmp_path / "out.csv", "safe_harbor", tmp_path / "map.csv")
    assert [(p.code, p.line, p.column) for p in found.value.problems] == [
        ("unknown-column", 1, 12),
        ("unknown-column", 1, 22),
    ]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.csv"]
    report = deidentify_file(path, tmp_path / "out.csv", "safe_harbor", drop=["shoe_size", "hat"])
    assert [c.action for c in report.columns] == ["surrogate", "drop", "drop", "surrogate"]


def test_an_output_that_can_not_be_finished_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("request_id,state\nr1,CA\nr2,CA,too much\n", encoding="utf-8")
    (tmp_path / "out.csv").write_text("before", encoding="utf-8")
    with pytest.raises(ProblemsFound):
        deidentify_file(tmp_path / "in.csv", tmp_path / "out.csv", "safe_harbor", tmp_path / "map.csv")
    assert (tmp_path / "out.csv").read_text() == "before"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_an_empty_file_keeps_its_columns(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("request_id,received_on,zip\n", encoding="utf-8")
    report = deidentify_file(tmp_path / "in.csv", tmp_path / "out.csv", "safe_harbor")
    assert report.rows == 0
    assert (tmp_path / "out.csv").read_text() == f"request_id,received_day,zip3,{YEAR},privacy_profile\n"


@pytest.mark.parametrize(
    "text, written",
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@a", "'@a"),
        ("\ta", "'\ta"),
        ("\na", "'\na"),
        (" =1+1", "' =1+1"),
        ("＝1+1", "'＝1+1"),
        ("a=1", "a=1"),
        ("", ""),
        ("'=1", "'=1"),
        (None, None),
    ],
)
def test_a_text_that_a_spreadsheet_would_run_is_disarmed(text: str | None, written: str | None) -> None:
    safe = csv_safe(pl.DataFrame({"t": [text], "n": [-1.5], "l": [["=a", "b"]]}, schema_overrides={"t": pl.String}))
    assert safe.row(0) == (written, -1.5, "'=a;b")


# Laws. A file is some people, each with some episodes, each with some requests on some days.
REQUESTS = st.lists(st.tuples(st.integers(0, 400), st.one_of(st.none(), st.integers(-30, 60))), min_size=1, max_size=3)
FILES = st.lists(st.lists(st.tuples(st.integers(0, 1500), REQUESTS), min_size=1, max_size=2), min_size=1, max_size=3)


def rows_of(people: list, moved: int = 0, ages: dict[int, int] | None = None) -> list[dict[str, object]]:
    rows = []
    for p, episodes in enumerate(people):
        for e, (start, requests) in enumerate(episodes):
            for later, decided in requests:
                day = DAY + timedelta(days=start + later + moved)
                rows.append(
                    {
                        "request_id": f"r{len(rows)}",
                        "member_id": f"m{p}",
                        "episode_id": f"e{p}.{e}",
                        "received_on": day,
                        "decided_on": "" if decided is None else day + timedelta(days=decided),
                        "age_years": "" if ages is None else ages[p] + (start + later) // 366,
                    }
                )
    return rows


def first_days(rows: list[dict[str, object]]) -> dict[str, date]:
    days: dict[str, date] = {}
    for row in rows:
        days[row["episode_id"]] = min(days.get(row["episode_id"], date.max), row["received_on"])
    return days


@given(people=FILES, moved=st.integers(-200, 200))
def test_safe_harbor_tells_the_same_of_every_day_of_a_year(people: list, moved: int, tmp_path_factory) -> None:
    """Moving all days, as long as no episode begins in another year, changes nothing in the output: so nobody can say
    from it on which day of that year anything was."""
    one, two = rows_of(people), rows_of(people, moved)
    before, after = first_days(one), first_days(two)
    if any(before[e].year != after[e].year for e in before):
        two, moved = one, 0
    told = []
    for rows in (one, two):
        out, _ = run(tmp_path_factory.mktemp("law"), rows)
        told.append({r: tuple(row[c] for c in ("received_day", "decided_day", YEAR)) for r, row in out.items()})
    assert told[0] == told[1]
    for row in one:
        start = before[row["episode_id"]]
        assert told[0][row["request_id"]] == (
            str((row["received_on"] - start).days),
            str((row["decided_on"] - start).days) if row["decided_on"] else "",
            str(start.year),
        )


@given(people=FILES)
def test_shifted_keeps_each_persons_intervals_and_no_day(people: list, tmp_path_factory) -> None:
    rows = rows_of(people)
    out, _ = run(tmp_path_factory.mktemp("law"), rows, "shifted")
    shifts: dict[str, set[int]] = {}
    for row in rows:
        for column in ("received_on", "decided_on"):
            if row[column]:
                moved = date.fromisoformat(out[row["request_id"]][column])
                shifts.setdefault(row["member_id"], set()).add((moved - row[column]).days)
    assert all(len(s) == 1 and 1 <= abs(min(s)) <= 180 for s in shifts.values())


def test_shifts_differ_between_people_and_are_never_none(tmp_path: Path) -> None:
    rows = [{"request_id": f"r{n}", "member_id": f"m{n}", "received_on": DAY} for n in range(2000)]
    out, _ = run(tmp_path, rows, "shifted")
    shifts = [(date.fromisoformat(row["received_on"]) - DAY).days for row in out.values()]
    assert set(shifts) <= {*range(-180, 0), *range(1, 181)} and len(set(shifts)) > 300
    assert abs(sum(shifts) / len(shifts)) < 15  # even odds: a mean of 0 with a spread of 2.3


def test_an_age_that_the_days_would_carry_past_89_is_left_out(tmp_path: Path) -> None:
    """Of one person the age is told in 2018 alone, and there is a request six years later."""
    told = [
        ("m1", "2018-03-01", 84),
        ("m1", "2024-03-02", ""),
        ("m2", "2018-03-01", 83),
        ("m2", "2024-03-01", ""),
        ("m3", "2024-03-01", 89),
    ]
    rows = [
        {"request_id": f"r{n}", "member_id": member, "received_on": day, "age_years": age}
        for n, (member, day, age) in enumerate(told)
    ]
    out, report = run(tmp_path, rows)
    assert [out[f"r{n}"]["age_years"] for n in range(5)] == ["", "", "83", "", "89"]
    assert (report.ages_together, report.ages_hidden) == (0, 1)


@given(people=FILES, ages=st.lists(st.integers(60, 99), min_size=3, max_size=3))
def test_no_age_over_89_can_be_told(people: list, ages: list[int], tmp_path_factory) -> None:
    """No number above 90; and of somebody who is over 89 on some day of the file, by age or by the days between, no
    other age, from which that one could be counted on."""
    rows = rows_of(people, ages=dict(enumerate(ages)))
    for profile in PROFILES:
        out, report = run(tmp_path_factory.mktemp("law"), rows, profile)
        last = {}
        for row in rows:
            last[row["member_id"]] = max(last.get(row["member_id"], date.min), row["received_on"])
        over = {
            row["member_id"]
            for row in rows
            if int(row["age_years"]) > 89
            or int(row["age_years"]) + (last[row["member_id"]] - row["received_on"]).days / 365.2425 >= 90
        }
        for row in rows:
            shown, true = out[row["request_id"]]["age_years"], int(row["age_years"])
            assert shown == ("90" if true > 89 else "" if row["member_id"] in over else str(true))
        assert report.ages_together == sum(int(r["age_years"]) > 89 for r in rows)


@pytest.mark.parametrize(
    "content",
    [
        b"request_id,discipline,requested_visits\r\nr1,PT,12\r\n,,\r\nr2,OT,8\r\n\r\n",
        b"\xef\xbb\xbfrequest_id,discipline,requested_visits\nr1,PT,12\nr2,OT,8\n",
        "request_id,discipline,requested_visits\nr1,PT,12\nr2,OT,8\n".encode("utf-16"),
        b"request_id,discipline,requested_visits\rr1,PT,12\rr2,OT,8\r",
        b"sep=;\r\nrequest_id;discipline;requested_visits\r\nr1;PT;12\r\nr2;OT;8\r\n",
        b'request_id, "discipline", requested_visits\nr1, "PT", 12\nr2, "OT", 8\n',
        b"request_id|discipline|requested_visits\nr1|PT|12|\nr2|OT|8|\n",
    ],
)
def test_a_file_is_taken_as_read_takes_it(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(content)
    deidentify_file(tmp_path / "in.csv", tmp_path / "out.csv", profile="safe_harbor")
    out = sorted((r["discipline"], r["requested_visits"]) for r in read(tmp_path / "out.csv"))
    assert out == [("OT", "8"), ("PT", "12")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"request_id,discipline\nr1,P\xe9\n", "not UTF-8 text"),
        (b'request_id,discipline\nr1,"PT\n', "a quotation mark is opened and not closed"),
        (b'[{"request_id": "r1"}]', "this is JSON, not CSV"),
        (b'"","request_id"\n"1","r1"\n', "nothing is known of the column"),
    ],
)
def test_what_is_no_table_of_cells_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(content)
    with pytest.raises(ProblemsFound, match=said):
        deidentify_file(tmp_path / "in.csv", tmp_path / "out.csv", profile="safe_harbor")
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_a_file_that_read_takes_is_taken(separator: str, tmp_path: Path) -> None:
    """What separates the cells is found in one way, whoever asks: a list of codes and a text with a comma stay whole."""
    rows = [
        {"request_id": f"r{i}", "discipline": "PT", "requested_visits": i, "procedures": "97110;97140"} for i in (1, 2)
    ]
    found = []
    for one in (",", separator):
        folder = tmp_path / f"by{ord(one)}"
        folder.mkdir()
        with (folder / "in.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, rows[0], delimiter=one)
            table.writeheader()
            table.writerows(rows)
        deidentify_file(folder / "in.csv", folder / "out.csv", profile="safe_harbor")
        out = read(folder / "out.csv")
        found.append(sorted((r["discipline"], r["requested_visits"], r["procedures"]) for r in out))
    assert found[0] == found[1] == [("PT", "1", "97110;97140"), ("PT", "2", "97110;97140")]

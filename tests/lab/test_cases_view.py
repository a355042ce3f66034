"""The notebooks on generated cases and on real sources: what they show, by its numbers and its text."""

from __future__ import annotations

import pandas as pd
import pytest
from html_page import read

import workbench as wb
from workbench.generator.calibrate import figures
from workbench.lab.cases_view import PICTURES, calibration_table, show_calibration
from workbench.lab.sources_view import determinations, history, waiting_for

ORDERS, ASSUMED = "scenarios/cases/hearing_orders.csv", "scenarios/assumptions/hearing-orders.yaml"


@pytest.fixture(scope="module")
def made(library):
    return wb.generate(6_000, library, seed=7)


@pytest.fixture(scope="module")
def orders(library):
    return wb.read_cases(ORDERS, library, source="narratives")


def cells(html: str) -> list[list[str]]:
    """The rows of every table as texts."""
    return [[c.text for c in row.children] for row in read(html).all("tr") if row.all("td")]


def held(*rows):
    columns = [
        "id",
        "figure",
        "quantity",
        "population",
        "target",
        "generated",
        "difference_percent",
        "n",
        "counts",
        "kind",
        "source",
        "why",
    ]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype(dict.fromkeys(["generated", "difference_percent"], "double[pyarrow]"))


def test_each_figure_is_shown_once_and_only_measured_ones_count(made):
    table = wb.calibration(made)
    counting, others = wb.show_calibration(table), wb.show_calibration(table, counts=False)
    assert len(cells(counting.html)) + len(cells(others.html)) == len(figures()) == len(table)
    assert len(cells(counting.html)) == sum(f["kind"] == "observed" for f in figures()) >= 30
    near = (table["difference_percent"].abs() <= 10) & table["counts"]
    assert counting.text.startswith(f"{near.sum()} of {len(cells(counting.html))} published figures")
    assert [row[7] for row in cells(counting.html)] == ["yes" if n else "no" for n in near[table["counts"]]]
    assert "do not count" in others.text and all(len(row) == 7 for row in cells(others.html))


@pytest.mark.parametrize(
    "generated, difference, within", [(11.0, 10.0, "yes"), (9.0, -10.0, "yes"), (11.1, 11.0, "no"), (None, None, "no")]
)
def test_a_figure_within_ten_percent(generated, difference, within):
    row = ("G01", "x", "Visits", "adults", 10.0, generated, difference, 5, True, "observed", "<source>", "")
    shown = show_calibration(calibration_table(held(row)), True)
    assert cells(shown.html)[0][7] == within and "<source>" not in shown.html
    assert shown.text.startswith("1 of 1" if within == "yes" else "0 of 1")


@pytest.mark.parametrize("name", sorted(PICTURES))
def test_a_picture_says_in_words_and_numbers_what_it_shows(made, name):
    shown = wb.show_distribution(made, name)
    page = read(shown.html)
    (picture,) = page.all("img")
    assert picture["alt"] in shown.text and any(c.isdigit() for c in picture["alt"])
    assert picture["src"].startswith("data:image/svg+xml") and "script" not in shown.html
    assert len(page.all("table")) == 1 and len(cells(shown.html)) == len(shown.data) > 1


def test_pictures_count_what_is_there(made):
    asked = wb.show_distribution(made, "requests").data
    *parts, total = asked[["episodes", "requests"]].to_numpy().tolist()
    assert [sum(c) for c in zip(*parts, strict=True)] == total == [made["episode_id"].nunique(), len(made)]
    ages = wb.show_distribution(made, "age").data
    first = made.groupby("member_id", sort=False).first()
    assert ages["people"].sum() == first["age_years"].notna().sum()
    cover = wb.show_distribution(made, "cover").data
    assert cover["requests"].sum() == (~made["evaluation_only"] & made["line_of_business"].notna()).sum()
    missing = wb.show_distribution(made, "missing").data.set_index("fact")["requests"]
    assert missing["a home programme"] == (made["home_program"].isna() & ~made["evaluation_only"]).sum()


def test_one_set_of_cases_gives_one_picture(made):
    assert wb.show_distribution(made, "visits").html == wb.show_distribution(made, "visits").html


def test_an_unknown_picture(made):
    with pytest.raises(KeyError, match="weather"):
        wb.show_distribution(made, "weather")


@pytest.mark.parametrize("assume", [False, True])
def test_an_account_adds_up(library, orders, assume):
    assumed = wb.load_assumptions(ASSUMED, library) if assume else None
    replayed = wb.replay(orders.accepted, library, assume=assumed)
    shown = wb.show_account(orders, replayed)
    assert shown.text.startswith("30 read = 30 accepted + 0 set aside. Of the 30 accepted: ")
    assert (shown.data["recorded"] + shown.data["assumed"]).equals(shown.data["requests"])
    assert shown.data["requests"].sum() == 30 and shown.data["assumed"].sum() == (30 if assume else 0)
    assert history(orders.accepted, replayed.decisions).to_numpy().sum() == 30
    rows = cells(shown.html)
    assert ["read", "30"] in rows and ["set aside", "0"] in rows
    assert ["accepted", *map(str, shown.data.sum())] in rows


def test_rows_set_aside_and_not_meant_are_told_with_their_reason(library, orders):
    aside = pd.DataFrame(
        {
            "row": [4, 9],
            "request_id": ["a", "b"],
            "codes": [["missing-value"]] * 2,
            "raw": ["", ""],
            "reasons": [["missing-value discipline: `x` < nothing"], ["missing-value discipline: y"]],
        }
    )
    more = wb.show_account(
        type(orders)(orders.accepted, aside, orders.notes, 32, {"no therapy": 7}), wb.replay(orders.accepted, library)
    )
    assert more.text.startswith("32 read = 30 accepted + 2 set aside")
    rows = cells(more.html)
    assert ["set aside: missing-valuefirst: discipline: x < nothing", "2"] in rows
    assert ["besides, not meant: no therapy", "7"] in rows


def test_what_undecided_requests_wait_for():
    decisions = pd.DataFrame(
        {
            "determination": ["information_needed", "information_needed", "clinician_review"],
            "missing": [["condition", "score_current"], ["condition"], ["age_years"]],
            "assumed": [[], ["intent"], []],
        }
    )
    assert waiting_for(decisions).to_numpy().tolist() == [["condition", 2], ["score_current", 1]]
    assert determinations(decisions).loc["information_needed"].tolist() == [1, 1, 2]


def test_an_account_of_other_cases_is_refused(library, orders):
    with pytest.raises(ValueError, match="not of these cases"):
        wb.show_account(orders, wb.replay(orders.accepted.head(3), library))

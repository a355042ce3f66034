"""The report: its order, its numbers, and that it needs nothing but itself."""

from __future__ import annotations

import csv
import json
import re
from html.parser import HTMLParser

import pytest

from workbench.guideline.model import Library
from workbench.review.report import NUMBERS, REPORT, RESULT, report, write_report
from workbench.review.scenario_file import Scenario, load_scenario
from workbench.review.scenario_result import LESS, MORE, SAME, Trial, direction, sample, try_scenario
from workbench.words.comparisons import sentence
from workbench.words.decisions import CANNOT_KNOW

VOID = {"meta", "img", "br"}


def scenario(library: Library, **more: object) -> Scenario:
    """More visits for some rows and fewer for others, so that there are flips in both directions."""
    return load_scenario(
        {
            "scenario": "both-ways",
            "question": "Who gains <b>and</b> who loses?",
            "baseline": {"physical-therapy": "2026.1"},
            "draft": {
                "changes": {
                    "physical-therapy": {
                        "parameters": {"attendance_needed": {"set": 40}, "goals_needed": {"set": 80}},
                        "limits": {
                            "change": [
                                {"where": {"complexity": ""}, "visits": {"multiply": 0.5}},
                                {
                                    "where": {"condition": "low_back_pain"},
                                    "visits": {"multiply": 4},
                                    "weeks": {"multiply": 2},
                                },
                            ]
                        },
                    }
                }
            },
            "cases": {"generate": 1500, "seed": 5},
            "gates": {"approval_rate": {"at_least": 0.99}, "newly_referred": {"at_most": 100000}},
        }
        | more,
        library,
    )


@pytest.fixture(scope="module")
def trial(shipped) -> Trial:
    return try_scenario(scenario(shipped), shipped)


@pytest.fixture(scope="module")
def page(trial) -> str:
    return report(trial)


class Reader(HTMLParser):
    """Takes a page apart; every element must be closed in order."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.texts.append(data)


def test_the_page_is_whole_and_needs_no_network(page):
    read = Reader(page)
    assert not read.open
    assert {t for t, _ in read.tags}.isdisjoint({"script", "link", "iframe", "object"})
    pictures = [a for t, a in read.tags if t == "img"]
    assert len(pictures) >= 2
    for attributes in pictures:
        assert attributes["src"].startswith("data:image/svg+xml;base64,")
        assert len(attributes["alt"]) > 40
    assert "url(" not in page and "@import" not in page
    assert "<b>and</b>" not in page and "&lt;b&gt;and&lt;/b&gt;" in page


def test_it_opens_with_the_verdict_then_what_changes(page):
    heads = re.findall(r"<h2[^>]*>([^<]+)</h2>", page)
    assert heads == [
        "Verdict",
        "What changes",
        "What this rests on",
        "Requests, episodes, people",
        "Rates",
        "What becomes of what",
        "Requests that change",
        "Where it lands",
        "Observed, recomputed, assumed",
        "Engine and history",
        "What a replay can not know",
        "All changes",
        "Sources of what changes",
        "Run it again",
        "Sign-off",
    ]


def test_every_figure_has_a_table_and_says_period_and_unit(page):
    for part in page.split("<figure>")[1:]:
        caption, rest = part.split("</figcaption>", 1)
        assert "received 2025-01-01 to 2025-" in caption
        assert "percent" in caption or "Requests" in caption
        assert rest.lstrip().startswith("</figure>\n<table") or "<table" in rest[:200]


def test_its_numbers_are_those_of_the_comparison(trial, page):
    comparison = trial.comparison
    text = " ".join(" ".join(Reader(page).texts).split())
    assert sentence(comparison) in text
    assert CANNOT_KNOW in text and "These cases are invented" in text
    for row in comparison.matrix.values():
        for n in row.values():
            assert f">{n:,}</td>" in page
    for digest in {x.digest for a in (comparison.published, comparison.draft) for x in a.guidelines}:
        assert digest in page
    assert text.count("draft − published") >= 4
    for word in ("Reviewer", "Credential", "Date"):
        assert word in text


def test_a_failing_gate_is_told_first(trial, page):
    assert not trial.holds and [g.holds for g in trial.gates] == [False, True]
    assert trial.verdict().endswith("1 of 2 gates fails.")
    assert 'class="say no"' in page and ">fails</span>" in page and ">holds</span>" in page


def test_flips_are_told_in_every_direction(trial, page):
    assert min(trial.directions[MORE], trial.directions[LESS]) > 0
    assert sum(trial.directions.values()) == trial.comparison.flipped.requests
    chosen = sample(trial, 3)
    assert all(sum(r["direction"] == d for r in chosen) <= 3 for d in (MORE, LESS, SAME))
    assert chosen and all(r["request_id"] in page for r in chosen)
    by = trial.by("discipline")
    assert sum(n for _, n, _, _ in by) == trial.comparison.total.requests
    assert [sum(g[k] for g in by) for k in (2, 3)] == [trial.directions[MORE], trial.directions[LESS]]


@pytest.mark.parametrize(
    "one, two, way",
    [
        (("approved", 8, 4, 0), ("approved_in_part", 4, 4, 0), LESS),
        (("clinician_review", 0, 0, 0), ("approved", 8, 4, 0), MORE),
        (("clinician_review", 0, 0, 6), ("approved_in_part", 6, 4, 6), MORE),
        (("information_needed", 0, 0, 0), ("clinician_review", 0, 0, 0), SAME),
        (("not_required", None, None, 0), ("approved", 8, 4, 0), SAME),
        (("approved", 8, 4, 0), ("not_required", None, None, 8), SAME),
    ],
)
def test_directions(one, two, way):
    row = {"requested_visits": 8, "requested_weeks": 4}
    for side, values in (("", one), ("_draft", two)):
        names = ("determination", "granted_visits", "granted_weeks", "waived_visits")
        row |= {f"{n}{side}": v for n, v in zip(names, values, strict=True)}
    assert direction(row) == way


def test_the_files_beside_it(trial, tmp_path):
    path = write_report(trial, tmp_path / "run")
    assert path.name == REPORT
    with (tmp_path / "run" / NUMBERS).open(encoding="utf-8", newline="") as file:
        numbers = {r["number"]: r["value"] for r in csv.DictReader(file)}
    assert numbers["requests"] == "1500"
    assert int(numbers["requests that change"]) == trial.comparison.flipped.requests
    said = json.loads((tmp_path / "run" / RESULT).read_text(encoding="utf-8"))
    assert said["parameters"]["cases"] == {"generate": 1500, "seed": 5}
    assert said["verdict"] == trial.verdict() and said["holds"] is False
    first = (tmp_path / "run" / REPORT).read_bytes()
    write_report(trial, tmp_path / "again")
    assert first == (tmp_path / "again" / REPORT).read_bytes()


def test_nothing_changes_is_said_too(shipped):
    """Another draft on another guideline changes none of the requests of one discipline alone."""
    still = scenario(
        shipped,
        draft={"changes": {"speech-therapy": {"parameters": {"habilitative_deficit": {"set": 1.3}}}}},
        cases={"generate": 40, "seed": 2},
        gates={},
        baseline={"speech-therapy": "2026.1"},
    )
    trial = try_scenario(still, shipped)
    assert "None of 40 requests changes." in trial.verdict() or trial.flips
    Reader(report(trial))

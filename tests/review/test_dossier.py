"""A dossier: its verdict first, the same bytes each time, every number computed again, whatever differs named."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path

import pytest
from review_folder import NEW, lay_out

from workbench.errors import ProblemsFound
from workbench.guideline.load import load_guidelines
from workbench.review.dossier.as_html import as_html
from workbench.review.dossier.as_markdown import as_markdown
from workbench.review.dossier.blocks import Bullets, Heading, Table, Text
from workbench.review.dossier.contents import Asked, as_text
from workbench.review.dossier.folder import PAGE, PRINT, differences, make_dossier, rendered, verify_dossier
from workbench.review.dossier.inputs import file_digest
from workbench.review.dossier.judged import judge
from workbench.review.dossier.read import DATA, read_dossier
from workbench.review.scenario_file import Gate, load_scenario
from workbench.review.scenario_result import GateResult
from workbench.terminal.parser import main

ASKED = Asked(date(2026, 11, 26), ("one-determination", "no-gap"))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a dossier in `dossier/`. The solver's processes take seconds, so that tests share it."""
    here = lay_out(tmp_path_factory.mktemp("dossier"))
    library = load_guidelines(here / "guidelines")
    make_dossier(load_scenario(here / "scenarios" / "second.yaml", library), library, ASKED, here / "dossier")
    return here


def test_the_verdict_comes_first_and_all_parts_are_there(made: Path) -> None:
    held, digest = read_dossier(made / "dossier")
    page = (made / "dossier" / PAGE).read_text(encoding="utf-8")
    heads = re.findall(r"<h2>([^<]*)</h2>", page)
    assert page.index(held["verdict"]["sentence"][:40]) < page.index("<h2>")
    assert heads == [
        "What is asked of you",
        "What changes",
        "Proofs over every request",
        "What it does to every request",
        "Impact on the cases",
        "Witnesses: requests that change",
        "What it does to people",
        "Fairness: who is approved at once, by group",
        "Gates",
        "Examples",
        "What can not be known",
        "What this rests on",
    ]
    assert digest in page and not re.search(r"<(script|link|img)|https?://", page)
    assert (held["asks"]["publish"], held["asks"]["retire"]) == ([NEW], [])
    assert set(held["asks"]["files"]) >= {f"{NEW}.yaml", f"{NEW}.limits.csv"}
    assert held["verdict"]["holds"] and NEW in held["examples"]["versions"]
    assert [e["verdict"] for e in held["effects"]] == ["more permissive"]
    # Of the cases a dossier counts those in a region; the request that it shows is the solver's own.
    (region,) = held["effects"][0]["regions"]
    assert region["requests"] > 0 and "age of the member" not in region["request"]
    assert all(o["question"] == "no-gap" and o["before"] == "fails" for p in held["proofs"] for o in p["open"])
    assert held["digests"]["guidelines"]["physical-therapy/2026.2.limits.csv"] == file_digest(
        made / "guidelines" / "physical-therapy" / "2026.2.limits.csv"
    )


def test_everything_comes_out_again(made: Path, capsys: pytest.CaptureFixture) -> None:
    call = ["dossier", "verify", str(made / "dossier"), "--guidelines", str(made / "guidelines")]
    assert main(call) == 0
    assert capsys.readouterr().out.splitlines() == ["every number and every page comes out again"]


def test_what_differs_is_named(made: Path, tmp_path: Path) -> None:
    """A number touched up in the data, and a page that no longer shows them."""
    folder = tmp_path / "dossier"
    folder.mkdir()
    held, _ = read_dossier(made / "dossier")
    true = held["impact"]["counts"]["changed"]["requests"]
    held["impact"]["counts"]["changed"]["requests"] = true + 1
    held["software"]["polars"] = "0.0"
    (folder / DATA).write_text(as_text(held), encoding="utf-8")
    (folder / PAGE).write_bytes((made / "dossier" / PAGE).read_bytes())
    found = verify_dossier(folder, str(made / "guidelines"))
    assert found.differs == (
        f"impact.counts.changed.requests: {true + 1}, comes to {true}",
        "dossier.html does not show what dossier.json says",
        "dossier.pdf is not there",
    )
    assert [r.split(" is ")[0] for r in found.remarks] == ["polars was 0.0 and"]


def test_the_pages_are_the_same_bytes_each_time(made: Path) -> None:
    held, _ = read_dossier(made / "dossier")
    files = rendered(held)
    assert {n: (made / "dossier" / n).read_bytes() for n in (DATA, PAGE, PRINT)} == files
    assert files[PRINT].startswith(b"%PDF-") and b"D:20000101000000" in files[PRINT], "no clock is read"


def test_a_draft_has_no_dossier(made: Path) -> None:
    library = load_guidelines(made / "guidelines")
    scenario = made / "scenarios" / "drafted.yaml"
    text = (
        (made / "scenarios" / "second.yaml")
        .read_text(encoding="utf-8")
        .replace("scenario: second", "scenario: drafted")
    )
    draft = "draft: {changes: {physical-therapy: {parameters: {visits_before_review: {set: 9}}}}}"
    scenario.write_text(re.sub(r"draft: .*", draft, text), encoding="utf-8")
    with pytest.raises(ProblemsFound, match="a dossier is made of versions, and this scenario tries a draft"):
        make_dossier(load_scenario(scenario, library), library, ASKED, made / "none")
    assert not (made / "none").exists()


@pytest.mark.parametrize(
    ("text", "code"),
    [(None, "missing-file"), ("{", "unreadable"), ("[]", "wrong-value"), ('{"dossier": 9}', "wrong-value")],
)
def test_what_is_no_dossier_is_refused(text: str | None, code: str, tmp_path: Path) -> None:
    if text is not None:
        (tmp_path / DATA).write_text(text, encoding="utf-8")
    with pytest.raises(ProblemsFound) as found:
        read_dossier(tmp_path)
    assert [p.code for p in found.value.problems] == [code]


def answer(question: str, before: str, state: str = "fails") -> dict:
    told = {"question": question, "about": "", "plan": "", "state": state, "before": before, "text": ""}
    return told | {"reason": "Care is done." if state == "excepted" else ""}


@pytest.mark.parametrize(
    ("question", "state", "before", "outcome"),
    [
        ("one-determination", "fails", "fails", "breaks"),  # a law of every decision, whatever was before
        ("one-determination", "undecided", "holds", "breaks"),
        ("more-progress", "excepted", "excepted", "on_purpose"),  # what the author excepted, with a reason
        ("more-progress", "excepted", "holds", "weigh"),  # anew
        ("more-progress", "fails", "holds", "breaks"),  # a law that the version before kept
        ("more-progress", "undecided", "holds", "breaks"),
        ("more-progress", "fails", "fails", "weigh"),
        ("no-gap", "fails", "holds", "weigh"),  # a reviewer weighs it
    ],
)
def test_what_breaks_and_what_is_weighed(question: str, state: str, before: str, outcome: str) -> None:
    proof = {"version": "a/2", "open": [answer(question, before, state)], "stale": []}
    found = judge(["So it is."], [], [proof], [], [])
    assert (bool(found.breaks), bool(found.weigh)) == (outcome == "breaks", outcome == "weigh")
    assert found.on_purpose == ((f"a/2, {question}: Care is done.",) if state == "excepted" else ())
    assert found.holds is (outcome != "breaks") and found.sentence().endswith("So it is.")


def test_a_reason_is_told_once_with_all_that_it_is_for() -> None:
    gaps = [answer("no-gap", "excepted", "excepted") | {"about": a} for a in ("back_pain, habilitative", "autism")]
    proof = {"version": "a/2", "open": gaps, "stale": ["the exception to no-gap is no longer needed: take it out"]}
    found = judge([], [], [proof], [], [])
    assert found.on_purpose == ("a/2, no-gap (back pain, habilitative; autism): Care is done.",)
    assert found.weigh == ("a/2: the exception to no-gap is no longer needed: take it out",)
    assert found.sentence().endswith("1 finding to weigh. 1 exception on purpose. ")


def test_gates_and_examples_break_too() -> None:
    from decimal import Decimal

    from workbench.errors import Problem

    gates = [GateResult(Gate("referral_rate", "at_most", Decimal("0.5")), 0.2, v) for v in (0.5, 0.6, None)]
    failed = [Problem("example-fails", "“one” under a/2: approved, expected not")]
    assert judge([], gates, [], failed, ["a/2"]).breaks == (
        "example “one” under a/2: approved, expected not",
        "no example ran a/2",
        "gate referral_rate at most 0.5: it is 0.6",
        "gate referral_rate at most 0.5: it is not known",
    )


def test_differences_of_data_name_their_place() -> None:
    one = {"a": [1, {"b": 2.0}], "c": "x", "gone": None, "long": [1]}
    two = {"a": [1, {"b": 2}], "c": "x", "new": True, "long": [1, 2]}
    assert list(differences(one, two)) == [
        "a[1].b: 2.0, comes to 2",
        "gone: null, comes to not there",
        "long: [1], comes to [1, 2]",
        "new: not there, comes to true",
    ]
    assert not list(differences(one, json.loads(json.dumps(one))))


def test_hostile_text_stays_text() -> None:
    bad = "<img src=x onerror=alert(1)> *a* | b"
    blocks = [Heading(bad, 3), Text(bad, "bad"), Bullets([bad]), Table(["", "b"], [[bad, 1234]], (1,), bad)]
    html, text = as_html("t", blocks), as_markdown(blocks)
    assert "<img" not in html and html.count("&lt;img") == 5
    assert "<img" not in text and "1,234" in text and r"\| b" in text


@pytest.mark.parametrize(
    ("call", "err"),
    [
        ("dossier make scenarios/second.yaml", "needs --on"),
        ("dossier make scenarios/second.yaml --on 2026-11-26 --out d --question no-gaps", "did you mean no-gap?"),
        ("dossier make scenarios/third.yaml --on 2026-11-26 --out d", "no such file"),
        ("dossier verify nowhere", "no such file"),
        ("dossier make scenarios/second.yaml --on today --out d", "is not a day"),
    ],
)
def test_wrong_calls(made: Path, call: str, err: str, monkeypatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.chdir(made)
    try:
        code = main(call.split())
    except SystemExit as left:
        code = left.code
    assert code == 2 and err in capsys.readouterr().err

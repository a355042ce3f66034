"""The two verbs from a terminal: `deidentify`, and `compare --release`."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from workbench.privacy.release import TOO_FEW
from workbench.terminal.parser import main

ROOT = Path(__file__).parents[2]
DRAFT = """\
draft: more-room
author: A. Author
reason: to see what happens
created: 2026-11-23
changes: {physical-therapy: {limits: {change: [{where: {condition: low_back_pain}, visits: {set: 16}}]}}}
"""


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("calls") / "cases.parquet"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        assert main(["generate", "--requests", "300", "--seed", "5", "--out", str(path)]) == 0
    return path


def latent(path: Path) -> list[str]:
    """The columns that the generator adds, which no rule knows."""
    return [f"--drop={n}" for n in pl.read_parquet_schema(path) if n.startswith("latent_")]


@pytest.mark.parametrize("profile", ["safe_harbor", "shifted"])
def test_a_file_is_deidentified_and_its_rows_are_still_cases(
    profile: str, cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(ROOT)
    call = ["deidentify", str(cases), "--profile", profile, "--out", str(tmp_path / "out.parquet"), *latent(cases)]
    assert main(call) == 0
    assert ("NOT safe harbor" in capsys.readouterr().out) == (profile == "shifted")
    assert main([*call, "--json", "--force"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == 300 and told["safe_harbor"] == (profile == "safe_harbor") and told["map"] is None
    assert {c["name"] for c in told["columns"]} == set(pl.read_parquet_schema(cases))
    # Some invented plans have no overlay in the folder, so nobody knows that they are plans.
    assert {c["name"] for c in told["columns"] if c["left_out"]} == {"plan"}
    assert (
        main(["replay", "--cases", str(tmp_path / "out.parquet"), "--out", str(tmp_path / "decided.parquet"), "--json"])
        == 0
    )
    assert json.loads(capsys.readouterr().out)["about"]["requests"] == 300


def test_unknown_columns_are_a_no(cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert main(["deidentify", str(cases), "--profile", "safe_harbor", "--out", str(tmp_path / "out.csv")]) == 1
    assert capsys.readouterr().err.count("unknown-column") == len(latent(cases)) > 0
    assert not list(tmp_path.iterdir())


def test_a_comparison_is_released_only_where_asked(
    cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(ROOT)
    (tmp_path / "draft.yaml").write_text(DRAFT, encoding="utf-8")
    call = ["compare", "--cases", str(cases), "--draft", str(tmp_path / "draft.yaml")]
    assert main(call) == 0
    assert TOO_FEW not in capsys.readouterr().out
    release = [*call, "--release", "--log", str(tmp_path / "releases.log")]
    assert main(release) == 0
    assert TOO_FEW in capsys.readouterr().out
    assert main([*release, "--json"]) == 0, "the same tables may be told again"
    told = json.loads(capsys.readouterr().out)
    assert told["release"] == {"smallest": 11, "hidden": TOO_FEW}
    assert {"cases", "flips", "matrix", "totals", "rates", "amounts", "groups", "about"} <= set(told)


def test_a_second_release_of_the_same_requests_is_refused(
    cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(ROOT)
    call = ["compare", "--cases", str(cases), "--release", "--log", str(tmp_path / "releases.log")]
    for name, visits in (("one", 4), ("two", 5)):
        draft = DRAFT.replace("draft: ", f"draft: {name}-", 1) + f"# {visits}\n"
        (tmp_path / f"{name}.yaml").write_text(draft, encoding="utf-8")
    assert main([*call, "--draft", str(tmp_path / "one.yaml")]) == 0
    capsys.readouterr()
    entered = (tmp_path / "releases.log").read_bytes()
    assert main([*call, "--draft", str(tmp_path / "two.yaml")]) == 1
    said = capsys.readouterr()
    assert "overlapping-release" in said.err and said.out == ""
    assert (tmp_path / "releases.log").read_bytes() == entered


def test_a_release_needs_a_log(cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    (tmp_path / "draft.yaml").write_text(DRAFT, encoding="utf-8")
    call = ["compare", "--cases", str(cases), "--draft", str(tmp_path / "draft.yaml"), "--release"]
    assert main(call) == 2 and "--log" in capsys.readouterr().err
    before = cases.read_bytes()
    assert main([*call, "--log", str(cases)]) == 2 and "output-is-input" in capsys.readouterr().err
    assert cases.read_bytes() == before

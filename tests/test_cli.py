"""The terminal: exit codes that scripts can use, JSON alone on stdout where asked, no traceback. Rows in cli.yaml."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML
from samples import DRAFT

from workbench.terminal.parser import main

ROOT = Path(__file__).parent.parent
ROWS = YAML(typ="safe").load((Path(__file__).parent / "cli.yaml").read_text(encoding="utf-8"))
REQUEST = """\
{discipline: PT, intent: rehabilitative, review_type: initial, received_on: 2025-03-04, diagnosis: M54.50,
 complexity: moderate, weeks_since_onset: 4, procedures: ["97110", "97140"], member_eligible: true,
 provider_npi: "1234567893", plan_of_care: true, goals_measurable: true, skilled_care: true, duplicate_therapy: false,
 improvement_expected: true, measure: odi, score_baseline: 40, requested_visits: 8, requested_weeks: 6,
 visits_used: 0, weeks_used: 0}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tmp = tmp_path_factory.mktemp("cli")
    (tmp / "empty").mkdir()
    (tmp / "request.yaml").write_text(REQUEST, encoding="utf-8")
    (tmp / "draft.yaml").write_text(DRAFT, encoding="utf-8")
    (tmp / "stray.yaml").write_text("colour: blue\n", encoding="utf-8")
    (tmp / "clinic.csv").write_text("Auth no,Discipline,Visits\n1,PT,6\n", encoding="utf-8")
    (tmp / "aside.csv").write_text("request_id,discipline\n1,XX\n", encoding="utf-8")
    (tmp / "names.csv").write_text("request_id,discipline\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        assert main(["generate", "--requests", "200", "--seed", "5", "--out", str(tmp / "cases.parquet")]) == 0
    return tmp


@pytest.mark.parametrize("row", ROWS, ids=[r["name"] for r in ROWS])
def test_a_call(row: dict, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    monkeypatch.chdir(ROOT)
    try:
        code = main(row["call"].replace("$tmp", str(folder)).split())
    except SystemExit as exit_:
        code = exit_.code
    out, err = capsys.readouterr()
    assert code == row["exit"], err
    assert row.get("out", "") in out
    assert row.get("err", "") in err
    assert "Traceback" not in out + err
    if "json" in row:
        assert set(row["json"]) <= set(json.loads(out))


def test_every_verb_has_a_row() -> None:
    from workbench.terminal import verbs

    called = {row["call"].split()[0] for row in ROWS if row["call"]}
    known = {
        name
        for name in ("check", "read", "generate", "decide", "replay", "compare", "diff", "program")
        if hasattr(verbs, name)
    }
    assert known <= called


def test_a_replay_keeps_the_order_and_the_columns(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import polars as pl

    monkeypatch.chdir(ROOT)
    assert main(["replay", "--cases", str(folder / "cases.parquet"), "--out", str(folder / "r.parquet")]) == 0
    cases, decisions = pl.read_parquet(folder / "cases.parquet"), pl.read_parquet(folder / "r.parquet")
    assert decisions["request_id"].equals(cases["request_id"])
    assert decisions.columns[:8] == [
        "request_id",
        "determination",
        "granted_visits",
        "granted_weeks",
        "referred_visits",
        "referred_weeks",
        "waived_visits",
        "benefit_excess_visits",
    ]
    assert decisions.schema["reasons"] == decisions.schema["missing"] == pl.List(pl.String)
    texts = json.loads((folder / "r.texts.json").read_text(encoding="utf-8"))
    assert set(decisions["guideline_digest"].drop_nulls()) <= set(texts["texts"])

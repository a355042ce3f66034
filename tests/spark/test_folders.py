"""A folder of cases in, a folder of decisions out: as the columnar reading decides the same file, and compared alike."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal
from spec.small_rules import LIBRARY, RULES, SETTING

from workbench.cases.case_file import Writer
from workbench.cases.frame import SCHEMA
from workbench.engine.setting import Setting
from workbench.errors import ProblemsFound
from workbench.generator.generate import generate
from workbench.guideline.load import load_guidelines
from workbench.study.compare import compare
from workbench.study.replay import prepare, replay
from workbench.study.spark_compare import compare_folders
from workbench.study.spark_replay import replay_folder, replay_frame
from workbench.terminal.parser import main
from workbench.words.comparisons import sentence
from workbench.words.decisions import comparison_lines

ROOT = Path(__file__).parents[2]
MORE = replace(RULES, limits=tuple(replace(r, visits=r.visits + 9) for r in RULES.limits))
DRAFTED = Setting(replace(LIBRARY, guidelines=(MORE, *LIBRARY.guidelines[1:])), date(2026, 1, 1))


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    """Invented requests, some without member, episode, number or day."""
    made = generate(400, 5, load_guidelines(ROOT / "guidelines")).select(*SCHEMA)
    at = pl.int_range(pl.len())
    return made.with_columns(
        pl.when(at % 29 > 0).then("received_on"),
        pl.when(at % 31 > 0).then("member_id"),
        pl.when(at % 7 > 0).then("request_number"),
        pl.when((at % 5 > 0) & (at % 31 > 0)).then("episode_id"),
    )


@pytest.fixture(scope="module")
def cases(frame, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("spark") / "cases"
    folder.mkdir()
    for i in range(3):
        with Writer(folder / f"part-{i}.parquet") as writer:
            writer.write(frame[i * 150 : (i + 1) * 150])
    return folder


def _decisions(out: Path) -> pl.DataFrame:
    return pl.read_parquet(out / "*.parquet").sort("request_id")


@pytest.mark.parametrize(("mode", "policy"), [("as_recorded", "history"), ("carried_forward", "history")])
def test_a_folder_is_decided_as_a_file_is(session, cases, frame, tmp_path, mode, policy):
    out = tmp_path / "decided"
    about, counts = replay_folder(cases, out, SETTING, mode=mode, policy=policy)
    here = replay(frame, SETTING, mode=mode, policy=policy)
    wanted = here.decisions.sort("request_id").drop("engine")
    assert_frame_equal(_decisions(out).drop("engine"), wanted, check_dtypes=True)
    assert replace(about, engine=here.about.engine) == here.about
    assert {n: c for n, c in counts.items() if c} == dict(wanted["determination"].value_counts().rows())
    texts = json.loads((tmp_path / "decided.texts.json").read_text(encoding="utf-8"))
    assert set(wanted["guideline_digest"].drop_nulls()) <= set(texts["texts"])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["decided", "decided.texts.json"]
    with pytest.raises(ProblemsFound, match="output-exists"):
        replay_folder(cases, out, SETTING)


def test_a_comparison_adds_up_on_the_cluster(session, cases, frame, tmp_path):
    found = compare_folders(cases, tmp_path / "both", SETTING, DRAFTED)
    ready = prepare(frame, SETTING)
    here = compare(replay(ready, SETTING), replay(ready, DRAFTED))
    told, wanted = found.as_dict(), here.as_dict()
    assert wanted["flips"] > 0
    assert sentence(found).split("(")[0] == sentence(here).split("(")[0]
    assert comparison_lines(found)[-1] == comparison_lines(here)[-1]
    for name in ("cases", "people", "flips", "matrix", "amounts"):
        assert told[name] == wanted[name], name
    for name, rate in wanted["rates"].items():
        assert told["rates"][name] == pytest.approx(rate), name


def test_a_frame_keeps_its_order(session, frame):
    some = frame.head(40)
    assert_frame_equal(
        replay_frame(some, SETTING).decisions.drop("engine"), replay(some, SETTING).decisions.drop("engine")
    )


def test_what_can_not_be_decided_is_told(session, frame, tmp_path):
    bad = frame.head(3).with_columns(requested_visits=pl.Series([1, -5, 2]), request_id=pl.Series(["a", "b", "a"]))
    bad.write_parquet(tmp_path / "bad.parquet")  # not as a reader of ours writes it
    with pytest.raises(ProblemsFound) as found:
        replay_folder(tmp_path / "bad.parquet", tmp_path / "out", SETTING)
    assert {p.code for p in found.value.problems} == {"bad-value", "duplicate-request"}
    assert not (tmp_path / "out").exists()


def test_an_episode_of_two_members_is_told(session, frame, tmp_path):
    two = frame.head(2).with_columns(member_id=pl.Series(["a", "b"]), episode_id=pl.lit("one"))
    with Writer(tmp_path / "two.parquet") as writer:
        writer.write(two)
    with pytest.raises(ProblemsFound, match="split-episode"):
        replay_folder(tmp_path / "two.parquet", tmp_path / "out", SETTING, mode="carried_forward")


def test_the_output_is_not_what_is_read(cases, tmp_path):
    with pytest.raises(ProblemsFound, match="output-is-input"):
        replay_folder(cases, cases / "out", SETTING)
    with pytest.raises(ProblemsFound, match="no such file"):
        replay_folder(tmp_path / "nowhere", tmp_path / "out", SETTING)


def test_without_spark_it_is_said_what_to_install(monkeypatch, cases, tmp_path, capsys):
    monkeypatch.chdir(ROOT)
    for name in ("pyspark", "pyspark.sql", "pyspark.errors"):
        monkeypatch.setitem(sys.modules, name, None)
    call = ["replay", "--engine", "spark", "--cases", str(cases), "--out", str(tmp_path / "out")]
    assert main(call) == 2
    said = capsys.readouterr().err
    assert "missing-extra the engine spark can not run: pyspark is not installed" in said
    assert "pip install 'therapy-workbench[spark]'" in said

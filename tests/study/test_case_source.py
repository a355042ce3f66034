"""What is decided was checked: frames are refused with their problems, files of others are read first."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

from workbench import api as wb
from workbench.cases.frame import checked
from workbench.engine.setting import setting
from workbench.errors import ProblemsFound
from workbench.generator.generate import generate, generate_to
from workbench.guideline.load import load_guidelines
from workbench.guideline.model import Library
from workbench.results import to_pandas
from workbench.study.case_source import sound
from workbench.study.decision_file import replay_file

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shipped() -> Library:
    return load_guidelines(ROOT / "guidelines")


@pytest.fixture(scope="module")
def cases(shipped: Library) -> pl.DataFrame:
    return generate(40, 3, shipped)


def test_sound_cases_pass_as_they_are(cases: pl.DataFrame, shipped: Library) -> None:
    assert sound(cases, shipped).equals(cases)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda f: f.with_columns(pl.lit("HIGH").alias("complexity")), "value-not-a-choice"),
        (lambda f: f.with_columns(pl.lit(-5).alias("requested_visits")), "value-out-of-range"),
        (lambda f: f.with_columns(pl.lit("a").alias("request_id")), "duplicate-request"),
        (lambda f: f.rename({"requested_visits": "Requested_Visits"}), "unknown-column"),
        (lambda f: f.drop("discipline"), "missing-column"),
    ],
)
def test_what_is_no_case_is_not_decided(change, code: str, cases: pl.DataFrame, shipped: Library) -> None:
    with pytest.raises(ProblemsFound) as found:
        wb.replay(to_pandas(change(cases)), shipped)
    assert {p.code for p in found.value.problems} >= {code}


def test_an_empty_frame_gives_no_decision(shipped: Library) -> None:
    assert len(wb.replay(pd.DataFrame(), shipped).decisions) == 0


def test_what_was_generated_streams(tmp_path: Path, shipped: Library) -> None:
    generate_to(tmp_path / "g.parquet", 50, 3, shipped)
    assert checked(tmp_path / "g.parquet")
    about, report = replay_file(tmp_path / "g.parquet", tmp_path / "d.parquet", setting(shipped))
    assert report is None and about.requests == 50


def test_a_file_of_others_is_checked_on_the_way(cases: pl.DataFrame, tmp_path: Path, shipped: Library) -> None:
    rows = cases.with_columns(
        pl.when(pl.int_range(pl.len()) == 3).then(-5).otherwise("requested_visits").alias("requested_visits")
    )
    rows.write_parquet(tmp_path / "c.parquet")
    with pytest.warns(UserWarning, match="39 accepted"):
        about = wb.replay(tmp_path / "c.parquet", shipped, out=tmp_path / "d.parquet")
    assert about.requests == 39
    assert {p.name for p in tmp_path.iterdir()} == {"c.parquet", "d.parquet", "d.texts.json"}


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_that_is_not_utf8_gets_its_answer(encoding: str) -> None:
    call = [sys.executable, "-m", "workbench.terminal.parser", "diff", *(f"physical-therapy/2026.{n}" for n in (1, 2))]
    env = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run(call, cwd=ROOT, env=env, capture_output=True, check=False)
    assert done.returncode == 0 and b"->" in done.stdout and not done.stderr

"""Nothing that a call reads is ever written over, and nothing is there by half."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from samples import DRAFT

from workbench.documents.outputs import claim, digest, write_text, writing
from workbench.errors import ProblemsFound
from workbench.terminal.parser import main

ROOT = Path(__file__).parent.parent
ASSUMED = "assumptions: a\nfacts:\n  plan_of_care: {value: true, reason: usual}\n"
MAPPING = "mapping: m\ncolumns: {id: request_id, kind: discipline}\n"


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One file of each kind that a verb reads, and a guideline folder."""
    folder = tmp_path_factory.mktemp("inputs")
    shutil.copytree(ROOT / "guidelines", folder / "guidelines")
    (folder / "draft.yaml").write_text(DRAFT, encoding="utf-8")
    (folder / "assume.yaml").write_text(ASSUMED, encoding="utf-8")
    (folder / "map.yaml").write_text(MAPPING, encoding="utf-8")
    (folder / "raw.csv").write_text("id,kind\nA,PT\nB,XX\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["generate", "--requests", "20", "--out", "cases.parquet"]) == 0
    return folder


# Verb with IN for an output that is the file named second.
MATRIX = [
    ("generate --requests 5 --out IN", "guidelines/measures/2026.1.csv"),
    ("read cases raw.csv --mapping map.yaml --out IN", "raw.csv"),
    ("read cases raw.csv --mapping map.yaml --out IN", "map.yaml"),
    ("read cases raw.csv --mapping map.yaml --out o.parquet --quarantine IN", "raw.csv"),
    ("read cases raw.csv --mapping map.yaml --out o.parquet --quarantine IN", "map.yaml"),
    ("read cases raw.csv --mapping map.yaml --out o.parquet --quarantine IN", "guidelines/conditions/2026.1.csv"),
    ("read cases cases.parquet --out IN", "cases.parquet"),
    ("read cases cases.parquet --out o.parquet --quarantine IN", "cases.parquet"),
    ("read narratives raw.csv --out IN", "raw.csv"),
    ("replay --cases cases.parquet --out IN", "cases.parquet"),
    ("replay --cases cases.parquet --replay carried_forward --out IN", "cases.parquet"),
    ("replay --cases raw.csv --mapping map.yaml --out IN", "raw.csv"),
    ("replay --cases raw.csv --mapping map.yaml --out IN", "map.yaml"),
    ("replay --cases cases.parquet --assume assume.yaml --out IN", "assume.yaml"),
    ("replay --cases cases.parquet --draft draft.yaml --out IN", "draft.yaml"),
    ("replay --cases cases.parquet --out IN", "guidelines/sources.yaml"),
    ("program rehab-review-2019 --on 2020-01-01 --picture IN", "guidelines/measures/2026.1.csv"),
    ("deidentify raw.csv --profile safe_harbor --drop id --out IN", "raw.csv"),
    ("deidentify cases.parquet --profile safe_harbor --out IN", "cases.parquet"),
]
SPELLINGS: dict[str, Callable[[Path], Path]] = {
    "plain": lambda p: p,
    "dots": lambda p: p.parent / "nowhere" / ".." / p.name,
    "absolute": lambda p: p.absolute(),
    "link": lambda p: _link(p, os.symlink),
    "hard link": lambda p: _link(p, os.link),
}


def _link(path: Path, how: Callable[[Path, Path], None]) -> Path:
    there = Path(f"linked{path.suffix}")
    how(path.absolute(), there)
    return there


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(("call", "what"), MATRIX, ids=[f"{c} = {w}" for c, w in MATRIX])
def test_an_output_that_is_an_input_is_refused(
    call: str,
    what: str,
    spelling: str,
    inputs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(inputs, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    out = SPELLINGS[spelling](Path(what))
    linked = {tmp_path / out} if out.name.startswith("linked") else set()
    code = main([w.replace("IN", str(out)) for w in call.split()] + ["--force"])
    said = capsys.readouterr().err
    assert code == 2 and ("output-is-input" in said or "three files" in said), said
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file() and p not in linked} == before


def test_a_scenario_writes_over_nothing_that_it_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("guidelines", "scenarios", "notebooks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    file = next(Path("scenarios").glob("*.yaml"))
    before = file.read_bytes()
    Path("out").mkdir()
    Path("out/summary.csv").symlink_to(file.absolute())
    assert main(["scenario", str(file), "--out", "out"]) == 2
    assert "output-is-input" in capsys.readouterr().err
    assert file.read_bytes() == before


def test_a_picture_brings_its_table_along(inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(inputs)
    (tmp_path / "p.csv").write_text("mine")
    call = ["program", "rehab-review-2019", "--on", "2020-01-01", "--picture", str(tmp_path / "p.svg")]
    assert main(call) == 2 and (tmp_path / "p.csv").read_text() == "mine" and not (tmp_path / "p.svg").exists()


def test_two_outputs_are_two_files(inputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(inputs)
    call = ["read", "cases", "raw.csv", "--mapping", "map.yaml", "--out", "x.parquet", "--quarantine", "./x.parquet"]
    assert main(call) == 2 and not Path("x.parquet").exists()


def test_decisions_and_their_texts_belong_together(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(inputs)
    call = ["replay", "--cases", "cases.parquet", "--out", str(tmp_path / "d.parquet")]
    assert main(call) == 0
    said = json.loads((tmp_path / "d.texts.json").read_text(encoding="utf-8"))
    assert said["of"] == digest(tmp_path / "d.parquet")
    assert main(call) == 2, "a file that is there is replaced only with --force"
    (tmp_path / "d.parquet").unlink()
    assert main(call) == 2, "nor are the texts of another file"
    assert main([*call, "--force"]) == 0
    assert {p.name for p in tmp_path.iterdir()} == {"d.parquet", "d.texts.json"}


def test_what_fails_leaves_the_earlier_file_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "a.txt"
    write_text(out, "whole")
    with pytest.raises(RuntimeError), writing(out, tmp_path / "b.txt") as (one, other):
        one.write_text("half")
        other.write_text("half")
        raise RuntimeError
    assert out.read_text() == "whole" and list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "x"), pl.exceptions.ComputeError("gone (os error 28)")])
def test_a_full_disk_is_named_with_the_file(tmp_path: Path, error: Exception) -> None:
    with pytest.raises(ProblemsFound) as found, writing(tmp_path / "a.parquet") as (part,):
        part.write_text("half")
        raise error
    (problem,) = found.value.problems
    assert problem.code == "unwritable" and problem.file == str(tmp_path / "a.parquet")
    assert "the disk is full" in problem.message and not list(tmp_path.iterdir())


def test_a_fault_of_something_read_is_not_blamed_on_the_output(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), writing(tmp_path / "a"):
        (tmp_path / "other").read_text()


def test_a_link_stays_and_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"


def test_two_runs_with_one_output_do_not_mix(tmp_path: Path) -> None:
    out, beside = tmp_path / "a", tmp_path / "b"
    with writing(out, beside) as one, writing(out, beside) as other:
        for n, parts in enumerate((one, other)):
            for part in parts:
                part.write_text(str(n))
    assert out.read_text() == beside.read_text() == "0", "the last that is complete"


def test_names_that_differ_in_case_alone_are_one_file_on_many_disks(tmp_path: Path) -> None:
    with pytest.raises(ProblemsFound, match="output-is-input"):
        claim([tmp_path / "CASES.parquet"], [tmp_path / "cases.parquet"])

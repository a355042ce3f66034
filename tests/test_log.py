"""What the package tells of its own work: nothing unless asked, no fact of a request, and no error goes unheard."""

from __future__ import annotations

import ast
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.log import timed
from workbench.terminal.parser import main

ROOT = Path(__file__).parents[1]
GUIDELINES = str(ROOT / "tests" / "errors" / "_base" / "guidelines")
CASES = "request_id,discipline,requested_visits,member_id\nSECRET-1,PT,4,SECRET-2\nSECRET-3,PT,many,SECRET-4\n"


@pytest.fixture(autouse=True)
def _as_before():
    logger = logging.getLogger("workbench")
    before = logger.handlers, logger.level
    yield
    logger.handlers, level = before
    logger.setLevel(level)


@pytest.fixture
def call(tmp_path):
    (tmp_path / "cases.csv").write_text(CASES)
    return ["read", "cases", str(tmp_path / "cases.csv"), "--out", str(tmp_path / "o.parquet"),
            "--guidelines", GUIDELINES]  # fmt: skip


def lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("workbench.")]


def test_it_is_quiet_by_default(call, capsys):
    main(call)
    said = capsys.readouterr()
    assert lines(said.err) == [] and lines(said.out) == []


def test_verbose_says_what_is_done_and_how_long_it_takes(call, capsys):
    main([*call, "--verbose"])
    said = capsys.readouterr()
    told = "\n".join(lines(said.err))
    for what in ("2 rows read, 1 accepted, 1 set aside", "o.parquet", "guidelines loaded: 0.", "read: "):
        assert what in told
    assert "SECRET" not in told, "no fact of a request stands in a log"
    assert lines(said.out) == [], "stdout holds the answer alone"


def test_verbose_tells_of_a_replay(call, tmp_path, capsys):
    main(call)
    replay = ["replay", "--cases", str(tmp_path / "o.parquet"), "--out", str(tmp_path / "d.parquet"),
              "--guidelines", GUIDELINES, "--verbose"]  # fmt: skip
    assert main(replay) == 0
    told = "\n".join(lines(capsys.readouterr().err))
    assert "compiled 1 plans" in told and "replay: " in told and "SECRET" not in told


def test_verbose_twice_says_nothing_twice(call, capsys):
    main([*call, "--verbose"])
    first = len(lines(capsys.readouterr().err))
    main([*call, "--verbose", "--force"])
    assert len(lines(capsys.readouterr().err)) == first
    main([*call, "--force"])
    assert lines(capsys.readouterr().err) == []


def test_importing_sets_up_no_logging():
    code = "import logging, workbench as wb; wb.load_guidelines; r = logging.getLogger(); print(r.handlers, r.level)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == f"[] {logging.WARNING}" and done.stderr == ""


def test_what_fails_is_timed_too(caplog):
    logger = logging.getLogger("workbench.test")
    with caplog.at_level(logging.INFO, "workbench"), pytest.raises(ValueError, match="chalk"), timed(logger, "writing"):
        raise ValueError("out of chalk")
    assert [r.message.split(":")[0] for r in caplog.records] == ["writing"]


# Handlers that catch anything and tell nobody, each with the reason why nothing is lost.
SILENT = {
    ("workbench/reading/suggest_table.py", "_sheets"): "what is wrong with the workbook is told where it is opened",
    ("workbench/cases/values.py", "_shown"): "the value is told as one that can not be shown",
}


def _broad(handler: ast.ExceptHandler) -> bool:
    names = {n.id for n in ast.walk(handler.type) if isinstance(n, ast.Name)} if handler.type else {"Exception"}
    return bool(names & {"Exception", "BaseException"})


def _tells(handler: ast.ExceptHandler) -> bool:
    """It raises, or does something with the error that it caught."""
    inside = [n for stmt in handler.body for n in ast.walk(stmt)]
    used = any(isinstance(n, ast.Name) and n.id == handler.name for n in inside)
    return used or any(isinstance(n, ast.Raise) for n in inside)


def test_nothing_that_is_raised_is_swallowed():
    silent = set()
    for path in sorted((ROOT / "workbench").rglob("*.py")):
        tree, name = ast.parse(path.read_text(encoding="utf-8")), path.relative_to(ROOT).as_posix()
        functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
        for function in functions:
            for handler in (n for n in ast.walk(function) if isinstance(n, ast.ExceptHandler)):
                if _broad(handler) and not _tells(handler):
                    silent.add((name, function.name))
        for node in ast.walk(tree):  # contextlib.suppress of anything
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "suppress":
                assert not {getattr(a, "id", "") for a in node.args} & {"Exception", "BaseException"}, name
    assert silent == set(SILENT)

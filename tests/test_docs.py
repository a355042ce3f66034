"""Nothing shown goes unrun: the calls, the Python and the numbers that README and docs/ show, and the help of the terminal."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.terminal.parser import main, parser

ROOT = Path(__file__).parent.parent
PAGES = [*(ROOT / name for name in ("README.md", "CONTRIBUTING.md")), *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
DRAFT = """\
draft: more-room
author: A. Author
reason: to see what happens
created: 2026-11-23
changes:
  physical-therapy:
    limits: {change: [{where: {}, visits: {add: 2}}]}
"""
REQUEST = "{request_id: one, received_on: 2026-02-01, discipline: PT, evaluation_only: true}\n"
VERBS = sorted(next(a for a in parser()._actions if a.dest == "verb").choices)


def calls(path: Path) -> Iterator[str]:
    """The calls of the terminal that a page shows, on lines of their own and within sentences."""
    text = path.read_text(encoding="utf-8")
    for line in re.findall(r"^(?: {4})?(workbench [a-z].*)$", text, re.M):
        yield line.split("   # ")[0]
    yield from (c for c in re.findall(r"`(workbench [^`\n]+)`", text) if len(c.split()) > 2)


CALLS = sorted({(str(p.relative_to(ROOT)), c) for p in PAGES for c in calls(p)})


@pytest.mark.parametrize("page, call", CALLS, ids=[f"{p}: {c[:60]}" for p, c in CALLS])
def test_a_call_that_is_shown_is_one(page: str, call: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(call.partition(" > ")[0])
    if "VERB" in words:
        assert all(main_exits([verb, *words[2:]]) == 0 for verb in VERBS)
        return
    if "…" in words:  # cut short: the verb and its options are there
        options = next(a for a in parser()._actions if a.dest == "verb").choices[words[1]]._option_string_actions
        assert {w for w in words if w.startswith("--")} <= set(options)
        return
    try:
        parser().parse_args(words[1:])
    except SystemExit:
        pytest.fail(capsys.readouterr().err)


def main_exits(words: list[str]) -> int:
    try:
        return main(words)
    except SystemExit as exit_:
        return int(exit_.code or 0)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_says_what_it_does(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main_exits([verb, "--help"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"usage: workbench {verb}")
    assert len(said.split("options:")[0].split("\n\n")) >= 2


def test_every_make_target_that_is_shown_is_one() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        named = set(re.findall(r"`make ([a-z-]+)", text)) | set(re.findall(r"^make ([a-z-]+)", text, re.M))
        assert named <= targets, f"{page.name} shows make {', '.join(named - targets)}"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the README takes it: the project's own files to read, and one of the reader's drafts."""
    here = tmp_path_factory.mktemp("readme")
    for name in ("guidelines", "scenarios", "notebooks"):
        (here / name).symlink_to(ROOT / name)
    (here / "drafts").mkdir()
    (here / "drafts" / "more-room.yaml").write_text(DRAFT, encoding="utf-8")
    (here / "request.yaml").write_text(REQUEST, encoding="utf-8")
    return here


def shell(line: str, here: Path) -> str:
    """Run a line of a shell as it stands, with `workbench` being the one that is tested."""
    line = re.sub(r"^workbench\b", f"{shlex.quote(sys.executable)} -m workbench.terminal.parser", line)
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(line, shell=True, cwd=here, env=env, capture_output=True, text=True)
    assert ran.returncode == 0, f"{line}\n{ran.stderr}"
    return ran.stdout


def test_the_readme_runs(project: Path) -> None:
    """Its Python, its calls of the terminal in their order, and what it says came out."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    fences = FENCE.findall(readme)
    code = [body for language, body in fences if language == "python"]
    assert code
    for body in code:
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        ran = subprocess.run([sys.executable, "-c", body], cwd=project, env=env, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
        assert re.search(r"of 50,000 requests change", ran.stdout)
    said = {}
    for _, body in fences:
        for line in body.splitlines():
            if line.startswith("workbench "):
                said[line] = shell(line, project)
    assert len(said) >= 5
    replayed = next(out for line, out in said.items() if "--assume" in line)
    flat = " ".join(readme.split())
    for words in ("approved", "approved in part", "information needed", "clinician review"):
        count = re.search(rf"{words.replace(' ', '_')} +(\d+) requests", replayed)
        assert count and re.search(rf"\b{count[1]} {words}\b", flat), f"{words}: the README says otherwise"
    read = next(out for line, out in said.items() if " read narratives " in line)
    assert "30 rows read = 30 accepted + 0 set aside" in read and "30 read = 30 accepted + 0 set aside" in flat


def test_a_record_can_be_recomputed_as_shown(project: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    decide, recompute = (re.search(rf"`(workbench {verb} [^`]+)`", text)[1] for verb in ("decide", "recompute"))
    shell(decide, project)
    assert "the same" in shell(recompute, project)


def test_every_place_that_contributors_are_sent_to_is_there() -> None:
    """Names of files and folders in CONTRIBUTING stand as from the project, or from the package."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*|\w+\.(?:py|csv|md|in|yml))`", text))
    assert len(named) > 30
    lost = [
        n
        for n in named
        if not n.startswith("artefacts/") and not any((ROOT / at / n).exists() for at in ("", "workbench"))
    ]
    assert not lost


def test_hooks_check_what_lint_checks() -> None:
    """pre-commit runs the checks of `make lint`, from .venv and without the network."""
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"repo: (\S+)", hooks) == ["local"]
    lint = re.search(r"^lint: .*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert lint
    for line in lint[1].splitlines():
        tool = line.strip().lstrip("@").replace("$(BIN)", ".venv/bin").split(" .")[0].replace(" --quiet", "")
        assert f"entry: {tool}" in hooks, f"{tool} is no hook"

"""The public names: every example runs, a checker sees them, importing them costs nothing."""

from __future__ import annotations

import doctest
import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import workbench as wb
from workbench import api

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def names() -> dict[str, object]:
    guidelines = wb.load_guidelines(ROOT / "guidelines")
    return {"wb": wb, "guidelines": guidelines, "cases": wb.generate(200, guidelines, seed=7)}


def test_the_reference_is_as_the_docstrings_say() -> None:
    call = [sys.executable, ROOT / "scripts" / "render_api.py", "--check"]
    said = subprocess.run(call, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert said.returncode == 0, said.stdout + said.stderr
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert sorted(line[3:] for line in page.splitlines() if line.startswith("## ")) == sorted(wb.__all__)
    for name in wb.__all__:
        part = page.split(f"\n## {name}\n", 1)[1].split("\n## ", 1)[0]
        for label in ("Shape", "Units", "Errors"):
            assert part.count(f"- **{label}**: ") == 1, f"{name} does not tell its {label.lower()}"
        assert "\n```python\n>>> " in part, f"{name} has no example"


def test_every_verb_is_public() -> None:
    from workbench import results, screens, simulated, simulations, studied, studied_claims, studies

    classes = {
        n
        for m in (results, simulated, studied, studied_claims)
        for n, c in vars(m).items()
        if inspect.isclass(c) and c.__module__ == m.__name__
    }
    assert set(wb.__all__) == {*api.__all__, *studies.__all__, *simulations.__all__, *screens.__all__, *classes} - {
        "Picture"
    }  # which `Tried.picture` gives


@pytest.mark.parametrize("verb", wb.__all__)
def test_the_example_of_a_verb_runs(verb: str, names: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    doc = inspect.getdoc(getattr(wb, verb))
    assert doc is not None
    test = doctest.DocTestParser().get_doctest(doc, dict(names), verb, None, 0)
    assert test.examples, f"{verb} has no example"
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    said: list[str] = []
    runner.run(test, out=said.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(said)


@pytest.mark.parametrize("name", wb.__all__)
def test_a_public_name_says_what_it_is(name: str) -> None:
    thing = getattr(wb, name)
    assert inspect.getdoc(thing)
    for part, member in vars(thing).items() if inspect.isclass(thing) else ():
        if not part.startswith("_") and (callable(member) or isinstance(member, property)):
            assert inspect.getdoc(member), f"{name}.{part}"


def test_a_checker_sees_the_names(tmp_path: Path) -> None:
    snippet = tmp_path / "use.py"
    snippet.write_text(
        "import workbench as wb\n"
        "g = wb.load_guidelines('guidelines')\n"
        "reveal_type(wb.replay(wb.generate(10, g), g).decisions)\n"
        "wb.no_such_verb\n"
        "wb.generate('ten', g)\n",
        encoding="utf-8",
    )
    call = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(snippet)]
    said = subprocess.run(call, capture_output=True, text=True, cwd=ROOT, env=None).stdout
    assert 'use.py:3: note: Revealed type is "pandas' in said
    assert "use.py:4: error: Module has no attribute" in said
    assert 'use.py:5: error: Argument 1 to "generate"' in said


def test_importing_loads_no_room() -> None:
    code = "import sys, workbench, workbench.api; print(*[m for m in sys.modules if m.startswith('workbench.')])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == ["workbench.api"]

"""Scenarios: what they may say, what is compared, and whole runs of the shipped notebook."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import nbformat
import pytest

from workbench.errors import ProblemsFound
from workbench.review.notebook import check_parameters, parameters_of, run_notebook
from workbench.review.scenario import SUMMARY, accept_numbers, compare_numbers, gates_failed, run_scenarios
from workbench.review.scenario_file import GATES, KEYS, Gate, load_scenario

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "30_scenario.ipynb"
SHIPPED = sorted((ROOT / "scenarios").glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=[p.stem for p in SHIPPED])
def test_a_shipped_scenario_loads_and_has_expected_numbers(path, shipped):
    scenario = load_scenario(path, shipped)
    assert scenario.gates and scenario.question.endswith("?")
    with path.with_suffix(".expected.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {r["tolerance"] for r in rows} == {"0", "0.0005", "note"}
    assert {f"{g.name} draft" for g in scenario.gates} <= {r["number"] for r in rows}


def test_two_scenarios_are_shipped_at_least():
    assert len(SHIPPED) >= 2


def test_what_a_file_says_reaches_the_notebook_unchanged(shipped):
    for path in SHIPPED:
        scenario = load_scenario(path, shipped)
        assert not check_parameters(NOTEBOOK, scenario.parameters)
        again = load_scenario(dict(scenario.parameters), shipped)
        assert (again.draft, again.versions, again.gates, again.cases, again.baseline) == (
            scenario.draft,
            scenario.versions,
            scenario.gates,
            scenario.cases,
            scenario.baseline,
        )


def test_the_shipped_notebook_takes_every_key_of_a_scenario():
    known = parameters_of(NOTEBOOK)
    assert set(KEYS) - {"notebook"} | {"guidelines", "out"} == set(known)
    assert all(p.types for p in known.values()), "a parameter without a type takes anything"


@pytest.mark.parametrize(
    "given, told",
    [
        ({"sede": 7}, "there is no parameter `sede`"),
        ({"by_date": "yes"}, "`by_date` takes true or false, not a text"),
        ({"gates": [1]}, "`gates` takes keys and values, not a list"),
        ({"question": 3}, "`question` takes a text"),
        ({"draft": 1}, "`draft` takes keys and values or a text, not a whole number"),
    ],
)
def test_a_mistyped_parameter_fails(given, told):
    (problem,) = check_parameters(NOTEBOOK, given, "n.ipynb")
    assert problem.code == "notebook-parameter" and problem.message.startswith(told)
    with pytest.raises(ProblemsFound):
        run_notebook(NOTEBOOK, Path("never.ipynb"), given, ROOT)
    assert not Path("never.ipynb").exists()


def test_no_notebook_at_all(tmp_path):
    (tmp_path / "x.ipynb").write_text("{", encoding="utf-8")
    with pytest.raises(ProblemsFound, match="unreadable"):
        parameters_of(tmp_path / "x.ipynb")


EXPECTED = {
    "requests": ("100", "count"),
    "approval_rate draft": ("0.250000", "share"),
    "deciding day": ("a", "note"),
    "information_rate draft": ("", "share"),
}


@pytest.mark.parametrize(
    "now, wrong, told",
    [
        ({}, [], []),
        ({"requests": "101"}, ["requests: expected 100, came to 101"], []),
        ({"approval_rate draft": "0.250400"}, [], []),
        (
            {"approval_rate draft": "0.250600"},
            ["approval_rate draft: expected 0.250000 ± 0.0005, came to 0.250600"],
            [],
        ),
        ({"approval_rate draft": ""}, ["approval_rate draft: expected 0.250000 ± 0.0005, came to "], []),
        ({"information_rate draft": "0.0"}, ["information_rate draft: expected  ± 0.0005, came to 0.0"], []),
        ({"deciding day": "b"}, [], ["deciding day is no longer a but b"]),
        ({"people": "3"}, ["people: not among the expected numbers"], []),
        ({"requests": None}, ["requests: expected 100, and there is no such number"], []),
    ],
)
def test_key_numbers_are_compared(now, wrong, told, tmp_path):
    path = tmp_path / "s.expected.csv"
    accept_numbers(EXPECTED, path)
    numbers = {k: v for k, v in ({k: v for k, (v, _) in EXPECTED.items()} | now).items() if v is not None}
    assert compare_numbers(numbers, path) == (wrong, told)


def test_no_expected_numbers_is_a_failure(tmp_path):
    (wrong,), _ = compare_numbers({}, tmp_path / "s.expected.csv")
    assert "run with --accept" in wrong


@pytest.mark.parametrize(
    "bound, limit, value, holds",
    [
        ("at_least", "0.7", 0.7, True),
        ("at_least", "0.7", 0.69, False),
        ("at_most", "0", 0, True),
        ("at_most", "0", 1, False),
        ("at_least", "0", None, False),
        ("at_most", "1", None, False),
    ],
)
def test_gates(bound, limit, value, holds, shipped):
    gate = Gate("approval_rate", bound, Decimal(limit))
    assert gate.holds(value) is holds
    scenario = load_scenario(SHIPPED[0], shipped)
    scenario = type(scenario)(**{**scenario.__dict__, "gates": (gate,)})
    judged = {"gate": gate.name, "bound": bound, "limit": float(limit), "draft": value, "holds": holds}
    assert bool(gates_failed(scenario, {"gates": [judged]})) is not holds


def test_a_gate_is_judged_once_by_what_is_exact(shipped):
    """A key number has six places: 0.4999996 is written 0.500000 and does not keep a bound of 0.5. What the notebook
    did not judge, or by another bound, fails."""
    gate = Gate("approval_rate", "at_least", Decimal("0.5"))
    scenario = replace(load_scenario(SHIPPED[0], shipped), gates=(gate,))
    judged = {"gate": gate.name, "bound": gate.bound, "limit": 0.5, "draft": 0.4999996, "holds": gate.holds(0.4999996)}
    (said,) = gates_failed(scenario, {"gates": [judged]})
    assert said == "gate approval_rate: at least 0.5, and it is 0.4999996"
    for other in ({}, {"gates": []}, {"gates": [judged | {"limit": 0.4, "holds": True}]}):
        (said,) = gates_failed(scenario, other)
        assert "did not judge it" in said


def test_every_rate_can_be_a_gate():
    assert len(GATES) == 9 and {"newly_referred", "lose_visits"} < set(GATES)


# whole runs


def project(folder: Path) -> Path:
    """A folder with a small guideline and the shipped notebook, to put scenarios into."""
    shutil.copytree(ROOT / "tests" / "errors" / "_base" / "guidelines", folder / "guidelines")
    (folder / "notebooks").mkdir()
    shutil.copy(NOTEBOOK, folder / "notebooks")
    (folder / "scenarios").mkdir()
    return folder


def write_scenario(
    folder: Path, name: str, notebook: str = "30_scenario", gate: str = "newly_referred: {at_most: 0}", more: str = ""
) -> Path:
    path = folder / "scenarios" / f"{name}.yaml"
    path.write_text(
        f"""scenario: {name}
question: What if?
notebook: notebooks/{notebook}.ipynb
baseline: {{physical-therapy: "2026.1"}}
draft: {{changes: {{physical-therapy: {{limits: {{change: [{{where: {{}}, visits: {{add: 6}}}}]}}}}}}}}
cases: {{generate: 150, seed: 4}}
gates: {{{gate}}}
{more}""",
        encoding="utf-8",
    )
    return path


def test_whole_runs(tmp_path):
    """One that passes once its numbers are accepted, one whose gate fails, one whose notebook breaks."""
    folder = project(tmp_path)
    broken = nbformat.read(folder / "notebooks" / "30_scenario.ipynb", as_version=4)
    broken.cells.append(nbformat.v4.new_code_cell("raise ValueError('out of chalk')"))
    nbformat.write(broken, folder / "notebooks" / "broken.ipynb")
    good = write_scenario(folder, "good")
    gated = write_scenario(folder, "gated", gate="approval_rate: {at_least: 0.999}")
    breaks = write_scenario(folder, "breaks", notebook="broken")
    out, guidelines = folder / "artefacts", str(folder / "guidelines")

    runs = run_scenarios([good, gated, breaks], out, guidelines=guidelines, accept=True)
    results = {r.scenario: r for r in runs.runs}
    assert not runs.passed and list(results) == ["good", "gated", "breaks"]
    assert results["good"].passed and "requests change" in results["good"].verdict
    assert [f for f in results["gated"].failures if f.startswith("gate approval_rate: at least 0.999, and it is 0.")]
    assert any("ValueError: out of chalk" in f for f in results["breaks"].failures)
    for name in ("report.html", "key_numbers.csv", "notebook.ipynb", "result.json"):
        assert (out / "good" / name).is_file()
    executed = nbformat.read(out / "good" / "notebook.ipynb", as_version=4)
    assert str(tmp_path) not in json.dumps(executed.cells), "no path of the machine is written into a notebook"
    with (out / SUMMARY).open(encoding="utf-8", newline="") as file:
        rows = {r["scenario"]: r for r in csv.DictReader(file)}
    assert [rows[n]["passed"] for n in ("good", "gated", "breaks")] == ["true", "false", "false"]
    assert json.loads(rows["good"]["parameters"])["cases"] == {"generate": 150, "seed": 4}
    assert "physical-therapy/2026.1 " in rows["good"]["guidelines draft"]
    assert rows["good"]["guidelines draft"] != rows["good"]["guidelines published"]

    expected = good.with_suffix(".expected.csv")
    expected.write_text(
        expected.read_text(encoding="utf-8").replace("requests,150,0", "requests,151,0"), encoding="utf-8"
    )
    (again,) = run_scenarios([good], out, guidelines=guidelines).runs
    assert again.failures == ("requests: expected 151, came to 150",)


def test_nothing_runs_where_a_file_is_wrong(tmp_path, monkeypatch):
    folder = project(tmp_path)
    good = write_scenario(folder, "good")
    bad = write_scenario(folder, "bad", more="sede: 7\n")
    monkeypatch.setattr("workbench.review.scenario._job", lambda *a: pytest.fail("it ran"))
    with pytest.raises(ProblemsFound, match="notebook-parameter"):
        run_scenarios([good, bad], folder / "artefacts", guidelines=str(folder / "guidelines"))
    with pytest.raises(ProblemsFound, match="duplicate-id"):
        run_scenarios([good, good], folder / "artefacts", guidelines=str(folder / "guidelines"))

"""The gate of a pull request: two revisions of a repository, a verdict in Markdown, an exit code."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from review_folder import EXAMPLE, NEW, lay_out, new_key, new_overlay_and_program

from workbench.errors import ProblemsFound
from workbench.guideline.load import load_guidelines
from workbench.review.gate.revisions import lay_out as at
from workbench.review.signing.seals import found_seals
from workbench.terminal.parser import main

QUESTION = ["--question", "one-determination"]


def git(here: Path, *words: str) -> None:
    me = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *me, *words], cwd=here, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose one commit (`base`) has the folder without its version in review."""
    here = lay_out(tmp_path / "r")
    kept = {p: p.read_bytes() for p in here.glob("guidelines/physical-therapy/2026.2.*")}
    for path in kept:
        path.unlink()
    (here / "scenarios" / "second.yaml").rename(tmp_path / "second.yaml")
    (here / "notebooks").mkdir()
    (here / "notebook.ipynb").rename(here / "notebooks" / "n.ipynb")
    found_seals(load_guidelines(here / "guidelines"), "2026-11-01")
    git(here, "init", "-q", "-b", "main")
    git(here, "add", "-A")
    git(here, "commit", "-q", "-m", "base")
    git(here, "tag", "base")
    for path, data in kept.items():
        path.write_bytes(data)
    text = (tmp_path / "second.yaml").read_text().replace("notebook.ipynb", "notebooks/n.ipynb")
    (here / "scenarios").mkdir(exist_ok=True)
    (here / "scenarios" / "second.yaml").write_text(text)
    return here


def committed(here: Path) -> None:
    git(here, "add", "-A")
    git(here, "commit", "-q", "--allow-empty", "-m", "head")


def gate(here: Path, capsys: pytest.CaptureFixture, *more: str) -> tuple[int, str, str]:
    committed(here)
    code = main(["review", "--base", "base", "--guidelines", str(here / "guidelines"), *QUESTION, *more])
    return code, *capsys.readouterr()


def test_a_version_in_review_passes(repository: Path, capsys: pytest.CaptureFixture) -> None:
    code, out, err = gate(repository, capsys)
    assert code == 0, out + err
    assert out.startswith("## Guidelines: review of the change\n\n**Nothing breaks: ")
    assert f"### physical-therapy/2026.1 → {NEW}: " in out
    assert "| second | referral_rate | at most 0.9 |" in out.replace("\\_", "_")
    assert "| physical-therapy/2026.2.yaml | added |" in out
    assert str(repository) not in out and "/tmp" not in out


def test_overlays_and_programs_in_review_are_judged(repository: Path, capsys: pytest.CaptureFixture) -> None:
    """Their differences and the gates of the scenario that tries them; what they decide is none of the seals' yet."""
    new_overlay_and_program(repository)
    scenario = repository / "scenarios" / "others.yaml"
    scenario.write_text(scenario.read_text().replace("notebook.ipynb", "notebooks/n.ipynb"))
    code, out, err = gate(repository, capsys)
    assert code == 0, out + err
    assert "3 versions changed, in 4 files" in out
    for title in ("harbor/2026.1 → harbor/2026.2", "review/2019-11 → review/2026-10"):
        assert f"### {title}: " in out
    assert "| others | referral_rate | at most 0.9 |" in out.replace("\\_", "_")


def test_all_that_breaks_is_told(repository: Path, capsys: pytest.CaptureFixture) -> None:
    """A gate that fails, an example that comes out otherwise, a published number edited, a seal taken away."""
    edits = {
        "scenarios/second.yaml": ("at_most: 0.9", "at_most: 0.1"),
        "guidelines/physical-therapy/examples.yaml": ("determination: approved", "determination: administrative"),
        "guidelines/physical-therapy/2026.1.limits.csv": ("16,12,3", "17,12,3"),
    }
    for name, (one, two) in edits.items():
        path = repository / name
        path.write_text(path.read_text().replace(one, two, 1))
    code, out, _ = gate(repository, capsys)
    told = [line for line in out.split("### To weigh")[0].splitlines() if line.startswith("- ")]
    assert code == 1 and len(told) == 4
    assert (
        "unsealed it is not as it was sealed" in told[0]
        and "guidelines/physical-therapy/2026.1.limits.csv:1:1" in told[0]
    )
    assert [("example" in t, "gate" in t) for t in told[1:]] == [(True, False), (True, False), (False, True)]
    for seal in (repository / "guidelines" / "seals").glob("*.json"):
        seal.unlink()
    code, out, _ = gate(repository, capsys, "--json")
    assert code == 1 and "a seal of the base is gone: seals are only ever added" in out


def test_what_stood_guard_and_is_otherwise_is_named(repository: Path, capsys: pytest.CaptureFixture) -> None:
    """A gate loosened, one taken away, an expectation turned, an example gone, somebody who may sign for more."""
    keys = [new_key(repository.parent / who) for who in ("ada", "max")]
    people = repository / "guidelines" / "seals" / "reviewers.yaml"
    scenario, examples = (
        repository / "scenarios" / "second.yaml",
        repository / "guidelines" / "physical-therapy" / "examples.yaml",
    )
    text = "reviewers:\n  - {id: ada, name: Ada, credential: PT, roles: [author], key: '%s'}\n"
    people.write_text(text % keys[0])
    more = EXAMPLE.replace("ordinary back pain is approved", "another").replace("A back", "Another back")
    examples.write_text(EXAMPLE + more)
    committed(repository)
    git(repository, "tag", "-f", "base")
    people.write_text(text.replace("[author]", "[author, approver]") % keys[1])
    scenario.write_text(
        scenario.read_text().replace("at_most: 0.9", "at_most: 1").replace(", newly_referred: {at_most: 0}", "")
    )
    examples.write_text(
        EXAMPLE.replace("requested_visits: 6", "requested_visits: 90").replace(
            "determination: approved, reasons: []", "determination: clinician_review"
        )
    )
    _, out, err = gate(repository, capsys)
    assert out, err
    for told in (
        "who may sign: ada, roles: author → author, approver",
        f"who may sign: ada, key: {keys[0]} → {keys[1]}",
        "the gate referral_rate of second is looser: at most 0.9 → 1",
        "the gate newly_referred at most 0 of second is gone",
        "the example “another” is gone",
        "the example “ordinary back pain is approved” expects otherwise: determination approved → clinician_review; reasons none → not said",
    ):
        assert told in out.replace("\\", ""), told
    scenario.unlink()
    _, out, _ = gate(repository, capsys)
    assert "the scenario second is gone, and with it its gates: referral_rate, newly_referred" in out.replace("\\", "")


def test_files_that_can_not_be_read_are_the_verdict(repository: Path, capsys: pytest.CaptureFixture) -> None:
    path = repository / "guidelines" / "physical-therapy" / "2026.2.yaml"
    path.write_text(path.read_text().replace("value: 10", "value: ten"))
    code, out, _ = gate(repository, capsys)
    assert code == 1 and "1 thing breaks. The guidelines can not be read." in out
    assert "guidelines/physical-therapy/2026.2.yaml:12:12: wrong-value" in out


def test_nothing_that_changes_passes(repository: Path, capsys: pytest.CaptureFixture) -> None:
    for path in [*repository.glob("guidelines/physical-therapy/2026.2.*"), repository / "scenarios" / "second.yaml"]:
        path.unlink()
    code, out, _ = gate(repository, capsys)
    assert code == 0 and "No file of the guidelines changed." in out


def test_revisions_that_are_not_there(repository: Path, tmp_path: Path) -> None:
    for revision, told in (("none", "there is no revision none"), ("--all", "there is no revision --all")):
        with pytest.raises(ProblemsFound, match=told):
            at(repository / "guidelines", revision, tmp_path / "x")
    (repository / "other").mkdir()
    with pytest.raises(ProblemsFound, match="there is no folder other in base"):
        at(repository / "other", "base", tmp_path / "x")
    with pytest.raises(ProblemsFound, match="lies in no repository"):
        at(tmp_path, "base", tmp_path / "x")

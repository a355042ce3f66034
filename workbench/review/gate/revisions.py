"""Revisions of the repository that holds the guidelines, each laid out in a folder of its own; the work tree is left
alone."""

from __future__ import annotations

import io
import subprocess
import zipfile
from pathlib import Path

from workbench.errors import Problem, ProblemsFound

BESIDE = ("scenarios", "notebooks", "cases")  # what scenarios name, beside the guideline folder


def lay_out(guidelines: Path, revision: str, into: Path) -> Path:
    """The guideline folder as it stands in a revision, with scenarios, notebooks and cases beside it; returns its path.
    Raises ProblemsFound where there is no such revision, or no such folder in it."""
    top = Path(_git(guidelines, "rev-parse", "--show-toplevel").strip())
    inside = guidelines.resolve().relative_to(top.resolve())
    commit = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").strip()
    parent = "" if inside.parent == Path(".") else f"{inside.parent.as_posix()}/"
    wanted = [f"{parent}{name}" for name in (inside.name, *BESIDE)]
    there = _git(top, "ls-tree", "--name-only", "-z", commit, "--", *wanted).split("\0")
    if wanted[0] not in there:
        raise ProblemsFound([Problem("bad-call", f"there is no folder {wanted[0]} in {revision}")])
    data = subprocess.run(
        ["git", "archive", "--format=zip", commit, "--", *filter(None, there)], cwd=top, capture_output=True, check=True
    ).stdout
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(into)
    return into / inside


def _git(where: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=where, capture_output=True, text=True)
    except FileNotFoundError:
        raise ProblemsFound([Problem("bad-call", "this needs git")]) from None
    if done.returncode:
        named = next((w for w in words if w.endswith("^{commit}")), "").removesuffix("^{commit}")
        told = f"there is no revision {named}" if named else f"{where} lies in no repository of git"
        raise ProblemsFound([Problem("bad-call", told, hint="git log --oneline names revisions" if named else "")])
    return done.stdout

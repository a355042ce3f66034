"""Fixtures of this folder."""

import shutil

import pytest
from desk_cases import _desk, cases, desk, library, prepared

from workbench.lab.tuning import open as opening

__all__ = ["_desk", "cases", "desk", "library", "prepared"]


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of what a project has, with a notebook folder to work in."""
    for name in ("guidelines", "scenarios"):
        shutil.copytree(name, tmp_path / name)
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    monkeypatch.setattr(opening, "_last", None)
    return tmp_path

"""The set-up agrees with itself: the lock, what is declared, what conda users get, and what is installed."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from ruamel.yaml import YAML

PROJECT = Path(__file__).resolve().parents[1]
LOCKS = ["requirements.lock", "requirements-peers.lock"]
# Written in pieces, so that this file is not itself a finding.
HOSTS = [
    "".join(parts)
    for parts in (
        ("py", "pi.org"),
        ("python", "hosted.org"),
        ("registry.", "npmjs.org"),
        ("npm", "js.com"),
        ("deb.", "debian.org"),
        ("ana", "conda.org"),
        ("ana", "conda.com"),
    )
]
HOME = re.compile(r"/(?:home|Users|root|tmp|var/folders)/\w|[A-Z]:\\\\Users")


def requirements(name: str) -> list[Requirement]:
    """The requirements of a .in or .lock file, hashes and comments left out."""
    lines = (PROJECT / name).read_text(encoding="utf-8").splitlines()
    return [Requirement(line.rstrip(" \\")) for line in lines if line and line[0] not in " #"]


def pins(found: list[Requirement]) -> dict[str, str]:
    """Name → exact version, of those that apply to this Python and system."""
    pinned = {}
    for requirement in found:
        if requirement.marker is None or requirement.marker.evaluate():
            (specifier,) = requirement.specifier
            assert specifier.operator == "==", f"{requirement} is not an exact version"
            name = canonicalize_name(requirement.name)
            assert pinned.setdefault(name, specifier.version) == specifier.version, f"{name} is pinned twice"
    return pinned


def project() -> dict:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def tracked() -> list[Path]:
    """The files of the project as git sees them, new ones included."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=PROJECT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [path for name in listed.split("\0") if name and (path := PROJECT / name).is_file()]


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_hashes_and_no_address(name):
    text = (PROJECT / name).read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert len(blocks) == len(requirements(name))
    for block in blocks:
        assert "--hash=sha256:" in block, block
    assert "://" not in text and "--index" not in text and "--find-links" not in text


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_holds_what_is_asked_for(name):
    locked = pins(requirements(name))
    asked = pins(requirements(name.replace(".lock", ".in")))
    assert asked.items() <= locked.items()


def test_what_the_package_declares_is_asked_for():
    asked = pins(requirements("requirements.in"))
    extras = project()["optional-dependencies"]
    lines = [*project()["dependencies"], *(line for name in extras if name != "all" for line in extras[name])]
    below = {r.name: r for line in lines if (r := Requirement(line)) and not r.specifier}
    assert below == {}, "a lower bound is missing"
    for requirement in map(Requirement, lines):
        assert asked[canonicalize_name(requirement.name)] in requirement.specifier


def test_what_is_installed_is_the_lock():
    locked = pins(requirements("requirements.lock"))
    installed = {canonicalize_name(found.name): found.version for found in metadata.distributions()}
    different = {
        name: (version, installed.get(name)) for name, version in locked.items() if installed.get(name) != version
    }
    assert different == {}, "run `make env`"


def test_conda_users_get_the_same_versions():
    listed = YAML(typ="safe").load(PROJECT / "environment.yml")["dependencies"]
    *plain, with_pip = listed
    (python,) = [line for line in plain if line.startswith("python=")]
    assert python.removeprefix("python=") + ".0" in SpecifierSet(project()["requires-python"])
    *packages, this_project = with_pip["pip"]
    assert this_project == "--editable ."
    # uv only serves `make env`.
    asked = pins(requirements("requirements.in"))
    asked.pop("uv")
    assert pins([Requirement(line) for line in packages]) == asked


def test_no_file_names_a_registry():
    found = [
        f"{path.relative_to(PROJECT)}: {host}"
        for path in tracked()
        for host in HOSTS
        if host.encode() in path.read_bytes()
    ]
    assert found == []


def test_no_notebook_or_configuration_holds_a_path_of_one_machine():
    found = [
        f"{path.relative_to(PROJECT)}: {match.group()}"
        for path in tracked()
        if path.suffix == ".ipynb" or "labconfig" in path.parts
        if (match := HOME.search(path.read_text(encoding="utf-8")))
    ]
    assert found == []

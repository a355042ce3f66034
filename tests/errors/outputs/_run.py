"""Each case's call.yaml names the outputs of a call and the files that it reads."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ruamel.yaml import YAML

from workbench.documents.outputs import claim
from workbench.errors import Problem


def run(case: Path) -> Iterable[Problem]:
    call = YAML(typ="safe").load((case / "call.yaml").read_text(encoding="utf-8"))
    claim(call["outputs"], call.get("reads", []), endings=call.get("endings", []))
    return []

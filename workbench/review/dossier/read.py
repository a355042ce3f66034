"""A dossier's data, read: what people sign, and what a seal goes by. Nothing is computed here."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from workbench.documents.text import read_text
from workbench.errors import Problem, Problems, ProblemsFound

SCHEMA = 1
DATA = "dossier.json"
LARGEST = 50_000_000  # bytes

Contents = dict[str, Any]


def text_digest(text: str) -> str:
    """SHA-256 of a text's bytes: what people sign of `dossier.json`."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_dossier(folder: Path) -> tuple[Contents, str]:
    """What a dossier's data say, and the digest that is signed. Raises ProblemsFound for what is no dossier."""
    path, problems = folder / DATA, Problems()
    if not path.is_file():
        hint = "workbench dossier make SCENARIO.yaml --on DATE --out FOLDER"
        raise ProblemsFound([Problem("missing-file", f"the folder holds no {DATA}", str(folder), hint=hint)])
    text = read_text(path, problems, size=LARGEST)
    problems.check()
    assert text is not None
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        raise ProblemsFound([Problem("unreadable", "this is not JSON", str(path))]) from None
    if not isinstance(held, dict) or held.get("dossier") != SCHEMA:
        told = f"this is no dossier of schema {SCHEMA}"
        raise ProblemsFound([Problem("wrong-value", told, str(path), hint="make it again")])
    return held, text_digest(text)

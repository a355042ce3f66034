"""An engine of others decides the shipped guidelines, translated from their files by code of its own, as ours does."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections import Counter
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from generative.agreement import frame_for

from peers import folder, translate
from peers.requests import requests
from workbench.engine.columnar import decide_frame
from workbench.engine.setting import setting
from workbench.guideline.load import load_guidelines
from workbench.language.interpret import Facts

ROOT = Path(__file__).parents[2]
GUIDELINES = ROOT / "guidelines"
PYTHON = ROOT / ".venv-peers" / "bin" / "python"
DISCIPLINES = ("physical-therapy", "occupational-therapy", "speech-therapy")
PROGRAM = "rehab-review-2019"
COMPARED = (
    "determination",
    "granted_visits",
    "granted_weeks",
    "referred_visits",
    "referred_weeks",
    "waived_visits",
    "benefit_excess_visits",
    "procedures_not_covered",
    "reasons",
    "missing",
    "undefined",
)


@pytest.fixture(scope="module")
def library():
    if not PYTHON.is_file():
        why = "the independent engine is not installed (make peers)"
        if os.environ.get("WORKBENCH_REQUIRE_PEERS"):
            pytest.fail(why)
        pytest.skip(why)
    return load_guidelines(GUIDELINES)


def _run(tmp_path: Path, models: dict[str, str], tasks: Sequence[tuple[str, dict]]) -> list[dict]:
    given, told = tmp_path / "tasks.json", tmp_path / "results.json"
    given.write_text(json.dumps({"models": models, "tasks": tasks}), encoding="utf-8")
    done = subprocess.run(
        [PYTHON, Path(__file__).parent / "run_zen.py", given, told], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(told.read_text(encoding="utf-8"))


def _plain(facts: Facts) -> dict[str, object]:
    """Facts as JSON: dates as day numbers, exact decimals as the numbers that they are."""
    out: dict[str, object] = {}
    for name, value in facts.items():
        if isinstance(value, date):
            out[name] = value.toordinal()
        elif isinstance(value, Decimal):
            out[name] = int(value) if value == value.to_integral_value() else float(value)
        else:
            out[name] = list(value) if isinstance(value, tuple) else value
    return out


def _by_zen(tmp_path: Path, rows: Sequence[Facts], version: str, program: str | None) -> list[dict[str, object]]:
    """One record a request: the program and the scopes first, then the one guideline that claims it, under its plan."""
    plans = {plan["plan"]: plan for plan in folder.plans(GUIDELINES)}
    plain = [_plain(row) for row in rows]
    versions = sorted(folder.programs(GUIDELINES, program), key=lambda p: p["published"]) if program else []
    models = {p["published"]: translate.program(p) for p in versions}
    models["scopes"] = translate.scopes({n: folder.guideline(GUIDELINES, f"{n}/{version}") for n in DISCIPLINES})
    tasks = [("scopes", facts) for facts in plain]
    tasks += [(_version(versions, row), facts) for row, facts in zip(rows, plain, strict=True)] if program else []
    told = _run(tmp_path, models, tasks)
    claims, first = told[: len(rows)], told[len(rows) :] or [{"required": True}] * len(rows)
    tasks, models = [], {}
    for row, facts, claim, review in zip(rows, plain, claims, first, strict=True):
        (name,) = claim["claims"]
        plan = plans.get(row.get("plan"))
        if plan is not None and row.get("line_of_business") not in plan["lines_of_business"]:
            plan = None
        key = f"{name} {plan['plan'] if plan else ''}"
        if key not in models:
            models[key] = translate.model(folder.guideline(GUIDELINES, f"{name}/{version}", plan or {}))
        tasks.append(
            (key, facts | {"named_program": program is not None, "requests_from": review.get("requests_from")})
        )
    results = _run(tmp_path, models, tasks)
    return [_sorted(r) if review["required"] else _free(r) for r, review in zip(results, first, strict=True)]


def _sorted(record: dict[str, object]) -> dict[str, object]:
    return record | {"missing": sorted(set(record["missing"]))}


def _version(versions: list[dict], row: Facts) -> str:
    day = row.get("received_on")
    known = [v["published"] for v in versions if day is None or date.fromisoformat(v["published"]) <= day]
    return known[-1] if known else versions[0]["published"]


def _free(record: dict[str, object]) -> dict[str, object]:
    """What the program frees; of what the guideline says only what is urgent counts."""
    return {
        "determination": "not_required",
        "reasons": ["program", *record["pressing"]],
        "granted_visits": None,
        "granted_weeks": None,
        "referred_visits": 0,
        "referred_weeks": 0,
        "waived_visits": 0,
        "benefit_excess_visits": 0,
        "procedures_not_covered": [],
        "missing": [],
        "undefined": record["pressing_undefined"],
    }


@pytest.mark.parametrize(
    ("version", "program", "size"), [("2026.1", None, 3000), ("2026.1", PROGRAM, 1500), ("2026.2", None, 1500)]
)
def test_the_independent_engine_decides_alike(tmp_path, library, version, program, size):
    rows = requests(GUIDELINES, library, size, random.Random(f"{version} {program}"))
    pins = dict.fromkeys(DISCIPLINES, version)
    chosen = setting(library, as_of=date(2026, 6, 1), program=program, pins=pins)
    ours = decide_frame(frame_for(rows), chosen).to_dicts()
    theirs = _by_zen(tmp_path, rows, version, program)
    wrong = [
        (f"{k}: ours {a[k]!r}, theirs {b.get(k)!r}", row)
        for row, a, b in zip(rows, ours, theirs, strict=True)
        for k in COMPARED
        if a[k] != b.get(k)
    ]
    assert not wrong, f"{len(wrong)} differ; the first: {wrong[0]}"
    said = Counter(record["determination"] for record in ours)
    assert len(said) == 6 and min(said.values()) >= 20, f"too one-sided to show anything: {said}"

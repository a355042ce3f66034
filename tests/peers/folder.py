"""The guideline folder as plain text values: YAML and CSV read, bases and plans laid over one another.

Of its own, like `words`: it takes nothing from the project, and stops at a form of change that it does not know.
"""

from __future__ import annotations

import csv
import math
from decimal import Decimal
from pathlib import Path

from ruamel.yaml import YAML

NUMBERS = ("visits", "weeks", "per_week")
NOT_KEYS = ("id", *NUMBERS, "counts", "source", "evidence", "note")


def read_yaml(path: Path):
    """Every scalar as the text that stands there."""
    return YAML(typ="base", pure=True).load(path)


def guideline(root: Path, name: str, plan: dict | None = None) -> dict:
    """One version ("physical-therapy/2026.1") with its base under it and a plan over it.

    parameters: id → number as text; exemptions, waivers, criteria: lists of mappings; limits: list of rows.
    """
    path = root / f"{name}.yaml"
    raw = read_yaml(path)
    lent = (
        guideline(root, raw["extends"])
        if "extends" in raw
        else {"parameters": {}, "exemptions": [], "waivers": [], "criteria": []}
    )
    merged = {"parameters": lent["parameters"] | {k: v["value"] for k, v in (raw.get("parameters") or {}).items()}}
    for target in ("exemptions", "waivers", "criteria"):
        merged[target] = _laid(lent[target], raw.get(target) or [])
    if "limits" in raw:
        merged["scope"] = raw["scope"]
        with (path.parent / raw["limits"]).open(encoding="utf-8", newline="") as file:
            merged["limits"] = list(csv.DictReader(file))
        merged["columns"] = [c for c in merged["limits"][0] if c not in NOT_KEYS]
    if plan is not None:
        _change(merged, (plan.get("changes") or {}).get(raw["guideline"]) or {})
        merged["waivers"] = merged["waivers"] + (plan.get("waivers") or [])
        merged["excluded"] = plan.get("excluded_procedures") or []
        merged["benefit"] = plan.get("benefit_limit")
    return merged


def _laid(lower: list[dict], upper: list[dict]) -> list[dict]:
    mine = {item["id"]: item for item in upper}
    return [mine.pop(item["id"], item) for item in lower] + [i for i in upper if i["id"] in mine]


def _change(merged: dict, changes: dict) -> None:
    assert set(changes) <= {"parameters", "limits"}, f"the translation does not know changes of {set(changes)}"
    for name, how in (changes.get("parameters") or {}).items():
        merged["parameters"][name] = str(_number(Decimal(merged["parameters"][name]), how, whole=False))
    limits = changes.get("limits") or {}
    rows = [dict(row) for row in merged["limits"] if row["id"] not in (limits.get("drop") or [])]
    written = {row["id"]: dict(row) for row in rows}
    for step in limits.get("change") or []:
        where = step.get("where")
        meant = [
            r
            for r in rows
            if (
                r["id"] in step["rows"]
                if where is None
                else all(written[r["id"]].get(k, "") == v for k, v in where.items())
            )
        ]
        for key in set(step) - {"rows", "where"}:
            assert key in NUMBERS, f"the translation does not know changes of {key}"
            for row in meant:
                if row[key] != "" or "set" in step[key]:
                    row[key] = str(_number(Decimal(row[key] or 0), step[key], whole=key != "per_week"))
    for row in limits.get("add") or []:
        new = {c: row.get(c, "") for c in ("id", *merged["columns"], *NUMBERS, "counts")}
        assert set(row) <= {*new, "before", "source", "evidence", "note"}, "the translation does not know this row"
        at = next(i for i, r in enumerate(rows) if r["id"] == row["before"])
        rows.insert(at, new)
    merged["limits"] = rows


def _number(value: Decimal, how: dict, whole: bool) -> Decimal:
    for op, text in how.items():
        amount = Decimal(text)
        value = {
            "set": lambda v, a: a,
            "add": lambda v, a: v + a,
            "at_most": min,
            "at_least": max,
            "multiply": lambda v, a: Decimal(math.ceil(v * a)) if whole else v * a,
        }[op](value, amount)
    return value


def plans(root: Path) -> list[dict]:
    return [read_yaml(path) for path in sorted((root / "plans").glob("*/*.yaml"))]


def programs(root: Path, name: str) -> list[dict]:
    files = sorted((root / "programs" / name).glob("*.yaml"))
    return [read_yaml(path) for path in files if path.name != "examples.yaml"]

"""A first mapping for somebody's file, from the names of its columns and what stands in them. It is a draft to read
through: what it is not sure of, it says in a remark."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from difflib import SequenceMatcher
from importlib import resources
from pathlib import Path

import polars as pl

from workbench.cases.batches import Batch, Opened
from workbench.cases.convert import FALSE, TRUE, as_text, convert
from workbench.cases.files import open_table
from workbench.cases.mapping import MISSING, Column, Mapping, strptime_format
from workbench.cases.values import choices_of
from workbench.errors import ProblemsFound
from workbench.facts import Fact, facts
from workbench.guideline.model import Library

STYLES = ("MM/DD/YYYY", "DD/MM/YYYY", "DD.MM.YYYY", "MM-DD-YYYY", "DD-MM-YYYY", "D MMM YYYY", "DD-MMM-YYYY",
          "MMM D, YYYY", "YYYYMMDD", "YYYY/MM/DD", "MM/DD/YY")
CLOSE = 0.82          # likeness of names from which a column counts as found
HEADER_ROWS = 10      # looked through for the column names
MOST_VALUES = 15      # distinct values that are mapped one by one


def suggest_text(path: str | Path, library: Library) -> str:
    """The mapping as YAML. Raises ProblemsFound if the file can not be read."""
    mapping, opened, found = _best_header(Path(path))
    sample = next(iter(opened.batches()), None)
    lines = [f"mapping: {_slug(Path(path).stem)}"]
    if mapping.header_row > 1:
        lines.append(f"header_row: {mapping.header_row}")
    if sample is not None and any("is not UTF-8" in m.message for ms in sample.misfits.values() for m in ms):
        lines.append("encoding: cp1252                  # some rows are not UTF-8")
    columns = [_column(name, found.get(name), sample, library) for name in opened.columns]
    if any(c.comma for c in columns):
        lines.append('decimal: ","')
    if "request_id" not in found.values():
        lines.append('row_ids: "row-"                   # no column looks like a request id')
    lines.append("columns:")
    lines += [f"  {line}" for c in columns for line in c.lines]
    if "discipline" not in found.values():
        lines += ["constants:", "  discipline: PT                  # no column looks like it: is this right?"]
    return "\n".join(lines) + "\n"


def _best_header(path: Path) -> tuple[Mapping, Opened, dict[str, str]]:
    """The row of the column names: the first, unless a later one of the first ten names more facts."""
    best, error = None, None
    for row in range(1, HEADER_ROWS + 1):
        mapping = Mapping(header_row=row)
        try:
            opened = open_table(path, mapping)
        except ProblemsFound as found:
            error = error or found
            continue
        names = _matched(opened.columns)
        if best is None or len(names) > len(best[2]) + 1:
            best = (mapping, opened, names)
        if path.suffix.lower() == ".parquet":
            break
    if best is None:
        raise error
    return best


def _matched(columns: tuple[str, ...]) -> dict[str, str]:
    """Column → fact, the likest pairs first, each fact once."""
    synonyms = _synonyms()
    pairs = []
    for place, column in enumerate(columns):
        plain = _plain(column)
        for fact, names in synonyms.items():
            score = max(_likeness(plain, name) for name in names)
            if score >= CLOSE:
                pairs.append((-score, place, column, fact))
    found: dict[str, str] = {}
    for _, _, column, fact in sorted(pairs):
        if column not in found and fact not in found.values():
            found[column] = fact
    return found


def _likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if len(one) < 4 or len(other) < 4:
        return 0.0  # short names are alike too easily
    words, others = set(one.split()), set(other.split())
    if len(words & others) == min(len(words), len(others)) >= 2:
        return 0.9
    return SequenceMatcher(None, one, other).ratio() * 0.95


def _plain(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return " ".join(re.sub(r"[^a-z0-9%]+", " ", spaced.lower()).split())


def _synonyms() -> dict[str, list[str]]:
    text = resources.files("workbench.cases").joinpath("synonyms.csv").read_text(encoding="utf-8")
    table = {r["fact"]: r["names"].split(";") for r in csv.DictReader(text.splitlines())}
    return {name: [name.replace("_", " "), *table.get(name, ())] for name in facts()}


class _Suggested:
    def __init__(self, lines: list[str], comma: bool = False):
        self.lines, self.comma = lines, comma


def _column(name: str, fact_name: str | None, sample: Batch | None, library: Library) -> _Suggested:
    if fact_name is None:
        return _Suggested([f"{_key(name)}: ignore"])
    fact = facts()[fact_name]
    texts = _texts(sample, name)
    parts, remark, comma = {}, "", False
    if fact.kind == "date":
        style, remark = _style(texts)
        if style:
            parts["dates"] = f"[{_key(style)}]"
    elif fact.kind in ("choice", "boolean"):
        values, remark = _values(fact, texts, library)
        if values:
            parts["values"] = "{" + ", ".join(f"{_key(k)}: {v}" for k, v in values) + "}"
    elif fact.kind == "decimal":
        comma = bool(texts) and all(re.fullmatch(r"-?\d+(,\d+)?", t) for t in texts) and any("," in t for t in texts)
    elif fact.kind == "code list":
        marks = [m for m in (";", ",", "|", " ") if any(m in t for t in texts)]
        if marks and marks[0] != ";":
            parts["list_separator"] = _key(marks[0])
    remark = remark or _left_over(name, fact, texts, library, comma, bool(parts))
    said = fact.name if not parts else "{fact: " + fact.name + "".join(f", {k}: {v}" for k, v in parts.items()) + "}"
    return _Suggested([f"{_key(name)}: {said}" + (f"   # {remark}" if remark else "")], comma)


def _texts(sample: Batch | None, name: str) -> list[str]:
    """Distinct texts of a column, the commonest first, without the usual words for missing."""
    if sample is None:
        return []
    column = as_text(sample.table[name]).alias("text")
    lost = {m.lower() for m in MISSING}
    counted = column.drop_nulls().value_counts(sort=True).sort(["count", "text"], descending=[True, False])
    return [t for t in counted["text"].to_list() if t.lower() not in lost][:2000]


def _style(texts: list[str]) -> tuple[str, str]:
    odd = [t for t in texts if not re.match(r"\d{4}-\d{2}-\d{2}([T ]|$)", t)]
    if not odd:
        return "", ""
    table = pl.DataFrame({"text": odd})
    fitting = []
    for style in STYLES:
        column = Column("text", facts()["received_on"], dates=(strptime_format(style),))
        got = convert(table, [column], Mapping(), pl.Series(range(len(odd))), Library("", {}, {}, (), ()))
        if not got.misfits:
            fitting.append(style)
    if not fitting:
        return "", f"dates such as {_short(odd[0])}: say their style"
    if len(fitting) > 1:
        return fitting[0], f"or {' or '.join(fitting[1:])}: no day tells them apart"
    return fitting[0], ""


def _values(fact: Fact, texts: list[str], library: Library) -> tuple[list[tuple[str, str]], str]:
    choices = choices_of(fact, library) if fact.kind == "choice" else (*TRUE, *FALSE)
    plain = {_plain(c).replace(" ", "_"): c for c in choices}
    unknown = [t for t in texts if _plain(t).replace(" ", "_") not in plain]
    if not unknown or not choices:
        return [], ""
    if len(unknown) > MOST_VALUES:
        return [], f"values such as {_short(unknown[0])} are no {fact.kind}s of it"
    targets = choices if fact.kind == "choice" else ("true", "false")
    values = [(t, _guess(t, targets)) for t in unknown]
    return [(t, v or "null") for t, v in values], "null: nothing comes near" if any(not v for _, v in values) else ""


# Words that mean a choice without looking like it.
_MEANS = {"physical": "PT", "physical therapy": "PT", "occupational": "OT", "occupational therapy": "OT",
          "speech": "ST", "speech therapy": "ST", "slp": "ST", "f": "female", "m": "male",
          "new": "initial", "extension": "continuing",
          "ongoing": "continuing", "concurrent review": "continuing", "rehab": "rehabilitative", "hab": "habilitative",
          "partial": "approved_in_part", "partially approved": "approved_in_part", "modified": "approved_in_part",
          "x": "true", "positive": "true", "par": "true", "non par": "false", "wc": "workers_compensation",
          "ma": "medicare_advantage", "exchange": "marketplace"}


def _guess(text: str, targets: tuple[str, ...]) -> str:
    plain = _plain(text)
    if _MEANS.get(plain) in targets:
        return _MEANS[plain]
    scored = sorted(((SequenceMatcher(None, plain, _plain(t)).ratio(), t) for t in targets), reverse=True)
    return scored[0][1] if scored and scored[0][0] >= 0.72 else ""


def _left_over(name: str, fact: Fact, texts: list[str], library: Library, comma: bool, mapped: bool) -> str:
    """What of a column would not be read as this fact."""
    if mapped or not texts or fact.kind in ("date", "choice", "boolean", "text"):
        return ""
    mapping = replace(Mapping(), decimal="," if comma else ".")
    column = Column("text", fact)
    got = convert(pl.DataFrame({"text": texts}), [column], mapping, pl.Series(range(len(texts))), library)
    if not got.misfits:
        return ""
    return f"{len(got.misfits)} of {len(texts)} distinct values do not fit, such as {_short(texts[min(got.misfits)])}"


def _key(text: str) -> str:
    """A text as YAML writes it, whole."""
    plain = re.fullmatch(r"[A-Za-z][A-Za-z0-9 _%/().-]*", text) and _safe(text)
    return text if plain else json.dumps(text, ensure_ascii=False)


def _short(text: str) -> str:
    return _key(text if len(text) <= 40 else text[:37] + "…")


def _safe(text: str) -> bool:
    return text.lower() not in ("yes", "no", "on", "off", "true", "false", "null", "ignore", "y", "n") \
        and text == text.strip()


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "mapping"

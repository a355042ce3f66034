"""A first mapping for somebody's file, from the names of its columns and what stands in them. It may be empty, and is
never to be wrong: a column is mapped where its name means a fact and its values fit it; the rest is left open, with the
reason in a remark."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

from workbench.documents.schema import modeline
from workbench.errors import ProblemsFound
from workbench.guideline.model import Library
from workbench.reading.batches import FIXED, fixed_width
from workbench.reading.mapping import MISSING
from workbench.reading.open_table import open_table
from workbench.reading.suggest_columns import SEVERAL, TELLING, Whole, age_from_birth, columns_of, proves_commas, whole
from workbench.reading.suggest_names import meanings
from workbench.reading.suggest_table import Table, best_table
from workbench.reading.suggest_values import entry, key, short


def suggest_text(path: str | Path, library: Library) -> str:
    """The mapping as YAML, for a file in the current folder: its first line tells editors the schema, by a path from
    there. Raises ProblemsFound if the file can not be read."""
    path = Path(path)
    encoding, mixed = "", False
    try:
        table = best_table(path)
    except ProblemsFound as failed:
        if not any("is not UTF-8" in p.message for p in failed.problems):
            raise
        encoding = "cp1252"
        try:
            table = best_table(path, encoding)
        except ProblemsFound:  # the first tells what was tried
            raise failed from None
    about, sign = _about(path, table, library)
    if not encoding and (lost := _unread(about, "utf-8")):  # the rows that are not UTF-8 are looked at too
        try:
            other = best_table(path, "cp1252")
            again = _about(path, other, library)
            mixed = bool(_unread(again[0], "cp1252"))
            if _unread(again[0], "cp1252") < lost:
                encoding, table, (about, sign) = "cp1252", other, again
        except ProblemsFound:  # the column names are in UTF-8
            mixed = True
    else:
        mixed = bool(encoding and _unread(about, encoding))
    mapping, sample, columns = table.mapping, about.sample, columns_of(about)
    ends = age_from_birth(about, columns)
    found = {c.fact for c in columns if c.fact}
    named = found | {fact for fact, _ in about.meaning.values()}
    lines = [modeline("mapping", "mapping.yaml").rstrip(), *_doubts(found, named)]
    if fixed_width(table.opened):
        lines.insert(1, f"# {FIXED[0].upper()}{FIXED[1:]}.")
    if sample is None:
        lines.insert(1, "# The table has no rows: whether values fit could not be looked at.")
    if mixed:
        lines.insert(1, "# Some rows are in UTF-8 and others are not: those in the other encoding are set aside.")
    lines.append(f"mapping: {key(_slug(path.stem))}")
    if mapping.sheet:
        lines.append(f"sheet: {key(mapping.sheet)}" + _other_sheets(table))
    if mapping.header_row > 1:
        lines.append(f"header_row: {mapping.header_row}")
    if mapping.header_rows > 1:
        lines.append(f"header_rows: {mapping.header_rows}   # names of groups stand above the names")
    if encoding:
        lines.append(f"encoding: {encoding}                  # some of it is not UTF-8; see whether names read well")
    lines += sign
    marks = list(dict.fromkeys(m for c in columns for m in c.marks))
    if marks:
        lines.append("missing: [" + ", ".join(json.dumps(m) for m in (*MISSING[1:], *marks)) + "]")
    several = [n for n, c in zip(about.names, columns, strict=True) if SEVERAL in c.line]
    if "request_id" not in found and several:
        lines.append(
            f"# grouped: true     say this, and that {short(several[0])} is the request_id, if the rows that share"
        )
        lines.append("#                   it are lines of one request; `joined` with another column if each is one")
    elif "request_id" not in found:
        lines.append('# row_ids: "row-"     no column is known as the request id; say this if each row is one request')
    lines.append("columns:" if columns else "columns: {}")
    made = entry(ends[0], "ignore   # age_years is computed from it below") if ends else ""
    lines += [f"  {made if ends and name == ends[0] else c.line}" for name, c in zip(about.names, columns, strict=True)]
    if ends:
        dates = f", dates: [{', '.join(map(key, ends[2]))}]" if ends[2] else ""
        lines += ["computed:", f"  age_years: {{years: [{key(ends[0])}, {key(ends[1])}]{dates}}}"]
    if "discipline" not in found:
        lines.append(
            "# constants: {discipline: PT}     no column is known as the discipline; say it if all rows are of one"
        )
    return "\n".join(lines) + "\n"


def _unread(about: Whole, encoding: str) -> int:
    """The first rows that are not in an encoding."""
    misfits = about.sample.misfits.values() if about.sample else ()
    return sum(any(m.not_in == encoding for m in mine) for mine in misfits)


def _about(path: Path, table: Table, library: Library) -> tuple[Whole, list[str]]:
    """The columns with their first rows, and the line that names the decimal sign where it is the comma."""
    opened = table.opened
    meaning = meanings(opened.columns, opened.above)
    about = whole(opened.columns, meaning, next(iter(opened.batches()), None), library)
    about = replace(about, doubled=opened.doubled)
    commas, points = proves_commas(about)
    plain = bool(opened.top)  # of a CSV file; numbers of other formats are typed and have no sign of a land
    if not commas or plain and len(points) > len(commas):
        said = [f"# {', '.join(map(short, commas[:3]))}: the comma is the decimal sign there, and the point elsewhere"]
        return about, said if commas else []
    if not plain:
        again = open_table(path, replace(table.mapping, decimal=","))
        about = replace(about, sample=next(iter(again.batches()), None))
    elsewhere = f"   # but the point in {', '.join(map(short, points[:3]))}" if plain and points else ""
    return replace(about, comma=True), [f'decimal: ","{elsewhere}']


def _other_sheets(table: Table) -> str:
    """What a person should know of the other sheets of a workbook: one is read at a time."""
    told = (("not read, with the same columns", table.alike), ("not read", table.others), ("hidden", table.hidden))
    said = "; ".join(f"{what}: {', '.join(map(short, sheets))}" for what, sheets in told if sheets)
    return f"   # other sheets, {said}" if said else ""


def _doubts(found: set[str], named: set[str]) -> list[str]:
    """What a person should know first: required facts, which nobody invents here, and whether there are requests.
    `named`: facts that columns are called by, though their values may not fit."""
    lost = [name for name in ("request_id", "discipline") if name not in found]
    if not lost:
        return []
    if not any(name in named for name in TELLING):
        return [
            "# This file seems to hold no requests for therapy: no column is known as a discipline, visits asked for,",
            "# procedures or a diagnosis. Nothing is read from it until request_id and discipline are named below.",
        ]
    return [f"# Left open: {' and '.join(lost)}. Reading stops until a column, `row_ids` or `constants` gives them."]


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "mapping"

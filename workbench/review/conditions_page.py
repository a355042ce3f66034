"""What the condition tables say of every code of ICD-10-CM, by chapter and block: docs/conditions.md and its pin.

    python -m workbench.review.conditions_page        # `make docs`: write docs/conditions.md and its pin

A code's condition comes from the rows with the longest prefix that fits it; where these ask for more than the code
(an operation, an age), each condition that they can give is named.
"""

from __future__ import annotations

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from workbench.cases.icd10cm import RELEASE, codes
from workbench.documents.outputs import write_text
from workbench.guideline.model import ConditionRow, Library
from workbench.words.conditions import labels, listed

DISCIPLINES = {"PT": "Physical therapy", "OT": "Occupational therapy", "ST": "Speech therapy"}
OTHER, SERIOUS = "other_condition", "serious_condition"
EMERGENCIES = ("cord_emergency", "infection_emergency", "vascular_emergency", "injury_emergency")
PAGE, PIN = "docs/conditions.md", "tests/content/blocks.csv"
_SHOWN = {OTHER: "no row, a clinician", SERIOUS: "medical care first, a clinician", "": "the condition is asked for"}
_SHOWN |= {name: f"urgent, a clinician at once ({name.split('_')[0]})" for name in EMERGENCIES}
_INTRO = f"""\
# What a diagnosis leads to

Every code of ICD-10-CM (the release of {RELEASE}, headings counted too) goes through the condition tables here, block
by block, with the number of its codes that lead to each condition. The page is rendered by
`python -m workbench.review.conditions_page`; change `guidelines/conditions/`, not this page.

- The longest beginning of a code that stands in the table decides. "Or" stands where the code alone does not settle it
  (whether there was an operation, how old the person is).
- **No row, a clinician**: no amount could be defended, so rehabilitative and habilitative care goes to a clinician
  (`no_limit`). Maintenance care has a row for any condition, since need for skill decides there and not the diagnosis.
- **Urgent, a clinician at once** (`no_red_flag`): what costs life, limb or nerves in hours or days. A squeezed cord or
  cauda equina, deep or spreading infection, a clot or a closed, torn or bleeding vessel, and fresh injuries of skull,
  spine and hip, an organ or a prosthesis are as urgent by their code as when they are told as a warning sign.
- **Medical care first, a clinician** (`medical_care_first`): other infection, tumour, fracture, dislocation, disease of
  the vessels or the spinal cord, and what goes wrong with an implant, a graft or a transplant, whatever kind of care is
  asked for and whatever paper is missing. Of a fracture the seventh character decides: see
  [below](#fractures-by-their-seventh-character).
- Blocks of which every code has no row in all three disciplines stand in one line at the end of their chapter."""


class Block(NamedTuple):
    chapter: int
    chapter_title: str
    block: str
    title: str
    codes: tuple[str, ...]  # without the dot


@lru_cache(maxsize=1)
def blocks() -> tuple[Block, ...]:
    """The blocks of ICD-10-CM in order, each with its codes."""
    text = resources.files("workbench.cases").joinpath("icd10cm_blocks.csv").read_text(encoding="utf-8")
    by_category: dict[str, list[str]] = {}
    for code in sorted(codes()):
        by_category.setdefault(code[:3], []).append(code)
    return tuple(
        Block(
            int(r["chapter"]),
            r["chapter_title"],
            r["block"],
            r["title"],
            tuple(c for category in r["categories"].split(";") for c in by_category.get(category, ())),
        )
        for r in csv.DictReader(io.StringIO(text))
    )


def conditions_of(rows: Iterable[ConditionRow], discipline: str) -> dict[str, tuple[str, ...]]:
    """Code → the conditions that it can lead to in a discipline, in the order of the table; none: an empty tuple."""
    by_prefix: dict[str, list[str]] = {}
    for row in rows:
        if discipline in row.disciplines or not row.disciplines:
            for prefix in row.prefixes:
                found = by_prefix.setdefault(prefix, [])
                if row.condition not in found:
                    found.append(row.condition)
    said = {prefix: tuple(found) for prefix, found in by_prefix.items()}
    return {code: next((said[code[:n]] for n in range(len(code), 0, -1) if code[:n] in said), ()) for code in codes()}


def counted(library: Library) -> dict[tuple[str, str], Counter[tuple[str, ...]]]:
    """(block, discipline) → conditions → how many codes of the block lead to them."""
    found = {}
    for discipline in DISCIPLINES:
        said = conditions_of(library.conditions, discipline)
        for block in blocks():
            found[block.block, discipline] = Counter(said[c] for c in block.codes)
    return found


def pin(library: Library) -> str:
    """The same as CSV: chapter, block, codes, and what each discipline says, most codes first."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(["chapter", "block", "codes", *DISCIPLINES])
    every = counted(library)
    for b in blocks():
        said = [";".join(f"{'|'.join(c) or '-'} {n}" for c, n in _ranked(every[b.block, d])) for d in DISCIPLINES]
        table.writerow([b.chapter, b.block, len(b.codes), *said])
    return out.getvalue()


def _ranked(found: Counter[tuple[str, ...]]) -> list[tuple[tuple[str, ...], int]]:
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))


def page(library: Library) -> str:
    """docs/conditions.md."""
    names, every = labels(library) | _SHOWN, counted(library)
    out, chapter = [_INTRO], 0
    quiet: list[str] = []
    for b in blocks():
        if b.chapter != chapter:
            out += _rest(quiet)
            chapter, quiet = b.chapter, []
            out += ["", f"## {chapter}. {b.chapter_title}", ""]
        said = [every[b.block, d] for d in DISCIPLINES]
        if all(set(s) == {(OTHER,)} for s in said):
            quiet.append(f"{b.block} {b.title} ({len(b.codes)})")
            continue
        if not out[-1].startswith("|"):
            out += ["| block | codes | " + " | ".join(DISCIPLINES.values()) + " |", "|---|--:|---|---|---|"]
        cells = ["<br>".join(_cell(c, n, len(b.codes), names) for c, n in _ranked(s)) for s in said]
        out.append(f"| {b.block} {b.title} | {len(b.codes):,} | " + " | ".join(cells) + " |")
    return "\n".join([*out, *_rest(quiet), *_fractures(library)]) + "\n"


# What a fracture's seventh character stands for (an open one has E, F; H, J; M, N; Q, R beside D, G, K, P).
_CHARACTERS = {
    "fresh (A, B, C)": "ABC",
    "heals as it should (D, E, F)": "DEF",
    "late (G, H, J)": "GHJ",
    "did not join (K, M, N)": "KMN",
    "crooked (P, Q, R)": "PQR",
    "late effects (S)": "S",
}
_SITES = {
    "skull and face (S02)": r"S02",
    "neck, chest, ribs (S12, S22)": r"S[12]2",
    "lower back and pelvis (S32)": r"S32",
    "shoulder and upper arm (S42)": r"S42",
    "forearm, its lower end apart (S52)": r"S52[0-46-9]",
    "lower end of the radius (S52.5)": r"S525",
    "scaphoid (S62.0)": r"S620",
    "other bones of the wrist (S62.1)": r"S621",
    "hand and fingers (S62.2 to S62.9)": r"S62[2-9]",
    "hip (S72.0 to S72.2)": r"S72[0-2]",
    "thigh (S72.3 to S72.9)": r"S72[3-9]",
    "lower leg and ankle (S82)": r"S82",
    "foot (S92)": r"S92",
    "growth plate, arm (S49, S59)": r"S49[01]|S59[0-2]",
    "growth plate, leg and foot (S79, S89, S99)": r"S79[01]|S89[0-3]|S99[0-2]",
    "brittle bone, arm (M80.01 to .04, .81 to .84)": r"M80[08][1-4]",
    "brittle bone, leg (M80.05 to .07, .85 to .87)": r"M80[08][5-7]",
    "brittle bone, spine and other (M80.08, .88, .00, .80)": r"M80[08][08]",
    "stress fracture, arm (M84.31 to .34)": r"M843[1-4]",
    "stress fracture, lower leg and foot (M84.36, .37)": r"M843[67]",
    "stress fracture, hip, pelvis and other (M84.30, .35, .38)": r"M843[058]",
    "bone broken by a disease or a tumour (M84.4 to M84.6)": r"M84[4-6]",
}


def _fractures(library: Library) -> list[str]:
    """A row a site, a column a meaning of the seventh character; a cell where the two disciplines differ names both."""
    out = ["", "## Fractures by their seventh character", "", "Speech therapy has no row for any of them.", ""]
    out += ["| fracture of | " + " | ".join(_CHARACTERS) + " |", "|---" * (len(_CHARACTERS) + 1) + "|"]
    said = {d: conditions_of(library.conditions, d) for d in ("PT", "OT")}
    for site, pattern in _SITES.items():
        mine = [c for c in codes() if len(c) == 7 and re.match(pattern, c)]
        cells = []
        for characters in _CHARACTERS.values():
            each = {d: {_leads(named[c]) for c in mine if c[-1] in characters} for d, named in said.items()}
            words = {d: "; ".join(sorted(w)) for d, w in each.items()}
            same = len(set(words.values())) == 1
            cells.append(words["PT"] if same else "<br>".join(f"{d}: {w}" for d, w in words.items()))
        out.append(f"| {site} | " + " | ".join(cells) + " |")
    return out


def _leads(conditions: tuple[str, ...]) -> str:
    if SERIOUS not in conditions:
        return "a row"
    return "a clinician" if len(conditions) == 1 else "a row after an operation, else a clinician"


def _rest(quiet: list[str]) -> list[str]:
    return ["", f"No row, a clinician: {listed(quiet)}."] if quiet else []


def _cell(conditions: tuple[str, ...], n: int, total: int, names: dict[str, str]) -> str:
    words = " or ".join(names[c] for c in conditions) or names[""]
    return words if n == total else f"{words}: {n:,}"


def outputs(library: Library) -> dict[str, str]:
    """Path within the project → what should stand there."""
    return {PAGE: page(library), PIN: pin(library)}


if __name__ == "__main__":
    from workbench.guideline.load import load_guidelines

    root = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    for name, text in outputs(load_guidelines(root / "guidelines")).items():
        write_text(root / name, text)
        print(f"wrote {name}")

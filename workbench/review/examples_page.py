"""The examples on a guideline's page: how many there are, what they notice, and each with its reason.

    python -m workbench.review.examples_page [DIR]   # try every alteration (minutes) and keep the counts

The counts stand in `mutation.csv` of the guideline folder, since a page is rendered far more often than they are taken.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path

from workbench.documents.outputs import write_text
from workbench.errors import ProblemsFound
from workbench.guideline.model import Guideline, Library
from workbench.review.example_file import Example
from workbench.review.examples import deciding, examples_of, read_all, running
from workbench.review.mutate import Mutation, mutate_library
from workbench.review.restated import restated
from workbench.words.decisions import DETERMINATION
from workbench.words.markdown import code, plain, table

COUNTS = "mutation.csv"
COLUMNS = ("kind", "of", "noticed", "alterations", "change_nothing")
_KIND = {
    "rules": "numbers, criteria, exemptions and waivers",
    "limits": "numbers of the limits",
    "measures": "outcome measures: important change, direction, ends",
    "conditions": "code prefixes of conditions",
    "overlays": "plan overlays",
    "programs": "review programs",
}


def examples_section(library: Library, guideline: Guideline) -> list[str]:
    """The section of a guideline's page; empty where no example holds for it."""
    files = read_all(library)
    mine = examples_of(library, guideline, files)
    if not mine:
        return []
    names = {(e.file, e.entry) for e in mine}
    own = [e for e in mine if e.entry in {x.entry for x in files.get(guideline.id, ())}]
    under_review = [
        e
        for g in running(library)
        if g.id == guideline.id and g != guideline
        for e in examples_of(library, g, files)
        if e.versions and guideline.version not in e.versions
    ]
    again = len(restated(deciding(library, guideline), guideline, mine))
    base = library.base_of(guideline)
    lent = f", {len(names) - len({e.entry for e in own})} of them beside {base.title}" if base is not None else ""
    later = (
        f" {len({e.entry for e in under_review})} more hold for the version under review alone, which is run by the "
        "same examples."
        if under_review
        else ""
    )
    out = [
        "## Examples",
        f"{len(names)} examples say what a clinician expects and why ({len(mine)} requests){plain(lent)}; {again} more "
        "only restate a row of the limits: they are generated from it, are counted apart and earn nothing below. All "
        f"are run on every change.{later} The reasons are this project's; no licensed clinician has signed them.",
        *_noticed(library, guideline),
    ]
    found: dict[str, dict[str, str]] = {d: {} for d in DETERMINATION}
    for e in own:
        found.setdefault(str(e.expect["determination"]), {})[e.entry] = _line(e)
    for outcome, lines in found.items():
        if lines:
            head = f"<details><summary>{DETERMINATION[outcome]} ({len(lines)})</summary>"
            out += [head, "\n".join(lines.values()), "</details>"]
    return out


def _line(example: Example) -> str:
    reasons = example.expect.get("reasons", ())
    why = ", ".join(code(str(r)) for r in reasons) if isinstance(reasons, tuple) else ""
    return f"- {plain(example.entry)}" + (f" ({why})" if why else "") + f": {plain(example.why)}"


def _noticed(library: Library, guideline: Guideline) -> list[str]:
    """What the written examples notice of what this guideline decides with."""
    base = library.base_of(guideline)
    mine = {g.name for g in library.guidelines if g.id == guideline.id} | {base.name if base else ""}
    rows = [
        [_KIND.get(r["kind"], r["kind"]), r["of"], r["noticed"], r["alterations"], r["change_nothing"]]
        for r in read_counts(library)
        if r["kind"] not in ("rules", "limits") or r["of"] in mine
    ]
    if not rows:
        return []
    return [
        "Each number, rule, prefix and date was altered alone, and a written example had to come out otherwise:",
        table(["what was altered", "of", "noticed", "of so many", "more that change nothing"], rows, (2, 3, 4)),
    ]


def read_counts(library: Library) -> list[dict[str, str]]:
    """The counts as they were last taken; empty where they never were."""
    path = Path(library.root) / COUNTS
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def counts_text(mutation: Mutation) -> str:
    """The counts of a mutation as the CSV file holds them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([c.kind, c.of, c.noticed, c.every, c.equivalent] for c in mutation.counts)
    return out.getvalue()


if __name__ == "__main__":
    from workbench.guideline.load import load_guidelines

    try:
        folder = load_guidelines(sys.argv[1] if len(sys.argv) > 1 else "guidelines")
        result = mutate_library(folder)
    except ProblemsFound as problems:
        sys.exit(str(problems))
    write_text(Path(folder.root) / COUNTS, counts_text(result))
    print("\n".join(result.lines()))

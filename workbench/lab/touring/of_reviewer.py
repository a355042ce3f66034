"""The path of a reviewer: from a pull request to a verdict. Both sides are folders of the tour's own."""

from __future__ import annotations

import csv
import io
import re
import shutil
from pathlib import Path

from workbench.documents.outputs import write_text
from workbench.guideline.load import load_guidelines
from workbench.guideline.versions import latest_published
from workbench.lab.touring.ground import Ground, Seen, need
from workbench.review.gate.review import Reviewed, review
from workbench.review.proof.prove import QUESTIONS
from workbench.review.signing.seals import found_seals

NAME, CONDITION, VISITS, NEW = "speech-therapy", "voice_disorder", 10, "tour-1"
ASKED = QUESTIONS[:2]  # of every request; all of them take half a minute
_PARTS = (NAME, "therapy-common", "conditions", "measures")


def a_pull_request(ground: Ground) -> Seen:
    """Two folders, as they stand before and after: somebody moved a number in a published file."""
    for side in ("base", "head"):
        for part in _PARTS:
            there = ground.folder / side / "guidelines" / part
            shutil.copytree(
                ground.guidelines / part, there, ignore=shutil.ignore_patterns("examples.yaml"), dirs_exist_ok=True
            )
        shutil.copy(ground.guidelines / "sources.yaml", ground.folder / side / "guidelines")
    base, head = _folders(ground)
    if not (base / "seals").exists():
        found_seals(load_guidelines(base), "2026-11-01")
    shutil.copytree(base / "seals", head / "seals", dirs_exist_ok=True)
    version = next(g for g in latest_published(ground.library) if g.id == NAME).version
    ground.kept["version"] = version
    limits = head / NAME / f"{version}.limits.csv"
    old = _moved(limits, limits)
    need(any(int(n) != VISITS for n in old), "no number moves")
    text = f"{NAME}/{version}.limits.csv: visits for voice disorders {' and '.join(old)} → {VISITS}."
    return Seen(text, ("The file is published: decisions rest on it, and a seal holds its digest.",))


def the_verdict(ground: Ground) -> Seen:
    """The gate judges the pull request: what decides is sealed, and may not be edited."""
    found = review(*_folders(ground), questions=ASKED)
    need(not found.holds and any("unsealed" in b for b in found.breaks), "an edit of a sealed file passes")
    return Seen("The verdict: this may not be merged.", found.breaks)


def as_a_version(ground: Ground) -> Seen:
    """The same change as it has to be made: the published file as it was, a new version beside it, in review."""
    base, head = _folders(ground)
    version = str(ground.kept["version"])
    kept, new = head / NAME / f"{version}.limits.csv", head / NAME / f"{NEW}.limits.csv"
    shutil.copy(base / NAME / kept.name, kept)
    _moved(kept, new)
    text = (head / NAME / f"{version}.yaml").read_text(encoding="utf-8")
    told = {"version": f'"{NEW}"', "status": "in_review", "effective": "2027-07-01", "limits": new.name}
    for key, value in told.items():
        text = re.sub(rf"^{key}: .*$", f"{key}: {value}", text, count=1, flags=re.M)
    write_text(head / NAME / f"{NEW}.yaml", text)
    found = review(base, head, questions=ASKED)
    ground.kept["reviewed"] = found
    need(found.holds, f"the new version breaks something: {found.breaks}")
    asked = f"Asked of every request that there can be: {', '.join(ASKED)}; workbench review asks all {len(QUESTIONS)}."
    return Seen("The verdict: nothing breaks. People sign it before it decides anything.", (asked,))


def what_it_changes(ground: Ground) -> Seen:
    """What the comment on the pull request says, old → new with its source."""
    found = ground.kept["reviewed"]
    assert isinstance(found, Reviewed)
    rows = [line.strip("| ") for line in found.markdown().splitlines() if "→" in line and line.startswith("|")]
    need(any("visits" in row for row in rows), "the comment does not tell the visits")
    return Seen("The comment on the pull request says what changes:", tuple(r.replace(" | ", ": ") for r in rows[1:]))


def _folders(ground: Ground) -> tuple[Path, Path]:
    return ground.folder / "base" / "guidelines", ground.folder / "head" / "guidelines"


def _moved(source: Path, to: Path) -> list[str]:
    """Write a limits file with one number of visits for the condition; what stood there before."""
    with source.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    mine = [r for r in rows if r["condition"] == CONDITION and not r["review_type"]]
    old = [r["visits"] for r in mine]
    for row in mine:
        row["visits"] = str(VISITS)
    out = io.StringIO()
    table = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    write_text(to, out.getvalue())
    return old

"""A folder to practise a review in: the speech therapy guideline as shipped, a version in review that somebody made up,
reviewers with keys that are thrown away. Nothing outside of it is read or written afterwards.

    here = practice_folder("../guidelines")
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import tempfile
from pathlib import Path

from workbench.documents.outputs import write_text

NAME, NEW, NOTEBOOK = "one-number-for-voice", "practice-1", "30_scenario.ipynb"
REVIEWERS = {
    "ada": ("Ada Author", "speech-language pathologist", ("author",)),
    "cleo": ("Cleo Clinician", "speech-language pathologist", ("clinical_reviewer",)),
    "max": ("Max Method", "statistician", ("methodologist", "approver")),
}
REQUESTS, SEED = 30_000, 60  # of all disciplines, of which those of speech therapy are kept
VISITS = 10  # of every voice disorder, whatever its complexity
SCENARIO = f"""\
scenario: {NAME}
question: If every first request for a voice disorder may have ten visits, who gains and who loses?
notebook: notebooks/{NOTEBOOK}
baseline: {{speech-therapy: "BEFORE"}}
draft: {{version: {{speech-therapy: "{NEW}"}}}}
cases: {{file: cases/speech.parquet}}
gates: {{referral_rate: {{at_most: 0.4}}, information_rate: {{at_most: 0.4}}}}
"""
EXAMPLES = """\
- name: a tired voice, once a week for eight weeks
  request: {discipline: ST, intent: rehabilitative, review_type: initial, condition: voice_disorder,
            complexity: moderate, post_surgical: false, age_years: 45, procedures: ["92507"], member_eligible: true,
            provider_npi: "1234567893", plan_of_care: true, goals_measurable: true, skilled_care: true,
            duplicate_therapy: false, improvement_expected: true, measure: asha_fcm, score_baseline: 4,
            requested_visits: 8, requested_weeks: 8, visits_used: 0, weeks_used: 0}
  expect: {determination: approved, reasons: []}
  why: Eight sessions are what the trials gave.
- name: a scarred voice, twelve visits, as it was
  like: a tired voice, once a week for eight weeks
  request: {complexity: high, requested_visits: 12, requested_weeks: 13}
  expect: {determination: approved, reasons: []}
  versions: ["BEFORE"]
  why: Scars and a voice that earns a living took half as many visits again.
- name: a scarred voice, twelve visits, by one number for all
  like: a tired voice, once a week for eight weeks
  request: {complexity: high, requested_visits: 12, requested_weeks: 13}
  expect: {determination: approved_in_part, reasons: [limit_exceeded], granted_visits: 10}
  versions: [practice-1]
  why: Ten come at once, and a clinician looks at the other two.
"""


def practice_folder(guidelines: str | Path, into: str | Path | None = None) -> Path:
    """Lay the folder out; returns where it is (a new temporary one by default). It holds `guidelines/`, with seals and
    reviewers, `scenarios/`, and `keys/`, a private key for each reviewer. Raises ProblemsFound where `guidelines` can
    not be read. Needs the extra `[review]`."""
    from workbench.generator.generate import generate
    from workbench.guideline.load import load_guidelines
    from workbench.guideline.versions import latest_published
    from workbench.review.signing.seals import found_seals

    shipped = load_guidelines(guidelines)
    before = next(g for g in latest_published(shipped) if g.id == "speech-therapy")
    here = Path(into or tempfile.mkdtemp(prefix="review-"))
    there = here / "guidelines"
    for name in ("speech-therapy", "therapy-common", "conditions", "measures"):
        shutil.copytree(Path(guidelines) / name, there / name, ignore=shutil.ignore_patterns("examples.yaml"))
    shutil.copy(Path(guidelines) / "sources.yaml", there)
    st = there / "speech-therapy"
    for path in st.glob("*.yaml"):
        if path.stem != before.version:
            path.unlink()
    _new_version(st, before.version)
    write_text(st / "examples.yaml", EXAMPLES.replace("BEFORE", before.version))
    write_text(here / "scenarios" / f"{NAME}.yaml", SCENARIO.replace("BEFORE", before.version))
    (here / "notebooks").mkdir()
    shutil.copy(Path(guidelines).parent / "notebooks" / NOTEBOOK, here / "notebooks")
    (here / "cases").mkdir()
    made = generate(REQUESTS, SEED, shipped)
    made.filter(made["discipline"] == "ST").write_parquet(here / "cases" / "speech.parquet")
    found_seals(load_guidelines(there), "2026-11-01")
    people = (_reviewer(here, id_, *told) for id_, told in REVIEWERS.items())
    write_text(there / "seals" / "reviewers.yaml", "\n".join(["reviewers:", *people]) + "\n")
    return here


def _new_version(folder: Path, before: str) -> None:
    """One number for all voice disorders, as a version in review."""
    text = (folder / f"{before}.yaml").read_text(encoding="utf-8")
    for key, value in (
        ("version", f'"{NEW}"'),
        ("status", "in_review"),
        ("effective", "2027-07-01"),
        ("limits", f"{NEW}.limits.csv"),
    ):
        text = re.sub(rf"^{key}: .*$", f"{key}: {value}", text, count=1, flags=re.M)
    write_text(folder / f"{NEW}.yaml", text)
    with (folder / f"{before}.limits.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["condition"] == "voice_disorder" and not row["review_type"]:
            row["visits"] = str(VISITS)
    out = io.StringIO()
    table = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    write_text(folder / f"{NEW}.limits.csv", out.getvalue())


def _reviewer(here: Path, id_: str, name: str, credential: str, roles: tuple[str, ...]) -> str:
    """A line of reviewers.yaml, and the private key that belongs to it."""
    from workbench.review.signing.ssh import new_key

    public = new_key(here / "keys" / id_)
    told = f"id: {id_}, name: {name}, credential: {credential}, roles: [{', '.join(roles)}], key: '{public}'"
    return f"  - {{{told}}}"

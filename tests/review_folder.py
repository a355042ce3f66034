"""A small guideline folder with a version in review, and the scenario that compares it with the published one."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Who stands for what, so that a dossier is signed as it has to be.
STANDS = {"ada": ("author",), "cleo": ("clinical_reviewer",), "max": ("methodologist", "approver")}
NEW, OLD = "physical-therapy/2026.2", "physical-therapy/2026.1"
SCENARIO = """\
scenario: second
question: Who gains from four more visits for backs?
notebook: notebook.ipynb
baseline: {physical-therapy: "2026.1"}
draft: {version: {physical-therapy: "2026.2"}}
cases: {generate: 200, seed: 3}
gates: {referral_rate: {at_most: 0.9}, newly_referred: {at_most: 0}}
"""
EXAMPLE = """\
- name: ordinary back pain is approved
  request: {discipline: PT, intent: rehabilitative, condition: low_back_pain, complexity: low, member_eligible: true,
            review_type: initial, requested_visits: 6, requested_weeks: 4, visits_used: 0, weeks_used: 0}
  expect: {determination: approved, reasons: []}
  why: A back of some weeks moves again within a month of exercise.
"""


def lay_out(here: Path) -> Path:
    """The folder that holds `guidelines/` and `scenarios/second.yaml`."""
    shutil.copytree(ROOT / "tests" / "errors" / "_base" / "guidelines", here / "guidelines")
    pt = here / "guidelines" / "physical-therapy"
    text = (pt / "2026.1.yaml").read_text(encoding="utf-8")
    for one, two in (('"2026.1"', '"2026.2"'), ("published", "in_review"), ("2026-01-01", "2027-01-01")):
        text = text.replace(one, two, 1)
    (pt / "2026.2.yaml").write_text(text.replace("limits: 2026.1", "limits: 2026.2"), encoding="utf-8")
    rows = (pt / "2026.1.limits.csv").read_text(encoding="utf-8")
    (pt / "2026.2.limits.csv").write_text(rows.replace(",,10,8,2", ",,14,10,2"), encoding="utf-8")
    (pt / "examples.yaml").write_text(EXAMPLE, encoding="utf-8")
    (here / "scenarios").mkdir()
    (here / "scenarios" / "second.yaml").write_text(SCENARIO, encoding="utf-8")
    shutil.copy(ROOT / "notebooks" / "30_scenario.ipynb", here / "notebook.ipynb")
    return here


def new_overlay_and_program(here: Path) -> None:
    """A second overlay of the plan and a second calendar of the program, in review, and `scenarios/others.yaml`."""
    for old, new, edits in (
        ("plans/harbor/2026.1", "plans/harbor/2026.2",
         (('"2026.1"', '"2026.2"'), ("published", "in_review"), ("2026-01-01", "2026-07-01"), ("set: 20", "set: 19"))),
        ("programs/review/2019-11", "programs/review/2026-10",
         (('"2019-11"', '"2026-10"'), ("published: 2019", "status: in_review\npublished: 2026"), ("[CT, ME]", "[ME]"))),
    ):  # fmt: skip
        text = (here / "guidelines" / f"{old}.yaml").read_text(encoding="utf-8")
        for one, two in edits:
            assert one in text
            text = text.replace(one, two, 1)
        (here / "guidelines" / f"{new}.yaml").write_text(text, encoding="utf-8")
    named = '{physical-therapy: "2026.1", harbor: "2026.1", review: "2019-11"}'
    text = SCENARIO.replace("second", "others", 1).replace('{physical-therapy: "2026.1"}', named)
    text = text.replace('{physical-therapy: "2026.2"}', '{harbor: "2026.2", review: "2026-10"}')
    (here / "scenarios" / "others.yaml").write_text(f"{text}program: review\n", encoding="utf-8")


def new_key(path: Path) -> str:
    """A private key in a file; its public line."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = Ed25519PrivateKey.generate()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
    path.chmod(0o600)
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()

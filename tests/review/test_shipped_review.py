"""A shipped version in review goes through the whole of it: dossier, votes, publishing, seal, check. The keys are made
here and thrown away, and the shipped folder stays as it is."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

from review_folder import STANDS, new_key

from workbench.guideline.load import load_guidelines
from workbench.review.dossier.contents import Asked
from workbench.review.dossier.folder import Verified, make_dossier
from workbench.review.scenario_file import load_scenario
from workbench.review.signing.publish import publish
from workbench.review.signing.reviewers import load_reviewers
from workbench.review.signing.seals import found_seals, seal_problems
from workbench.review.signing.votes import Ballot, commit, open_vote

ROOT = Path(__file__).parents[2]
NEW = "speech-therapy/2026.2"


def test_the_shipped_version_in_review_can_be_published(tmp_path: Path) -> None:
    """Of the three the one that the solver is quickest with, on few cases and one question: half a minute."""
    shutil.copytree(ROOT / "guidelines", tmp_path / "guidelines", ignore=shutil.ignore_patterns("seals"))
    for name in ("notebooks", "scenarios"):
        (tmp_path / name).mkdir()
    shutil.copy(ROOT / "notebooks" / "30_scenario.ipynb", tmp_path / "notebooks")
    text = (ROOT / "scenarios" / "version-2026-2.yaml").read_text(encoding="utf-8")
    text = re.sub(r"^baseline: .*", 'baseline: {speech-therapy: "2026.1"}', text, flags=re.M)
    text = re.sub(r"^draft: .*", 'draft: {version: {speech-therapy: "2026.2"}}', text, flags=re.M)
    text = re.sub(r"^cases: .*", "cases: {generate: 200, seed: 26}", text, flags=re.M)
    (tmp_path / "scenarios" / "version-2026-2.yaml").write_text(text, encoding="utf-8")
    guidelines, dossier, on = tmp_path / "guidelines", tmp_path / "dossier", date(2026, 12, 1)
    library = load_guidelines(guidelines)
    found_seals(library, "2026-11-26")
    lines = [
        f"  - {{id: {who}, name: {who}, credential: throw-away, roles: [{', '.join(roles)}], key: '{new_key(tmp_path / who)}'}}"
        for who, roles in STANDS.items()
    ]
    (guidelines / "seals" / "reviewers.yaml").write_text("\n".join(["reviewers:", *lines]) + "\n", encoding="utf-8")
    scenario = load_scenario(tmp_path / "scenarios" / "version-2026-2.yaml", library)
    held = make_dossier(scenario, library, Asked(on, ("one-determination",)), dossier)
    assert held["verdict"]["holds"], held["verdict"]["breaks"]
    reviewers = load_reviewers(guidelines)
    for who, roles in STANDS.items():
        ballot = Ballot(roles, "approve", False, "None: a test.")
        keep, key = tmp_path / f"{who}.vote", tmp_path / who
        commit(dossier, reviewers[who], ballot, on=on, salt="cd" * 32, keep=keep, key=key)
    for who in STANDS:
        open_vote(dossier, reviewers[who], on=on, keep=tmp_path / f"{who}.vote", key=tmp_path / who)
    assert publish(dossier, str(guidelines), on=on, verify=lambda: Verified((), ())).published == (NEW,)
    after = load_guidelines(guidelines)
    assert {g.name: g.status for g in after.guidelines}[NEW] == "published" and seal_problems(after) == ()

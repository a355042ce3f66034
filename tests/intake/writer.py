"""One of many processes that write to a store: it asks and amends, and notes each act once it is confirmed."""

from __future__ import annotations

import os
from pathlib import Path

from intake_cases import ASKED, SMALL

from workbench.engine.setting import setting
from workbench.guideline.load import load_guidelines
from workbench.intake import acts
from workbench.intake.store import open_store

SHARED = "shared"  # a request that every writer amends


def write(where: str, noted: Path, writer: int, rounds: int) -> None:
    """Each round asks once and amends the shared request once; a line of `noted` names the request of a confirmed act."""
    chosen = setting(load_guidelines(SMALL))
    store = open_store(where)
    note = os.open(noted, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for turn in range(rounds):
        name = f"w{writer}-{turn}"
        acts.submit(store, {**ASKED, "request_id": name}, chosen, at="2026-06-01", by=str(writer))
        os.write(note, f"{name}\n".encode())
        acts.amend(store, SHARED, {"member_id": name}, chosen, at="2026-06-01", by=str(writer))
        os.write(note, f"{SHARED}\n".encode())

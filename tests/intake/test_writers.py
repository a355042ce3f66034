"""Many processes write at once and some are killed: what was confirmed is there once, and nothing else came of it."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from intake_cases import ASKED
from writer import SHARED, write

from workbench.engine.setting import Setting
from workbench.intake import acts, lists
from workbench.intake.store import Store


def crowd(store: Store, where: str, chosen: Setting, folder: Path, writers: int, rounds: int, killed: int) -> None:
    """Let so many write, kill some, and hold the store against what they noted."""
    acts.submit(store, {**ASKED, "request_id": SHARED}, chosen, at="2026-06-01", by="first")
    ways = multiprocessing.get_context("forkserver")
    ways.set_forkserver_preload(["writer"])
    notes = [folder / f"{w}.txt" for w in range(writers)]
    running = [ways.Process(target=write, args=(where, notes[w], w, rounds)) for w in range(writers)]
    for process in running:
        process.start()
    chance = random.Random(15)
    struck = []
    for process in chance.sample(running, killed):
        until = time.monotonic() + 60
        while not any(n.exists() and n.stat().st_size for n in notes) and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.3))
        if process.is_alive() and process.pid:
            os.kill(process.pid, signal.SIGKILL)
            struck.append(process)
    for process in running:
        process.join(300)
    assert struck, "nobody was killed while writing"
    assert all(p.exitcode == 0 for p in running if p not in struck)

    confirmed = Counter(line for n in notes if n.exists() for line in n.read_text().split())
    stored = {r["request_id"]: r["entries"] for r in lists.requests(store)}
    amended = stored.pop(SHARED) - 1
    asked = {name for name in confirmed if name != SHARED}
    assert asked <= set(stored) and set(stored.values()) <= {1}
    # An act that was killed between its confirmation and its note is there without one: at most one of each killed.
    unnoted = len(stored) - len(asked) + amended - confirmed[SHARED]
    assert amended >= confirmed[SHARED] and 0 <= unnoted <= len(struck)
    found = lists.verify(store, chosen.library)
    assert found.same, found.lines()
    assert found.entries == 1 + amended + len(stored)


def test_nothing_confirmed_is_lost_or_doubled(store: Store, small_setting: Setting, tmp_path: Path) -> None:
    crowd(store, str(store.path), small_setting, tmp_path, writers=12, rounds=3, killed=4)


@pytest.mark.slow
def test_a_hundred_writers(store: Store, small_setting: Setting, tmp_path: Path) -> None:
    crowd(store, str(store.path), small_setting, tmp_path, writers=100, rounds=3, killed=25)


def test_several_may_make_the_same_store(tmp_path: Path) -> None:
    ways = multiprocessing.get_context("forkserver")
    ways.set_forkserver_preload(["writer"])
    making = [ways.Process(target=_made, args=(tmp_path / "one.db",)) for _ in range(6)]
    for process in making:
        process.start()
    for process in making:
        process.join(60)
    assert [p.exitcode for p in making] == [0] * 6


def _made(where: Path) -> None:
    from workbench.intake.store import open_store

    assert lists.requests(open_store(where, create=True)) == []

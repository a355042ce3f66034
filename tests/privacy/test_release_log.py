"""Several releases of the same requests tell what none tells alone; a log of releases keeps them apart."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from privacy.test_release import comparison
from scipy.optimize import linprog

from workbench.engine.decision import DETERMINATIONS as D
from workbench.errors import ProblemsFound
from workbench.privacy.release import THRESHOLD, Released, release
from workbench.privacy.release_log import enter
from workbench.study.compare import Comparison


def under_drafts(requests: int, seed: int, drafts: int) -> list[Comparison]:
    """The same requests and the same published decisions, under drafts that each move others of them."""
    whole = comparison(requests, seed, moved=0)
    rng, found = np.random.default_rng(seed), []
    for n in range(drafts):
        moved = rng.random(requests) < 0.05 * (n + 1)
        to = np.array(D)[rng.choice([0, 1, 3], requests)]
        pair = whole.pair.with_columns(
            pl.when(pl.Series(moved)).then(pl.Series(to)).otherwise("determination").alias("determination_draft")
        ).with_columns((pl.col("determination") != pl.col("determination_draft")).alias("flipped"))
        found.append(Comparison(whole.published, whole.draft, pair))
    return found


def leaks(releases: list[Released]) -> list[object]:
    """Hidden counts of what was published that linear programming bounds below 11, from the releases together: each
    shows other cells of one system of groups, determinations and totals."""
    known: dict[tuple[str, object, str], int] = {}
    cells: set[tuple[str, object, str]] = set()

    def put(key: tuple[str, object, str], value: object) -> None:
        cells.add(key)
        if isinstance(value, int):
            known[key] = value

    for told in releases:
        put(("", "", ""), told["cases"]["requests"])
        for a in D:
            put(("", "", a), told["totals"]["published"][a])
        for by, rows in told["groups"].items():
            for row in rows:
                put((by, row[by], ""), row["requests"])
                for a in D:
                    put((by, row[by], a), row[f"{a} published"])
    at = {key: i for i, key in enumerate(sorted(cells, key=str))}
    sums = []
    for by, value in {key[:2] for key in at}:
        sums.append({at[by, value, ""]: -1} | {at[by, value, a]: 1 for a in D})
    for by in {key[0] for key in at} - {""}:
        for a in (*D, ""):
            parts = {i: 1 for key, i in at.items() if key[0] == by and key[2] == a}
            sums.append({at["", "", a]: -1, **parts})
    left = np.zeros((len(sums), len(at)))
    for n, one in enumerate(sums):
        left[n, list(one)] = list(one.values())
    bounds = [(known.get(key, 0), known.get(key)) for key in at]
    found = []
    for key, i in at.items():
        if key not in known:
            most = linprog(-np.eye(len(at))[i], A_eq=left, b_eq=np.zeros(len(sums)), bounds=bounds)
            assert most.status in (0, 3), most.message
            if most.status == 0 and -most.fun < THRESHOLD - 1e-6:
                found.append(key)
    return found


CASES = (400, 3)


def test_several_releases_tell_what_one_does_not() -> None:
    told = [release(c) for c in under_drafts(*CASES, drafts=4)]
    assert [leaks([one]) for one in told] == [[]] * 4
    assert leaks(told), "the attack works: a log is needed"


def test_what_a_log_lets_through_tells_no_more(tmp_path: Path) -> None:
    passed = []
    for one in under_drafts(*CASES, drafts=4):
        told = release(one)
        try:
            enter(tmp_path / "log", one, told)
        except ProblemsFound as found:
            assert [p.code for p in found.problems] == ["overlapping-release"]
        else:
            passed.append(told)
    assert len(passed) == 1 and leaks(passed) == []


def part(whole: Comparison, *ids: int) -> Comparison:
    chosen = whole.pair.filter(pl.col("request_id").is_in([f"r{i}" for i in ids]))
    return Comparison(whole.published, whole.draft, chosen)


def test_other_requests_pass_and_one_in_common_does_not(tmp_path: Path) -> None:
    (whole,), log = under_drafts(300, 1, drafts=1), tmp_path / "new" / "log"
    for passes, ids in ((True, range(100)), (True, range(100, 200)), (False, range(199, 300)), (True, range(200, 300))):
        one = part(whole, *ids)
        if passes:
            enter(log, one, release(one))
        else:
            with pytest.raises(ProblemsFound, match="1 of these 101 requests"):
                enter(log, one, release(one))
    again, before = part(whole, *range(100)), log.read_bytes()
    enter(log, again, release(again))
    assert log.read_bytes() == before, "the very same tables are no new release"
    with pytest.raises(ProblemsFound, match="100 of these 100"):
        enter(log, again, release(again, by=("plan",)))


def test_the_log_names_nobody_and_is_the_owners_alone(tmp_path: Path) -> None:
    (whole,) = under_drafts(60, 1, drafts=1)
    enter(tmp_path / "log", whole, release(whole))
    text = (tmp_path / "log").read_text()
    assert "r1" not in text.split('"requests"')[0] and "member" not in text
    assert os.stat(tmp_path / "log").st_mode & 0o077 == 0
    enter(tmp_path / "other", whole, release(whole))
    assert (tmp_path / "other").read_text().splitlines()[1] != text.splitlines()[1], "keyed, each log by its own"


def test_a_line_that_a_killed_run_left_is_cut_off(tmp_path: Path) -> None:
    (whole,), log = under_drafts(120, 1, drafts=1), tmp_path / "log"
    one, two = part(whole, *range(60)), part(whole, *range(60, 120))
    enter(log, one, release(one))
    entered = log.read_bytes()
    log.write_bytes(entered + b'{"draft": "half')
    enter(log, two, release(two))
    assert log.read_bytes().startswith(entered) and len(log.read_bytes().splitlines()) == 3


@pytest.mark.parametrize("text", ["request_id,plan\n1,a\n", "{}", "[]\n", '{"log": "releases 9", "salt": ""}\n', "\0"])
def test_a_file_of_another_kind_stays_as_it_is(tmp_path: Path, text: str) -> None:
    (whole,), log = under_drafts(60, 1, drafts=1), tmp_path / "log"
    log.write_text(text)
    with pytest.raises(ProblemsFound) as found:
        enter(log, whole, release(whole))
    assert [p.code for p in found.value.problems] == ["not-a-log"] and log.read_text() == text


def test_of_two_runs_at_once_one_is_refused(tmp_path: Path) -> None:
    runs, said = under_drafts(60, 1, drafts=6), []

    def run(one: Comparison) -> None:
        try:
            enter(tmp_path / "log", one, release(one, by=()))
            said.append("passed")
        except ProblemsFound as found:
            said.append(found.problems[0].code)

    threads = [threading.Thread(target=run, args=(one,)) for one in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said) == ["overlapping-release"] * 5 + ["passed"]

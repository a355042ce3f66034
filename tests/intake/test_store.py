"""The store itself: its tables, its history that stays, copies, and what is no store."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from intake_cases import ASKED
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from workbench.engine.setting import Setting
from workbench.errors import ProblemsFound
from workbench.intake import acts, lists
from workbench.intake.store import Store, backup, open_store, restore
from workbench.intake.tables import METADATA


def code_of(call: object, *args: object, **named: object) -> str:
    with pytest.raises(ProblemsFound) as found:
        call(*args, **named)
    return found.value.problems[0].code


def test_the_migrations_make_the_tables(store: Store) -> None:
    with store.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_a_commit_waits_for_the_disk_and_readers_wait_for_nobody(store: Store) -> None:
    with store.reading() as connection:
        asked = {n: connection.execute(text(f"PRAGMA {n}")).scalar() for n in ("journal_mode", "synchronous")}
    assert asked == {"journal_mode": "wal", "synchronous": 2}
    with store.writing(), store.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM requests")).scalar() == 0


@pytest.mark.parametrize("statement", ["UPDATE history SET at = ''", "DELETE FROM history"])
def test_no_statement_alters_the_history(store: Store, small_setting: Setting, statement: str) -> None:
    acts.submit(store, ASKED, small_setting, at="2026-06-01", by="clinic")
    with pytest.raises(IntegrityError, match="the history is only added to"), store.writing() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE history SET who = replace(who, 'clinic', 'nobody') WHERE number = 2", "entry 2"),
        ("UPDATE history SET at = '2026-06-02' WHERE number = 1", "entry 1"),
        ("DELETE FROM history WHERE number = 1", "entry 2"),
        ("DELETE FROM history WHERE number = 2", "does not stand as its history says"),
        ("UPDATE requests SET granted_visits = 80", "does not stand as its history says"),
    ],
)
def test_what_was_tampered_with_shows(store: Store, small_setting: Setting, statement: str, said: str) -> None:
    acts.submit(store, ASKED, small_setting, at="2026-06-01", by="clinic")
    acts.amend(store, "A", {"member_id": "m-2"}, small_setting, at="2026-06-01", by="clinic")
    assert lists.verify(store, small_setting.library).same
    with sqlite3.connect(str(store.path)) as file:
        file.execute("DROP TRIGGER history_no_UPDATE")
        file.execute("DROP TRIGGER history_no_DELETE")
        file.execute(statement)
    found = lists.verify(store, small_setting.library)
    assert not found.same and said in "\n".join(found.lines()) and found.as_dict()["problems"]


def test_a_decision_that_other_rules_would_not_make_shows(store: Store, small_setting: Setting, tmp_path: Path) -> None:
    import shutil

    from intake_cases import SMALL

    from workbench.guideline.load import load_guidelines

    acts.submit(store, ASKED, small_setting, at="2026-06-01", by="clinic")
    shutil.copytree(SMALL, tmp_path / "other")
    limits = tmp_path / "other" / "physical-therapy" / "2026.1.limits.csv"
    limits.write_text(
        limits.read_text().replace("lbp,rehabilitative,low_back_pain,,,10", "lbp,rehabilitative,low_back_pain,,,6")
    )
    found = lists.verify(store, load_guidelines(tmp_path / "other"))
    assert found.problems == () and any("granted_visits: recorded 8, recomputed 6" in line for line in found.differs)


def test_a_copy_holds_all_and_replaces_nothing_unasked(store: Store, small_setting: Setting, tmp_path: Path) -> None:
    acts.submit(store, ASKED, small_setting, at="2026-06-01", by="clinic")
    copy, back = tmp_path / "copy.db", tmp_path / "back.db"
    backup(store, copy)
    assert code_of(backup, store, copy) == "output-exists"
    acts.submit(store, {**ASKED, "request_id": "B"}, small_setting, at="2026-06-01", by="clinic")
    restore(copy, back)
    assert [r["request_id"] for r in lists.requests(open_store(back))] == ["A"]
    assert code_of(restore, copy, store.path) == "output-exists"
    assert len(lists.requests(store)) == 2
    restore(copy, store.path, force=True)
    assert [r["request_id"] for r in lists.requests(store)] == ["A"]
    assert lists.verify(store, small_setting.library).same


def test_what_is_no_store_is_left_alone(tmp_path: Path) -> None:
    other, words, newer = (tmp_path / n for n in ("other.db", "words.txt", "newer.db"))
    with sqlite3.connect(other) as file:
        file.execute("CREATE TABLE mine (a)")
    words.write_text("no database\n" * 100)
    open_store(newer, create=True).close()
    with sqlite3.connect(newer) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    before = other.read_bytes(), words.read_bytes()
    found = [code_of(open_store, p, create=True) for p in (other, words, newer)]
    assert found == ["not-a-store", "not-a-store", "newer-store"]
    assert (other.read_bytes(), words.read_bytes()) == before
    assert code_of(restore, words, tmp_path / "x.db") == "not-a-store" and not (tmp_path / "x.db").exists()
    assert code_of(open_store, tmp_path / "none.db") == "bad-call" and not (tmp_path / "none.db").exists()
    assert code_of(open_store, "mysql://a:secret@b/c") == "bad-call"
    assert code_of(open_store, "http://") == "bad-call"

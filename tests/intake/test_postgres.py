"""The same store on PostgreSQL, where its server can be started here."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from intake_cases import ASKED
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from workbench.engine.setting import Setting
from workbench.errors import ProblemsFound
from workbench.intake import acts, lists
from workbench.intake.store import Store, backup, open_store

BIN = next((p for p in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
INITDB = shutil.which("initdb", path=f"{BIN or ''}:{os.environ.get('PATH', '')}")
LACKING = "no server of PostgreSQL is installed (initdb)" if INITDB is None else ""
LACKING = LACKING or ("psycopg is not installed" if find_spec("psycopg") is None else "")
pytestmark = pytest.mark.skipif(bool(LACKING), reason=LACKING)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("pg")
    user = "nobody" if os.getuid() == 0 else None  # the server refuses to run as root
    if user:
        for place in (folder, *[p for p in folder.parents if p.owner() == "root" and p.stat().st_mode & 0o001 == 0]):
            place.chmod(place.stat().st_mode | 0o011)
        shutil.chown(folder, user)
    tools, data = Path(INITDB).resolve().parent, folder / "data"

    def run(*call: str) -> None:
        ran = subprocess.run(call, user=user, cwd=folder, capture_output=True, text=True, timeout=60)
        assert ran.returncode == 0, ran.stdout + ran.stderr

    run(str(tools / "initdb"), "-D", str(data), "-U", "intake", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    run(str(tools / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://intake@/postgres?host={folder}"
    finally:
        run(str(tools / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")


@pytest.fixture(scope="module")
def there(address: str) -> Iterator[Store]:
    opened = open_store(address)
    yield opened
    opened.close()


def test_the_same_acts_by_its_url(there: Store, address: str, small_setting: Setting) -> None:
    row = acts.submit(there, {**ASKED, "requested_visits": 30}, small_setting, at="2026-06-01", by="clinic")
    assert (row["status"], row["granted_visits"]) == ("waits_for_clinician", 10)
    with pytest.raises(ProblemsFound, match="request-exists"):
        acts.submit(there, ASKED, small_setting, at="2026-06-01", by="clinic")
    acts.amend(there, "A", {"member_id": "m-2"}, small_setting, at="2026-06-01", by="clinic")
    assert [r["request_id"] for r in lists.worklist(there)] == ["A"]
    person = acts.Person("Ann", "DPT", "knees")
    acts.decide(there, "A", "declined", at="2026-06-02", by=person, reason="seen")
    asked = {"request_id": "B", "requested_visits": 2}
    acts.continue_(there, "A", asked, small_setting, at="2026-07-01", by="clinic")
    again = open_store(address)
    found = lists.verify(again, small_setting.library)
    assert found.same and (found.requests, found.entries) == (2, 4)
    with pytest.raises(ProblemsFound, match="pg_dump"):
        backup(there, Path("never.db"))


def test_no_statement_alters_the_history_there(there: Store) -> None:
    for statement in ("UPDATE history SET at = ''", "DELETE FROM history", "TRUNCATE history"):
        with pytest.raises(DBAPIError, match="the history is only added to"), there.writing() as connection:
            connection.execute(text(statement))

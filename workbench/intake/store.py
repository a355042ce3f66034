"""A store, opened: one SQLite file by its path, or a database by its URL (`postgresql+psycopg://…`), by the same code.

A write is one transaction: it is there whole once the call returns, or not at all. SQLite writes ahead (WAL), waits for
the disk at each commit (synchronous FULL) and takes its place among writers at the beginning (BEGIN IMMEDIATE), so that
what a writer read can not change before it writes; PostgreSQL locks the row of the request instead.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import NullPool

from workbench.documents.outputs import claim, writing
from workbench.errors import Problem, ProblemsFound

APPLICATION = 0x54575354  # marks a SQLite file as a store
WAIT = 60  # seconds that a writer waits for its turn
_READING = "workbench_reading"


class Store:
    """An open store. `name` is its path, or its URL without the password."""

    def __init__(self, engine: Engine, name: str, path: Path | None):
        self.engine, self.name, self.path = engine, name, path

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes; it is confirmed once the block has ended. Raises ProblemsFound (`busy-store`)."""
        with self._told(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads, and sees one state throughout."""
        with self._told(), self.engine.connect() as connection:
            with (quiet := connection.execution_options(**{_READING: True})).begin():
                yield quiet

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OperationalError as error:
            code = "busy-store" if _locked(error) else "unreadable"
            raise ProblemsFound([Problem(code, _reason(error), self.name)]) from None


def open_store(where: str | Path, *, create: bool = False) -> Store:
    """Open a store and take its tables to the newest shape. With `create` a file that is not there is made.

    Raises ProblemsFound: `bad-call` (nothing there, a URL that is none), `missing-extra` (no driver), `not-a-store`,
    `newer-store`, `busy-store`.
    """
    text = os.fspath(where)
    if "://" not in text:
        path = Path(text)
        _seen(path, create)
        engine = create_engine(f"sqlite+pysqlite:///{path}", poolclass=NullPool, connect_args={"timeout": WAIT})
        _as_sqlite(engine)
        store = Store(engine, text, path)
    else:
        try:
            url = make_url(text)
            name = url.render_as_string(hide_password=True)
            if url.get_backend_name() != "postgresql":
                hint = "a path for SQLite, or postgresql+psycopg://USER@HOST/NAME"
                raise ProblemsFound(
                    [Problem("bad-call", "a store is a file, or a PostgreSQL database", name, hint=hint)]
                )
            store = Store(create_engine(url, poolclass=NullPool), name, None)
        except (ArgumentError, NoSuchModuleError):
            raise ProblemsFound([Problem("bad-call", "this is no URL of a database", "--store")]) from None
        except ModuleNotFoundError as error:
            hint = "install psycopg beside the extra intake"
            raise ProblemsFound([Problem("missing-extra", f"{error.name} is not installed", hint=hint)]) from None
    _upgrade(store)
    return store


def _seen(path: Path, create: bool) -> None:
    """Whether the file may be opened as a store: it is one, or is to be made."""
    if not path.exists():
        if not create:
            hint = f"workbench intake new --store {path} makes one"
            raise ProblemsFound([Problem("bad-call", "there is no store here", str(path), hint=hint)])
        claim([path])
        path.parent.mkdir(parents=True, exist_ok=True)
        return
    if path.is_file() and path.stat().st_size == 0:  # another process is just making it, or was killed there
        return
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=WAIT)) as file:
            (mark,) = file.execute("PRAGMA application_id").fetchone()
            tables = file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    except sqlite3.Error as error:
        raise ProblemsFound([Problem("not-a-store", f"this is no store: {error}", str(path))]) from None
    if mark != APPLICATION and (mark or tables):
        raise ProblemsFound([Problem("not-a-store", "this is a database, and no store of requests", str(path))])


def _as_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _: object) -> None:
        connection.isolation_level = None  # transactions begin where `begun` says
        for pragma in (f"busy_timeout={WAIT * 1000}", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        reads = connection.get_execution_options().get(_READING)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def _upgrade(store: Store) -> None:
    """Take the tables to the newest shape, in one transaction; whoever comes second finds it done."""
    config = _config()
    script = ScriptDirectory.from_config(config)
    newest = script.get_current_head()
    with store.reading() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found == newest:
        return
    if found is not None and found not in {s.revision for s in script.walk_revisions()}:
        told = f"the store is of revision {found}; this version knows up to {newest}"
        raise ProblemsFound([Problem("newer-store", told, store.name, hint="take a version that knows it")])
    if store.path is not None:
        _ahead(store)
    with store.writing() as connection:
        if store.path is not None:
            connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION}")
        else:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({APPLICATION})")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _ahead(store: Store) -> None:
    """Make the file write ahead, which lasts. SQLite does not wait for others here by itself."""
    until = time.monotonic() + WAIT
    while True:
        try:
            with closing(sqlite3.connect(str(store.path), timeout=WAIT)) as file:
                file.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if time.monotonic() > until:
                raise ProblemsFound([Problem("busy-store", str(error), store.name)]) from None
            time.sleep(0.05)


def backup(store: Store, out: Path, *, force: bool = False) -> None:
    """Copy a SQLite store as it stands, while others write. Raises ProblemsFound; of PostgreSQL it says what does."""
    if store.path is None:
        hint = "pg_dump --format=custom, and pg_restore to bring it back"
        raise ProblemsFound([Problem("bad-call", "PostgreSQL keeps its own backups", store.name, hint=hint)])
    claim([out], [store.path], force=force)
    with writing(out) as (part,):
        _copied(store.path, part)


def restore(copy: Path, where: Path, *, force: bool = False) -> None:
    """Put a backup in a store's place. With `force` it takes the content of the store that is there; processes that
    have it open go on with what was restored. Raises ProblemsFound (`output-exists`, `not-a-store`)."""
    if not copy.exists():
        raise ProblemsFound([Problem("bad-call", "there is no such file", str(copy))])
    if copy.stat().st_size == 0:
        raise ProblemsFound([Problem("not-a-store", "the file is empty", str(copy))])
    _seen(copy, create=False)
    claim([where], [copy], force=force)
    if where.exists():
        _seen(where, create=False)
        _copied(copy, where)
    else:
        with writing(where) as (part,):
            _copied(copy, part)
    open_store(where).close()


def _copied(source: Path, target: Path) -> None:
    """By SQLite's own online copy, which sees one state of a store that is written to."""
    with closing(sqlite3.connect(str(source), timeout=WAIT)) as old, closing(sqlite3.connect(str(target))) as new:
        new.execute(f"PRAGMA busy_timeout={WAIT * 1000}")
        old.backup(new)
        if new.execute("PRAGMA quick_check").fetchone()[0] != "ok":
            raise ProblemsFound([Problem("not-a-store", "the copy is not whole", str(source))])


def _locked(error: DBAPIError) -> bool:
    return "locked" in str(error.orig)


def _reason(error: DBAPIError) -> str:
    return f"others write to it for longer than {WAIT} seconds" if _locked(error) else str(error.orig)

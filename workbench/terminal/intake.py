"""`workbench intake ACT`: the store of requests from a terminal."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.documents.outputs import claim
from workbench.errors import Problem, ProblemsFound
from workbench.terminal.exit_codes import GOOD, NO, need
from workbench.terminal.intake_parser import ACTS
from workbench.terminal.streams import as_json

if TYPE_CHECKING:
    from workbench.engine.setting import Setting
    from workbench.intake.store import Store

HEAD = f"{'request':<22}{'received':<12}{'due':<12}{'status':<21}{'engine':<20}{'person':<18}granted"


def checked(args: Namespace) -> None:
    """Raises ProblemsFound for what the act lacks or does not take, and for an extra that is not installed."""
    what, options, _ = ACTS[args.act]
    usage = " ".join(("workbench intake", args.act, *what, *(f"--{o} …" for o in options), "--store FILE"))
    found = [f"needs --{o}" for o in options if getattr(args, o) is None]
    if len(args.what) != len(what):
        found.append(f"takes {' '.join(what) or 'nothing'} after it")
    if found:
        raise ProblemsFound(Problem("bad-call", f"intake {args.act} {f}", hint=usage) for f in found)
    lacking = [n for n in ("sqlalchemy", "alembic") if find_spec(n) is None]
    if lacking:
        hint = "pip install therapy-workbench[intake]"
        raise ProblemsFound(Problem("missing-extra", f"{n} is not installed", hint=hint) for n in lacking)


def intake(args: Namespace, setting: Callable[[], Setting]) -> int:
    """Do one act and say what came of it; 1 where `verify` finds that something is otherwise."""
    from workbench.intake.store import open_store, restore

    if args.act == "restore":
        if "://" in args.store:
            raise ProblemsFound(
                [Problem("bad-call", "a backup is restored to a file", hint="pg_restore for PostgreSQL")]
            )
        restore(need(args.what[0]), Path(args.store), force=args.force)
        return _say(args, {"store": args.store, "restored": args.what[0]}, [f"{args.what[0]} is now {args.store}"])
    store = open_store(args.store, create=args.act == "new")
    try:
        if args.act == "new":
            return _say(args, {"store": store.name}, [f"{store.name} is a store"])
        return (_keep if args.act in _KEEPING else _look if args.act in _LOOKING else _act)(args, store, setting)
    finally:
        store.close()


_KEEPING = ("verify", "backup", "export")
_LOOKING = ("list", "worklist", "show", "letter")


def _act(args: Namespace, store: Store, setting: Callable[[], Setting]) -> int:
    from workbench.intake import acts

    given: dict[str, Any] = {"at": args.at, "by": args.by}
    if args.act == "submit":
        row = acts.submit(store, need(args.what[0]), setting(), **given)
    elif args.act == "continue":
        source = need(args.what[1])
        row = acts.continue_(store, args.what[0], source, setting(), attended=args.attended, **given)
    elif args.act == "amend":
        row = acts.amend(store, args.what[0], need(args.what[1]), setting(), **given)
    elif args.act == "withdraw":
        row = acts.withdraw(store, args.what[0], reason=args.reason or "", **given)
    else:
        person = acts.Person(args.by, args.credential, args.field)
        amounts = {"visits": args.visits, "weeks": args.weeks, "seen": args.seen}
        row = acts.decide(store, args.what[0], args.verdict, at=args.at, by=person, reason=args.reason, **amounts)
    return _letter(args, store, row["request_id"])


def _look(args: Namespace, store: Store, setting: Callable[[], Setting]) -> int:
    from workbench.intake import lists

    if args.act == "letter":
        return _letter(args, store, args.what[0])
    if args.act == "show":
        from workbench.intake.history import read

        with store.reading() as connection:
            entries = read(connection, args.what[0])
        lines = [f"{e.number} {e.act} {e.at} {e.who['name']} {e.digest}" for e in entries]
        return _say(args, {"history": [e.as_dict() for e in entries]}, lines)
    if args.act == "worklist":
        rows = lists.worklist(store)
    else:
        rows = lists.requests(store, status=args.status, member=args.member, text=args.text)
    lines = [HEAD, *map(_line, rows)] if rows else ["no requests"]
    return _say(args, {"requests": [{**r, "facts": json.loads(r["facts"])} for r in rows]}, lines)


def _keep(args: Namespace, store: Store, setting: Callable[[], Setting]) -> int:
    from workbench.intake import lists

    if args.act == "verify":
        found = lists.verify(store, setting().library)
        _say(args, found.as_dict(), found.lines())
        return GOOD if found.same else NO
    out = Path(args.out)
    if args.act == "backup":
        from workbench.intake.store import backup

        backup(store, out, force=args.force)
        return _say(args, {"store": store.name, "out": args.out}, [f"{store.name} is copied to {args.out}"])
    claim([out], [args.store, args.guidelines], force=args.force, endings=(".parquet", ".csv"))
    count = lists.export(store, out, setting().library)
    return _say(args, {"requests": count, "out": args.out}, [f"{count:,} requests in {args.out}"])


def _letter(args: Namespace, store: Store, request_id: str) -> int:
    from workbench.intake.history import read, standing
    from workbench.intake.letter import letter

    with store.reading() as connection:
        entries = read(connection, request_id)
    row, lines = standing(entries), letter(entries)
    return _say(args, {"request": {**row, "facts": json.loads(row["facts"])}, "letter": lines}, lines)


def _line(row: dict[str, Any]) -> str:
    from workbench.intake.letter import amount

    mark = "URGENT " if row["urgent"] else "expedited " if row["pressing"] else ""
    granted = amount(row["granted_visits"], row["granted_weeks"])
    day, due = row["received_on"] or "", row["due"] or ""
    said = f"{row['request_id']:<22}{day:<12}{due:<12}{row['status']:<21}{row['determination']:<20}"
    return f"{said}{row['verdict'] or '':<18}{mark}{granted}".rstrip()


def _say(args: Namespace, value: dict[str, Any], lines: list[str]) -> int:
    print(as_json(value) if args.json else "\n".join(lines))
    return GOOD

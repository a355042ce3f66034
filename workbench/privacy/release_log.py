"""What was released so far, so that no two releases can be subtracted from one another.

A release hides each small count behind others of its own tables. Two releases of the same requests, under two drafts
or by two groupings, hide different cells, and together they tell what neither tells alone. So a release is entered in
a log before it is told, and refused where it shares a request with another one in that log. The guarantee: the
releases of one log count different requests, so that the sums of one say nothing about another, and whatever holds for
each (every small count could be anything from 0 to 11) holds for all of them together.

The log knows requests by keyed digests of their ids: requests that were given new ids in between are not known again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from workbench.documents.outputs import growing
from workbench.errors import Problem, ProblemsFound
from workbench.privacy.release import Released
from workbench.study.compare import Comparison

KIND = "releases 1"
_SIZE = 8  # bytes of a digest: among 10 million requests two are taken for one once in 400,000 logs


@dataclass(frozen=True)
class Entry:
    """One release: the draft, how many requests, the digest of its tables and those of its requests."""

    draft: str
    tables: str
    requests: frozenset[bytes]


def enter(path: str | Path, comparison: Comparison, released: Released) -> None:
    """Enter a release in the log, which is made where it is not there, readable by its owner alone.

    The very tables that were released before may be told again. Raises ProblemsFound: `overlapping-release` where
    requests were part of an earlier release (nothing may be passed on then), `not-a-log` for a file of another kind,
    `unwritable`.
    """
    path, ids = Path(path), comparison.pair["request_id"].to_list()
    with growing(path) as (content, add):
        salt, entries = _read(path, content)
        mine = Entry(str(released["about"]["draft"]), _tables(released), frozenset(_digests(ids, salt)))
        if any(e.tables == mine.tables and e.requests == mine.requests for e in entries):
            return
        problems = [
            Problem(
                "overlapping-release",
                f"{shared:,} of these {len(mine.requests):,} requests were part of the release of draft {e.draft!r}; "
                "the two could be subtracted from one another",
                str(path),
                hint="release requests that no earlier release holds, such as those of another period",
            )
            for e in entries
            if (shared := len(mine.requests & e.requests))
        ]
        if problems:
            raise ProblemsFound(problems)
        head = "" if content else _line({"log": KIND, "salt": salt.hex()})
        told = {
            "draft": mine.draft,
            "tables": mine.tables,
            "requests": base64.b64encode(b"".join(sorted(mine.requests))).decode(),
        }
        add((head + _line(told)).encode())


def _line(value: dict[str, str]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _tables(released: Released) -> str:
    text = json.dumps(released, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _digests(ids: Iterable[str], salt: bytes) -> Iterable[bytes]:
    return (hashlib.blake2b(str(i).encode(), digest_size=_SIZE, key=salt).digest() for i in ids)


def _read(path: Path, content: bytes) -> tuple[bytes, list[Entry]]:
    """The salt and the entries; a salt of its own for a log that is not there yet."""
    if not content:
        return secrets.token_bytes(32), []
    try:
        head, *lines = [json.loads(line) for line in content.decode().splitlines()]
        if head["log"] != KIND:
            raise ValueError
        return bytes.fromhex(head["salt"]), [
            Entry(line["draft"], line["tables"], _parts(base64.b64decode(line["requests"], validate=True)))
            for line in lines
        ]
    except (ValueError, KeyError, TypeError):
        raise ProblemsFound(
            [Problem("not-a-log", "this is no log of releases", str(path), hint="name a new file or the log itself")]
        ) from None


def _parts(data: bytes) -> frozenset[bytes]:
    if len(data) % _SIZE:
        raise ValueError
    return frozenset(data[i : i + _SIZE] for i in range(0, len(data), _SIZE))

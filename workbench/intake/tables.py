"""The tables of the store. `history` is what happened; `requests` says how each request stands after it, for lists, and
can be made of the history again at any time (`history.standing`).

Days and times stand as the texts that were given, so that SQLite and PostgreSQL keep the same bytes.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

METADATA = MetaData()

REQUESTS = Table(
    "requests",
    METADATA,
    Column("request_id", String(200), primary_key=True),
    Column("follows", String(200), ForeignKey("requests.request_id")),  # the request that it continues
    Column("status", String(40), nullable=False),
    Column("determination", String(40), nullable=False),  # of the engine
    Column("verdict", String(40)),  # of a person; none yet
    Column("granted_visits", Integer),  # by engine and person together; null where no authorization is needed
    Column("granted_weeks", Integer),
    Column("urgent", Boolean, nullable=False),
    Column("pressing", Boolean, nullable=False),  # an expedited review was asked for of visits to come
    Column("received_on", String(10)),
    Column("due", String(10)),  # the day by which an answer is owed
    Column("discipline", String(10)),
    Column("plan", Text),
    Column("member_id", Text),
    Column("provider_npi", Text),
    Column("facts", Text, nullable=False),  # as given, canonical JSON
    Column("entries", Integer, nullable=False),  # of its history
    Column("head", String(64), nullable=False),  # digest of the last of them
    *(Index(f"requests_{name}", name) for name in ("follows", "status", "member_id")),
)

HISTORY = Table(
    "history",
    METADATA,
    Column("request_id", String(200), ForeignKey("requests.request_id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),  # from 1
    Column("act", String(20), nullable=False),
    Column("at", String(40), nullable=False),
    Column("who", Text, nullable=False),  # canonical JSON
    Column("matter", Text, nullable=False),  # canonical JSON
    Column("previous", String(64), nullable=False),  # digest of the entry before; "" for the first
    Column("digest", String(64), nullable=False),  # of all the other columns
)

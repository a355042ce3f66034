"""Requests as they stand, and their history, which no statement can alter or take away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

KEPT = "the history is only added to"
_SQLITE = "CREATE TRIGGER history_no_{act} BEFORE {act} ON history BEGIN SELECT RAISE(ABORT, '" + KEPT + "'); END"
_POSTGRES = "CREATE TRIGGER history_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON history EXECUTE FUNCTION history_kept()"
_FUNCTION = (
    f"CREATE FUNCTION history_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{KEPT}'; END $$"
)


def upgrade() -> None:
    op.create_table(
        "requests",
        sa.Column("request_id", sa.String(200), primary_key=True),
        sa.Column("follows", sa.String(200), sa.ForeignKey("requests.request_id")),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("determination", sa.String(40), nullable=False),
        sa.Column("verdict", sa.String(40)),
        sa.Column("granted_visits", sa.Integer),
        sa.Column("granted_weeks", sa.Integer),
        sa.Column("urgent", sa.Boolean, nullable=False),
        sa.Column("pressing", sa.Boolean, nullable=False),
        sa.Column("received_on", sa.String(10)),
        sa.Column("due", sa.String(10)),
        sa.Column("discipline", sa.String(10)),
        sa.Column("plan", sa.Text),
        sa.Column("member_id", sa.Text),
        sa.Column("provider_npi", sa.Text),
        sa.Column("facts", sa.Text, nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
    )
    for column in ("follows", "status", "member_id"):
        op.create_index(f"requests_{column}", "requests", [column])
    op.create_table(
        "history",
        sa.Column("request_id", sa.String(200), sa.ForeignKey("requests.request_id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("at", sa.String(40), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("matter", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(_SQLITE.format(act=act))
    else:
        op.execute(_FUNCTION)
        op.execute(_POSTGRES)

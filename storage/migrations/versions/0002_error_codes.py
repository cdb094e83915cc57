"""Error codes: the queries about them, and the cars that are checked for new ones."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_code_queries()
    _create_code_watches()


def _create_code_queries() -> None:
    states = "state IN ('draft', 'waiting', 'delivered', 'refused')"
    clear_states = "clear_state IN ('waiting', 'delivered', 'refused')"
    op.create_table(
        "code_queries",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("car_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("dimo_at", MOMENT, nullable=True),
        sa.Column("cleared_at", MOMENT, nullable=True),
        sa.Column("clear_state", sa.String(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", MOMENT, nullable=True),
        sa.Column("shown_chat_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(states, name=op.f("ck_code_queries_state")),
        sa.CheckConstraint(clear_states, name=op.f("ck_code_queries_clear_state")),
        sa.PrimaryKeyConstraint("chat_id", "car_id", "id", name=op.f("pk_code_queries")),
    )
    op.create_index("ix_code_queries_car", "code_queries", ["chat_id", "car_id", "asked_at"])
    _create_partial_index("ix_code_queries_due", ["next_try_at"], "next_try_at IS NOT NULL")
    _create_partial_index("ix_code_queries_shown", ["shown_chat_id", "message_id"], "message_id IS NOT NULL")


def _create_partial_index(name: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "code_queries", columns, sqlite_where=where, postgresql_where=where)


def _create_code_watches() -> None:
    op.create_table(
        "code_watches",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("car_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("every_seconds", sa.Integer(), nullable=False),
        sa.Column("next_look_at", MOMENT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "car_id", name=op.f("pk_code_watches")),
    )
    op.create_index(op.f("ix_code_watches_next_look_at"), "code_watches", ["next_look_at"])

"""The newest panel of each chat, and the car that each person chose in a chat."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "panels",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("home_chat_id", sa.BigInteger(), nullable=False),
        sa.Column("car_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.CheckConstraint("page IN ('main', 'more')", name=op.f("ck_panels_page")),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_panels")),
    )
    op.create_index(op.f("ix_panels_car_id"), "panels", ["car_id"])
    op.rename_table("chat_choices", "old_chat_choices")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX pk_chat_choices RENAME TO pk_old_chat_choices")
    op.create_table(
        "chat_choices",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("home_chat_id", sa.BigInteger(), nullable=False),
        sa.Column("car_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "person_id", name=op.f("pk_chat_choices")),
    )
    # A private chat has the number of its person; whose choice a group's was is not known.
    op.execute(
        "INSERT INTO chat_choices (chat_id, person_id, home_chat_id, car_id)"
        " SELECT chat_id, chat_id, home_chat_id, car_id FROM old_chat_choices WHERE chat_id > 0"
    )
    op.drop_table("old_chat_choices")

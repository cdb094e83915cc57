"""What the bot looks for in the reports of cars, what it has told of them, and who wants to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "note_watches",
        sa.Column("home_chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("car_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("home_chat_id", "car_id", name=op.f("pk_note_watches")),
    )
    op.create_index(op.f("ix_note_watches_next_look_at"), "note_watches", ["next_look_at"])
    op.create_table(
        "notes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("home_chat_id", sa.BigInteger(), nullable=False),
        sa.Column("car_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index("ix_notes_car", "notes", ["home_chat_id", "car_id"])
    for column in ("person_id", "begun_at"):
        op.create_index(op.f(f"ix_notes_{column}"), "notes", [column])
    op.create_table(
        "note_choices",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_note_choices")),
    )

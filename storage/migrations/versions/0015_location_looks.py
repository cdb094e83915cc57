"""Who has looked where a car was, for the log of its home."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "location_looks",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("home_chat_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location_looks")),
    )
    op.create_index("ix_location_looks_home", "location_looks", ["home_chat_id", "at"])
    op.create_index(op.f("ix_location_looks_person_id"), "location_looks", ["person_id"])

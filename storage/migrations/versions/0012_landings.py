"""Landing addresses of Login with DIMO that wait for their person to come back to the chat."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "landings",
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_landings")),
    )
    for column in ("chat_id", "expires_at"):
        op.create_index(op.f(f"ix_landings_{column}"), "landings", [column])

"""Which version of an action people were shown, so that an action that they have not seen is found without a scan."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("actions", sa.Column("version", sa.Integer(), server_default="0", nullable=False))
    op.add_column("actions", sa.Column("shown_version", sa.Integer(), server_default="-1", nullable=False))
    op.execute("UPDATE actions SET shown_version = 0 WHERE shown_state = state")
    unshown = sa.text("shown_version <> version")
    op.create_index("ix_actions_unshown", "actions", ["requested_at"], sqlite_where=unshown, postgresql_where=unshown)

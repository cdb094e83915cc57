"""Which process tells an event, so that another one does after its death."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("events") as events:
        events.add_column(sa.Column("claimed_by", sa.BigInteger(), nullable=True))

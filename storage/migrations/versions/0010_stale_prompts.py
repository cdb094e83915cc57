"""Which closed questions still look open, because their message could not be edited yet."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("prompts", sa.Column("is_stale", sa.Boolean(), server_default=sa.false(), nullable=False))
    stale = sa.text("is_stale")
    op.create_index("ix_prompts_stale", "prompts", ["id"], sqlite_where=stale, postgresql_where=stale)

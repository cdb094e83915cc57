"""Topics of groups, and private chats that show what the bot may not write in a group."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("prompts", "actions", "code_queries", "access_requests"):
        op.add_column(table, sa.Column("thread_id", sa.BigInteger(), nullable=True))
    op.add_column("actions", sa.Column("shown_chat_id", sa.BigInteger(), nullable=True))

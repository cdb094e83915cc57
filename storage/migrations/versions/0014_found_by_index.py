"""Indexes for what is done about one person or home and for what is over, and hashes of sealed fields to search by."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INDEXES = {
    "login_states": ["expires_at"],
    "prompts": ["expires_at", "home_chat_id", "person_id"],
    "code_queries": ["person_id", "clearer_hash"],
    "members": ["added_by"],
    "invitations": ["created_by", "expires_at", "home_chat_id", "used_by"],
    "shared_chats": ["attached_by", "home_chat_id"],
    "chat_choices": ["home_chat_id", "person_id"],
    "panels": ["home_chat_id", "person_id"],
    "access_requests": ["answered_at", "person_id"],
    "events": ["home_chat_id"],
}


def upgrade() -> None:
    op.add_column("actions", sa.Column("action_hash", sa.String(), nullable=True))
    op.add_column("code_queries", sa.Column("clearer_hash", sa.String(), nullable=True))
    for table, columns in INDEXES.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.create_index("ix_actions_home_person", "actions", ["home_chat_id", "person_id", "requested_at"])
    op.create_index("ix_actions_action", "actions", ["action_hash", "requested_at"])
    op.drop_index("ix_code_queries_shown", "code_queries")
    _create_partial_index("ix_actions_shown_chat", "actions", ["shown_chat_id"], "shown_chat_id IS NOT NULL")
    _create_partial_index(
        "ix_code_queries_shown", "code_queries", ["shown_chat_id", "message_id"], "shown_chat_id IS NOT NULL"
    )
    _create_partial_index("ix_code_queries_drafts", "code_queries", ["asked_at"], "state = 'draft'")


def _create_partial_index(name: str, table: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)

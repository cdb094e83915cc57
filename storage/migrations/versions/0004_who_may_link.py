"""Who may link: the operator, people who asked, links that wait for a yes, and homes found by their wallet."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
STATES = "state IN ('open', 'allowed', 'denied')"
FIRST_WHO_LINKED = (
    "INSERT INTO facts (name, value, updated_at) "
    "SELECT 'operator', CAST(owner_id AS VARCHAR), linked_at FROM homes ORDER BY linked_at, chat_id LIMIT 1"
)


def upgrade() -> None:
    op.add_column("homes", sa.Column("wallet_hash", sa.String(), nullable=True))
    op.create_index(op.f("ix_homes_wallet_hash"), "homes", ["wallet_hash"])
    _create_link_permissions()
    _create_link_consents()
    op.execute(FIRST_WHO_LINKED)


def _create_link_permissions() -> None:
    op.create_table(
        "link_permissions",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_person_id", sa.BigInteger(), nullable=True),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(STATES, name=op.f("ck_link_permissions_state")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_link_permissions")),
    )


def _create_link_consents() -> None:
    op.create_table(
        "link_consents",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_consents")),
    )
    op.create_index(op.f("ix_link_consents_chat_id"), "link_consents", ["chat_id"])

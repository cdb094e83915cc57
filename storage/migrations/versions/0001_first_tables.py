"""The first tables: homes, tokens, cars, prompts, the journal, and what they depend on."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_bookkeeping()
    _create_homes()
    _create_tokens()
    _create_cars()
    _create_login_states()
    _create_prompts()
    _create_actions()


def _create_bookkeeping() -> None:
    op.create_table(
        "canaries",
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_canaries")),
    )
    op.create_table(
        "facts",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_facts")),
    )
    op.create_table(
        "handled",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_handled")),
    )
    op.create_index(op.f("ix_handled_at"), "handled", ["at"])


def _create_homes() -> None:
    op.create_table(
        "homes",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("selected_car_id", sa.BigInteger(), nullable=True),
        sa.Column("linked_at", MOMENT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", name=op.f("pk_homes")),
    )


def _create_tokens() -> None:
    op.create_table(
        "tokens",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("car_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("announced_at", MOMENT, nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("kind IN ('user', 'developer', 'vehicle')", name=op.f("ck_tokens_kind")),
        sa.PrimaryKeyConstraint("chat_id", "kind", "car_id", name=op.f("pk_tokens")),
    )
    op.create_index(op.f("ix_tokens_expires_at"), "tokens", ["expires_at"])


def _create_cars() -> None:
    op.create_table(
        "cars",
        sa.Column("chat_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("car_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("share_expires_at", MOMENT, nullable=True),
        sa.Column("share_announced_at", MOMENT, nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("chat_id", "car_id", name=op.f("pk_cars")),
    )
    op.create_index(op.f("ix_cars_share_expires_at"), "cars", ["share_expires_at"])


def _create_login_states() -> None:
    op.create_table(
        "login_states",
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_login_states")),
    )
    op.create_index(op.f("ix_login_states_chat_id"), "login_states", ["chat_id"])


def _create_prompts() -> None:
    states = "state IN ('open', 'confirmed', 'cancelled', 'expired')"
    is_open = sa.text("state = 'open'")
    op.create_table(
        "prompts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("home_chat_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("car_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(states, name=op.f("ck_prompts_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prompts")),
    )
    op.create_index("ix_prompts_open", "prompts", ["expires_at"], sqlite_where=is_open, postgresql_where=is_open)


def _create_actions() -> None:
    states = "'queued', 'sending', 'accepted', 'confirmed', 'not_confirmed', 'refused', 'unknown'"
    op.create_table(
        "actions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("home_chat_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("car_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("instance", sa.BigInteger(), nullable=True),
        sa.Column("requested_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("watch_until", MOMENT, nullable=True),
        sa.Column("shown_state", sa.String(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(f"state IN ({states})", name=op.f("ck_actions_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actions")),
    )
    op.create_index("ix_actions_car", "actions", ["car_id", "requested_at"])
    op.create_index("ix_actions_person", "actions", ["person_id", "requested_at"])
    _create_partial_index("uq_actions_sending", ["car_id"], "state = 'sending'", unique=True)
    _create_partial_index("ix_actions_unfinished", ["car_id", "requested_at"], "state IN ('queued', 'sending')")
    _create_partial_index("ix_actions_watched", ["watch_until"], "watch_until IS NOT NULL")


def _create_partial_index(name: str, columns: list[str], condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, "actions", columns, unique=unique, sqlite_where=where, postgresql_where=where)

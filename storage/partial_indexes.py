"""Indexes over some of a table's rows.

The migrations create them, and a query must use the same words as the condition to be answered from its index.
Declaring them makes SQLAlchemy import the dialects of both databases, so only the comparison with Alembic does it.
"""

from sqlalchemy import Index, text

from storage.tables import ACTIONS, CODE_QUERIES, MEMBERS, PROMPTS

IS_SENDING = text("state = 'sending'")
UNFINISHED = "state IN ('queued', 'sending')"
IS_UNFINISHED = text(UNFINISHED)
IS_STALE = text("is_stale")
IS_UNSHOWN = text("shown_version <> version")
END_IS_UNTOLD = text("until IS NOT NULL AND end_told_at IS NULL")


def declare() -> None:
    """Add the indexes to their tables' metadata, once."""
    for name, columns, condition in (
        ("ix_prompts_open", [PROMPTS.c.expires_at], text("state = 'open'")),
        ("ix_prompts_stale", [PROMPTS.c.id], IS_STALE),
        ("uq_actions_sending", [ACTIONS.c.car_id], IS_SENDING),
        ("ix_actions_unfinished", [ACTIONS.c.car_id, ACTIONS.c.requested_at], IS_UNFINISHED),
        ("ix_actions_watched", [ACTIONS.c.watch_until], text("watch_until IS NOT NULL")),
        ("ix_actions_unshown", [ACTIONS.c.requested_at], IS_UNSHOWN),
        ("ix_actions_shown_chat", [ACTIONS.c.shown_chat_id], text("shown_chat_id IS NOT NULL")),
        ("ix_code_queries_due", [CODE_QUERIES.c.next_try_at], text("next_try_at IS NOT NULL")),
        (
            "ix_code_queries_shown",
            [CODE_QUERIES.c.shown_chat_id, CODE_QUERIES.c.message_id],
            text("shown_chat_id IS NOT NULL"),
        ),
        ("ix_code_queries_drafts", [CODE_QUERIES.c.asked_at], text("state = 'draft'")),
        ("ix_members_untold", [MEMBERS.c.until], END_IS_UNTOLD),
    ):
        if name not in {index.name for index in columns[0].table.indexes}:
            Index(name, *columns, unique=name.startswith("uq"), sqlite_where=condition, postgresql_where=condition)

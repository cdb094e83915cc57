"""Structured lines of the log: what happened, in numbers and fixed words."""

import logging
from datetime import datetime, timedelta

FIELDS = "fields"
"""The attribute of a log record that has the fields of its line."""


def log_event(log: logging.Logger, event: str, **found: str | int | None) -> None:
    """Log an event with what is known of it; a log for collectors has each field by its name."""
    known = {name: value for name, value in found.items() if value is not None}
    said = " ".join(f"{name}={value}" for name, value in known.items())
    log.info("%s: %s", event, said, extra={FIELDS: {"event": event, **known}})


def milliseconds(begin: datetime | None, end: datetime | None) -> int | None:
    """Return how long a stage took, in milliseconds; None if it has not begun or not ended."""
    return None if begin is None or end is None else round((end - begin) / timedelta(milliseconds=1))

"""A simulated Telegram, written from the documentation of the Bot API."""

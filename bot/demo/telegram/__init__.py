"""A simulated Telegram Bot API server, written from its descriptions."""

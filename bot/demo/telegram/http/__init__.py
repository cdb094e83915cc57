"""The Bot API of the simulated Telegram over HTTP."""

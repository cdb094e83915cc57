"""Measurements beside a bare python-telegram-bot bot, run by hand: `python -m tests.bench`."""

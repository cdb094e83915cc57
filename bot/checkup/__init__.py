"""`python -m bot check`: tries every setting against the real services and prints one line for each.

Knows all settings and all services; must not know what the bot does with them, nor change anything that a start does not.
"""

from bot.checkup.running import Means, run

__all__ = ["Means", "run"]

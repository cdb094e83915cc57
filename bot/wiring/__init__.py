"""The composition root: makes each object once and hands it to those that need it.

Only these modules know all others; `lifetime` opens and closes what they start from.
"""

from bot.wiring.handlers import add_all_handlers
from bot.wiring.services import Services, license_in, wire

__all__ = ["Services", "add_all_handlers", "license_in", "wire"]

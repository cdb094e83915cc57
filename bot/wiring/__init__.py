"""The composition root: makes each object once and hands it to those that need it.

Only these modules know all others; `lifetime` opens and closes what they start from.
"""

from bot.wiring.core import Core, license_in
from bot.wiring.handlers import make_handlers
from bot.wiring.services import Services, make_services

__all__ = ["Core", "Services", "license_in", "make_handlers", "make_services"]

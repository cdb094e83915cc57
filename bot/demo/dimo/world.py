"""A whole DIMO in this process."""

from functools import cached_property

from bot.demo.dimo.http.app import DimoApp
from bot.demo.dimo.state import DimoState
from bot.serving import App


class DimoWorld(DimoState):
    """A whole DIMO in this process: its state in plain objects, and `app`, which speaks HTTP for it."""

    @cached_property
    def app(self) -> App:
        """The ASGI app of all services, each under its prefix."""
        return DimoApp(self)

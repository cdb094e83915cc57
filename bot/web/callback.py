"""The page on which Login with DIMO lands: it keeps the sign-in, and leads its person back to the chat."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.domain.linking import LINK_PREFIX
from bot.settings import CALLBACK_PATH
from bot.telegram import texts

_BACK_PATH = "/dimo/back"
_LONGEST = 16_000
"""Characters of an address; a token has about 1,000."""
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
}
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1.2rem/1.5 system-ui, sans-serif; max-width: 24rem; margin: 3rem auto; padding: 0 1rem }}
a {{ display: block; padding: .9rem; border-radius: .6rem; background: #1c6bd0; color: #fff }}
a {{ text-align: center; text-decoration: none }}
</style>
<h1>{title}</h1><p>{words}</p><p><a href="{link}">{label}</a></p>
</html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """Takes the token out of the browser's address: the next page is reached without it."""

    keep: Callable[[str], Awaitable[str | None]]
    """Stores a landing address; returns its state, or None if it belongs to no open sign-in."""
    chat_address: str
    """The link to the private chat with the bot."""

    @property
    def routes(self) -> list[Route]:
        """What a web server answers."""
        return [Route(CALLBACK_PATH, self._land), Route(_BACK_PATH, self._lead_back)]

    async def _land(self, request: Request) -> Response:
        query = request.url.query
        state = await self.keep(f"{CALLBACK_PATH}?{query}") if len(query) <= _LONGEST else None
        target = _BACK_PATH if state is None else f"{_BACK_PATH}?state={state}"
        return RedirectResponse(target, status_code=303, headers=_HEADERS)

    async def _lead_back(self, request: Request) -> Response:
        state = request.query_params.get("state", "")
        is_known = 0 < len(state) <= _LONGEST_STATE and state.replace("-", "").replace("_", "").isalnum()
        words = texts.linking.BACK if is_known and state.isascii() else texts.linking.NOT_BEGUN_HERE
        start = f"?start={LINK_PREFIX}{state}" if words is texts.linking.BACK else ""
        page = _PAGE.format(
            title=escape(words.title),
            words=escape(words.text),
            link=escape(f"{self.chat_address}{start}"),
            label=escape(words.label),
        )
        return HTMLResponse(page, headers=_HEADERS)


_LONGEST_STATE = 64 - len(LINK_PREFIX)
"""Telegram takes 64 characters after `start`."""

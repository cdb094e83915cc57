"""The sign-in link of Login with DIMO, and the address that the browser lands on afterwards."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import parse_qsl, quote, urlencode

from bot.dimo.environments import ServiceUrls
from bot.dimo.jwt import is_whole
from bot.dimo.pasted import forms, together
from bot.dimo.permissions import Permission, as_digits
from bot.dimo.redaction import JWT
from bot.dimo.signing import checksummed

STATE_BYTES = 16
"""The random bytes of a state, given to `secrets.token_urlsafe`."""
_STATE_LENGTH = 22
_TOKEN_BEGINS = re.compile(r"(?<![A-Za-z0-9_-])eyJ")
_AROUND = "<>()[]{}\"'`“”„«».,;*_~"
_OWN_STATE = re.compile(rf"[A-Za-z0-9_-]{{{_STATE_LENGTH}}}")
_STATE_AND_REST = re.compile(rf"{_OWN_STATE.pattern}(?![A-Za-z0-9_-])")


def login_url(
    urls: ServiceUrls,
    *,
    client_id: str,
    redirect_uri: str,
    state: str,
    until: date,
    permissions: Collection[Permission],
) -> str:
    """Build the link by which a person signs in and shares cars until a day; `state` comes back unchanged.

    On the page a car that is not at DIMO yet can be connected: any `onboarding` shows the button for that. Source:
    DIMO-Network/dimo-login, useParamsHandler.
    """
    fields = {
        "clientId": checksummed(client_id),
        "redirectUri": redirect_uri,
        "entryState": "VEHICLE_MANAGER",
        "permissions": as_digits(permissions),
        "expirationDate": until.isoformat(),
        "onboarding": "tesla",
        "utm": f"state={state}",
    }
    return f"{urls.login.rstrip('/')}/?{urlencode(fields, quote_via=quote, safe='')}"


@dataclass(frozen=True, slots=True, repr=False)
class Landing:
    """What the landing address brought; nothing in it is proven."""

    token: str | None
    state: str | None
    error: str | None

    def __repr__(self) -> str:
        brought = [name for name in ("token", "state", "error") if getattr(self, name)]
        return f"<Landing with {', '.join(brought)}>"

    @property
    def is_whole(self) -> bool:
        """Whether token and state are complete."""
        return self.token is not None and is_whole(self.token) and self.has_whole_state

    @property
    def has_whole_state(self) -> bool:
        """Whether the state is as long as those that are made here."""
        return self.state is not None and len(self.state) >= _STATE_LENGTH


def read_landing(text: str) -> Landing | None:
    """Read the address that a person landed on, anywhere in the text and in any form; None without one.

    A complete address wins over one with missing parts.
    """
    found = [landing for form in forms(text) for landing in _landings(form)]
    return next((one for one in found if one.is_whole), next(iter(found), None))


def read_token(text: str) -> str | None:
    """Read the token in a text, which may be broken by spaces; None without one that has the form of a token."""
    text = forms(text)[0]
    begins = _TOKEN_BEGINS.search(text)
    if begins is None:
        return None
    rest = text[begins.start() :]
    found = [token[0] for form in (rest, together(rest)) if (token := JWT.match(form))]
    return next(filter(is_whole, found), next(iter(found), None))


def _landings(text: str) -> Iterator[Landing]:
    """Read the addresses in a text: first as single words, then one that is broken by spaces and line breaks."""
    for word in text.split():
        if landing := _landing(_fields(word)):
            yield _without_rest(landing, _STATE_AND_REST)
    if (landing := _landing(_fields(together(text)))) and landing.token:
        yield _without_rest(landing, _OWN_STATE)  # what follows the address is joined to it


def _without_rest(landing: Landing, states: re.Pattern[str]) -> Landing:
    """Remove text right after a token or a state, such as the rest of an HTML tag."""
    token, state = JWT.match(landing.token or ""), states.match(landing.state or "")
    return replace(landing, token=token[0] if token else landing.token, state=state[0] if state else landing.state)


def _landing(fields: Mapping[str, str]) -> Landing | None:
    if "token" not in fields and "error" not in fields:
        return None
    # A page that does not decode `utm` returns the state inside it.
    inside = dict(parse_qsl(fields.get("utm", "")))
    return Landing(
        token=fields.get("token"),
        state=fields.get("state") or inside.get("state"),
        error=fields.get("error"),
    )


def _fields(word: str) -> dict[str, str]:
    """Read the fields of an address's query and fragment; the first of a name counts."""
    _, mark, query = word.strip(_AROUND).replace("#", "?").partition("?")
    pairs = parse_qsl(query.replace("?", "&")) if mark else []
    return dict(reversed(pairs))

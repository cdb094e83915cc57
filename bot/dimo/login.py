"""The sign-in link of Login with DIMO, and the address that the browser lands on afterwards."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, quote, urlencode

from bot.dimo.environments import ServiceUrls
from bot.dimo.permissions import Permission, as_digits
from bot.dimo.signing import checksummed


def login_url(
    urls: ServiceUrls,
    *,
    client_id: str,
    redirect_uri: str,
    state: str,
    until: date,
    permissions: Collection[Permission],
) -> str:
    """Build the link by which a person signs in and shares cars until a day; `state` comes back unchanged."""
    fields = {
        "clientId": checksummed(client_id),
        "redirectUri": redirect_uri,
        "entryState": "VEHICLE_MANAGER",
        "permissions": as_digits(permissions),
        "expirationDate": until.isoformat(),
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


def read_landing(text: str) -> Landing | None:
    """Read the address that a person landed on, wherever in the text it stands; None without one."""
    for word in text.split():
        fields = _fields(word)
        if "token" in fields or "error" in fields:
            return _landing(fields)
    return None


def _landing(fields: Mapping[str, str]) -> Landing:
    # A page that hands `utm` back unread brings the state inside it.
    inside = dict(parse_qsl(fields.get("utm", "")))
    return Landing(
        token=fields.get("token"),
        state=fields.get("state") or inside.get("state"),
        error=fields.get("error"),
    )


def _fields(word: str) -> dict[str, str]:
    """Read the fields of an address's query and fragment; the first of a name counts."""
    _, mark, query = word.strip("<>()[]\"'").replace("#", "?").partition("?")
    pairs = parse_qsl(query.replace("?", "&")) if mark else []
    return dict(reversed(pairs))

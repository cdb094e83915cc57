"""The simulated page of Login with DIMO, used without a browser."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from bot.demo.dimo.car import Car
from bot.demo.dimo.state import Account, DimoState, License

KNOWN_FIELDS = {
    "clientId",
    "redirectUri",
    "entryState",
    "permissions",
    "permissionTemplateId",
    "expirationDate",
    "onboarding",
    "utm",
}


class LoginPageError(ValueError):
    """An address for which the real page shows an error instead of a form."""


def sign_in(world: DimoState, url: str, account: Account, *, share: Collection[Car] = ()) -> str:
    """Sign in and share these cars as the address asks; return the address to which the browser is sent."""
    fields = _fields(world, url)
    licence = _license_of(world, fields)
    permissions, until = _permissions(fields), _until(world, fields)
    for car in share:
        world.share(car, licence, permissions=permissions, until=until)
    token = world.user_jwt(account, audience=licence.client_id)
    return _landing(fields, {"token": token, "walletAddress": account.wallet})


def cancel(world: DimoState, url: str, error: str) -> str:
    """Leave the page with an error; return the address to which the browser is sent."""
    fields = _fields(world, url)
    _license_of(world, fields)
    return _landing(fields, {"error": error})


def _fields(world: DimoState, url: str) -> dict[str, str]:
    page, query = f"{world.base_url}/login/?", urlsplit(url).query
    if not url.startswith(page):
        raise LoginPageError(f"Not the sign-in page: it begins with {page}")
    pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    fields = dict(pairs)
    if len(fields) != len(pairs) or fields.keys() - KNOWN_FIELDS:
        raise LoginPageError(f"Fields given twice or unknown: {sorted(name for name, _ in pairs)}")
    if fields.get("entryState") != "VEHICLE_MANAGER":
        raise LoginPageError("entryState has to be VEHICLE_MANAGER.")
    return fields


def _license_of(world: DimoState, fields: dict[str, str]) -> License:
    licence = world.licenses.get(fields.get("clientId", "").lower())
    if licence is None:
        raise LoginPageError("Unknown clientId.")
    if fields.get("redirectUri") not in licence.redirect_uris:
        raise LoginPageError("redirectUri is not registered, character for character.")
    return licence


def _permissions(fields: dict[str, str]) -> set[int]:
    digits = fields.get("permissions", "")
    if not digits or set(digits) - {"0", "1"} or len(digits) > 6:
        raise LoginPageError("permissions has to be 1 to 6 digits, each 0 or 1.")
    return {position for position, digit in enumerate(digits, start=1) if digit == "1"}


def _until(world: DimoState, fields: dict[str, str]) -> datetime:
    date = fields.get("expirationDate")
    if date is None:
        return world.now() + timedelta(days=36_525)
    try:
        until = datetime.strptime(date, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise LoginPageError("expirationDate has to be YYYY-MM-DD.") from None
    if until <= world.now():
        raise LoginPageError("expirationDate has passed.")
    return until


def _landing(fields: dict[str, str], pairs: dict[str, str]) -> str:
    extra = dict(parse_qsl(fields.get("utm", ""), keep_blank_values=True))
    return f"{fields['redirectUri']}?{urlencode({**pairs, **extra}, quote_via=quote)}"

"""The developer license: whether DIMO knows it, its redirect URI and its API key."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass

from bot.checkup.findings import Finding, Untried, fail, needed, ok, said, untried, warn
from bot.dimo.errors import DimoError, Refused
from bot.dimo.identity import Vehicle
from bot.dimo.signing import BadApiKey, address_of
from bot.dimo.tokens import DeveloperJwt, License

CLIENT, REDIRECT, KEY, SIGN_IN = "DIMO_CLIENT_ID", "DIMO_REDIRECT_URI", "DIMO_API_KEY", "License sign-in"
_NEW_KEY = "Generate an API key for this license in DIMO's developer console, and set it."


@dataclass(frozen=True, slots=True)
class Inquiries:
    """The questions about a license, all asked at once; each may be awaited several times, and may raise."""

    license: License
    uris: Awaitable[list[str] | None]
    sign_in: Awaitable[DeveloperJwt]
    cars: Awaitable[list[Vehicle]]

    async def are_settings_right(self) -> bool:
        """Return whether DIMO knows the license and its redirect URI, so that only the key can be wrong."""
        try:
            return self.license.redirect_uri in (await self.uris or ())
        except DimoError:
            return False


def missing() -> Sequence[Finding]:
    """Say that there is no license, and what does not work without one."""
    together = f"Set {CLIENT}, {REDIRECT} and {KEY} together; without them only a pasted developer JWT links."
    return [
        *(warn(name, "is not set.", together) for name in (CLIENT, REDIRECT, KEY)),
        untried(SIGN_IN, "no license is set"),
    ]


async def client(asked: Inquiries) -> Finding:
    """Say whether DIMO knows the license."""
    if await needed(asked.uris) is not None:
        return ok(CLIENT, f"DIMO knows the license {asked.license.client_id}.")
    if _address(asked.license) == asked.license.client_id.lower():
        found = "it is the address of the API key, and has to be that of the license."
    else:
        found = "DIMO knows no such license."
    remedy = "Copy the client ID from DIMO's developer console, and see whether DIMO_ENVIRONMENT is right."
    return fail(CLIENT, found, remedy)


async def redirect(asked: Inquiries) -> Finding:
    """Say whether the redirect URI is registered on the license, character for character."""
    uris, uri = await needed(asked.uris), asked.license.redirect_uri
    if uris is None:
        raise Untried(f"DIMO does not know {CLIENT}")
    if uri in uris:
        return ok(REDIRECT, f"{uri} is registered on the license.")
    known = ", ".join(uris[:5]) or "none"
    remedy = "Set one that is, or register this one in DIMO's developer console, character for character."
    return fail(REDIRECT, f"{uri} is not registered on the license. Registered: {known}.", remedy)


async def key(asked: Inquiries) -> Finding:
    """Say whether the API key signs for the license; the key has an address of its own."""
    try:
        address = address_of(asked.license.api_key)
    except BadApiKey as error:
        return fail(KEY, str(error), _NEW_KEY)
    try:
        await asked.sign_in
    except DimoError as error:
        if not _is_no(error):
            raise Untried(said(error)) from error
        if not await asked.are_settings_right():
            raise Untried(f"DIMO does not accept {CLIENT} or {REDIRECT}") from error
        return fail(KEY, f"{address} is no signer of the license.", _NEW_KEY)
    return ok(KEY, f"it signs for the license, as {address}.")


async def sign_in(asked: Inquiries) -> Finding:
    """Say whether the license can sign in."""
    try:
        token = await asked.sign_in
    except BadApiKey as error:
        return fail(SIGN_IN, str(error), f"Mend {KEY}.")
    except DimoError as error:
        if _is_no(error):
            words = f": {error.dimo_said.rstrip('.')}" if error.dimo_said else ""
            found = f"DIMO does not accept the license ({error.status}){words}."
            return fail(SIGN_IN, found, f"Mend {CLIENT}, {REDIRECT} or {KEY}.")
        return fail(SIGN_IN, f"{said(error)}.", "Try again later.")
    return ok(SIGN_IN, f"it works; the token is good until {token.expires_at:%Y-%m-%d}.")


def _address(license: License) -> str | None:  # noqa: A002 - DIMO's word
    try:
        return address_of(license.api_key)
    except BadApiKey:
        return None


def _is_no(error: DimoError) -> bool:
    return isinstance(error, Refused) and not error.temporary

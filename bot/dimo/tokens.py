"""The three kinds of token, and the developer license that the first of them comes from."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.dimo.errors import NotAToken
from bot.dimo.redaction import looks_like_jwt


@dataclass(frozen=True, slots=True, repr=False)
class Jwt:
    """A token as DIMO takes it; raises NotAToken for text that can't be one."""

    value: str
    expires_at: datetime

    def __post_init__(self) -> None:
        # h11 quotes an illegal header in its error, so that text which can't be a token must not get there.
        if not looks_like_jwt(self.value):
            raise NotAToken("That is not a JWT.")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} until {self.expires_at:%Y-%m-%d %H:%M:%S}>"


@dataclass(frozen=True, slots=True, repr=False)
class UserJwt(Jwt):
    """Proves which wallet a person owns (lower case, 0x)."""

    wallet: str


@dataclass(frozen=True, slots=True, repr=False)
class DeveloperJwt(Jwt):
    """The license's own token: good for token exchange."""

    wallet: str


@dataclass(frozen=True, slots=True, repr=False)
class VehicleJwt(Jwt):
    """Good for one vehicle, for ten minutes."""


@dataclass(frozen=True, slots=True)
class License:
    """A developer license: its address, a registered redirect URI, and an API key in hex."""

    client_id: str
    redirect_uri: str
    api_key: str = field(repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class VerifiedJwt:
    """The content of a token whose signature was checked."""

    wallet: str
    audience: tuple[str, ...]
    subject: str
    expires_at: datetime

    @property
    def is_developer(self) -> bool:
        """Whether it is a license's own token: its wallet is the client id that it was made for."""
        return self.wallet in {one.lower() for one in self.audience}

    def __repr__(self) -> str:
        kind = "developer" if self.is_developer else "user"
        return f"<VerifiedJwt of a {kind} until {self.expires_at:%Y-%m-%d %H:%M:%S}>"

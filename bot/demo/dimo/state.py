"""The state of the simulated DIMO: licenses, accounts, cars, shares, webhooks and calls."""

import asyncio
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex
from types import MappingProxyType
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from bot.demo.dates import Dates
from bot.demo.dimo.call_log import CallLog
from bot.demo.dimo.car import ALL_SIGNALS, Car, Report, Sleep
from bot.demo.dimo.http_messages import timestamp
from bot.demo.dimo.jwts import TokenMint
from bot.demo.dimo.wallets import address_of, new_address, new_api_key
from bot.demo.dimo.webhooks import CallWebhook, Unreachable, Webhook, call_webhook

SERVICES = ("auth", "token-exchange", "devices", "oracle", "identity", "telemetry", "triggers")
"""Every service that answers requests; each has its name as a path prefix."""

PERMISSION_NAMES: Mapping[int, str] = MappingProxyType(
    {
        1: "privilege:GetNonLocationHistory",
        2: "privilege:ExecuteCommands",
        3: "privilege:GetCurrentLocation",
        4: "privilege:GetLocationHistory",
        5: "privilege:GetVINCredential",
        6: "privilege:GetLiveData",
        7: "privilege:GetRawData",
        8: "privilege:GetApproximateLocation",
    }
)

_DID = re.compile(r"did:erc721:(?P<chain>\d+):(?P<contract>0x[0-9a-fA-F]{40}):(?P<token_id>\d+)")


@dataclass(frozen=True, slots=True)
class License:
    """A developer license. Its API key, which signs for it, has an address of its own."""

    client_id: str
    api_key: str = field(repr=False)
    redirect_uris: tuple[str, ...]

    def signer(self) -> str:
        """Return the address of the API key."""
        return address_of(self.api_key)


@dataclass(frozen=True, slots=True)
class Share:
    """What an owner granted to a license, and until when."""

    permissions: frozenset[int]
    until: datetime

    def hex(self) -> str:
        """Return the permissions as the contract packs them: permission n at the bits 2n and 2n+1."""
        return hex(sum(0b11 << (2 * permission) for permission in self.permissions))


@dataclass(frozen=True, slots=True)
class Challenge:
    """A text that is to be signed."""

    client_id: str
    domain: str
    text: str


@dataclass(eq=False)
class Account:
    """A person at DIMO, identified by a wallet."""

    name: str
    wallet: str
    world: "DimoState" = field(repr=False)

    @property
    def cars(self) -> list[Car]:
        """The cars that this wallet owns."""
        return [car for car in self.world.cars.values() if car.owner_wallet == self.wallet]

    def add_car(
        self,
        *,
        name: str = "Bluey",
        make: str = "Tesla",
        model: str = "Model 3",
        year: int | None = 2023,
        connection: str | None = "Tesla",
        reports: frozenset[str] = ALL_SIGNALS,
    ) -> Car:
        """Mint a vehicle for this person; it has reported its state, and is shared with nobody."""
        world = self.world
        token_id = world.next_token_id()
        car = world.cars[token_id] = Car(
            token_id=token_id,
            owner_wallet=self.wallet,
            name=name,
            make=make,
            model=model,
            year=year,
            connection=connection,
            reports=reports,
            device_id=token_hex(14)[:27],
            vin=f"5YJ3E1EA{token_hex(5)[:9].upper()}",
            now=world.now,
            sleep=world.sleep,
        )
        car.reported = world.fire
        return car


class DimoState(CallLog):
    """The state that all services share, in plain objects that tests and the demo may read and change.

    `explanations` replaces the usual description of an error code. `device_form_gone` is the status, 404 or 410, that
    the error codes by user device answer with after DIMO removed them.
    """

    def __init__(
        self,
        base_url: str,
        *,
        now: Callable[[], datetime],
        sleep: Sleep = asyncio.sleep,
        signing_key: RSAPrivateKey | None = None,
        vehicle_contract: str = "0xbA5738a18d83D41847dfFbDC6101d37C69c9B0cF",
        chain_id: int = 137,
    ) -> None:
        super().__init__()
        self.base_url = base_url.rstrip("/")
        self.now = now
        self.dates = Dates(now)
        self.sleep = sleep
        self.tokens = TokenMint(now, signing_key)
        self.vehicle_contract = vehicle_contract
        self.chain_id = chain_id
        self.licenses: dict[str, License] = {}
        self.accounts: dict[str, Account] = {}
        self.cars: dict[int, Car] = {}
        self.shares: dict[tuple[int, str], Share] = {}
        self.challenges: dict[str, Challenge] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.call_webhook: CallWebhook = call_webhook
        self.calls_under_way: set[asyncio.Task[None]] = set()
        self.developer_lifetime = timedelta(days=14)
        self.vehicle_lifetime = timedelta(minutes=10)
        self.oracle_wants_user_token = False
        self.explanations: dict[str, str] = {}
        self.device_form_gone: int | None = None

    def fire(self, car: Car, signal: str, report: Report) -> None:
        """Call the webhooks whose condition a report fulfils."""
        for webhook in self.webhooks.values():
            if webhook.fires(car.token_id, signal, report.value, now=self.now()):
                webhook.fired[car.token_id] = self.now()
                event = webhook.event(self.did(car.token_id), signal, report.value, timestamp(report.timestamp))
                task = asyncio.create_task(self._call(webhook, event))
                self.calls_under_way.add(task)
                task.add_done_callback(self.calls_under_way.discard)

    async def _call(self, webhook: Webhook, event: Mapping[str, object]) -> None:
        try:
            status, _ = await self.call_webhook(webhook.fields["targetURL"], event)
        except Unreachable:
            status = 0
        webhook.called(failed=not 0 < status < 400)

    @property
    def auth_issuer(self) -> str:
        """Issuer of user and developer tokens."""
        return f"{self.base_url}/auth"

    @property
    def exchange_issuer(self) -> str:
        """Issuer of vehicle tokens."""
        return f"{self.base_url}/token-exchange"

    @property
    def signing_key(self) -> RSAPrivateKey:
        """The private key that signs new tokens."""
        return self.tokens.signing_key

    @property
    def kid(self) -> str:
        """Name of the signing key in the JWKS."""
        return self.tokens.kid

    def next_token_id(self) -> int:
        """Return a number that no vehicle has."""
        return max(self.cars, default=186_000) + 1

    def did(self, token_id: int) -> str:
        """Return the DID of a vehicle NFT."""
        return f"did:erc721:{self.chain_id}:{self.vehicle_contract}:{token_id}"

    def token_id_of(self, did: str) -> int | None:
        """Return the vehicle that this DID names; None if it is not a DID of this chain and contract."""
        parts = _DID.fullmatch(did)
        if parts is None or int(parts["chain"]) != self.chain_id:
            return None
        return int(parts["token_id"]) if parts["contract"].lower() == self.vehicle_contract.lower() else None

    def add_license(self, *, redirect_uris: Collection[str] = ("https://example.com/return",)) -> License:
        """Register a developer license with a new API key."""
        licence = License(new_address(), new_api_key(), tuple(redirect_uris))
        self.licenses[licence.client_id.lower()] = licence
        return licence

    def add_account(self, name: str) -> Account:
        """Sign up a person without a car."""
        account = Account(name, new_address(), self)
        self.accounts[account.wallet.lower()] = account
        return account

    def share(self, car: Car, licence: License, *, permissions: Collection[int], until: datetime | None = None) -> None:
        """Grant these permissions on the car, replacing earlier ones; for a year unless an end is given."""
        ends = until or self.now() + timedelta(days=365)
        self.shares[car.token_id, licence.client_id.lower()] = Share(frozenset(permissions), ends)

    def unshare(self, car: Car, licence: License) -> None:
        """Revoke what was granted; vehicle JWTs that were issued before stay valid until they expire."""
        self.shares.pop((car.token_id, licence.client_id.lower()), None)

    def granted(self, token_id: int, client_id: str) -> frozenset[int]:
        """Return the permissions that a license has on a vehicle now."""
        share = self.share_of(token_id, client_id)
        return share.permissions if share is not None else frozenset()

    def share_of(self, token_id: int, grantee: str) -> Share | None:
        """Return what this address was granted on this vehicle, unless that has ended."""
        share = self.shares.get((token_id, grantee.lower()))
        return share if share is not None and share.until > self.now() else None

    def shares_of(self, token_id: int) -> dict[str, Share]:
        """Return every share of this vehicle that has not ended, by the grantee's address in lower case."""
        grantees = [grantee for shared_id, grantee in self.shares if shared_id == token_id]
        return {grantee: share for grantee in grantees if (share := self.share_of(token_id, grantee))}

    def user_jwt(self, account: Account, *, audience: str | list[str], lifetime: timedelta = timedelta(days=14)) -> str:
        """Return the token that a person's browser gets by signing in."""
        return self._auth_jwt(account.wallet, audience, lifetime)

    def developer_jwt(self, licence: License, *, lifetime: timedelta | None = None) -> str:
        """Return the token that a license gets for a signed challenge."""
        return self._auth_jwt(licence.client_id, licence.client_id, lifetime or self.developer_lifetime)

    def vehicle_jwt(self, car: Car, *, permissions: Collection[int], lifetime: timedelta | None = None) -> str:
        """Return a token for one car, whether or not these permissions were granted."""
        claims = {
            "iss": self.exchange_issuer,
            "aud": ["dimo.zone"],
            "sub": self.did(car.token_id),
            "contract_address": self.vehicle_contract,
            "token_id": str(car.token_id),
            "privilege_ids": sorted(permissions),
        }
        return self.tokens.mint(claims, lifetime=lifetime or self.vehicle_lifetime)

    def landing_url(
        self,
        account: Account,
        licence: License,
        *,
        state: str | None = None,
        token: str | None = None,
        email: str | None = None,
    ) -> str:
        """Return the address to which a browser is sent after this person signed in."""
        pairs = {
            "token": token or self.user_jwt(account, audience=licence.client_id),
            "walletAddress": account.wallet,
            **({} if email is None else {"email": email}),
            **({} if state is None else {"state": state}),
        }
        return f"{licence.redirect_uris[0]}?{urlencode(pairs, quote_via=quote)}"

    def url(self, service: str) -> str:
        """Return the base URL of a service."""
        return f"{self.base_url}/{service}"

    def close(self) -> None:
        """Cancel what the cars have not yet executed."""
        for car in self.cars.values():
            car.stop()

    def _auth_jwt(self, wallet: str, audience: str | list[str], lifetime: timedelta) -> str:
        claims = {
            "iss": self.auth_issuer,
            "aud": audience,
            "sub": f"{wallet}|web3",
            "ethereum_address": wallet,
        }
        return self.tokens.mint(claims, lifetime=lifetime)

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import httpx
import pytest

from bot.connections import Connections
from bot.dimo.client import Dimo
from bot.dimo.commands import CommandApi
from bot.dimo.environments import Service, ServiceUrls
from bot.dimo.http import Send, Timeouts
from bot.dimo.tokens import DeveloperJwt, UserJwt, VehicleJwt
from tests.support.dimo_makers import CLIENT_ID, LATER, NO_CERTIFICATES, WALLET, Clock, Signer, a_jwt

App = Callable[[httpx.Request], httpx.Response]

URLS = ServiceUrls(
    auth="https://auth.test",
    token_exchange="https://exchange.test",
    devices="https://devices.test",
    identity="https://identity.test",
    telemetry="https://telemetry.test",
    login="https://login.test",
    oracle="https://oracle.test",
    triggers="https://triggers.test",
    vehicle_contract="0x45fbCD3ef7361d156e8b16F5538AE36DEdf61Da8",
    chain_id=80002,
)


class Wire(httpx.AsyncBaseTransport):
    """A fake DIMO: notes each request, and answers with the next answer or the result of a function."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.answers: list[httpx.Response | Exception | App] = []

    def will(self, *answers: httpx.Response | Exception | App) -> None:
        self.answers += answers

    def will_say(self, value: object, status: int = 200) -> None:
        self.will(httpx.Response(status, json=value))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    @property
    def request(self) -> httpx.Request:
        """The only request that was made."""
        assert len(self.requests) == 1
        return self.requests[0]


MakeDimo = Callable[..., Dimo]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def make_dimo(clock: Clock) -> AsyncIterator[MakeDimo]:
    async with AsyncExitStack() as stack:

        def make(
            transport: httpx.AsyncBaseTransport | None = None,
            *,
            urls: ServiceUrls = URLS,
            rate: float = 0,
            timeouts: Timeouts | None = None,
            is_recognized: bool = True,
        ) -> Dimo:
            if transport is None:
                connections = Connections(NO_CERTIFICATES)
                stack.push_async_callback(connections.close)
                send: Send = connections.send
            else:
                send = httpx.AsyncClient(transport=transport, verify=NO_CERTIFICATES).send
            dimo = Dimo(
                urls,
                send=send,
                requests_per_second=rate,
                now=clock.now,
                timeouts=timeouts or Timeouts(),
                sleep=clock.sleep,
                monotonic=clock.monotonic,
            )
            for service in (Service.DEVICES, Service.ORACLE):
                dimo._https[service].is_recognized = is_recognized
            return dimo

        yield make


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def dimo(make_dimo: MakeDimo, wire: Wire) -> Dimo:
    return make_dimo(wire)


def _devices(dimo: Dimo) -> CommandApi:
    return dimo.devices


def _oracle(dimo: Dimo) -> CommandApi:
    return dimo.oracle


@pytest.fixture(params=[_devices, _oracle])
def api(request: pytest.FixtureRequest, dimo: Dimo) -> CommandApi:
    choose: Callable[[Dimo], CommandApi] = request.param
    return choose(dimo)


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer.new()


@pytest.fixture(scope="session")
def stranger() -> Signer:
    """Somebody else's key, under the id of DIMO's key."""
    return Signer.new()


@pytest.fixture
def vehicle_jwt() -> VehicleJwt:
    return VehicleJwt(a_jwt(), LATER)


@pytest.fixture
def developer_jwt() -> DeveloperJwt:
    return DeveloperJwt(a_jwt(), LATER, CLIENT_ID.lower())


@pytest.fixture
def user_jwt() -> UserJwt:
    return UserJwt(a_jwt(), LATER, WALLET.lower())

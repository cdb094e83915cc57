import json

import httpx
import pytest

from bot.dimo.client import Dimo
from bot.dimo.errors import BadAnswer, CannotDo, NoAnswer, NotPermitted, Refused, SignInExpired
from bot.dimo.permissions import Permission
from bot.dimo.tokens import DeveloperJwt
from tests.dimo.conftest import Wire
from tests.support.dimo_makers import LATER, a_jwt

BOTH = [Permission.COMMANDS, Permission.NON_LOCATION_HISTORY]


async def test_a_vehicles_token_is_asked_for_by_its_did(dimo: Dimo, wire: Wire, developer_jwt: DeveloperJwt) -> None:
    wire.will_say({"token": a_jwt()})
    token = await dimo.exchange.exchange(developer_jwt, token_id=7, permissions=BOTH)
    assert (token.value, token.expires_at) == (a_jwt(), LATER)
    assert str(wire.request.url) == "https://exchange.test/v1/tokens/exchange"
    assert wire.request.headers["authorization"] == f"Bearer {developer_jwt.value}"
    assert wire.request.headers["content-type"] == "application/json"
    assert json.loads(wire.request.content) == {
        "asset": "did:erc721:80002:0x45fbCD3ef7361d156e8b16F5538AE36DEdf61Da8:7",
        "permissions": ["privilege:GetNonLocationHistory", "privilege:ExecuteCommands"],
    }


@pytest.mark.parametrize(
    ("status", "said", "kind"),
    [
        (
            403,
            "Address lacks permissions [privilege:ExecuteCommands] for asset did:erc721:80002:x:7",
            NotPermitted,
        ),
        (403, "not a dev license", NotPermitted),
        (401, "token is expired", SignInExpired),
        (400, "bad DID", CannotDo),
    ],
)
async def test_refusal_names_the_missing_permission(
    dimo: Dimo, wire: Wire, developer_jwt: DeveloperJwt, status: int, said: str, kind: type[Refused]
) -> None:
    wire.will_say({"code": status, "message": said}, status=status)
    with pytest.raises(kind) as caught:
        await dimo.exchange.exchange(developer_jwt, token_id=7, permissions=BOTH)
    assert caught.value.dimo_said == said


async def test_an_exchange_for_nothing_is_never_sent(dimo: Dimo, wire: Wire, developer_jwt: DeveloperJwt) -> None:
    with pytest.raises(ValueError, match="at least one"):
        await dimo.exchange.exchange(developer_jwt, token_id=7, permissions=[])
    assert wire.requests == []


@pytest.mark.parametrize("answer", [{}, {"token": ""}, {"token": "opaque"}, {"token": a_jwt({})}, []])
async def test_an_answer_without_a_token_is_a_bad_answer(
    dimo: Dimo, wire: Wire, developer_jwt: DeveloperJwt, answer: object
) -> None:
    wire.will_say(answer)
    with pytest.raises(BadAnswer) as caught:
        await dimo.exchange.exchange(developer_jwt, token_id=7, permissions=BOTH)
    assert "opaque" not in f"{caught.value!r}{caught.value}{caught.value.__cause__}"


async def test_an_exchange_is_waited_for_ten_seconds(dimo: Dimo, wire: Wire, developer_jwt: DeveloperJwt) -> None:
    wire.will(httpx.ReadTimeout(""))
    with pytest.raises(NoAnswer):
        await dimo.exchange.exchange(developer_jwt, token_id=7, permissions=BOTH)
    assert wire.request.extensions["timeout"]["read"] == 10.0

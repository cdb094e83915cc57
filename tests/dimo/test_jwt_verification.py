"""Verification of pasted tokens: the wallet in a token decides which cars the bot may use."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest

from bot.dimo.client import Dimo
from bot.dimo.errors import (
    BadToken,
    DimoError,
    ExpiredToken,
    ForeignToken,
    ForgedToken,
    NotAToken,
    UnknownKey,
)
from tests.dimo.conftest import Wire
from tests.dimo.test_jwt import GARBAGE
from tests.support.dimo_makers import CLIENT_ID, NOW, WALLET, Clock, Signer, a_jwt, part, user_claims


@pytest.fixture
def keys(wire: Wire, signer: Signer) -> None:
    """DIMO publishes one key."""
    wire.will_say({"keys": [signer.jwk]})


pytestmark = pytest.mark.usefixtures("keys")


def with_hmac(signer: Signer) -> str:
    """Sign with the public key as the password, which a verifier that trusts `alg` accepts."""
    signed = f"{part({'alg': 'HS256', 'kid': signer.kid})}.{part(user_claims())}"
    digest = hmac.new(signer.public_pem, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{urlsafe_b64encode(digest).rstrip(b'=').decode()}"


async def test_a_genuine_token_names_its_wallet(dimo: Dimo, signer: Signer) -> None:
    verified = await dimo.auth.verify(signer.sign(user_claims()))
    assert verified.wallet == WALLET.lower()
    assert verified.audience == (CLIENT_ID,)
    assert verified.subject == "Cg0wABC"
    assert verified.expires_at == NOW + timedelta(days=14)
    assert not verified.is_developer


async def test_an_audience_may_be_a_list(dimo: Dimo, signer: Signer) -> None:
    verified = await dimo.auth.verify(signer.sign(user_claims(aud=["dimo-zone", CLIENT_ID])))
    assert verified.audience == ("dimo-zone", CLIENT_ID)


async def test_license_is_recognized_in_upper_and_lower_case(dimo: Dimo, signer: Signer) -> None:
    token = signer.sign(user_claims(ethereum_address=CLIENT_ID.lower(), aud=CLIENT_ID.upper().replace("X", "x")))
    assert (await dimo.auth.verify(token)).is_developer


async def test_a_slash_at_the_end_of_the_issuer_makes_no_difference(dimo: Dimo, signer: Signer) -> None:
    await dimo.auth.verify(signer.sign(user_claims(iss="https://auth.test/")))


async def test_token_without_a_signature_is_forged(dimo: Dimo, signer: Signer) -> None:
    for alg in ("none", "None", "NONE"):
        with pytest.raises(ForgedToken):
            await dimo.auth.verify(f"{part({'alg': alg, 'kid': signer.kid})}.{part(user_claims())}.")


async def test_a_token_signed_with_the_public_key_as_password_is_forged(dimo: Dimo, signer: Signer) -> None:
    with pytest.raises(ForgedToken):
        await dimo.auth.verify(with_hmac(signer))


@pytest.mark.parametrize("alg", ["RS384", "RS512", "PS256", "ES256", "EdDSA", "rs256", "", None, 1, ["RS256"]])
async def test_token_with_another_algorithm_is_forged(dimo: Dimo, signer: Signer, alg: object) -> None:
    with pytest.raises(ForgedToken):
        await dimo.auth.verify(signer.sign(user_claims(), alg=alg))


async def test_a_stranger_using_the_id_of_dimos_key_is_forged(dimo: Dimo, signer: Signer, stranger: Signer) -> None:
    assert signer.kid == stranger.kid
    with pytest.raises(ForgedToken):
        await dimo.auth.verify(stranger.sign(user_claims()))


async def test_a_key_inside_the_token_is_never_used(dimo: Dimo, stranger: Signer) -> None:
    token = stranger.sign(user_claims(), jwk=stranger.jwk, jku="https://evil.test/keys", x5u="https://evil.test")
    with pytest.raises(ForgedToken):
        await dimo.auth.verify(token)


async def test_a_changed_claim_is_forged(dimo: Dimo, signer: Signer) -> None:
    header, _, signature = signer.sign(user_claims()).split(".")
    claims = part(user_claims(ethereum_address=CLIENT_ID))
    with pytest.raises(ForgedToken):
        await dimo.auth.verify(f"{header}.{claims}.{signature}")


async def test_an_unknown_critical_header_is_forged(dimo: Dimo, signer: Signer) -> None:
    with pytest.raises(ForgedToken):
        await dimo.auth.verify(signer.sign(user_claims(), crit=["exp"]))


@pytest.mark.parametrize("kid", [None, 7, ""])
async def test_a_token_that_names_no_key_is_forged(dimo: Dimo, signer: Signer, kid: object) -> None:
    with pytest.raises(ForgedToken):
        await dimo.auth.verify(signer.sign(user_claims(), kid=kid))


@pytest.mark.parametrize("issuer", ["https://auth.dev.test", "http://auth.test", "https://auth.test.evil", "", None, 5])
async def test_another_issuer_is_foreign(dimo: Dimo, signer: Signer, issuer: object) -> None:
    with pytest.raises(ForeignToken):
        await dimo.auth.verify(signer.sign(user_claims(iss=issuer)))


async def test_an_ended_token_says_when_it_ended(dimo: Dimo, signer: Signer, clock: Clock) -> None:
    end = clock.now() - timedelta(hours=1)
    with pytest.raises(ExpiredToken) as caught:
        await dimo.auth.verify(signer.sign(user_claims(exp=int(end.timestamp()))))
    assert caught.value.expired_at == end


async def test_clocks_may_differ_by_less_than_30_seconds(dimo: Dimo, signer: Signer, clock: Clock) -> None:
    end = int(clock.now().timestamp())
    await dimo.auth.verify(signer.sign(user_claims(exp=end - 29)))
    with pytest.raises(ExpiredToken):
        await dimo.auth.verify(signer.sign(user_claims(exp=end - 30)))


async def test_a_token_of_tomorrow_is_not_good_today(dimo: Dimo, signer: Signer, clock: Clock) -> None:
    with pytest.raises(NotAToken):
        await dimo.auth.verify(signer.sign(user_claims(nbf=clock.now().timestamp() + 86400)))


@pytest.mark.parametrize("missing", ["exp", "aud", "sub", "ethereum_address"])
async def test_a_token_that_lacks_a_claim_is_not_a_token(dimo: Dimo, signer: Signer, missing: str) -> None:
    with pytest.raises(NotAToken):
        await dimo.auth.verify(signer.sign(user_claims(**{missing: None})))


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": "tomorrow"},
        {"exp": True},
        {"aud": []},
        {"aud": [5]},
        {"aud": {"a": 1}},
        {"sub": 7},
        {"nbf": "soon"},
        {"ethereum_address": "0x123"},
        {"ethereum_address": "0x" + "g" * 40},
        {"ethereum_address": ["0x" + "1" * 40]},
        {"ethereum_address": "0x" + "1" * 40 + "\n"},
    ],
)
async def test_a_claim_of_the_wrong_form_is_not_a_token(dimo: Dimo, signer: Signer, claims: dict[str, object]) -> None:
    with pytest.raises(NotAToken):
        await dimo.auth.verify(signer.sign(user_claims(**claims)))


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_garbage_is_refused_without_asking_dimo(dimo: Dimo, wire: Wire, garbage: str) -> None:
    with pytest.raises(BadToken):
        await dimo.auth.verify(garbage)
    assert wire.requests == []


async def test_a_signed_list_is_not_a_token(dimo: Dimo, signer: Signer) -> None:
    with pytest.raises(NotAToken):
        await dimo.auth.verify(signer.sign(["eyJ"], typ=None))


async def test_no_error_quotes_the_token(dimo: Dimo, stranger: Signer, signer: Signer) -> None:
    for token in (
        stranger.sign(user_claims()),
        with_hmac(signer),
        signer.sign(user_claims(iss="x")),
        a_jwt(),
    ):
        with pytest.raises(BadToken) as caught:
            await dimo.auth.verify(token)
        told = f"{caught.value!r} {caught.value} {caught.value.__cause__!r}"
        assert not any(piece in told for piece in token.split("."))


async def test_keys_are_fetched_once_for_many_tokens(dimo: Dimo, wire: Wire, signer: Signer) -> None:
    for _ in range(3):
        await dimo.auth.verify(signer.sign(user_claims()))
    assert [(r.method, str(r.url)) for r in wire.requests] == [("GET", "https://auth.test/keys")]


async def test_an_unknown_key_is_looked_for_again_at_most_once_a_minute(
    dimo: Dimo, wire: Wire, signer: Signer, clock: Clock
) -> None:
    new = Signer("k2", signer.key)
    wire.will_say({"keys": [signer.jwk, new.jwk]})
    for _ in range(3):
        with pytest.raises(ForgedToken):
            await dimo.auth.verify(new.sign(user_claims()))
    assert len(wire.requests) == 1
    clock.seconds += 60
    await dimo.auth.verify(new.sign(user_claims()))
    assert len(wire.requests) == 2


async def test_a_key_that_dimo_withdrew_counts_no_more_once_keys_are_fetched_again(
    dimo: Dimo, wire: Wire, signer: Signer, clock: Clock
) -> None:
    await dimo.auth.verify(signer.sign(user_claims()))
    new = Signer("k2", signer.key)
    for _ in range(2):
        wire.will_say({"keys": [new.jwk]})
    clock.seconds += 60
    await dimo.auth.verify(new.sign(user_claims()))
    with pytest.raises(UnknownKey):
        await dimo.auth.verify(signer.sign(user_claims()))


async def test_keys_that_cannot_be_had_are_dimos_trouble_and_not_the_tokens(
    dimo: Dimo, wire: Wire, signer: Signer
) -> None:
    wire.answers.clear()
    wire.will_say({"message": "oops"}, status=500)
    wire.will_say({"keys": "none"})
    wire.will_say({"keys": [signer.jwk]})
    for _ in range(2):
        with pytest.raises(DimoError):
            await dimo.auth.verify(signer.sign(user_claims()))
    await dimo.auth.verify(signer.sign(user_claims()))


@pytest.mark.parametrize(
    "change", [{"use": "enc"}, {"alg": "RS512"}, {"kty": "EC"}, {"kty": "oct", "k": "c2VjcmV0"}, {"n": None}]
)
async def test_a_key_that_is_not_for_signing_is_never_used(
    dimo: Dimo, wire: Wire, signer: Signer, change: dict[str, object]
) -> None:
    wire.answers.clear()
    wire.will_say({"keys": [signer.jwk | change, "junk", {}]})
    with pytest.raises(ForgedToken):
        await dimo.auth.verify(signer.sign(user_claims()))


async def test_a_repr_shows_kind_and_end_only(dimo: Dimo, signer: Signer) -> None:
    shown = repr(await dimo.auth.verify(signer.sign(user_claims())))
    assert shown == "<VerifiedJwt of a user until 2026-03-15 12:00:00>"
    assert json.dumps(WALLET) not in shown


async def test_a_new_key_is_looked_up_at_once_the_first_time(dimo: Dimo, wire: Wire, signer: Signer) -> None:
    """DIMO changed its keys right after they were fetched."""
    await dimo.auth.verify(signer.sign(user_claims()))
    new = Signer("k2", signer.key)
    wire.will_say({"keys": [signer.jwk, new.jwk]})
    await dimo.auth.verify(new.sign(user_claims()))
    assert len(wire.requests) == 2


async def test_a_key_that_dimo_does_not_list_is_unknown_and_looked_up_once_a_minute(
    dimo: Dimo, wire: Wire, signer: Signer, clock: Clock
) -> None:
    """A stranger's tokens make no more requests than that, and keep nobody else from linking."""
    await dimo.auth.verify(signer.sign(user_claims()))
    for _ in range(3):
        wire.will_say({"keys": [signer.jwk]})
        for number in range(5):
            with pytest.raises(UnknownKey):
                await dimo.auth.verify(Signer(f"of a stranger {number}", signer.key).sign(user_claims()))
            await dimo.auth.verify(signer.sign(user_claims()))
        clock.seconds += 60
    assert len(wire.requests) == 4


async def test_a_key_that_dimo_removed_is_trusted_for_less_than_ten_minutes(
    dimo: Dimo, wire: Wire, signer: Signer, clock: Clock
) -> None:
    await dimo.auth.verify(signer.sign(user_claims()))
    clock.seconds += 599
    await dimo.auth.verify(signer.sign(user_claims()))
    clock.seconds += 1
    wire.will_say({"keys": [Signer("k2", signer.key).jwk]})
    with pytest.raises(UnknownKey):
        await dimo.auth.verify(signer.sign(user_claims()))
    assert len(wire.requests) == 2


async def test_keys_are_not_trusted_longer_because_dimo_does_not_answer(
    dimo: Dimo, wire: Wire, signer: Signer, clock: Clock
) -> None:
    await dimo.auth.verify(signer.sign(user_claims()))
    clock.seconds += 600
    wire.will_say({"message": "oops"}, status=500)
    with pytest.raises(DimoError):
        await dimo.auth.verify(signer.sign(user_claims()))

"""Wire of the simulated sign-in and token exchange."""

import re
from collections.abc import Collection
from secrets import token_urlsafe
from typing import Any

from bot.demo.dimo.car import Car
from bot.demo.dimo.http_messages import CallError, Reply, Request, ShapeError
from bot.demo.dimo.state import PERMISSION_NAMES, Challenge, DimoState, License
from bot.demo.dimo.wallets import is_signed_by

CHALLENGE_FIELDS = ("client_id", "domain", "scope", "response_type", "address")
SUBMIT_FIELDS = ("client_id", "domain", "grant_type", "state", "signature")

_PERMISSION_IDS = {name: number for number, name in PERMISSION_NAMES.items()}
_DID = re.compile(r"did:erc721:(?P<chain>\d+):(?P<contract>0x[0-9a-fA-F]{40}):(?P<token>\d+)")


def keys(world: DimoState, _request: Request) -> Reply:
    """Publish the keys that sign tokens."""
    return Reply.of_json(world.tokens.jwks())


def openid_configuration(world: DimoState, _request: Request) -> Reply:
    """Say where the keys are."""
    issuer = world.auth_issuer
    return Reply.of_json(
        {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/keys",
            "token_endpoint": f"{issuer}/token",
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    )


def generate_challenge(world: DimoState, request: Request) -> Reply:
    """Hand out a text to sign, good for one attempt."""
    form = request.form(CHALLENGE_FIELDS)
    licence = _license_at(world, form["client_id"], form["domain"])
    if form["scope"] != "openid email" or form["response_type"] != "code":
        raise CallError(400, "Unsupported scope or response_type.")
    if form["address"].lower() != licence.client_id.lower():
        raise CallError(400, "Address is not the client id.")
    state = token_urlsafe(18)
    text = _sign_in_text(world, licence, form["domain"])
    world.challenges[state] = Challenge(licence.client_id, form["domain"], text)
    return Reply.of_json({"state": state, "challenge": text})


def submit_challenge(world: DimoState, request: Request) -> Reply:
    """Trade a signed text for a developer JWT; the text is spent whatever comes of it."""
    form = request.form(SUBMIT_FIELDS)
    licence = _license_at(world, form["client_id"], form["domain"])
    if form["grant_type"] != "authorization_code":
        raise CallError(400, "Unsupported grant_type.")
    challenge = world.challenges.pop(form["state"], None)
    if challenge is None or (challenge.client_id, challenge.domain) != (licence.client_id, form["domain"]):
        raise CallError(400, "Unknown or spent state.")
    if not is_signed_by(licence.api_key, challenge.text, form["signature"]):
        raise CallError(400, "Signature does not match.")
    return Reply.of_json(
        {
            "access_token": world.developer_jwt(licence),
            "token_type": "bearer",
            "expires_in": int(world.developer_lifetime.total_seconds()),
            "id_token": world.developer_jwt(licence),
        }
    )


def exchange(world: DimoState, request: Request) -> Reply:
    """Trade a developer JWT for a vehicle JWT that has all requested permissions, or fail."""
    licence = _developer(world, request)
    token_id, wanted = _wanted(world, request.json_object())
    missing = sorted(wanted - world.granted(token_id, licence.client_id))
    if missing:
        names = " ".join(PERMISSION_NAMES[permission] for permission in missing)
        asset = world.did(token_id)
        raise CallError(403, f"{licence.client_id} lacks permissions [{names}] for asset {asset}")
    return Reply.of_json({"token": world.vehicle_jwt(world.cars[token_id], permissions=wanted)})


def require_vehicle_jwt(world: DimoState, request: Request) -> tuple[Car | None, Collection[int]]:
    """Return the car (None: its NFT is gone) and the permissions that the caller's vehicle JWT is for."""
    claims = world.tokens.verify(request.bearer(), issuer=world.exchange_issuer)
    return world.cars.get(int(claims["token_id"])), claims["privilege_ids"]


def _license_at(world: DimoState, client_id: str, domain: str) -> License:
    licence = world.licenses.get(client_id.lower())
    if licence is None or licence.client_id != client_id:  # DIMO compares the case, too
        raise CallError(400, "Unknown client id.")
    if domain not in licence.redirect_uris:
        raise CallError(400, "Domain is not a registered redirect URI.")
    return licence


def _sign_in_text(world: DimoState, licence: License, domain: str) -> str:
    return (
        f"{domain} wants you to sign in with your Ethereum account:\n{licence.client_id}\n\n"
        f"Sign in to {domain}.\n\nURI: {domain}\nVersion: 1\nChain ID: {world.chain_id}\n"
        f"Nonce: {token_urlsafe(22)}\nIssued At: {world.now().isoformat()}"
    )


def _developer(world: DimoState, request: Request) -> License:
    claims = world.tokens.verify(request.bearer(), issuer=world.auth_issuer)
    licence = world.licenses.get(claims["ethereum_address"].lower())
    if licence is None:
        raise CallError(403, "not a dev license")
    return licence


def _wanted(world: DimoState, body: dict[str, Any]) -> tuple[int, frozenset[int]]:
    if body.keys() == {"asset", "permissions"}:
        token_id = _token_id_of(world, body["asset"])
        permissions = _known(body["permissions"], _PERMISSION_IDS)
    elif body.keys() == {"nftContractAddress", "tokenId", "privileges"}:
        token_id = _older_token_id(world, body)
        permissions = _known(body["privileges"], {number: number for number in PERMISSION_NAMES})
    else:
        raise ShapeError("The body has neither the documented fields nor those of the older form.")
    if not permissions:
        raise CallError(400, "No permissions requested.")
    return token_id, permissions


def _token_id_of(world: DimoState, asset: object) -> int:
    did = _DID.fullmatch(asset) if isinstance(asset, str) else None
    if did is None:
        raise CallError(400, "Couldn't parse the asset DID.")
    if int(did["chain"]) != world.chain_id or did["contract"].lower() != world.vehicle_contract.lower():
        raise CallError(400, "The asset DID is not of this vehicle contract.")
    return int(did["token"])


def _older_token_id(world: DimoState, body: dict[str, Any]) -> int:
    contract, token_id = body["nftContractAddress"], body["tokenId"]
    if not isinstance(contract, str) or contract.lower() != world.vehicle_contract.lower():
        raise CallError(400, "Not the vehicle contract.")
    if type(token_id) is not int:
        raise ShapeError("tokenId is not a number.")
    return token_id


def _known(given: object, permissions: dict[Any, int]) -> frozenset[int]:
    if not isinstance(given, list) or not all(isinstance(item, str | int) for item in given):
        raise ShapeError("The permissions are not a list of names or numbers.")
    if unknown := [item for item in given if item not in permissions]:
        raise ShapeError(f"Unknown permissions: {unknown}.")
    return frozenset(permissions[item] for item in given)

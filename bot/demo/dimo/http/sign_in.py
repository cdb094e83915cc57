"""The simulated sign-in of a developer license, and the keys that prove tokens."""

from secrets import token_urlsafe

from bot.demo.dimo.http_messages import CallError, Reply, Request
from bot.demo.dimo.state import Challenge, DimoState, License
from bot.demo.dimo.wallets import is_signed_by

CHALLENGE_FIELDS = ("client_id", "domain", "scope", "response_type", "address")
SUBMIT_FIELDS = ("client_id", "domain", "grant_type", "state", "signature")


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
    """Return a text to sign, good for one attempt."""
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
    """Trade a signed text for a developer JWT; the text is used up even if that fails."""
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

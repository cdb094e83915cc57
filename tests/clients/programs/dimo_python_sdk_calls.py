"""Calls of DIMO's Python SDK, as its README shows them."""

# The SDK is installed in an environment of its own, where mypy does not look.
# mypy: disable-error-code="import-not-found"

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from dimo import DIMO
from dimo.environments import dimo_environment
from dimo.errors import HTTPError

CAR = int(os.environ["SHARED_CAR"])
CLIENT_ID = os.environ["CLIENT_ID"]
DID = os.environ["SHARED_CAR_DID"]
SNAPSHOT = f"""
query {{ signalsSnapshot(tokenId: {CAR}) {{ lastSeen signals {{ name timestamp valueNumber valueString }} }} }}
"""
UNKNOWN_SIGNAL = f"query {{ signalsLatest(tokenId: {CAR}) {{ wings {{ value }} }} }}"


def main() -> None:
    """Make every call, and print what came back."""
    dimo_environment["Production"].update(json.loads(os.environ["DIMO_URLS"]))
    dimo = DIMO("Production")
    got: dict[str, Any] = {}
    developer = dimo.auth.get_dev_jwt(
        client_id=CLIENT_ID, domain=os.environ["REDIRECT_URI"], private_key=os.environ["API_KEY"]
    )["access_token"]
    identity(dimo, got)
    got["vehicle_jwt"] = dimo.token_exchange.exchange(developer, CAR)["token"]
    got["refused_exchange"] = status_of(
        lambda: dimo.token_exchange.exchange(developer, int(os.environ["OTHER_CAR"]), privileges=[1])
    )
    telemetry(dimo, got)
    triggers(dimo, developer, got)
    sys.stdout.write(json.dumps(got))


def identity(dimo: Any, got: dict[str, Any]) -> None:
    """Call every function of `identity`."""
    owner = os.environ["OWNER"]
    got["vehicles"] = dimo.identity.count_dimo_vehicles()["data"]["vehicles"]["totalCount"]
    got["definitions"] = dimo.identity.list_vehicle_definitions_per_address(owner, 10)["data"]["vehicles"]["nodes"]
    got["shares"] = dimo.identity.check_vehicle_privileges(CAR)["data"]["vehicle"]["sacds"]["nodes"]
    answers = [
        dimo.identity.mmy_by_owner(owner, 10),
        dimo.identity.mmy_by_token_id(CAR),
        dimo.identity.list_token_ids_privileges_by_owner(owner, 10, 10),
        dimo.identity.list_token_ids_granted_to_dev_by_owner(CLIENT_ID, owner, 10),
        dimo.identity.dcn_by_owner(owner, 10),
        dimo.identity.rewards_by_owner(owner),
        dimo.identity.rewards_history_by_owner(owner, 10),
    ]
    assert not [answer for answer in answers if "errors" in answer], answers


def telemetry(dimo: Any, got: dict[str, Any]) -> None:
    """Read the car's signals in the three ways that are played."""
    jwt = got["vehicle_jwt"]
    got["signals"] = dimo.telemetry.query(SNAPSHOT, jwt)["data"]["signalsSnapshot"]["signals"]
    names = dimo.telemetry.available_signals(jwt, CAR)["data"]["availableSignals"]
    assert sorted(names) == sorted(signal["name"] for signal in got["signals"])
    latest = dimo.telemetry.get_signals_latest(jwt, CAR)["data"]["signalsLatest"]
    assert latest["powertrainTransmissionTravelledDistance"]["value"] > 0
    assert latest["speed"] is None
    got["refused_query"] = status_of(lambda: dimo.telemetry.query(UNKNOWN_SIGNAL, jwt))


def triggers(dimo: Any, developer: str, got: dict[str, Any]) -> None:
    """Register a webhook, subscribe the car, and undo both."""
    webhooks = dimo.vehicle_triggers
    request = {
        "service": "signals",
        "metricName": "vss.bodyLockIsLocked",
        "condition": "value == 0.0",
        "coolDownPeriod": 30,
        "description": "The car was left unlocked",
        "targetURL": os.environ["TARGET_URL"],
        "status": "enabled",
        "verificationToken": os.environ["VERIFICATION_TOKEN"],
    }
    got["webhook"] = webhook = webhooks.register_webhook(developer, request)["id"]
    webhooks.update_webhook(developer, webhook, {"coolDownPeriod": 60})
    got["webhooks"] = webhooks.list_all_webhooks(developer)
    webhooks.subscribe_vehicle(developer, DID, webhook)
    got["subscribed"] = webhooks.list_vehicle_subscriptions_by_trigger(developer, webhook)
    assert [found["webhookId"] for found in webhooks.list_vehicle_subscriptions(developer, DID)] == [webhook]
    webhooks.unsubscribe_vehicle(developer, DID, webhook)
    got["after_unsubscribing"] = webhooks.list_vehicle_subscriptions_by_trigger(developer, webhook)
    webhooks.delete_webhook(developer, webhook)


def status_of(call: Callable[[], object]) -> int:
    """Return the status with which a call is refused."""
    try:
        call()
    except HTTPError as error:
        return int(error.status)
    return 200


if __name__ == "__main__":
    main()

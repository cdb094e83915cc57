"""The simulated vehicle-triggers service: webhooks, and the vehicles subscribed to them."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from bot.demo.dimo.http.authorization import license_of
from bot.demo.dimo.http.telemetry import may_read
from bot.demo.dimo.http_messages import CallError, Reply, Request, ShapeError, timestamp
from bot.demo.dimo.state import DimoState
from bot.demo.dimo.webhooks import Unreachable, Webhook

_REQUIRED = {"service", "metricName", "condition", "coolDownPeriod", "targetURL", "verificationToken"}
_CHANGEABLE = {"condition", "coolDownPeriod", "targetURL", "status", "description", "displayName"}
_SERVICES = ("signals", "events")
_STATUSES = ("enabled", "disabled")
_SIGNAL_PREFIX = "vss."


async def register(world: DimoState, request: Request) -> Reply:
    """Register a webhook, after its address has answered with the verification token."""
    licence = license_of(world, request)
    fields = {"status": "", "description": "", **_body(request, _REQUIRED | _CHANGEABLE)}
    if missing := sorted(_REQUIRED - fields.keys()):
        raise ShapeError(f"Missing: {', '.join(missing)}.")
    _check(request, fields)
    await _verify(world, fields["targetURL"], fields.pop("verificationToken"))
    webhook = Webhook(str(uuid4()), licence.client_id, fields, world.now())
    fields.setdefault("displayName", webhook.id)
    if _has_namesake(world, webhook, fields["displayName"]):
        raise CallError(500, "Failed to add webhook")
    world.webhooks[webhook.id] = webhook
    return Reply.of_json({"id": webhook.id, "message": "Webhook registered successfully"}, 201)


def list_webhooks(world: DimoState, request: Request) -> Reply:
    """List the webhooks of a license."""
    client_id = license_of(world, request).client_id
    return Reply.of_json([_view(webhook) for webhook in world.webhooks.values() if webhook.client_id == client_id])


def update(world: DimoState, request: Request) -> Reply:
    """Change the given fields of a webhook, and forget its failures."""
    webhook, fields = _own_webhook(world, request), _body(request, _CHANGEABLE)
    _check(request, fields)
    if _has_namesake(world, webhook, fields.get("displayName")):
        raise CallError(400, "Display name must be unique")
    webhook.fields |= fields
    webhook.failure_count = 0
    webhook.updated_at = world.now()
    return Reply.of_json({"id": webhook.id, "message": "Webhook updated successfully"})


def delete(world: DimoState, request: Request) -> Reply:
    """Delete a webhook with its subscriptions."""
    del world.webhooks[_own_webhook(world, request).id]
    return Reply.of_json({"message": "Webhook deleted successfully"})


def subscribe(world: DimoState, request: Request) -> Reply:
    """Subscribe a vehicle, if it is shared with the permission that the signal needs."""
    webhook, token_id = _own_webhook(world, request), _vehicle(world, request)
    signal = webhook.fields["metricName"].removeprefix(_SIGNAL_PREFIX)
    if not may_read(signal, world.granted(token_id, webhook.client_id)):
        raise CallError(403, "Insufficient vehicle permissions")
    if token_id in webhook.vehicles:
        raise CallError(400, "Already subscribed")
    webhook.vehicles[token_id] = world.now()
    return Reply.of_json({"message": "Vehicle assigned successfully"}, 201)


def unsubscribe(world: DimoState, request: Request) -> Reply:
    """End the subscription of a vehicle, if there is one."""
    _own_webhook(world, request).vehicles.pop(_vehicle(world, request), None)
    return Reply.of_json({"message": "Vehicle unsubscribed successfully"})


def list_vehicles(world: DimoState, request: Request) -> Reply:
    """List the vehicles that are subscribed to a webhook."""
    return Reply.of_json([world.did(token_id) for token_id in _own_webhook(world, request).vehicles])


def list_for_vehicle(world: DimoState, request: Request) -> Reply:
    """List the license's webhooks to which a vehicle is subscribed."""
    client_id, token_id = license_of(world, request).client_id, _vehicle(world, request)
    return Reply.of_json(
        [
            {
                "webhookId": webhook.id,
                "assetDid": world.did(token_id),
                "createdAt": timestamp(webhook.vehicles[token_id]),
                "description": webhook.fields["description"],
            }
            for webhook in world.webhooks.values()
            if webhook.client_id == client_id and token_id in webhook.vehicles
        ]
    )


def _body(request: Request, known: set[str]) -> dict[str, Any]:
    body = request.json_object()
    if unknown := sorted(body.keys() - known):
        request.blame(f"sends fields that DIMO ignores: {unknown}")
    return {name: value for name, value in body.items() if name in known}


def _check(request: Request, fields: dict[str, Any]) -> None:
    """Refuse what DIMO refuses in the fields that are given."""
    if "targetURL" in fields and urlsplit(str(fields["targetURL"])).scheme != "https":
        raise CallError(400, "Webhook URL must be HTTPS")
    if "service" in fields and fields["service"] not in _SERVICES:
        raise CallError(400, f"Invalid service: {fields['service']}")
    if not fields.get("condition", "true"):
        raise CallError(400, "invalid CEL condition")
    cool_down = fields.get("coolDownPeriod", 1)
    if type(cool_down) is not int or cool_down < 0:
        raise CallError(400, "Cool down period must be greater than or equal to 0")
    if cool_down == 0:
        request.blame("sends a coolDownPeriod of 0")
    if fields.get("status", _STATUSES[0]) not in _STATUSES:
        raise CallError(400, f"Invalid status, must be 'enabled' or 'disabled', got '{fields['status']}'")


async def _verify(world: DimoState, url: str, token: str) -> None:
    try:
        status, text = await world.call_webhook(url, {"verification": "test"})
    except Unreachable:
        raise CallError(400, "Failed to call target URL") from None
    if status != 200:
        raise CallError(400, f"Target URL did not return status 200 (got {status})")
    if text.strip() != token:
        raise CallError(400, "verification token mismatch")


def _has_namesake(world: DimoState, webhook: Webhook, name: object) -> bool:
    return any(
        other.fields["displayName"] == name
        for other in world.webhooks.values()
        if other is not webhook and other.client_id == webhook.client_id
    )


def _own_webhook(world: DimoState, request: Request) -> Webhook:
    client_id, webhook_id = license_of(world, request).client_id, request.parameters["webhook_id"]
    try:
        UUID(webhook_id)
    except ValueError:
        raise CallError(400, "Invalid webhook id") from None
    webhook = world.webhooks.get(webhook_id)
    if webhook is None or webhook.client_id != client_id:
        raise CallError(404, "Webhook not found")
    return webhook


def _vehicle(world: DimoState, request: Request) -> int:
    token_id = world.token_id_of(request.parameters["did"])
    if token_id is None:
        raise CallError(400, "Invalid asset DID format")
    return token_id


def _view(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        **webhook.fields,
        "createdAt": timestamp(webhook.created_at),
        "updatedAt": timestamp(webhook.updated_at),
        "failureCount": webhook.failure_count,
    }

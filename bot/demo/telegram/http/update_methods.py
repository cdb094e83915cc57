"""The methods of the Bot API about where updates go: to getUpdates, or to a webhook."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.demo.telegram.bots import Webhook
from bot.demo.telegram.errors import Misuse, conflict
from bot.demo.telegram.http.method_call import Method, MethodCall
from bot.demo.telegram.http.params import Kind, array, flag, integer, text, unplayed
from bot.demo.telegram.updates import kinds_asked
from bot.demo.telegram.users import Json

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_WEBHOOK_PORTS = frozenset({None, 80, 88, 443, 8443})


def get_updates_start(call: MethodCall) -> tuple[int, int, int]:
    """Check a call of getUpdates; return its offset, limit and seconds."""
    if call.bot.webhook.url:
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    _allow(call)
    limit = call.params.get("limit", 100)
    return (
        call.params.get("offset", 0),
        min(max(limit, 1), 100),
        min(max(call.params.get("timeout", 0), 0), 50),
    )


def _allow(call: MethodCall) -> None:
    try:
        call.bot.updates.allow(kinds_asked(call.params.get("allowed_updates")))
    except ValueError as error:
        raise Misuse(str(error)) from None


def set_webhook(call: MethodCall) -> bool:
    """Send updates to an address; an empty one means back to getUpdates."""
    url = call.params.get("url", "")
    secret = call.params.get("secret_token")
    if url:
        _check_webhook(url, secret)
        call.bot.updates.end_listening(conflict("terminated by setWebhook request"))
    _allow(call)
    if call.params.get("drop_pending_updates"):
        call.bot.updates.drop_all()
    call.bot.webhook = Webhook(url, secret, call.params.get("max_connections", 40), call.params.get("allowed_updates"))
    return True


def _check_webhook(url: str, secret: str | None) -> None:
    address = urlsplit(url)
    if address.scheme != "https" or not address.hostname:
        raise Misuse("bad webhook: An HTTPS URL must be provided for webhook")
    if address.port not in _WEBHOOK_PORTS:
        raise Misuse("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
    if secret is not None and not _SECRET.fullmatch(secret):
        raise Misuse("secret token contains unallowed characters")


def get_webhook_info(call: MethodCall) -> Json:
    """Return where updates are sent and how many are pending."""
    hook = call.bot.webhook
    info: Json = {
        "url": hook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(call.bot.updates.unacknowledged),
    }
    if hook.url:
        info["max_connections"] = hook.max_connections
    if hook.allowed_updates:
        info["allowed_updates"] = hook.allowed_updates
    return info


_WEBHOOK: Mapping[str, Kind] = {
    "url": text,
    "certificate": unplayed,
    "ip_address": text,
    "max_connections": integer,
    "allowed_updates": array,
    "drop_pending_updates": flag,
    "secret_token": text,
}

GET_UPDATES_KINDS: Mapping[str, Kind] = {
    "offset": integer,
    "limit": integer,
    "timeout": integer,
    "allowed_updates": array,
}
UPDATE_METHODS = (
    Method("setWebhook", set_webhook, _WEBHOOK),
    Method("deleteWebhook", set_webhook, {"drop_pending_updates": flag}),
    Method("getWebhookInfo", get_webhook_info, {}),
)

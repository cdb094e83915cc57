"""Records for tests: give what the test is about, the rest is ordinary."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from storage.records import ActionDetails, ActionRow, Car, CarDetails, Home, Prompt, Token

NOW = datetime(2026, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

CHAT = 7_000_000_001
OWNER = 7_000_000_002
CAR = 186_612


def a_home(**changes: Any) -> Home:
    home = Home(
        chat_id=CHAT,
        owner_id=OWNER,
        owner_name="Ann Wintergreen",
        wallet="0x00000000000000000000000000000000000a11ce",
        selected_car_id=None,
        linked_at=NOW,
    )
    return replace(home, **changes)


def a_token(**changes: Any) -> Token:
    token = Token(
        chat_id=CHAT,
        kind="user",
        car_id=0,
        secret="eyJhbGciOiJSUzI1NiJ9.the-secret-token.signature",
        permissions=(),
        expires_at=NOW + 14 * DAY,
    )
    return replace(token, **changes)


def a_vehicle_token(**changes: Any) -> Token:
    token = a_token(kind="vehicle", car_id=CAR, permissions=(1, 2), expires_at=NOW + 10 * MINUTE)
    return replace(token, **changes)


def some_details(**changes: Any) -> CarDetails:
    details = CarDetails(
        name="Bluey",
        make="Tesla",
        model="Model 3",
        year=2022,
        connection="Tesla",
        permissions=(1, 2, 3),
    )
    return replace(details, **changes)


def a_car(**changes: Any) -> Car:
    car = Car(
        chat_id=CHAT,
        car_id=CAR,
        position=0,
        share_expires_at=NOW + 365 * DAY,
        share_announced_at=None,
        details=some_details(),
    )
    return replace(car, **changes)


def a_prompt(**changes: Any) -> Prompt:
    prompt = Prompt(
        id="prompt-1",
        chat_id=CHAT,
        home_chat_id=CHAT,
        person_id=OWNER,
        car_id=CAR,
        message_id=None,
        state="open",
        created_at=NOW,
        expires_at=NOW + MINUTE,
        subject="unlock",
    )
    return replace(prompt, **changes)


def an_action(action_id: str = "action-1", **changes: Any) -> ActionRow:
    row = ActionRow(
        id=action_id,
        home_chat_id=CHAT,
        chat_id=CHAT,
        message_id=11,
        person_id=OWNER,
        car_id=CAR,
        state="sending",
        instance=1,
        requested_at=NOW,
        sent_at=None,
        settled_at=None,
        watch_until=None,
        details=ActionDetails(action="unlock", person_name="Ann Wintergreen", car_name="Bluey"),
    )
    return replace(row, **changes)

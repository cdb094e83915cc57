"""The text of a record may reach a log: it contains nothing private."""

import pytest

from storage.records import HomeSettings
from tests.support.records import (
    CHAT,
    a_car,
    a_code_query,
    a_code_watch,
    a_home,
    a_link_consent,
    a_link_permission,
    a_member,
    a_prompt,
    a_shared_chat,
    a_token,
    a_waiting_update,
    an_access_change,
    an_access_request,
    an_action,
    an_event,
    an_invitation,
    some_details,
)

PRIVATE = ("Wintergreen", "a11ce", "secret-token", "Bluey", "device-1", "somebody", "hash of", "Garden", "misfire")
PRIVATE_CODES = ("P0301", "U0100", "C1234", "B0001", "frunk")


@pytest.mark.parametrize(
    "record",
    [
        a_home(),
        a_token(),
        a_car(details=some_details(device_id="device-1")),
        a_link_permission(),
        a_link_consent(),
        a_prompt(about="somebody"),
        an_action(),
        a_code_query(),
        a_code_watch(),
        a_member(),
        a_waiting_update(),
        an_access_change(),
        an_invitation(),
        a_shared_chat(),
        an_access_request(),
        an_event(),
        HomeSettings(CHAT, {"title": "Garden party"}),
    ],
    ids=lambda record: type(record).__name__,
)
def test_text_of_a_record_contains_nothing_private(record: object) -> None:
    assert not [word for word in (*PRIVATE, *PRIVATE_CODES) if word in repr(record)]

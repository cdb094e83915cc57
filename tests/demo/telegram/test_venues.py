import pytest
from telegram.error import BadRequest

from bot.demo.telegram.attachments import Venue
from tests.demo.telegram.conftest import Setting


async def test_a_venue_arrives_with_its_lines(setting: Setting) -> None:
    sent = await setting.bot.send_venue(setting.ann.id, 52.5, 13.4, "Bluey", "12:00")
    assert setting.ann.private_chat.last.venue == Venue(52.5, 13.4, "Bluey", "12:00")
    assert sent.venue is not None
    assert (sent.venue.title, sent.venue.location.latitude, sent.text) == ("Bluey", 52.5, None)
    assert setting.world.violations == []


async def test_a_venue_has_no_text_to_edit(setting: Setting) -> None:
    sent = await setting.bot.send_venue(setting.ann.id, 52.5, 13.4, "Bluey", "12:00")
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await setting.bot.edit_message_text("x", setting.ann.id, sent.message_id)


@pytest.mark.parametrize(
    ("changes", "description"),
    [
        ({"latitude": 91}, "wrong location specified"),
        ({"longitude": -181}, "wrong location specified"),
        ({"latitude": "north"}, 'parameter "latitude" must be a Float'),
        ({"title": ""}, "title is empty"),
        ({"google_place_id": "x"}, 'this simulator does not know parameter "google_place_id"'),
    ],
)
async def test_invalid_venues_are_refused(setting: Setting, changes: dict[str, object], description: str) -> None:
    values = {"chat_id": setting.ann.id, "latitude": 52.5, "longitude": 13.4, "title": "Bluey", "address": "12:00"}
    body = await setting.raw("sendVenue", **{**values, **changes})
    assert body["description"] == f"Bad Request: {description}"

"""The methods of the Bot API that send files, photos and places, and change them and their captions."""

from collections.abc import Mapping
from dataclasses import replace

from bot.demo.telegram.attachments import Document, Photo, Venue
from bot.demo.telegram.chats import Version
from bot.demo.telegram.errors import ApiError, Misuse, bad_request
from bot.demo.telegram.http.method_call import Method, MethodCall
from bot.demo.telegram.http.multipart import Upload
from bot.demo.telegram.http.params import Kind, Params, array, decimal, flag, photo_media, text, unplayed, upload
from bot.demo.telegram.http.writing import SENDING, TARGET, edit, message_of, send, version
from bot.demo.telegram.users import Json

_LONGEST_CAPTION = 1024
_LARGEST_FILE = 50 * 1024 * 1024
_LARGEST_PHOTO = 10 * 1024 * 1024
_MOST_WIDTH_AND_HEIGHT = 10_000
_MOST_RATIO = 20
_MOST_LATITUDE, _MOST_LONGITUDE = 90, 180
_PNG, _PNG_SIZE = b"\x89PNG\r\n\x1a\n", slice(16, 24)


def send_document(call: MethodCall) -> Json:
    """Send a file with a caption."""
    file = call.params.get("document")
    if file is None:
        raise Misuse("there is no document in the request")
    if not file.content:
        raise Misuse("file must be non-empty")
    if len(file.content) > _LARGEST_FILE:
        raise ApiError(413, "Request Entity Too Large")
    return send(call, _caption(call.params), Document(file.name, file.kind, file.content))


def send_photo(call: MethodCall) -> Json:
    """Send a photo with a caption."""
    file = call.params.get("photo")
    if file is None:
        raise Misuse("there is no photo in the request")
    return send(call, replace(_caption(call.params), photo=_photo(file)))


def edit_message_media(call: MethodCall) -> Json:
    """Replace a photo of the bot, with its caption; without a markup its buttons are removed."""
    media = call.params.get("media")
    if media is None:
        raise Misuse("media is empty")
    message = message_of(call, "edit")
    if message.photo is None:
        raise bad_request("there is no media in the message to edit")
    return edit(call, message, replace(_caption(media), photo=_photo(media["media"])))


def send_venue(call: MethodCall) -> Json:
    """Send a pin on a map with a title and an address."""
    missing = [name for name in ("latitude", "longitude", "title", "address") if name not in call.params]
    if missing:
        raise Misuse(f"{missing[0]} is empty")
    latitude, longitude = call.params["latitude"], call.params["longitude"]
    if abs(latitude) > _MOST_LATITUDE or abs(longitude) > _MOST_LONGITUDE:
        raise Misuse("wrong location specified")
    return send(call, Version(""), venue=Venue(latitude, longitude, call.params["title"], call.params["address"]))


def _photo(file: Upload) -> Photo:
    """Return an uploaded photo; of the formats that Telegram takes, only PNG is simulated."""
    if len(file.content) > _LARGEST_PHOTO:
        raise Misuse("file is too big")
    if not file.content.startswith(_PNG) or not file.content.endswith(b"IEND\xaeB`\x82"):
        raise Misuse("IMAGE_PROCESS_FAILED")
    size = file.content[_PNG_SIZE]
    width, height = int.from_bytes(size[:4]), int.from_bytes(size[4:])
    sides = sorted((width, height))
    if not sides[0] or sum(sides) > _MOST_WIDTH_AND_HEIGHT or sides[1] > _MOST_RATIO * sides[0]:
        raise Misuse("PHOTO_INVALID_DIMENSIONS")
    return Photo(width, height, file.content)


def _caption(params: Params) -> Version:
    caption = version(params.get("caption", ""), params, "caption_entities")
    if len(caption.text) > _LONGEST_CAPTION:
        raise Misuse("message caption is too long")
    return caption


def edit_message_caption(call: MethodCall) -> Json:
    """Change or remove the caption of a file or photo of the bot; without a markup its buttons are removed."""
    caption = _caption(call.params)
    message = message_of(call, "edit")
    if message.document is None and message.photo is None:
        raise bad_request("there is no caption in the message to edit")
    return edit(call, message, caption)


_CAPTION: Mapping[str, Kind] = {"caption": text, "parse_mode": text, "caption_entities": array}
_DOCUMENT: Mapping[str, Kind] = {
    "document": upload,
    "thumbnail": unplayed,
    "disable_content_type_detection": flag,
    **_CAPTION,
}
_PHOTO: Mapping[str, Kind] = {
    "photo": upload,
    "has_spoiler": unplayed,
    "show_caption_above_media": unplayed,
    **_CAPTION,
}
_VENUE: Mapping[str, Kind] = {
    "latitude": decimal,
    "longitude": decimal,
    "title": text,
    "address": text,
    "foursquare_id": unplayed,
    "foursquare_type": unplayed,
    "google_place_id": unplayed,
    "google_place_type": unplayed,
}

MEDIA_METHODS = (
    Method("sendDocument", send_document, {**SENDING, **_DOCUMENT}),
    Method("sendPhoto", send_photo, {**SENDING, **_PHOTO}),
    Method("sendVenue", send_venue, {**SENDING, **_VENUE}),
    Method("editMessageMedia", edit_message_media, {**TARGET, "media": photo_media}),
    Method(
        "editMessageCaption",
        edit_message_caption,
        {**TARGET, **_CAPTION, "show_caption_above_media": unplayed},
    ),
)

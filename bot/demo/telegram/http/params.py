"""Reads the parameters of a call, in every way that the Bot API allows."""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from bot.demo.telegram.errors import Misuse
from bot.demo.telegram.http.multipart import Upload, read_parts

Params: TypeAlias = dict[str, Any]
Kind: TypeAlias = Callable[[str, object], object]
"""Returns the value of a parameter, given its name and what was sent."""

_INTEGER = re.compile(r"-?\d+")
_BOOLEANS: Mapping[str, bool] = {"true": True, "false": False, "1": True, "0": False}
_ATTACHED = "attach://"


def read_request(query: bytes, content_type: str, body: bytes) -> Params:
    """Return the parameters in the query and the body together; those of forms are still text."""
    params: Params = dict(parse_qsl(query.decode(), keep_blank_values=True)) if query else {}
    if body:
        params |= _read_body(content_type, body)
    return {name: value for name, value in params.items() if value is not None and value != ""}


def _read_body(content_type: str, body: bytes) -> Params:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    if kind == "application/json":
        return _read_json(body)
    if kind == "multipart/form-data":
        return dict(read_parts(content_type, body))
    raise Misuse(f"a body of the type {kind or 'none'!r} is none of the Bot API's")


def _read_json(body: bytes) -> Params:
    try:
        content = json.loads(body)
    except ValueError:
        raise Misuse("can't parse the JSON body") from None
    if not isinstance(content, dict):
        raise Misuse("the JSON body is not an Object")
    return content


def text(name: str, value: object) -> str:
    """Read a String."""
    if not isinstance(value, str):
        raise Misuse(f'parameter "{name}" must be a String')
    return value


def integer(name: str, value: object) -> int:
    """Read an Integer, or its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    raise Misuse(f'parameter "{name}" must be an Integer')


def decimal(name: str, value: object) -> float:
    """Read a Float, or its digits."""
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise Misuse(f'parameter "{name}" must be a Float')
    return number


def flag(name: str, value: object) -> bool:
    """Read a Boolean, or its name."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _BOOLEANS:
        return _BOOLEANS[value.lower()]
    raise Misuse(f'parameter "{name}" must be a Boolean')


def chat(name: str, value: object) -> int | str:
    """Read an Integer, or a String that begins with @."""
    if isinstance(value, str) and value.startswith("@"):
        return value
    return integer(name, value)


def thing(name: str, value: object) -> Params:
    """Read a JSON-serialized Object."""
    parsed = _parsed(name, value)
    if not isinstance(parsed, dict):
        raise Misuse(f"object expected as {name.replace('_', ' ')}")
    return parsed


def array(name: str, value: object) -> list[Any]:
    """Read a JSON-serialized Array."""
    parsed = _parsed(name, value)
    if not isinstance(parsed, list):
        raise Misuse(f"expected an Array as {name.replace('_', ' ')}")
    return parsed


def upload(name: str, value: object) -> Upload:
    """Read a file; files that Telegram already has, or has to fetch, are not simulated."""
    if not isinstance(value, Upload):
        raise Misuse(f'this simulator takes parameter "{name}" as an uploaded file only')
    return value


def photo_media(name: str, value: object) -> Params:
    """Read an InputMediaPhoto; other kinds of media are not simulated."""
    found = thing(name, value)
    if found.get("type") != "photo":
        raise Misuse(f'this simulator takes a photo only as parameter "{name}"')
    media = understood(_PHOTO_MEDIA, found)
    if "media" not in media:
        raise Misuse("there is no photo in the request")
    return media


def unplayed(name: str, value: object) -> None:  # noqa: ARG001 - a Kind
    """Refuse a documented parameter that is not simulated."""
    raise Misuse(f'this simulator does not know parameter "{name}"')


def _parsed(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise Misuse(f"can't parse {name.replace('_', ' ')} JSON object") from None


def understood(kinds: Mapping[str, Kind], sent: Params) -> Params:
    """Read every parameter by its kind; raises Misuse for one that the method does not have."""
    result: Params = {}
    for name, value in _with_files(kinds, sent).items():
        kind = kinds.get(name)
        if kind is None:
            raise Misuse(f'the method has no parameter "{name}"')
        result[name] = kind(name, value)
    return result


def _with_files(kinds: Mapping[str, Kind], sent: Params) -> Params:
    """Assign files to the parameters that refer to them with `attach://`; a missing file is left out."""
    for name in sent.keys() & {name for name, kind in kinds.items() if kind is photo_media}:
        media = thing(name, sent[name])
        sent = sent | {name: media}
        reference = str(media.get("media", "")).removeprefix(_ATTACHED)
        if isinstance(sent.get(reference), Upload):
            media["media"] = sent[reference]
            sent = {other: value for other, value in sent.items() if other != reference}
    references = {
        name: value.removeprefix(_ATTACHED)
        for name, value in sent.items()
        if kinds.get(name) is upload and isinstance(value, str) and value.startswith(_ATTACHED)
    }
    files = {name: sent[part] for name, part in references.items() if isinstance(sent.get(part), Upload)}
    taken = {*references, *(references[name] for name in files)}
    return {name: value for name, value in sent.items() if name not in taken} | files


_PHOTO_MEDIA: Mapping[str, Kind] = {
    "type": text,
    "media": upload,
    "caption": text,
    "parse_mode": text,
    "caption_entities": array,
    "show_caption_above_media": unplayed,
    "has_spoiler": unplayed,
}

"""Reads multipart/form-data like TDLib's `HttpReader`, because clients write it in different ways."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from mimetypes import MimeTypes
from urllib.parse import unquote

from bot.demo.telegram.errors import Misuse

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.IGNORECASE)
_FIELD = re.compile(
    r"\s*(?P<key>[^=]*?)\s*=\s*"
    r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"\s*(?:;|$)|(?!")(?P<token>[^;]*)(?:;|$))',
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_KINDS = MimeTypes()  # Python's own table, because the files of machines differ
_ANY_KIND = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call."""

    name: str
    content: bytes = field(repr=False)

    @property
    def kind(self) -> str:
        """The MIME type, which Telegram derives from the name only."""
        return _KINDS.guess_type(f"/{self.name}")[0] or _ANY_KIND


def read_parts(content_type: str, body: bytes) -> list[tuple[str, str | Upload]]:
    """Return the names and contents of all parts; a part with a file name is a file, another one is text."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise Misuse("boundary not found")
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary[1].strip().encode())
    if not parts[-1].startswith(b"--"):
        raise Misuse("the multipart body has no end")
    return [_part(part) for part in parts[1:-1]]


def _part(part: bytes) -> tuple[str, str | Upload]:
    head, _, content = part.partition(b"\r\n\r\n")
    fields: dict[str, str] = {}
    for header in head.decode(errors="replace").split("\r\n"):
        name, _, value = header.partition(":")
        if name.strip().lower() == "content-disposition":
            fields = dict(_fields(value.strip()))
    if not fields.get("name"):
        raise Misuse("field name in multipart/form-data not found")
    if "filename" in fields:
        return fields["name"], Upload(fields["filename"], content)
    return fields["name"], content.decode(errors="replace")


def _fields(disposition: str) -> Iterator[tuple[str, str]]:
    """Return the names and values in a Content-Disposition, quoted or not, percent-encoded or not."""
    if not disposition.startswith("form-data;"):
        raise Misuse("expected form-data content disposition")
    left = disposition.removeprefix("form-data;")
    while "=" in left:
        found = _FIELD.match(left)
        if found is None:
            raise Misuse("unclosed quoted string in Content-Disposition header")
        value = found["token"].strip() if found["quoted"] is None else _ESCAPED.sub(r"\1", found["quoted"])
        yield found["key"], unquote(value)
        left = left[found.end() :]

"""What messages hold beside text: files, photos and places."""

from dataclasses import dataclass, field

from bot.demo.telegram.users import Json


@dataclass(frozen=True, slots=True)
class Document:
    """A file in a chat; the text of its message is its caption."""

    name: str
    kind: str
    content: bytes = field(repr=False)

    def document_json(self, number: int) -> Json:
        """Return the Bot API's Document."""
        ids = {"file_id": f"file-{number}", "file_unique_id": f"unique-{number}"}
        return {**ids, "file_name": self.name, "mime_type": self.kind, "file_size": len(self.content)}


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A photo in a chat; each upload is another photo, even of the same content."""

    width: int
    height: int
    content: bytes = field(repr=False)

    def sizes_json(self, number: int, edits: int) -> list[Json]:
        """Return the Bot API's list of PhotoSize, which has one size here."""
        ids = {"file_id": f"photo-{number}-{edits}", "file_unique_id": f"unique-{number}-{edits}"}
        return [{**ids, "width": self.width, "height": self.height, "file_size": len(self.content)}]


@dataclass(frozen=True, slots=True)
class Venue:
    """A pin on a map, with two lines."""

    latitude: float
    longitude: float
    title: str
    address: str

    def venue_json(self) -> Json:
        """Return the Bot API's Venue."""
        location = {"latitude": self.latitude, "longitude": self.longitude}
        return {"location": location, "title": self.title, "address": self.address}

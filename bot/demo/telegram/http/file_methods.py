"""The files that people send: getFile, and fetching what it names."""

from bot.demo.telegram.attachments import Document
from bot.demo.telegram.bots import Bot
from bot.demo.telegram.errors import bad_request
from bot.demo.telegram.http.method_call import Method, MethodCall
from bot.demo.telegram.http.params import text
from bot.demo.telegram.users import Json

_LARGEST = 20 * 1024 * 1024
_FOLDER = "documents/"


def get_file(call: MethodCall) -> Json:
    """Return where a file can be fetched; one of a deleted message, too."""
    file_id = str(call.params.get("file_id", ""))
    found = _documents(call.bot).get(file_id)
    if found is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(found.content) > _LARGEST:
        raise bad_request("file is too big")
    ids = {"file_id": file_id, "file_unique_id": f"unique-{file_id}"}
    return {**ids, "file_size": len(found.content), "file_path": f"{_FOLDER}{file_id}"}


def fetched(bot: Bot, path: str) -> bytes | None:
    """Return the content of a file; None for a path that getFile does not name."""
    found = _documents(bot).get(path.removeprefix(_FOLDER))
    return None if found is None else found.content


def _documents(bot: Bot) -> dict[str, Document]:
    return {
        str(message.document.document_json(message.id)["file_id"]): message.document
        for chat in bot.chats.values()
        for message in chat.history
        if message.document is not None
    }


FILE_METHODS = (Method("getFile", get_file, {"file_id": text}),)

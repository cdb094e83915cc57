"""Forms with files, byte for byte as aiogram, grammY and telegraf write them."""

import pytest

from bot.demo.telegram.attachments import Document
from tests.demo.telegram.conftest import Setting

FILE = Document("Straße 1.csv", "text/csv", "ä;1\r\n".encode())
AIOGRAM = (
    "--B\r\nContent-Type: text/plain; charset=utf-8\r\n"
    'Content-Disposition: form-data; name="chat_id"\r\n\r\n{chat}\r\n'
    '--B\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Disposition: form-data; name="document"\r\n\r\n'
    "attach://k_3-x\r\n"
    "--B\r\nContent-Type: application/octet-stream\r\n"
    'Content-Disposition: form-data; name="k_3-x"; filename="Straße 1.csv"\r\n\r\nä;1\r\n\r\n--B--\r\n'
)
GRAMMY = (
    '--B\r\ncontent-disposition:form-data;name="chat_id"\r\n\r\n{chat}\r\n'
    '--B\r\ncontent-disposition:form-data;name="document"\r\n\r\nattach://k3x\r\n'
    '--B\r\ncontent-disposition:form-data;name="k3x";filename=Straße 1.csv\r\n'
    "content-type:application/octet-stream\r\n\r\nä;1\r\n\r\n--B--\r\n"
)
TELEGRAF = (
    '--B\r\ncontent-disposition: form-data; name="method"\r\n\r\nsendDocument\r\n'
    '--B\r\ncontent-disposition: form-data; name="chat_id"\r\n\r\n{chat}\r\n'
    '--B\r\ncontent-disposition: form-data; name="document"; filename="Straße 1.csv"\r\n\r\nä;1\r\n\r\n--B--'
)


async def sent(setting: Setting, body: str, method: str = "sendDocument") -> str:
    """Send a form unchanged; return the description of the error, or nothing."""
    answer = await setting.http.post(
        f"/bot{setting.account.token}/{method}",
        content=body.replace("{chat}", str(setting.ann.id)).encode(),
        headers={"content-type": "multipart/form-data; boundary=B"},
    )
    return str(answer.json().get("description", ""))


@pytest.mark.parametrize("form", [AIOGRAM, GRAMMY, TELEGRAF], ids=["aiogram", "grammY", "telegraf"])
async def test_a_file_is_found_in_every_clients_form(setting: Setting, form: str) -> None:
    assert await sent(setting, form) == ""
    assert setting.ann.private_chat.last.document == FILE
    assert list(setting.world.calls_of("sendDocument")[0].params) == ["chat_id", "document"]
    assert setting.world.violations == []


async def test_names_are_unquoted_and_decoded(setting: Setting) -> None:
    """A quotation mark is %22 in forms of httpx, and has a backslash before it in others."""
    form = TELEGRAF.replace('"Straße 1.csv"', r'"Stra%C3%9Fe \"1\".csv"')
    assert await sent(setting, form) == ""
    document = setting.ann.private_chat.last.document
    assert document is not None
    assert document.name == 'Straße "1".csv'


async def test_text_does_not_refer_to_a_file(setting: Setting) -> None:
    await setting.bot.send_message(setting.ann.id, "attach://k3x")
    assert setting.ann.private_chat.last.text == "attach://k3x"


async def test_a_reference_to_nothing_is_no_file(setting: Setting) -> None:
    body = await setting.raw("sendDocument", chat_id=setting.ann.id, document="attach://k3x")
    assert body["description"] == "Bad Request: there is no document in the request"


@pytest.mark.parametrize(
    ("form", "description"),
    [
        (AIOGRAM.replace("attach://k_3-x", "attach://other"), 'the method has no parameter "k_3-x"'),
        (TELEGRAF.replace("sendDocument", "sendPhoto"), 'the method has no parameter "method"'),
        (TELEGRAF.removesuffix("--B--"), "the multipart body has no end"),
        (TELEGRAF.replace('csv"', "csv"), "unclosed quoted string in Content-Disposition header"),
        (TELEGRAF.replace("form-data;", "attachment;"), "expected form-data content disposition"),
        (TELEGRAF.replace('name="chat_id"', "name="), "field name in multipart/form-data not found"),
    ],
)
async def test_invalid_forms_are_refused(setting: Setting, form: str, description: str) -> None:
    assert await sent(setting, form) == f"Bad Request: {description}"
    assert len(setting.world.violations) == 1
    assert setting.ann.private_chat.from_bot == []


async def test_a_form_without_a_boundary_is_refused(setting: Setting) -> None:
    answer = await setting.http.post(
        f"/bot{setting.account.token}/getMe", content=b"x", headers={"content-type": "multipart/form-data"}
    )
    assert answer.json()["description"] == "Bad Request: boundary not found"

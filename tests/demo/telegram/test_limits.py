from typing import Any

import pytest

from tests.demo.telegram.conftest import Setting


@pytest.fixture
def limited(setting: Setting) -> Setting:
    setting.world.enforce_limits()
    return setting


async def send(setting: Setting, chat: int, text: str = "Hello") -> dict[str, Any]:
    return await setting.raw("sendMessage", chat_id=chat, text=text)


async def test_a_person_gets_one_message_a_second_with_bursts(limited: Setting) -> None:
    for number in range(30):
        assert (await send(limited, limited.ann.id))["ok"]
        limited.clock.forward(seconds=1 if number == 28 else 0)
    limited.clock.forward(seconds=1)
    assert (await send(limited, limited.ann.id))["ok"]
    assert (await send(limited, limited.ann.id))["ok"]
    refused = await send(limited, limited.ann.id)
    assert refused["error_code"] == 429
    assert refused["parameters"] == {"retry_after": 1}
    assert [call.method for call in limited.world.refused_floods] == ["sendMessage"]
    limited.clock.forward(seconds=1)
    assert (await send(limited, limited.ann.id))["ok"]


async def test_a_group_gets_twenty_messages_a_minute(limited: Setting) -> None:
    group = limited.world.add_group("Family", [limited.ann])
    for _ in range(20):
        assert (await send(limited, group.id))["ok"]
        limited.clock.forward(seconds=2.9)
    assert (await send(limited, group.id))["parameters"] == {"retry_after": 2}
    limited.clock.forward(seconds=2)
    assert (await send(limited, group.id))["ok"]


async def test_edits_count(limited: Setting) -> None:
    shown = await limited.shown()
    for number in range(29):
        await limited.raw("editMessageText", chat_id=limited.ann.id, message_id=shown.id, text=f"{number}")
    assert (await limited.raw("editMessageText", chat_id=limited.ann.id, message_id=shown.id, text="x"))[
        "error_code"
    ] == 429


async def test_all_chats_together_get_thirty_messages_a_second(limited: Setting) -> None:
    people = [limited.world.add_person(f"P{number}", has_started=True) for number in range(31)]
    assert all([(await send(limited, person.id))["ok"] for person in people[:30]])
    assert (await send(limited, people[30].id))["parameters"] == {"retry_after": 1}
    limited.clock.forward(seconds=1)
    assert (await send(limited, people[30].id))["ok"]


async def test_what_sends_no_message_has_no_such_limit(limited: Setting) -> None:
    for _ in range(40):
        assert (await limited.raw("getMe"))["ok"]
        assert (await limited.raw("sendChatAction", chat_id=limited.ann.id, action="typing"))["ok"]

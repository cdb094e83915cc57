"""What the gate lets in, and how it answers, without Telegram and without a database."""

from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from telegram import Chat as TelegramChat
from telegram import Message, MessageOriginHiddenUser, User

from bot.domain.ids import ChatId, MessageId, PersonId, PromptId
from bot.domain.refusals import Reason
from bot.service.declined import Declined
from bot.service.ports import Ask, Person
from bot.telegram.answers import Answers
from bot.telegram.gate import why_not_heard, why_not_tapped
from bot.telegram.requests import Said, Tapped
from bot.telegram.ui.screen import Screen

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
DAD, A_BOT = User(7, "Dad", is_bot=False), User(8, "Bot", is_bot=True)
PRIVATE, GROUP = TelegramChat(7, TelegramChat.PRIVATE), TelegramChat(-20, TelegramChat.SUPERGROUP)
CHANNEL = TelegramChat(-30, TelegramChat.CHANNEL)
FORWARDED = MessageOriginHiddenUser(NOW, "Somebody")


def a_message(chat: TelegramChat = PRIVATE, *, age: float = 0, **more: Any) -> Message:
    return Message(1, NOW - timedelta(seconds=age), chat, **more)


@pytest.mark.parametrize(
    ("message", "sender", "reason"),
    [
        (a_message(), DAD, None),
        (a_message(GROUP, age=119), DAD, None),
        (a_message(age=121), DAD, Reason.COMMAND_TOO_OLD),
        (a_message(CHANNEL), DAD, Reason.PRIVATE_CHAT_ONLY),
        (a_message(forward_origin=FORWARDED), DAD, Reason.FORWARDED),
        (a_message(via_bot=A_BOT), DAD, Reason.OF_ANOTHER_BOT),
        (a_message(GROUP, via_bot=A_BOT), DAD, Reason.OF_ANOTHER_BOT),
        (a_message(), A_BOT, Reason.NOT_A_PERSON),
        (a_message(GROUP, sender_chat=GROUP), DAD, Reason.NOT_A_PERSON),
    ],
)
def test_a_message_is_heard_only_if_a_person_sent_it_here_just_now(
    message: Message, sender: User, reason: Reason | None
) -> None:
    assert why_not_heard(message, sender, now=NOW) is reason


@pytest.mark.parametrize(
    ("sender", "chat", "reason"),
    [
        (DAD, PRIVATE, None),
        (DAD, GROUP, None),
        (DAD, CHANNEL, Reason.PRIVATE_CHAT_ONLY),
        (DAD, None, Reason.PRIVATE_CHAT_ONLY),
        (A_BOT, PRIVATE, Reason.NOT_A_PERSON),
        (A_BOT, None, Reason.NOT_A_PERSON),
    ],
)
def test_a_tap_is_taken_only_from_a_person_in_a_private_chat_or_a_group(
    sender: User, chat: TelegramChat | None, reason: Reason | None
) -> None:
    assert why_not_tapped(sender, chat) is reason


HERE, BUTTON, NEW = ChatId(7), MessageId(5), MessageId(6)
PROMPT = PromptId("p")


@dataclass
class Paper:
    """A chat that notes what it shows."""

    messages: list[tuple[MessageId | None, str]] = field(default_factory=list)
    private_address: str = "https://t.me/a_bot"

    async def show(self, _: ChatId, message: MessageId | None, screen: Screen) -> MessageId:
        self.messages.append((message, screen.text))
        return message or NEW


@dataclass
class Questions:
    """Notes which message shows a question."""

    noted: list[tuple[PromptId, MessageId]] = field(default_factory=list)

    async def shown(self, prompt: PromptId, message: MessageId) -> None:
        self.noted.append((prompt, message))


async def a_stranger(_: Ask) -> Screen:
    return Screen("Ask for access.")


async def answered(
    work: Awaitable[Screen | None],
    *,
    group: bool = False,
    secret_remains: bool | None = None,
    questions: Questions | None = None,
) -> list[tuple[MessageId | None, str]]:
    """Answer a tap, or a message if it is said whether a secret remains; returns what was shown, and where."""
    paper = Paper()
    chat: Any = paper
    prompting: Any = questions
    answers = Answers(chat=chat, prompting=prompting, stranger=a_stranger, which_car=a_stranger)
    ask = Ask("1", Person(PersonId(7), "Dad"), ChatId(-20) if group else HERE)
    if secret_remains is None:
        await answers.give(Tapped(ask, BUTTON), work)
    else:
        await answers.give(Said(ask, "text"), work, secret_remains=secret_remains)
    return paper.messages


async def returns(screen: Screen | None) -> Screen | None:
    return screen


async def raises(error: Exception) -> Screen | None:
    raise error


async def test_a_tap_is_answered_in_the_message_that_has_the_button() -> None:
    assert await answered(returns(Screen("Done."))) == [(BUTTON, "Done.")]


async def test_a_message_is_answered_in_a_new_one() -> None:
    assert await answered(returns(Screen("Done.")), secret_remains=False) == [(None, "Done.")]


async def test_a_question_is_a_new_message_which_is_remembered() -> None:
    questions = Questions()
    assert await answered(returns(Screen("Unlock?", prompt=PROMPT)), questions=questions) == [(None, "Unlock?")]
    assert questions.noted == [(PROMPT, NEW)]


async def test_a_message_that_opens_a_reply_is_a_new_one() -> None:
    assert await answered(returns(Screen("When?", asks_reply="24 Dec"))) == [(None, "When?")]


async def test_a_refusal_leaves_the_message_with_the_button_as_it_is() -> None:
    ((message, text),) = await answered(raises(Declined(Reason.NOT_ALLOWED)))
    assert message is None
    assert text.startswith("You may not do that.")


async def test_only_in_a_group_a_person_without_access_is_offered_to_ask_for_it() -> None:
    for reason in (Reason.NO_CAR_HERE, Reason.ACCESS_ENDED):
        assert await answered(raises(Declined(reason)), group=True) == [(None, "Ask for access.")]
        assert await answered(raises(Declined(reason))) != [(None, "Ask for access.")]


async def test_a_fault_of_ours_is_admitted_without_its_details() -> None:
    ((message, text),) = await answered(raises(RuntimeError("token 123")))
    assert message is None
    assert text.startswith("Something failed on my side.")
    assert "123" not in text


@pytest.mark.parametrize(
    "work",
    [
        lambda: returns(Screen("Done.")),
        lambda: returns(None),
        lambda: raises(Declined(Reason.NOT_ALLOWED)),
        lambda: raises(RuntimeError("broken")),
    ],
    ids=["answered", "answered by itself", "refused", "failed"],
)
async def test_whatever_the_answer_is_it_warns_of_a_secret_that_could_not_be_deleted(work: Any) -> None:
    ((_, text),) = await answered(work(), secret_remains=True)
    assert text.endswith("Delete it yourself: it holds a secret.")

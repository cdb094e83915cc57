"""Privacy as screens."""

from bot.service.account.erasure import AskedToForget
from bot.telegram.screens.actions import yes_no
from bot.telegram.texts import privacy as texts
from bot.telegram.ui.screen import Screen


def forget_question(it: AskedToForget) -> Screen:
    """The question before everything about a person is deleted."""
    return Screen(texts.forget_question(it), yes_no(it.prompt, texts.FORGET_LABEL), prompt=it.prompt.id)

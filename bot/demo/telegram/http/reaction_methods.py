"""The method of the Bot API for reactions."""

from collections.abc import Mapping

from bot.demo.telegram.errors import Misuse, bad_request
from bot.demo.telegram.http.method_call import Method, MethodCall
from bot.demo.telegram.http.params import Kind, array, chat, flag, integer

_JOINER = "\u200d"
_EMOJI = frozenset(
    "👍👎❤🔥🥰👏😁🤔🤯😱🤬😢🎉🤩🤮💩🙏👌🕊🤡🥱🥴😍🐳🌚🌭💯🤣⚡🍌🏆💔🤨😐🍓🍾💋🖕😈😴😭🤓👻👀🎃🙈😇😨🤝✍🤗🫡🎅🎄☃💅🤪🗿🆒💘🙉🦄😘💊🙊😎👾🤷😡"
) | {
    f"❤{_JOINER}🔥",
    f"👨{_JOINER}💻",
    f"🤷{_JOINER}♂",
    f"🤷{_JOINER}♀",
}
"""The list in the documentation; a variation selector after an emoji is ignored."""


def set_message_reaction(call: MethodCall) -> bool:
    """React to a message, or with an empty list remove the reaction; a bot has one reaction per message."""
    reactions = [_emoji(reaction) for reaction in call.params.get("reaction", [])]
    message = call.readable_chat().message(call.params.get("message_id", 0))
    if message is None:
        raise bad_request("message to react not found")
    if len(reactions) > 1:
        raise Misuse("REACTIONS_TOO_MANY")
    message.react(reactions)
    return True


def _emoji(reaction: object) -> str:
    if not isinstance(reaction, dict):
        raise Misuse("can't parse ReactionType: expected an Object")
    if reaction.get("type") == "custom_emoji":
        raise Misuse("this simulator does not know custom emoji")
    if reaction.get("type") != "emoji":
        raise Misuse("can't parse ReactionType: invalid reaction type specified")
    emoji = reaction.get("emoji")
    if not isinstance(emoji, str):
        raise Misuse("can't parse ReactionType: Can't find field \"emoji\"")
    plain = emoji.replace("\ufe0f", "")
    if plain not in _EMOJI:
        raise Misuse("REACTION_INVALID")
    return plain


_REACTION: Mapping[str, Kind] = {"chat_id": chat, "message_id": integer, "reaction": array, "is_big": flag}

REACTION_METHODS = (Method("setMessageReaction", set_message_reaction, _REACTION),)

import pytest
from telegram import ReactionTypeCustomEmoji, ReactionTypeEmoji
from telegram.constants import ReactionEmoji
from telegram.error import BadRequest, Forbidden

from tests.demo.telegram.conftest import Setting


async def test_a_reaction_replaces_the_one_before(setting: Setting) -> None:
    said = setting.ann.says("/lock")
    await setting.bot.set_message_reaction(setting.ann.id, said.id, "👀")
    assert said.reactions == ["👀"]
    await setting.bot.set_message_reaction(setting.ann.id, said.id, ReactionTypeEmoji("👍"), is_big=True)
    assert said.reactions == ["👍"]
    await setting.bot.set_message_reaction(setting.ann.id, said.id)
    assert said.reactions == []
    assert setting.world.violations == []


async def test_every_documented_emoji_is_accepted(setting: Setting) -> None:
    said = setting.ann.says("/lock")
    for emoji in ReactionEmoji:
        await setting.bot.set_message_reaction(setting.ann.id, said.id, emoji)
        assert said.reactions == [emoji.value.replace("\ufe0f", "")]


async def test_bot_may_react_where_it_can_only_read(setting: Setting) -> None:
    said = setting.ann.says("/lock")
    said.delete()
    with pytest.raises(BadRequest, match="Message to react not found"):
        await setting.bot.set_message_reaction(setting.ann.id, said.id, "👀")
    group = setting.world.add_group("Family", [setting.ann])
    said = setting.ann.says("/lock", chat=group)
    group.leaves(setting.account)
    with pytest.raises(Forbidden, match="not a member"):
        await setting.bot.set_message_reaction(group.id, said.id, "👀")
    assert setting.world.violations == []


@pytest.mark.parametrize(
    ("reaction", "description"),
    [
        ([ReactionTypeEmoji("🚗")], "Reaction_invalid"),
        ([ReactionTypeEmoji("👀"), ReactionTypeEmoji("👍")], "Reactions_too_many"),
        ([ReactionTypeCustomEmoji("5368324170671202286")], "This simulator does not know custom emoji"),
    ],
)
async def test_invalid_reactions_are_refused(
    setting: Setting, reaction: list[ReactionTypeEmoji], description: str
) -> None:
    said = setting.ann.says("/lock")
    with pytest.raises(BadRequest) as refused:
        await setting.bot.set_message_reaction(setting.ann.id, said.id, reaction)
    assert refused.value.message == description
    assert (said.reactions, len(setting.world.violations)) == ((), 1)


@pytest.mark.parametrize(
    ("reaction", "what"),
    [
        ("👀", "expected an Object"),
        ({"type": "paid"}, "invalid reaction type specified"),
        ({"type": "emoji"}, 'Can\'t find field "emoji"'),
    ],
)
async def test_unreadable_reactions_are_refused(setting: Setting, reaction: object, what: str) -> None:
    said = setting.ann.says("/lock")
    body = await setting.raw("setMessageReaction", chat_id=setting.ann.id, message_id=said.id, reaction=[reaction])
    assert body["description"] == f"Bad Request: can't parse ReactionType: {what}"

"""The panel of a chat shows what the car reports, in one message, for as long as it is there."""

from bot.demo.dimo.faults import status
from bot.demo.telegram.chats import Message
from bot.demo.telegram.faults import DROPPED
from tests.support.people import a_group, joins, removed, says_there
from tests.support.world import Family

MAIN = ["🔒 Lock", "🔓 Unlock", "🧳 Trunk", "📦 Frunk", "⚡ Charge", "🔄 Refresh", "☰ More"]


async def shown(family: Family) -> Message:
    """Open the panel, and wait until it shows what the car reports."""
    panel = await family.says("/car", "🚗 Bluey")
    return await panel.becomes("Last contact")


async def test_the_panel_follows_every_report_by_itself(family: Family) -> None:
    family.car.change(locked=False)
    panel = await shown(family)
    assert panel.labels == MAIN
    assert "🔓 Unlocked · trunks closed" in panel.text
    await family.taps(panel, "Lock")
    await family.next_look()
    await panel.becomes("🔒 Locked · trunks closed")
    await family.restart_bot()
    family.car.change(trunk_open=True, locked=False, charging=True)
    family.clock.advance(11)
    await family.says("/status", "Trunk open")
    await panel.becomes("🔓 Unlocked · trunk open")
    assert "⚡ Stop" in panel.labels


async def test_the_newest_panel_is_the_only_one(family: Family) -> None:
    first = await shown(family)
    second = await family.says("/car", "🚗 Bluey")
    await first.becomes("The panel is further down.")
    assert first.labels == []
    await family.taps(second, "Lock")
    await family.dad.sees("Accepted", after=second)


async def test_more_and_back_change_the_buttons_of_the_same_message(family: Family) -> None:
    panel = await shown(family)
    await family.taps(panel, "More")
    await panel.becomes(lambda it: "⬅️ Back" in it.labels)
    assert panel.labels == [
        *("🔧 Codes", "📋 Status", "📍 Where", "👥 Members", "➕ Invite", "💬 Groups", "⚙️ Settings"),
        *("🗓 Schedule", "📜 Log", "💡 Help", "⬅️ Back", "📌 Pin"),
    ]
    family.car.change(locked=False)
    family.clock.advance(11)
    await family.says("/status", "Unlocked")
    await panel.becomes("🔓 Unlocked")
    assert "⬅️ Back" in panel.labels
    for label, answer in (("Settings", "Settings"), ("Log", "Log"), ("Members", "Who may use"), ("Invite", "Invite")):
        newest = family.dad.private_chat.last
        await family.taps(panel, label)
        await family.dad.sees(answer, after=newest)
    await family.taps(panel, "Back")
    await panel.becomes(lambda it: it.labels == MAIN)


async def test_refresh_asks_the_car_and_says_why_if_it_can_not(family: Family) -> None:
    panel = await shown(family)
    newest = family.dad.private_chat.last
    family.dimo.fail("telemetry", "query", status(503, "Service Unavailable"), times=None)
    await family.taps(panel, "Refresh")
    await panel.becomes("I can't get the car's report right now.")
    assert "🔒 Locked" in panel.text
    family.dimo.heal("telemetry")
    family.car.change(locked=False)
    await family.taps(panel, "Refresh")
    await panel.becomes("🔓 Unlocked")
    assert "can't get" not in panel.text
    assert family.dad.private_chat.last is newest


async def test_a_panel_that_was_deleted_does_not_come_back(family: Family) -> None:
    panel = await shown(family)
    family.dad.deletes(panel)
    family.car.change(locked=False)
    family.clock.advance(11)
    await family.says("/status", "Unlocked")
    await family.settles()
    assert [one for one in family.dad.private_chat.from_bot if one.text.startswith("🚗")] == []


async def test_the_panel_is_pinned_without_a_sound(family: Family) -> None:
    panel = await shown(family)
    await family.taps(panel, "More")
    await panel.becomes(lambda it: "📌 Pin" in it.labels)
    await family.taps(panel, "Pin")
    await family.dad.private_chat.wait_until(lambda: family.dad.private_chat.pinned == [panel])
    assert family.telegram.calls_of("pinChatMessage")[-1].params["disable_notification"]
    group = await a_group(family)
    there = await says_there(group, family.dad, "/car", "🚗 Bluey")
    await family.taps(there, "More")
    await there.becomes(lambda it: "📌 Pin" in it.labels)
    await family.taps(there, "Pin")
    await family.dad.sees("I may not pin here.", chat=group)


async def test_the_panel_of_somebody_without_access_says_that_it_has_ended(family: Family) -> None:
    guest = await joins(family, "Gran", role="Guest", length="1 hour")
    panel = await family.says("/car", "🚗 Bluey", person=guest)
    await panel.becomes("Last contact")
    family.clock.advance(3600)
    family.car.change(locked=False)
    await family.says("/status", "Unlocked")
    await panel.becomes("This panel has ended.")
    assert panel.labels == []


async def test_the_panels_of_an_unlinked_home_end(family: Family) -> None:
    mum = await joins(family, "Mum")
    hers = await family.says("/car", "🚗 Bluey", person=mum)
    await hers.becomes("Last contact")
    own = await shown(family)
    unlink = await family.says("/unlink", "Unlink this chat?")
    await family.taps(unlink, "Unlink")
    for panel in (own, hers):
        await panel.becomes("This panel has ended.")
        assert panel.labels == []


async def test_the_panel_of_somebody_who_was_removed_ends_at_once(family: Family) -> None:
    gran = await joins(family, "Gran")
    panel = await family.says("/car", "🚗 Bluey", person=gran)
    await panel.becomes("Last contact")
    await family.restart_bot()
    await removed(family, "Gran")
    await panel.becomes("This panel has ended.")


async def test_panels_that_could_not_be_ended_end_with_the_next_start(family: Family) -> None:
    mum = await joins(family, "Mum")
    hers = await family.says("/car", "🚗 Bluey", person=mum)
    await hers.becomes("Last contact")
    await family.restart_bot()
    trouble = family.telegram.fails_always("editMessageText", DROPPED, when=lambda it: it["message_id"] == hers.id)
    unlink = await family.says("/unlink", "Unlink this chat?")
    await family.taps(unlink, "Unlink")
    await unlink.becomes("Unlinked.")
    await family.stop_bot()
    trouble.end()
    await family.start_bot()
    await hers.becomes("This panel has ended.")


async def test_a_tap_on_an_older_panel_leaves_the_newest_one_the_newest(family: Family) -> None:
    older = await shown(family)
    refresh = next(button.callback_data for button in older.buttons if "Refresh" in button.text)
    newest = await shown(family)
    await older.becomes("The panel is further down.")
    family.car.change(locked=False)
    family.dad.sends_forged(refresh or "", older)
    await newest.becomes("🔓 Unlocked")
    await family.settles()
    assert older.labels == []
    assert newest.labels == MAIN


async def test_twenty_actions_leave_twenty_messages_and_one_panel_that_tells_the_truth(family: Family) -> None:
    await family.takes_no_notes()
    panel = await shown(family)
    first = panel.id
    for number in range(20):
        family.clock.advance(20)
        label, words = (("Lock", "🔒 Locked"), ("Unlock", "🔓 Unlocked"))[number % 2]
        family.car.change(locked=label == "Unlock")
        await family.taps(panel, label)
        if label == "Unlock":
            question = await family.dad.sees("Unlock Bluey?", after=family.dad.private_chat.last)
            await family.taps(question, "Unlock")
            await question.becomes("Accepted")
        else:
            await family.dad.sees("Accepted", after=family.dad.private_chat.last)
        await family.next_look()
        await panel.becomes(words)
    newer = [message for message in family.dad.private_chat.from_bot if message.id > first]
    assert len(newer) <= 20
    assert [message for message in family.dad.private_chat.from_bot if "🔄 Refresh" in message.labels] == [panel]


async def test_an_unlock_in_a_group_of_four_makes_no_sound_and_its_failure_one(family: Family) -> None:
    others = [await joins(family, name) for name in ("Mum", "Teen", "Gran")]
    mum = others[0]
    group = await a_group(family, *others)
    before = {chat: chat.history[-1].id for chat in (group, *(one.private_chat for one in (family.dad, *others)))}

    def sounding() -> list[Message]:
        return [
            message
            for chat, last in before.items()
            for message in chat.from_bot
            if message.id > last and message.sounds
        ]

    question = await says_there(group, mum, "/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock", person=mum)
    await question.becomes("Accepted")
    await family.next_look()
    await question.becomes("Confirmed")
    assert sounding() == []
    family.clock.advance(60)
    family.car.change(locked=True)
    family.car.silent = True
    question = await says_there(group, mum, "/unlock", "Unlock Bluey?")
    await family.taps(question, "Unlock", person=mum)
    await question.becomes("Accepted")
    await family.waits_in_vain()
    await question.becomes("Not confirmed")
    told = await mum.sees("Not confirmed")
    assert [message for message in sounding() if "✅" not in message.text] == [told]

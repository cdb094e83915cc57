"""Groups: only owners share cars there, only members use them, and a change to a supergroup keeps everything."""

import asyncio

import pytest

from bot.demo.dimo.faults import slow
from bot.demo.telegram.chats import Chat, Message, Version
from bot.demo.telegram.faults import BLOCKED
from bot.demo.telegram.groups import Group
from bot.demo.telegram.people import Person
from bot.demo.telegram.users import User
from tests.support.people import NO_ACCESS, NOTHING_HERE, a_group, joins, removed, says_there
from tests.support.world import Family

HOUR = 3600
NOT_SHARED = "No car is shared in this group."


def newest_in(chat: Chat) -> Message | None:
    return next(reversed(chat.history), None)


async def taps_there(group: Group, person: Person, message: Message, button: str, answer: str) -> Message:
    """Tap a button in a group, and wait for the bot's answer there."""
    newest = newest_in(group)
    await person.taps(message, button).answered()
    return await person.sees(answer, chat=group, after=newest)


# Attaching


async def test_only_the_owner_can_share_cars_in_a_group(family: Family) -> None:
    """With the link behind the panel, which Telegram turns into /start share, or with /car in the group and a tap."""
    teen, mallory = await joins(family, "Teen"), family.telegram.add_person("Mallory")
    panel = await family.says("/car", "Bluey")
    await family.taps(panel, "More")
    await panel.becomes(lambda message: "💬 Groups" in message.labels)
    await family.taps(panel, "Groups")
    groups = await family.dad.sees("Your cars are shared in no group.", after=panel)
    link = family.dad.opens(groups, "Share in a group")
    assert link == f"https://t.me/{family.bot.username}?startgroup=share"
    hers = await family.says("/car", "Bluey", person=teen)
    await family.taps(hers, "More", person=teen)
    await hers.becomes(lambda message: "⬅️ Back" in message.labels)
    assert "💬 Groups" not in hers.labels
    group = family.telegram.add_group("The Smiths", [mallory, family.dad, teen])
    for person in (mallory, teen):
        for text in (f"/start@{family.bot.username} share", "/start share", "/car", "/lock"):
            shown = await says_there(group, person, text, NOT_SHARED)
            assert shown.labels == []
    offer = await says_there(group, family.dad, "/car", NOT_SHARED)
    assert offer.labels == ["👥 Share my cars here"]
    await taps_there(group, teen, offer, "Share my cars here", "You may not do that.")
    await taps_there(group, mallory, offer, "Share my cars here", NOT_SHARED)
    assert "Bluey" not in group.transcript()
    shared = await taps_there(group, family.dad, offer, "Share my cars here", "Dad shares Bluey here.")
    await taps_there(group, mallory, shared, "Ask for access", "Mallory, the owner has your request now.")
    await says_there(group, teen, "/lock", "Teen's Lock for Bluey")
    await says_there(group, family.dad, f"/start@{family.bot.username} share", "Dad shares Bluey here.")
    other = await a_group(family, title="Others")
    assert other.find("Dad shares Bluey here.")
    await family.dad.sends_forged(f"here:{family.dad.id}", panel).answered()
    await family.dad.sees("That button is out of date", after=panel)


@pytest.mark.both_databases
async def test_a_group_from_which_the_bot_was_removed_is_no_longer_shared(family: Family) -> None:
    teen = await joins(family, "Teen")
    groups = [await a_group(family, teen, title=title) for title in ("The Smiths", "Others")]
    panel = await says_there(groups[0], teen, "/car", "Bluey")
    for status in ("kicked", "left"):
        groups[0].leaves(family.bot, by=family.dad, status=status)
        await family.restart_bot()
        groups[0].joins(family.bot, by=teen)
        # What dad says there is handled after his removal of the bot; what others say may be handled at the same time.
        await says_there(groups[0], family.dad, "/lock", NOT_SHARED)
        await says_there(groups[0], teen, "/lock", NOT_SHARED)
        await taps_there(groups[0], teen, panel, "Lock", NOT_SHARED)
        await says_there(groups[0], family.dad, "/start share", "Dad shares Bluey here.")
    await says_there(groups[1], teen, "/lock", "Teen's Lock for Bluey")
    await family.settles()
    assert family.car.received == ["doors/lock"]


@pytest.mark.both_databases
async def test_questions_in_a_group_end_when_its_sharing_is_stopped(family: Family) -> None:
    teen = await joins(family, "Teen")
    groups = [await a_group(family, teen, title=title) for title in ("The <Smiths>", "Others")]
    question = await says_there(groups[0], teen, "/unlock", "Unlock Bluey?")
    listed = await family.says("/members", "Who may use your cars")
    await family.taps(listed, "Groups")
    await listed.becomes("Groups that use your cars\n1. The <Smiths>\n2. Others\n")
    await family.taps(listed, "✖️ 1")
    await listed.becomes("Groups that use your cars\n1. Others\n")
    await family.dad.sees("Dad no longer shares cars here.", chat=groups[0])
    await taps_there(groups[0], teen, question, "Unlock", NOT_SHARED)
    await says_there(groups[0], teen, "/lock", NOT_SHARED)
    await says_there(groups[1], teen, "/lock", "Teen's Lock for Bluey")
    await family.taps(listed, "✖️ 1")
    await listed.becomes("Your cars are shared in no group.")
    await family.settles()
    assert family.car.received == ["doors/lock"]


async def test_unlinking_removes_the_car_from_every_group(family: Family) -> None:
    teen = await joins(family, "Teen")
    group = await a_group(family, teen)
    question = await says_there(group, teen, "/unlock", "Unlock Bluey?")
    unlink = await family.says("/unlink", "Unlink this chat?")
    await family.taps(unlink, "Unlink")
    await unlink.becomes("Unlinked.")
    await family.taps(question, "Unlock", person=teen)
    await question.becomes("✖️ Cancelled: Unlock. Nothing was sent.")
    await taps_there(group, teen, question, "Unlock", NOT_SHARED)
    await family.link()
    await says_there(group, teen, "/lock", NOT_SHARED)
    await family.says("/lock", NOTHING_HERE, person=teen)
    await family.settles()
    assert family.car.received == []


# Asking for access


@pytest.mark.both_databases
@pytest.mark.usefixtures("strangers_have_no_limit")
async def test_an_owner_is_asked_for_access_once_and_allows_or_denies_it(family: Family) -> None:
    names = ("Teen", "Grandma", "Mallory", "Eve")
    people = [family.telegram.add_person(name) for name in names]
    group = await a_group(family, *people, title="The <Smiths>")
    panel = await says_there(group, family.dad, "/car", "Bluey")
    requests = []
    for person in people:
        offer = await taps_there(group, person, panel, "Lock", f"{person.first_name}, {NO_ACCESS}")
        assert offer.labels == ["🙋 Ask for access"]
        asked = newest_in(family.dad.private_chat)
        await taps_there(group, person, offer, "Ask for access", "the owner has your request now.")
        requests.append(await family.dad.sees(f"{person.first_name} asks to use your cars", after=asked))
        for _ in range(3):
            await taps_there(group, person, offer, "Ask for access", "the owner was asked already.")
    asked_after = [m for m in group.from_bot if m.id > panel.id]
    assert not [m.text for m in asked_after if "Bluey" in m.text or "Dad" in m.text]
    assert "in the group “The <Smiths>”." in requests[0].text
    listed = await family.says("/members", "Who may use your cars")
    assert [line for line in listed.text.splitlines() if "asks" in line] == [
        f"• {name} asks for access" for name in names
    ]
    assert "⛔ Eve: for good" in listed.labels
    answers = ("🚗 Allow as driver", "🧳 Allow as guest", "✖️ Deny", "⛔ Deny for good")
    told = ("you are in as a driver", "you are in as a guest", "the owner says no", "the owner says no")
    for person, request, answer, says in zip(people, requests, answers, told, strict=True):
        assert tuple(request.labels) == answers
        newest = newest_in(group)
        await family.taps(request, answer)
        await person.sees(f"{person.first_name}, {says}", chat=group, after=newest)
    newest = newest_in(family.dad.private_chat)
    await family.taps(listed, "Eve: driver")
    await family.dad.sees("That request is answered already.", after=newest)
    await _check_access_after_answers(family, group, people)


async def _check_access_after_answers(family: Family, group: Group, people: list[Person]) -> None:
    """The driver and the guest act here and in their own chats; after a day a denied person may ask once more."""
    teen, grandma, mallory, eve = people
    await says_there(group, teen, "/codes P0106", "P0106")
    await says_there(group, grandma, "/codes P0106", "You may not do that.")
    for person in (teen, grandma):
        await says_there(group, person, "/lock", f"{person.first_name}'s Lock for Bluey")
        await family.says("/lock", f"{person.first_name}'s Lock for Bluey", person=person)
    offers = [await says_there(group, person, "/lock", NO_ACCESS) for person in (mallory, eve)]
    for person, offer in zip((mallory, eve), offers, strict=True):
        await taps_there(group, person, offer, "Ask for access", "the owner was asked already.")
    family.clock.advance(24 * HOUR)
    newest = newest_in(family.dad.private_chat)
    await taps_there(group, eve, offers[1], "Ask for access", "the owner was asked already.")
    await taps_there(group, mallory, offers[0], "Ask for access", "has your request now.")
    again = await family.dad.sees("Mallory asks to use your cars", after=newest)
    assert family.dad.private_chat.find("Eve asks", after=newest) is None
    await family.taps(again, "Deny for good")
    await again.becomes("Mallory is not let in.")
    await removed(family, "Teen")
    offer = await says_there(group, teen, "/lock", NO_ACCESS)
    await taps_there(group, teen, offer, "Ask for access", "has your request now.")
    await joins(family, "Teen", person=teen)
    assert "asks for access" not in (await family.says("/members", "Who may use your cars")).text
    await family.settles()
    assert family.car.received == ["doors/lock"] * 4


async def test_forged_requests_reach_no_owner(family: Family) -> None:
    """The id of an owner is not secret, and a modified app can send any request from anywhere."""
    mallory = family.telegram.add_person("Mallory")
    teen = await joins(family, "Teen")
    group = await a_group(family, teen, mallory)
    other = family.telegram.add_group("Others", [mallory])
    hello = await family.says("/start", "connect your DIMO account", person=mallory)
    elsewhere = await says_there(other, mallory, "/lock", NOT_SHARED)
    newest = newest_in(family.dad.private_chat)
    for message in (hello, elsewhere):
        await mallory.sends_forged(f"ask:{family.dad.id}", message).answered()
        await mallory.sends_forged(f"answer:{mallory.id}:driver", message).answered()
        await mallory.sends_forged(f"here:{family.dad.id}", message).answered()
    here = await says_there(group, mallory, "/lock", NO_ACCESS)
    await mallory.sends_forged(f"answer:{mallory.id}:driver", here).answered()
    await mallory.sends_forged(f"ask:{mallory.id}", here).answered()
    await taps_there(group, teen, here, "Ask for access", "You can use that car already.")
    await taps_there(group, family.dad, here, "Ask for access", "You can use that car already.")
    await says_there(group, mallory, "/privacy", "What I keep")
    assert family.dad.private_chat.find(lambda _: True, after=newest) is None
    assert "asks" not in (await family.says("/members", "Who may use your cars")).text


async def test_a_request_that_could_not_be_delivered_is_in_the_list_of_members(family: Family) -> None:
    teen = family.telegram.add_person("Teen")
    group = await a_group(family, teen)
    offer = await says_there(group, teen, "/lock", NO_ACCESS)
    blocked = family.telegram.fails_always(
        "sendMessage", BLOCKED, when=lambda params: params.get("chat_id") == family.dad.id
    )
    await taps_there(group, teen, offer, "Ask for access", "the owner has your request now.")
    blocked.end()
    listed = await family.says("/members", "Teen asks for access")
    await family.taps(listed, "Teen: guest")
    await listed.becomes("Teen may use your cars as a guest.")
    await says_there(group, teen, "/lock", "Teen's Lock for Bluey")


async def test_a_forged_answer_leaves_a_request_open(family: Family) -> None:
    teen = family.telegram.add_person("Teen")
    group = await a_group(family, teen)
    offer = await says_there(group, teen, "/lock", NO_ACCESS)
    await taps_there(group, teen, offer, "Ask for access", "the owner has your request now.")
    request = await family.dad.sees("Teen asks to use your cars")
    for answer in ("allowed", "open", "owner"):
        newest = newest_in(family.dad.private_chat)
        await family.dad.sends_forged(f"answer:{teen.id}:{answer}", request).answered()
        await family.dad.sees("That button is out of date", after=newest)
    await says_there(group, teen, "/lock", NO_ACCESS)
    await family.taps(request, "Allow as guest")
    await request.becomes("Teen may use your cars as a guest.")


# Acting


async def test_only_the_asker_confirms_and_every_member_can_cancel(family: Family) -> None:
    teen, grandma = (
        await joins(family, "Teen"),
        await joins(family, "Grandma", role="Guest", length="1 hour"),
    )
    mallory = family.telegram.add_person("Mallory")
    group = await a_group(family, teen, grandma, mallory)
    question = await says_there(group, teen, "/unlock", "Unlock Bluey?")
    assert "Teen has 60 seconds to confirm" in question.text
    for person in (family.dad, grandma):
        answer = await person.taps(question, "Unlock").answered()
        assert "Only the person who asked can confirm this." in (answer.text or "")
    for button in ("Unlock", "Cancel"):
        await taps_there(group, mallory, question, button, f"Mallory, {NO_ACCESS}")
    assert question.text.startswith("🔓 Unlock Bluey?")
    await family.taps(question, "Unlock", person=teen)
    await question.becomes("Teen's Unlock for Bluey")
    for person in (grandma, family.dad, teen):
        another = await says_there(group, teen, "/unlock", "Unlock Bluey?")
        await family.taps(another, "Cancel", person=person)
        await another.becomes(f"✖️ Cancelled by {person.first_name}: Unlock. Nothing was sent.")
    last = await says_there(group, teen, "/unlock", "Unlock Bluey?")
    family.clock.advance(HOUR)
    await taps_there(group, grandma, last, "Cancel", f"Grandma, {NO_ACCESS}")
    await says_there(group, grandma, "/lock", f"Grandma, {NO_ACCESS}")
    await family.settles()
    assert family.car.received == ["doors/unlock"]


async def test_invitations_members_and_linking_are_refused_in_a_group(family: Family) -> None:
    group = await a_group(family)
    for command in ("/invite", "/members", "/link", "/unlink"):
        shown = await says_there(group, family.dad, command, "private chat")
        assert shown.labels == ["💬 Open the private chat"]
    panel = await says_there(group, family.dad, "/car", "Bluey")
    assert "Members" not in " ".join(panel.labels)
    for data in (
        "members:0",
        "as:driver",
        "i:guest:always",
        "invitations",
        f"p:{family.dad.id}",
        "link",
        "again",
    ):
        newest = newest_in(group)
        await family.dad.sends_forged(data, panel).answered()
        shown = await family.dad.sees("private chat", chat=group, after=newest)
        assert "login" not in str(shown.buttons)


async def test_in_privacy_mode_the_bot_only_answers_what_is_meant_for_it(
    family: Family,
) -> None:
    """It gets commands, taps, and replies to its own messages, and nothing else of a group."""
    teen = await joins(family, "Teen")
    group = await a_group(family, teen)
    assert not family.bot.flags["can_read_all_group_messages"]
    codes = await says_there(group, teen, "/codes", "error codes")
    wanted = await taps_there(group, teen, codes, "Enter codes", "Teen, which error codes of Bluey?")
    assert wanted.asks_reply
    quiet = len(group.from_bot)
    teen.says("P0106 is what it says", chat=group)
    teen.says("P0106", chat=group)
    teen.says("/lock@another_bot", chat=group)
    said = teen.says("P0106", chat=group, reply_to=wanted)
    await teen.sees("P0106", chat=group, after=said)
    assert len(group.from_bot) == quiet + 1
    teen.says("thank you", chat=group, reply_to=wanted)
    await says_there(group, teen, f"/lock@{family.bot.username}", "Teen's Lock for Bluey")
    assert len(group.from_bot) == quiet + 2


@pytest.mark.parametrize("hears_all", [False, True])
async def test_commands_of_other_bots_are_ignored(family: Family, hears_all: bool) -> None:
    """Telegram sends a command without a bot's name to all bots of a group, and every message to some bots."""
    teen = await joins(family, "Teen")
    group = await a_group(family, teen)
    family.bot.flags["can_read_all_group_messages"] = hears_all
    quiet = len(group.from_bot)
    for text in ("/roll 6", "/lock@another_bot", "/unlock@another_bot now"):
        teen.says(text, chat=group)
    await says_there(group, teen, "/roll@DIMO_FAMILY_BOT", "I don't know that command.")
    assert len(group.from_bot) == quiet + 1
    await family.says("/roll", "I don't know that command.", person=teen)
    assert family.car.received == []


async def test_senders_that_are_no_persons_are_refused(family: Family) -> None:
    """An anonymous admin, the linked channel, an automatically forwarded post of a channel, and other bots."""
    reason = "I obey people, not channels, bots or anonymous admins."
    group = await a_group(family)
    said = family.dad.says("/lock", chat=group, anonymously=True)
    await family.dad.sees(reason, chat=group, after=said)
    channel = {"id": -1001234567890, "title": "News", "type": "channel"}
    for sender, extra in (
        (User(136817688, "Channel", username="Channel_Bot", is_bot=True), {"sender_chat": channel}),
        (User(777000, "Telegram"), {"sender_chat": channel, "is_automatic_forward": True}),
        (User(6_000_000_001, "Another bot", is_bot=True), {}),
    ):
        entity = {"type": "bot_command", "offset": 0, "length": 5}
        message = group.add(sender, Version("/lock", [entity]), family.clock.now(), extra=extra)
        family.bot.send_message_update("message", message)
        await family.dad.sees(reason, chat=group, after=message)
    offer = await says_there(group, family.dad, "/car", "Bluey")
    tap = Person(6_000_000_001, "Another bot", first_bot=lambda: family.bot, is_bot=True).taps(offer, "Lock")
    assert (await tap.answered()).text == f"{reason} Next: send it as yourself." or reason in str(tap.answer)
    await family.settles()
    assert family.car.received == []


async def test_in_a_group_of_two_families_everybody_uses_the_cars_they_may_use(family: Family) -> None:
    mum, kitt = await family.add_relative("Mum", "Kitt")
    teen, mallory = await joins(family, "Teen"), family.telegram.add_person("Mallory")
    group = await a_group(family, teen, mum, mallory)
    bluey = await says_there(group, family.dad, "/car", "Bluey")
    lock = f"a:lock:{family.car.token_id}"
    newest = newest_in(group)
    await family.taps(bluey, "Lock", person=mum)
    offer = await mum.sees(f"Mum, {NO_ACCESS}", chat=group, after=newest)
    assert offer.labels == ["🙋 Ask for access", "👥 Share my cars here"]
    assert "Bluey" not in offer.text
    await taps_there(group, mum, offer, "Ask for access", "the owner has your request now.")
    await family.taps(await family.dad.sees("Mum asks to use your cars"), "Allow as driver")
    await mum.sees("you are in as a driver", chat=group)
    await taps_there(group, mum, offer, "Share my cars here", "Mum shares Kitt here.")
    choice = await says_there(group, mum, "/cars", "Which car?")
    assert {"🚗 Bluey", "🚗 Kitt"} <= set(choice.labels)
    await family.taps(choice, "Kitt", person=mum)
    await choice.becomes("🚗 Kitt")
    await says_there(group, mum, "/lock", "Mum's Lock for Kitt")
    newest = newest_in(group)
    await mum.sends_forged(lock, bluey).answered()
    await mum.sees("Mum's Lock for Bluey", chat=group, after=newest)
    # Mum has chosen Kitt here, for herself.
    await says_there(group, teen, "/lock", "Teen's Lock for Bluey")
    offer = await taps_there(group, teen, choice, "Lock", f"Teen, {NO_ACCESS}")
    assert offer.labels == ["🙋 Ask for access"]
    question = await taps_there(group, mum, choice, "Unlock", "Unlock Kitt?")
    for button in ("Cancel", "Unlock"):
        await taps_there(group, teen, question, button, f"Teen, {NO_ACCESS}")
    assert question.text.startswith("🔓 Unlock Kitt?")
    await taps_there(group, teen, offer, "Ask for access", "the owner has your request now.")
    await mum.sees("Teen asks to use your cars")
    offer = await says_there(group, mallory, "/lock", NO_ACCESS)
    assert offer.labels == ["🙋 Ask owner 1 for access", "🙋 Ask owner 2 for access"]
    for number, owner in (("1", family.dad), ("2", mum)):
        await taps_there(group, mallory, offer, f"owner {number}", "the owner has your request now.")
        await owner.sees("Mallory asks to use your cars")
    await family.settles()
    assert family.car.received == ["doors/lock"] * 2
    assert kitt.received == ["doors/lock"]


# Moving


@pytest.mark.both_databases
@pytest.mark.parametrize("is_told", [True, False], ids=["told", "learned on sending"])
async def test_a_group_that_becomes_a_supergroup_keeps_everything(family: Family, is_told: bool) -> None:
    """Also while questions are open, and if the bot only learns of it when it writes to the group."""
    other_car = family.account.add_car(name="Muffin")
    family.dimo.share(other_car, family.license, permissions={1, 2})
    await family.link()
    teen = await joins(family, "Teen")
    group = await a_group(family, teen)
    panel = await says_there(group, teen, "/cars", "Which car?")
    await family.taps(panel, "Muffin", person=teen)
    await panel.becomes("Muffin")
    confirmed = await says_there(group, teen, "/unlock", "Unlock Muffin?")
    expiring = await says_there(group, teen, "/frunk", "Open Muffin's frunk?")
    if not is_told:
        family.bot.updates.allow(["callback_query", "my_chat_member"])
    moved = group.becomes_supergroup()
    if not is_told:
        family.bot.updates.allow(["message", "callback_query", "my_chat_member"])
    await family.taps(confirmed, "Unlock", person=teen)
    await teen.sees("Teen's Unlock for Muffin", chat=moved)
    await says_there(moved, teen, "/lock", "Teen's Lock for Muffin")
    newest = newest_in(moved)
    await family.taps(panel, "Lock", person=teen)
    await teen.sees("Teen's Lock for Muffin", chat=moved, after=newest)
    await family.restart_bot()
    newest = newest_in(moved)
    await family.taps(panel, "Lock", person=teen)
    await teen.sees("Teen's Lock for Muffin", chat=moved, after=newest)
    family.clock.advance(61)
    await family.settles()
    assert other_car.received == ["doors/unlock", "doors/lock", "doors/lock", "doors/lock"]
    assert expiring.text.startswith("📦 Open Muffin's frunk?")


async def test_actions_go_on_when_their_group_becomes_a_supergroup(family: Family) -> None:
    """One waits for DIMO, the other for its turn; each is shown in one message of the new group."""
    teen, gate = await joins(family, "Teen"), asyncio.Event()
    group = await a_group(family, teen)
    family.car.fail_next(slow(gate))
    panel = await says_there(group, teen, "/charge", "Start or stop charging")
    await family.taps(panel, "Stop", person=teen)
    await family.dimo.wait_arrived("devices", "command")
    queued = await says_there(group, teen, "/unlock", "Unlock Bluey?")
    await family.taps(queued, "Unlock", person=teen)
    await family.clock.until_somebody_sleeps(0.5)
    family.clock.advance(0.5)
    await queued.becomes("It waits for the command before it.")
    moved = group.becomes_supergroup()
    await says_there(moved, teen, "/status", "Bluey")
    gate.set()
    confirming = asyncio.ensure_future(teen.sees("Confirmed: 🔓 Teen unlocked Bluey", chat=moved))
    while not (await asyncio.wait({confirming}, timeout=0.05))[0]:
        family.clock.advance(0.25)
    assert (await confirming).texts[0].startswith("📨 Accepted: 🔓 Teen's Unlock")
    assert family.car.received == ["charge/stop", "doors/unlock"]
    for words in ("unlocked Bluey", "Stop charging for Bluey"):
        assert len([message for message in moved.from_bot if words in message.text]) == 1

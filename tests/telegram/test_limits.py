"""Telegram's limits on messages, as rules: the moment at which the next call may begin."""

import random

import pytest

from bot.domain.ids import ChatId
from bot.telegram.transport import limits
from bot.telegram.transport.limits import Bucket, Limits, Rate, Usage, Window

DAD, MUM, GROUP = ChatId(7), ChatId(8), ChatId(-9)


def sent(usage: Usage, chat: ChatId, count: int, now: float = 0.0) -> None:
    """Send messages that arrive at once."""
    for _ in range(count):
        usage.begin(chat)
        usage.end(chat, now)


def free_at(usage: Usage, chat: ChatId, now: float = 0.0, *, can_wait: bool = False) -> float | None:
    overall = usage.free_at(now, can_wait=can_wait)
    here = usage.free_in_chat_at(chat, now, can_wait=can_wait)
    return None if overall is None or here is None else max(overall, here)


def test_a_burst_to_a_person_passes_at_once_and_then_it_is_one_a_second() -> None:
    usage = Usage(Limits(overall=Rate(1000, 1.0)))
    sent(usage, DAD, 30, 100.0)
    for second in range(101, 110):
        assert free_at(usage, DAD, second - 0.5) == second
        sent(usage, DAD, 1, second)
    assert free_at(usage, DAD, 109.0) == 110.0
    assert free_at(usage, MUM, 109.0) == 109.0
    assert free_at(usage, DAD, 150.0) == 150.0


def test_a_clock_that_is_set_back_does_not_stretch_a_burst() -> None:
    usage = Usage(Limits(overall=Rate(1000, 1.0)))
    sent(usage, DAD, 30, 5000.0)
    assert free_at(usage, DAD, 100.0) == 101.0
    assert free_at(usage, DAD, 101.0) == 101.0


def test_a_burst_under_way_counts_until_it_has_ended() -> None:
    bucket = Bucket(Rate(2, 2.0), under_way=2)
    assert bucket.free_at(bucket.rate, 50.0, can_wait=False) is None
    bucket.end(60.0)
    assert bucket.free_at(bucket.rate, 60.0, can_wait=False) == 61.0


def test_a_group_gets_twenty_messages_a_minute() -> None:
    usage = Usage(Limits())
    sent(usage, GROUP, 20)
    assert free_at(usage, GROUP, 59) == 60
    assert free_at(usage, GROUP, 60) == 60


def test_all_chats_together_get_thirty_messages_a_second() -> None:
    usage = Usage(Limits())
    for number in range(30):
        assert free_at(usage, ChatId(number + 1), 0.5) == 0.5
        sent(usage, ChatId(number + 1), 1, 0.5)
    assert free_at(usage, ChatId(99), 0.6) == 1.5


@pytest.mark.parametrize(("chat", "most"), [(DAD, 30), (GROUP, 20)])
def test_a_quarter_is_kept_for_what_can_not_wait(chat: ChatId, most: int) -> None:
    usage = Usage(Limits())
    sent(usage, chat, most - most // 4)
    assert free_at(usage, chat, can_wait=True) != 0
    assert free_at(usage, chat) == 0
    sent(usage, chat, most // 4)
    assert free_at(usage, chat) != 0


def test_a_call_under_way_counts_until_it_has_ended() -> None:
    rate, window = Rate(2, 1.0), Window(under_way=2)
    assert window.free_at(rate, 50.0, can_wait=False) is None
    window.end(60.0)
    assert window.free_at(rate, 60.5, can_wait=False) == 61.0


def test_a_clock_that_is_set_back_does_not_stretch_a_limit() -> None:
    rate, window = Rate(1, 1.0), Window(under_way=1)
    window.end(5000.0)
    assert window.free_at(rate, 100.0, can_wait=False) == 100.0


@pytest.mark.parametrize("seed", range(20))
def test_no_window_of_telegram_gets_too_many_however_long_the_calls_take(seed: int) -> None:
    """A call reaches Telegram at any moment between its begin and its end."""
    chance = random.Random(seed)  # noqa: S311 - the same chances at every run
    rate, window = Rate(5, 1.0), Window()
    now, under_way, arrivals = 0.0, list[float](), list[float]()
    while len(arrivals) < 200:
        free = window.free_at(rate, now, can_wait=False)
        if free is not None and free <= now:
            window.under_way += 1
            lasts = chance.choice((0.001, 0.2, 3.0))
            arrivals.append(now + chance.random() * lasts)
            under_way = sorted([*under_way, now + lasts])
        else:
            now = min([*under_way[:1], *([] if free is None else [free])])
            while under_way and under_way[0] <= now:
                window.end(under_way.pop(0))
    arrivals.sort()
    assert all(later - first >= rate.seconds for first, later in zip(arrivals, arrivals[rate.most :], strict=False))


def test_two_processes_together_send_no_more_than_one_may() -> None:
    whole, one, other = Limits(), Limits().share(limits.POLLING_SHARE), Limits().share(limits.STANDING_BY_SHARE)
    for name in ("overall", "private", "group"):
        both = getattr(one, name).most + getattr(other, name).most
        assert getattr(whole, name).most - 1 <= both <= getattr(whole, name).most


def test_nothing_is_kept_about_chats_that_nothing_was_sent_to_lately() -> None:
    usage = Usage(Limits())
    for number in range(1, 1001):
        sent(usage, ChatId(number), 1)
    sent(usage, DAD, 1, 100.0)
    sent(usage, ChatId(5000), 1, 100.0)
    assert set(usage._chats) == {DAD, ChatId(5000)}

from tests.world import Family


async def test_lock_is_accepted_and_confirmed(family: Family) -> None:
    """One tap, one command, and the car's own word for it."""
    family.car.change(locked=False)
    accepted = await family.says("/lock", "Accepted")
    await family.look()
    await accepted.becomes("Confirmed: Bluey is locked")
    assert family.car.received == ["doors/lock"]


async def test_unlock_asks_first(family: Family) -> None:
    q = await family.says("/unlock", "Unlock Bluey?")
    assert family.car.received == []
    await family.taps(q, "Unlock")
    await q.becomes("Accepted")
    await family.look()
    await q.becomes("Confirmed: Bluey is unlocked")
    assert family.car.received == ["doors/unlock"]

import asyncio
from pathlib import Path

from bot.demo.dimo.faults import slow
from tests.support.use_cases import HOME, a_process, a_town


async def test_a_report_that_arrives_after_an_unlinking_is_not_remembered(tmp_path: Path) -> None:
    town = a_town(str(tmp_path))
    async with a_process(town) as process:
        status, answers = process.services.shared.status, asyncio.Event()
        await status.look(HOME, town.car_id)
        assert status.remembered(HOME, town.car_id) is not None
        town.dimo.fail("telemetry", "query", slow(answers))
        look = asyncio.create_task(status.look(HOME, town.car_id))
        await town.dimo.wait_arrived("telemetry", "query", 2)
        await process.services.account.unlinking.forget_unlinked(HOME)
        answers.set()
        await look
        assert status.remembered(HOME, town.car_id) is None

import asyncio
import subprocess
import sys

import pytest

from bot.dimo.signing import BadApiKey, address_of, sign_personal_message

KEY = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
ADDRESS = "0x2c7536e3605d9c16a7a3d7b1898e529396a65c23"
# Made with web3.js 1.x: web3.eth.accounts.sign("Some data", "0x" + KEY).
SIGNATURE = (
    "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd"
    "6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c"
)


async def test_a_text_is_signed_as_an_ethereum_personal_message() -> None:
    assert await sign_personal_message("Some data", "0x" + KEY) == SIGNATURE


async def test_a_key_names_its_address_with_and_without_0x() -> None:
    assert await address_of(KEY) == ADDRESS


@pytest.mark.parametrize("key", ["", "secret", KEY[:-1], KEY + "0", "0x", KEY + "\n", "g" * 64])
async def test_text_that_is_no_key_is_refused_without_a_child_and_without_being_quoted(key: str) -> None:
    with pytest.raises(BadApiKey) as caught:
        await address_of(key)
    assert len(key) < 4 or key not in repr(caught.value)


async def test_a_number_that_is_no_private_key_is_refused() -> None:
    with pytest.raises(BadApiKey):
        await address_of("0" * 64)


@pytest.mark.parametrize("turns", range(8))
async def test_signing_ends_with_its_loop_at_any_moment(turns: int) -> None:
    """The end of a loop cancels every task, asyncio's own too; a process that is just starting must not hold it up."""
    signing = asyncio.create_task(sign_personal_message("Some data", KEY))
    for _ in range(turns):
        await asyncio.sleep(0)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await asyncio.wait({signing}, timeout=5)
    assert signing.cancelled()


def test_the_client_does_not_import_eth_account() -> None:
    program = "import sys, bot.dimo.client; print([m for m in sys.modules if m.startswith('eth')])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - our own program
    assert done.stdout.strip() == "[]"

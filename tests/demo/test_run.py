"""The whole demo with the real bot, used over the page's HTTP without a browser."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.demo.app.bot_process import spawn
from bot.demo.app.lifecycle import running_demo
from bot.demo.run import main
from bot.demo.sockets import listening_socket
from tests.support.demo_process import running
from tests.support.demo_simulation import restored
from tests.support.page_client import PageClient

LISTENS = "0A"
"""TCP's state LISTEN, as Linux writes it."""


async def test_a_bot_that_is_killed_during_a_command_says_unknown_after_its_restart(tmp_path: Path) -> None:
    """Before that, a skip of the clock ends a question, and DIMO is slowed down."""
    with listening_socket() as bound:
        async with running_demo(bound, spawn(), tmp_path, keeps=False) as (address, home), PageClient(address) as page:
            await page.links()
            await page.do("say", person="owner", chat=page.anna, text="/lock")
            await page.until(lambda: len(page.car["received"]) == 1)
            await page.says("/unlock", "Unlock Bluey?")
            await page.do("skip", seconds=60)
            await page.sees("Expired")
            question = await page.says("/frunk", "'s frunk?")
            await page.do("trouble", kind="dimo_seconds", to=20)
            await page.taps(question, "Open frunk")
            await page.sees("Sending")
            await page.until(lambda: page.parts["calls"]["waiting"].get("devices command"))
            await page.do("kill")
            await page.until(lambda: page.parts["bot"]["state"] == "killed")
            await page.do("trouble", kind="dimo_seconds", to=0)
            await page.do("start")
            await page.sees("Unknown")
            await page.do("skip", seconds=30)
            await page.until(lambda: len(page.car["received"]) == 2)
            await page.do("skip", seconds=2)
            await page.until(lambda: page.car["frunk_open"])
            assert [one["command"] for one in page.car["received"]] == ["doors/lock", "frunk/open"]
            await page.until(lambda: page.parts["bot"]["state"] == "listening")
            assert page.parts["bot"] == {"state": "listening", "starts": 2, "complaints": []}
            assert home.violations == []


async def test_the_demo_listens_on_the_loopback_only_and_ctrl_c_ends_all_of_it(tmp_path: Path) -> None:
    """No process is left over, and the chat is saved in the given folder."""
    kept = tmp_path / "kept"
    async with running("--port", "0", "--data", str(kept)) as (process, address):
        async with PageClient(address) as page:
            await page.says("/start", "I work your car")
            said = [message["text"] for message in page.messages()]
        family = [process.pid, *children_of(process.pid)]
        addresses = {address for pid in family for address in listening(pid)}
        assert addresses == {"0100007F"}, "127.0.0.1, as Linux writes it"
        process.send_signal(signal.SIGINT)
        out, err = await process.communicate()
    assert (process.returncode, err.decode(), out.decode()) == (0, "", "Stopping ...\n")
    assert not [pid for pid in family if is_alive(pid)]
    assert kept.stat().st_mode & 0o077 == 0
    again = restored(kept)
    assert [message.text for message in again.people["owner"].private_chat.messages] == said


def children_of(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()]


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def listening(pid: int) -> Iterator[str]:
    """Yield the addresses, in hex, on which a process listens."""
    ours = {str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir() if entry.is_symlink()}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENS and f"socket:[{fields[9]}]" in ours:
                yield fields[1].partition(":")[0]


def test_a_port_in_use_is_reported_with_another_one(capsys: pytest.CaptureFixture[str]) -> None:
    with listening_socket() as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    assert capsys.readouterr().err.startswith(f"Port {port} is taken. Choose another: python -m bot demo --port ")

"""Sign with the license's API key, as an Ethereum personal message (EIP-191).

eth-account costs a second and 20 MB to import, and a sign-in happens once in days: it runs in a child process
that lives for one signature. Key and text go in by stdin, so that no list of processes shows them.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_KEY = re.compile(r"(?:0x)?[0-9a-fA-F]{64}")
_SECONDS = 30.0


class SigningFailed(Exception):
    """The text could not be signed."""


class BadApiKey(SigningFailed):
    """The API key is no private key; the error never holds it."""

    def __init__(self) -> None:
        super().__init__("The API key is not a private key of 64 hex digits.")


async def sign_personal_message(text: str, api_key: str) -> str:
    """Sign a text: 0x and 65 bytes in hex; raises BadApiKey or SigningFailed."""
    return (await _ask_child(api_key, text))["signature"]


async def address_of(api_key: str) -> str:
    """Name the address that an API key signs for (0x, lower case); raises BadApiKey or SigningFailed."""
    return (await _ask_child(api_key, None))["address"]


async def _ask_child(api_key: str, text: str | None) -> dict[str, str]:
    if not _KEY.fullmatch(api_key):
        raise BadApiKey
    question = json.dumps({"key": api_key, "text": text}).encode()
    try:
        answer: dict[str, str] = json.loads(await _run_child(question))
    except ValueError as error:
        raise SigningFailed("The signing process failed. Is eth-account installed?") from error
    if "error" in answer:
        raise BadApiKey
    return answer


async def _run_child(question: bytes) -> bytes:
    child = _Child()
    try:
        async with asyncio.timeout(_SECONDS):
            return await asyncio.to_thread(child.ask, question)
    except TimeoutError as error:
        raise SigningFailed("The signing process took too long.") from error
    finally:
        child.give_up()


class _Child:
    """A process that answers one question, waited for in a thread.

    Not one of asyncio's: in Python 3.11 a loop that ends while such a process is being started waits for ever.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._is_given_up = False

    def ask(self, question: bytes) -> bytes:
        """Return the answer; an empty one if the child was given up. Blocks."""
        with self._lock:
            if self._is_given_up:
                return b""
            process = self._process = subprocess.Popen(
                [sys.executable, "-m", "bot.dimo.signing"],
                cwd=_ROOT,
                env={**os.environ, "PYTHONPATH": str(_ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return process.communicate(question)[0]

    def give_up(self) -> None:
        """End the child, and with it the thread that waits for it. Does nothing after its answer."""
        with self._lock:
            self._is_given_up = True
            if self._process is not None:
                self._process.kill()


def _answer(question: str) -> dict[str, str]:
    """Do the child's work; a failure is told in one word, as eth-account's own texts may hold the key."""
    from eth_account import Account
    from eth_account.messages import encode_defunct

    asked = json.loads(question)
    try:
        account = Account.from_key(asked["key"])
    except Exception:  # noqa: BLE001 - whatever it is, the key is at fault and must not be told
        return {"error": "key"}
    answer = {"address": str(account.address).lower()}
    if asked["text"] is not None:
        signed = account.sign_message(encode_defunct(text=asked["text"]))
        answer["signature"] = "0x" + bytes(signed.signature).hex()
    return answer


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_answer(sys.stdin.read())))

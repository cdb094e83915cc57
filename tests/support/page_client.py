"""A client of the demo's page server, in place of the page in a browser."""

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx

SECONDS = 40

Parts = Mapping[str, Any]


class PageClient:
    """Follows the stream of changes, and requests the actions of people."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._http = httpx.AsyncClient(base_url=address, headers={"origin": address}, timeout=SECONDS)
        self.parts: dict[str, Any] = {}
        self._changed = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "PageClient":
        self._following = asyncio.create_task(self._follow())
        await self.until(lambda: "world" in self.parts)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._following is not None
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)
        await self._http.aclose()

    async def _follow(self) -> None:
        async with self._http.stream("GET", "/api/events") as events:
            async for line in events.aiter_lines():
                if line.startswith("data: "):
                    change = json.loads(line[6:])
                    self.parts |= change["parts"]
                    for name in change["gone"]:
                        del self.parts[name]
                    self._changed.set()

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(SECONDS):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def do(self, action: str, **body: object) -> Any:
        answer = await self._http.post(f"/api/do/{action}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @property
    def anna(self) -> int:
        return int(self.parts["world"]["people"][0]["id"])

    @property
    def car(self) -> Parts:
        return next(part for name, part in self.parts.items() if name.startswith("car/"))

    def messages(self) -> list[Any]:
        found = [part for name, part in self.parts.items() if name.startswith(f"message/{self.anna}/")]
        return sorted(found, key=lambda message: int(message["id"]))

    def newest_message(self) -> int:
        """Return the number of the newest message of any chat."""
        return max(int(part["id"]) for name, part in self.parts.items() if name.startswith("message/"))

    async def sees(self, text: str) -> Any:
        await self.until(lambda: any(text in message["text"] for message in self.messages()))
        return next(message for message in reversed(self.messages()) if text in message["text"])

    async def says(self, text: str, answer: str) -> Any:
        await self.do("say", person="owner", chat=self.anna, text=text)
        return await self.sees(answer)

    async def taps(self, message: Any, label: str) -> None:
        (data,) = [one["data"] for row in message["keyboard"] for one in row if label in one["text"]]
        await self.do("tap", person="owner", chat=self.anna, message=message["id"], data=data)

    async def links(self) -> None:
        """Link Anna's account and share her first car on the simulated sign-in page."""
        offer = await self.says("/link", "Connect your DIMO account")
        page = await self.do("open", person="owner", url=offer["keyboard"][0][0]["url"])
        assert page["shows"] == "login"
        shared = [car["id"] for car in page["accounts"]["owner"]][:1]
        landed = await self.do("sign-in", person="owner", url=page["url"], cars=shared)
        await self.says(landed["landing"], "is linked until")

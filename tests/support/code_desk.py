"""The use cases of error codes for dad and his car, without Telegram."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bot.demo.dimo.faults import Fault
from bot.domain.code_history import CodeQuery, CodesView
from bot.domain.ids import CodeQueryId
from bot.domain.refusals import Reason
from bot.service.codes.requests import AskedToClear
from tests.support.dimo_setting import signing_key
from tests.support.use_cases import Process, Town, a_process, a_town, an_ask

OWN_DEVICE = ("codes", "submit_codes", "clear_codes")
BY_TOKEN_ID = ("vehicle_codes", "submit_vehicle_codes", "clear_vehicle_codes")
"""DIMO's operations in its two forms: the history, the explanation, the clearing."""


@dataclass(frozen=True)
class Desk:
    """Dad's requests about the codes of his car, and DIMO's operations in the form that is used."""

    town: Town
    process: Process
    listing: str
    submitting: str
    clearing: str

    @property
    def at_dimo(self) -> list[tuple[str, ...]]:
        """The codes in DIMO's history, newest first."""
        return [tuple(code for code, _ in query.codes) for query in self.town.car.code_queries]

    def arrived(self, operation: str) -> int:
        return self.town.dimo.arrived["devices", operation]

    def fail(self, operation: str, fault: Fault) -> None:
        self.town.dimo.fail("devices", operation, fault, times=None)

    @property
    def asked(self) -> list[str]:
        """The requests about codes, and about devices with a valid token, in order."""
        return [
            call.operation
            for call in self.town.dimo.calls
            if call.operation in (*OWN_DEVICE, *BY_TOKEN_ID) or (call.operation == "my_devices" and call.status != 401)
        ]

    def heal(self) -> None:
        self.town.dimo.heal("devices")

    async def submit(self, codes: str) -> CodeQuery:
        """Look up codes; returns the query when nothing works on it any more."""
        view = await self.process.services.codes.requests.submit(an_ask(), codes)
        assert isinstance(view, CodesView)
        return await self.ended(view)

    async def send_again(self, query: CodeQueryId) -> CodeQuery:
        view = await self.process.services.codes.requests.send(an_ask(), self.town.car_id, query)
        assert view is not None
        return await self.ended(view)

    async def clear(self) -> CodeQuery:
        """Confirm the clearing of the newest codes; returns the query when nothing works on it any more."""
        asked = await self.process.services.codes.requests.ask_to_clear(an_ask())
        assert isinstance(asked, AskedToClear)
        await self.process.services.confirmation.confirm(an_ask(), asked.prompt.id, message=None)
        return await self.ended(asked.view)

    async def look(self) -> Reason | None:
        """Look at the codes when DIMO's history is old enough to be requested again."""
        self.town.clock.advance(31)
        codes = self.process.services.codes.requests
        return await codes.refresh(await codes.view(an_ask()))

    async def ended(self, view: CodesView) -> CodeQuery:
        """Return a query when nothing works on it any more."""
        assert view.query is not None
        await self.process.rests()
        query = (await self.process.services.codes.requests.view(an_ask(), view.car, view.query.id)).query
        assert query is not None
        return query


@asynccontextmanager
async def a_desk(url: str, key: str, *, form: tuple[str, str, str] = OWN_DEVICE) -> AsyncIterator[Desk]:
    """Run a process for a car that DIMO knows in this form."""
    town = a_town("", signing_key=signing_key(), DATABASE_URL=url, ENCRYPTION_KEYS=key)
    town.car.minted = form is OWN_DEVICE
    async with a_process(town) as process:
        yield Desk(town, process, *form)

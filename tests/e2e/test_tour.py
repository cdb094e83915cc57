"""The guided tour, done as its steps say: the page notices when each of them is done.

In one step the bot is killed during a command: afterwards it says Unknown, and sends nothing again.
"""

import pytest
from playwright.async_api import Locator, expect

from tests.support.chromium import PHONE
from tests.support.demo_visit import Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEVICE = PHONE


class Guide:
    """Follows the tour: uses its buttons, waits until it says Done, and turns to the next step."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    @property
    def _tour(self) -> Locator:
        return self._visit.page.get_by_role("region", name="Tour", exact=True)

    async def finds(self, title: str) -> None:
        """Check which step it is."""
        await self._visit.turns_to("Tour")
        await self._tour.get_by_role("heading", name=title, exact=True).wait_for()

    async def helps(self, label: str) -> None:
        """Tap the button of the step with this label."""
        await self._visit.turns_to("Tour")
        await self._visit.tap(self._tour.get_by_role("button", name=label, exact=True))
        await self._visit.turns_to("Chats")

    async def is_done(self, *, last: bool = False) -> None:
        """Wait until the step is done, and turn to the next."""
        await self._visit.turns_to("Tour")
        await self._tour.get_by_role("status").filter(has_text="Done").wait_for()
        await self._visit.tap(self._tour.get_by_role("button", name="Finish" if last else "Next step", exact=True))


@pytest.mark.timeout(120)
async def test_the_whole_tour_can_be_done_as_it_says(visit: Visit) -> None:
    guide = Guide(visit)
    await visit.tap(visit.page.get_by_role("button", name="Start", exact=True))
    await _links_locks_and_unlocks(visit, guide)
    await _shares_with_the_family(visit, guide)
    await _reads_codes_and_kills_the_bot(visit, guide)
    await guide.finds("11. The log")
    await guide.helps("Anna: /log")
    await visit.sees("Frunk, Bluey")
    await visit.picture("tour-log")
    await guide.is_done(last=True)
    await visit.picture("tour-over")
    await expect(visit.page.get_by_role("heading", name="That was the tour")).to_be_visible()
    await visit.lets_pass("+1 min")
    await visit.car_got("Lock", "Unlock", "Open the front trunk")


async def _links_locks_and_unlocks(visit: Visit, guide: Guide) -> None:
    await guide.finds("1. Link")
    await visit.picture("tour-first-step")
    await guide.helps("Anna: /link")
    await visit.taps("Sign in with DIMO")
    await visit.tap(visit.dialog("Login with DIMO").get_by_role("button", name="Sign in and share"))
    landed = visit.dialog("Your browser has landed here")
    await visit.tap(landed.get_by_role("button", name="Send it to the bot"))
    await guide.is_done()

    await guide.finds("2. Lock")
    await guide.helps("Anna: /car")
    await visit.taps("Lock")
    await visit.car_got("Lock")
    await visit.waits_less(3)
    await guide.is_done()

    await guide.finds("3. Unlock, after a question")
    await guide.helps("Anna: /unlock")
    await visit.taps("Unlock", under="Unlock Bluey?")
    await visit.car_got("Lock", "Unlock")
    await visit.waits_less(3)
    await guide.is_done()

    await guide.finds("4. Let it expire")
    await guide.helps("Anna: /trunk")
    await visit.sees("Open Bluey's trunk?")
    await guide.helps("Let 1 minute pass")
    await guide.is_done()


async def _shares_with_the_family(visit: Visit, guide: Guide) -> None:
    await guide.finds("5. Invite the driver")
    await guide.helps("Anna: /invite")
    await visit.taps("Driver")
    await visit.taps("No end")
    await visit.taps("Send it to somebody")
    await visit.tap(visit.dialog("Send to").get_by_role("button", name="Ben"))
    await visit.has_news("Ben")
    await guide.helps("Take Ben's phone")
    await visit.tap(visit.message("t.me/").get_by_role("button", name="t.me/"))
    await visit.taps("Join")
    await guide.is_done()

    await guide.finds("6. A group asks")
    await guide.helps("Anna: /car")
    await visit.taps("More")
    await visit.taps("Groups")
    await visit.taps("Share in a group")
    await visit.tap(visit.dialog("Choose a group").get_by_role("button", name="Family"))
    await visit.sees("Anna shares Bluey here")
    await guide.helps("Cleo in Family: /car")
    await visit.taps("Ask for access")
    await guide.helps("Take Anna's phone")
    await visit.taps("Allow as guest")
    await guide.is_done()

    await guide.finds("7. The guest's time ends")
    await guide.helps("Anna: /members")
    await visit.taps("Cleo")
    await visit.taps("1 hour")
    await visit.sees("guest, until")
    await guide.helps("Let 1 hour pass")
    await guide.helps("Cleo in Family: /unlock")
    await guide.is_done()


async def _reads_codes_and_kills_the_bot(visit: Visit, guide: Guide) -> None:
    await guide.finds("8. Error codes")
    await guide.helps("Warning light on")
    await guide.helps("Anna: /codes")
    await visit.taps("Read from car")
    await visit.taps("Explain it")
    await guide.is_done()

    await guide.finds("9. The car speaks up")
    await guide.helps("Rear trunk open")
    await guide.helps("Let 40 minutes pass")
    await visit.sees("Bluey: trunk still open")
    await guide.helps("Anna: /notes")
    await visit.picture("tour-note")
    await guide.is_done()

    await guide.finds("10. Kill the bot in mid-command")
    await guide.helps("Anna: /frunk")
    await visit.sees("Open Bluey's frunk?")
    await guide.helps("DIMO takes 20 s")
    await visit.taps("Open frunk", under="'s frunk?")
    await visit.sees("Sending")
    await visit.finds_dimo_waiting("devices command")
    await guide.helps("Kill the bot")
    await guide.helps("DIMO is fast")
    await guide.helps("Start the bot")
    await visit.sees("Unknown")
    await visit.picture("tour-unknown")
    await guide.is_done()

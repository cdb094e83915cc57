"""The page's server: who may use it, what it serves, and what people can do."""

import re
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from bot.demo.app import page
from bot.demo.app.drawn_cars import drawn_car
from bot.demo.app.people_actions import PeopleActions
from bot.demo.app.simulation import Simulation
from bot.demo.app.web import page_app
from tests.support.demo_simulation import actions as actions
from tests.support.demo_simulation import feed_of
from tests.support.demo_simulation import simulation as simulation

PAGE = Path(page.__file__).parent


@pytest.fixture
async def wire(actions: PeopleActions) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the page's server, in process."""
    app = httpx.ASGITransport(
        page_app(feed_of(actions), actions.by_name(), actions.file_in, partial(drawn_car, actions.simulation))
    )
    async with httpx.AsyncClient(transport=app, base_url="http://127.0.0.1:8000") as wire:
        yield wire


OWN = {"origin": "http://127.0.0.1:8000", "content-type": "application/json"}
KILL = '{"seconds": 1}'


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (OWN, KILL, 200),
        (OWN | {"host": "localhost:9000", "origin": "http://localhost:9000"}, KILL, 200),
        (OWN | {"origin": "https://evil.example"}, KILL, 403),
        (OWN | {"origin": "http://127.0.0.1:8001"}, KILL, 403),
        (OWN | {"origin": "null"}, KILL, 403),
        ({"content-type": "application/json"}, KILL, 403),
        (OWN | {"host": "evil.example", "origin": "http://evil.example"}, KILL, 403),
        (OWN | {"content-type": "text/plain"}, KILL, 400),
        (OWN, "{", 400),
        (OWN, "[]", 400),
        (OWN, '{"seconds": true}', 400),
        (OWN, '{"seconds": -1}', 400),
        (OWN, " " * 65537, 400),
    ],
)
async def test_only_the_page_itself_may_use_the_server(
    wire: httpx.AsyncClient, simulation: Simulation, headers: dict[str, str], body: str, status: int
) -> None:
    answer = await wire.post("/api/do/skip", headers=headers, content=body)
    assert answer.status_code == status
    assert simulation.clock.shift_seconds == (1 if status == 200 else 0)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self';")


async def test_other_pages_cannot_read_the_state_either(wire: httpx.AsyncClient) -> None:
    for headers in ({"host": "evil.example"}, {"origin": "https://evil.example"}):
        for path in ("/", "/api/world", "/api/events", "/api/file/1/1"):
            assert (await wire.get(path, headers=headers)).status_code == 403
    assert (await wire.get("/api/world")).json()["parts"]["world"]["people"][0]["name"] == "Anna"


async def test_every_file_of_the_page_is_served_and_nothing_else(wire: httpx.AsyncClient) -> None:
    named = set(re.findall(r'(?:href|src)="(/[^"]*)"', (await wire.get("/")).text))
    modules = {name for file in PAGE.glob("*.js") for name in re.findall(r'from "\./(.*?)"', file.read_text())}
    for path in [*named, *(f"/page/{name}" for name in modules)]:
        assert (await wire.get(path)).status_code == 200, path
    for path in ("/page/__init__.py", "/page/..%2Frun.py", "/page/none.js", "/api/do/dance", "/favicon.ico"):
        assert (await wire.get(path)).status_code in {404, 405}, path
    assert (await wire.post("/api/do/dance", headers=OWN, content="{}")).status_code == 404


def test_the_page_makes_no_markup_from_texts_and_loads_nothing_from_elsewhere() -> None:
    scripts = "".join(file.read_text() for file in PAGE.glob("*.js"))
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval\(", scripts)
    page = (PAGE / "index.html").read_text()
    assert not re.findall(r"\son\w+=|\sstyle=|<style|<script>|javascript:", page)
    everything = scripts + page + (PAGE / "style.css").read_text()
    assert set(re.findall(r"(?:https?:)?//[\w.]+\.\w+", everything)) <= {"http://www.w3.org"}


async def refused(actions: PeopleActions, deed: str, **body: object) -> str:
    app = httpx.ASGITransport(
        page_app(feed_of(actions), actions.by_name(), actions.file_in, partial(drawn_car, actions.simulation))
    )
    async with httpx.AsyncClient(transport=app, base_url="http://127.0.0.1:8000") as wire:
        answer = await wire.post(f"/api/do/{deed}", headers=OWN, json=body)
    assert answer.status_code == 400
    return str(answer.json()["error"])


async def test_impossible_actions_are_refused_with_a_reason(actions: PeopleActions, simulation: Simulation) -> None:
    group, dan = simulation.group.id, simulation.people["stranger"].id
    assert "Nobody plays" in await refused(actions, "say", person="nobody", chat=dan, text="hi")
    assert "no such chat" in await refused(actions, "say", person="stranger", chat=1, text="hi")
    assert "Dan is not in that chat" in await refused(actions, "say", person="stranger", chat=group, text="hi")
    assert "1 to 4096" in await refused(actions, "say", person="stranger", chat=dan, text="  ")
    assert "message is gone" in await refused(actions, "tap", person="stranger", chat=dan, message=99, data="x")
    assert "does not own" in await refused(
        actions, "sign-in", person="driver", url=simulation.dimo.url("login"), cars=list(simulation.cars)
    )
    assert "no such car" in await refused(actions, "at-the-car", car=1, part="locked", to=True)
    assert "no wings" in await refused(actions, "at-the-car", car=next(iter(simulation.cars)), part="wings", to=True)
    assert "no trouble" in await refused(actions, "trouble", kind="rain", to=True)
    assert "from 0 to 60" in await refused(actions, "trouble", kind="dimo_seconds", to=61)


@pytest.mark.parametrize(
    ("url", "shows"),
    [
        ("https://t.me/dimo_family_bot", {"shows": "chat"}),
        ("https://t.me/dimo_family_bot?start=join_abc", {"shows": "chat"}),
        ("https://t.me/dimo_family_bot?startgroup=share", {"shows": "choose-group", "payload": "share"}),
        ("https://t.me/share/url?url=https%3A%2F%2Fa.b&text=hi", {"shows": "choose-receiver", "text": "https://a.b\nhi"}),
        ("https://t.me/somebody_else", {"shows": "outside"}),
        ("https://dimo.org", {"shows": "outside"}),
    ],
)  # fmt: skip
async def test_addresses_open_what_a_phone_would_show(
    wire: httpx.AsyncClient, simulation: Simulation, url: str, shows: dict[str, str]
) -> None:
    answer = await wire.post("/api/do/open", headers=OWN, json={"person": "driver", "url": url})
    assert shows.items() <= answer.json().items()
    said = [message.text for message in simulation.people["driver"].private_chat.messages]
    assert said == (["/start join_abc"] if "?start=" in url else [])


async def test_a_car_is_drawn_by_the_bots_own_code(wire: httpx.AsyncClient, simulation: Simulation) -> None:
    car = next(iter(simulation.dimo.cars.values()))
    closed = await wire.get(f"/api/car/{car.token_id}.png")
    assert closed.headers["content-type"] == "image/png"
    car.change(trunk_open=True, open_windows=frozenset({"Row2PassengerSide"}))
    assert (await wire.get(f"/api/car/{car.token_id}.png")).content != closed.content
    assert (await wire.get("/api/car/7.png")).status_code == httpx.codes.NOT_FOUND

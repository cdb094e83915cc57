"""What `--data` saves, and which folders it refuses."""

from pathlib import Path

import pytest

from bot.demo.app import saved_state
from bot.demo.app.simulation import DirectMessage, Simulation
from bot.demo.dimo.car import CodeQuery, Location
from bot.demo.telegram.attachments import Document, Photo, Venue
from bot.demo.telegram.chats import Version
from tests.support.demo_simulation import page_state_of, restored
from tests.support.demo_simulation import simulation as simulation


def test_a_saved_demo_continues_where_it_was(simulation: Simulation, tmp_path: Path) -> None:
    """Chats, cars, shares and clock are restored, and no message id is used twice."""
    anna, group, (car, _) = simulation.people["owner"], simulation.group, simulation.cars.values()
    question = anna.says("/start")
    version = Version("Which codes?", [{"type": "bold", "offset": 0, "length": 5}], markup={"inline_keyboard": []})
    simulation.bot.menus["default", 0, 0, ""] = [{"command": "car", "description": "The car"}]
    asks = anna.private_chat.add(simulation.bot, version, simulation.clock.now(), asks_reply=True, placeholder="P0106")
    anna.says("P0301", reply_to=asks)
    file = Document("log.csv", "text/csv", b"\x00\xff")
    anna.private_chat.add(simulation.bot, Version(""), simulation.clock.now(), document=file)
    photo = Photo(720, 400, b"\x89PNG\xff")
    anna.private_chat.add(simulation.bot, Version("Bluey", photo=photo), simulation.clock.now())
    venue = Venue(52.5, 13.4, "Bluey", "12:00")
    anna.private_chat.add(simulation.bot, Version(""), simulation.clock.now(), venue=venue)
    car.drives_to(Location(48.1, 11.5, 0.9))
    group.joins(simulation.bot, by=anna)
    simulation.direct_messages.append(DirectMessage("owner", "driver", "hello", simulation.clock.now()))
    simulation.dimo.share(car, simulation.license, permissions={1, 2})
    car.change(locked=True, trouble_codes=("P0301",), open_doors=frozenset({"Row1DriverSide"}))
    car.code_queries.append(CodeQuery((("P0301", "text"),), simulation.clock.now()))
    simulation.clock.skip(3600)
    saved_state.write(tmp_path, saved_state.saved(simulation, {"dimo": 1, "telegram": 2}))
    again = restored(tmp_path)
    assert again.credentials == simulation.credentials
    assert page_state_of(again).parts() == page_state_of(simulation).parts()
    assert [each.vin for each in again.cars.values()] == [each.vin for each in simulation.cars.values()]
    assert again.cars[car.token_id].code_queries == car.code_queries
    *_, with_file, last, with_pin = again.bot.chats[anna.id].messages
    assert (with_file.document, with_pin.venue) == (file, venue)
    assert again.cars[car.token_id].location == car.location
    assert last.photo is not None
    assert (last.photo.width, last.photo.content) == (720, photo.content)
    assert again.clock.shift_seconds == 3600
    assert again.people["owner"].says("/car").id > question.id + 6
    assert again.bot.menu_in(group, anna) == ["car"]


def test_a_folder_that_another_demo_uses_is_refused(tmp_path: Path) -> None:
    refusal = pytest.raises(saved_state.CannotUseFolder, match="Another demo uses")
    with saved_state.locked(tmp_path), refusal, saved_state.locked(tmp_path):
        pass


def test_a_file_instead_of_a_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with (
        pytest.raises(saved_state.CannotUseFolder, match="is a file"),
        saved_state.locked(file),
    ):
        pass


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"form": 0}'])
def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "world.json").write_text(content)
    with pytest.raises(saved_state.CannotUseFolder):
        saved_state.read(tmp_path)

"""What `--data` keeps, and which folders it refuses."""

from pathlib import Path

import pytest

from bot.demo.app import saved_state
from bot.demo.app.household import Household, Letter
from bot.demo.dimo.car import CodeQuery
from bot.demo.telegram.chats import Document, Version
from tests.support.demo_home import household as household
from tests.support.demo_home import picture_of, returned


def test_a_kept_demo_goes_on_where_it_was(household: Household, tmp_path: Path) -> None:
    """With its chats, its cars, its shares and its clock; and no number is given twice, which a bot would ignore."""
    anna, group, (car, _) = household.people["owner"], household.group, household.cars.values()
    question = anna.says("/start")
    version = Version("Which codes?", [{"type": "bold", "offset": 0, "length": 5}], markup={"inline_keyboard": []})
    household.bot.menus["default", 0, 0, ""] = [{"command": "car", "description": "The car"}]
    asks = anna.private_chat.add(household.bot, version, household.clock.now(), asks_reply=True, placeholder="P0106")
    anna.says("P0301", reply_to=asks)
    file = Document("log.csv", "text/csv", b"\x00\xff")
    anna.private_chat.add(household.bot, Version(""), household.clock.now(), document=file)
    group.joins(household.bot, by=anna)
    household.letters.append(Letter("owner", "driver", "hello", household.clock.now()))
    household.dimo.share(car, household.license, permissions={1, 2})
    car.change(locked=True, trouble_codes=("P0301",), open_doors=frozenset({"Row1DriverSide"}))
    car.code_queries.append(CodeQuery((("P0301", "text"),), household.clock.now()))
    household.clock.skip(3600)
    saved_state.write(tmp_path, saved_state.kept_of(household, {"dimo": 1, "telegram": 2}))
    again = returned(tmp_path)
    assert again.papers == household.papers
    assert picture_of(again).parts() == picture_of(household).parts()
    assert [each.vin for each in again.cars.values()] == [each.vin for each in household.cars.values()]
    assert again.cars[car.token_id].code_queries == car.code_queries
    assert again.bot.chats[anna.id].messages[-1].document == file
    assert again.clock.shift_seconds == 3600
    assert again.people["owner"].says("/car").id > question.id + 4
    assert again.bot.menu_in(group, anna) == ["car"]


def test_a_folder_that_another_demo_uses_is_refused(tmp_path: Path) -> None:
    refusal = pytest.raises(saved_state.CannotKeep, match="Another demo uses")
    with saved_state.locked(tmp_path), refusal, saved_state.locked(tmp_path):
        pass


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with (
        pytest.raises(saved_state.CannotKeep, match="is a file"),
        saved_state.locked(file),
    ):
        pass


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"form": 0}'])
def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "world.json").write_text(content)
    with pytest.raises(saved_state.CannotKeep):
        saved_state.read(tmp_path)
